"""The functions a formula may call: one row each, with all that is known of it.

Everything else that knows functions - values, digits, derivatives, both notations - reads these rows; only
calculus/symbolic.py, which checks them, has its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from hw2check.formula import elementary as own
from hw2check.formula.elementary import Array as Array

MANY = 1000  # arguments that max and min may take
ARGUMENTS = ("x", "a")  # what a row calls the arguments in its formulas


class Function(NamedTuple):
    """One function of the language.

    An elementwise function takes arrays that broadcast. The others (`along` is set) take one array and
    work along an axis: "reduce" removes it (over everything where no axis is given), "keep" keeps it.
    """

    name: str
    value: Callable[..., Array]  # (*arrays), or (array, axis) where `along` is set
    least: int = 1  # arguments needed
    most: int = 1  # arguments allowed
    along: str = ""  # "", "reduce" or "keep"; max' and min' work over everything where no axis is given
    defaults: tuple[str, ...] = ()  # what the arguments beyond `least` are when they are left out
    slopes: tuple[str, ...] = ()  # the derivative by each argument, as a formula in ARGUMENTS
    definition: str = ""  # a formula of other functions, for many digits; "": calculus/precise.py has it
    aliases: tuple[str, ...] = ()  # other names, in both notations
    latex: str = ""  # its command, without the backslash; "": an operator by its name
    kinked: bool = False  # not differentiable everywhere
    jumps: bool = False  # the value jumps somewhere
    flat: bool = False  # equal over whole stretches, so that equal values say little of the arguments
    square: bool = False  # takes one square matrix as a whole: "reduce" makes it a number
    rounded: bool = True  # whether float64 rounds its result; else that is an argument, or a whole number
    activation: bool = False  # one that networks use, and whose derivative people leave out


_ALL = (
    Function("exp", np.exp, slopes=("exp(x)",), aliases=("exponential",), latex="exp"),
    Function("log", np.log, slopes=("1/x",), aliases=("ln",), latex="log"),
    Function("sqrt", np.sqrt, slopes=("1/(2*sqrt(x))",)),
    Function("sin", np.sin, slopes=("cos(x)",), latex="sin"),
    Function("cos", np.cos, slopes=("-sin(x)",), latex="cos"),
    Function("tan", np.tan, slopes=("1 + tan(x)^2",), latex="tan"),
    Function("sinh", np.sinh, slopes=("cosh(x)",), latex="sinh"),
    Function("cosh", np.cosh, slopes=("sinh(x)",), latex="cosh"),
    Function("tanh", np.tanh, slopes=("1 - tanh(x)^2",), latex="tanh", activation=True),
    Function("abs", np.abs, slopes=("sign(x)",), kinked=True, rounded=False),
    Function("sign", np.sign, slopes=("0",), aliases=("sgn",), jumps=True, flat=True, rounded=False),
    Function("step", lambda x: np.heaviside(x, 0.5), slopes=("0",), jumps=True, flat=True, rounded=False),
    Function(
        "sigmoid",
        own.sigmoid,
        slopes=("sigmoid(x)*(1 - sigmoid(x))",),
        definition="1/(1 + exp(-x))",
        aliases=("sigma", "logistic"),
        activation=True,
    ),
    Function(
        "relu",
        lambda x: np.maximum(x, 0.0),
        slopes=("relu'(x)",),
        definition="max(x, 0)",
        kinked=True,
        flat=True,
        rounded=False,
        activation=True,
    ),
    Function(
        "relu'",
        own.relu_slope,
        1,
        2,
        defaults=("0",),
        slopes=("0", "(x >= 0)*(x <= 0)"),
        definition="(x > 0) + a*(x >= 0)*(x <= 0)",
        jumps=True,
        flat=True,
        rounded=False,
    ),
    Function(
        "leaky_relu",
        own.leaky_relu,
        1,
        2,
        defaults=("0.01",),
        slopes=("leaky_relu'(x, a)", "x*step(-x)"),
        definition="max(x, 0) + a*min(x, 0)",
        aliases=("leakyrelu",),
        kinked=True,
        activation=True,
    ),
    Function(
        "leaky_relu'",
        own.leaky_relu_slope,
        1,
        2,
        defaults=("0.01",),
        slopes=("0", "x <= 0"),
        definition="(x > 0) + a*(x <= 0)",
        jumps=True,
        flat=True,
    ),
    Function(
        "elu",
        own.elu,
        1,
        2,
        defaults=("1",),
        slopes=("elu'(x, a)", "elu(x, 1)*step(-x)"),
        definition="max(x, 0) + a*(exp(min(x, 0)) - 1)",
        kinked=True,
        activation=True,
    ),
    Function(
        "elu'",
        own.elu_slope,
        1,
        2,
        defaults=("1",),
        slopes=("step(-x)*elu'(x, a)", "step(-x)*exp(min(x, 0))"),
        definition="(x > 0) + a*exp(min(x, 0))*(x <= 0)",
        jumps=True,
    ),
    Function(
        "softplus",
        lambda x: np.logaddexp(0.0, x),
        slopes=("sigmoid(x)",),
        definition="log(1 + exp(x))",
        activation=True,
    ),
    Function(
        "gelu",
        lambda x: x * own.normal_cdf(x),
        slopes=("gelu'(x)",),
        definition="x*erfc(-x/sqrt(2))/2",
        activation=True,
    ),
    Function(
        "gelu'",
        own.gelu_slope,
        slopes=("(2 - x^2)*exp(-x^2/2)/sqrt(2*pi)",),
        definition="erfc(-x/sqrt(2))/2 + x*exp(-x^2/2)/sqrt(2*pi)",
    ),
    Function(
        "silu",
        lambda x: x * own.sigmoid(x),
        slopes=("silu'(x)",),
        definition="x/(1 + exp(-x))",
        aliases=("swish",),
        activation=True,
    ),
    Function(
        "silu'",
        own.silu_slope,
        slopes=("sigmoid(x)*(1 - sigmoid(x))*(2 + x*(1 - 2*sigmoid(x)))",),
        definition="sigmoid(x)*(1 + x*(1 - sigmoid(x)))",
    ),
    Function(
        "hardswish",
        lambda x: x * np.clip(x + 3, 0, 6) / 6,
        slopes=("(x >= 3) + (x > -3)*(x < 3)*(2*x + 3)/6",),
        definition="x*min(max(x + 3, 0), 6)/6",
        aliases=("hard_swish",),
        kinked=True,
        flat=True,
        activation=True,
    ),
    Function("erf", own.erf, slopes=("2*exp(-x^2)/sqrt(pi)",)),
    Function("erfc", own.erfc, slopes=("-2*exp(-x^2)/sqrt(pi)",)),
    Function("floor", np.floor, slopes=("0",), jumps=True, flat=True, rounded=False),
    Function("ceil", np.ceil, slopes=("0",), aliases=("ceiling",), jumps=True, flat=True, rounded=False),
    # between whole numbers as the gamma function has it; nobody asks for its slope
    Function("factorial", own.factorial, slopes=("0/0",)),
    Function("binomial", own.binomial, 2, 2, slopes=("0/0", "0/0"), aliases=("comb",)),
    # by each of any number of arguments: calculus/rules.py
    Function("maximum", own.greatest, 2, MANY, latex="max", kinked=True, rounded=False),
    Function("minimum", own.least, 2, MANY, latex="min", kinked=True, rounded=False),
    # along axes: calculus/matrix_rules.py
    Function("max", np.max, along="reduce", latex="max", kinked=True, rounded=False),
    Function("min", np.min, along="reduce", latex="min", kinked=True, rounded=False),
    Function("max'", own.share_of(np.max), along="keep", latex="max", jumps=True, rounded=False),
    Function("min'", own.share_of(np.min), along="keep", latex="min", jumps=True, rounded=False),
    Function("sum", np.sum, along="reduce"),
    Function("mean", np.mean, along="reduce"),
    Function("det", own.determinant, along="reduce", square=True, latex="det"),
    Function("trace", own.trace, along="reduce", square=True, aliases=("tr",)),
    Function("inverse", own.inverse, along="keep", square=True, aliases=("inv",)),
    Function("softmax", own.softmax, along="keep"),
    Function("log_softmax", own.log_softmax, along="keep"),
)

FUNCTIONS = {function.name: function for function in _ALL}
ALIASES = {alias: function.name for function in _ALL for alias in function.aliases}

KINKED = frozenset(function.name for function in _ALL if function.kinked)
JUMPING = KINKED | {function.name for function in _ALL if function.jumps}  # whose slope, or value, jumps
FLAT = frozenset(function.name for function in _ALL if function.flat)
ACTIVATIONS = frozenset(function.name for function in _ALL if function.activation)
EXTREMES = frozenset(function.name for function in _ALL if function.most == MANY)  # max, min of several
SOFTMAXES = frozenset(  # of a whole array, whose entries they keep apart
    function.name
    for function in _ALL
    if function.along == "keep" and function.rounded and not function.square
)
MEANS = frozenset(  # sums of entries, weighted
    function.name
    for function in _ALL
    if function.along == "reduce" and not function.kinked and not function.square
)
PLAIN = frozenset(  # of one number, by the names that everybody knows
    function.name
    for function in _ALL
    if function.most == 1
    and not (function.along or function.activation or function.flat)
    and not function.name.endswith("'")
)

# f' where it has a form without a name of its own; written f'(x), read as this formula in x.
SLOPES = {
    function.name: function.slopes[0]
    for function in _ALL
    if function.slopes
    and function.slopes[0] not in {"0", "0/0"}
    and "'" not in function.name + function.slopes[0]
}

# What is short for a formula in x.
SHORT = {"norm": "sqrt(sum(x^2))", "norm1": "sum(abs(x))", "norm_inf": "max(abs(x))"}

# Functions of whole arrays, which arrange entries anew: what is written in their brackets.
WHOLE = {
    "concat": "concat(a, b, axis=0)",
    "reshape": "reshape(X, 2, 3)",
    "outer": "outer(a, b)",
    "ones": "ones(2, 3)",
    "zeros": "zeros(2, 3)",
    "eye": "eye(3, 3)",
    "place": "place(d, X[0])",
}
WHOLE_ALIASES = {"concatenate": "concat"}
