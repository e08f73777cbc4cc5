"""The mistakes that are made in one step of deriving: each takes the step and gives what is written then.

Their rows of the catalogue stand below. A step that cannot go wrong like that gives nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hw2check.calculus.rules import by_rule, lowered, slope_of
from hw2check.formula.functions import ACTIVATIONS, FUNCTIONS
from hw2check.formula.tree import ONE, ZERO, Add, Call, Div, Expression, Mul, Neg, Pow, add, mul, number
from hw2check.mistakes.chaining import slope_missing
from hw2check.mistakes.edits import missing_slope
from hw2check.mistakes.mistake import Mistake, Step

Results = Iterator[Expression]


def product_rule(step: Step) -> Results:
    """(uv)' as u'v, as uv', and as u'v'"""
    if not isinstance(step.whole, Mul) or len(step.depending) < 2:
        return
    for i in step.depending:
        kept = tuple(slope if i == j else ZERO for j, slope in enumerate(step.slopes))
        yield by_rule(step.whole, kept)
    factors = enumerate(step.whole.factors)
    yield mul(*(step.slopes[i] if i in step.depending else factor for i, factor in factors))


class _Quotient(NamedTuple):
    """u/v, with v' not 0"""

    u: Expression
    v: Expression
    du: Expression
    dv: Expression

    @property
    def squared(self) -> Expression:
        return Pow(self.v, number(2))

    @property
    def first(self) -> Expression:
        """U'v"""
        return mul(self.du, self.v)

    @property
    def second(self) -> Expression:
        """-uv'"""
        return mul(Neg(ONE), self.u, self.dv)


def _quotient(step: Step) -> Iterator[_Quotient]:
    if isinstance(step.whole, Div) and step.slopes[1] != ZERO:
        yield _Quotient(step.whole.numerator, step.whole.denominator, *step.slopes)


def denominator_not_squared(step: Step) -> Results:
    """(u'v - uv')/v"""
    for q in _quotient(step):
        yield Div(add(q.first, q.second), q.v)


def quotient_rule_sign(step: Step) -> Results:
    """(u'v + uv')/v^2"""
    for q in _quotient(step):
        yield Div(add(q.first, mul(q.u, q.dv)), q.squared)


def quotient_rule_term(step: Step) -> Results:
    """u'v/v^2, -uv'/v^2, and u'/v'"""
    for q in _quotient(step):
        if q.du != ZERO:
            yield Div(q.first, q.squared)
            yield Div(q.second, q.squared)
            yield Div(q.du, q.dv)


def denominator_missing(step: Step) -> Results:
    """(1/v)' as -v'"""
    for q in _quotient(step):
        if q.du == ZERO:
            yield q.second


def power_rule(step: Step) -> Results:
    """(u^n)' as u^(n-1) u', and as n u^n u'"""
    if isinstance(step.whole, Pow) and step.depending == [0]:
        base, exponent = step.whole.base, step.whole.exponent
        yield mul(lowered(base, exponent), step.slopes[0])
        yield mul(exponent, Pow(base, exponent), step.slopes[0])


def missing_inner(step: Step) -> Results:
    """f(u)' as f'(u)"""
    if step.depending != [0] or step.slopes[0] == ONE:
        return
    if isinstance(step.whole, Pow):
        yield mul(step.whole.exponent, lowered(step.whole.base, step.whole.exponent))
    elif (call := _called(step)) is not None:
        yield slope_of(call)


def _called(step: Step) -> Call | None:
    """The call of an elementwise function of which one argument depends on the name."""
    whole = step.whole
    if not isinstance(whole, Call) or step.depending != [0] or not FUNCTIONS[whole.function].slopes:
        return None
    return whole


def _with_slope(step: Step, *wrong: Expression) -> Results:
    """Other derivatives of the function, each with that of its argument."""
    for slope in wrong:
        yield mul(slope, step.slopes[0])


def missing_activation_slope(step: Step) -> Results:
    """sigmoid(u)' as u'"""
    call = _called(step)
    if call is not None and call.function in ACTIVATIONS:
        yield from _with_slope(step, ONE)


