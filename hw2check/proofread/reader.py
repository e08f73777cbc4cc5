"""Sides of a chain -> expressions, by what is declared and what the document has defined so far."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from hw2check.calculus.values import ShapeError
from hw2check.formula.names import GREEK, canonical
from hw2check.formula.notation import NotationError, Token
from hw2check.formula.tree import Add, Expression, Matrix, Name, Transpose, is_closed, names, walk
from hw2check.latex.calls import built_in
from hw2check.latex.grammar import parse_latex
from hw2check.latex.powers import EULER
from hw2check.latex.scope import Reading, Scope, UnclearError, is_application
from hw2check.proofread.definitions import WORDS, Definitions, Read, spelt_name
from hw2check.proofread.literals import lone_value
from hw2check.proofread.sameness import WRONG, at_points, equal_at_points, given_value
from hw2check.proofread.steps import Chain, Side
from hw2check.proofread.world import World


class Reader:
    """Reads sides in one world."""

    def __init__(self, world: World, definitions: Definitions) -> None:
        self.world = world
        self.definitions = definitions
        self.version: tuple[int, ...] = ()
        self.known: dict[tuple[str, ...], tuple[Expression, bool, bool]] = {}
        self.choices: dict[str, str] = {}  # what is written -> which of its meanings this document means

    def read(
        self,
        side: Side,
        extra: Mapping[str, Expression] | None = None,
        bound: Mapping[str, int] | None = None,
        choices: Mapping[str, str] | None = None,
    ) -> Read:
        """One side's expression, or why it has none.

        extra    what names mean here beyond the rest of the document
        bound    values of indices that stand for any
        choices  which meaning is taken of what has several
        """
        if not side.tokens:
            return Read(side, None, "a side is missing")
        chosen = {**self.choices, **(choices or {})}
        aliases = {**self.definitions.aliases, **self.constants(side, chosen), **(extra or {})}
        reading = Reading(choices=self.of_constants(side))
        known = {} if extra or choices or reading.choices else self.fractions()
        try:
            tokens = trimmed_remark(list(side.tokens), self.world, aliases)
            expression = parse_latex(tokens, Scope(self.world, aliases, known, chosen), reading, bound)
            unknown, fault = self.computed(expression)
        except ShapeError as error:
            if reading.unknown:
                return Read(side, None, "a name in it is not declared")
            return Read(side, None, "", str(error), unfit=self.unfit(side, aliases, chosen))
        except NotationError as error:
            return Read(side, None, f"cannot be read: {error.message}")
        except UnclearError as error:
            return Read(side, None, str(error))
        except (RecursionError, OverflowError, MemoryError):
            return Read(side, None, "too deep or too large to be computed")
        if fault:
            return Read(side, expression, fault, choices=reading.choices)
        used = self.functions_in(side)
        doubt = "; ".join(filter(None, (side.doubt, *reading.doubts)))
        others, lead = self.otherwise(side)
        unfit = self.unfit(side, aliases, chosen) if reading.entrywise else None
        return Read(side, expression, "", "", doubt, others, lead, unknown, used, reading.choices, unfit)

    def otherwise(self, side: Side) -> tuple[tuple[Read, ...], Read | None]:
        """A side's other readings, and a first number from which it may go on."""
        alone = side._replace(others=(), lead=())
        others = tuple(self.read(alone._replace(tokens=tokens)) for tokens in side.others)
        return others, self.read(alone._replace(tokens=side.lead)) if side.lead else None

    def unfit(
        self, side: Side, aliases: dict[str, Expression], chosen: Mapping[str, str]
    ) -> Expression | None:
        """The tree of a side whose shapes do not go together: what was meant may be guessed from it."""
        scope = Scope(self.world, aliases, {}, chosen, fitting=False)
        try:
            return parse_latex(trimmed_remark(list(side.tokens), self.world, aliases), scope)
        except (ShapeError, NotationError, UnclearError, RecursionError, OverflowError, MemoryError):
            return None

    def computed(self, expression: Expression) -> tuple[tuple[str, ...], str]:
        """Which names have no value, and why they leave nothing to compare; else it has values at all points.

        Raises ShapeError and UnclearError.
        """
        unknown = tuple(name for name in names(expression) if not self.world.has(name))
        if unknown and (fault := self.fault_of(unknown, expression)):
            return unknown, fault
        if not (unknown and isinstance(expression, Name)):  # which may be defined here
            self.world.loosen(unknown)
            at_points(expression, self.world.points)
        return unknown, ""

    def of_constants(self, side: Side) -> dict[str, tuple[str, ...]]:
        """What e and pi may mean on a side: e to a power that is no whole number is rather the constant."""
        found: dict[str, tuple[str, ...]] = {}
        if self.world.resolve("e") and (powers := _powers_of_e(side.tokens)):
            is_name = all(power.isdigit() for power in powers)
            found[_E_POWER] = ("the name", "the constant") if is_name else ("the constant", "the name")
        may_be_name = not self.world.resolve("pi") and not self._is_of_problem(side)
        if may_be_name and any(token.text == "pi" for token in side.tokens):
            found[_PI] = ("the constant", "the name")
        return found

    def _is_of_problem(self, side: Side) -> bool:
        """Whether a side speaks of what a problem declares: what it does not declare is no quantity there."""
        spelt = (canonical(token.text) for token in side.tokens)
        return bool(self.world.problems) and any(
            self.world.resolve(name) in self.world.declared for name in spelt
        )

    def constants(self, side: Side, chosen: Mapping[str, str]) -> dict[str, Expression]:
        """What e and pi are: e is a name where it stands alone on a side, else what was chosen."""
        found: dict[str, Expression] = {}
        if len(side.tokens) == 1 and side.tokens[0].text == "e" and self.world.resolve("e") is None:
            found["e"] = Name("e")
        meanings = self.of_constants(side)
        if chosen.get(_E_POWER, meanings.get(_E_POWER, ("",))[0]) == "the constant":
            found["e"] = EULER
        if chosen.get(_PI) == "the name":
            found["pi"] = Name("pi")
        return found

    def fault_of(self, unknown: Sequence[str], expression: Expression) -> str:
        """Why undeclared names cannot stand for any number; empty where they can."""
        for name in unknown:
            if not may_stand_for_any_number(name):
                return f"{_spoken(name)} is not declared"
        arrays = [name for name in unknown if name[:1].isupper()]
        if arrays and (len(arrays) > 1 or any(isinstance(part, Transpose) for part in walk(expression))):
            return f"{arrays[0]} is not declared, and may be a matrix"
        return ""

    def functions_in(self, side: Side) -> tuple[str, ...]:
        """The functions of the document's own that a side uses, by what its tokens say."""
        own = self.definitions.own_functions
        if not own:
            return ()
        letters = {canonical(token.text) for token in side.tokens if token.kind in WORDS}
        return tuple(f"{name}()" for name in sorted(own) if name in letters or name[:1] in letters)

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
            name = self.alias_of(reads[own]) or reads[own].expression
            value = reads[other].expression
            if not isinstance(name, Name) or value is None or reads[other].fault or reads[other].misfit:
                continue
            if own and (is_closed(value) or self.world.has(name.name)):
                continue
            if self.definitions.define(name.name, value, self.world.has(name.name)):
                again = [
                    self.read(read.side) if position == own else read for position, read in enumerate(reads)
                ]
                return again, {link}
        return reads, set()

    def alias_of(self, read: Read) -> Name | None:
        """The name of the document's own that a side spells, where its value has been put in for it."""
        spelt = canonical(spelt_name(read.side.tokens)) if read.side.tokens else ""
        own = self.definitions
        return Name(spelt) if spelt in own.aliases and spelt in own.closed else None

    def named_entries(self, reads: Sequence[Read]) -> bool:
        """X = (x_1 x_2) = (0.5 0.3) gives its entries their values; whether there were such."""
        matrices = [read.expression for read in reads if isinstance(read.expression, Matrix)]
        spelt = next((m for m in matrices if _entries_are_unknown(m, self.world)), None)
        values = next((m for m in matrices if lone_value(m) is not None), None)
        if spelt is None or values is None:
            return False
        entries = [[entry for row in matrix.rows for entry in row] for matrix in (spelt, values)]
        if len(entries[0]) != len(entries[1]):
            return False
        for name, value in zip(*entries, strict=True):
            if isinstance(name, Name):
                self.definitions.define(name.name, value, known=False)
        return True

    def as_update(self, chain: Chain, reads: list[Read]) -> list[Read]:
        """W <- W - ..., and W = W - ... with W or its value on both sides: the first W is the updated one."""
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
        if new in self.world.updated and (
            arrow or (again and self.is_no_identity(head, second)) or self.goes_on_from(head, second)
        ):
            return [reads[0]._replace(expression=Name(new)), *reads[1:]]
        if arrow:
            return [reads[0]._replace(expression=None, fault=_no_update(head.name, self.world)), *reads[1:]]
        return reads

    def unread_update(self, chain: Chain) -> str | None:
        """The parameter that a chain gives a new value, W := W - ..., whether or not the rest can be read."""
        head = self.read(chain.sides[0]).expression
        if not isinstance(head, Name) or f"{head.name}_new" not in self.world.updated:
            return None
        spelt = [token.text for token in chain.sides[0].tokens]
        second = [token.text for token in chain.sides[1].tokens]
        again = second[: len(spelt)] == spelt and second[len(spelt) : len(spelt) + 1] in (["-"], ["+"])
        return head.name if again else None

    def own_update(self, chain: Chain, reads: list[Read]) -> str | None:
        """The name of the document's own that a chain gives a new value, by the old one."""
        head, second = reads[0].expression, reads[1].expression
        if not isinstance(head, Name) or second is None or reads[1].fault or isinstance(second, Name):
            return None
        own = head.name in self.definitions.closed and head.name not in self.world.updated.values()
        if not own or self.world.is_loose((head.name,)):
            return None
        if chain.relations[0] == "<-":
            return head.name
        again = head.name in names(second) and chain.relations[0] == "="
        return head.name if again and self.is_no_identity(head, second) else None

    def goes_on_from(self, head: Name, second: Expression | None) -> bool:
        """Whether a side of numbers begins with the parameter's value and adds something: 0.5 - 0.01*2."""
        if not isinstance(second, Add) or not is_closed(second):
            return False
        start, points = self.world.points[head.name][0], self.world.points
        value = given_value(second.terms[0], points)
        return value.shape == start.shape and bool(np.all(value == start))

    def is_no_identity(self, head: Name, second: Expression | None) -> bool:
        return second is not None and equal_at_points(head, second, self.world.points).verdict == WRONG


