"""How far the search for a mistake goes: counted work, so that the same file always gives the same hints."""

from __future__ import annotations

from itertools import islice

from hw2check.expression import Expression, walk
from hw2check.graph import Graph, Node, ancestors

FILE_WORK = 150_000  # parts of formulas that are evaluated for all answers of one file
ANSWER_WORK = 10_000  # for one answer, as long as that of the file is not used up
LEAST_WORK = 1_500  # for one answer in any case
AT_ONCE = 1_000  # numbers that are computed in about the time that one operation takes by itself
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
