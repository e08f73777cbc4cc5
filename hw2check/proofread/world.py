"""What a document may speak of: the quantities of the declared problems, at sample points.

Vectors are columns here, as written mathematics has them. The first sample point is the given one; the others
vary what is given, and every node and derivative is computed along the graph.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from random import Random
from typing import NamedTuple

import numpy as np

from hw2check.calculus.adjoint import Cotangents, pull, pull_through
from hw2check.calculus.values import Parts, evaluate
from hw2check.errors import HW2CheckError
from hw2check.formula.functions import Array
from hw2check.formula.graph import Node
from hw2check.formula.names import canonical
from hw2check.formula.notation import UserFunction
from hw2check.formula.quantity import derivative_parts, total, updated
from hw2check.formula.tree import Expression, Name, names, substitute
from hw2check.latex.scope import UnclearError
from hw2check.problem.model import RATE_NAMES, Problem
from hw2check.problem.optimiser import RATE

POINTS = 12  # sample points; the first is the given one
NEAR = 6  # of these, as many lie near the given point
SEED = 4705

_SLOPE = "⟨slope⟩"  # the gradient in the rule of an update
_SUBSCRIPT = re.compile(r"([^\W\d_]+)_?(\w+)\Z")
_FUNCTION_LETTERS = frozenset({"f", "g", "phi", "varphi", "act"})


@dataclass(frozen=True, slots=True)
class Derivative:
    """dU/dV or ∂U/∂V, as written."""

    of: str
    by: str


class Rule(NamedTuple):
    """How an optimiser updates a parameter."""

    formula: Expression  # over the parameter, the learning rate, _SLOPE and the state
    state: Mapping[str, Array]  # what earlier steps left


class World:
    """The declared quantities, and those that the document itself defines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Raises HW2CheckError where two problems state the same name differently."""
        self.problems = tuple(problems)
        self.given: dict[str, Array] = {}
        self.nodes: dict[str, Node] = {}
        self.order: dict[str, int] = {}
        self.seeds: dict[str, dict[str, Array]] = {}  # a loss that is no node -> its upstream gradients
        self.losses: dict[str, Problem] = {}
        self.parameters: dict[str, str] = {}  # a parameter -> its loss
        self.rules: dict[str, Rule] = {}  # how they are updated, where not by plain descent
        self.derivatives: dict[str, Derivative] = {}
        self.functions: dict[str, UserFunction] = {}
        self.written: set[str] = set()  # nodes that the document defines
        self.axis = 0
        self.changes = 0  # how often a name has got a formula
        self._meanings: dict[str, str | None] = {}  # what spellings mean, while no name is added
        for problem in problems:
            self._take(problem)

    def _take(self, problem: Problem) -> None:
        for name, array in problem.given.items():
            if name in self.nodes or not np.array_equal(self.given.setdefault(name, array), array):
                raise _conflict(problem, name)
        for node in problem.graph.nodes:
            if name_taken(self, node):
                raise _conflict(problem, node.name)
            self._add(node)
        if problem.learning_rate is not None:
            rate = self.given.setdefault(RATE, problem.learning_rate)
            if not np.array_equal(rate, problem.learning_rate):
                raise _conflict(problem, RATE)
        if problem.loss is not None:
            self.losses[problem.loss] = problem
            self.seeds.setdefault(problem.loss, {}).update(problem.upstream)
            if problem.learning_rate is not None:
                self.parameters |= dict.fromkeys(problem.parameters, problem.loss)
                if not problem.optimiser.is_plain:
                    self.rules |= {name: _rule(problem, name) for name in problem.parameters}
        for name, function in problem.vocabulary.functions.items():
            self.functions[canonical(name)] = function
        self.axis = problem.vocabulary.axis

    def _add(self, node: Node) -> None:
        self.changes += 1
        self.order[node.name] = self.changes
        self.nodes[node.name] = node
        self._meanings.clear()

    def define(self, name: str, formula: Expression) -> None:
        """A quantity that the document defines; it replaces an earlier definition of its own."""
        is_new = not self.has(name)
        self._add(Node(name, formula, names(formula)))
        self.written.add(name)
        if not is_new:
            for points in (self.points, self.totals):
                points.forget(name)

    def state(self, name: str, value: Array) -> None:
        """A value that the document gives itself."""
        self.given[name] = value
        self._meanings.clear()
        for points in (self.points, self.totals):
            points.start.pop(name, None)
            points.forget(name)

    def with_stated(self, stated: Mapping[str, Expression]) -> Points:
        """The points, where some quantities have the values or formulas that the writer states for them."""
        return Points(self, self.points.start, total=False, stated=stated)

    def temporary(self, formula: Expression) -> str:
        """The name of a node for an expression that has none."""
        name = f"⟨{self.changes}⟩"
        self.define(name, formula)
        return name

    def free(self, letter: str) -> Expression:
        """A formal argument of a function that the document defines: a number that is not fixed."""
        name = f"⟨{letter}⟩"
        if name not in self.given:
            self.given[name] = np.asarray(0.7)
            self._meanings.clear()
        return Name(name)

    def has(self, name: str) -> bool:
        """Whether the name has a value."""
        return name in self.given or name in self.nodes or name in self.derivatives or name in self.updated

    @cached_property
    def updated(self) -> dict[str, str]:
        """p_new -> p, for every parameter that can be updated."""
        return {updated(name): name for name in self.parameters}

    def resolve(self, spelt: str) -> str | None:
        """The quantity that a spelling means; derivatives are `derivative`'s."""
        try:
            return self._meanings[spelt]
        except KeyError:
            meaning = self._meanings[spelt] = self._meaning(spelt)
            return meaning

    def _meaning(self, spelt: str) -> str | None:
        name = canonical(spelt)
        if name in self.given or name in self.nodes or name in self.updated:
            return name
        return RATE if name in RATE_NAMES and RATE in self.given else None

    def derivative(self, of: str, by: str) -> str | None:
        """The name of dOF/dBY, if both are known."""
        if by not in self.given and by not in self.nodes:
            return None
        of = self._loss(of, by) or of
        if of not in self.nodes and of not in self.seeds:
            return None
        name = total(of, by)
        self.derivatives[name] = Derivative(of, by)
        return name

    def error_term(self, name: str) -> str | None:
        """dLoss/dZ1 for delta1, where a problem has that layer, and dLoss/dW1 for dW1."""
        for problem in self.problems:
            of_loss = f"d{problem.loss}/{name}" if name.startswith("d") and problem.has(name[1:]) else ""
            parts = derivative_parts(problem.resolve(of_loss or name) or "")
            if parts is not None and problem.loss is not None:
                return self.derivative(*parts)
        return None

    def _loss(self, of: str, by: str) -> str | None:
        if of in self.nodes or of in self.given or of.lower() not in {"loss", "l", "e", "j", "c"}:
            return None
        if of.lower() not in {"loss", "l"} and len(self.losses) > 1:
            return None
        return next((loss for loss, problem in self.losses.items() if problem.has(by)), None)

    def is_upstream(self, name: str) -> bool:
        """Whether the problem gives this derivative."""
        derivative = self.derivatives.get(name)
        return derivative is not None and derivative.by in self.seeds.get(derivative.of, {})

    def has_senses(self, name: str) -> bool:
        """Whether a derivative may mean the local partial or, differently, the total one."""
        derivative = self.derivatives.get(name)
        if derivative is None or derivative.of not in self.nodes or derivative.of in self.losses:
            return False
        node = self.nodes[derivative.of]
        if derivative.by not in node.inputs:
            return False
        others = [self.nodes[i] for i in node.inputs if i in self.nodes and i != derivative.by]
        return any(derivative.by in self.lineage([other.name]) for other in others)

    def comes_from(self, used: Iterable[str], name: str) -> bool:
        """Whether some names depend on a quantity, or are derivatives of it."""
        lineage = self.lineage(used)
        return name in lineage or any(
            self.derivatives[other].of == name for other in lineage & self.derivatives.keys()
        )

    def lineage(self, wanted: Iterable[str]) -> set[str]:
        """The names and all that they depend on, derivatives included."""
        found: set[str] = set()
        waiting = list(wanted)
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            if name in self.nodes:
                waiting.extend(self.nodes[name].inputs)
            elif self.is_upstream(name):
                continue
            elif name in self.derivatives:
                derivative = self.derivatives[name]
                waiting.extend((*self.seeds.get(derivative.of, ()), derivative.by))
                waiting.extend(self.nodes[derivative.of].inputs if derivative.of in self.nodes else ())
            elif name in self.updated:
                waiting.append(self.updated[name])
        return found

    @property
    def relu_at_zero(self) -> Expression | None:
        """What the problems declare as the derivative of relu at 0."""
        stated = (problem.vocabulary.relu_at_zero for problem in self.problems)
        return next((slope for slope in stated if slope is not None), None)

    def function(self, letter: str, suffix: str) -> UserFunction | None:
        """A declared function, a layer's activation f_S, or f_S for the node whose subscript is S."""
        declared = self.functions.get(canonical(f"{letter}_{suffix}" if suffix else letter))
        if declared is not None or not suffix or letter not in _FUNCTION_LETTERS:
            return declared
        return self._activation(suffix) or self._node_function(suffix)

    def _activation(self, suffix: str) -> UserFunction | None:
        before, after = canonical(f"Z_{suffix}"), canonical(f"A_{suffix}")
        if after not in self.nodes or before not in self.nodes or after in self.written:
            return None
        body = substitute(self.nodes[after].formula, {before: Name("⟨z⟩")})
        return UserFunction(("⟨z⟩",), body)

    def node_of(self, letter: str, suffix: str) -> str | None:
        """The one node whose subscript is the suffix: f_6 stands for x6."""
        if letter not in _FUNCTION_LETTERS or not suffix:
            return None
        found = self._by_suffix.get(suffix, ())
        return found[0] if len(found) == 1 else None

    @cached_property
    def _by_suffix(self) -> dict[str, list[str]]:
        """The nodes of the problems by their subscripts."""
        found: dict[str, list[str]] = {}
        for problem in self.problems:
            for name in problem.graph.by_name:
                if name not in found.setdefault(_suffix(name), []):
                    found[_suffix(name)].append(name)
        return found

    def _node_function(self, suffix: str) -> UserFunction | None:
        name = self.node_of("f", suffix)
        if name is None:
            return None
        parameters = {parameter for problem in self.problems for parameter in problem.parameters}
        inputs = tuple(i for i in self.nodes[name].inputs if i not in parameters)
        return UserFunction(inputs, self.nodes[name].formula)

    @cached_property
    def points(self) -> Points:
        """Every quantity at POINTS points, dU/dV as the local partial where U's formula names V."""
        return Points(self, drawn(self.given), total=False)

    @cached_property
    def totals(self) -> Points:
        """The same points, dU/dV always as the total derivative."""
        return Points(self, self.points.start, total=True)

    def varying(self, reached: Iterable[str]) -> Points:
        """Points where only the givens among these names vary."""
        wanted = set(reached) & self.given.keys()
        start = {
            name: array if name in wanted else np.repeat(array[:1], POINTS, axis=0)
            for name, array in self.points.start.items()
        }
        fixed = {name for name in self.derivatives if self.is_upstream(name) and name not in set(reached)}
        return Points(self, start, total=False, fixed=frozenset(fixed))

    @cached_property
    def nearby(self) -> Points:
        """Points so near the given one that relu and its kin stay on one branch."""
        rng = Random(SEED)  # noqa: S311
        start = {
            name: array[:1] * (1 + 1e-5 * uniform(rng, -1, 1, array.shape))
            + 1e-5 * uniform(rng, -1, 1, array.shape)
            for name, array in self.points.start.items()
        }
        for name, array in start.items():
            array[0] = self.points.start[name][0]
        return Points(self, start, total=False)

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a known quantity; () for an unknown one."""
        return self.points[name].shape[1:] if self.has(name) else ()


def _rule(problem: Problem, parameter: str) -> Rule:
    """The updated parameter by the parameter, its gradient, the learning rate and the state."""
    done: dict[str, Expression] = {}
    for name, formula in problem.optimiser.formulas(parameter, _SLOPE).items():
        done[name] = substitute(formula, done)
    state = {name: array[np.newaxis] for name, array in problem.state.items()}
    return Rule(done[updated(parameter)], state)


def name_taken(world: World, node: Node) -> bool:
    """Whether the node's name already means something else."""
    known = world.nodes.get(node.name)
    return node.name in world.given or (known is not None and known != node)


