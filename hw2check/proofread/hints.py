"""What mistake a wrong step looks like: by the same search and catalogue as for answers to a problem."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from hw2check.calculus.values import ShapeError
from hw2check.errors import HW2CheckError
from hw2check.formula.quantity import label
from hw2check.formula.text import to_text
from hw2check.formula.tree import (
    Expression,
    Mul,
    Name,
    Neg,
    Number,
    children,
    is_closed,
    names,
    number,
    rebuild,
    substitute,
    walk,
)
from hw2check.latex.scope import UnclearError
from hw2check.mistakes.catalogue import MISTAKES
from hw2check.mistakes.chance import FIRM, SPREAD, WEAK, whole_window, window
from hw2check.mistakes.diagnose import diagnose_formula, diagnose_value
from hw2check.mistakes.search import Search
from hw2check.mistakes.trees import edits, mends
from hw2check.problem.model import Problem
from hw2check.proofread.literals import lone_value
from hw2check.proofread.restated import as_lists, over_names_of
from hw2check.proofread.sameness import HOLDS, ROUNDED, equal_at_given, equal_at_points, given_value, judged
from hw2check.proofread.world import World
from hw2check.reading.written import Written, closed_matrix, closed_numeral
from hw2check.truth.derived import Truth

MAX_EDITS = 400  # of one side
MAX_PARTS = 400  # of a side that is edited
_HALF = number(Fraction(1, 2))


@dataclass(frozen=True, slots=True)
class Hint:
    """A mistake that a wrong step looks like."""

    code: str  # in the catalogue of mistakes
    text: str


class Hints:
    """The search for mistakes in one document."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.search = Search()
        self.truths: dict[int, Truth | None] = {}  # by the position of the problem

    def of(self, left: Expression, right: Expression, quantity: str = "") -> Hint | None:
        """The mistake that gives the right side, or else the left one; None where there is none.

        quantity  what the right side states, where a problem has it and all before it is right
        """
        with np.errstate(all="ignore"):
            found = self._stated(quantity, right) if quantity else None
            if found is None:
                return self._step(left, right)
            return found[0] if found else None

    def of_unfit(self, right: Expression, quantity: str) -> Hint | None:
        """The mistake in a formula of a quantity of a problem, where shapes do not go together."""
        with np.errstate(all="ignore"):
            found = self._stated(quantity, right) if quantity else None
        return found[0] if found else None

    def _stated(self, quantity: str, right: Expression) -> tuple[Hint, ...] | None:
        """What the problem of a quantity says of its answer, which is then the last word; or None."""
        for position, problem in enumerate(self.world.problems):
            name = problem.resolve(quantity)
            if name is None or quantity in self.world.written:
                continue
            truth = self._truth(position, problem)
            key = truth.key(name) if truth else None
            if truth and key and key not in problem.given:
                return self._in_problem(problem, truth, key, right)
        return None

    def _truth(self, position: int, problem: Problem) -> Truth | None:
        if position not in self.truths:
            try:
                self.truths[position] = Truth(problem, with_gradients=True, needs_loss=False)
            except HW2CheckError:
                self.truths[position] = None
        return self.truths[position]

    def _in_problem(
        self, problem: Problem, truth: Truth, key: str, right: Expression
    ) -> tuple[Hint, ...] | None:
        written = lone_value(right) or _worked(right)
        if written is not None:
            shape = truth.values[key].shape
            if written.array.size == truth.values[key].size and len(shape) == 1:
                written = Written(written.array.reshape(shape), written.numerals, written.precision)
            found = diagnose_value(written, key, truth, {}, self.search)
        else:
            formula = right if is_closed(right) else over_names_of(problem, self.world, right)
            if formula is not None and truth.values[key].ndim == 1:
                formula = as_lists(formula)
            if formula is None or not set(names(formula)) <= truth.values.keys():
                return None
            found = diagnose_formula(formula, key, truth, {}, self.search)
        if not found:
            return ()
        doubt = " (a weak guess: few digits are written)" if found[0].weak else ""
        where = "" if found[0].where == label(key) else f" in {found[0].where}"
        return (Hint(found[0].code, f"{found[0].title}{where}{doubt}"),)

    def _step(self, left: Expression, right: Expression) -> Hint | None:
        """The simplest mistake that leads from one side to the other, if it is beyond chance."""
        if any(sum(1 for _ in walk(side)) > MAX_PARTS for side in (left, right)):
            return None
        share = _share(left, right, self.world)
        tried = itertools.chain(
            _made(_opened(left, self.world), right),
            _undone(right, left, self.world),
            _made(_opened(right, self.world), left),
            _undone(left, right, self.world),
        )
        matching = (
            (MISTAKES[code].rank, position, code)
            for position, (code, edited, other) in enumerate(tried, 1)
            if position * share / SPREAD <= WEAK and _holds(edited, other, self.world)
        )
        best = min(matching, default=None)
        if best is None:
            return None
        _, position, code = best
        doubt = "" if position * share / SPREAD <= FIRM else " (a weak guess: few digits are written)"
        return Hint(code, MISTAKES[code].title + doubt)


