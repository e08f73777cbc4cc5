"""The backward pass on random graphs, against derivations that share nothing with it.

Each graph is written as a problem file and read by hw2check. The same graph is composed here a second time
from plain Python functions, and derived by autograd, by mpmath at 50 digits and by central differences.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import autograd
import autograd.numpy as anp
import mpmath
import numpy as np
import pytest
from autograd.extend import defvjp, primitive

from hw2check.check.file import check_file
from hw2check.formula.functions import FUNCTIONS
from hw2check.problem.model import Problem
from hw2check.problem.reader import read_problem
from hw2check.reading.source import read_source
from hw2check.truth.derived import Truth
from hw2check.truth.forward import forward
from tests.support import FIXTURES, verdicts

GRAPHS = 320
BATCH = 16  # graphs in one test
RTOL = 1e-8
CLEAR = 1e-3  # distance that is kept from every kink

mp = mpmath.mp.clone()
mp.dps = 50

erf = primitive(np.vectorize(math.erf))
defvjp(erf, lambda _, x: lambda g: g * 2 / math.sqrt(math.pi) * anp.exp(-(x**2)))


class Kit:
    """The functions of the language over one kind of number, written from their definitions."""

    def __init__(self, library: Any, erf: Callable[[Any], Any], pi: Any, plain: Callable[[Any], Any]) -> None:
        self.library, self.erf, self.pi = library, erf, pi
        self.plain = plain  # a constant: 0.01 as the nearest float, in this kind of number
        self.clearance = math.inf  # the least distance to a kink so far

    def __getattr__(self, name: str) -> Any:
        return getattr(self.library, name)

    def side(self, x: Any) -> bool:
        """Whether x > 0, and how near x has come to 0."""
        self.clearance = min(self.clearance, abs(float(getattr(x, "_value", x))))
        return bool(x > 0)

    def sigmoid(self, x: Any) -> Any:
        return 1 / (1 + self.exp(-x))

    def softplus(self, x: Any) -> Any:
        return self.log(1 + self.exp(x))

    def silu(self, x: Any) -> Any:
        return x * self.sigmoid(x)

    def silu_slope(self, x: Any) -> Any:
        s = self.sigmoid(x)
        return s * (1 + x * (1 - s))

    def cdf(self, x: Any) -> Any:
        return (1 + self.erf(x / self.sqrt(self.plain(2)))) / 2

    def gelu(self, x: Any) -> Any:
        return x * self.cdf(x)

    def gelu_slope(self, x: Any) -> Any:
        return self.cdf(x) + x * self.exp(-x * x / 2) / self.sqrt(2 * self.pi)

    def relu(self, x: Any) -> Any:
        return x if self.side(x) else 0 * x

    def step(self, x: Any) -> Any:
        return 1 + 0 * x if self.side(x) else 0 * x

    def sign(self, x: Any) -> Any:
        return 2 * self.step(x) - 1

    def absolute(self, x: Any) -> Any:
        return x if self.side(x) else -x

    def leaky_relu(self, x: Any, slope: Any) -> Any:
        return x if self.side(x) else slope * x

    def leaky_slope(self, x: Any, slope: Any) -> Any:
        return 1 + 0 * x if self.side(x) else slope

    def elu(self, x: Any, alpha: Any) -> Any:
        return x if self.side(x) else alpha * (self.exp(x) - 1)

    def elu_slope(self, x: Any, alpha: Any) -> Any:
        return 1 + 0 * x if self.side(x) else alpha * self.exp(x)

    def cross_entropy(self, target: Any, p: Any) -> Any:
        return -(target * self.log(p) + (1 - target) * self.log(1 - p))

    def greatest(self, *values: Any) -> Any:
        best = values[0]
        for value in values[1:]:
            best = value if self.side(value - best) else best
        return best

    def least(self, *values: Any) -> Any:
        return -self.greatest(*(-value for value in values))


FLOATS = Kit(math, math.erf, math.pi, float)
DUAL = Kit(anp, erf, math.pi, float)
DIGITS = Kit(mp, mp.erf, mp.pi, mp.mpf)

Formula = Callable[..., Any]  # (kit, *arguments)

# A formula of the file with places for names, and its meaning.
TEMPLATES: tuple[tuple[str, Formula], ...] = (
    ("{0}*{1} + {2}", lambda _, a, b, c: a * b + c),
    ("{0} - {1} - {2}", lambda _, a, b, c: a - b - c),
    ("{0} - ({1} - 2*{2})", lambda _, a, b, c: a - (b - 2 * c)),
    ("-{0}^2 + 3*{1}", lambda _, a, b: -(a * a) + 3 * b),
    ("({0} + {1})^3/4", lambda _, a, b: (a + b) ** 3 / 4),
    ("{0}*{1}*{2}", lambda _, a, b, c: a * b * c),
    ("{0}/({1}^2 + 1)", lambda _, a, b: a / (b * b + 1)),
    ("{0}/(2 + {1}^2)/(1 + {2}^2)", lambda _, a, b, c: a / (2 + b * b) / (1 + c * c)),
    ("sigmoid({0}*{1})", lambda k, a, b: k.sigmoid(a * b)),
    ("1/(1 + exp(-{0} - {1}))", lambda k, a, b: 1 / (1 + k.exp(-a - b))),
    ("tanh({0} + {1}*{2})", lambda k, a, b, c: k.tanh(a + b * c)),
    ("exp({0})/(exp({0}) + exp({1}) + exp({2}))", lambda k, a, b, c: 1 / (1 + k.exp(b - a) + k.exp(c - a))),
    ("exp(-{0}^2/2)", lambda k, a: k.exp(-(a * a) / 2)),
    ("log({0}^2 + 1)", lambda k, a: k.log(a * a + 1)),
    ("sqrt({0}^2 + {1}^2 + 0.5)", lambda k, a, b: k.sqrt(a * a + b * b + k.plain(0.5))),
    ("sin({0})*cos({1})", lambda k, a, b: k.sin(a) * k.cos(b)),
    ("tan(0.25*tanh({0}))", lambda k, a: k.tan(k.plain(0.25) * k.tanh(a))),
    ("sinh({0}/4) - cosh({1}/4)", lambda k, a, b: k.sinh(a / 4) - k.cosh(b / 4)),
    ("softplus({0} - {1})", lambda k, a, b: k.softplus(a - b)),
    ("silu({0})*{1}", lambda k, a, b: k.silu(a) * b),
    ("silu'({0}) + {1}", lambda k, a, b: k.silu_slope(a) + b),
    ("gelu({0} + {1})", lambda k, a, b: k.gelu(a + b)),
    ("gelu'({0})", lambda k, a: k.gelu_slope(a)),
    ("relu({0}*{1} + {2})", lambda k, a, b, c: k.relu(a * b + c)),
    ("relu({0}) - relu(-{1})", lambda k, a, b: k.relu(a) - k.relu(-b)),
    ("relu'({0})*{1}", lambda k, a, b: k.step(a) * b),
    ("step({0})*{1} + {0}", lambda k, a, b: k.step(a) * b + a),
    ("sign({0})*{1}^2", lambda k, a, b: k.sign(a) * b * b),
    ("abs({0} - {1})", lambda k, a, b: k.absolute(a - b)),
    ("leaky_relu({0})", lambda k, a: k.leaky_relu(a, k.plain(0.01))),
    ("leaky_relu({0} - {1}, {2})", lambda k, a, b, c: k.leaky_relu(a - b, c)),
    ("leaky_relu'({0}, {1})*{2}", lambda k, a, b, c: k.leaky_slope(a, b) * c),
    ("elu({0})", lambda k, a: k.elu(a, k.plain(1))),
    ("elu({0}, {1})", lambda k, a, b: k.elu(a, b)),
    ("elu'({0}, {1})", lambda k, a, b: k.elu_slope(a, b)),
    ("max({0}, {1})*{2}", lambda k, a, b, c: k.greatest(a, b) * c),
    ("max({0}, {1}, {2}, 0.1)", lambda k, a, b, c: k.greatest(a, b, c, k.plain(0.1))),
    ("min({0}*{1}, {2})", lambda k, a, b, c: k.least(a * b, c)),
    ("({0} > {1})*{2} + ({0} <= {1})*{0}", lambda k, a, b, c: c + 0 * a if k.side(a - b) else a),
    ("({0}^2 + 1)^({1}/3)", lambda _, a, b: (a * a + 1) ** (b / 3)),
    ("2^{0} - pi*{1}", lambda k, a, b: k.plain(2) ** a - k.pi * b),
    ("({0} - {1})^2/2", lambda _, a, b: (a - b) ** 2 / 2),
    (
        "-({0}*log(sigmoid({1})) + (1 - {0})*log(1 - sigmoid({1})))",
        lambda k, t, z: k.cross_entropy(t, k.sigmoid(z)),
    ),
    ("sum({0}) + mean({1})", lambda _, a, b: a + b),
    ("{0}", lambda _, a: a),
    ("{0} + {0} + 1", lambda _, a: a + a + 1),
    ("f({0}, {1})", lambda k, a, b: a * k.exp(-b * b)),
)  # fmt: skip


class Part(NamedTuple):
    """One node: which names its formula takes, in order, and what it means."""

    text: str
    meaning: Formula
    arguments: tuple[str, ...]


class RandomGraph(NamedTuple):
    given: dict[str, float]
    nodes: dict[str, Part]  # in order
    upstream: dict[str, float]  # what arrives at the outputs; 1 for a loss node
    loss: str  # a node, or Loss
    parameters: tuple[str, ...]
    toml: str


def computed(
    nodes: Mapping[str, Part], kit: Kit, start: Mapping[str, Any], held: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Every value; a name in `held` keeps the value that stands there, whatever its formula says."""
    values = {**start, **(held or {})}
    for name, part in nodes.items():
        if name not in values:
            values[name] = part.meaning(kit, *(values[argument] for argument in part.arguments))
    return values


