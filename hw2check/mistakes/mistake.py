"""What a mistake is: its code and what it means, and what makes it, at which kind of place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from hw2check.formula.tree import ZERO, Add, Expression, Mul, Neg, add


class Step(NamedTuple):
    """A rule of calculus applied to an expression."""

    whole: Expression
    slopes: tuple[Expression, ...]  # the right derivatives of its operands

    @property
    def depending(self) -> list[int]:
        """Which operands have a derivative."""
        return [i for i, slope in enumerate(self.slopes) if slope != ZERO]


class Update(NamedTuple):
    """parameter - rate * gradient, or + for an ascent"""

    parameter: Expression
    rate: Expression
    gradient: Expression
    change: Expression  # rate * gradient
    descent: bool

    def by(self, change: Expression) -> Expression:
        """The parameter after another change in the same direction."""
        return add(self.parameter, Neg(change) if self.descent else change)


class Chain(NamedTuple):
    """A gradient by the chain rule: a sum over paths of products of derivatives."""

    terms: tuple[Expression, ...]
    after: frozenset[str]  # gradients by an activation, which its slope leads on from
    slopes: frozenset[str]  # of activations
    inputs: tuple[str, ...] = ()  # of `after`, those that an array's gradient is made of

    def with_term(self, position: int, changed: Expression) -> Expression:
        """The sum with another term in the place of one."""
        terms = (*self.terms[:position], changed, *self.terms[position + 1 :])
        return Add(terms) if len(terms) > 1 else changed

    def with_links(self, change: Callable[[Mul], Iterator[Expression]]) -> Iterator[Expression]:
        """The sum with each product changed in turn."""
        for position, term in enumerate(self.terms):
            for changed in change(term) if isinstance(term, Mul) else ():
                yield self.with_term(position, changed)


Edit = Callable[[Expression], Iterator[Expression]]
Deriving = Callable[[Step], Iterator[Expression]]
Updating = Callable[[Update], Iterator[Expression]]
Chaining = Callable[[Chain], Iterator[Expression]]


class Mistake(NamedTuple):
    """One known mistake."""

    code: str  # stable, for machines
    rank: int  # 1 the simplest to make; only ranks 1 and 2 are named where few digits are written
    title: str  # one line: what was done
    example: str  # right, then as mistaken
    edit: Edit | None = None  # what makes the mistake at a place in a formula; None: it is made elsewhere
    undoes: str = ""  # the mistake that the same edit takes back, where it is one
    deriving: Deriving | None = None  # what makes it in a step of deriving
    updating: Updating | None = None  # what makes it in the update of a parameter
    chaining: Chaining | None = None  # what makes it in the chain rule


class Hint(NamedTuple):
    """What a mistake looks like."""

    code: str  # in the catalogue of mistakes
    title: str  # one line
    where: str  # the quantity in whose formula it is made
    weak: bool  # too few digits to tell it from chance
