"""Derivatives of scalar expressions by the rules of calculus, as they are applied by hand.

SymPy derives what answers are judged by (symbolic.py). These rules are the second, independent derivation
that checks it; each can be applied by itself, so that a derivation can be gone through in which one step is
wrong (mistakes/derivations.py).
"""

from __future__ import annotations

from functools import lru_cache

from hw2check.formula.functions import ARGUMENTS, EXTREMES, FUNCTIONS
from hw2check.formula.notation import Vocabulary, parse
from hw2check.formula.tree import (
    ONE,
    ZERO,
    Add,
    Call,
    Compare,
    Div,
    Expression,
    Mul,
    Name,
    Neg,
    Number,
    Pow,
    add,
    children,
    mul,
    names,
    number,
    rebuild,
    shape_of,
    substitute,
    walk,
)


def derivative_by_rules(
    expression: Expression, name: str, relu_at_zero: Expression | None = None
) -> Expression:
    """The derivative of a scalar expression by one of its names.

    relu_at_zero  what the problem takes as relu'(0), None for 0
    Raises KeyError for what has no scalar meaning, and for functions without a first derivative rule here.
    """
    shape, meant = shape_of(expression)
    placeholder = next((own for own, spelt in meant.items() if spelt == name), None)
    if placeholder is None:
        return ZERO
    derived = _derivative(shape, placeholder)
    if relu_at_zero is not None:
        derived = _with_slope_at_zero(derived, relu_at_zero)
    return substitute(derived, {own: Name(spelt) for own, spelt in meant.items()})


def _with_slope_at_zero(expression: Expression, at_zero: Expression) -> Expression:
    operands = tuple(_with_slope_at_zero(operand, at_zero) for operand in children(expression))
    if isinstance(expression, Call) and expression.function == "relu'":
        return Call("relu'", (operands[0], at_zero))
    return rebuild(expression, operands) if operands else expression


def derived_size(expression: Expression, name: str) -> int:
    """About how many parts the derivative by one name has, without deriving it."""
    if name not in names(expression):
        return 1
    own = sum(1 for _ in walk(expression))
    depending = [operand for operand in children(expression) if name in names(operand)]
    copies = 1 if isinstance(expression, Add) else len(depending)
    return sum(derived_size(operand, name) for operand in depending) + copies * own


@lru_cache(maxsize=4096)
def _derivative(expression: Expression, name: str) -> Expression:
    if name not in names(expression):
        return ZERO
    if isinstance(expression, Name):
        return ONE
    return by_rule(expression, tuple(_derivative(operand, name) for operand in children(expression)))


def by_rule(expression: Expression, slopes: tuple[Expression, ...]) -> Expression:
    """The derivative of an expression from those of its operands: one step of deriving.

    Raises KeyError as `derivative_by_rules` does.
    """
    if all(slope == ZERO for slope in slopes):
        return ZERO
    match expression:
        case Neg():
            return mul(Neg(ONE), slopes[0])
        case Add():
            return add(*slopes)
        case Mul(factors):  # (uv)' = u'v + uv'
            return add(*(mul(*factors[:i], slope, *factors[i + 1 :]) for i, slope in enumerate(slopes)))
        case Div(u, v):
            return _quotient(u, v, *slopes)
        case Pow(base, exponent):
            return _power(base, exponent, *slopes)
        case Compare():
            return ZERO
        case Call():
            return _call(expression, slopes)
    raise KeyError(type(expression).__name__)


def _quotient(u: Expression, v: Expression, du: Expression, dv: Expression) -> Expression:
    """(u/v)' = (u'v - uv')/v^2"""
    if dv == ZERO:
        return Div(du, v)
    return Div(add(mul(du, v), mul(Neg(ONE), u, dv)), Pow(v, number(2)))


def _power(base: Expression, exponent: Expression, du: Expression, dv: Expression) -> Expression:
    """(u^n)' = n u^(n-1) u', and (u^v)' = u^v (v' log u + v u'/u)"""
    if dv == ZERO:
        return mul(exponent, lowered(base, exponent), du)
    change = add(mul(dv, Call("log", (base,))), mul(exponent, Div(du, base)) if du != ZERO else ZERO)
    return mul(Pow(base, exponent), change)


def lowered(base: Expression, exponent: Expression) -> Expression:
    """u^(n-1)"""
    if isinstance(exponent, Number):
        left = exponent.numeral.value - 1
        return ONE if left == 0 else base if left == 1 else Pow(base, number(left))
    return Pow(base, Add((exponent, Neg(ONE))))


def _call(expression: Call, slopes: tuple[Expression, ...]) -> Expression:
    """f(u)' = f'(u) u', summed over the arguments that depend on the name."""
    if expression.function in EXTREMES:
        return _extreme(expression, slopes)
    if FUNCTIONS[expression.function].along:  # of one scalar
        if expression.function in {"sum", "mean", "max", "min"}:
            return slopes[0]
        raise KeyError(expression.function)
    return add(*(mul(slope_of(expression, i), du) for i, du in enumerate(slopes) if du != ZERO))


def slope_of(call: Call, argument: int = 0, relu_at_zero: Expression = ZERO) -> Expression:
    """The derivative of an elementwise call by one of its arguments, counted from 0.

    Raises KeyError for a function without a rule for that argument.
    """
    if call.function in EXTREMES:
        return _share(call, argument)
    form = slope_form(call.function, argument, relu_at_zero)
    return substitute(form, dict(zip(ARGUMENTS, _with_defaults(call), strict=False)))


@lru_cache(maxsize=512)
def slope_form(function: str, argument: int = 0, relu_at_zero: Expression = ZERO) -> Expression:
    """The derivative of an elementwise function by one argument, as a formula in ARGUMENTS; or KeyError."""
    slopes = FUNCTIONS[function].slopes
    if argument >= len(slopes):
        raise KeyError(function)
    resolve = {name: name for name in ARGUMENTS}.get
    return parse(slopes[argument], Vocabulary(resolve, relu_at_zero=relu_at_zero))


def _with_defaults(call: Call) -> tuple[Expression, ...]:
    function = FUNCTIONS[call.function]
    left_out = function.defaults[len(call.arguments) - function.least :]
    return (*call.arguments, *map(parse, left_out)) if left_out else call.arguments


def _share(call: Call, position: int) -> Expression:
    """1 where max or min of several takes that argument; of k equal ones each is taken to 1/k."""
    ahead, taken = _steps(call)
    return ahead[position] if len(ahead) == 2 else Div(ahead[position], taken)


def _extreme(call: Call, slopes: tuple[Expression, ...]) -> Expression:
    """What is taken passes its derivative on; where several are equal, each the same share of it."""
    ahead, taken = _steps(call)
    passed = add(*(mul(step, slope) for step, slope in zip(ahead, slopes, strict=True)))
    return passed if len(ahead) == 2 else Div(passed, taken)


@lru_cache(maxsize=64)
def _steps(call: Call) -> tuple[tuple[Expression, ...], Expression]:
    """For each argument of max or min 1 where it is taken, half where another is equal; and their sum."""
    ahead = []
    for position, argument in enumerate(call.arguments):
        others = (*call.arguments[:position], *call.arguments[position + 1 :])
        other = others[0] if len(others) == 1 else Call(call.function, others)
        terms = (argument, Neg(other)) if call.function == "maximum" else (other, Neg(argument))
        ahead.append(Call("step", (Add(terms),)))
    return tuple(ahead), Add(tuple(ahead))