def written(name: str, rng: Random) -> str:
    """One of the spellings of a name like x7."""
    return rng.choice((name, f"{name[0]}_{name[1:]}", f"{name[0]}_{{{name[1:]}}}"))


def draw(seed: int) -> RandomGraph:
    """A random graph with finite moderate values, away from every kink."""
    rng = Random(seed)
    while True:
        graph = attempt(rng)
        FLOATS.clearance = math.inf
        try:
            values = computed(graph.nodes, FLOATS, graph.given)
        except (OverflowError, ValueError, ZeroDivisionError):
            continue
        if max(map(abs, values.values())) < 50 and FLOATS.clearance > CLEAR:
            return graph


def attempt(rng: Random) -> RandomGraph:
    given = {f"w{i}": round(rng.uniform(-2, 2), 3) for i in range(1, rng.randint(2, 4))}
    given |= {f"u{i}": round(rng.uniform(-2, 2), 3) for i in range(1, rng.randint(2, 4))}
    nodes: dict[str, Part] = {}
    for position in range(1, rng.randint(2, 12) + 1):
        text, meaning = rng.choice(TEMPLATES)
        count = sum(f"{{{i}}}" in text for i in range(3))
        known = [*given, *nodes]
        recent = list(nodes)[-2:] or known
        arguments = tuple(rng.choice(recent if rng.random() < 0.5 else known) for _ in range(count))
        nodes[f"x{position}"] = Part(text, meaning, arguments)
    used = {argument for part in nodes.values() for argument in part.arguments}
    outputs = [name for name in nodes if name not in used]
    single = rng.random() < 0.5
    loss = outputs[-1] if single else "Loss"
    upstream = {loss: 1.0} if single else {name: round(rng.uniform(-2, 2), 2) for name in outputs}
    parameters = tuple(rng.sample(sorted(given), rng.randint(1, len(given))))
    lines = [f'loss = "{loss}"'] if single else []
    lines += [
        "learning_rate = 0.05",
        f"parameters = {list(parameters)}",
        "[functions]",
        '"f(p, q)" = "p*exp(-q^2)"',
    ]
    lines += ["[given]", *(f"{name} = {value}" for name, value in given.items()), "[nodes]"]
    stated = [
        f'{name} = "{part.text.format(*(written(argument, rng) for argument in part.arguments))}"'
        for name, part in nodes.items()
    ]
    rng.shuffle(stated)
    lines += stated
    if not single:
        lines += ["[upstream]", *(f"{name} = {value}" for name, value in upstream.items())]
    return RandomGraph(given, nodes, upstream, loss, parameters, "\n".join(lines) + "\n")


