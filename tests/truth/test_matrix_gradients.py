"""Gradients through vectors and matrices, against autograd, central differences and published figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from hw2check.calculus.adjoint import pull_through
from hw2check.problem.reader import read_problem
from hw2check.reading.source import read_source
from hw2check.truth.derived import Truth
from tests.oracles.matrix import UNARY, MatrixGraph, random_graph, softmax


def truth_of(text: str, folder: Path) -> Truth:
    file = folder / "p.toml"
    file.write_text(text, encoding="utf-8")
    return Truth(read_problem(read_source(str(file))), with_gradients=True)


def reverse_pass(truth: Truth, loss: str = "L") -> dict[str, Any]:
    """The gradients by the rules for values, which share only the slopes with those for formulas."""
    values = {name: array[np.newaxis] for name, array in truth.values.items()}
    return pull_through(truth.problem.graph.nodes, {loss: np.ones(1)}, values)


def near_a_kink(graph: MatrixGraph) -> bool:
    """Whether a small step changes the gradient by much."""
    names = list(graph.given)
    gradient = autograd.grad(lambda v: graph.loss(dict(zip(names, v, strict=True))))
    with np.errstate(all="ignore"):
        here = gradient([graph.given[name] for name in names])
        there = gradient([graph.given[name] + 1e-7 for name in names])
    return any(
        not np.all(np.isfinite(a)) or np.any(np.abs(a - b) > 1e-4 * (1 + np.abs(a)))
        for a, b in zip(here, there, strict=True)
    )


@pytest.mark.parametrize("part", range(10))
def test_random_graphs_as_autograd_has_them(part: int, tmp_path: Path) -> None:
    rng, done = Random(part), 0
    while done < 30:
        graph = random_graph(rng)
        if near_a_kink(graph):
            continue
        done += 1
        truth = truth_of(graph.text(), tmp_path)
        names = list(graph.given)
        gradient: Any = autograd.grad(lambda v, g=graph, n=names: g.loss(dict(zip(n, v, strict=True))))
        expected = gradient([graph.given[name] for name in names])
        assert float(truth.values["L"]) == pytest.approx(float(graph.loss(dict(graph.given))), rel=1e-12)
        for name, value in zip(names, expected, strict=True):
            own = truth.values[f"dL/d{name}"]
            assert own.shape == np.shape(value), graph.text()
            np.testing.assert_allclose(own, value, rtol=1e-8, atol=1e-11, err_msg=graph.text())
        if "u'(" in graph.text():  # a second derivative
            continue
        by_values = reverse_pass(truth)
        for name in names:
            own = truth.values[f"dL/d{name}"]
            found = by_values.get(name, np.zeros((1, *own.shape)))[0]
            np.testing.assert_allclose(own, found, rtol=1e-9, atol=1e-12, err_msg=graph.text())


# --- dense networks, against autograd and differences

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    **{
        name: UNARY[name]
        for name in ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "gelu", "silu")
    },
    "identity": lambda z: z,
    "softmax": lambda z: softmax(z, 0),  # over the units of one input
}


@dataclass
class Network:
    """A dense network with random weights, one input per column."""

    seed: int

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        self.batch = 1 + self.seed % 8
        self.rows = self.seed // 8 % 2 == 1
        sizes = [int(n) for n in rng.integers(1, 5, size=int(rng.integers(2, 5)))]
        self.activations = [str(rng.choice(list(ACTIVATIONS))) for _ in sizes[1:]]
        self.halved = bool(rng.integers(2))
        self.values: dict[str, Any] = {"A_in": rng.normal(size=(sizes[0], self.batch))}
        for layer, (wide, high) in enumerate(pairwise(sizes), 1):
            self.values[f"W{layer}"] = rng.normal(size=(high, wide))
            if rng.integers(4):
                self.values[f"b{layer}"] = rng.normal(size=(high, 1))
        self.values["target"] = rng.normal(size=(sizes[-1], self.batch))

    def turned(self, name: str, array: Any) -> Any:
        """An array as the problem has it: all but weights are turned where inputs are rows."""
        return array.T if self.rows and not name.startswith("W") else array

    def text(self) -> str:
        values = self.values
        lines = [f'batch = "{"rows" if self.rows else "columns"}"', "learning_rate = 0.3", "[given]"]
        lines.append(f"A_in = {self.turned('A_in', values['A_in']).tolist()}")
        for layer, activation in enumerate(self.activations, 1):
            lines += ["[[layer]]", f"W = {values[f'W{layer}'].tolist()}", f'activation = "{activation}"']
            if f"b{layer}" in values:
                lines.append(f"b = {values[f'b{layer}'].reshape(-1).tolist()}")
        lines += ["[loss]", f'kind = "{"half_" if self.halved else ""}squared_error"']
        return "\n".join([*lines, f"target = {self.turned('target', values['target']).tolist()}"])

    def loss(self, values: dict[str, Any]) -> Any:
        a = values["A_in"]
        for layer, activation in enumerate(self.activations, 1):
            z = anp.dot(values[f"W{layer}"], a) + values.get(f"b{layer}", 0)
            a = ACTIVATIONS[activation](z)
        return anp.sum((a - values["target"]) ** 2) / (2 if self.halved else 1)


@pytest.mark.parametrize("part", range(10))
def test_dense_networks_as_autograd_has_them(part: int, tmp_path: Path) -> None:
    for seed in range(24 * part, 24 * part + 24):
        network = Network(seed)
        names = list(network.values)
        gradient: Any = autograd.grad(lambda v, w=network, n=names: w.loss(dict(zip(n, v, strict=True))))
        expected = gradient([network.values[name] for name in names])
        truth = truth_of(network.text(), tmp_path)
        assert truth.values["Loss"] == pytest.approx(float(network.loss(network.values)), rel=1e-12)
        for name, value in zip(names, expected, strict=True):
            wanted = network.turned(name, value)
            own = truth.values[f"dLoss/d{name}"]
            assert own.shape == wanted.shape
            size = np.max(np.abs(wanted))
            np.testing.assert_allclose(own, wanted, rtol=1e-8, atol=1e-12 * size, err_msg=network.text())
            if name.startswith(("W", "b")):
                updated = network.turned(name, network.values[name]) - 0.3 * wanted
                np.testing.assert_allclose(truth.values[f"{name}_new"], updated, rtol=1e-8, atol=1e-11)
        by_values = reverse_pass(truth, "Loss")
        for name in names:
            np.testing.assert_allclose(
                truth.values[f"dLoss/d{name}"], by_values[name][0], rtol=1e-9, atol=1e-12
            )


@pytest.mark.parametrize("seed", range(0, 48, 3))
def test_dense_networks_by_differences(seed: int, tmp_path: Path) -> None:
    network = Network(1000 + seed)
    truth = truth_of(network.text(), tmp_path)
    for name, array in network.values.items():
        own = network.turned(name, truth.values[f"dLoss/d{name}"])
        for place in np.ndindex(array.shape):
            ahead, behind = (
                {**network.values, name: array + sign * 1e-6 * _one_at(place, array.shape)}
                for sign in (1, -1)
            )
            slope = (network.loss(ahead) - network.loss(behind)) / 2e-6
            assert slope == pytest.approx(own[place], rel=1e-4, abs=1e-6 * (1 + np.max(np.abs(own))))


def _one_at(place: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    one = np.zeros(shape)
    one[place] = 1
    return one
