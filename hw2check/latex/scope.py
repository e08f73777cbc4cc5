"""What LaTeX must know of its surroundings to be read: which names have a value, and what they mean."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from hw2check.formula.functions import Array
from hw2check.formula.graph import Node
from hw2check.formula.notation import UserFunction
from hw2check.formula.tree import Expression


class UnclearError(ValueError):
    """What is written has no meaning that could be checked; the message says why."""


class Surroundings(Protocol):
    """The names that mean something where a formula stands."""

    axis: int  # along which the inputs of a batch lie

    @property
    def given(self) -> Mapping[str, Array]:
        """The quantities with a value of their own."""

    @property
    def nodes(self) -> Mapping[str, Node]:
        """The quantities with a formula."""

    @property
    def points(self) -> Mapping[str, Array]:
        """The values of each name at the sample points, a leading axis; the first point is the given one."""

    @property
    def relu_at_zero(self) -> Expression | None:
        """What is declared as the derivative of relu at 0."""

    def has(self, name: str) -> bool:
        """Whether the name has a value."""

    def resolve(self, spelt: str) -> str | None:
        """The quantity that a spelling means."""

    def derivative(self, of: str, by: str) -> str | None:
        """The name of dOF/dBY, if both are known."""

    def function(self, letter: str, suffix: str) -> UserFunction | None:
        """The function that a letter with a subscript means."""

    def node_of(self, letter: str, suffix: str) -> str | None:
        """The one node whose subscript is the suffix: f_6 stands for x6."""

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a known quantity; () for an unknown one."""

    def temporary(self, formula: Expression) -> str:
        """The name of a node for an expression that has none."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean here beyond the declared ones."""

    world: Surroundings
    aliases: Mapping[str, Expression] = field(
        default_factory=dict
    )  # canonical spelling -> what it stands for
    known: dict[tuple[str, ...], tuple[Expression, bool, bool]] = field(
        default_factory=dict
    )  # fractions read
    choices: Mapping[str, str] = field(
        default_factory=dict
    )  # what is written -> which of its meanings is meant
    fitting: bool = True  # whether what shapes do not let be multiplied or added is an error


@dataclass(slots=True)
class Reading:
    """What was noticed while one side was read."""

    doubts: list[str] = field(default_factory=list)  # why another meaning is possible
    choices: dict[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # what is written -> its meanings, likeliest first
    steps: int = 0  # tokens read for sums
    unknown: bool = False  # whether an undeclared name was met
    entrywise: bool = False  # whether matrices were multiplied so, which fit in no other way


MAX_ASSIGNMENTS = 16  # of meanings to what may be read in several ways


def assignments(choices: Mapping[str, tuple[str, ...]]) -> Iterator[dict[str, str]]:
    """What may be meant, as values of `Scope.choices`: the likeliest meanings first, at most MAX_ASSIGNMENTS.

    choices  what is written -> its meanings, of all sides of a link together
    """
    every = itertools.product(*choices.values())
    for meanings in itertools.islice(every, MAX_ASSIGNMENTS):
        yield dict(zip(choices, meanings, strict=True))


def is_application(name: str) -> bool:
    """Whether a name stands for what a function or operator that nobody defined gives: E(X), P(A|B), O[0,0].

    Such names are no free variables: E(2X) and E(X) are not independent.
    """
    return name.endswith((")", "]"))
