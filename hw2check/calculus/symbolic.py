"""Symbolic derivatives, by SymPy. The only module that imports it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from hw2check.calculus.values import evaluate
from hw2check.formula.numeral import read_numeral
from hw2check.formula.text import to_text
from hw2check.formula.tree import (
    ZERO,
    Add,
    Call,
    Compare,
    Constant,
    Div,
    Expression,
    Mul,
    Name,
    Neg,
    Number,
    Pow,
    children,
    is_closed,
    mul,
    number,
    walk,
)

MAX_EXPONENT = 4096  # of a literal power that is kept exact
MAX_BITS = 1024  # of a literal power that is kept exact
NOT_REAL = (sp.zoo, sp.nan, sp.oo, -sp.oo, sp.I)  # what no float64 value can be made of
PLAIN = 5  # parts of a derivative that needs no factoring
MAX_SYMBOLS = 8  # in a derivative that is still factored
MAX_TIDIED = 60  # parts of a derivative that is still factored for reading
MAX_TERMS = 500  # of a derivative, multiplied out, that is still factored

# SymPy's own functions that mean the same as ours.
_COMMON = {
    "exp": sp.exp,
    "log": sp.log,
    "sqrt": sp.sqrt,
    "sin": sp.sin,
    "cos": sp.cos,
    "tan": sp.tan,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "erf": sp.erf,
    "erfc": sp.erfc,
}


def _function(name: str, *slopes: Callable[..., Any]) -> Any:
    """A SymPy function by our name: slopes[i] is its derivative by the i-th argument."""

    def fdiff(self: Any, argindex: int = 1) -> Any:
        return slopes[argindex - 1](*self.args)

    return type(name, (sp.Function,), {"fdiff": fdiff, "nargs": len(slopes)})


def _flat(*_: Any) -> Any:
    return sp.S.Zero


def _undefined(*_: Any) -> Any:
    return sp.nan


_sign = _function("sign", _flat)
_step = _function("step", _flat)
_X, _A = sp.Symbol("x", real=True), sp.Symbol("a", real=True)
_S, _T = sp.Symbol("s"), sp.Symbol("t")  # sigmoid(x) and tanh(x), while a slope is tidied

# What each smooth activation is, in the functions that SymPy knows.
SMOOTH: Mapping[str, Any] = {
    "sigmoid": 1 / (1 + sp.exp(-_X)),
    "tanh": (sp.exp(_X) - sp.exp(-_X)) / (sp.exp(_X) + sp.exp(-_X)),
    "softplus": sp.log(1 + sp.exp(_X)),
    "gelu": _X * (1 + sp.erf(_X / sp.sqrt(2))) / 2,
    "silu": _X / (1 + sp.exp(-_X)),
}

# What the others are above and below 0.
PIECES: Mapping[str, tuple[Any, Any]] = {
    "relu": (_X, sp.S.Zero),
    "leaky_relu": (_X, _A * _X),
    "elu": (_X, _A * (sp.exp(_X) - 1)),
    "abs": (_X, -_X),
}

NAMED = ("gelu", "silu", "leaky_relu", "elu")  # whose slope is written f'(x)


@lru_cache(maxsize=64)
def slope(name: str, order: int = 1) -> Any:
    """The derivative of a smooth activation by x, from its definition, in sigmoid(x) or tanh(x) where it can.

    order  2 for the derivative of that
    """
    derived = sp.diff(SMOOTH[name], _X, order)
    if name == "gelu":
        return sp.factor(derived)
    if name == "tanh":  # exp(2x) is (1 + t)/(1 - t)
        squared = sp.together(derived).subs(sp.exp(-_X), 1 / sp.exp(_X))
        root = sp.Symbol("r", positive=True)
        tidy = sp.cancel(squared.subs(sp.exp(_X), root))
        return sp.cancel(tidy.subs(root, sp.sqrt((1 + _T) / (1 - _T)))).expand()
    powers = derived.subs(sp.exp(-_X), 1 / sp.exp(_X)).subs(sp.exp(_X), _S / (1 - _S))
    return _positive(sp.factor(sp.cancel(powers)))


def _positive(product: Any) -> Any:
    """(1 - s) for -(s - 1)."""
    turned = product.subs(_S, 1 - sp.Symbol("u"))
    return turned.subs(sp.Symbol("u"), sp.UnevaluatedExpr(1 - _S)).doit() if product.is_Mul else product


def piece_slopes(name: str, by: Any) -> tuple[Any, Any]:
    """The derivatives of both pieces of an activation by x or a."""
    above, below = PIECES[name]
    return sp.diff(above, by), sp.diff(below, by)


def _in(form: Any, x: Any, a: Any = None) -> Any:
    """A form in x and a with arguments put in."""
    put = {_X: x, _S: _sigmoid(x), _T: _tanh(x)}
    return form.subs(put if a is None else {**put, _A: a}, simultaneous=True)


def _smooth(name: str) -> Any:
    """A smooth activation as a function of SymPy's; its slope is f'(x) where that has a name."""
    if name not in NAMED:
        return _function(name, lambda x: _in(slope(name), x))
    primed = _function(f"{name}'", lambda x: _in(slope(name, 2), x))
    return _function(name, lambda x: primed(x))


def _pieced(name: str) -> tuple[Any, Any]:
    """An activation of two pieces and its slope by x, f', each as a function of x and a."""

    def of_slope(by: Any) -> Callable[..., Any]:
        above, below = (sp.diff(piece, by) for piece in piece_slopes(name, _X))
        return lambda x, a: _joined(above, below, x, a)

    primed = _function(f"{name}'", of_slope(_X), of_slope(_A))
    by_a = piece_slopes(name, _A)
    return _function(name, lambda x, a: primed(x, a), lambda x, a: _joined(*by_a, x, a)), primed


