"""What a formula may mention, and how it may be written: names, functions of one's own, bounds, errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from hw2check.formula.tree import (
    Expression,
)

MAX_TOKENS = 20_000  # of one formula
MAX_WORD = 150  # characters of a name or number
MAX_NESTING = 60  # brackets, signs and powers within each other
MAX_CHAIN = 200  # divisions or matrix products in a row
MAX_DEPTH = 250  # levels of one tree: deep trees are walked by recursion
MAX_SIZE_DIGITS = 8  # of a length or place in a matrix
MAX_SIZE = 20_000  # parts of one formula once user-defined functions are put in


class NotationError(ValueError):
    """A formula that cannot be read: what is wrong, at which character, and what would be right."""

    def __init__(self, message: str, offset: int, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset  # from 0, within the formula
        self.hint = hint


class UserFunction(NamedTuple):
    """A function that a problem file defines: f5(x) = 1/(1 + exp(-x))."""

    parameters: tuple[str, ...]
    body: Expression


def _nothing(_: str) -> str | None:
    return None


def _no_names() -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a formula may mention."""

    resolve: Callable[[str], str | None] = _nothing  # a spelling -> the quantity's name, if there is one
    known: Callable[[], Iterable[str]] = _no_names  # all names, for hints
    functions: Mapping[str, UserFunction] = field(default_factory=dict)
    axis: int = 0  # of softmax where none is written: 0 with one input per column, 1 with one per row
    relu_at_zero: Expression | None = None  # relu'(0) where it is not 0


class Token(NamedTuple):
    """One token of a formula, in either notation."""

    kind: str  # "number", "word", "end", or the operator itself
    text: str
    offset: int
