"""Proofreading: every link of every chain of a written solution gets a verdict.

Undeclared names never make a link wrong. A wrong side is reported once: what follows is compared with it
and with the last right side. A value that follows from an earlier wrong one is carried.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from hw2check.calculus.values import ShapeError
from hw2check.formula.functions import KINKED, Array
from hw2check.formula.notation import NotationError
from hw2check.formula.tree import Call, Expression, Name, is_closed, names, walk
from hw2check.latex.grammar import parse_latex
from hw2check.latex.indices import free_indices
from hw2check.latex.scope import Reading, Scope, UnclearError
from hw2check.problem.model import Problem
from hw2check.proofread.definitions import Definitions, Read
from hw2check.proofread.document import Document
from hw2check.proofread.families import MAX_FAMILY, Member, together
from hw2check.proofread.parts import OpenQuestion
from hw2check.proofread.sameness import (
    CLOSE,
    HOLDS,
    ROUNDED,
    UNKNOWN,
    WRONG,
    Outcome,
    at_points,
    equal_at_given,
    equal_at_points,
    given_value,
    hidden_slip,
    judged,
    lone_value,
    put_in,
    same_shapes,
    shape_text,
    with_exact_parts,
)
from hw2check.proofread.steps import Chain, Side, chains, may_claim
from hw2check.proofread.world import Points, World

CARRIED, DEFINITION = "carried", "definition"
VERDICTS = (HOLDS, ROUNDED, CLOSE, DEFINITION, UNKNOWN, CARRIED, WRONG)
FAULTS = (WRONG, CARRIED)  # these make the exit code 1
CHECKED = (HOLDS, ROUNDED, CLOSE, CARRIED, WRONG, DEFINITION)


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

    @property
    def faults(self) -> tuple[Link, ...]:
        """The links that are wrong or carried."""
        return tuple(link for link in self.links if link.verdict in FAULTS)

    @property
    def coverage(self) -> float:
        """Percent of the links read that could be checked; 100 where there are none."""
        checked = sum(link.verdict in CHECKED for link in self.links)
        return 100 * checked / len(self.links) if self.links else 100.0


def proofread(
    document: Document, problems: Sequence[Problem], progress: Callable[[int], None] | None = None
) -> Proof:
    """Checks every step of a document.

    problems  what it is about; without any, its own definitions are taken as far as they go
    progress  told the number of formulas done
    Raises HW2CheckError where two problems contradict each other.
    """
    reader = _Proofreader(document, World(problems))
    for number, formula in enumerate(document.formulas, 1):
        if may_claim(formula):
            for chain in chains(formula):
                reader.chain(chain)
        if progress is not None:
            progress(number)
    return Proof(document.file, tuple(reader.links), document.questions, tuple(reader.stated), reader.world)


class _Proofreader:
    """Goes through the chains in order, and remembers what the writer has defined, stated and got wrong."""

    def __init__(self, document: Document, world: World) -> None:
        self.world = world
        self.strict = bool(world.problems)
        self.definitions = Definitions(world, document.formulas)
        self.links: list[Link] = []
        self.stated: list[Stated] = []
        self.wrong: dict[str, Expression] = {}  # quantities that the writer got wrong -> as stated last
        self.updated: set[str] = set()
        self.carry_points: Points | None = None
        self.compared_already: dict[tuple[int, int, int], Outcome] = {}  # within one chain, by identity
        self.version: tuple[int, ...] = ()
        self.known: dict[tuple[str, ...], tuple[Expression, bool, bool]] = {}

    def chain(self, chain: Chain) -> None:
        """Checks one chain and records its links."""
        self.compared_already = {}
        if chain.unclear:
            self.record(chain, [Outcome(UNKNOWN, chain.unclear)] * len(chain.relations), "")
            return
        first = len(self.links)
        try:
            with np.errstate(all="ignore"):
                self.checked(chain)
        except UnclearError as error:
            del self.links[first:]
            self.record(chain, [Outcome(UNKNOWN, str(error))] * len(chain.relations), "")

    def checked(self, chain: Chain) -> None:
        """Reads the sides, takes over what they define, and records a verdict for each link."""
        formal = self.definitions.formal_arguments(chain)
        reads = self.definitions.function_definition(chain, self.read)
        defined = {0} if reads is not None else set()
        if reads is None:
            reads = [self.read(side, formal) for side in chain.sides]
            if self.as_usual(chain, reads, formal):
                return
            reads, defined = self.with_definition(chain, reads)
        if any(read.fault for read in reads) and self.family(chain):
            return
        reads = self.as_update(chain, reads)
        guesses = self.definitions.guesses(reads_names(reads), chain.relations)
        if guesses and not defined:
            self.guessed(chain, guesses, formal)
            return
        self.settle(chain, reads, defined)

    def as_usual(self, chain: Chain, reads: list[Read], formal: dict[str, Expression]) -> bool:
        """Takes L for the loss, delta_1 for dLoss/dZ_1 and dW_1 for dLoss/dW_1 where the chain then holds.

        It need not hold where it states what one of them is, and that name surely has this meaning: the
        document derives L, or has used delta_2 or dW_2 in this way before.
        """
        meant = self.definitions.usual(reads_names(reads))
        if not meant:
            return False
        first = reads[0].expression
        again = self.as_update(chain, [self.read(side, {**formal, **meant}) for side in chain.sides])
        outcomes = {outcome.verdict for outcome in self.outcomes(chain, again)}
        errors = [name for name in meant if name.startswith("d")]
        states = first.name if isinstance(first, Name) else ""
        second = reads[1].expression  # delta_1 = dL/dA_1 gives the name a meaning of the writer's own
        is_own = isinstance(second, Name) and second.name in self.world.derivatives
        is_error = states in errors and self.definitions.usual_errors and not is_own
        known = is_error or (states in meant and states in self.definitions.losses)
        if UNKNOWN in outcomes or (outcomes & {*FAULTS} and not known):
            return False
        self.definitions.usual_errors |= bool(errors)
        self.definitions.accept(meant)
        self.settle(chain, again, set())
        return True

    def guessed(self, chain: Chain, guesses: dict[str, Expression], formal: dict[str, Expression]) -> None:
        """A name that only looks like a declared one is taken for it where the chain then holds."""
        reads = self.as_update(chain, [self.read(side, {**formal, **guesses}) for side in chain.sides])
        outcomes = self.outcomes(chain, reads)
        if all(outcome.verdict not in {WRONG, CARRIED, UNKNOWN} for outcome in outcomes):
            self.definitions.accept(guesses)
            self.settle(chain, reads, set())
            return
        self.settle(chain, self.as_update(chain, [self.read(side, formal) for side in chain.sides]), set())

    def family(self, chain: Chain) -> bool:
        """Whether the chain has indices that stand for any entry; it is then checked for all their values."""
        if not set(chain.relations) <= {"=", "~"}:
            return False
        ranges = free_indices(
            [side.tokens for side in chain.sides], Scope(self.world, self.definitions.aliases)
        )
        assignments = [
            dict(zip(ranges, values, strict=True))
            for values in itertools.islice(
                itertools.product(*(found.values for found in ranges.values())), MAX_FAMILY + 1
            )
        ]
        if not ranges or not assignments or len(assignments) > MAX_FAMILY:
            return False
        members: list[Member] = []
        for bound in assignments:
            reads = [self.read(side, bound=bound) for side in chain.sides]
            self.compared_already = {}
            if not any(read.fault for read in reads):
                members.append(Member(bound, reads, self.outcomes(chain, reads)))
        is_firm = all(found.is_firm for found in ranges.values())
        if len(members) < (len(assignments) if is_firm else 2):
            return False
        outcomes = together(members, is_firm=is_firm)
        worst = next((m for m in members if any(o.verdict in FAULTS for o in m.outcomes)), members[-1])
        self.record(chain, outcomes, "", worst.reads, with_hints=False)
        return True

    def settle(self, chain: Chain, reads: list[Read], defined: set[int]) -> None:
        outcomes = self.outcomes(chain, reads, defined)
        head = reads[0].expression
        quantity = head.name if isinstance(head, Name) and self.world.has(head.name) else ""
        first = len(self.links)
        self.record(chain, outcomes, quantity, reads)
        self.remember(reads, first, sound=all(o.verdict in {HOLDS, ROUNDED} for o in outcomes))
        if quantity in self.world.updated:
            self.updated.add(self.world.updated[quantity])

    def read(
        self, side: Side, extra: dict[str, Expression] | None = None, bound: Mapping[str, int] | None = None
    ) -> Read:
        """One side's expression, or why it has none; `bound` are values of indices that stand for any."""
        if not side.tokens:
            return Read(side, None, "a side is missing")
        aliases = {**self.definitions.aliases, **(extra or {})}
        reading = Reading()
        try:
            tokens = trimmed_remark(list(side.tokens), self.world, aliases)
            scope = Scope(self.world, aliases, {} if extra else self.fractions())
            expression = parse_latex(tokens, scope, reading, bound)
            unknown = [name for name in names(expression) if not self.world.has(name)]
            if unknown:
                return Read(side, expression, f"{_spoken(unknown[0])} is not declared")
            at_points(expression, self.world.points)
        except ShapeError as error:
            if reading.unknown:
                return Read(side, None, "a name in it is not declared")
            return Read(side, None, "", str(error))
        except NotationError as error:
            return Read(side, None, f"cannot be read: {error.message}")
        except UnclearError as error:
            return Read(side, None, str(error))
        except (RecursionError, OverflowError, MemoryError):
            return Read(side, None, "too deep or too large to be computed")
        return Read(side, expression, doubt="; ".join(reading.doubts))

    def fractions(self) -> dict[tuple[str, ...], tuple[Expression, bool, bool]]:
        """The fractions read so far, as long as no name has changed its meaning."""
        version = (self.definitions.changes, self.world.changes)
        if version != self.version:
            self.version, self.known = version, {}
        return self.known

    def with_definition(self, chain: Chain, reads: list[Read]) -> tuple[list[Read], set[int]]:
        """Where the chain begins or ends with a name of the writer's own, its definition is taken over."""
        if chain.relations[0] not in {"=", "~"}:
            return reads, set()
        for own, other, link in ((0, 1, 0), (len(reads) - 1, len(reads) - 2, len(reads) - 2)):
            name = reads[own].expression
            value = reads[other].expression
            if not isinstance(name, Name) or value is None or reads[other].fault:
                continue
            if own and (is_closed(value) or self.world.has(name.name)):
                continue
            if self.definitions.define(name.name, value, self.world.has(name.name)):
                again = [
                    self.read(read.side) if position == own else read for position, read in enumerate(reads)
                ]
                return again, {link}
        return reads, set()

    def as_update(self, chain: Chain, reads: list[Read]) -> list[Read]:
        """W <- W - ..., and W = W - ... with W on both sides: the first W is the updated one."""
        head = reads[0].expression
        if not isinstance(head, Name):
            return reads
        new = f"{head.name}_new"
        second = reads[1].expression
        arrow = chain.relations[0] == "<-"
        again = (
            second is not None
            and not reads[1].fault
            and not isinstance(second, Name)
            and head.name in names(second)
        )
        if new in self.world.updated and (arrow or (again and self.is_no_identity(head, second))):
            return [reads[0]._replace(expression=Name(new)), *reads[1:]]
        if arrow:
            return [reads[0]._replace(expression=None, fault=_no_update(head.name, self.world)), *reads[1:]]
        return reads

    def is_no_identity(self, head: Name, second: Expression | None) -> bool:
        return second is not None and equal_at_points(head, second, self.world.points).verdict == WRONG

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
                outcome = self.link(left, right, reads[0])
                if found and found[-1].verdict == CARRIED:
                    pass  # what is carried must go on as it is
                elif outcome.verdict == WRONG and sound != index:
                    outcome = self.around(reads[sound], right, reads[0]) or outcome
                elif outcome.verdict in {WRONG, CLOSE}:
                    outcome = self.unrounded(reads, index) or outcome
            found.append(outcome)
            if outcome.verdict not in {WRONG, CARRIED}:
                sound = sound if self.is_off(sound, index, reads) else index + 1
        return found

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
        truth = next((r.expression for r in reads[:index] if is_formula(r)), None)
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

    def link(self, left: Read, right: Read, head: Read) -> Outcome:
        """Two sides, in the order of checks."""
        for read in (left, right):
            if read.fault:
                return Outcome(UNKNOWN, read.fault)
        for read in (left, right):
            if read.misfit:
                return Outcome(WRONG, read.misfit)
        if left.expression is None or right.expression is None:
            return Outcome(UNKNOWN, "a side is missing")
        key = id(left.expression), id(right.expression), id(head.expression)
        known = self.compared_already.get(key)
        if known is not None:
            return known
        outcome = self.compared_safely(left, right, head)
        self.compared_already[key] = outcome
        return outcome

    def compared_safely(self, left: Read, right: Read, head: Read) -> Outcome:
        if left.expression is None or right.expression is None:
            return Outcome(UNKNOWN, "a side is missing")
        try:
            outcome = self.compared(left.expression, right.expression, head.expression)
        except ShapeError as error:
            outcome = Outcome(WRONG, str(error))
        except UnclearError as error:
            outcome = Outcome(UNKNOWN, str(error))
        doubt = left.doubt or right.doubt
        return Outcome(UNKNOWN, doubt) if doubt and outcome.verdict == WRONG else outcome

    def compared(self, left: Expression, right: Expression, head: Expression | None) -> Outcome:
        if is_closed(left) and is_closed(right):
            return self.both_closed(left, right)
        if is_closed(left):
            left, right = right, left
        if is_closed(right):
            return self.one_closed(left, right, head)
        return self.both_open(left, right)

    def both_closed(self, left: Expression, right: Expression) -> Outcome:
        points = self.world.points
        ours, theirs = lone_value(left), lone_value(right)
        if theirs is not None or ours is not None:
            if theirs is None or (ours is not None and _is_coarser(ours, theirs)):
                left, right, theirs = right, left, ours
            value = given_value(left, points)
            if theirs is not None and same_shapes(value, theirs.array, lists=True):
                return judged(theirs, value.reshape(theirs.array.shape))
        outcome = equal_at_given(left, right, points)
        if outcome.verdict == WRONG and not outcome.reason:
            for whole, part in ((left, right), (right, left)):
                if with_exact_parts(given_value(whole, points), whole, part, points):
                    return Outcome(ROUNDED, "with rounded values put in")
        if outcome.verdict == HOLDS:
            return _with_slip(hidden_slip(left, right, points), points) or outcome
        return outcome

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
                return Outcome(WRONG, f"{shape_text(truth)} is not {shape_text(written.array)}")
            start = self.start_of(head, truth.shape)
            return judged(written, truth.reshape(written.array.shape), start)
        outcome = equal_at_given(whole, closed, points)
        if outcome.verdict == HOLDS:
            return _with_slip(hidden_slip(whole, closed, points), points) or outcome
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
            if put_in(left, right, world):
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
        if not self.wrong or not self.world.lineage((*names(whole), *names(part))) & self.wrong.keys():
            return False
        if self.carry_points is None:
            self.carry_points = self.world.with_stated(self.wrong)
        try:
            return check(self.carry_points).verdict in {HOLDS, ROUNDED, CLOSE}
        except (ShapeError, UnclearError, KeyError, ValueError):
            return False

    def sources(self, whole: Expression) -> str:
        """The wrong quantities that an expression uses."""
        lineage = self.world.lineage(names(whole))
        used = [name for name in self.wrong if name in names(whole)] or [
            n for n in self.wrong if n in lineage
        ]
        return ", ".join(used[:3])

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
            if reads and outcome.verdict in {*FAULTS, CLOSE}:
                values = self.shown(reads[index], reads[index + 1])
                if with_hints:
                    hint, code = self.hint(reads[index], reads[index + 1], outcome)
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

    def hint(self, left: Read, right: Read, outcome: Outcome) -> tuple[str, str]:
        if outcome.verdict != WRONG or left.expression is None or right.expression is None:
            return "", ""
        from hw2check.proofread.hints import hint

        found = hint(left.expression, right.expression, self.world)
        return (found.text, found.code) if found else ("", "")

    def end_of(self, quantity: str, reads: Sequence[Read]) -> str:
        """What is wrong with the value that the chain ends in."""
        if not quantity or len(reads) < 2 or quantity in self.world.written:
            return ""
        last = reads[-1].expression
        written = lone_value(last) if last is not None else None
        if written is None:
            return ""
        truth = self.world.points[quantity][0]
        if not same_shapes(truth, written.array, lists=True):
            return ""
        start = self.start_of(Name(quantity), truth.shape)
        if judged(written, truth.reshape(written.array.shape), start).verdict != WRONG:
            return ""
        if quantity in self.updated and f"{quantity}_new" in self.world.updated:
            return ""
        return f"{quantity} ends as {show_value(written.array)}, right is {show_value(truth)}"

    def remember(self, reads: Sequence[Read], first: int, *, sound: bool) -> None:
        """What the chain states for each quantity that is a side of its own.

        sound  whether all its links hold
        """
        for position, read in enumerate(reads[:-1]):
            name = read.expression
            if not isinstance(name, Name) or not self.world.has(name.name) or name.name in self.world.written:
                continue
            stated = [
                (at, other.expression)
                for at, other in enumerate(reads)
                if at > position and other.expression is not None and not isinstance(other.expression, Name)
            ]
            for at, expression in stated:
                if not other_fault(reads[at]):
                    self.stated.append(Stated(name.name, expression, reads[at].side, first + at - 1))
            if stated and not (sound and not self.wrong):
                self.note_wrong(name.name, stated[-1][1])

    def note_wrong(self, name: str, expression: Expression) -> None:
        if any(not self.world.has(used) for used in names(expression)):
            return
        try:
            outcome = self.compared_plainly(Name(name), expression)
        except (ShapeError, UnclearError):
            return
        if outcome.verdict == WRONG:
            self.wrong[name] = expression
        elif outcome.verdict in {HOLDS, ROUNDED, CLOSE}:
            if name not in self.wrong:
                return
            self.wrong.pop(name)
        self.carry_points = None

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


