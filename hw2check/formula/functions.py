"""The functions a formula may call: how many arguments each takes, and its value in NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


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


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def _relu_slope(x: Array, at_zero: Array) -> Array:
    return np.where(x > 0, 1.0, np.where(x == 0, at_zero, x * 0))


def _leaky_relu(x: Array, slope: Array) -> Array:
    return np.where(x > 0, x, slope * x)


def _leaky_relu_slope(x: Array, slope: Array) -> Array:
    return np.where(x > 0, 1.0, slope + x * 0)


def _elu(x: Array, alpha: Array) -> Array:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def _elu_slope(x: Array, alpha: Array) -> Array:
    return np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0)))


_erfc = np.frompyfunc(math.erfc, 1, 1)


def _normal_cdf(x: Array) -> Array:
    return np.asarray(np.asarray(_erfc(-np.asarray(x) / math.sqrt(2)), dtype=np.float64) / 2)


def _gelu_slope(x: Array) -> Array:
    return _normal_cdf(x) + x * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def _silu_slope(x: Array) -> Array:
    s = _sigmoid(x)
    return s * (1 + x * (1 - s))


def _softmax(x: Array, axis: int) -> Array:
    powers = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return np.asarray(powers / np.sum(powers, axis=axis, keepdims=True))


def _log_softmax(x: Array, axis: int) -> Array:
    shifted = x - np.max(x, axis=axis, keepdims=True)
    return np.asarray(shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True)))


def _greatest(*arrays: Array) -> Array:
    result = arrays[0]
    for array in arrays[1:]:
        result = np.maximum(result, array)
    return result


def _least(*arrays: Array) -> Array:
    result = arrays[0]
    for array in arrays[1:]:
        result = np.minimum(result, array)
    return result


def _share_of(extreme: Callable[..., Array]) -> Callable[..., Array]:
    """1 at the entry that max or min takes, shared where several are equal; 0 at the others."""

    def share(x: Array, axis: int | tuple[int, ...]) -> Array:
        hits = np.asarray(x == extreme(x, axis=axis, keepdims=True), dtype=np.float64)
        return np.asarray(hits / np.sum(hits, axis=axis, keepdims=True))

    return share


MANY = 1000  # arguments that max and min may take

_ALL = (
    Function("exp", np.exp),
    Function("log", np.log),
    Function("sqrt", np.sqrt),
    Function("sin", np.sin),
    Function("cos", np.cos),
    Function("tan", np.tan),
    Function("sinh", np.sinh),
    Function("cosh", np.cosh),
    Function("tanh", np.tanh),
    Function("abs", np.abs),
    Function("sign", np.sign),
    Function("step", lambda x: np.heaviside(x, 0.5)),
    Function("sigmoid", _sigmoid),
    Function("relu", lambda x: np.maximum(x, 0.0)),
    Function("relu'", _relu_slope, 1, 2, defaults=("0",)),
    Function("leaky_relu", _leaky_relu, 1, 2, defaults=("0.01",)),
    Function("leaky_relu'", _leaky_relu_slope, 1, 2, defaults=("0.01",)),
    Function("elu", _elu, 1, 2, defaults=("1",)),
    Function("elu'", _elu_slope, 1, 2, defaults=("1",)),
    Function("softplus", lambda x: np.logaddexp(0.0, x)),
    Function("gelu", lambda x: x * _normal_cdf(x)),
    Function("gelu'", _gelu_slope),
    Function("silu", lambda x: x * _sigmoid(x)),
    Function("silu'", _silu_slope),
    Function("maximum", _greatest, 2, MANY),
    Function("minimum", _least, 2, MANY),
    Function("max", np.max, along="reduce"),
    Function("min", np.min, along="reduce"),
    Function("max'", _share_of(np.max), along="keep"),
    Function("min'", _share_of(np.min), along="keep"),
    Function("sum", np.sum, along="reduce"),
    Function("mean", np.mean, along="reduce"),
    Function("softmax", _softmax, along="keep"),
    Function("log_softmax", _log_softmax, along="keep"),
)

FUNCTIONS = {function.name: function for function in _ALL}

# Functions of whole arrays, which arrange entries anew: what is written in their brackets.
WHOLE = {
    "concat": "concat(a, b, axis=0)",
    "reshape": "reshape(X, 2, 3)",
    "outer": "outer(a, b)",
    "ones": "ones(2, 3)",
    "zeros": "zeros(2, 3)",
    "place": "place(d, X[0])",
}
WHOLE_ALIASES = {"concatenate": "concat"}

ALIASES = {"ln": "log", "sigma": "sigmoid", "logistic": "sigmoid", "swish": "silu", "exponential": "exp"}

KINKED = frozenset(
    {"abs", "relu", "leaky_relu", "elu", "maximum", "minimum", "max", "min"}
)  # not differentiable everywhere

# f' where it has a form without a name of its own; written f'(x), read as this formula in x.
SLOPES = {
    "exp": "exp(x)",
    "log": "1/x",
    "sqrt": "1/(2*sqrt(x))",
    "sin": "cos(x)",
    "cos": "-sin(x)",
    "tan": "1 + tan(x)^2",
    "sinh": "cosh(x)",
    "cosh": "sinh(x)",
    "tanh": "1 - tanh(x)^2",
    "abs": "sign(x)",
    "sigmoid": "sigmoid(x)*(1 - sigmoid(x))",
    "softplus": "sigmoid(x)",
}
