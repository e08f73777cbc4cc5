"""What a written derivative means in a world, and what rests on a quantity."""

from __future__ import annotations

from collections.abc import Iterable

from hw2check.formula.quantity import derivative_parts
from hw2check.proofread.world import World


def error_term(world: World, name: str) -> str | None:
    """dLoss/dZ1 for delta1, where a problem has that layer, and dLoss/dW1 for dW1."""
    for problem in world.problems:
        of_loss = f"d{problem.loss}/{name}" if name.startswith("d") and problem.has(name[1:]) else ""
        parts = derivative_parts(problem.resolve(of_loss or name) or "")
        if parts is not None and problem.loss is not None:
            return world.derivative(*parts)
    return None


def has_senses(world: World, name: str) -> bool:
    """Whether a derivative may mean the local partial or, differently, the total one."""
    derivative = world.derivatives.get(name)
    if derivative is None or derivative.of not in world.nodes or derivative.of in world.losses:
        return False
    node = world.nodes[derivative.of]
    if derivative.by not in node.inputs:
        return False
    others = [world.nodes[i] for i in node.inputs if i in world.nodes and i != derivative.by]
    return any(derivative.by in world.lineage([other.name]) for other in others)


def comes_from(world: World, used: Iterable[str], name: str) -> bool:
    """Whether some names depend on a quantity, or are derivatives of it."""
    lineage = world.lineage(used)
    return name in lineage or any(
        world.derivatives[other].of == name for other in lineage & world.derivatives.keys()
    )