def other_fault(read: Read) -> bool:
    """Whether a side could not be read."""
    return bool(read.fault or read.misfit)


def reads_names(reads: Iterable[Read]) -> tuple[str, ...]:
    """All names of the sides."""
    return tuple(
        dict.fromkeys(
            name for read in reads if read.expression is not None for name in names(read.expression)
        )
    )


def is_free(sides: Iterable[Expression]) -> bool:
    """Whether an argument that stands for any number occurs."""
    return any(name.startswith("⟨") and not name[1:-1].isdigit() for name in reads_used(sides))


def reads_used(sides: Iterable[Expression]) -> set[str]:
    """The names of several expressions."""
    return {name for side in sides for name in names(side)}


def trimmed_remark(tokens: list, world: World, aliases: dict[str, Expression]) -> list:  # type: ignore[type-arg]
    r"""Without words of prose at the ends: \\text{so} x = 5 \\text{units}."""
    from hw2check.latex.calls import built_in

    def is_prose(text: str) -> bool:
        return world.resolve(text) is None and text not in aliases and built_in(text) is None

    while len(tokens) > 1 and tokens[-1].kind == "textword" and is_prose(tokens[-1].text):
        if tokens[-2].kind in {"_", "^"}:
            break
        tokens = tokens[:-1]
    while len(tokens) > 1 and tokens[0].kind == "textword" and is_prose(tokens[0].text):
        if tokens[1].kind in {"_", "^", "(", "'"}:
            break
        tokens = tokens[1:]
    return tokens


