"""Quantities recomputed where others are overridden by a writer's own values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hw2check.calculus.values import ShapeError, evaluate
from hw2check.formula.functions import Array
from hw2check.formula.graph import Graph, Node


def between(graph: Graph, key: str, changed: Iterable[str]) -> list[Node]:
    """The nodes that must be computed anew for `key` when the named quantities change, in order."""
    changed = set(changed)
    path: list[str] = []
    state: dict[str, bool] = {name: True for name in changed if name != key}
    stack: list[tuple[str, bool]] = [(key, False)]
    while stack:
        name, done = stack.pop()
        node = graph.by_name.get(name)
        if done and node:
            state[name] = any(state[used] for used in node.inputs)
            if state[name]:
                path.append(name)
        elif name not in state:
            state[name] = False
            if node:
                stack.append((name, True))
                stack.extend((used, False) for used in node.inputs if used not in state)
    return [graph.by_name[name] for name in path]


def recompute(
    graph: Graph, key: str, overrides: Mapping[str, Array], values: Mapping[str, Array], lead: int = 0
) -> Array | None:
    """The value of `key` with other quantities overridden; None where shapes do not go together."""
    current = {**values, **overrides}
    try:
        for node in between(graph, key, overrides):
            current[node.name] = evaluate(node.formula, current, lead=lead)
    except ShapeError:
        return None
    return current[key]
