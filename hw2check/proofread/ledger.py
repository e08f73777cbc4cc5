"""What the proofreader keeps: the links with their verdicts, and what is stated for each quantity."""

from __future__ import annotations

from collections.abc import Sequence

from hw2check.formula.tree import Name
from hw2check.proofread.comparer import Comparer
from hw2check.proofread.definitions import Read
from hw2check.proofread.hints import Hints
from hw2check.proofread.literals import lone_value
from hw2check.proofread.proof import FAULTS, SOUND, Link, Stated
from hw2check.proofread.sameness import (
    CLOSE,
    DOUBTFUL,
    HOLDS,
    ROUNDED,
    WRONG,
    Outcome,
    given_value,
    judged,
    same_shapes,
    show_value,
)
from hw2check.proofread.steps import Chain


class Ledger:
    """Records the links of each chain, with what is wrong about them."""

    def __init__(self, comparer: Comparer) -> None:
        self.comparer = comparer
        self.world = comparer.world
        self.hints = Hints(comparer.world)
        self.links: list[Link] = []
        self.stated: list[Stated] = []

    def record(
        self,
        chain: Chain,
        outcomes: Sequence[Outcome],
        quantity: str,
        reads: Sequence[Read] = (),
        *,
        with_hints: bool = True,
    ) -> None:
        end = self.end_of(quantity, reads)
        faults = [index for index, outcome in enumerate(outcomes) if outcome.verdict in FAULTS]
        for index, outcome in enumerate(outcomes):
            values, hint, code = ("", ""), "", ""
            if reads and outcome.verdict in {*FAULTS, CLOSE, DOUBTFUL}:
                values = self.shown(reads[index], reads[index + 1])
                if with_hints:
                    states = quantity if not any(o.verdict in FAULTS for o in outcomes[:index]) else ""
                    hint, code = self.hint(reads[index], reads[index + 1], outcome, states)
            told = end if (faults and index == faults[-1]) else ""
            if end and not faults and index == len(outcomes) - 1 and outcome.verdict in {HOLDS, ROUNDED}:
                outcome, told = Outcome(CLOSE, "each step is right to its digits, but the end is not"), end
            self.links.append(
                Link(
                    outcome.verdict,
                    outcome.reason,
                    chain.sides[index],
                    chain.sides[index + 1],
                    chain.relations[index],
                    values,
                    quantity,
                    told,
                    hint,
                    code,
                )
            )

    def shown(self, left: Read, right: Read) -> tuple[str, str]:
        return self.value_text(left), self.value_text(right)

    def value_text(self, read: Read) -> str:
        if read.expression is None:
            return ""
        return show_value(given_value(read.expression, self.world.points))

    def hint(self, left: Read, right: Read, outcome: Outcome, quantity: str) -> tuple[str, str]:
        if outcome.verdict not in {WRONG, DOUBTFUL} or left.expression is None:
            return "", ""
        found = None
        if right.unfit is not None and (outcome.misfit or right.expression is None):
            found = self.hints.of_unfit(right.unfit, quantity)
        if found is None and right.expression is not None:
            found = self.hints.of(left.expression, right.expression, quantity)
        return (found.text, found.code) if found else ("", "")

    def end_of(self, quantity: str, reads: Sequence[Read]) -> str:
        """What is wrong with the value that the chain ends in."""
        if not quantity or len(reads) < 2 or not self.comparer.bindings.is_declared(quantity):
            return ""
        last = reads[-1].expression
        written = lone_value(last) if last is not None else None
        if written is None:
            return ""
        truth = self.world.points[quantity][0]
        if not same_shapes(truth, written.array, lists=True):
            return ""
        start = self.comparer.sides.start_of(Name(quantity), truth.shape)
        if judged(written, truth.reshape(written.array.shape), start).verdict != WRONG:
            return ""
        if (
            last is not None
            and self.comparer.sides.compared(Name(quantity), last, Name(quantity)).verdict in SOUND
        ):
            return ""
        return f"{quantity} ends as {show_value(written.array)}, right is {show_value(truth)}"

    def remember(self, reads: Sequence[Read], first: int, *, sound: bool) -> None:
        """What the chain states for each quantity that is a side of its own.

        sound  whether all its links hold
        """
        for position, read in enumerate(reads[:-1]):
            name = read.expression
            if not isinstance(name, Name) or not self.world.has(name.name):
                continue
            if name.name in self.world.written and self.world.problems:
                continue
            stated = [
                (at, other.expression)
                for at, other in enumerate(reads)
                if at > position and other.expression is not None and not isinstance(other.expression, Name)
            ]
            for at, expression in stated:
                if not other_fault(reads[at]):
                    self.stated.append(Stated(name.name, expression, reads[at].side, first + at - 1))
            if stated and not (sound and not self.comparer.sides.carried.wrong):
                certain = any(link.verdict in FAULTS for link in self.links[first:])
                self.comparer.sides.note_wrong(
                    name.name, stated[-1][1], certain=certain or bool(self.world.problems)
                )
            shows = not any(link.verdict in {*FAULTS, DOUBTFUL} for link in self.links[first:])
            if shows and stated and lone_value(stated[-1][1]) is not None:
                self.comparer.bindings.show(name.name, stated[-1][1])


def other_fault(read: Read) -> bool:
    """Whether a side could not be read."""
    return bool(read.fault or read.misfit)