def problem_of(text: str) -> Problem:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "problem.toml"
        file.write_text(text, encoding="utf-8")
        return read_problem(read_source(str(file)))


@cache
def drawn(seed: int) -> tuple[RandomGraph, Truth]:
    graph = draw(seed)
    return graph, Truth(problem_of(graph.toml), with_gradients=True)


def total(graph: RandomGraph, kit: Kit, values: Mapping[str, Any]) -> Any:
    return sum(kit.plain(weight) * values[name] for name, weight in graph.upstream.items())


def by_digits(graph: RandomGraph, name: str, of: str | None = None) -> float:
    """The derivative of the loss, or of a node, by a given or a node, at 50 digits."""
    start = {key: mp.mpf(value) for key, value in graph.given.items()}
    here = computed(graph.nodes, DIGITS, start)[name]

    def along(value: Any) -> Any:
        values = computed(graph.nodes, DIGITS, start, {name: value})
        return total(graph, DIGITS, values) if of is None else values[of]

    return float(mp.diff(along, here))


def agree(found: Any, expected: float, what: str, graph: RandomGraph) -> None:
    assert math.isclose(float(found), expected, rel_tol=RTOL, abs_tol=1e-13), (
        f"{what}: {float(found)!r}, expected {expected!r}\n{graph.toml}"
    )


