"""A problem file, read: what is given, the graph, and what is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from hw2check.calculus.values import evaluate
from hw2check.errors import HW2CheckError
from hw2check.formula.expression import ZERO, Expression, Pow, is_closed, number, to_text, walk
from hw2check.formula.functions import FUNCTIONS, WHOLE, Array
from hw2check.formula.graph import CycleError, Graph, ancestors, descendants, make_graph
from hw2check.formula.names import canonical, did_you_mean, is_name, partial_parts
from hw2check.formula.notation import NotationError, UserFunction, Vocabulary, parse
from hw2check.formula.numeral import Numeral, is_text
from hw2check.problem.layers.kinds import expand_layers
from hw2check.problem.losses import Output, read_loss
from hw2check.problem.optimiser import ALIASES, DESCENT, RATE, Optimiser, read_optimiser, read_steps
from hw2check.reading.source import Path, Source
from hw2check.reading.written import check_keys, read_number, read_table, read_written

PROBLEM_KEYS = (
    "title",
    "description",
    "batch",
    "weights",
    "learning_rate",
    "parameters",
    "optimiser",
    "optimizer",
    "steps",
    "loss",
    "relu_derivative_at_0",
    "functions",
    "given",
    "nodes",
    "layer",
    "upstream",
    "expected",
    "points",
    "marking",
    "$schema",
)
LOSS = "Loss"  # the name of the loss where no node has it
TARGET = "target"  # what the output of a dense network is compared with
RATE_NAMES = ("learning_rate", "eta", "lr")


@dataclass(frozen=True, slots=True)
class Problem:
    """What a problem file says, checked."""

    source: Source
    title: str
    dense: bool  # written as layers
    given: Mapping[str, Array]
    graph: Graph
    loss: str | None  # LOSS where upstream gradients are given, a node's name, or None
    upstream: Mapping[str, Array]  # dLoss/dnode as given
    learning_rate: Array | None
    parameters: tuple[str, ...]
    vocabulary: Vocabulary  # for formulas of nodes: givens and nodes
    places: Mapping[str, Path] = field(default_factory=dict)  # where each given and node stands
    digits: Mapping[str, tuple[Numeral, ...]] = field(default_factory=dict)  # of givens, as typed, row by row
    kept: Mapping[str, int | None] = field(default_factory=dict)  # givens whose entries may only change
    # places, along an axis or, for None, all of them: one-hot targets, the words of sentences, masks
    optimiser: Optimiser = DESCENT
    steps: int = 1  # how many updates are made one after the other
    state: Mapping[str, Array] = field(default_factory=dict)  # what the steps before left
    of_optimiser: frozenset[str] = frozenset()  # the state, and what is computed besides the new parameters
    moved: frozenset[str] = frozenset()  # the nodes that change when the parameters do

    def names(self) -> Iterable[str]:
        """The givens, then the nodes in order."""
        return (*self.given, *self.graph.by_name)

    def has(self, name: str) -> bool:
        """Whether a given or a node has this name."""
        return name in self.given or name in self.graph.by_name

    def resolve(self, spelt: str) -> str | None:
        """The quantity that a spelling means: a given, a node, dU/dV, p_new or the learning rate."""
        name = canonical(spelt)
        if self.has(name):
            return name
        if "@" in name:
            return self._of_step(name)
        parts = partial_parts(name)
        if parts is not None:
            return self._partial(*parts)
        if name.endswith("_new") and name[:-4] in self.parameters:
            return name
        if name in self.of_optimiser:
            return name
        if name.startswith("delta"):
            return self._delta(name)
        if self.optimiser is not DESCENT and (own := ALIASES.get(name, name)) in self.optimiser.constants:
            return own
        return RATE if name in RATE_NAMES and self.learning_rate is not None else None

    def _of_step(self, name: str) -> str | None:
        """The quantity X of the k-th step, X@k: what a step does not change has its own name."""
        of, _, step = name.rpartition("@")
        base = self.resolve(of)
        if base is None or "@" in base or not step.isdecimal() or not 1 <= int(step) <= self.steps:
            return None
        if base in self.parameters or base in self.state:
            return base if step == "1" else at_step(f"{base}_new", int(step) - 1)
        constant = base in self.optimiser.constants and base != "t"
        changes = base not in self.given and base != RATE and not constant
        fixed = base in self.graph.by_name and base not in self.moved
        return at_step(base, int(step)) if changes and not fixed else base

    def _partial(self, of: str, by: str) -> str | None:
        if not self.has(by):
            return None
        if of in self.graph.by_name:
            return f"d{of}/d{by}"
        is_loss = of.lower() in {"loss", "l"} and of not in self.given
        return f"d{self.loss or LOSS}/d{by}" if is_loss else None

    def _delta(self, name: str) -> str | None:
        """dLoss/dZ1 for delta1, delta_1, δ^(1) and δ^{(1)}: the error of a layer, by its net input."""
        match = _DELTA.match(name)
        net = canonical(f"Z_{match[1]}") if match else ""
        return self._partial(self.loss or LOSS, net) if net in self.graph.by_name else None

    def mention(self, spelt: str) -> str | None:
        """The quantity that a spelling means within a written formula.

        dU/dV is the local partial ∂U/∂V where U's formula names V and U is not the loss.
        """
        if "@" in spelt:
            of, _, step = spelt.rpartition("@")
            own, base = self.resolve(spelt), self.mention(of)
            if own is None or base is None or "@" not in own:
                return own
            return at_step(base, int(step)) if base.startswith("∂") else own
        name = self.resolve(spelt)
        parts = partial_parts(name) if name is not None else None
        if parts is None or parts[0] == self.loss:
            return name
        node = self.graph.by_name.get(parts[0])
        return f"∂{parts[0]}/∂{parts[1]}" if node and parts[1] in node.inputs else name

    def quantities(self) -> tuple[str, ...]:
        """The names that an answer may most naturally have, for hints."""
        names = list(self.graph.by_name)
        if self.loss is not None:
            names += [f"d{self.loss}/d{name}" for name in self.names()]
        names += [f"d{node.name}/d{used}" for node in self.graph.nodes for used in node.inputs]
        return (*names, *(f"{name}_new" for name in self.parameters))


def at_step(name: str, step: int) -> str:
    """The name of a quantity in the k-th step: X@k, in the first step X."""
    return name if step == 1 else f"{name}@{step}"


def read_problem(source: Source) -> Problem:
    """The problem that a file states.

    Raises HW2CheckError, with the place, for whatever cannot be understood or does not fit together.
    """
    return _Reader(source).problem()


class _Reader:
    """Reads one problem file from its top down."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.data = source.data
        self.places: dict[str, Path] = {}
        self.spelt: dict[str, str] = {}
        self.digits: dict[str, tuple[Numeral, ...]] = {}
        self.kept: dict[str, int | None] = {}

    def problem(self) -> Problem:
        check_keys(self.source, self.data, PROBLEM_KEYS)
        batch, in_out = self.batch(), self.in_out()
        relu_at_zero = self.relu_at_zero()
        functions = self.functions()
        given = self.given()
        formulas = self.nodes()
        parameters: tuple[str, ...] = ()
        if "layer" in self.data:
            network = expand_layers(self.source, given, batch, in_out, functions)
            parameters = tuple(network.parameters)
            for name, path in network.places.items():
                self.declare(name, path)
            given |= network.given
            formulas |= network.formulas
            self.kept |= network.kept
            name = network.current
            output = Output(name, network.shapes[name], network.activation, batch, tuple(network.weights))
            self.add_loss(output, given, formulas)
        elif not formulas:
            raise HW2CheckError(
                "the file has no [nodes] and no [[layer]]",
                self.source.place(()),
                "state a computation graph in [nodes] or a dense network in [[layer]] tables",
            )
        vocabulary = Vocabulary(
            self.known, lambda: tuple(self.places), functions, int(batch == "rows"), relu_at_zero
        )
        graph = self.graph(formulas, vocabulary)
        parameters = self.parameters(given, graph, parameters)
        loss, upstream = self.loss(graph)
        optimiser, rate = read_optimiser(self.source, parameters, given)
        self.digits |= optimiser.digits
        problem = Problem(
            self.source,
            self.text("title"),
            "layer" in self.data,
            given,
            graph,
            loss,
            upstream,
            self.learning_rate(rate),
            parameters,
            vocabulary,
            self.places,
            self.digits,
            self.kept,
            optimiser,
            self.steps(parameters),
        )
        return self.optimised(problem)

    def optimised(self, problem: Problem) -> Problem:
        """The problem, with the names that its optimiser needs."""
        optimiser, parameters = problem.optimiser, problem.parameters
        if optimiser is DESCENT and problem.steps == 1:
            return problem
        used = {name for node in problem.graph.nodes for name in node.inputs}
        for name in self.data.get("given", {}) if optimiser is not DESCENT else ():
            meant = optimiser.constants.get(ALIASES.get(canonical(name), canonical(name)))
            if meant is not None and canonical(name) not in used:
                raise self.error(
                    f"{name} is given and no node uses it, but the optimiser has {meant.text}",
                    ("given", name),
                    "state it in [optimiser], or rename it",
                )
        computed = {
            name
            for parameter in parameters
            for name in optimiser.formulas(parameter, f"d{problem.loss}/d{parameter}")
            if name != f"{parameter}_new"
        }
        state = {
            name: optimiser.state.get(name, np.zeros_like(problem.given[parameter]))
            for parameter in parameters
            for name in optimiser.before(parameter)
        }
        own = frozenset(computed | state.keys())
        for name in sorted(own & self.places.keys()):
            raise self.error(
                f"{name} belongs to the optimiser and cannot be defined", self.places[name], "rename it"
            )
        return replace(problem, state=state, of_optimiser=own, moved=descendants(problem.graph, parameters))

    def steps(self, parameters: tuple[str, ...]) -> int:
        steps = read_steps(self.source)
        if steps > 1 and not parameters:
            raise self.error("there are steps, but no parameters", ("steps",), 'parameters = ["w", "b"]')
        return steps

    def error(self, message: str, path: Path, hint: str = "") -> HW2CheckError:
        return HW2CheckError(message, self.source.place(path), hint)

    def text(self, key: str) -> str:
        value = self.data.get(key, "")
        if not is_text(value):
            raise self.error(f"{key} must be text in quotes", (key,))
        return value

    def batch(self) -> str:
        batch = self.text("batch") or "columns"
        if batch not in {"columns", "rows"}:
            raise self.error(f"batch cannot be {batch!r}", ("batch",), 'batch = "columns" or batch = "rows"')
        return batch

    def in_out(self) -> bool:
        weights = self.text("weights") or "out_in"
        if weights not in {"out_in", "in_out"}:
            raise self.error(
                f"weights cannot be {weights!r}",
                ("weights",),
                'weights = "out_in" has one row per output, weights = "in_out" one per input',
            )
        return weights == "in_out"

    def relu_at_zero(self) -> Expression | None:
        key = "relu_derivative_at_0"
        if key not in self.data:
            return None
        value = number(read_number(self.source, (key,), self.data[key]).value)
        return None if value == ZERO else value

    def learning_rate(self, of_optimiser: Numeral | None) -> Array | None:
        if RATE in self.data:
            numeral = read_number(self.source, (RATE,), self.data[RATE])
        elif of_optimiser is not None:
            numeral = of_optimiser
        else:
            return None
        if RATE in self.places:
            raise self.error(
                f"{RATE} is stated twice",
                self.places[RATE],
                "leave it out here: the one for updates is known",
            )
        self.digits[RATE] = (numeral,)
        return np.asarray(float(numeral))

    def functions(self) -> dict[str, UserFunction]:
        functions: dict[str, UserFunction] = {}
        for head, body in read_table(self.source, self.data, "functions").items():
            path = ("functions", head)
            match = _HEAD.match(head)
            if match is None or not is_text(body):
                raise self.error(
                    "a function is not stated as a formula of its arguments", path, _FUNCTION_HINT
                )
            name, parameters = match[1], tuple(part.strip() for part in match[2].split(","))
            if not all(is_name(parameter) for parameter in parameters) or len(set(parameters)) < len(
                parameters
            ):
                raise self.error(f"the arguments of {name} must be different names", path, _FUNCTION_HINT)
            if name in functions or name in FUNCTIONS or name in WHOLE:
                why = "is defined twice" if name in functions else "is built in"
                raise self.error(f"the function {name} {why}", path, "choose another name")
            own = {canonical(parameter): parameter for parameter in parameters}
            vocabulary = Vocabulary(partial(_look_up, own), own.values, functions)
            functions[name] = UserFunction(parameters, self.parsed(body, path, vocabulary))
        return functions | self.slopes(functions)

    def slopes(self, functions: Mapping[str, UserFunction]) -> dict[str, UserFunction]:
        """F' for each function f of one argument whose derivative the rules of calculus give."""
        slopes = {}
        for name, function in functions.items():
            if len(function.parameters) == 1:
                (parameter,) = function.parameters
                from hw2check.calculus.rules import derivative_by_rules

                with suppress(KeyError):
                    derived = derivative_by_rules(function.body, parameter, self.relu_at_zero())
                    slopes[f"{name}'"] = UserFunction((parameter,), derived)
        return slopes

    def declare(self, spelt: str, path: Path) -> str:
        if not is_name(spelt):
            raise self.error(
                f"{spelt!r} cannot name a quantity",
                path,
                "a name is a letter, then letters, digits and underscores",
            )
        name = canonical(spelt)
        if name in self.places:
            first = self.source.place(self.places[name])
            also = "" if self.spelt[name] == spelt else f" ({self.spelt[name]} and {spelt} are one name)"
            raise self.error(
                f"{name} is defined twice{also}", path, f"its first definition is in line {first.line}"
            )
        self.places[name] = path
        self.spelt[name] = spelt
        return name

    def known(self, spelt: str) -> str | None:
        name = canonical(spelt)
        return name if name in self.places else None

    def given(self) -> dict[str, Array]:
        table = read_table(self.source, self.data, "given")
        given = {}
        for spelt, raw in table.items():
            name, written = (
                self.declare(spelt, ("given", spelt)),
                read_written(self.source, ("given", spelt), raw),
            )
            given[name] = written.array
            self.digits[name] = written.numerals
        return given

    def nodes(self) -> dict[str, str]:
        formulas = {}
        for spelt, formula in read_table(self.source, self.data, "nodes").items():
            path = ("nodes", spelt)
            if not is_text(formula):
                raise self.error(
                    f"{spelt} has no formula",
                    path,
                    'a node is a formula in quotes: y = "sigmoid(x)"; numbers go into [given]',
                )
            formulas[self.declare(spelt, path)] = formula
        return formulas

    def add_loss(self, output: Output, given: dict[str, Array], formulas: dict[str, str]) -> None:
        table = self.data.get("loss")
        if not isinstance(table, dict):
            return
        loss = read_loss(self.source, table, output)
        formulas[self.declare(LOSS, loss.path)] = loss.formula
        if loss.target is None:
            return
        given[self.declare(TARGET, ("loss", TARGET))] = loss.target
        if loss.kept:
            self.kept[TARGET] = loss.axis

    def parsed(self, text: str, path: Path, vocabulary: Vocabulary) -> Expression:
        try:
            expression = parse(text, vocabulary)
        except NotationError as error:
            raise HW2CheckError(error.message, self.source.place(path, error.offset), error.hint) from None
        self.check_literals(expression, path)
        return expression

    def check_literals(self, expression: Expression, path: Path) -> None:
        """No literal part may overflow: 9^9^9^9 is a slip, or meant to harm."""
        for part in walk(expression):
            if isinstance(part, Pow) and is_closed(part) and not np.all(np.isfinite(evaluate(part, {}))):
                raise self.error(f"{to_text(part)[:60]} has no finite value", path)

    def graph(self, formulas: Mapping[str, str], vocabulary: Vocabulary) -> Graph:
        trees = {}
        for name, text in formulas.items():
            trees[name] = self.parsed(text, self.places[name], vocabulary)
        try:
            return make_graph(trees)
        except CycleError as error:
            first = self.places[error.cycle[0]]
            raise self.error(f"the nodes depend on each other in a circle: {error}", first) from None

    def parameters(
        self, given: Mapping[str, Array], graph: Graph, default: tuple[str, ...]
    ) -> tuple[str, ...]:
        stated = self.data.get("parameters")
        if stated is None:
            return default
        if not isinstance(stated, list) or not all(is_text(name) for name in stated):
            raise self.error("parameters must be a list of names", ("parameters",), 'parameters = ["a", "b"]')
        names = []
        for index, spelt in enumerate(stated):
            name = canonical(spelt)
            if name not in given or name in names:
                why = "is listed twice" if name in names else "is not in [given]"
                hint = did_you_mean(name, given) if name not in given else ""
                node = "a node is computed, so it cannot be a parameter" if name in graph.by_name else hint
                raise HW2CheckError(
                    f"the parameter {spelt} {why}", self.source.value_place(("parameters", index)), node
                )
            if f"{name}_new" in self.places:
                raise self.error(
                    f"{name}_new is the updated {name} and cannot be defined",
                    self.places[f"{name}_new"],
                    "rename it",
                )
            names.append(name)
        return tuple(names)

    def loss(self, graph: Graph) -> tuple[str | None, dict[str, Array]]:
        upstream = self.upstream(graph)
        stated = self.data.get("loss")
        if stated is None or isinstance(stated, dict):
            if isinstance(stated, dict) and LOSS not in graph.by_name:
                raise self.error(
                    "a [loss] table belongs to [[layer]] tables", ("loss",), 'loss = "L", a node\'s name'
                )
            name = LOSS if LOSS in graph.by_name else None
        else:
            name = canonical(stated) if isinstance(stated, str) else ""
            if name not in graph.by_name:
                raise self.error(
                    f"the loss {stated} is not a node", ("loss",), did_you_mean(name, graph.by_name)
                )
        if name and upstream:
            raise self.error(
                f"{name} is the loss, so no gradient can come from above it", ("upstream",), "keep one"
            )
        return name or (LOSS if upstream else None), upstream

    def upstream(self, graph: Graph) -> dict[str, Array]:
        upstream: dict[str, Array] = {}
        for spelt, raw in read_table(self.source, self.data, "upstream").items():
            path = ("upstream", spelt)
            parts = partial_parts(spelt)
            name = parts[1] if parts else canonical(spelt)
            if name not in graph.by_name:
                raise self.error(f"{spelt} is not a node", path, did_you_mean(name, graph.by_name))
            below = descendants(graph, [name]) & upstream.keys() | ancestors(graph, [name]) & upstream.keys()
            if below:
                raise self.error(
                    f"{name} and {min(below)} depend on each other and both have an upstream gradient",
                    path,
                    "give it for the later one only: the other follows by the chain rule",
                )
            upstream[name] = read_written(self.source, path, raw).array
        return upstream


def _look_up(own: Mapping[str, str], spelt: str) -> str | None:
    return own.get(canonical(spelt))


_DELTA = re.compile(r"delta[_^]?\(?(\w+?)\)?\Z")
_HEAD = re.compile(r"\s*([^\W\d]\w*)\s*\(([^()]*)\)\s*\Z")
_FUNCTION_HINT = '"f5(x)" = "1/(1 + exp(-x))"'
