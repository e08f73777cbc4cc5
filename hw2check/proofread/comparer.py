"""The verdicts of the links of a chain: each side against the one before, and against what was right."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from hw2check.calculus.values import ShapeError
from hw2check.formula.functions import Array
from hw2check.formula.names import canonical
from hw2check.formula.tree import Expression, Name, Neg, Number, children, is_closed, names, walk
from hw2check.latex.scope import UnclearError
from hw2check.proofread.bindings import Bindings
from hw2check.proofread.certainty import confirmed, graded, names_of
from hw2check.proofread.closed import shown_rounding
from hw2check.proofread.definitions import Read
from hw2check.proofread.leeway import has_leeway
from hw2check.proofread.literals import lone_number, lone_value
from hw2check.proofread.other_results import why_other
from hw2check.proofread.points import Points
from hw2check.proofread.proof import CARRIED, DEFINITION, FAULTS
from hw2check.proofread.sameness import (
    CLOSE,
    DOUBTFUL,
    HOLDS,
    ROUNDED,
    UNKNOWN,
    WRONG,
    Outcome,
    given_value,
    judged,
)
from hw2check.proofread.sides import Sides
from hw2check.proofread.steps import Chain
from hw2check.proofread.world import World


class Comparer:
    """Compares sides in one world; what the writer got wrong before is carried."""

    def __init__(self, world: World, bindings: Bindings) -> None:
        self.world = world
        self.bindings = bindings
        self.sides = Sides(world, bindings)
        self.compared_already: dict[tuple[object, ...], Outcome] = {}  # within one chain, by identity
        self.exact: dict[Expression, int] = {}  # sides that were given exactly -> the paragraph

    def outcomes(self, chain: Chain, reads: list[Read], defined: Iterable[int] = ()) -> list[Outcome]:
        """A verdict for each link; `defined` are the links that define a name."""
        found: list[Outcome] = []
        sound = 0  # the last side that is right as far as is known
        for index, relation in enumerate(chain.relations):
            left, right = reads[index], reads[index + 1]
            if index in defined and not right.fault:
                outcome = Outcome(DEFINITION)
            elif relation not in EQUALITIES:
                outcome = self.in_order(chain, index, reads)
            else:
                outcome = self.link(left, right, reads[0], relation)
                if found and found[-1].verdict == CARRIED:
                    pass  # what is carried must go on as it is
                elif outcome.verdict == WRONG and sound != index:
                    outcome = self.around(reads[sound], right, reads[0]) or outcome
                elif outcome.verdict in {WRONG, CLOSE}:
                    outcome = self.unrounded(reads, index) or outcome
            if relation in EQUALITIES:
                outcome = self.against_exact(outcome, left, right, relation)
            outcome = graded(outcome, chain, index, reads, self.bindings)
            if outcome.verdict == WRONG and has_leeway(chain, index, reads, self.bindings):
                outcome = Outcome(DOUBTFUL, outcome.reason)
            if used := confirmed(outcome, left, right):
                self.bindings.confirm(used)
                self.bindings.say((left.expression, right.expression))
            found.append(outcome)
            if outcome.verdict not in {WRONG, DOUBTFUL, CARRIED}:
                sound = sound if self.is_off(sound, index, reads) else index + 1
        return found

    def in_order(self, chain: Chain, index: int, reads: Sequence[Read]) -> Outcome:
        """Two numbers in their order; a side with names has the values that they have here, if that is sure.

        x > 0 alone may be a condition: with names, a chain must state a value too.
        """
        left, right = reads[index], reads[index + 1]
        used = names_of(left, right)
        live = all(self.world.has(name) and self.bindings.is_live(name) for name in used)
        if not live or self.world.is_loose(used) or left.misfit or right.misfit:
            return Outcome(UNKNOWN, NO_ORDER)
        outcome = ordered(left, right, chain.relations[index], self.world.points)
        if not used or outcome.verdict == UNKNOWN:
            return outcome
        claims = not EQUALITIES.isdisjoint(chain.relations)
        if outcome.verdict == HOLDS and claims:
            return Outcome(HOLDS, "with the values that the names have here")
        sure = outcome.verdict != HOLDS and claims and all(map(self.bindings.is_firm, used))
        return outcome if sure and not self.bindings.mood.supposes else Outcome(UNKNOWN, NO_ORDER)

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

    def take_over(self, chain: Chain, reads: Sequence[Read], outcomes: Sequence[Outcome]) -> None:
        """What a chain shows of what it defines, and which roundings."""
        world = self.world
        for index, outcome in enumerate(outcomes):
            left, right = reads[index], reads[index + 1]
            if outcome.verdict not in {HOLDS, ROUNDED, CLOSE} or left.expression is None:
                continue
            if chain.relations[index] not in EQUALITIES:
                continue
            if right.expression is None or not is_closed(right.expression):
                continue
            if world.is_loose(names(left.expression)):
                continue
            seen = shown_rounding(given_value(left.expression, world.points), right.expression)
            if seen is not None:
                self.sides.rounded.setdefault(seen[0], []).append(self._before(left.expression, seen[1]))
        head = reads[0].expression
        if isinstance(head, Name) and outcomes[0].verdict == DEFINITION:
            rest = {outcome.verdict for outcome in outcomes[1:]}
            if rest & {HOLDS, ROUNDED, CLOSE} and not rest & {*FAULTS, DOUBTFUL}:
                self.bindings.confirm((head.name,))
                self.bindings.say((head,))

    def _before(self, left: Expression, value: float) -> float:
        """What a number that is shown again was rounded from at first."""
        numeral = lone_number(left)
        known = self.sides.rounded.get(numeral.text.lstrip("-")) if numeral is not None else None
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
        if value.size == written.array.size == 1:  # [3] may be 3
            value = value.reshape(written.array.shape)
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
        if found.size == value.size == 1:
            found = found.reshape(value.shape)
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
            outcome = self.sides.compared(left.expression, right.expression, head.expression, relation)
        except ShapeError as error:
            outcome = Outcome(WRONG, str(error), misfit=True)
        except UnclearError as error:
            outcome = Outcome(UNKNOWN, str(error))
        if outcome.verdict in {WRONG, CLOSE}:
            outcome = self.by_other_sides(left, right, head, relation) or outcome
        if outcome.verdict == WRONG and self.has_other_sign(left, right, head, relation):
            outcome = Outcome(UNKNOWN, "a delta may have the other sign here")
        if outcome.verdict == WRONG and right.side.formula.notation == "plain":
            reason = why_other(left.expression, right.expression, self.world.points)
            outcome = Outcome(UNKNOWN, reason) if reason else outcome
        doubt = left.doubt or right.doubt
        return Outcome(UNKNOWN, doubt) if doubt and outcome.verdict == WRONG else outcome

    def has_other_sign(self, left: Read, right: Read, head: Read, relation: str) -> bool:
        """Whether a side speaks of a delta and is the other one with its sign changed: some define it so."""
        spoken = {canonical(token.text) for read in (left, right) for token in read.side.tokens}
        if left.expression is None or right.expression is None or "delta" not in spoken:
            return False
        opposite = self.sides.compared(left.expression, Neg(right.expression), head.expression, relation)
        return opposite.verdict in {HOLDS, ROUNDED}

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


EQUALITIES = frozenset({"=", "~", "<-"})
NO_ORDER = "a relation that is not checked"
_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "!=": operator.ne,
}


def ordered(left: Read, right: Read, relation: str, points: Points) -> Outcome:
    """Two numbers, or calculations that give numbers at the given point, in their order."""
    order = _ORDERS.get(relation)
    first, second = left.expression, right.expression
    if order is None or first is None or second is None or left.fault or right.fault:
        return Outcome(UNKNOWN, NO_ORDER)
    try:
        values = [given_value(side, points) for side in (first, second)]
    except ShapeError:
        return Outcome(UNKNOWN, NO_ORDER)
    if any(value.shape or not np.isfinite(value) for value in values):
        return Outcome(UNKNOWN, NO_ORDER)
    a, b = map(float, values)
    return Outcome(HOLDS) if order(a, b) else Outcome(DOUBTFUL, f"{a:.6g} is not {relation} {b:.6g}")


def is_formula(read: Read) -> bool:
    """Whether a side has names, all of them declared."""
    return read.expression is not None and not read.fault and not is_closed(read.expression)


def _has_decimals(expression: Expression) -> bool:
    return any(isinstance(part, Number) and not part.numeral.whole for part in walk(expression))