@pytest.mark.parametrize("first", range(0, GRAPHS, BATCH))
def test_values_and_gradients_to_fifty_digits(first: int) -> None:
    for seed in range(first, first + BATCH):
        graph, truth = drawn(seed)
        start = {name: mp.mpf(value) for name, value in graph.given.items()}
        for name, value in computed(graph.nodes, DIGITS, start).items():
            agree(truth.values[name], float(value), name, graph)
        for name in (*graph.given, *graph.nodes):
            key = f"d{graph.loss}/d{name}"
            agree(truth.values[key], by_digits(graph, name), key, graph)
        for name in graph.parameters:
            expected = graph.given[name] - 0.05 * by_digits(graph, name)
            agree(truth.values[f"{name}_new"], expected, f"{name}_new", graph)


@pytest.mark.parametrize("first", range(0, GRAPHS, BATCH))
def test_gradients_as_autograd_has_them(first: int) -> None:
    for seed in range(first, first + BATCH):
        graph, truth = drawn(seed)
        names = list(graph.given)

        def loss(vector: Any, graph: RandomGraph = graph, names: list[str] = names) -> Any:
            values = computed(graph.nodes, DUAL, {name: vector[i] for i, name in enumerate(names)})
            return total(graph, DUAL, values)

        gradient = autograd.grad(loss)(np.array([graph.given[name] for name in names]))
        for name, expected in zip(names, gradient, strict=True):
            agree(truth.values[f"d{graph.loss}/d{name}"], float(expected), f"d/d{name}", graph)


@pytest.mark.parametrize("first", range(0, GRAPHS, BATCH))
def test_gradients_by_differences(first: int) -> None:
    for seed in range(first, first + BATCH):
        graph, truth = drawn(seed)
        for name, value in graph.given.items():
            step = 1e-5
            above, below = (
                total(
                    graph, FLOATS, computed(graph.nodes, FLOATS, {**graph.given, name: value + sign * step})
                )
                for sign in (1, -1)
            )
            expected = (above - below) / (2 * step)
            found = float(truth.values[f"d{graph.loss}/d{name}"])
            assert math.isclose(found, expected, rel_tol=1e-5, abs_tol=1e-6), f"{name}\n{graph.toml}"


@pytest.mark.parametrize("first", range(0, GRAPHS, BATCH))
def test_local_partials(first: int) -> None:
    """Each node's formula by each name in it, the others held."""
    for seed in range(first, first + BATCH):
        graph, truth = drawn(seed)
        assert truth.backward is not None
        start = {name: mp.mpf(value) for name, value in graph.given.items()}
        values = computed(graph.nodes, DIGITS, start)
        expected = {}
        for name, part in graph.nodes.items():
            for argument in set(part.arguments):

                def along(value: Any, part: Part = part, argument: str = argument) -> Any:
                    env = {**values, argument: value}  # noqa: B023  used at once
                    return part.meaning(DIGITS, *(env[key] for key in part.arguments))

                expected[f"∂{name}/∂{argument}"] = float(mp.diff(along, values[argument]))
        assert truth.backward.partials.keys() == expected.keys()
        for key, value in expected.items():
            agree(truth.values[key], value, key, graph)


@pytest.mark.parametrize("first", range(0, GRAPHS, BATCH))
def test_total_derivatives_of_inner_nodes(first: int) -> None:
    """dU/dV along all paths, for pairs of nodes that are not the loss."""
    for seed in range(first, first + BATCH):
        graph, truth = drawn(seed)
        rng = Random(seed)
        names = [*graph.given, *graph.nodes]
        for _ in range(6):
            of, by = rng.choice(list(graph.nodes)), rng.choice(names)
            if of == graph.loss:
                continue
            key = truth.key(f"d{of}/d{by}")
            assert key is not None
            if key.startswith("∂"):
                key = truth.other_sense(key)
                assert key is not None
            agree(truth.values[key], by_digits(graph, by, of) if of != by else 1.0, key, graph)