def _joined(above: Any, below: Any, x: Any, a: Any) -> Any:
    """Two pieces, none of which is asked for at 0."""
    return _step(x) * _in(above, x, a) + _step(-x) * _in(below, x, a)


_sigmoid: Any = _smooth("sigmoid")
_tanh: Any = type("tanh", (sp.tanh,), {"fdiff": lambda self, _=1: _in(slope("tanh"), *self.args)})
_gelu, _silu = _smooth("gelu"), _smooth("silu")
_leaky_relu, _leaky_slope = _pieced("leaky_relu")
_elu, _elu_slope = _pieced("elu")
_relu_slope = _function("relu'", _flat, _flat)


def _abs_slope(x: Any) -> Any:
    above, below = piece_slopes("abs", _X)
    return _sign(x) if (above, below) == (1, -1) else _joined(above, below, x, sp.S.Zero)


def _extreme(name: str, sign: int) -> Any:
    """Max (sign 1) or min (-1) of several: the slope is shared evenly by those that are equal."""

    def ahead(self: Any, position: int) -> Any:
        others = (*self.args[:position], *self.args[position + 1 :])
        return _step(sign * (self.args[position] - (self.func(*others) if len(others) > 1 else others[0])))

    def fdiff(self: Any, argindex: int = 1) -> Any:
        own = ahead(self, argindex - 1)
        return own if len(self.args) == 2 else own / sp.Add(*(ahead(self, i) for i in range(len(self.args))))

    return type(name, (sp.Function,), {"fdiff": fdiff})


_maximum, _minimum = _extreme("maximum", 1), _extreme("minimum", -1)
_HARDSWISH = _X * _minimum(_maximum(_X + 3, 0), 6) / 6

