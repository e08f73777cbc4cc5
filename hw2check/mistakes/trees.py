"""Formulas with one mistake of the catalogue, at any place in them."""

from __future__ import annotations

from collections.abc import Iterator

from hw2check.formula.tree import Expression, children, rebuild
from hw2check.mistakes.catalogue import MISTAKES

Edit = tuple[str, Expression]  # the code of the mistake, and the formula with it

_EDITS = tuple((mistake.code, mistake.edit) for mistake in MISTAKES.values() if mistake.edit is not None)


def edits(expression: Expression) -> Iterator[Edit]:
    """Every tree that differs from this one by one known mistake, at any place in it."""
    operands = children(expression)
    if operands:
        for code, edit in _EDITS:
            for changed in edit(expression):
                yield code, changed
    for position, operand in enumerate(operands):
        for code, changed in edits(operand):
            yield code, rebuild(expression, (*operands[:position], changed, *operands[position + 1 :]))


def mends(expression: Expression) -> Iterator[Edit]:
    """Every tree of which this one may be the mistaken form, with the code of that mistake."""
    for code, changed in edits(expression):
        if undone := MISTAKES[code].undoes:
            yield undone, changed
