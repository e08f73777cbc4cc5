"""Numbers as people write them: the exact value and the digits that are shown.

Rounding is judged on the digits as typed, so a number is never taken through a float on its way in.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple, TypeGuard

MAX_DIGITS = 60  # significant digits that one number may have
MAX_EXPONENT = 400  # largest power of ten; float64 ends at 308

_MINUS = {"\N{MINUS SIGN}": "-", "\N{EN DASH}": "-", "\N{HYPHEN}": "-"}
_DECIMAL = re.compile(r"([+-]?)(\d[\d_]*)?(?:(\.)(\d[\d_]*)?)?(?:[eE]([+-]?\d+))?\Z", re.ASCII)


class RawNumber(str):
    """A number exactly as it stands in a TOML or JSON file, not yet read."""

    __slots__ = ()


def is_text(raw: object) -> TypeGuard[str]:
    """Whether a value from a file is text in quotes, not a number."""
    return isinstance(raw, str) and not isinstance(raw, RawNumber)


class NumeralError(ValueError):
    """Text that is not a number; the message says what would be right."""


class Numeral(NamedTuple):
    """A number as written.

    An integer or decimal shows digits down to one unit of its last digit. A fraction such as 1/2
    shows none: it is exact.
    """

    text: str  # as written
    value: Fraction  # exactly what is written
    unit: Fraction | None  # one unit of the last digit written; None for a fraction
    digits: int  # significant digits written: 0.0020 has 2, 0 has none
    whole: bool  # written without a decimal point or exponent

    def __float__(self) -> float:
        return float(self.value)


def read_numeral(text: str) -> Numeral:
    """The number that is written as an integer, a decimal or a fraction of two of these.

    Raises NumeralError for anything else, for more than MAX_DIGITS digits and for a
    power of ten beyond MAX_EXPONENT.
    """
    source = text.strip()
    for mark, minus in _MINUS.items():
        source = source.replace(mark, minus)
    top, slash, bottom = source.partition("/")
    if not slash:
        return _read_decimal(text, source)
    numerator = _read_decimal(text, top.strip())
    denominator = _read_decimal(text, bottom.strip())
    if not denominator.value:
        raise NumeralError(f"{_shown(text)} divides by zero")
    return Numeral(text.strip(), numerator.value / denominator.value, None, 0, False)


def _read_decimal(text: str, source: str) -> Numeral:
    match = _DECIMAL.match(source)
    if match is None or not (match[2] or match[4]):
        if re.fullmatch(r"[+-]?\d+,\d+", source):
            raise NumeralError(f"{_shown(text)} has a decimal comma: write {source.replace(',', '.')}")
        raise NumeralError(f"{_shown(text)} is not a number: write it like 3, -0.25, 1e-3 or 1/2")
    whole_part = (match[2] or "").replace("_", "")
    decimals = (match[4] or "").replace("_", "")
    if len(whole_part) + len(decimals) > MAX_DIGITS:
        raise NumeralError(f"{_shown(text)} has more than {MAX_DIGITS} digits")
    exponent = int(match[5] or "0") if len(match[5] or "") <= 6 else MAX_EXPONENT + 1
    if abs(exponent) > MAX_EXPONENT:
        raise NumeralError(f"{_shown(text)} has a power of ten beyond {MAX_EXPONENT}")
    unit = Fraction(10) ** (exponent - len(decimals))
    digits = (whole_part + decimals).lstrip("0")
    value = int(match[1] + (whole_part + decimals)) * unit
    return Numeral(text.strip(), value, unit, len(digits), not match[3] and match[5] is None)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
