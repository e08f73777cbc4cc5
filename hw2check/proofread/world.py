"""What a document may speak of: the quantities of the declared problems, at sample points.

Vectors are columns here, as written mathematics has them. The first sample point is the given one; the others
vary what is given, and every node and derivative is computed along the graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property

import numpy as np

from hw2check.calculus.values import ShapeError
from hw2check.errors import HW2CheckError
from hw2check.formula.functions import Array
from hw2check.formula.graph import Node
from hw2check.formula.names import canonical
from hw2check.formula.notation import UserFunction
from hw2check.formula.quantity import total, updated
from hw2check.formula.tree import Expression, Name, names, substitute
from hw2check.problem.model import RATE_NAMES, Problem
from hw2check.problem.optimiser import RATE
from hw2check.proofread.letters import LetterFunctions
from hw2check.proofread.looseness import Looseness
from hw2check.proofread.points import SLOPE, Derivative, Points, Rule, nearby, sampled, varying


class World:
    """The declared quantities, and those that the document itself defines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Raises HW2CheckError where two problems state the same name differently."""
        self.problems = tuple(problems)
        self.given: dict[str, Array] = {}
        self.kept: dict[str, int | None] = {}  # givens whose entries may only change places
        self.nodes: dict[str, Node] = {}
        self.order: dict[str, int] = {}
        self.seeds: dict[str, dict[str, Array]] = {}  # a loss that is no node -> its upstream gradients
        self.losses: dict[str, Problem] = {}
        self.parameters: dict[str, str] = {}  # a parameter -> its loss
        self.rules: dict[str, Rule] = {}  # how they are updated, where not by plain descent
        self.derivatives: dict[str, Derivative] = {}
        self.functions: dict[str, UserFunction] = {}
        self.written: set[str] = set()  # nodes that the document defines
        self.users: dict[str, set[str]] = {}  # a name -> the nodes of the document whose formulas name it
        self.edits = 0  # how often a name has got another meaning than before
        self.axis = 0
        self.changes = 0  # how often a name has got a formula
        self._looseness = Looseness(self)
        self._letters = LetterFunctions(self)
        self._meanings: dict[str, str | None] = {}  # what spellings mean, while no name is added
        for problem in problems:
            self._take(problem)
        self.declared = frozenset((*self.given, *self.nodes, *self.updated))

    def _take(self, problem: Problem) -> None:
        for name, array in problem.given.items():
            if name in self.nodes or not np.array_equal(self.given.setdefault(name, array), array):
                raise _conflict(problem, name)
        self.kept.update(problem.kept)
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
        is_new = not self.has(name) and name not in self.loose
        self._add(Node(name, formula, names(formula)))
        self.written.add(name)
        for used in self.nodes[name].inputs:
            self.users.setdefault(used, set()).add(name)
        if not is_new:
            self.given.pop(name, None)
            self._forget(name)

    def state(self, name: str, value: Array) -> None:
        """A value that the document gives itself."""
        is_new = not self.has(name) and name not in self.loose
        self.given[name] = value
        self._meanings.clear()
        if not is_new:
            self.nodes.pop(name, None)
            self.written.discard(name)
            self._forget(name)

    @property
    def loose(self) -> AbstractSet[str]:
        """Undeclared names, which stand for any number."""
        return self._looseness.names

    def loosen(self, unknown: Iterable[str]) -> None:
        """These undeclared names stand for any number, until they get a value or a formula."""
        self._looseness.add(unknown)

    def is_loose(self, used: Iterable[str]) -> bool:
        """Whether some of the names, or of what they depend on, stand for any number."""
        return self._looseness.any(used)

    def _forget(self, name: str) -> None:
        """The values of what has another meaning now, and of all that depends on it."""
        self.edits += 1
        self._looseness.forget()
        changed, waiting = {name}, [name]
        while waiting:
            for user in self.users.get(waiting.pop(), ()):
                if user not in changed and user in self.nodes:
                    changed.add(user)
                    waiting.append(user)
        for user in sorted(changed - {name}, key=self.order.__getitem__):
            self.changes += 1
            self.order[user] = self.changes
        for points in (self.points, self.totals):
            points.forget(changed)
        self.__dict__.pop("nearby", None)

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
        if by not in self.given and by not in self.nodes and by not in self.loose:
            return None
        of = self._loss(of, by) or of
        if of not in self.nodes and of not in self.seeds:
            return None
        name = total(of, by)
        self.derivatives[name] = Derivative(of, by)
        return name

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

    def lineage(self, wanted: Iterable[str]) -> set[str]:
        """The names and all that they depend on, derivatives included."""
        found: set[str] = set()
        waiting = list(wanted)
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            waiting.extend(self.direct(name))
        return found

    def direct(self, name: str) -> tuple[str, ...]:
        """What a name depends on, one step far."""
        if name in self.nodes:
            return self.nodes[name].inputs
        if name in self.derivatives and not self.is_upstream(name):
            derivative = self.derivatives[name]
            inputs = self.nodes[derivative.of].inputs if derivative.of in self.nodes else ()
            return (*self.seeds.get(derivative.of, ()), derivative.by, *inputs)
        if name in self.updated:
            parameter = self.updated[name]
            slope = self.derivative(self.parameters[parameter], parameter)
            return (parameter, RATE, *([slope] if slope else []))
        return ()

    @cached_property
    def relu_at_zero(self) -> Expression | None:
        """What the problems declare as the derivative of relu at 0."""
        stated = (problem.vocabulary.relu_at_zero for problem in self.problems)
        return next((slope for slope in stated if slope is not None), None)

    def function(self, letter: str, suffix: str) -> UserFunction | None:
        """The function that a letter with a subscript means."""
        return self._letters.function(letter, suffix)

    def node_of(self, letter: str, suffix: str) -> str | None:
        """The one node whose subscript is the suffix: f_6 stands for x6."""
        return self._letters.node_of(letter, suffix)

    @cached_property
    def points(self) -> Points:
        """Every quantity at POINTS points, dU/dV as the local partial where U's formula names V."""
        return Points(self, sampled(self.given, self.kept), total=False)

    @cached_property
    def totals(self) -> Points:
        """The same points, dU/dV always as the total derivative."""
        return Points(self, self.points.start, total=True)

    def varying(self, reached: Iterable[str]) -> Points:
        """Points where only the givens among these names vary."""
        wanted = set(reached)
        fixed = frozenset(name for name in self.derivatives if self.is_upstream(name) and name not in wanted)
        return Points(self, varying(self.points.start, wanted & self.given.keys()), total=False, fixed=fixed)

    @cached_property
    def nearby(self) -> Points:
        """Points so near the given one that relu and its kin stay on one branch."""
        return Points(self, nearby(self.points.start, self.kept.keys()), total=False)

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a known quantity; () for an unknown one."""
        try:
            return self.points[name].shape[1:] if self.has(name) else ()
        except ShapeError:  # what it is made of has got other shapes since
            self.drop(name)
            return ()

    def drop(self, name: str) -> None:
        """A quantity of the document that has no value any more is not declared."""
        self.nodes.pop(name, None)
        self.given.pop(name, None)
        self.written.discard(name)
        self._meanings.clear()
        self._forget(name)


def _rule(problem: Problem, parameter: str) -> Rule:
    """The updated parameter by the parameter, its gradient, the learning rate and the state."""
    done: dict[str, Expression] = {}
    for name, formula in problem.optimiser.formulas(parameter, SLOPE).items():
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
