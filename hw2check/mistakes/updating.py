"""The mistakes that are made in the update of a parameter, with their rows of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator

from hw2check.formula.tree import Add, Expression, Neg, add, children
from hw2check.mistakes.mistake import Mistake, Update

Results = Iterator[Expression]


def update_of(formula: Expression) -> Update | None:
    """A formula taken apart; None for any that is no plain update."""
    if not isinstance(formula, Add):
        return None
    parameter, change = formula.terms[0], formula.terms[1]
    descent = isinstance(change, Neg)
    if isinstance(change, Neg):
        change = change.operand
    if len(children(change)) != 2:  # a velocity that has the rate in it
        return None
    rate, gradient = children(change)
    return Update(parameter, rate, gradient, change, descent)


def rate_missing(update: Update) -> Results:
    """P - g"""
    yield update.by(update.gradient)


def plus_for_minus(update: Update) -> Results:
    """P + r*g where the step goes down"""
    if update.descent:
        yield add(update.parameter, update.change)


def minus_for_plus(update: Update) -> Results:
    """P - r*g where the step goes up"""
    if not update.descent:
        yield add(update.parameter, Neg(update.change))


def gradient_missing(update: Update) -> Results:
    """P - r"""
    yield update.by(update.rate)


ROWS = (
    Mistake(
        "learning-rate-missing",
        1,
        "the learning rate is missing",
        "a - 0.1*g written as a - g",
        updating=rate_missing,
    ),
    Mistake(
        "plus-for-minus",
        1,
        "the gradient is added, not subtracted",
        "a - 0.1*g written as a + 0.1*g",
        updating=plus_for_minus,
    ),
    Mistake(
        "minus-for-plus",
        1,
        "the gradient is subtracted, not added",
        "a + 0.1*g written as a - 0.1*g",
        updating=minus_for_plus,
    ),
    Mistake(
        "gradient-missing",
        2,
        "the update does not use the gradient",
        "a - 0.1*g written as a - 0.1",
        updating=gradient_missing,
    ),
)
