"""Sides of a chain -> expressions, by what is declared and what the document has defined so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hw2check.calculus.values import ShapeError
from hw2check.formula.notation import NotationError
from hw2check.formula.tree import Expression, Name, is_closed, names
from hw2check.latex.calls import built_in
from hw2check.latex.grammar import parse_latex
from hw2check.latex.scope import Reading, Scope, UnclearError
from hw2check.proofread.definitions import Definitions, Read
from hw2check.proofread.sameness import WRONG, at_points, equal_at_points
from hw2check.proofread.steps import Chain, Side
from hw2check.proofread.world import World


class Reader:
    """Reads sides in one world."""

    def __init__(self, world: World, definitions: Definitions) -> None:
        self.world = world
        self.definitions = definitions
        self.version: tuple[int, ...] = ()
        self.known: dict[tuple[str, ...], tuple[Expression, bool, bool]] = {}

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
        unsure = (what for what in reading.choices if what != "log" and what[-1] != "_")
        doubt = "; ".join(filter(None, (side.doubt, *reading.doubts, *unsure)))
        others = tuple(self.read(side._replace(tokens=tokens, others=(), lead=())) for tokens in side.others)
        lead = self.read(side._replace(tokens=side.lead, others=(), lead=())) if side.lead else None
        return Read(side, expression, doubt=doubt, others=others, lead=lead)

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
