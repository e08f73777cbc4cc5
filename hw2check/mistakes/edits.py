"""The edits that make a mistake in a formula: each takes a place in a tree and gives what stands there then.

The catalogue names, beside each mistake, its edit and the kind of place that it is made at.
"""

from __future__ import annotations

from collections.abc import Iterator

from hw2check.formula.functions import ACTIVATIONS, PLAIN, SOFTMAXES
from hw2check.formula.tree import (
    ONE,
    Add,
    Call,
    Div,
    Expression,
    MatMul,
    Mul,
    Name,
    Neg,
    Number,
    Pow,
    Transpose,
    mul,
)

Places = Iterator[Expression]

USUAL = ("relu", "sigmoid", "tanh")  # activations that stand where another is meant


def _without(parts: tuple[Expression, ...], position: int) -> tuple[Expression, ...]:
    return (*parts[:position], *parts[position + 1 :])


def _with(parts: tuple[Expression, ...], position: int, new: Expression) -> tuple[Expression, ...]:
    return (*parts[:position], new, *parts[position + 1 :])


def _flipped(term: Expression) -> Expression:
    return term.operand if isinstance(term, Neg) else Neg(term)


def _unsigned(term: Expression) -> Expression:
    return term.operand if isinstance(term, Neg) else term


def _has_product(terms: tuple[Expression, ...]) -> bool:
    return any(isinstance(_unsigned(term), MatMul) for term in terms)


def _is_bias(place: Add, term: Expression) -> bool:
    return isinstance(term, Name) and _has_product(place.terms)


# --- sums


def sign_of_term(place: Expression) -> Places:
    """A - b as a + b"""
    if isinstance(place, Neg):
        yield place.operand
    elif isinstance(place, Add):
        for position, term in enumerate(place.terms):
            yield Add(_with(place.terms, position, _flipped(term)))


def _left_out(place: Add, *, bias: bool) -> Places:
    for position, term in enumerate(place.terms):
        if _is_bias(place, term) == bias:
            rest = _without(place.terms, position)
            yield Add(rest) if len(rest) > 1 else rest[0]


def missing_term(place: Expression) -> Places:
    """A + b + c as a + c"""
    if isinstance(place, Add):
        yield from _left_out(place, bias=False)


def missing_bias(place: Expression) -> Places:
    """W @ A + b as W @ A"""
    if isinstance(place, Add):
        yield from _left_out(place, bias=True)


def turned_bias(place: Expression) -> Places:
    """W @ A + b as W @ A + b.T"""
    if isinstance(place, Add):
        for position, term in enumerate(place.terms):
            if _is_bias(place, term):
                yield Add(_with(place.terms, position, Transpose(term)))


def product_for_sum(place: Expression) -> Places:
    """A + b as a*b"""
    if isinstance(place, Add) and len(place.terms) == 2 and not _has_product(place.terms):
        yield Mul((_unsigned(place.terms[0]), _unsigned(place.terms[1])))


# --- products and quotients


def missing_factor(place: Expression) -> Places:
    """a*b*c as a*c"""
    if isinstance(place, Mul):
        for position in range(len(place.factors)):
            rest = _without(place.factors, position)
            yield Mul(rest) if len(rest) > 1 else rest[0]


def sum_for_product(place: Expression) -> Places:
    """a*b as a + b"""
    if isinstance(place, Mul) and len(place.factors) == 2:
        yield Add(place.factors)


def quotient_for_product(place: Expression) -> Places:
    """a*b as a/b"""
    if isinstance(place, Mul) and len(place.factors) == 2:
        yield Div(*place.factors)


def reciprocal(place: Expression) -> Places:
    """a/b as b/a"""
    if isinstance(place, Div):
        yield Div(place.denominator, place.numerator)


def missing_denominator(place: Expression) -> Places:
    """a/b as a"""
    if isinstance(place, Div):
        yield place.numerator


def product_for_quotient(place: Expression) -> Places:
    """a/b as a*b"""
    if isinstance(place, Div):
        yield Mul((place.numerator, place.denominator))


# --- powers


def missing_exponent(place: Expression) -> Places:
    """x^2 as x"""
    if isinstance(place, Pow) and isinstance(place.exponent, Number):
        yield place.base


def exponent_as_factor(place: Expression) -> Places:
    """x^3 as 3*x"""
    if isinstance(place, Pow) and isinstance(place.exponent, Number):
        yield mul(place.exponent, place.base)


def power_of_sum(place: Expression) -> Places:
    """(a + b)^2 as a^2 + b^2"""
    if isinstance(place, Pow) and isinstance(place.exponent, Number) and isinstance(place.base, Add):
        exponent = place.exponent
        yield Add(
            tuple(
                Neg(Pow(term.operand, exponent)) if isinstance(term, Neg) else Pow(term, exponent)
                for term in place.base.terms
            )
        )


# --- functions


def _of_sum(place: Expression, function: str) -> Places:
    if isinstance(place, Call) and place.function == function and isinstance(place.arguments[0], Add):
        yield Add(tuple(_applied(function, term) for term in place.arguments[0].terms))


