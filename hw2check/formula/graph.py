"""A problem as a directed acyclic graph: nodes with formulas over each other's names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from hw2check.formula.tree import Expression, names


class Node(NamedTuple):
    """One quantity with a formula."""

    name: str
    formula: Expression
    inputs: tuple[str, ...]  # the names that the formula mentions, in its order


class CycleError(ValueError):
    """Nodes that depend on each other in a circle."""

    def __init__(self, cycle: tuple[str, ...]) -> None:
        super().__init__(" -> ".join(cycle))
        self.cycle = cycle  # first and last are the same


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in an order in which each stands after all that it depends on."""

    by_name: dict[str, Node]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes in order."""
        return tuple(self.by_name.values())


def make_graph(formulas: Mapping[str, Expression]) -> Graph:
    """The graph of named formulas, ordered. A name without a formula is an input of the graph.

    Raises CycleError, which names one cycle.
    """
    return graph_of(Node(name, formula, names(formula)) for name, formula in formulas.items())


def graph_of(nodes: Iterable[Node]) -> Graph:
    """The graph of some nodes, ordered; raises CycleError, which names one cycle."""
    by_name = {node.name: node for node in nodes}
    order = _ordered({name: [i for i in node.inputs if i in by_name] for name, node in by_name.items()})
    return Graph({name: by_name[name] for name in order})


def _ordered(needs: Mapping[str, list[str]]) -> list[str]:
    """Depth-first postorder, without recursion: graphs may be chains of any length."""
    order: list[str] = []
    state: dict[str, int] = {}  # 1 while its inputs are being placed, 2 when placed
    for root in needs:
        path: list[tuple[str, list[str]]] = []
        if root not in state:
            path.append((root, list(reversed(needs[root]))))
            state[root] = 1
        while path:
            name, waiting = path[-1]
            if not waiting:
                state[name] = 2
                order.append(name)
                path.pop()
                continue
            following = waiting.pop()
            if state.get(following) == 1:
                raise CycleError(_cycle([step for step, _ in path], following))
            if following not in state:
                state[following] = 1
                path.append((following, list(reversed(needs[following]))))
    return order


def _cycle(path: list[str], repeated: str) -> tuple[str, ...]:
    return (*path[path.index(repeated) :], repeated)


def ancestors(graph: Graph, targets: Iterable[str]) -> frozenset[str]:
    """The targets and every name that they depend on."""
    wanted = set(targets)
    for node in reversed(graph.nodes):
        if node.name in wanted:
            wanted.update(node.inputs)
    return frozenset(wanted)


def descendants(graph: Graph, sources: Iterable[str]) -> frozenset[str]:
    """The sources and every name that depends on them."""
    reached = set(sources)
    for node in graph.nodes:
        if not reached.isdisjoint(node.inputs):
            reached.add(node.name)
    return frozenset(reached)
