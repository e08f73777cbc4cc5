"""Derivatives that come out when one step of deriving goes wrong, by the mistakes of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from hw2check.calculus.rules import by_rule
from hw2check.formula.tree import ONE, ZERO, Expression, Name, children, names
from hw2check.mistakes.catalogue import MISTAKES
from hw2check.mistakes.mistake import Step

Variant = tuple[str, Expression]  # the code of the mistake, empty for the right derivative, and the result

MAX_VARIANTS = 400  # of one derivative

_SLIPS = tuple((mistake.code, mistake.deriving) for mistake in MISTAKES.values() if mistake.deriving)


def faulty_derivatives(expression: Expression, name: str) -> Iterator[Variant]:
    """The derivatives that come out when exactly one step of deriving goes wrong, each with its code.

    Raises KeyError as `derivative_by_rules` does.
    """
    return iter(_variants(expression, name)[1:MAX_VARIANTS])


@lru_cache(maxsize=4096)
def _variants(expression: Expression, name: str) -> tuple[Variant, ...]:
    """The right derivative first, then each that has one mistake, those of the last step before others."""
    if name not in names(expression):
        return (("", ZERO),)
    if isinstance(expression, Name):
        return (("", ONE),)
    parts = [_variants(operand, name) for operand in children(expression)]
    right = tuple(variants[0][1] for variants in parts)
    found = [("", by_rule(expression, right))]
    step = Step(expression, right)
    found += [(code, result) for code, slip in _SLIPS for result in slip(step)]
    for position, variants in enumerate(parts):
        for code, faulty in variants[1:]:
            found.append((code, by_rule(expression, (*right[:position], faulty, *right[position + 1 :]))))
    return tuple(found[:MAX_VARIANTS])
