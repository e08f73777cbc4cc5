"""What the writer got wrong, and whether what follows agrees with it."""

from __future__ import annotations

from collections.abc import Callable

from hw2check.calculus.values import ShapeError
from hw2check.formula.tree import Expression, names
from hw2check.latex.scope import UnclearError
from hw2check.proofread.points import Points
from hw2check.proofread.sameness import (
    CLOSE,
    HOLDS,
    ROUNDED,
    Outcome,
)
from hw2check.proofread.world import World


class Carried:
    """The quantities that the writer got wrong, with what is stated for them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.wrong: dict[str, Expression] = {}  # as stated last

    def agrees(self, whole: Expression, part: Expression, check: Callable[[Points], Outcome]) -> bool:
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