def _worked(side: Expression) -> Written | None:
    """The numbers that a side without names gives once it is worked out, as answers have them; or None."""
    if not is_closed(side):
        return None
    try:
        found = closed_matrix(side)
        if found is None:
            numeral = closed_numeral(side, to_text(side))
            found = Written(np.asarray(float(numeral)), (numeral,), 0.0)
    except (ValueError, OverflowError):
        return None
    return found


Tried = tuple[
    str, Expression, Expression
]  # a mistake's code, an edited side, and the side that it then equals


def _made(side: Expression, other: Expression) -> Iterator[Tried]:
    """One side with each mistake: the other is the result."""
    for code, edited in itertools.islice(edits(side), MAX_EDITS):
        yield code, edited, other


def _undone(side: Expression, other: Expression, world: World) -> Iterator[Tried]:
    """One side with each mistake taken back: the other was meant."""
    yield "sign", Neg(side), other
    for code, edited in itertools.islice(mends(side), MAX_EDITS):
        yield code, edited, other
    for edited in itertools.islice(_renamed(side, world), MAX_EDITS):
        yield "wrong-name", edited, other
    for factor in (number(2), _HALF):
        yield "factor-2", Mul((factor, side)), other
    for edited in itertools.islice(_moved_points(side), MAX_EDITS):
        yield "power-of-ten", edited, other


def _opened(side: Expression, world: World) -> Expression:
    """A quantity's formula in place of its name."""
    node = world.nodes.get(side.name) if isinstance(side, Name) else None
    return node.formula if node is not None else side


def _share(left: Expression, right: Expression, world: World) -> float:
    """How much chance is left by the digits of a closed side; 0 where names stand on both."""
    for side, other in ((right, left), (left, right)):
        if is_closed(side):
            written = lone_value(side)
            if written is not None:
                return window(written.numerals)
            if is_closed(other):
                return whole_window(given_value(side, world.points))
    return 0.0


def _holds(edited: Expression, other: Expression, world: World) -> bool:
    try:
        if is_closed(edited) or is_closed(other):
            whole, closed = (edited, other) if is_closed(other) else (other, edited)
            written = lone_value(closed)
            truth = given_value(whole, world.points)
            if written is not None and written.array.shape == truth.shape:
                return judged(written, truth).verdict in {HOLDS, ROUNDED}
            return equal_at_given(edited, other, world.points, careful=False).verdict == HOLDS
        return equal_at_points(edited, other, world.points, careful=False).verdict == HOLDS
    except (ShapeError, UnclearError, KeyError, ValueError):
        return False


def _put(tree: Expression, spot: Expression, new: Expression) -> Expression:
    if tree is spot:
        return new
    operands = children(tree)
    if not operands:
        return tree
    return rebuild(tree, tuple(_put(operand, spot, new) for operand in operands))


def _renamed(side: Expression, world: World) -> Iterator[Expression]:
    """Another quantity in place of each: first in every derivative by it, then at each place alone."""
    used = [name for name in names(side) if name in world.derivatives]
    for by in dict.fromkeys(world.derivatives[name].by for name in used):
        for other in [*world.given, *world.nodes][:60]:
            new = {
                name: Name(changed)
                for name in used
                if world.derivatives[name].by == by
                and (changed := world.derivative(world.derivatives[name].of, other)) is not None
            }
            if other != by and new:
                yield substitute(side, new)
    for spot in walk(side):
        if isinstance(spot, Name):
            for other in _alternatives(spot.name, world):
                yield _put(side, spot, Name(other))


def _alternatives(name: str, world: World) -> Iterable[str]:
    derivative = world.derivatives.get(name)
    known = [*world.given, *world.nodes][:60]
    if derivative is None:
        return [other for other in known if other != name and world.shape(other) == world.shape(name)]
    of = [world.derivative(derivative.of, other) for other in known if other != derivative.by]
    by = [world.derivative(other, derivative.by) for other in world.nodes if other != derivative.of]
    return [other for other in (*of, *by) if other is not None]


def _moved_points(side: Expression) -> Iterator[Expression]:
    """The decimal point of each number moved."""
    for literal in walk(side):
        if isinstance(literal, Number):
            for power in (10, 100, 1000):
                yield _put(side, literal, number(literal.numeral.value * power))
                yield _put(side, literal, number(literal.numeral.value / power))