# Functions of ours that SymPy does not have, or whose derivative it would write unreadably.
_OWN = {
    "sign": _sign,
    "step": _step,
    "floor": _function("floor", _flat),
    "ceil": _function("ceil", _flat),
    "factorial": _function("factorial", _undefined),
    "binomial": _function("binomial", _undefined, _undefined),
    "abs": _function("abs", _abs_slope),
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "softplus": _smooth("softplus"),
    "leaky_relu": _leaky_relu,
    "leaky_relu'": _leaky_slope,
    "elu": _elu,
    "elu'": _elu_slope,
    "gelu": _gelu,
    "gelu'": _function("gelu'", lambda x: _in(slope("gelu", 2), x)),
    "silu": _silu,
    "silu'": _function("silu'", lambda x: _in(slope("silu", 2), x)),
    "relu'": _relu_slope,
    "hardswish": _function("hardswish", lambda x: _in(sp.diff(_HARDSWISH, _X), x)),
    "maximum": _maximum,
    "minimum": _minimum,
}
_COMPARISONS = {operator: _function(operator, _flat, _flat) for operator in (">", "<", ">=", "<=")}


@lru_cache(maxsize=8)
def _relu(at_zero: Any) -> Any:
    return _function("relu", lambda x: _relu_slope(x, at_zero))


def to_sympy(expression: Expression, relu_at_zero: Expression | None = None) -> Any:
    """The SymPy form of a scalar expression; a name becomes the symbol of that name.

    Literal powers are kept exact only up to MAX_EXPONENT and MAX_BITS, so that no formula can make SymPy
    compute a number of any size. Raises KeyError for what has no scalar meaning (matrices, @, .T).
    """
    at_zero = sp.S.Zero if relu_at_zero is None else to_sympy(relu_at_zero)
    return _sympy(expression, at_zero)


def _sympy(expression: Expression, at_zero: Any) -> Any:
    match expression:
        case Number(numeral):
            return sp.Rational(numeral.value.numerator, numeral.value.denominator)
        case Constant():
            return sp.pi
        case Name(name):
            return sp.Symbol(name)
        case Neg(operand):
            return -_sympy(operand, at_zero)
        case Add(terms):
            return sp.Add(*(_sympy(term, at_zero) for term in terms))
        case Mul(factors):
            return sp.Mul(*(_sympy(factor, at_zero) for factor in factors))
        case Div(numerator, denominator):
            return _sympy(numerator, at_zero) / _sympy(denominator, at_zero)
        case Pow():
            return _power(expression, at_zero)
        case Compare(operator, left, right):
            return _COMPARISONS[operator](_sympy(left, at_zero), _sympy(right, at_zero))
        case Call(function, arguments, None):
            return _call(function, [_sympy(argument, at_zero) for argument in arguments], at_zero)
    raise KeyError(type(expression).__name__)


def _call(function: str, arguments: list[Any], at_zero: Any) -> Any:
    if function in _COMMON:
        return _COMMON[function](*arguments)
    if function == "relu":
        return _relu(at_zero)(*arguments)
    if function in {"maximum", "minimum"}:
        return _OWN[function](*arguments) if len(arguments) > 1 else arguments[0]
    if function in {"sum", "mean", "max", "min"}:  # of one scalar
        return arguments[0]
    return _OWN[function](*arguments)


def _power(expression: Pow, at_zero: Any) -> Any:
    base, exponent = expression.base, expression.exponent
    if is_closed(exponent):
        value = float(evaluate(exponent, {}))
        if value != int(value) if np.isfinite(value) else True:
            return _sympy(base, at_zero) ** _sympy(exponent, at_zero)
        if is_closed(base) and not _stays_small(float(evaluate(base, {})), value):
            return sp.Float(float(evaluate(expression, {})))
        return _sympy(base, at_zero) ** (
            sp.Integer(int(value)) if abs(value) <= MAX_EXPONENT else sp.Float(value)
        )
    return _sympy(base, at_zero) ** _sympy(exponent, at_zero)


def _stays_small(base: float, exponent: float) -> bool:
    return abs(exponent) <= MAX_EXPONENT and abs(exponent) * np.log2(max(abs(base), 2.0)) <= MAX_BITS