_E_POWER, _PI = "e^", "pi"  # what has two meanings
_ONE_LETTER = re.compile(r"([^\W\d_])(?:_?\w{1,3})?\Z")
_GREEK_NAME = re.compile(rf"(?:var)?(?:{'|'.join(GREEK)})(?:_?\w{{1,3}})?\Z")
_ACCENTED = re.compile(r"([^\W\d_]+)_?(?:hat|bar|tilde|star)\Z")


def may_stand_for_any_number(name: str) -> bool:
    """Whether people give such a name to a number: a letter, with a subscript or an accent."""
    if is_application(name) or "/" in name or "'" in name:
        return False
    accented = _ACCENTED.match(name)
    plain = accented[1] if accented else name
    return bool(_ONE_LETTER.match(plain) or _GREEK_NAME.match(plain))


def _entries_are_unknown(matrix: Matrix, world: World) -> bool:
    entries = [entry for row in matrix.rows for entry in row]
    return all(isinstance(entry, Name) and not world.has(entry.name) for entry in entries)


def _powers_of_e(tokens: Sequence[Token]) -> list[str]:
    """The exponents of e, as far as they are one token."""
    found = []
    for position, (first, second) in enumerate(itertools.pairwise(tokens)):
        if first.text == "e" and second.kind == "^":
            rest = tokens[position + 2 : position + 5]
            braced = len(rest) == 3 and rest[0].kind == "{" and rest[2].kind == "}"
            found.append(rest[1].text if braced else rest[0].text if rest else "")
    return found


def reads_names(reads: Iterable[Read]) -> tuple[str, ...]:
    """All names of the sides."""
    return tuple(
        dict.fromkeys(
            name for read in reads if read.expression is not None for name in names(read.expression)
        )
    )


def trimmed_remark(tokens: list, world: World, aliases: dict[str, Expression]) -> list:  # type: ignore[type-arg]
    r"""Without words of prose at the ends: \\text{so} x = 5 \\text{units}."""

    def is_prose(text: str) -> bool:
        return world.resolve(text) is None and text not in aliases and built_in(text) is None

    while len(tokens) > 1 and tokens[-1].kind == "textword" and is_prose(tokens[-1].text):
        if tokens[-2].kind in {"_", "^"}:
            break
        tokens = tokens[:-1]
    while len(tokens) > 1 and tokens[0].kind == "textword" and is_prose(tokens[0].text):
        if tokens[1].kind in {"_", "^", "(", "[", "'"}:
            break
        tokens = tokens[1:]
    return tokens


def _spoken(name: str) -> str:
    return name if len(name) <= 40 else name[:37] + "..."


def _no_update(name: str, world: World) -> str:
    return f"{name} is not a parameter with a learning rate" if world.has(name) else f"{name} is not declared"
