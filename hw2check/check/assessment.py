"""One answer judged, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hw2check.formula.functions import Array
from hw2check.judge.numbers import Entries
from hw2check.judge.verdicts import Judgement
from hw2check.problem.answers import Answer

if TYPE_CHECKING:
    from hw2check.mistakes.mistake import Hint


@dataclass(frozen=True, slots=True)
class Assessment:
    """One answer judged, and what explains it."""

    answer: Answer
    key: str
    judgement: Judgement
    by_formula: Judgement | None = None
    by_substitution: Judgement | None = None
    entries: Entries | None = None
    carried_from: tuple[str, ...] = ()  # the wrong quantities that it follows from
    reach: tuple[Array, Array] | None = None  # of a carried value: the least and the greatest that follows
    hints: tuple[Hint, ...] = field(default=())

    @property
    def verdict(self) -> str:
        """Of the whole answer."""
        return self.judgement.verdict
