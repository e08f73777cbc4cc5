"""Names that stand for any number: undeclared ones, and those whose formulas rest on them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from hw2check.formula.functions import Array
from hw2check.formula.graph import Node


class Dependent(Protocol):
    """What must be known of quantities: values, formulas, and what each depends on."""

    given: dict[str, Array]
    nodes: dict[str, Node]

    def direct(self, name: str) -> tuple[str, ...]:
        """What a name depends on, one step far."""


class Looseness:
    """The undeclared names of a document, and for every name whether it depends on one."""

    def __init__(self, quantities: Dependent) -> None:
        self.quantities = quantities
        self.names: set[str] = set()
        self._known: dict[str, bool] = {}

    def add(self, unknown: Iterable[str]) -> None:
        """These names stand for any number, until they get a value or a formula."""
        if not self.names.issuperset(unknown):
            self.names.update(unknown)
            if any(name in self._known for name in unknown):
                self._known.clear()

    def forget(self) -> None:
        """A name has got another meaning: what depends on it is to be found out again."""
        self._known.clear()

    def any(self, used: Iterable[str]) -> bool:
        """Whether some of the names, or of what they depend on, stand for any number."""
        return bool(self.names) and any(map(self._stands_for_any, used))

    def _stands_for_any(self, name: str) -> bool:
        """Remembered for each name, so that long chains of definitions are gone through once."""
        given, nodes = self.quantities.given, self.quantities.nodes
        known, waiting, entered = self._known, [name], {name}
        while waiting:
            now = waiting[-1]
            inputs = [] if now in given else self.quantities.direct(now)
            missing = [used for used in inputs if used not in known and used not in entered]
            if now in known or not missing:
                waiting.pop()
                is_undeclared = now in self.names and now not in given and now not in nodes
                known.setdefault(now, is_undeclared or any(known.get(used, False) for used in inputs))
                continue
            waiting.extend(missing)
            entered.update(missing)
        return known[name]
