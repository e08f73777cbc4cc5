"""Numbers put into a formula and not worked out: 4 - 0.1*(-0.001).

Such an expression is exact but for the decimals in it that were rounded before. A decimal may stand for a
quantity that rounds to it; and where decimals show three digits or more, the result is as good as they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

import numpy as np

from hw2check.calculus.values import ShapeError, evaluate
from hw2check.formula.functions import Array
from hw2check.formula.graph import ancestors
from hw2check.formula.quantity import label
from hw2check.formula.tree import Expression, Name, Number, children, rebuild
from hw2check.judge.numbers import SLACK
from hw2check.judge.rounded_parts import MAX_CANDIDATES, decimals_of, first_meant, rounding_to
from hw2check.judge.verdicts import CORRECT, Judgement
from hw2check.truth.derived import Truth

MAX_LITERALS = 6  # rounded decimals in one expression
MAX_CHOICES = 256
MAX_ENTRIES = 100  # of one quantity that are looked at
SHOWN = 3  # digits from which on a decimal is as good as its digits
NARROW = 0.01  # relative uncertainty up to which a result shows the value

WRONG = Judgement("wrong")


def judge_closed(
    expression: Expression, key: str, position: int, truth: Truth, start: float | None = None
) -> Judgement:
    """An expression without names, against one entry of a quantity.

    position  of the entry, row by row
    start     the parameter before the update, where the quantity is an updated parameter
    """
    right = float(truth.values[key].reshape(-1)[position])
    value = _value(expression, truth)
    if value is None or not math.isfinite(right):
        return Judgement("undecided", "it has no finite value")
    if _equal(value, right):
        return CORRECT
    decimals = tuple(dict.fromkeys(decimals_of(expression)))
    if not decimals or len(decimals) > MAX_LITERALS:
        return WRONG
    opened = _Opened(_with_slots(expression, decimals), decimals, truth)
    if meant := _meant(opened, key, right):
        return Judgement("correct", f"follows from the rounded {', '.join(meant)}")
    return _within_digits(opened, value, right, start)


class _Opened(NamedTuple):
    """An expression in which every rounded decimal can be given another value."""

    expression: Expression
    decimals: tuple[Number, ...]
    truth: Truth

    def value(self, others: Mapping[int, float]) -> float | None:
        """With some of the decimals, by their position, replaced."""
        sizes = {_slot(i): np.asarray(others.get(i, float(n.numeral))) for i, n in enumerate(self.decimals)}
        return _value(self.expression, self.truth, sizes)


def _slot(position: int) -> str:
    return f"#{position}"


def _with_slots(expression: Expression, decimals: tuple[Number, ...]) -> Expression:
    if isinstance(expression, Number):
        return Name(_slot(decimals.index(expression))) if expression in decimals else expression
    operands = children(expression)
    if not operands:
        return expression
    return rebuild(expression, tuple(_with_slots(operand, decimals) for operand in operands))


def _equal(value: float, right: float) -> bool:
    return abs(value - right) <= float(SLACK) * abs(right)


def _value(expression: Expression, truth: Truth, more: Mapping[str, Array] | None = None) -> float | None:
    try:
        value = evaluate(expression, {**truth.values, **(more or {})})
    except ShapeError:
        return None
    return float(value) if not np.ndim(value) and np.isfinite(value) else None


def _meant(opened: _Opened, key: str, right: float) -> tuple[str, ...]:
    """The quantities that stand behind the decimals, if with their own values the expression is right."""

    def is_right(sizes: Mapping[int, float]) -> bool:
        value = opened.value(sizes)
        return value is not None and _equal(value, right)

    behind = list(_behind(key, opened.truth))
    choices = [[None, *islice(rounding_to(decimal, behind), MAX_CANDIDATES)] for decimal in opened.decimals]
    return first_meant(choices, is_right, MAX_CHOICES) or ()


def _behind(key: str, truth: Truth) -> Iterator[tuple[str, float]]:
    """The numbers that a quantity is computed from, each with the name of its quantity."""
    for name in sorted(ancestors(truth.graph, [key]) - {key}):
        for entry in truth.values[name].reshape(-1)[:MAX_ENTRIES].tolist() if name in truth.values else ():
            yield label(name), entry


def _within_digits(opened: _Opened, value: float, right: float, start: float | None) -> Judgement:
    """Whether the digits that the decimals leave open make up for the difference."""
    left_open = 0.0
    for position, decimal in enumerate(opened.decimals):
        if decimal.numeral.digits >= SHOWN:
            half = (decimal.numeral.unit or 0) / 2
            ends = [opened.value({position: float(decimal.numeral.value + d)}) for d in (-half, half)]
            left_open += max((abs(end - value) for end in ends if end is not None), default=0.0)
    if abs(value - right) > left_open * (1 + 1e-6):
        return WRONG
    shown = abs(right if start is None else right - start)
    if left_open <= NARROW * shown:
        return Judgement("correct", "right to the digits of the numbers in it")
    return Judgement("undecided", "the numbers in it are rounded too much to tell")
