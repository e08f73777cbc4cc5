"""What float64 cannot vouch for: rounding errors of the quantities, and their values to many digits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hw2check.calculus.agreement import as_floats
from hw2check.calculus.sampling import jittered, seeded
from hw2check.formula.functions import Array
from hw2check.formula.graph import Node, ancestors, descendants
from hw2check.formula.notation import parse
from hw2check.formula.tree import Expression, names, walk
from hw2check.reading.written import is_worked
from hw2check.truth.derivation import Derivation
from hw2check.truth.forward import given_values, run
from hw2check.truth.samples import DISTURBED, SAFETY

if TYPE_CHECKING:
    from random import Random

MAX_TOGETHER = 1_000_000  # entries of all values that are disturbed at once, not one after the other
MAX_WORK = 100_000  # parts of formulas, times entries, that are computed to many digits
_WRITTEN = " "  # no quantity has this name


class Precision:
    """Errors and exact values of what a problem derives, each computed when it is first asked for."""

    def __init__(self, derived: Derivation) -> None:
        self._derived = derived
        self._settled: dict[str, bool] = {}
        self._exact: dict[str, Array] = {}  # values to many digits, of nodes
        self._work_left = MAX_WORK

    def added(self) -> None:
        """More nodes have come."""
        for cached in ("_errors", "_suspect"):
            self.__dict__.pop(cached, None)

    def error(self, key: str) -> Array:
        """A bound on the float64 rounding error of a quantity's value, entry by entry."""
        values = self._derived.values
        return np.zeros_like(values[key]) if self._settled.get(key) else self.float_error(key)

    def float_error(self, key: str) -> Array:
        """The same, of float64 even where the value is known to many digits."""
        return self._errors.get(key, np.zeros_like(self._derived.values[key]))

    def settle_if_troubled(self, key: str) -> bool:
        """Settles a quantity if something overflowed, vanished or was undefined on the way to it.

        Returns False where it cannot be settled and its value cannot be trusted: a lone 0 that may be a very
        small number is none to rely on.
        """
        if not self._derived.troubled or key not in self._suspect:
            return True
        value = self._derived.values[key]
        return self.settle(key) or not (self._suspect[key] or (value.size == 1 and not value.any()))

    @cached_property
    def _suspect(self) -> dict[str, bool]:
        """The quantities that depend on a troubled node; False where values have only vanished."""
        graph, troubled = self._derived.graph, self._derived.troubled
        lost = descendants(graph, (name for name, serious in troubled.items() if serious))
        return {name: name in lost for name in descendants(graph, troubled)}

    def settle(self, key: str) -> bool:
        """Puts a quantity's value, computed to many digits, in the place of the one that float64 gives.

        Returns whether that could be done. An entry that is not finite becomes nan.
        """
        if key not in self._settled:
            self._settled[key] = key in self._exact_given or self._settle(key)
        return self._settled[key]

    def exact(self, key: str) -> Array | None:
        """A quantity as an array of Fraction, None where it has no value; None unless it is settled."""
        if key not in self._derived.graph.by_name:
            return self._exact_given.get(key)
        return self._exact[key] if self._settled.get(key) else None

    def _settle(self, key: str) -> bool:
        graph = self._derived.graph
        behind = ancestors(graph, [key])
        nodes = [node for node in graph.nodes if node.name in behind and node.name not in self._exact]
        found = self._precisely([*self._worked_given, *nodes], {**self._exact_given, **self._exact})
        if found is not None:
            self._exact |= {node.name: found[node.name] for node in nodes}
        if key not in self._exact:
            return False
        self._derived.values[key] = as_floats(self._exact[key])
        return True

    def _precisely(self, nodes: list[Node], given: Mapping[str, Array]) -> dict[str, Array] | None:
        """`precise_values`, as long as all such computations together stay within MAX_WORK."""
        from hw2check.calculus.precise import precise_values

        values = self._derived.values
        sizes = (values[node.name].size if node.name in values else 1 for node in nodes)
        work = sum(size * sum(1 for _ in walk(node.formula)) for size, node in zip(sizes, nodes, strict=True))
        if work > self._work_left:
            return None
        self._work_left -= work
        return precise_values(nodes, given)

    @cached_property
    def _worked_given(self) -> list[Node]:
        """Givens that are stated as expressions without names: x = "sqrt(2)"."""
        problem = self._derived.problem
        stated = {name: numerals for name, numerals in problem.digits.items() if len(numerals) == 1}
        return [
            Node(name, parse(numeral.text), ())
            for name, (numeral,) in stated.items()
            if is_worked(numeral) and not self._derived.values[name].shape
        ]

    @cached_property
    def _exact_given(self) -> dict[str, Array]:
        from hw2check.calculus.precise import exactly, typed

        problem = self._derived.problem
        return {
            name: typed(problem.digits[name], array.shape) if problem.digits.get(name) else exactly(array)
            for name, array in given_values(problem).items()
        }

    def agrees(
        self, written: Expression, key: str, values: Mapping[str, Array], point: int, *, hidden: bool = False
    ) -> bool | None:
        """Whether a formula gives a quantity at one sample point, to many digits.

        False also where it has no value and the quantity has one; None where it cannot be told.

        hidden  float64 may hide something there: that both are 0 then tells nothing
        """
        from hw2check.calculus.precise import same

        found = self._both_at(written, key, values, point)
        if found is None:
            return None
        own, right = (array.reshape(-1).tolist() for array in found)
        if None in own and None not in right:
            return False
        if hidden and not any(own) and not any(right):
            return None
        return same(*found)

    def _both_at(
        self, written: Expression, key: str, values: Mapping[str, Array], point: int
    ) -> tuple[Array, Array] | None:
        """A formula and a quantity at one sample point, to many digits; at the given one as it was typed."""
        graph = self._derived.graph
        behind = ancestors(graph, [key, *names(written)])
        nodes = [node for node in graph.nodes if node.name in behind]
        at_given = point == 0 and all(
            np.array_equal(values[name][0], array, equal_nan=True)
            for name, array in given_values(self._derived.problem).items()
            if name in behind
        )
        given = {
            name: self._exact_given[name] if at_given else values[name][point if len(values[name]) > 1 else 0]
            for name in given_values(self._derived.problem)
            if name in behind
        }
        worked = [node for node in self._worked_given if node.name in behind] if at_given else []
        found = self._precisely([*worked, *nodes, Node(_WRITTEN, written, names(written))], given)
        return None if found is None else (found[_WRITTEN], found[key] if key in found else given[key])

    @cached_property
    def _errors(self) -> dict[str, Array]:
        derived, rng = self._derived, seeded()
        size = sum(array.size for array in derived.values.values())
        together = DISTURBED if DISTURBED * size <= MAX_TOGETHER else 1
        errors: dict[str, Array] = {}
        for _ in range(0, DISTURBED, together):
            for name, array in self._disturbed(together, rng).items():
                if name in derived.values:
                    with np.errstate(all="ignore"):
                        spread = np.max(np.abs(array - derived.values[name]), axis=0)
                    errors[name] = np.maximum(errors[name], spread) if name in errors else spread
        return {name: SAFETY * spread for name, spread in errors.items()}

    def _disturbed(self, times: int, rng: Random) -> dict[str, Array]:
        """Every quantity, computed `times` over with disturbed rounding."""
        start = {
            name: jittered(np.repeat(array[np.newaxis], times, axis=0), rng)
            for name, array in given_values(self._derived.problem).items()
        }
        return run(self._derived.graph.nodes, start, lead=1, rng=rng)
