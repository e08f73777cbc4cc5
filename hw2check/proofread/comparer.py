"""The verdict of one link: whether two sides that were read are equal, in the order of checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from hw2check.calculus.values import ShapeError
from hw2check.formula.functions import KINKED, Array
from hw2check.formula.tree import Call, Expression, Name, Number, children, is_closed, names, substitute, walk
from hw2check.latex.scope import UnclearError
from hw2check.proofread.alternatives import MAX_TRIES, alternatives
from hw2check.proofread.bindings import Bindings
from hw2check.proofread.certainty import confirmed, graded
from hw2check.proofread.closed import approximates, compare_closed, shown_rounding
from hw2check.proofread.definitions import Read
from hw2check.proofread.literals import lone_number, lone_value
from hw2check.proofread.other_results import why_other
from hw2check.proofread.points import Points
from hw2check.proofread.proof import CARRIED, DEFINITION, FAULTS
from hw2check.proofread.put_in import labels_put_in, put_in, with_exact_parts
from hw2check.proofread.sameness import (
    CLOSE,
    DOUBTFUL,
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
from hw2check.proofread.slips import hidden_slip, told_slip
from hw2check.proofread.steps import Chain
from hw2check.proofread.world import World


class Comparer:
    """Compares sides in one world; what the writer got wrong before is carried."""

    def __init__(self, world: World, bindings: Bindings) -> None:
        self.world = world
        self.bindings = bindings
        self.strict = bool(world.problems)
        self.wrong: dict[str, Expression] = {}  # quantities that the writer got wrong -> as stated last
        self.updated: set[str] = set()
        self.compared_already: dict[tuple[object, ...], Outcome] = {}  # within one chain, by identity
        self.rounded: dict[str, list[float]] = {}  # digits shown so far -> what they were rounded from
        self.exact: dict[Expression, int] = {}  # sides that were given exactly -> the paragraph
        self.tries = 0  # of other readings, in this document

    def outcomes(self, chain: Chain, reads: list[Read], defined: Iterable[int] = ()) -> list[Outcome]:
        """A verdict for each link; `defined` are the links that define a name."""
        found: list[Outcome] = []
        sound = 0  # the last side that is right as far as is known
        for index, relation in enumerate(chain.relations):
            left, right = reads[index], reads[index + 1]
            if index in defined and not right.fault:
                outcome = Outcome(DEFINITION)
            elif relation not in {"=", "~", "<-"}:
                outcome = Outcome(UNKNOWN, "a relation that is not checked")
            else:
                outcome = self.link(left, right, reads[0], relation)
                if found and found[-1].verdict == CARRIED:
                    pass  # what is carried must go on as it is
                elif outcome.verdict == WRONG and sound != index:
                    outcome = self.around(reads[sound], right, reads[0]) or outcome
                elif outcome.verdict in {WRONG, CLOSE}:
                    outcome = self.unrounded(reads, index) or outcome
            outcome = self.against_exact(outcome, left, right, relation)
            outcome = graded(outcome, chain, index, reads, self.bindings)
            if used := confirmed(outcome, left, right):
                self.bindings.confirm(used)
                self.bindings.say((left.expression, right.expression))
            found.append(outcome)
            if outcome.verdict not in {WRONG, DOUBTFUL, CARRIED}:
                sound = sound if self.is_off(sound, index, reads) else index + 1
        return found

    def against_exact(self, outcome: Outcome, left: Read, right: Read, relation: str) -> Outcome:
        """X = 0.25 and x = 0.3: what the same paragraph has given exactly is not rounded by another "="."""
        if left.expression is None or right.expression is None or not children(left.expression):
            return outcome
        here = self.bindings.paragraph
        if outcome.verdict == HOLDS and lone_value(right.expression) is not None:
            self.exact[left.expression] = here
        elif outcome.verdict == ROUNDED and relation == "=" and self.exact.get(left.expression) == here:
            return Outcome(WRONG, "it was given exactly before")
        return outcome

    def take_over(self, reads: Sequence[Read], outcomes: Sequence[Outcome]) -> None:
        """What a chain shows of what it defines, and which roundings."""
        world = self.world
        for index, outcome in enumerate(outcomes):
            left, right = reads[index], reads[index + 1]
            if outcome.verdict not in {HOLDS, ROUNDED, CLOSE} or left.expression is None:
                continue
            if right.expression is None or not is_closed(right.expression):
                continue
            if world.is_loose(names(left.expression)):
                continue
            seen = shown_rounding(given_value(left.expression, world.points), right.expression)
            if seen is not None:
                self.rounded.setdefault(seen[0], []).append(self._before(left.expression, seen[1]))
        head = reads[0].expression
        if isinstance(head, Name) and outcomes[0].verdict == DEFINITION:
            rest = {outcome.verdict for outcome in outcomes[1:]}
            if rest & {HOLDS, ROUNDED, CLOSE} and not rest & {*FAULTS, DOUBTFUL}:
                self.bindings.confirm((head.name,))
                self.bindings.say((head,))

    def _before(self, left: Expression, value: float) -> float:
        """What a number that is shown again was rounded from at first."""
        numeral = lone_number(left)
        known = self.rounded.get(numeral.text.lstrip("-")) if numeral is not None else None
        return known[-1] if known else value

    def is_off(self, sound: int, index: int, reads: list[Read]) -> bool:
        """Whether the side behind link `index` only agrees with a side that is wrong itself."""
        if sound == index:
            return False
        return self.link(reads[sound], reads[index + 1], reads[0]).verdict in {WRONG, CARRIED}

    def around(self, sound: Read, right: Read, head: Read) -> Outcome | None:
        """A side after a wrong one: right if it agrees with the last right side."""
        again = self.link(sound, right, head)
        if again.verdict in {WRONG, CARRIED}:
            return None
        return Outcome(again.verdict, "compared with the last right side")

    def unrounded(self, reads: list[Read], index: int) -> Outcome | None:
        """A result that is right although the rounded numbers before it give another last digit."""
        left, right = reads[index].expression, reads[index + 1].expression
        written = None if right is None else lone_value(right)
        if written is None or left is None or not is_closed(left):
            return None
        formulas = (r.expression for r in reads[:index] if is_formula(r))
        closed = (r.expression for r in reads[:index] if r.expression is not None and not r.fault)
        truth = next(formulas, None) or next((c for c in closed if is_closed(c) and children(c)), None)
        if truth is None or (lone_value(left) is None and not _has_decimals(left)):
            return None
        value = given_value(truth, self.world.points)
        if value.shape != written.array.shape or judged(written, value).verdict not in {HOLDS, ROUNDED}:
            return None
        if not self.nearly(left, value):
            return None
        return Outcome(ROUNDED, "true for the numbers before they were rounded")

    def nearly(self, left: Expression, value: Array) -> bool:
        found = given_value(left, self.world.points)
        written = lone_value(left)
        if written is not None:
            return judged(written, value).verdict in {HOLDS, ROUNDED, CLOSE}
        return found.shape == value.shape and bool(np.all(np.abs(found - value) <= 0.02 * np.abs(value)))

    def link(self, left: Read, right: Read, head: Read, relation: str = "=") -> Outcome:
        """Two sides, in the order of checks."""
        for read in (left, right):
            if read.fault:
                return Outcome(UNKNOWN, read.fault)
        for read in (left, right):
            if read.misfit:
                return Outcome(WRONG, read.misfit, misfit=True)
        if left.expression is None or right.expression is None:
            return Outcome(UNKNOWN, "a side is missing")
        key = id(left.expression), id(right.expression), id(head.expression), relation
        known = self.compared_already.get(key)
        if known is not None:
            return known
        outcome = self.compared_safely(left, right, head, relation)
        self.compared_already[key] = outcome
        return outcome

    def compared_safely(self, left: Read, right: Read, head: Read, relation: str) -> Outcome:
        if left.expression is None or right.expression is None:
            return Outcome(UNKNOWN, "a side is missing")
        try:
            outcome = self.compared(left.expression, right.expression, head.expression, relation)
        except ShapeError as error:
            outcome = Outcome(WRONG, str(error), misfit=True)
        except UnclearError as error:
            outcome = Outcome(UNKNOWN, str(error))
        if outcome.verdict in {WRONG, CLOSE}:
            outcome = self.by_other_sides(left, right, head, relation) or outcome
        if outcome.verdict == WRONG and right.side.formula.notation == "plain":
            reason = why_other(left.expression, right.expression, self.world.points)
            outcome = Outcome(UNKNOWN, reason) if reason else outcome
        doubt = left.doubt or right.doubt
        return Outcome(UNKNOWN, doubt) if doubt and outcome.verdict == WRONG else outcome

    def by_other_sides(self, left: Read, right: Read, head: Read, relation: str) -> Outcome | None:
        """The verdict by another reading of both sides, under which they agree."""
        for ours, theirs in zip(left.others, right.others, strict=False):
            if not (ours.fault or theirs.fault):
                again = self.compared_safely(ours, theirs, head, relation)
                if again.verdict in {HOLDS, ROUNDED, CLOSE}:
                    return again
        if right.lead is not None and self.compared_safely(left, right.lead, head, relation).verdict in {
            HOLDS,
            ROUNDED,
        }:
            return Outcome(UNKNOWN, "the right side goes on from the result")
        return None

    def compared(
        self, left: Expression, right: Expression, head: Expression | None, relation: str = "="
    ) -> Outcome:
        points = self.world.points
        if is_closed(left) and is_closed(right):
            return compare_closed(left, right, relation, points, self.rounded)
        used = (*names(left), *names(right))
        if (constant_of := self.without_dependence(used)) is not None:
            return constant_of
        if self.world.is_loose(used):
            return self.with_unknowns(left, right)
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
        return self.otherwise(outcome, used, lambda other: self.at_given(left, right, other, head))

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

    def with_unknowns(self, left: Expression, right: Expression) -> Outcome:
        """Sides with names that stand for any number: an identity, or an equation that says what they are."""
        outcome = equal_at_points(left, right, self.world.points)
        if outcome.verdict != WRONG:
            return outcome
        shown = self.with_shown(left, right)
        if shown is not None:
            return shown
        if is_closed(left) or is_closed(right):
            return Outcome(UNKNOWN, self.undeclared(left, right))
        used = names(left), names(right)
        firm = all(map(self.bindings.is_firm, (*used[0], *used[1])))
        firm = firm or bool(children(left) and children(right))
        same = firm or (
            set(used[0]) == set(used[1]) and not isinstance(left, Name) and not isinstance(right, Name)
        )
        if not outcome.misfit and same:
            return outcome
        return Outcome(UNKNOWN, self.undeclared(left, right))

    def undeclared(self, left: Expression, right: Expression) -> str:
        """Which name stands for any number, in words."""
        used = (*names(left), *names(right))
        return f"{next(name for name in used if self.world.is_loose((name,)))} is not declared"

    def with_shown(self, left: Expression, right: Expression) -> Outcome | None:
        """The sides with the values that are stated for names whose formulas rest on undeclared ones."""
        known = self.bindings.known
        used = {name for name in (*names(left), *names(right)) if self.world.is_loose((name,))}
        shown = {name: known[name].shown[0] for name in used if name in known and known[name].shown}
        if not shown or shown.keys() < used:
            return None
        ours, theirs = substitute(left, shown), substitute(right, shown)
        if not is_closed(ours) or not is_closed(theirs):
            return None
        outcome = compare_closed(ours, theirs, "=", self.world.points, self.rounded)
        is_right = outcome.verdict in {HOLDS, ROUNDED, CLOSE}
        return Outcome(outcome.verdict, "with the stated values") if is_right else None

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
        if self.carried(whole, closed, lambda points: self.at_given(whole, closed, points, head)):
            return Outcome(CARRIED, f"follows from {self.sources(whole)}, which was wrong before")
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
            if self.carried(whole, part, lambda points: equal_at_points(left, right, points)):
                return Outcome(CARRIED, f"follows from {self.sources(whole)}, which was wrong before")
        return outcome

    def has_senses(self, expression: Expression) -> bool:
        return any(self.world.has_senses(name) for name in names(expression))

    def is_kinked(self, sides: Iterable[Expression]) -> bool:
        """Whether a side takes different branches at different points, as relu does."""
        used = self.world.lineage(reads_used(sides))
        formulas = [self.world.nodes[name].formula for name in used if name in self.world.nodes]
        parts = (part for tree in (*sides, *formulas) for part in walk(tree))
        return any(isinstance(part, Call) and part.function in KINKED for part in parts)

    def carried(self, whole: Expression, part: Expression, check: Callable[[Points], Outcome]) -> bool:
        """Whether two sides agree once the writer's own wrong values stand for the quantities they name."""
        if not self.wrong:
            return False
        sources = self.world.lineage((*names(whole), *names(part))) & self.wrong.keys()
        if not sources:
            return False
        points = self.world.with_stated({name: self.wrong[name] for name in sorted(sources)})
        try:
            return check(points).verdict in {HOLDS, ROUNDED, CLOSE}
        except (ShapeError, UnclearError, KeyError, ValueError):
            return False

    def sources(self, whole: Expression) -> str:
        """The wrong quantities that an expression uses."""
        lineage = self.world.lineage(names(whole))
        used = [name for name in self.wrong if name in names(whole)] or [
            n for n in self.wrong if n in lineage
        ]
        return ", ".join(used[:3])

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
            self.wrong[name] = expression
        elif outcome.verdict in {HOLDS, ROUNDED, CLOSE}:
            if name not in self.wrong:
                return
            self.wrong.pop(name)

    def compared_plainly(self, name: Name, expression: Expression) -> Outcome:
        """Against the truth, nothing carried."""
        wrong, self.wrong = self.wrong, {}
        try:
            return self.compared(name, expression, name)
        finally:
            self.wrong = wrong


def is_formula(read: Read) -> bool:
    """Whether a side has names, all of them declared."""
    return read.expression is not None and not read.fault and not is_closed(read.expression)


def is_free(sides: Iterable[Expression]) -> bool:
    """Whether an argument that stands for any number occurs."""
    return any(name.startswith("⟨") and not name[1:-1].isdigit() for name in reads_used(sides))


def reads_used(sides: Iterable[Expression]) -> set[str]:
    """The names of several expressions."""
    return {name for side in sides for name in names(side)}


def _has_decimals(expression: Expression) -> bool:
    return any(isinstance(part, Number) and not part.numeral.whole for part in walk(expression))
