"""How far the search for a mistake goes: counted work, so that the same file always gives the same hints."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

import numpy as np

from hw2check.formula.functions import Array
from hw2check.formula.graph import Graph, Node, ancestors
from hw2check.formula.tree import Expression, walk

FILE_WORK = 150_000  # parts of formulas that are evaluated for all answers of one file
ANSWER_WORK = 10_000  # for one answer, as long as that of the file is not used up
LEAST_WORK = 1_500  # for one answer in any case
AT_ONCE = 1_000  # numbers that are computed in about the time that one operation takes by itself
MAX_TRIED = 20_000  # entries of all quantities at all points at which a formula's mistakes are tried
MAX_PARTS = 400  # of a formula that is edited


class Search:
    """The work that is left, and the ways through one graph."""

    def __init__(self) -> None:
        self._file = FILE_WORK
        self._answer = 0
        self._graph: Graph | None = None
        self._order: dict[str, int] = {}  # node -> where it stands in the graph
        self._users: dict[str, list[str]] = {}  # name -> the nodes whose formulas mention it
        self._key = ""
        self._behind: frozenset[str] = frozenset()
        self._samples: Mapping[str, Array] = {}
        self._some: Mapping[str, Array] = {}
        self._values: Mapping[str, Array] = {}
        self._with_lead: dict[str, Array] = {}

    def begin(self, graph: Graph, key: str) -> None:
        """Another answer."""
        self._answer = max(min(ANSWER_WORK, self._file), LEAST_WORK)
        if graph is not self._graph:
            self._graph = graph
            self._order = {name: position for position, name in enumerate(graph.by_name)}
            self._users = {}
            for node in graph.nodes:
                for name in node.inputs:
                    self._users.setdefault(name, []).append(node.name)
            self._key = ""
        if key != self._key:
            self._key, self._behind = key, ancestors(graph, [key])

    def some(self, samples: Mapping[str, Array]) -> Mapping[str, Array]:
        """The last sample points, as many as large matrices allow."""
        if self._samples is not samples or len(self._some) != len(samples):  # some are added later
            entries = max(1, sum(array[0].size for array in samples.values() if array.ndim))
            points = max(1, MAX_TRIED // entries)
            self._samples = samples
            self._some = {
                name: array[-points:] if array.ndim and len(array) > points else array
                for name, array in samples.items()
            }
        return self._some

    def with_lead(self, values: Mapping[str, Array]) -> dict[str, Array]:
        """The values, constants too, each with the leading axis that the others have."""
        if self._values is not values or len(self._with_lead) != len(values):
            points = max((array.shape[0] for array in values.values() if array.ndim), default=1)
            self._values = values
            self._with_lead = {
                name: array
                if array.ndim and array.shape[0] == points
                else np.broadcast_to(array, (points, *array.shape[1:]))
                for name, array in values.items()
            }
        return self._with_lead

    def spend(self, parts: int, numbers: int = 1) -> bool:
        """Whether as many parts of formulas may still be evaluated, each of them giving so many numbers."""
        work = parts * (1 + numbers // AT_ONCE)
        if work > self._answer:
            return False
        self._answer -= work
        self._file -= work
        return True

    def way(self, name: str) -> list[Node] | None:
        """The nodes that change with one, up to the answer, in order; None where they are too many."""
        reached, waiting = {name}, [name]
        while waiting:
            for user in self._users.get(waiting.pop(), ()):
                if user in self._behind and user not in reached:
                    reached.add(user)
                    waiting.append(user)
            if len(reached) > self._answer:
                return None
        reached.discard(name)
        by_name = self._graph.by_name if self._graph else {}
        return [by_name[user] for user in sorted(reached, key=self._order.__getitem__)]


def size(formula: Expression) -> int:
    """The number of parts of a formula, MAX_PARTS + 1 for any larger one."""
    return sum(1 for _ in islice(walk(formula), MAX_PARTS + 1))
