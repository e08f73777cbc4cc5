"""The values of all quantities of a document at sample points.

Vectors are columns here, as written mathematics has them. The first sample point is the given one; the others
vary what is given, and every node and derivative is computed along the graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from hw2check.calculus.adjoint import Cotangents, pull, pull_through
from hw2check.calculus.sampling import drawn, seeded, uniform
from hw2check.calculus.values import Parts, evaluate
from hw2check.formula.functions import Array
from hw2check.formula.graph import Node
from hw2check.formula.quantity import total
from hw2check.formula.tree import Expression
from hw2check.latex.scope import UnclearError
from hw2check.problem.model import Problem
from hw2check.problem.optimiser import RATE

POINTS = 12  # sample points; the first is the given one
ANYWHERE = np.asarray(0.7)  # about which a name is drawn that stands for any number

SLOPE = "⟨slope⟩"  # the gradient in the rule of an update


@dataclass(frozen=True, slots=True)
class Derivative:
    """dU/dV or ∂U/∂V, as written."""

    of: str
    by: str


class Rule(NamedTuple):
    """How an optimiser updates a parameter."""

    formula: Expression  # over the parameter, the learning rate, SLOPE and the state
    state: Mapping[str, Array]  # what earlier steps left


class Quantities(Protocol):
    """What is declared, as far as values need it."""

    given: dict[str, Array]
    kept: dict[str, int | None]  # givens whose entries may only change places
    nodes: dict[str, Node]
    order: dict[str, int]  # of the nodes, inputs before what uses them
    seeds: dict[str, dict[str, Array]]  # a loss that is no node -> its upstream gradients
    losses: dict[str, Problem]
    parameters: dict[str, str]  # a parameter -> its loss
    rules: dict[str, Rule]
    derivatives: dict[str, Derivative]
    written: set[str]  # nodes that the document defines

    @property
    def loose(self) -> AbstractSet[str]:
        """Names that stand for any number."""

    @property
    def updated(self) -> dict[str, str]:
        """p_new -> p."""

    @property
    def points(self) -> Points:
        """The true values."""

    def has(self, name: str) -> bool:
        """Whether the name has a value."""

    def lineage(self, wanted: Iterable[str]) -> set[str]:
        """The names and all that they depend on."""

    def derivative(self, of: str, by: str) -> str | None:
        """The name of dOF/dBY, if both are known."""


def sampled(given: Mapping[str, Array], kept: Mapping[str, int | None]) -> dict[str, Array]:
    """POINTS values of each given; `kept` as in `drawn`."""
    return drawn(given, POINTS, kept)


def varying(start: Mapping[str, Array], names: AbstractSet[str]) -> dict[str, Array]:
    """The sample points, where only these names vary."""
    return {
        name: array if name in names else np.repeat(array[:1], POINTS, axis=0)
        for name, array in start.items()
    }


def nearby(start: Mapping[str, Array], kept: AbstractSet[str]) -> dict[str, Array]:
    """Points so near the given one that relu and its kin stay on one branch; what is `kept` stays itself."""
    rng = seeded()
    found = {
        name: array[:1] * (1 + 1e-5 * uniform(rng, -1, 1, array.shape))
        + 1e-5 * uniform(rng, -1, 1, array.shape)
        for name, array in start.items()
        if name not in kept
    }
    found |= {name: np.repeat(start[name][:1], POINTS, axis=0) for name in start.keys() & kept}
    for name, array in found.items():
        array[0] = start[name][0]
    return found


class Points(dict[str, Array]):
    """The value of each name at the points, computed when it is first asked for; vectors as columns."""

    def __init__(
        self,
        world: Quantities,
        start: dict[str, Array],
        *,
        total: bool,
        fixed: frozenset[str] = frozenset(),
        stated: Mapping[str, Expression] | None = None,
    ) -> None:
        self.world = world
        self.start = start  # of the givens, shapes as in the problem
        self.total = total
        self.fixed = fixed  # upstream gradients that keep their given value
        self.raw: dict[str, Array] = {}  # shapes as in the problem
        self.adjoints: dict[str, Cotangents] = {}
        self.trees: Parts = {}  # values of whole sides
        self.parts: Parts = {}  # values of subtrees
        self.stated = dict(stated or {})  # what is not computed but taken from the writer

    def forget(self, changed: Iterable[str]) -> None:
        """The values of these names, and of all expressions."""
        for name in changed:
            self.start.pop(name, None)
            self.raw.pop(name, None)
            self.pop(name, None)
        self.adjoints.clear()
        self.trees.clear()
        self.parts.clear()

    def __missing__(self, name: str) -> Array:
        array = self._raw(name)
        if array.ndim == 2 and name not in self.world.written:
            array = array[..., np.newaxis]
        self[name] = array
        return array

    def as_given(self, name: str) -> Array:
        """The value in the shape that the problem has for it: a vector stays one."""
        return self._raw(name)

    def _raw(self, name: str) -> Array:
        world = self.world
        if name in self.stated and name not in self.raw:
            self._take_stated(name)
        if name in self.stated:
            return self.raw[name]
        if name in world.derivatives:
            return self._derivative(world.derivatives[name])
        if name in world.updated:
            parameter = world.updated[name]
            slope = world.derivative(world.parameters[parameter], parameter)
            rate = self._raw(RATE)
            gradient = self._raw(slope or "")
            if parameter in world.rules:
                formula, state = world.rules[parameter]
                values = {parameter: self._raw(parameter), RATE: rate, SLOPE: gradient, **state}
                return np.asarray(evaluate(formula, values, lead=1))
            return np.asarray(self._raw(parameter) - rate.reshape(-1, *[1] * (gradient.ndim - 1)) * gradient)
        if name not in self.raw:
            self._run(name)
        if name not in self.raw:
            raise UnclearError(f"{name} is not declared")
        return self.raw[name]

    def _take_stated(self, name: str) -> None:
        """In the shape that the quantity has; a statement about itself alone is the truth."""
        truth = self.world.points.as_given(name)
        self.raw[name] = truth
        value = np.asarray(evaluate(self.stated[name], self, lead=1))
        value = np.broadcast_to(value, (POINTS, *value.shape[1:]))
        if value[0].size == truth[0].size:
            self.raw[name] = value.reshape(truth.shape)

    def _run(self, name: str) -> None:
        world = self.world
        lineage = self._needed(name)
        for stated in lineage & self.stated.keys():
            self._take_stated(stated)
        for needed in lineage - self.stated.keys():
            if needed in world.given or (needed in world.loose and needed not in world.nodes):
                if needed not in self.start:
                    value = world.given.get(needed, ANYWHERE)
                    self.start |= sampled({needed: value}, world.kept)
                self.raw[needed] = self.start[needed]
        for node in sorted((n for n in lineage if n in world.nodes), key=world.order.__getitem__):
            if node not in self.raw:
                values = self if node in world.written else self.raw
                value = np.asarray(evaluate(world.nodes[node].formula, values, lead=1))
                value = np.broadcast_to(value, (POINTS, *value.shape[1:]))
                is_list = value.ndim == 2 and node in world.written
                self.raw[node] = value[..., np.newaxis] if is_list else value

    def _needed(self, name: str) -> set[str]:
        """The name and what it depends on, as far as it has no value yet."""
        nodes, found, waiting = self.world.nodes, {name}, [name]
        while waiting:
            node = nodes.get(waiting.pop())
            for used in node.inputs if node is not None else ():
                if used not in found and used not in self.raw:
                    found.add(used)
                    waiting.append(used)
        return found

    def _derivative(self, derivative: Derivative) -> Array:
        of, by = derivative.of, derivative.by
        try:
            local = not self.total and of in self.world.nodes and of not in self.world.losses
            if local and by in self.world.nodes[of].inputs:
                return self._local(of, by)
            found = self._all(of)
        except (NotImplementedError, IndexError, ValueError) as error:
            raise UnclearError(f"d{of}/d{by} cannot be derived: {error}") from None
        return found[by] if by in found else np.zeros_like(self._raw(by))

    def _local(self, of: str, by: str) -> Array:
        into: Cotangents = {}
        node = self.world.nodes[of]
        pull(node.formula, self._ones(of, by), self._view(of, node.inputs), into)
        return into.get(by, np.zeros_like(self._raw(by)))

    def _all(self, of: str) -> Cotangents:
        """The total derivatives of a quantity by all that it depends on."""
        if of not in self.adjoints:
            world = self.world
            upstream = world.seeds.get(of, {}) if of not in world.nodes else {}
            seeds = {name: self._seed(of, name, array) for name, array in upstream.items()}
            if of in world.nodes:
                seeds[of] = self._ones(of, of)
            lineage = world.lineage(seeds)
            ordered = sorted((n for n in lineage if n in world.nodes), key=world.order.__getitem__)
            for name in ordered:
                self._raw(name)
            nodes = [world.nodes[name] for name in ordered]
            values = self if lineage & world.written else self.raw
            self.adjoints[of] = pull_through(nodes, seeds, values)
        return self.adjoints[of]

    def _seed(self, of: str, name: str, array: Array) -> Array:
        key = total(of, name)
        if key in self.fixed:
            return np.repeat(array[np.newaxis], POINTS, axis=0)
        if key not in self.start:
            self.start |= sampled({key: array}, {})
        return self.start[key]

    def _ones(self, of: str, by: str) -> Array:
        value = self._raw(of)
        if value.ndim > 1 and value[0].size > 1 and (of != by or value[0].size != 1):
            raise NotImplementedError(f"{of} has several entries")
        return np.ones_like(value)

    def _view(self, of: str, inputs: Iterable[str]) -> Mapping[str, Array]:
        for name in inputs:
            self._raw(name)
        return self if of in self.world.written else self.raw