def _conflict(problem: Problem, name: str) -> HW2CheckError:
    place = problem.source.place(problem.places.get(name, ()))
    return HW2CheckError(f"{name} is stated differently by two problems", place, "rename one of the two")


@lru_cache(maxsize=4096)
def _suffix(name: str) -> str:
    match = _SUBSCRIPT.match(name)
    return match[2] if match else ""


def drawn(given: Mapping[str, Array]) -> dict[str, Array]:
    """POINTS values of each given: itself, then NEAR nearby, then some of both signs."""
    rng = Random(SEED)  # noqa: S311
    return {name: _draw(array, rng) for name, array in given.items()}


def uniform(rng: Random, low: float, high: float, shape: tuple[int, ...]) -> Array:
    """Uniform draws; NumPy's own generators take longer to import than a document to read."""
    draws = np.frombuffer(rng.randbytes(4 * math.prod(shape)), np.uint32).reshape(shape)
    return low + (high - low) * (draws / 2.0**32)


def _draw(array: Array, rng: Random) -> Array:
    shape = (POINTS, *array.shape)
    near = array * (1 + uniform(rng, -0.4, 0.4, shape)) + uniform(rng, -0.3, 0.3, shape)
    far = uniform(rng, 0.2, 2.0, shape) * np.sign(uniform(rng, -1.0, 1.0, shape))
    points = np.where(np.arange(POINTS).reshape(-1, *[1] * array.ndim) <= NEAR, near, far)
    points[0] = array
    return points


class Points(dict[str, Array]):
    """The value of each name at the points, computed when it is first asked for; vectors as columns."""

    def __init__(
        self,
        world: World,
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

    def forget(self, name: str) -> None:
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
                values = {parameter: self._raw(parameter), RATE: rate, _SLOPE: gradient, **state}
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
        lineage = world.lineage([name])
        for stated in lineage & self.stated.keys():
            if stated not in self.raw:
                self._take_stated(stated)
        for needed in lineage & world.given.keys():
            if needed not in self.start:
                self.start |= drawn({needed: world.given[needed]})
            self.raw[needed] = self.start[needed]
        for node in sorted((n for n in lineage if n in world.nodes), key=world.order.__getitem__):
            if node not in self.raw:
                values = self if node in world.written else self.raw
                value = np.asarray(evaluate(world.nodes[node].formula, values, lead=1))
                self.raw[node] = np.broadcast_to(value, (POINTS, *value.shape[1:]))

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
            self.start |= drawn({key: array})
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
