"""What was found out about answers to one problem, kept for the same answers in other submissions."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from hw2check.formula.tree import Expression
from hw2check.problem.answers import Answer

MAX_KEPT = 50_000  # answers; then all are forgotten

Kept = TypeVar("Kept")


@dataclass(slots=True)
class Memory:
    """Results by what they depend on; what is forgotten is found out again."""

    kept: dict[Hashable, object] = field(default_factory=dict)

    def of(self, what: Callable[..., Kept], by: Hashable, *arguments: object) -> Kept:
        """What a function gives for its arguments, all that it depends on being told by `by`."""
        key = what, by
        found = self.kept.get(key)
        if found is None:
            if len(self.kept) >= MAX_KEPT:
                self.kept.clear()
            found = self.kept[key] = what(*arguments)
        result: Kept = found  # type: ignore[assignment]
        return result


def content(answer: Answer) -> Hashable:
    """What an answer says, wherever it stands; None where that cannot be told from its text."""
    value = answer.value
    if value is not None and not value.numerals:
        return None
    digits = None if value is None else (value.shape, tuple(numeral.text for numeral in value.numerals))
    return answer.name, answer.unreadable, answer.formula, answer.substitution, digits


def formulas(answers: Mapping[str, Answer]) -> tuple[tuple[str, Expression], ...]:
    """The written formulas, by quantity."""
    return tuple((key, answer.formula) for key, answer in answers.items() if answer.formula is not None)
