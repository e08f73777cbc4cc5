"""Numbers as they are written down, and the marking rule, both in exact fractions of the oracle's values.

The rule is stated here anew from its description (the docs and fixtures/rounding.toml), not taken over.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from mpmath import mp

from bench.accuracy.oracle import Value

DUST = Fraction(1, 10**11)  # relative; below what float64 can tell, far below any digit written here


@dataclass(frozen=True, slots=True)
class Digits:
    """A number written with some digits."""

    text: str
    value: Fraction
    unit: Fraction  # of its last digit
    whole: bool  # no decimal point, no exponent

    @property
    def significant(self) -> int:
        return len(str(abs(self.value / self.unit).numerator)) if self.value else 0


def exact(value: Value) -> Fraction:
    """An mpf as a fraction, without loss; a value that is a short fraction but for dust is that fraction."""
    number = mp.mpf(value)
    sign, mantissa, exponent, _ = number._mpf_
    fraction = Fraction(int(mantissa)) * Fraction(2) ** int(exponent) * (-1 if sign else 1)
    near = fraction.limit_denominator(10**9)
    return near if abs(near - fraction) <= abs(fraction) / 10**40 else fraction


def first_place(value: Fraction) -> int:
    """The exponent of the first significant digit."""
    place = math.floor(math.log10(abs(value.numerator)) - math.log10(value.denominator))  # of any size
    while Fraction(10) ** (place + 1) <= abs(value):
        place += 1
    while Fraction(10) ** place > abs(value):
        place -= 1
    return place


def rounded(value: Fraction, unit: Fraction, *, ties_up: bool) -> Fraction:
    """To a multiple of the unit; a tie to the even digit, or away from zero."""
    count = abs(value) / unit
    lower = count.numerator // count.denominator
    rest = count - lower
    up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and (ties_up or lower % 2 == 1))
    return (lower + up) * unit * (-1 if value < 0 else 1)


def digits(value: Fraction, significant: int, *, ties_up: bool = True) -> Digits:
    """The value with that many significant digits."""
    if not value:
        return Digits("0", Fraction(0), Fraction(1), whole=True)
    place = first_place(value)
    unit = Fraction(10) ** (place - significant + 1)
    near = rounded(value, unit, ties_up=ties_up)
    if abs(near) >= Fraction(10) ** (place + 1):
        unit *= 10
    return spelt(near, unit)


def spelt(value: Fraction, unit: Fraction) -> Digits:
    """The text of a multiple of the unit: plain where it can be, else with an exponent."""
    decimals = -first_place(unit)
    sign = "-" if value < 0 else ""
    count = abs(value / unit)
    figures = str(count.numerator)
    if decimals < 0 or (value and abs(value) < Fraction(1, 10**6)):
        mantissa = figures[0] + ("." + figures[1:] if len(figures) > 1 else "")
        return Digits(f"{sign}{mantissa}e{len(figures) - 1 - decimals}", value, unit, whole=False)
    if decimals == 0:
        return Digits(f"{sign}{figures}", value, unit, whole=True)
    figures = figures.rjust(decimals + 1, "0")
    return Digits(f"{sign}{figures[:-decimals]}.{figures[-decimals:]}", value, unit, whole=False)


def allowed(
    written: Digits, truth: Fraction, start: Fraction | None = None, *, alone: bool = True
) -> set[str]:
    """The verdicts that the rule allows; more than one only on an edge that float64 cannot see,
    and where the second digit of the written number comes from a carry (10 for 9.4)."""
    unit, distance, dust = (
        written.unit,
        abs(written.value - truth),
        DUST * max(abs(truth), abs(start or Fraction(0))),
    )
    if written.whole and truth.denominator == 1:
        return {"correct"} if written.value == truth else {"wrong"}
    if start is not None and distance <= unit and abs(truth - start) > dust and alone:
        edge = abs(abs(written.value - start) - unit / 2) <= dust
        if abs(written.value - start) < unit / 2 and not edge:
            on_this_side = distance <= unit / 2 or abs(written.value) <= abs(truth)
            return {"coarse"} if on_this_side else {"wrong"}
        if edge:
            return {"coarse", "correct", "close"}
    if written.whole and (start is None or abs(written.value - start) >= unit):
        cut = abs(written.value) <= abs(truth) and distance < unit and written.significant >= 2
        return {"coarse"} if distance <= unit / 2 or cut else {"wrong"}
    right = distance <= unit / 2 + dust
    close = distance <= unit + dust and written.significant >= 2
    if right and truth and alone and (not written.value or unit > shown_place(truth)):
        return {"coarse"}
    if right:
        return {"correct"} if distance <= unit / 2 else {"correct", "close", "wrong"}
    if not close:
        return {"wrong"}
    truncated = abs(written.value) <= abs(truth) and written.value * truth >= 0
    if start is not None and not truncated and abs(written.value - start) / unit < Fraction(19, 2):
        return {"wrong"}
    if abs(truth) < 10 * unit or abs(distance - unit) <= dust:
        return {"close", "wrong"}
    return {"close"}


def shown_place(truth: Fraction) -> Fraction:
    """The place of the first digit of the truth once it is rounded to one significant digit."""
    place = Fraction(10) ** first_place(truth)
    return place * 10 if abs(truth) / place >= Fraction(19, 2) else place


def is_rounding_of(written: Digits, value: Fraction) -> bool:
    return abs(written.value - value) <= written.unit / 2 + DUST * abs(value)
