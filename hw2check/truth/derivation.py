"""What hw2check derives from a problem: values, derivatives, and which node a quantity's name means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from hw2check.calculus.values import ShapeError, with_article
from hw2check.errors import HW2CheckError
from hw2check.formula.functions import Array
from hw2check.formula.graph import Graph, Node, ancestors
from hw2check.formula.quantity import Kind, at_step, derivative_parts, local, quantity, total
from hw2check.formula.tree import Expression, Name, names, substitute
from hw2check.problem.model import Problem
from hw2check.truth.backward import (
    Backward,
    backward,
    derivative_nodes,
    extended,
    with_partials,
)
from hw2check.truth.forward import forward, given_values, run


class Derivation:
    """The graph of all quantities and their values; total derivatives are derived when they are asked for."""

    def __init__(self, problem: Problem, *, with_gradients: bool, needs_loss: bool = True) -> None:
        """Runs the forward pass, and derives the backward pass where asked.

        Raises HW2CheckError where the problem does not allow it.
        """
        self.problem = problem
        self.troubled: dict[str, bool] = {}  # nodes in which float64 overflows, vanishes or is undefined
        self.values: dict[str, Array] = forward(problem, self.troubled)
        self.backward: Backward | None = None
        self.graph: Graph = problem.graph
        if with_gradients:
            self.backward = backward(problem, self.values, needs_loss=needs_loss)
            self.graph = extended(problem, self.backward)
            self._run(self.graph.nodes)

    def _run(self, nodes: Iterable[Node]) -> None:
        try:
            added = [node for node in nodes if node.name not in self.values]
            run(added, self.values, troubled=self.troubled)
        except ShapeError as error:  # too large: the shapes of what is derived go together
            raise HW2CheckError(f"{error.__notes__[-1]}: {error}", self.problem.source.place(())) from None

    def not_derived(self, name: str) -> str:
        """Why a derivative is not derived; empty where it is."""
        of, _ = derivative_parts(name) or ("", "")
        shape = self.values[of].shape if of in self.problem.graph.by_name else ()
        if not shape:
            return ""
        return f"{of} is {with_article(shape)}, and only derivatives of a scalar are derived here"

    def key(self, name: str) -> str | None:
        """The node that an answer's name asks for: a local partial where the formula names the input.

        A derivative of the loss is always the total one. None where the backward pass is not there.
        """
        parsed = quantity(name)
        if parsed.step > 1:
            base = self.key(parsed.base)
            return base and self._at_step(base, parsed.step)
        if not parsed.is_derivative:
            return name if name in self.values else None
        if self.backward is None or self.not_derived(name):
            return None
        one = local(parsed.of, parsed.by)
        return one if one in self.backward.partials and parsed.of != self.problem.loss else self._total(name)

    def lacks(self, names: Iterable[str]) -> str | None:
        """The first of the names that has no value, once the total derivatives among them are derived."""
        return next((name for name in names if name not in self.values and self._derived(name) is None), None)

    def _derived(self, name: str) -> str | None:
        parsed = quantity(name)
        if parsed.step > 1:
            base = self._derived(parsed.base)
            return base and self._at_step(base, parsed.step)
        known = parsed.kind is Kind.TOTAL and parsed.of in self.problem.graph.by_name
        return self._total(name) if self.backward and known and not self.not_derived(name) else None

    def parts(self, key: str) -> tuple[str, str] | None:
        """U and V of a derivative, as they are called in its step: of dz/dw@2 z@2 and w_new."""
        parsed = quantity(key)
        if not parsed.is_derivative:
            return None
        own = (at_step(part, parsed.step) for part in (parsed.of, parsed.by))
        of, by = (self.problem.resolve(name) or quantity(name).base for name in own)
        return of, by

    def other_sense(self, key: str) -> str | None:
        """The total derivative for a local partial and the reverse, where both exist and differ."""
        parts = derivative_parts(key)
        if parts is None or self.backward is None or local(*parts) not in self.backward.partials:
            return None
        return local(*parts) if key != local(*parts) else self._total(total(*parts))

    def _total(self, name: str) -> str:
        if name not in self.values and self.backward is not None:
            self._add(derivative_nodes(self.problem, self.backward.partials, name, self.values))
        return name

    def _at_step(self, base: str, step: int) -> str:
        """The node of a quantity of the first step in a later one: itself where no step changes it.

        Of the total derivatives of other nodes than the loss only those that are asked for are derived.
        """
        own = at_step(base, step)
        of, _ = derivative_parts(base) or ("", "")
        if own in self.values or self.backward is None or of not in self.problem.graph.by_name:
            return own if own in self.values else base
        chain = derivative_nodes(self.problem, self.backward.partials, base, self.values)
        later = {}
        for node in chain.values():
            meant = {name: Name(self._name_at_step(name, step, chain)) for name in node.inputs}
            formula = substitute(node.formula, meant)
            name = at_step(node.name, step)
            later[name] = Node(name, formula, names(formula))
        self._add(later)
        return own if own in self.values else base

    def _name_at_step(self, name: str, step: int, chain: Mapping[str, Node]) -> str:
        own = at_step(name, step)
        if name in chain or own in self.graph.by_name:
            return own
        return self.problem.resolve(own) or name

    def _add(self, nodes: Mapping[str, Node]) -> None:
        """More nodes, and their values."""
        new = {key: node for key, node in nodes.items() if key not in self.values}
        self._run(new.values())
        self.graph = Graph({**self.graph.by_name, **new})
        self._added(new.values())

    def _added(self, nodes: Iterable[Node]) -> None:
        """What else depends on which nodes there are."""

    def formula(self, key: str) -> Expression | None:
        """The formula by which a quantity is defined; None for a given one."""
        node = self.graph.by_name.get(key)
        return node.formula if node else None

    def named_in_full(self, key: str) -> tuple[str, ...]:
        """The names in a quantity's formula once local partials are put in."""
        formula = self.formula(key)
        if formula is None or self.backward is None:
            return ()
        return names(with_partials(formula, self.backward.partials))

    def givens_behind(self, name: str) -> frozenset[str]:
        """The givens that a quantity depends on."""
        return ancestors(self.graph, [name]) & self.problem.given.keys()

    def given_values(self) -> dict[str, Array]:
        """What the problem gives, the state and the constants of its optimiser included."""
        return given_values(self.problem)

    def at(self, points: Mapping[str, Array]) -> dict[str, Array]:
        """Every quantity at points with one leading axis; givens without one keep their value."""
        values = {name: array[np.newaxis] for name, array in given_values(self.problem).items()}
        values |= points
        return run(self.graph.nodes, values, lead=1)
