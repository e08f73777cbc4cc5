"""What a letter with a subscript means as a function: a declared one, an activation, a node's formula."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import Protocol

from hw2check.formula.graph import Node
from hw2check.formula.names import canonical
from hw2check.formula.notation import UserFunction
from hw2check.formula.tree import Name, substitute
from hw2check.problem.model import Problem

_SUBSCRIPT = re.compile(r"([^\W\d_]+)_?(\w+)\Z")
_LETTERS = frozenset({"f", "g", "phi", "varphi", "act"})


class Lettered(Protocol):
    """Where letters mean functions."""

    problems: tuple[Problem, ...]
    functions: dict[str, UserFunction]  # declared ones, by their canonical names
    nodes: dict[str, Node]
    written: set[str]  # nodes that the document defines


class LetterFunctions:
    """The functions that letters mean among the quantities of a document and its problems."""

    def __init__(self, world: Lettered) -> None:
        self.world = world

    def function(self, letter: str, suffix: str) -> UserFunction | None:
        """A declared function, a layer's activation f_S, or f_S for the node whose subscript is S."""
        declared = self.world.functions.get(canonical(f"{letter}_{suffix}" if suffix else letter))
        if declared is not None or not suffix or letter not in _LETTERS:
            return declared
        return self._activation(suffix) or self._node_function(suffix)

    def node_of(self, letter: str, suffix: str) -> str | None:
        """The one node whose subscript is the suffix: f_6 stands for x6."""
        if letter not in _LETTERS or not suffix:
            return None
        found = self._by_suffix.get(suffix, ())
        return found[0] if len(found) == 1 else None

    @cached_property
    def _by_suffix(self) -> dict[str, list[str]]:
        """The nodes of the problems by their subscripts."""
        found: dict[str, list[str]] = {}
        for problem in self.world.problems:
            for name in problem.graph.by_name:
                if name not in found.setdefault(_suffix(name), []):
                    found[_suffix(name)].append(name)
        return found

    def _activation(self, suffix: str) -> UserFunction | None:
        """The f_S of a layer S: what makes A_S of Z_S."""
        nodes = self.world.nodes
        before, after = canonical(f"Z_{suffix}"), canonical(f"A_{suffix}")
        if after not in nodes or before not in nodes or after in self.world.written:
            return None
        return UserFunction(("⟨z⟩",), substitute(nodes[after].formula, {before: Name("⟨z⟩")}))

    def _node_function(self, suffix: str) -> UserFunction | None:
        name = self.node_of("f", suffix)
        if name is None:
            return None
        parameters = {parameter for problem in self.world.problems for parameter in problem.parameters}
        node = self.world.nodes[name]
        return UserFunction(tuple(i for i in node.inputs if i not in parameters), node.formula)


@lru_cache(maxsize=4096)
def _suffix(name: str) -> str:
    match = _SUBSCRIPT.match(name)
    return match[2] if match else ""
