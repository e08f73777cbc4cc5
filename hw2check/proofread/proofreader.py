"""Goes through the chains of a document, reads their sides, compares them and writes down the verdicts.

Undeclared names never make a link wrong. A wrong side is reported once: what follows is compared with it
and with the last right side. A value that follows from an earlier wrong one is carried.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hw2check.calculus.values import ShapeError
from hw2check.formula.tree import Expression, Name, is_closed
from hw2check.latex.indices import free_indices
from hw2check.latex.scope import Scope, UnclearError, assignments
from hw2check.problem.model import Problem
from hw2check.proofread.certainty import names_of
from hw2check.proofread.comparer import Comparer
from hw2check.proofread.definitions import Definitions, Read, declared_function
from hw2check.proofread.document import Document
from hw2check.proofread.families import MAX_FAMILY, Member, together
from hw2check.proofread.instances import instances
from hw2check.proofread.ledger import Ledger
from hw2check.proofread.proof import CARRIED, DEFINITION, FAULTS, SOUND
from hw2check.proofread.reader import Reader, reads_names
from hw2check.proofread.regions import Formula
from hw2check.proofread.sameness import CLOSE, DOUBTFUL, HOLDS, ROUNDED, UNKNOWN, WRONG, Outcome
from hw2check.proofread.scopes import Scopes, mood_of
from hw2check.proofread.steps import Chain
from hw2check.proofread.world import World

_SIGNS = "±"  # a choice of meanings that all count


@dataclass(slots=True)
class Evidence:
    """How many links about a problem hold in a section, and how many state another value."""

    holds: int = 0
    fails: int = 0


class Proofreader:
    """Goes through the chains in order: a reader, a comparer and a ledger."""

    def __init__(self, document: Document, world: World) -> None:
        self.world = world
        self.definitions = Definitions(world, document.formulas)
        self.reader = Reader(world, self.definitions)
        self.bindings = self.definitions.bindings
        self.comparer = Comparer(world, self.bindings)
        self.ledger = Ledger(self.comparer)
        self.scopes = Scopes()
        self.order = {id(part): number for number, part in enumerate(document.parts)}
        declared = ((formula, declared_function(formula.text)) for formula in document.formulas)
        self.declared = deque((self.place(formula), key) for formula, key in declared if key)
        self.formula: Formula | None = None
        self.evidence: dict[tuple[int, int], Evidence] = {}  # by section and problem

    def chain(self, chain: Chain) -> None:
        """Checks one chain and records its links."""
        self.comparer.compared_already = {}
        self.enter(chain.sides[0].formula)
        if chain.unclear:
            self.ledger.record(chain, [Outcome(UNKNOWN, chain.unclear)] * len(chain.relations), "")
            return
        first = len(self.ledger.links)
        try:
            with np.errstate(all="ignore"):
                self.checked(chain)
        except (UnclearError, ShapeError) as error:
            del self.ledger.links[first:]
            self.ledger.record(chain, [Outcome(UNKNOWN, str(error))] * len(chain.relations), "")

    def place(self, formula: Formula) -> tuple[int, int]:
        """Where a formula stands, to be compared with others."""
        return self.order.get(id(formula.part), 0), formula.start

    def enter(self, formula: Formula) -> None:
        """The scope and the mood of the place where a chain stands."""
        if formula is not self.formula:
            self.formula = formula
            while self.declared and self.declared[0][0] <= self.place(formula):
                self.definitions.forget_function(self.declared.popleft()[1])
            self.bindings.here, self.bindings.mood = self.scopes.path(formula), mood_of(formula)
            self.bindings.paragraph = formula.paragraph
            self.bindings.formula += 1

    def checked(self, chain: Chain) -> None:
        """Reads the sides, takes over what they define, and records a verdict for each link."""
        formal = self.definitions.formal_arguments(chain)
        reads = self.definitions.function_definition(chain, self.reader.read)
        defined = {0} if reads is not None else set()
        if reads is None:
            reads = [self.reader.read(side, formal) for side in chain.sides]
            if self.as_usual(chain, reads, formal):
                return
            if self.reader.named_entries(reads):
                reads = [self.reader.read(side, formal) for side in chain.sides]
            reads, defined = self.reader.with_definition(chain, reads)
        if any(read.fault or read.unknown for read in reads) and (
            self.family(chain) or self.instances(chain, reads, defined)
        ):
            return
        if (renewed := self.reader.own_update(chain, reads)) is not None:
            self.settle(chain, reads, {0})
            self.definitions.update(renewed, reads)
            return
        if (parameter := self.reader.unread_update(chain)) is not None:
            self.comparer.sides.updated.add(parameter)
        reads = self.reader.as_update(chain, reads)
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
        again = self.reader.as_update(
            chain, [self.reader.read(side, {**formal, **meant}) for side in chain.sides]
        )
        outcomes = {outcome.verdict for outcome in self.comparer.outcomes(chain, again)}
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
        reads = self.reader.as_update(
            chain, [self.reader.read(side, {**formal, **guesses}) for side in chain.sides]
        )
        outcomes = self.comparer.outcomes(chain, reads)
        if all(outcome.verdict not in {WRONG, CARRIED, UNKNOWN} for outcome in outcomes):
            self.definitions.accept(guesses)
            self.settle(chain, reads, set())
            return
        self.settle(
            chain,
            self.reader.as_update(chain, [self.reader.read(side, formal) for side in chain.sides]),
            set(),
        )

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
            reads = [self.reader.read(side, bound=bound) for side in chain.sides]
            self.comparer.compared_already = {}
            if not any(read.fault or read.unknown for read in reads):
                members.append(Member(bound, reads, self.comparer.outcomes(chain, reads)))
        is_firm = all(found.is_firm for found in ranges.values())
        if len(members) < (len(assignments) if is_firm else 2):
            return False
        outcomes = together(members, is_firm=is_firm)
        worst = next((m for m in members if any(o.verdict in FAULTS for o in m.outcomes)), members[-1])
        self.ledger.record(chain, outcomes, "", worst.reads, with_hints=False)
        return True

    def instances(self, chain: Chain, reads: list[Read], defined: set[int]) -> bool:
        """Whether the chain has sums to a letter; it is then checked with numbers for the letter."""

        def is_free(letter: str) -> bool:
            return self.world.resolve(letter) is None and letter not in self.definitions.aliases

        outcomes = instances(
            chain,
            reads,
            is_free,
            lambda side, numbers: self.reader.read(side, bound=numbers),
            lambda left, right, relation: self.comparer.link(left, right, left, relation),
        )
        if outcomes is not None:
            for link in defined:
                outcomes[link] = Outcome(DEFINITION)
            self.ledger.record(chain, outcomes, "", reads, with_hints=False)
        return outcomes is not None

    def settle(self, chain: Chain, reads: list[Read], defined: set[int]) -> None:
        outcomes = self.comparer.outcomes(chain, reads, defined)
        if any(_SIGNS in read.choices for read in reads):
            outcomes = self.both_signs(chain, outcomes, defined)
        elif any(outcome.verdict in {WRONG, DOUBTFUL} for outcome in outcomes):
            reads, outcomes = self.otherwise(chain, reads, outcomes, defined)
        self.comparer.take_over(chain, reads, outcomes)
        self.weigh(chain, reads, outcomes)
        head = reads[0].expression
        quantity = head.name if isinstance(head, Name) and self.world.has(head.name) else ""
        first = len(self.ledger.links)
        self.ledger.record(chain, outcomes, quantity, reads)
        self.ledger.remember(reads, first, sound=all(o.verdict in {HOLDS, ROUNDED} for o in outcomes))
        if quantity in self.world.updated:
            self.comparer.sides.updated.add(self.world.updated[quantity])
        second = reads[1].expression
        if outcomes[0].verdict == DOUBTFUL and isinstance(head, Name) and second is not None:
            self.definitions.redefine(head.name, second)

    def both_signs(self, chain: Chain, outcomes: list[Outcome], defined: set[int]) -> list[Outcome]:
        """A step with plus or minus holds if it does with both, and is wrong if it is with both."""
        self.comparer.compared_already = {}
        again = [self.reader.read(side, choices={_SIGNS: "-"}) for side in chain.sides]
        other = self.comparer.outcomes(chain, again, defined)
        differs = Outcome(UNKNOWN, "it depends on which sign of plus or minus is taken")
        return [
            one if (one.verdict in SOUND) == (two.verdict in SOUND) and not one.misfit else differs
            for one, two in zip(outcomes, other, strict=True)
        ]

    def weigh(self, chain: Chain, reads: list[Read], outcomes: list[Outcome]) -> None:
        """What a chain says for and against its section being about each of the problems."""
        section = chain.sides[0].formula.setting.section
        for index, outcome in enumerate(outcomes):
            holds = outcome.verdict in {HOLDS, ROUNDED, CLOSE}
            if not holds and outcome.verdict not in FAULTS:
                continue
            used = names_of(reads[index], reads[index + 1])
            last = reads[-1].expression
            states = isinstance(reads[0].expression, Name) and last is not None and is_closed(last)
            for number, problem in enumerate(self.world.problems):
                if any(_is_of(name, problem, self.world) for name in used):
                    found = self.evidence.setdefault((section, number), Evidence())
                    found.holds += holds
                    found.fails += not holds and states

    def otherwise(
        self, chain: Chain, reads: list[Read], outcomes: list[Outcome], defined: set[int]
    ) -> tuple[list[Read], list[Outcome]]:
        """The chain with other meanings of what is written, where fewer steps fail with them."""
        choices: dict[str, tuple[str, ...]] = {}
        for read in reads:
            choices |= read.choices
        best = reads, outcomes
        for chosen in itertools.islice(assignments(choices), 1, None) if choices else ():
            self.comparer.compared_already = {}
            again = [self.reader.read(side, choices=chosen) for side in chain.sides]
            if isinstance(reads[0].expression, Name):
                again[0] = reads[0]
            found = self.comparer.outcomes(chain, again, defined)
            if _failing(found) < _failing(best[1]) and not any(o.verdict == UNKNOWN for o in found):
                best = again, found
                if not _failing(found):
                    self.reader.choices |= chosen
                    break
            else:
                best = best[0], [_less_sure(one, two) for one, two in zip(best[1], found, strict=True)]
        return best


def _failing(outcomes: Sequence[Outcome]) -> int:
    return sum(outcome.verdict in {WRONG, DOUBTFUL, CARRIED} for outcome in outcomes)


def _less_sure(outcome: Outcome, other: Outcome) -> Outcome:
    """A step that fails with one meaning, and not for sure with another."""
    has_no_value = other.verdict == UNKNOWN and "finite" in other.reason
    if outcome.verdict != WRONG or other.verdict == WRONG or has_no_value:
        return outcome
    return Outcome(DOUBTFUL, outcome.reason)


def _is_of(name: str, problem: Problem, world: World) -> bool:
    derivative = world.derivatives.get(name)
    plain = derivative.by if derivative is not None else world.updated.get(name, name)
    return plain in problem.given or plain in problem.graph.by_name
