"""One hostile case: a problem, answers to it, and the verdicts that are right."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from bench.accuracy.rounding import digits, exact

RIGHT = frozenset({"correct"})
RIGHT_FORMULA = frozenset({"correct", "undecided"})  # where nobody can tell, that is said
WRONG = frozenset({"wrong"})
WRONG_FORMULA = frozenset({"wrong", "undecided"})
OPEN = frozenset({"undecided"})


@dataclass(frozen=True)
class Case:
    """What is written, and which verdicts on it are right."""

    kind: str
    toml: str
    answers: Mapping[str, str]  # as they stand behind "name ="
    right: Mapping[str, frozenset[str]]  # the verdicts that are right; a name left out is not looked at
    roots: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # what carried ones follow from

    @property
    def text(self) -> str:
        lines = (f'"{name}" = {answer}' for name, answer in self.answers.items())
        return f"{self.toml}[expected]\n" + "\n".join(lines) + "\n"


def quoted(formula: str) -> str:
    return f'"{formula}"'


def size(rng: random.Random, low: float = -6, high: float = 6) -> Fraction:
    """A number of any size, either sign, with three digits."""
    value = digits(exact(10 ** rng.uniform(low, high)), 3).value
    return value * rng.choice((-1, 1))


def shown(value: Fraction) -> str:
    """A decimal as it stands in a problem file, exactly."""
    exponent = 0
    while value and value.denominator > 1:
        value, exponent = value * 10, exponent - 1
    while value and abs(value) >= 10**15 and not value.numerator % 10:
        value, exponent = value / 10, exponent + 1
    return f"{value.numerator}e{exponent}" if exponent else str(value.numerator)
