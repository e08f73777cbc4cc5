"""Every quantity at sample points: where formulas are compared, and how much of a difference is rounding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hw2check.calculus.agreement import shaped
from hw2check.calculus.sampling import drawn, jittered, nearby, seeded, signed_as
from hw2check.calculus.values import TooLargeError, evaluate
from hw2check.formula.functions import Array
from hw2check.formula.graph import Node, ancestors
from hw2check.formula.quantity import derivative_parts
from hw2check.formula.tree import Expression, names
from hw2check.truth.derivation import Derivation
from hw2check.truth.forward import MAX_TOTAL, given_values, run
from hw2check.truth.movement import moving_points, resting

if TYPE_CHECKING:
    from random import Random

SAMPLES = 16  # points at which formulas are compared; the first is the given one
FEWEST = 6  # of these, where matrices are so large that even a few points tell them apart
PLENTY = 8  # sample points at which all is defined, below which others are tried
MANY_ENTRIES = 1_000_000  # of all values together at all points, beyond which there are fewer points
DISTURBED = 6  # repetitions with disturbed rounding
SAFETY = 4.0  # times the spread seen is taken as the rounding error
MAX_KEPT = 4_000_000  # numbers that are kept for later answers
SERIOUS = frozenset({"overflow", "underflow", "divide by zero"})  # what float64 may hide a value behind

_NOWHERE = np.zeros(1, dtype=np.bool_)


class Samples:
    """The sample points of a problem, made when they are first asked for."""

    def __init__(self, derived: Derivation) -> None:
        self._derived = derived
        self._defined: dict[str, NDArray[np.bool_]] = {}  # at which points a node has a value
        self._trouble: dict[str, NDArray[np.bool_]] = {}  # at which points float64 may hide a node's value
        self._held: dict[tuple[frozenset[str], ...], dict[str, Array]] = {}  # by the givens that are kept
        self._held_size = 0

    @cached_property
    def values(self) -> dict[str, Array]:
        """Every quantity at the points: shape (points, ...); raises TooLargeError."""
        if SAMPLES * self._size > MAX_TOTAL:
            raise TooLargeError("the values are too large to compare formulas at sample points")
        derived, problem = self._derived, self._derived.problem
        state = problem.optimiser.state
        given = {**problem.given, **{name: array for name, array in state.items() if np.any(array)}}
        points = drawn(given, self.count, problem.kept, problem.optimiser.positive)
        values = derived.at(points)
        inner = self._inner_points(given, points, values)
        if inner:
            points, values = inner, derived.at(inner)
        further = moving_points(derived, points, values)
        return derived.at(further) if further else values

    @cached_property
    def resting(self) -> Mapping[str, str]:
        """The nodes in which a function rests at all points, as sigmoid far from 0, with the function."""
        return resting(self._derived, self.values)

    @property
    def count(self) -> int:
        """How many sample points there are to begin with."""
        return max(FEWEST, min(SAMPLES, MANY_ENTRIES // max(1, self._size)))

    @property
    def _size(self) -> int:
        return sum(array.size for array in self._derived.values.values())

    def added(self, nodes: Iterable[Node]) -> None:
        """More nodes have come."""
        self._held.clear()
        self._held_size = 0
        self.__dict__.pop("resting", None)
        try:
            run(nodes, self.__dict__.get("values", {}), lead=1)
        except TooLargeError:
            self.__dict__.pop("values", None)

    def _inner_points(
        self, given: Mapping[str, Array], points: Mapping[str, Array], values: Mapping[str, Array]
    ) -> dict[str, Array]:
        """The points and others instead of those at which nodes are undefined; empty where enough are left.

        What makes them undefined where it alone is moved keeps its signs at them, or lies near what is given.
        """
        problem = self._derived.problem
        nodes = problem.graph.nodes
        lost = _undefined(nodes, values)
        undefined = np.any([np.broadcast_to(bad, self.count) for bad in lost.values()], axis=0)
        if not lost or np.count_nonzero(~undefined) >= PLENTY:
            return {}
        still = {name: array[np.newaxis] for name, array in given_values(problem).items()}
        moving = ancestors(problem.graph, lost) & given.keys() - problem.kept.keys()
        inner = {}
        for name, all_points in points.items():
            signed = close = others = all_points[undefined]
            if name in moving and _undefined(nodes, run(nodes, {**still, name: all_points}, lead=1)):
                signed = signed_as(given[name], others)
                close = nearby(given[name], others)
            inner[name] = np.concatenate([all_points, signed, close])
        return inner

    def holding(self, held: Iterable[Iterable[str]]) -> dict[str, Array]:
        """As `values`, once for each choice of givens that keep their value, one after the other."""
        chosen = tuple(frozenset(names) for names in held)
        if chosen in self._held:
            return self._held[chosen]
        points = {}
        for name, array in self._derived.problem.given.items():
            moved = self.values[name]
            kept = np.broadcast_to(array, moved.shape)
            points[name] = np.concatenate([kept if name in names else moved for names in chosen])
        values = self._derived.at(points)
        size = sum(array.size for array in values.values())
        if self._held_size + size <= MAX_KEPT:
            self._held[chosen] = values
            self._held_size += size
        return values

    def inside(self, key: str, values: Mapping[str, Array]) -> NDArray[np.bool_]:
        """At which sample points a quantity and all that it comes from are defined: shape (points,) or (1,).

        A derivative comes from what is derived: that of log(x) is not defined at a negative x.
        """
        derived = self._derived
        reached = ancestors(derived.graph, [key])
        of = [parts[0] for name in reached if (parts := derivative_parts(name))]
        sources = [*(derived.problem.upstream if derived.problem.loss in of else ()), *of]
        known = ancestors(derived.graph, [*reached, *(name for name in sources if name in values)])
        kept = self._defined if values is self.__dict__.get("values") else {}
        defined = np.ones(1, dtype=np.bool_)
        for name in known:
            if name in values and values[name].ndim:
                if name not in kept:
                    array = values[name]
                    kept[name] = np.asarray(~np.isnan(array.reshape(array.shape[0], -1)).any(axis=1))
                defined = defined & kept[name]
        return defined

    def troubled(self, written: Expression, key: str, values: Mapping[str, Array]) -> NDArray[np.bool_]:
        """At which points something on the way to a formula or a quantity is too large or too small.

        Shape (points,) or (1,).
        """
        kept = self._trouble if values is self.__dict__.get("values") else {}
        reached = ancestors(self._derived.graph, [key, *names(written)])
        bad = _troubled(written, values)
        for node in self._derived.graph.nodes:
            if node.name in reached and node.name in values:
                if node.name not in kept:
                    kept[node.name] = _troubled(node.formula, values)
                bad = bad | kept[node.name]
        return bad

    def noise(self, written: Expression, key: str, values: Mapping[str, Array]) -> Array:
        """A bound on the rounding error of a formula and of a quantity together, at sample points."""
        graph = self._derived.graph
        found = evaluate(written, values, lead=1)
        noise = np.zeros(np.broadcast_shapes(shaped(found, values[key], lead=1).shape, values[key].shape))
        reached = ancestors(graph, [key, *names(written)])
        nodes = [node for node in graph.nodes if node.name in reached]
        kept = values is self.__dict__.get("values") and DISTURBED * SAMPLES * self._size <= MAX_KEPT
        for again, rng in self._disturbed if kept else self._disturbed_starts(values):
            run([node for node in nodes if node.name not in again], again, lead=1, rng=rng)
            with np.errstate(all="ignore"):
                own = shaped(np.abs(evaluate(written, again, lead=1, rng=rng) - found), values[key], lead=1)
                spread = own + np.abs(again[key] - values[key])
            noise = np.maximum(noise, spread)
        if (
            noise.ndim and max(len(array) for array in (found, values[key]) if array.ndim) == 1
        ):  # the same at all points
            noise = noise.max(axis=0, keepdims=True)
        return SAFETY * noise

    @cached_property
    def _disturbed(self) -> list[tuple[dict[str, Array], Random]]:
        """The sample points with disturbed rounding; what has been computed from them is kept."""
        return list(self._disturbed_starts(self.values))

    def _disturbed_starts(self, values: Mapping[str, Array]) -> Iterator[tuple[dict[str, Array], Random]]:
        """What is given, with disturbed rounding, DISTURBED times over."""
        rng = seeded()
        count = max((array.shape[0] for array in values.values() if array.ndim), default=1)
        for _ in range(DISTURBED):
            start = {name: jittered(values[name], rng) for name in given_values(self._derived.problem)}
            yield (
                {name: np.broadcast_to(array, (count, *array.shape[1:])) for name, array in start.items()},
                rng,
            )


def _undefined(nodes: Iterable[Node], values: Mapping[str, Array]) -> dict[str, NDArray[np.bool_]]:
    """Nodes with a value at the first sample point and none at others: at which they have none."""
    found: dict[str, NDArray[np.bool_]] = {}
    for array, name in ((values[node.name], node.name) for node in nodes if node.name in values):
        bad = np.asarray(~np.isfinite(array.reshape(len(array), -1)).all(axis=1)) if array.ndim else _NOWHERE
        if bad.any() and not bad[0]:
            found[name] = bad
    return found


def _troubled(formula: Expression, values: Mapping[str, Array]) -> NDArray[np.bool_]:
    """At which points float64 overflows, vanishes or divides by zero where a formula is evaluated."""
    if SERIOUS.isdisjoint(_trouble(formula, values)):
        return _NOWHERE
    used = {name: values[name] for name in names(formula)}
    count = max((len(array) for array in used.values() if array.ndim), default=1)
    bad = []
    for point in range(count):
        here = {name: array[point : point + 1] if len(array) > 1 else array for name, array in used.items()}
        bad.append(not SERIOUS.isdisjoint(_trouble(formula, here)))
    return np.array(bad)


def _trouble(formula: Expression, values: Mapping[str, Array]) -> set[str]:
    kinds: set[str] = set()
    evaluate(formula, values, lead=1, on_trouble=lambda kind, _flag: kinds.add(kind))
    return kinds