def test_the_graphs_are_of_every_kind() -> None:
    graphs = [drawn(seed)[0] for seed in range(GRAPHS)]
    used = {part.text for graph in graphs for part in graph.nodes.values()}
    assert used == {text for text, _ in TEMPLATES}
    sizes = {len(graph.nodes) for graph in graphs}
    assert sizes == set(range(2, 13))
    assert sum(len(graph.upstream) > 1 for graph in graphs) > 50
    assert sum(graph.loss != "Loss" for graph in graphs) > 50
    several = 0
    for graph in graphs:
        uses = [a for part in graph.nodes.values() for a in set(part.arguments)]
        several += len(uses) > len(set(uses))
    assert several > 200
    called = {name for name in FUNCTIONS if any(f"{name}(" in text for text in used)}
    elsewhere = {"maximum", "minimum", "softmax", "log_softmax", "max'", "min'"}
    elsewhere |= {"erf", "erfc", "floor", "ceil", "factorial", "binomial", "det", "trace", "inverse"}
    elsewhere |= {"hardswish"}  # on each of its pieces: tests/calculus/test_slopes.py
    assert called | elsewhere == FUNCTIONS.keys()


# --- dense networks


def softmax(z: Any, axis: int) -> Any:
    return np.exp(z) / np.exp(z).sum(axis=axis, keepdims=True)


ACTIVATIONS: dict[str, Callable[[Any, int], Any]] = {
    "identity": lambda z, _: z,
    "relu": lambda z, _: np.where(z > 0, z, 0),
    "leaky_relu": lambda z, _: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z, _: np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1),
    "sigmoid": lambda z, _: 1 / (1 + np.exp(-z)),
    "logistic": lambda z, _: 1 / (1 + np.exp(-z)),
    "tanh": lambda z, _: np.tanh(z),
    "softplus": lambda z, _: np.log(1 + np.exp(z)),
    "silu": lambda z, _: z / (1 + np.exp(-z)),
    "swish": lambda z, _: z / (1 + np.exp(-z)),
    "gelu": lambda z, _: z * (1 + np.vectorize(math.erf)(z / math.sqrt(2))) / 2,
    "abs": lambda z, _: np.where(z > 0, z, -z),
    "sign": lambda z, _: np.where(z > 0, 1, np.where(z < 0, -1, 0)),
    "step": lambda z, _: np.where(z > 0, 1, 0),
    "exp": lambda z, _: np.exp(z),
    "sin": lambda z, _: np.sin(z),
    "cos": lambda z, _: np.cos(z),
    "softmax": softmax,
    "log_softmax": lambda z, axis: np.log(softmax(z, axis)),
}


@pytest.mark.parametrize("seed", range(80))
def test_random_dense_networks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pick = Random(seed)
    rows = pick.random() < 0.5
    widths = [int(width) for width in rng.integers(1, 6, pick.randint(1, 4) + 1)]
    batch = int(rng.integers(1, 5))
    a = np.round(rng.uniform(-2, 2, (batch, widths[0]) if rows else (widths[0], batch)), 3)
    lines = [f'batch = "{"rows" if rows else "columns"}"'] if rows or pick.random() < 0.5 else []
    lines += ["[given]", f"A_in = {a.tolist()}"]
    expected: dict[str, Any] = {}
    for index, (before, width) in enumerate(pairwise(widths)):
        last = index == len(widths) - 2
        name = "out" if last else str(index + 1)
        activation = list(ACTIVATIONS)[(seed + 7 * index) % len(ACTIVATIONS)]
        weights, bias = (
            np.round(rng.uniform(-1, 1, (width, before)), 3),
            np.round(rng.uniform(-1, 1, width), 3),
        )
        lines += ["[[layer]]", f'name = "{name}"', f"W = {weights.tolist()}"]
        has_bias = pick.random() < 0.8
        if has_bias:
            as_column = pick.random() < 0.3
            shown = bias.reshape((1, -1) if rows else (-1, 1)) if as_column else bias
            lines.append(f"b = {shown.tolist()}")
        if activation != "identity" or pick.random() < 0.5:
            lines.append(f'activation = "{activation}"')
        z = a @ weights.T if rows else weights @ a
        if has_bias:
            z = z + (bias if rows else bias[:, np.newaxis])
        a = ACTIVATIONS[activation](z, 1 if rows else 0)
        suffix = "_out" if last else name
        expected |= {f"Z{suffix}": z, f"A{suffix}": a}
    if pick.random() < 0.5:
        target = np.round(rng.uniform(-1, 1, a.shape), 3)
        half = pick.random() < 0.5
        lines += ["[loss]", f'kind = "{"half_" if half else ""}squared_error"', f"target = {target.tolist()}"]
        expected["Loss"] = np.sum((a - target) ** 2) / (2 if half else 1)
    values = forward(problem_of("\n".join(lines) + "\n"))
    for name, value in expected.items():
        assert values[name].shape == np.shape(value), name
        np.testing.assert_allclose(values[name], value, rtol=1e-8, atol=1e-12, err_msg="\n".join(lines))