def not_derived(step: Step) -> Results:
    """f(u)' as f(u) u'"""
    call = _called(step)
    if call is not None:
        yield from _with_slope(step, call)


def half_of_sigmoid(step: Step) -> Results:
    """S' as s, or as 1 - s"""
    call = _called(step)
    if call is not None and call.function == "sigmoid":
        yield from _with_slope(step, call, Add((ONE, Neg(call))))


def half_of_tanh(step: Step) -> Results:
    """T' as 1 - t"""
    call = _called(step)
    if call is not None and call.function == "tanh":
        yield from _with_slope(step, Add((ONE, Neg(call))))


def at_activation(step: Step) -> Results:
    """f'(u) at the wrong place: as f'(f(u)), and s(1 - s) as u(1 - u)"""
    call = _called(step)
    if call is None:
        return
    argument = call.arguments[0]
    if call.function == "sigmoid":
        yield from _with_slope(step, mul(argument, Add((ONE, Neg(argument)))))
    if call.function == "tanh":
        yield from _with_slope(step, Add((ONE, Neg(Pow(argument, number(2))))))
    if call.function in ACTIVATIONS and call.function != "softplus":
        yield from _with_slope(step, slope_of(Call(call.function, (call, *call.arguments[1:]))))


def sign_of_circular(step: Step) -> Results:
    """Sin' as -cos, and cos' as sin"""
    call = _called(step)
    if call is not None and call.function in {"cos", "sin"}:
        yield from _with_slope(step, mul(Neg(ONE), slope_of(call)))


ROWS = (
    Mistake(
        "product-rule",
        2,
        "the product rule is half done",
        "(u*v)' written as u'*v, or as u'*v'",
        deriving=product_rule,
    ),
    Mistake(
        "denominator-not-squared",
        2,
        "the square of the denominator is missing",
        "u'/v^2 written as u'/v",
        deriving=denominator_not_squared,
    ),
    Mistake(
        "quotient-rule-term",
        2,
        "a term of the quotient rule is missing",
        "(u/v)' written as u'*v/v^2",
        deriving=quotient_rule_term,
    ),
    Mistake(
        "quotient-rule-sign",
        2,
        "the terms of the quotient rule are added",
        "(u/v)' written as (u'*v + u*v')/v^2",
        deriving=quotient_rule_sign,
    ),
    Mistake(
        "power-rule",
        2,
        "the power rule is half done",
        "(x^2)' written as x, or as 2*x^2",
        deriving=power_rule,
    ),
    Mistake(
        "missing-inner-derivative",
        2,
        "the inner derivative is missing",
        "(sigmoid(w*x))' by w written without x",
        deriving=missing_inner,
    ),
    Mistake(
        "function-not-derived",
        2,
        "a function stands in place of its derivative",
        "sin(x)' written as sin(x)",
        deriving=not_derived,
    ),
    Mistake(
        "derivative-sign",
        2,
        "a derivative has the wrong sign",
        "cos(x)' written as sin(x)",
        deriving=sign_of_circular,
    ),
    Mistake(
        "activation-derivative-missing",
        2,
        "the derivative of the activation is missing",
        "dLoss/dZ1 written as dLoss/dA1",
        missing_slope,
        deriving=missing_activation_slope,
        chaining=slope_missing,
    ),
    Mistake(
        "derivative-at-activation",
        2,
        "the derivative of the activation is taken at the wrong argument",
        "tanh'(Z) written as tanh'(A), or s*(1 - s) with s = Z",
        deriving=at_activation,
    ),
    Mistake(
        "sigmoid-derivative-half",
        2,
        "the derivative of sigmoid is half done",
        "s*(1 - s) written as s",
        deriving=half_of_sigmoid,
    ),
    Mistake(
        "tanh-derivative-half",
        2,
        "the derivative of tanh lacks the square",
        "1 - t^2 written as 1 - t",
        deriving=half_of_tanh,
    ),
)