def derive(expression: Expression, name: str, relu_at_zero: Expression | None = None) -> Expression:
    """The derivative of a scalar expression by one of its names, in the shortest form that is found quickly.

    Raises KeyError for what has no scalar meaning.
    """
    result = sp.diff(to_sympy(expression, relu_at_zero), sp.Symbol(name))
    raw = from_sympy(result)
    parts = sum(1 for _ in walk(raw))
    if not PLAIN < parts <= MAX_TIDIED or len(result.free_symbols) > MAX_SYMBOLS or _terms(raw) > MAX_TERMS:
        return raw
    return min(raw, from_sympy(sp.factor(result)), key=lambda form: len(to_text(form)))


def _terms(formula: Expression) -> int:
    """A bound on the terms of a formula as one fraction, multiplied out; of what a function takes, too."""
    return max(_fraction(formula))


def _fraction(formula: Expression) -> tuple[int, int]:
    """Bounds on the terms of the numerator and of the denominator, at most MAX_TERMS + 1."""
    if isinstance(formula, Neg):
        return _fraction(formula.operand)
    above, below = 1, 1
    if isinstance(formula, Add):
        parts = [_fraction(term) for term in formula.terms]
        below = math.prod(denominator for _, denominator in parts)
        above = sum(numerator * (below // denominator) for numerator, denominator in parts)
    elif isinstance(formula, Mul):
        parts = [_fraction(factor) for factor in formula.factors]
        above, below = (math.prod(side) for side in zip(*parts, strict=True))
    elif isinstance(formula, Div):
        (above, under), (over, below) = _fraction(formula.numerator), _fraction(formula.denominator)
        above, below = above * below, under * over
    elif isinstance(formula, Pow) and is_closed(formula.exponent):
        power = math.ceil(abs(float(evaluate(formula.exponent, {}))))
        above, below = (math.comb(terms + power - 1, power) for terms in _fraction(formula.base))
    else:
        above = max((_terms(part) for part in children(formula)), default=1)
    return min(above, MAX_TERMS + 1), min(below, MAX_TERMS + 1)


def from_sympy(expression: Any) -> Expression:
    """The expression tree of a SymPy expression that `to_sympy` and differentiation can give."""
    if expression.is_Symbol:
        return Name(expression.name)
    if expression.is_Rational:
        return number(Fraction(int(expression.p), int(expression.q)))
    if expression.is_Float:
        literal = Number(read_numeral(repr(abs(float(expression)))))
        return Neg(literal) if expression < 0 else literal
    if expression in NOT_REAL:
        return Div(ZERO, ZERO)
    if expression is sp.pi:
        return Constant("pi")
    if expression is sp.E:
        return Call("exp", (number(1),))
    if expression.is_Add:
        terms = [from_sympy(term) for term in expression.as_ordered_terms()]
        return Add(tuple(sorted(terms, key=lambda term: isinstance(term, Neg))))
    if expression.is_Mul:
        return _quotient(expression)
    if expression.is_Pow:
        return _root_or_power(expression)
    arguments = tuple(from_sympy(argument) for argument in expression.args)
    name = type(expression).__name__
    return Compare(name, *arguments) if name in _COMPARISONS else Call(name, arguments)


def _quotient(product: Any) -> Expression:
    above: list[Expression] = []
    below: list[Expression] = []
    for factor in sorted(product.as_ordered_factors(), key=lambda factor: bool(factor.is_Add)):
        if factor.is_Rational:
            above.append(number(factor.p))
            below.append(number(factor.q))
        elif factor.is_Pow and factor.exp.is_number and factor.exp.could_extract_minus_sign():
            below.append(from_sympy(1 / factor))
        else:
            above.append(from_sympy(factor))
    top, bottom = mul(*above), mul(*below)
    if bottom == number(1):
        return top
    return Neg(Div(top.operand, bottom)) if isinstance(top, Neg) else Div(top, bottom)


def _root_or_power(power: Any) -> Expression:
    if power.exp.is_number and power.exp.could_extract_minus_sign():
        return Div(number(1), from_sympy(1 / power))
    if power.exp == sp.Rational(1, 2):
        return Call("sqrt", (from_sympy(power.base),))
    return Pow(from_sympy(power.base), from_sympy(power.exp))
