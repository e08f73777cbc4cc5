"""Decimals that stand for what they round: the exact values that may be meant by them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from typing import TypeVar

from hw2check.formula.tree import Expression, Number, walk
from hw2check.judge.numbers import judge_number

MAX_CANDIDATES = 4  # values that one decimal is taken for

T = TypeVar("T")


def decimals_of(expression: Expression) -> tuple[Number, ...]:
    """The numbers with a decimal point in an expression, as often as they occur."""
    numbers = (part for part in walk(expression) if isinstance(part, Number))
    return tuple(part for part in numbers if part.numeral.unit is not None and not part.numeral.whole)


def rounding_to(
    decimal: Number, sizes: Iterable[tuple[T, float]], *, nearly: bool = False
) -> Iterator[tuple[T, float]]:
    """Of numbers, each with what it is, those that are a decimal once they are rounded.

    nearly  whether those count too that are cut off, or off by one in the last digit
    """
    allowed = {"correct", "close"} if nearly else {"correct"}
    shown, unit = float(decimal.numeral), float(decimal.numeral.unit or 0)
    for what, size in sizes:
        near = abs(abs(size) - shown) <= unit
        if near and judge_number(decimal.numeral, abs(size)).verdict in allowed:
            yield what, abs(size)


def first_meant(
    choices: Sequence[Sequence[tuple[T, float] | None]],
    is_right: Callable[[Mapping[int, float]], bool],
    most: int,
) -> tuple[T, ...] | None:
    """What stands behind the decimals, in the first of `most` combinations that is right; or None.

    choices  for each decimal what it may be, with its size; None: itself
    """
    for combination in islice(product(*choices), most):
        found = {i: chosen for i, chosen in enumerate(combination) if chosen is not None}
        if found and is_right({i: size for i, (_, size) in found.items()}):
            return tuple(dict.fromkeys(what for what, _ in found.values()))
    return None
