"""What proofreading a document gave: the links of its chains, each with a verdict, and what it states."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from hw2check.errors import Place
from hw2check.formula.tree import Expression
from hw2check.proofread.parts import OpenQuestion
from hw2check.proofread.regions import Unclosed
from hw2check.proofread.sameness import CLOSE, DOUBTFUL, HOLDS, ROUNDED, UNKNOWN, WRONG
from hw2check.proofread.steps import Side
from hw2check.proofread.world import World

CARRIED, DEFINITION = "carried", "definition"
VERDICTS = (HOLDS, ROUNDED, CLOSE, DEFINITION, UNKNOWN, DOUBTFUL, CARRIED, WRONG)
SOUND = (HOLDS, ROUNDED, CLOSE, DEFINITION)
FAULTS = (WRONG, CARRIED)  # these make the exit code 1
CHECKED = (HOLDS, ROUNDED, CLOSE, DOUBTFUL, CARRIED, WRONG, DEFINITION)


class Link(NamedTuple):
    """One step, left = right, and what was found."""

    verdict: str  # one of VERDICTS
    reason: str
    left: Side
    right: Side
    relation: str
    values: tuple[str, str] = ("", "")  # of both sides at the given values, where they differ
    quantity: str = ""  # what the chain is about, if it begins with a quantity
    end: str = ""  # what the chain ends in, where that is not right
    hint: str = ""  # a finding code and what it means
    code: str = ""


class Stated(NamedTuple):
    """What the document says that a quantity is."""

    quantity: str
    expression: Expression
    side: Side
    link: int  # index of the link that states it


@dataclass(frozen=True, slots=True)
class Proof:
    """A document, proofread."""

    file: str
    links: tuple[Link, ...]
    questions: tuple[OpenQuestion, ...]
    stated: tuple[Stated, ...] = field(default=(), repr=False)
    world: World = field(default_factory=lambda: World(()), repr=False)  # with what the document defines
    unread: tuple[Place, ...] = ()  # of equations that could not be read
    unclosed: tuple[Unclosed, ...] = ()  # marks that open mathematics which nothing closes
    ignored: int = 0  # formulas and lines that are passed over, as the document asks
    known: tuple[Link, ...] = ()  # faults that a baseline has, and that are not told again
    apart: tuple[str, ...] = ()  # sections that a problem was not applied to
    with_problem: bool = False  # whether it was told what the document is about

    @property
    def faults(self) -> tuple[Link, ...]:
        """The links that are wrong or carried."""
        return tuple(link for link in self.links if link.verdict in FAULTS)

    @property
    def coverage(self) -> float:
        """Percent of the links that stand there and could be checked; 100 where there are none."""
        links = (*self.links, *self.known)
        there = len(links) + len(self.unread)
        return 100 * sum(link.verdict in CHECKED for link in links) / there if there else 100.0

    @property
    def is_blind(self) -> bool:
        """Whether equations stand there, and not one of them could be read."""
        return not self.links and not self.known and bool(self.unread or self.unclosed)
