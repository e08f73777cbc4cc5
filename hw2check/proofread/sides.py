"""The verdict of two sides that were read: whether they are equal in the world of a document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from hw2check.calculus.values import ShapeError
from hw2check.formula.functions import FUNCTIONS, KINKED, Array
from hw2check.formula.tree import Call, Expression, Name, Transpose, is_closed, names, walk
from hw2check.latex.scope import UnclearError
from hw2check.latex.shapes import shape_of
from hw2check.proofread.alternatives import MAX_TRIES, alternatives
from hw2check.proofread.bindings import Bindings
from hw2check.proofread.carried import Carried
from hw2check.proofread.closed import approximates, compare_closed, is_near
from hw2check.proofread.literals import lone_number, lone_value
from hw2check.proofread.points import Points
from hw2check.proofread.proof import CARRIED
from hw2check.proofread.put_in import labels_put_in, put_in, with_exact_parts
from hw2check.proofread.sameness import (
    CLOSE,
    HOLDS,
    ROUNDED,
    UNKNOWN,
    WRONG,
    Outcome,
    equal_at_given,
    equal_at_points,
    given_value,
    judged,
    same_shapes,
    shape_text,
)
from hw2check.proofread.senses import has_senses
from hw2check.proofread.slips import hidden_slip, told_slip
from hw2check.proofread.unknowns import with_unknowns
from hw2check.proofread.world import World


class Sides:
    """Compares expressions in one world; what the writer got wrong before is carried."""

    def __init__(self, world: World, bindings: Bindings) -> None:
        self.world = world
        self.bindings = bindings
        self.strict = bool(world.problems)
        self.carried = Carried(world)
        self.updated: set[str] = set()
        self.rounded: dict[str, list[float]] = {}  # digits shown so far -> what they were rounded from
        self.tries = 0  # of other readings, in this document

    def compared(
        self, left: Expression, right: Expression, head: Expression | None, relation: str = "="
    ) -> Outcome:
        points = self.world.points
        right = self.turned(right, left)
        left = self.turned(left, right)
        if is_closed(left) and is_closed(right):
            return compare_closed(left, right, relation, points, self.rounded)
        used = (*names(left), *names(right))
        if (constant_of := self.without_dependence(used)) is not None:
            return constant_of
        if self.world.is_loose(used):
            return with_unknowns(self.world, self.bindings, self.rounded, left, right)
        if is_closed(left):
            left, right = right, left
        if not is_closed(right):
            outcome = self.both_open(left, right)
            return self.otherwise(outcome, used, lambda other: self.plainly_open(left, right, other))
        outcome = self.one_closed(left, right, head)
        if outcome.verdict == WRONG and not outcome.misfit and relation == "~":
            value, numeral = given_value(left, points), lone_number(right)
            if numeral is not None and not value.shape and approximates(float(value), numeral):
                return Outcome(ROUNDED)
        outcome = self.otherwise(outcome, used, lambda other: self.at_given(left, right, other, head))
        return outcome._replace(near=outcome.verdict == WRONG and is_near(left, right, points))

    def turned(self, side: Expression, like: Expression) -> Expression:
        """A sum along an axis, which is no more a row than a column, as the other side has it."""
        calls = (part for part in walk(side) if isinstance(part, Call))
        if not any(call.axis is not None and FUNCTIONS[call.function].along == "reduce" for call in calls):
            return side
        shape = shape_of(side, self.world)
        other = shape_of(like, self.world)
        return Transpose(side) if shape != other and shape == other[::-1] and 1 in shape else side

    def otherwise(self, outcome: Outcome, used: Sequence[str], check: Callable[[Points], Outcome]) -> Outcome:
        """A failing step under the other readings that the document allows."""
        if outcome.verdict != WRONG or outcome.misfit or self.tries > MAX_TRIES:
            return outcome
        for other in alternatives(self.world, self.bindings, used, self.updated):
            self.tries += 1
            try:
                again = check(other.points)
            except (ShapeError, UnclearError, KeyError, ValueError):
                continue
            if again.verdict in {HOLDS, ROUNDED, CLOSE}:
                return Outcome(again.verdict, other.reason)
        return outcome

    def plainly_open(self, left: Expression, right: Expression, points: Points) -> Outcome:
        """Two sides with names, at the values of another reading, or to the digits that are shown for one."""
        for name, other in ((left, right), (right, left)):
            binding = self.bindings.known.get(name.name) if isinstance(name, Name) else None
            for shown in binding.shown if binding is not None else ():
                outcome = self.at_given(other, shown, points, None)
                if outcome.verdict in {HOLDS, ROUNDED}:
                    return outcome
        return equal_at_given(left, right, points, careful=False)

    def without_dependence(self, used: Sequence[str]) -> Outcome | None:
        """A derivative of what the document states as a number, or without the name: it cannot be derived."""
        world = self.world
        for name in used:
            derivative = world.derivatives.get(name)
            if derivative is None or derivative.of not in world.written:
                continue
            if derivative.by not in world.lineage((derivative.of,)):
                reason = f"{derivative.of} is not stated as a formula of {derivative.by}"
                return Outcome(UNKNOWN, reason)
        return None

    def one_closed(self, whole: Expression, closed: Expression, head: Expression | None) -> Outcome:
        outcome = self.at_given(whole, closed, self.world.points, head)
        if outcome.verdict != WRONG:
            return outcome
        if self.has_senses(whole) and self.at_given(whole, closed, self.world.totals, head).verdict != WRONG:
            return Outcome(HOLDS, "as the total derivative")
        if isinstance(whole, Name) and whole.name in self.updated:
            new = self.at_given(Name(f"{whole.name}_new"), closed, self.world.points, head)
            if new.verdict != WRONG:
                return new._replace(reason="as the updated value")
        if self.carried.agrees(whole, closed, lambda points: self.at_given(whole, closed, points, head)):
            return Outcome(CARRIED, f"follows from {self.carried.sources(whole)}, which was wrong before")
        return outcome

    def at_given(
        self, whole: Expression, closed: Expression, points: Points, head: Expression | None
    ) -> Outcome:
        truth = given_value(whole, points)
        written = lone_value(closed)
        if written is not None:
            if not same_shapes(truth, written.array, lists=True):
                return Outcome(WRONG, f"{shape_text(truth)} is not {shape_text(written.array)}", misfit=True)
            start = self.start_of(head, truth.shape)
            return judged(written, truth.reshape(written.array.shape), start)
        outcome = equal_at_given(whole, closed, points)
        if outcome.verdict == HOLDS:
            return told_slip(hidden_slip(whole, closed, points), points) or outcome
        if outcome.verdict == WRONG and not outcome.reason and with_exact_parts(truth, whole, closed, points):
            return Outcome(ROUNDED, "with rounded values put in")
        return outcome

    def start_of(self, head: Expression | None, shape: tuple[int, ...]) -> Array | None:
        """The parameter before its update, where the chain is about one."""
        if not isinstance(head, Name) or head.name not in self.world.updated:
            return None
        start = self.world.points[self.world.updated[head.name]][0]
        return start if start.shape == shape else None

    def both_open(self, left: Expression, right: Expression) -> Outcome:
        world = self.world
        outcome = equal_at_points(left, right, world.points)
        if outcome.verdict != WRONG or outcome.reason:
            return outcome
        if (self.has_senses(left) or self.has_senses(right)) and (
            equal_at_points(left, right, world.totals, careful=False).verdict == HOLDS
        ):
            return Outcome(HOLDS, "with total derivatives")
        if equal_at_given(left, right, world.points, careful=False).verdict == HOLDS:
            if is_free((left, right)):
                return outcome
            if not self.strict:
                return Outcome(HOLDS, "at the stated values")
            if put_in(left, right, world) or labels_put_in(left, right, world):
                return Outcome(HOLDS, "with given values put in")
            if (
                self.is_kinked((left, right))
                and equal_at_points(left, right, world.nearby, careful=False).verdict == HOLDS
            ):
                return Outcome(HOLDS, "near the given values")
        for whole, part in ((left, right), (right, left)):
            if with_exact_parts(given_value(whole, world.points), whole, part, world.points):
                return Outcome(ROUNDED, "with rounded values put in")
        for whole, part in ((left, right), (right, left)):
            if self.carried.agrees(whole, part, lambda points: equal_at_points(left, right, points)):
                return Outcome(CARRIED, f"follows from {self.carried.sources(whole)}, which was wrong before")
        return outcome

    def has_senses(self, expression: Expression) -> bool:
        return any(has_senses(self.world, name) for name in names(expression))

    def is_kinked(self, sides: Iterable[Expression]) -> bool:
        """Whether a side takes different branches at different points, as relu does."""
        used = self.world.lineage(reads_used(sides))
        formulas = [self.world.nodes[name].formula for name in used if name in self.world.nodes]
        parts = (part for tree in (*sides, *formulas) for part in walk(tree))
        return any(isinstance(part, Call) and part.function in KINKED for part in parts)

    def note_wrong(self, name: str, expression: Expression, *, certain: bool) -> None:
        """What the writer states last: kept where it is wrong, shown where that is not sure."""
        if any(not self.world.has(used) for used in names(expression)):
            return
        try:
            outcome = self.compared_plainly(Name(name), expression)
        except (ShapeError, UnclearError):
            return
        if outcome.verdict == WRONG and not certain:
            self.bindings.show(name, expression)
            return
        if outcome.verdict == WRONG:
            self.carried.wrong[name] = expression
        elif outcome.verdict in {HOLDS, ROUNDED, CLOSE}:
            if name not in self.carried.wrong:
                return
            self.carried.wrong.pop(name)

    def compared_plainly(self, name: Name, expression: Expression) -> Outcome:
        """Against the truth, nothing carried."""
        wrong, self.carried.wrong = self.carried.wrong, {}
        try:
            return self.compared(name, expression, name)
        finally:
            self.carried.wrong = wrong


def is_free(sides: Iterable[Expression]) -> bool:
    """Whether an argument that stands for any number occurs."""
    return any(name.startswith("⟨") and not name[1:-1].isdigit() for name in reads_used(sides))


def reads_used(sides: Iterable[Expression]) -> set[str]:
    """The names of several expressions."""
    return {name for side in sides for name in names(side)}
