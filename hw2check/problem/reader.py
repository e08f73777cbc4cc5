"""A problem file, read: what is given, the graph, and what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from hw2check.errors import HW2CheckError
from hw2check.formula.functions import Array
from hw2check.formula.graph import CycleError, Graph, ancestors, descendants, make_graph
from hw2check.formula.names import canonical, did_you_mean
from hw2check.formula.notation import Vocabulary
from hw2check.formula.numeral import Numeral, is_text
from hw2check.formula.quantity import derivative_parts, total, updated
from hw2check.problem.declarations import Declarations
from hw2check.problem.layers.builder import Network
from hw2check.problem.layers.kinds import expand_layers
from hw2check.problem.losses import Output, read_loss
from hw2check.problem.model import LOSS, TARGET, Problem
from hw2check.problem.optimiser import ALIASES, DESCENT, RATE, read_optimiser, read_steps
from hw2check.reading.source import Source
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
NOTHING = "the file has no [nodes] and no [[layer]]"
NOTHING_HINT = "state a computation graph in [nodes] or a dense network in [[layer]] tables"


def read_problem(source: Source) -> Problem:
    """The problem that a file states.

    Raises HW2CheckError, with the place, for whatever cannot be understood or does not fit together.
    """
    return _Reader(source).problem()


class _Reader(Declarations):
    """Reads one problem file from its top down."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
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
            self.take(network, batch, given, formulas)
        elif not formulas:
            raise HW2CheckError(NOTHING, self.source.place(()), NOTHING_HINT)
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

    def take(self, network: Network, batch: str, given: dict[str, Array], formulas: dict[str, str]) -> None:
        """Adds the givens and nodes of a layered network, and its loss."""
        for name, path in network.places.items():
            self.declare(name, path)
        given |= network.given
        formulas |= network.formulas
        self.kept |= network.kept
        name = network.current
        output = Output(name, network.shapes[name], network.activation, batch, tuple(network.weights))
        self.add_loss(output, given, formulas)

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
            for name in optimiser.formulas(parameter, total(problem.loss or LOSS, parameter))
            if name != updated(parameter)
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
            if (new := updated(name)) in self.places:
                raise self.error(
                    f"{new} is the updated {name} and cannot be defined",
                    self.places[new],
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
            parts = derivative_parts(spelt)
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