def _applied(function: str, term: Expression) -> Expression:
    if isinstance(term, Neg) and function != "exp":
        return Neg(Call(function, (term.operand,)))
    return Call(function, (term,))


def exp_of_sum(place: Expression) -> Places:
    """exp(a + b), or exp(a)*exp(b), as exp(a) + exp(b)"""
    yield from _of_sum(place, "exp")
    if isinstance(place, Mul):
        powers = [factor for factor in place.factors if isinstance(factor, Call) and factor.function == "exp"]
        if len(powers) > 1:
            yield mul(*(factor for factor in place.factors if factor not in powers), Add(tuple(powers)))


def log_of_sum(place: Expression) -> Places:
    """log(a + b) as log(a) + log(b)"""
    yield from _of_sum(place, "log")


def root_of_sum(place: Expression) -> Places:
    """sqrt(a + b) as sqrt(a) + sqrt(b)"""
    yield from _of_sum(place, "sqrt")


def fraction_of_sum(place: Expression) -> Places:
    """a/(b + c) as a/b + a/c"""
    if isinstance(place, Div) and isinstance(place.denominator, Add):
        above = place.numerator
        yield Add(
            tuple(
                Neg(Div(above, term.operand)) if isinstance(term, Neg) else Div(above, term)
                for term in place.denominator.terms
            )
        )


def log_of_product(place: Expression) -> Places:
    """log(a*b) as log(a)*log(b)"""
    if not isinstance(place, Call) or place.function != "log":
        return
    match place.arguments[0]:
        case Mul(factors):
            yield Mul(tuple(Call("log", (factor,)) for factor in factors))
        case Div(numerator, denominator):
            yield Div(Call("log", (numerator,)), Call("log", (denominator,)))


def sign_of_argument(place: Expression) -> Places:
    """exp(-x) as exp(x)"""
    if isinstance(place, Call) and place.function in {"exp", "sigmoid", "tanh", "log"}:
        argument, *rest = place.arguments
        yield Call(place.function, (_flipped(argument), *rest), place.axis, place.keepdims)


def missing_function(place: Expression) -> Places:
    """exp(x) as x"""
    if isinstance(place, Call) and place.function in PLAIN:
        yield place.arguments[0]


def missing_activation(place: Expression) -> Places:
    """relu(Z) as Z"""
    if isinstance(place, Call) and place.function in ACTIVATIONS | SOFTMAXES:
        yield place.arguments[0]


def wrong_activation(place: Expression) -> Places:
    """relu(Z) as sigmoid(Z)"""
    if isinstance(place, Call) and place.function in ACTIVATIONS:
        for other in USUAL:
            if other != place.function:
                yield Call(other, (place.arguments[0],))


def missing_slope(place: Expression) -> Places:
    """relu'(Z) as 1"""
    if isinstance(place, Call) and place.function.endswith("'"):
        yield ONE


def sum_for_mean(place: Expression) -> Places:
    """mean(x) as sum(x), and the reverse"""
    if isinstance(place, Call) and place.function in {"sum", "mean"}:
        other = "mean" if place.function == "sum" else "sum"
        yield Call(other, place.arguments, place.axis, place.keepdims)


def other_sum_axis(place: Expression) -> Places:
    """sum(d, axis=1) as sum(d, axis=0)"""
    if isinstance(place, Call) and place.function in {"sum", "mean"} and place.axis is not None:
        yield Call(place.function, place.arguments, 1 - place.axis)


def other_softmax_axis(place: Expression) -> Places:
    """softmax(Z, axis=0) as softmax(Z, axis=1)"""
    if isinstance(place, Call) and place.function in SOFTMAXES and place.axis is not None:
        yield Call(place.function, place.arguments, 1 - place.axis)


# --- products of matrices


def _turned(expression: Expression) -> Expression:
    return expression.operand if isinstance(expression, Transpose) else Transpose(expression)


def _one_turned(place: MatMul, *, was_turned: bool) -> Places:
    if isinstance(place.left, Transpose) == was_turned:
        yield MatMul(_turned(place.left), place.right)
    if isinstance(place.right, Transpose) == was_turned:
        yield MatMul(place.left, _turned(place.right))


def missing_transpose(place: Expression) -> Places:
    """W.T @ d as W @ d"""
    if isinstance(place, MatMul):
        yield from _one_turned(place, was_turned=True)
    elif isinstance(place, Transpose):
        yield place.operand


def transposed_factor(place: Expression) -> Places:
    """W @ a as W.T @ a"""
    if isinstance(place, MatMul):
        yield from _one_turned(place, was_turned=False)


def swapped_factors(place: Expression) -> Places:
    """W @ A as A @ W"""
    if isinstance(place, MatMul):
        yield MatMul(place.right, place.left)
        yield MatMul(_turned(place.right), _turned(place.left))


def elementwise_product(place: Expression) -> Places:
    """W @ A as W * A"""
    if isinstance(place, MatMul):
        yield Mul((place.left, place.right))