def show_value(value: Array) -> str:
    """A number or a small matrix, in one line."""
    if not value.shape:
        return f"{float(value) + 0.0:.7g}"
    if value.size > 12:
        return f"a {shape_text(value)}" + (" matrix" if value.ndim > 1 else "")
    rows = (", ".join(f"{float(entry) + 0.0:.6g}" for entry in np.atleast_1d(row)) for row in value)
    return "[" + ", ".join(f"[{row}]" for row in rows) + "]"


def _spoken(name: str) -> str:
    return name if len(name) <= 40 else name[:37] + "..."


def _no_update(name: str, world: World) -> str:
    return f"{name} is not a parameter with a learning rate" if world.has(name) else f"{name} is not declared"


def _is_coarser(ours: object, theirs: object) -> bool:
    """Whether ours shows fewer decimals, so that it is the rounding of theirs."""
    from hw2check.reading.written import Written

    if not isinstance(ours, Written) or not isinstance(theirs, Written):
        return False
    units = [
        max((numeral.unit or 0) for numeral in written.numerals) if written.numerals else 0
        for written in (ours, theirs)
    ]
    return units[0] > units[1]


def _has_decimals(expression: Expression) -> bool:
    from hw2check.formula.tree import Number, walk

    return any(isinstance(part, Number) and not part.numeral.whole for part in walk(expression))


def _with_slip(slip: object, points: Points) -> Outcome | None:
    from hw2check.proofread.sameness import Slip

    if not isinstance(slip, Slip):
        return None
    from hw2check.formula.text import to_text

    ours, theirs = given_value(slip.ours, points), given_value(slip.theirs, points)
    if ours.shape == theirs.shape and ours.shape:
        at = np.argwhere(~np.isclose(ours, theirs, rtol=1e-9, atol=0))
        if len(at):
            row, column = (int(index) for index in at[0])
            entry = f"{show_value(theirs[row, column])} stands for {show_value(ours[row, column])}"
            return Outcome(WRONG, f"the results agree, but in row {row + 1}, column {column + 1} {entry}")
    return Outcome(WRONG, f"the results agree, but {to_text(slip.theirs)[:40]} stands for {show_value(ours)}")
