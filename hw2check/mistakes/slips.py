"""Slips with a finished number: its sign, its decimal point, its digits."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from hw2check.formula.functions import Array
from hw2check.formula.numeral import Numeral
from hw2check.formula.quantity import label
from hw2check.mistakes.candidates import Candidate
from hw2check.mistakes.catalogue import MISTAKES
from hw2check.mistakes.mistake import Hint

FIRM_DIGITS = 3  # significant digits from which a slip in the digits alone is named


def gives(value: Array, numeral: Numeral) -> bool:
    """Whether a value rounds to the number written."""
    number = float(value.reshape(-1)[0])
    if not np.isfinite(number) or not numeral.value:
        return False
    half = 0.0 if numeral.unit is None else float(numeral.unit) / 2
    return abs(number - float(numeral)) <= half + 1e-12 * abs(number)


def number_slips(right: Array, key: str) -> Iterator[Candidate]:
    """Slips with the finished number: sign, decimal point, factor 2, reciprocal."""
    yield Candidate("sign", key, 0, -right)
    for power in (1, -1, 2, -2, 3, -3):
        yield Candidate("power-of-ten", key, 0, right * 10.0**power)
    yield Candidate("factor-2", key, 0, right * 2)
    yield Candidate("factor-2", key, 0, right / 2)
    with np.errstate(all="ignore"):
        yield Candidate("reciprocal", key, 0, 1 / right)


def digit_hints(numeral: Numeral, right: float, key: str) -> tuple[Hint, ...]:
    """Digits cut off, swapped, or wrong in the last place alone; named only where nothing else agrees."""
    if numeral.unit is None or right == 0:
        return ()
    exact = Fraction(right) / numeral.unit
    written = int(numeral.value / numeral.unit)
    if numeral.digits == 1 and written == int(exact):
        return (_hint("truncated", key, weak=True),)  # any of nine digits
    if numeral.digits < FIRM_DIGITS or (written < 0) != (exact < 0):
        return ()
    rounded = round(exact)
    if _swapped(str(abs(rounded)), str(abs(written))):
        return (_hint("digits-swapped", key),)
    return (_hint("last-digit", key),) if abs(rounded) // 10 == abs(written) // 10 else ()


def _hint(code: str, key: str, *, weak: bool = False) -> Hint:
    return Hint(code, MISTAKES[code].title, label(key), weak)


def _swapped(right: str, written: str) -> bool:
    if len(right) != len(written):
        return False
    differ = [i for i, (a, b) in enumerate(zip(right, written, strict=True)) if a != b]
    if len(differ) != 2 or differ[1] != differ[0] + 1:
        return False
    i, j = differ
    return right[i] == written[j] and right[j] == written[i]