# --- what others have published


@pytest.mark.parametrize(
    "name", ["forward.toml", "mazur.toml", "mazur-dense.toml", "micrograd.toml", "backprop-corrected.toml"]
)
def test_published_cases_are_right_from_end_to_end(name: str) -> None:
    report = check_file(str(FIXTURES / name))
    assert set(verdicts(report).values()) == {"correct"}
    assert not report.failed


def test_the_homework_as_handed_in_has_two_mistakes() -> None:
    report = check_file(str(FIXTURES / "backprop.toml"))
    assert {finding.name for finding in report.failed} == {"dLoss/dd", "d_new"}
    truth = Truth(read_problem(read_source(str(FIXTURES / "backprop.toml"))), with_gradients=True)
    a, b, c, d, x1, x2, x3, x4 = (mp.mpf(value) for value in (3, 4, 2, 2, 0, 2, -1, 2))

    def loss(a: Any, b: Any, c: Any, d: Any) -> Any:
        x5, x6, x7 = 1 / (1 + mp.exp(-x1)), a * x2 + b * x3 + c * x2 * x3, x4**2 + d
        return 3 * mp.exp(x6) / (mp.exp(x5) + mp.exp(x6) + mp.exp(x7))

    for position, name in enumerate("abcd"):
        orders = tuple(int(i == position) for i in range(4))
        expected = float(mp.diff(loss, (a, b, c, d), orders))
        assert math.isclose(float(truth.values[f"dLoss/d{name}"]), expected, rel_tol=1e-12)


# --- special graphs


def gradient(text: str, key: str) -> float:
    return float(Truth(problem_of(text), with_gradients=True).values[key])


def test_what_the_loss_does_not_depend_on_has_gradient_zero() -> None:
    text = 'loss = "y"\n[given]\na = 2\nb = 3\n[nodes]\ny = "a^2"\nz = "b*y"\nq = "b + 1"\n'
    assert gradient(text, "dy/db") == 0
    assert gradient(text, "dy/dz") == 0
    assert gradient(text, "dy/dq") == 0
    assert gradient(text, "dy/dy") == 1
    assert gradient(text, "dy/da") == 4


def test_a_thousand_paths() -> None:
    """Each node is the sum of the one before it with itself: 2^60 paths, 60 edges."""
    lines = "".join(f'x{i} = "x{i - 1} + x{i - 1}*w"\n' for i in range(1, 61))
    text = f'loss = "x60"\n[given]\nx0 = 1\nw = 1\n[nodes]\n{lines}'
    assert gradient(text, "dx60/dx0") == 2.0**60
    assert math.isclose(gradient(text, "dx60/dw"), 60 * 2.0**59, rel_tol=1e-12)


def test_a_chain_of_three_thousand_nodes() -> None:
    lines = "".join(f'x{i} = "0.999*x{i - 1} + w"\n' for i in range(1, 3001))
    text = f'loss = "x3000"\n[given]\nx0 = 1\nw = 0.001\n[nodes]\n{lines}'
    assert math.isclose(gradient(text, "dx3000/dx0"), 0.999**3000, rel_tol=1e-10)
    assert math.isclose(gradient(text, "dx3000/dw"), (1 - 0.999**3000) / 0.001, rel_tol=1e-10)


@pytest.mark.parametrize(
    ("declared", "slope"), [("", 0), ("relu_derivative_at_0 = 1\n", 1), ("relu_derivative_at_0 = 0.5\n", 0.5)]
)
def test_the_declared_slope_at_the_kink(declared: str, slope: float) -> None:
    text = f'{declared}loss = "y"\n[given]\nx = 0\n[nodes]\nz = "relu(x)"\ny = "3*z + x^2"\n'
    assert gradient(text, "dy/dx") == 3 * slope
