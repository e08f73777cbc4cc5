"""How likely it is that a mistake gives the written answer by chance, and what may be named then.

Candidates are tried from the simplest on. If their values were spread evenly on a logarithmic scale over
SPREAD, one of them would agree with the digits written with probability window / SPREAD; so many times that,
as were tried up to the one that agrees, is how many chance matches were to be expected before it was reached.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from hw2check.formula.functions import Array
from hw2check.formula.numeral import Numeral
from hw2check.formula.quantity import label
from hw2check.mistakes.candidates import Candidate
from hw2check.mistakes.catalogue import MISTAKES
from hw2check.mistakes.mistake import Hint

MAX_HINTS = 2
FIRM = 0.05  # expected chance matches up to which a mistake is named
WEAK = 0.5  # and up to which one is named as a weak guess
SPREAD = 4.0  # natural logarithm of the range over which candidate values lie


def window(numerals: Iterable[Numeral], start: float = 0.0) -> float:
    """The share of a logarithmic scale that the digits written leave open, for all the numbers together.

    start  what the numbers change: digits that repeat it show nothing
    """
    share = 1.0
    for numeral in numerals:
        size = abs(float(numeral) - start)
        unit = float(numeral.unit) if numeral.unit else 0.0
        share *= min(SPREAD, unit / size) / SPREAD if size else 1.0
    return share * SPREAD


def whole_window(value: Array) -> float:
    """As `window`, of an exact value: whole numbers agree with each other more often than others do."""
    sizes = [
        abs(float(entry)) for entry in value.reshape(-1) if np.isfinite(entry) and float(entry).is_integer()
    ]
    if len(sizes) < value.size:
        return 0.0
    return SPREAD * math.prod(1 / max(size, 1.0) / SPREAD for size in sizes)


def named(matching: Sequence[Candidate], tried: Iterable[Candidate], share: float = 0.0) -> tuple[Hint, ...]:
    """The simplest mistakes beyond chance, at most two that are as simple; else at most one weak guess.

    share  as `window` gives it; 0 where the answer is exact
    """
    wanted = {id(candidate) for candidate in matching}
    firm: dict[str, Candidate] = {}
    guess: Candidate | None = None
    seen: set[bytes] = set()
    for candidate in sorted(tried, key=lambda c: c.order):
        seen.add(_digits(candidate.value) if share else b"")
        if id(candidate) not in wanted:
            continue
        expected = len(seen) * share / SPREAD
        if expected <= FIRM:
            firm.setdefault(candidate.code, candidate)
        elif expected <= WEAK and guess is None:
            guess = candidate
    if not firm:
        return (_hint(guess, weak=True),) if guess else ()
    simplest, *others = firm.values()
    rank = MISTAKES[simplest.code].rank
    kept = [simplest, *(c for c in others if MISTAKES[c.code].rank == rank)][:MAX_HINTS]
    return tuple(_hint(candidate, weak=False) for candidate in kept)


def _digits(value: Array) -> bytes:
    """A value but for its last digits, to be compared; large numbers have none behind the point."""
    with np.errstate(all="ignore"):
        rounded = np.round(value, 15)
    return np.where(np.isfinite(rounded), rounded, value).tobytes()


def _hint(candidate: Candidate, *, weak: bool) -> Hint:
    return Hint(candidate.code, MISTAKES[candidate.code].title, label(candidate.where), weak)
