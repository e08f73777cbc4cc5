"""Gradients against autograd, mpmath, differences, complex step, and SymPy on the composed expression."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import autograd
import autograd.numpy as anp
import mpmath
import numpy as np
import pytest
import sympy

from hw2check.problem.reader import read_problem
from hw2check.reading.source import read_source
from hw2check.truth.derived import Truth
from tests.oracles.scalar import Problem, arithmetic, computed, random_problem

AUTOGRAD = arithmetic(
    {"exp": anp.exp, "log": anp.log, "tanh": anp.tanh, "sin": anp.sin, "cos": anp.cos, "number": float}
)
MPMATH = arithmetic(
    {
        "exp": mpmath.exp,
        "log": mpmath.log,
        "tanh": mpmath.tanh,
        "sin": mpmath.sin,
        "cos": mpmath.cos,
        "number": mpmath.mpf,
    }
)
COMPLEX = {
    **arithmetic(
        {"exp": np.exp, "log": np.log, "tanh": np.tanh, "sin": np.sin, "cos": np.cos, "number": complex}
    ),
    "relu": lambda a: a if a.real > 0 else 0 * a,
    "leaky_relu": lambda a: a if a.real > 0 else 0.01 * a,
    "elu": lambda a: a if a.real > 0 else np.exp(a) - 1,
    "abs": lambda a: a if a.real > 0 else -a,
}
SMOOTH = 1e-7  # distance from a kink below which a problem is drawn anew


def truth_of(problem: Problem, folder: Path) -> Truth:
    file = folder / "p.toml"
    file.write_text(problem.text(["a", "b"]), encoding="utf-8")
    return Truth(read_problem(read_source(str(file))), with_gradients=True)


def tame_problems(count: int, seed: int) -> list[Problem]:
    """Random problems whose values stay between 1e-6 and 1e6, away from kinks and zeros."""
    rng = Random(seed)
    kept: list[Problem] = []
    while len(kept) < count:
        problem = random_problem(rng, rng.randint(2, 9))
        try:
            values = [float(v) for v in problem.values(AUTOGRAD, problem.given).values()]
        except (OverflowError, ZeroDivisionError):
            continue
        if all(math.isfinite(v) and SMOOTH < abs(v) < 1e4 for v in values):
            kept.append(problem)
    return kept


def loss_of(problem: Problem, module: Any, given: dict[str, Any]) -> Any:
    return list(problem.values(module, given).values())[-1]


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_gradients_agree_with_autograd_and_mpmath(part: int, tmp_path: Path) -> None:
    for problem in tame_problems(30, 100 + part):
        truth = truth_of(problem, tmp_path)
        loss = list(problem.nodes)[-1]
        names = list(problem.given)
        gradient = autograd.grad(
            lambda v, p=problem, n=names: loss_of(p, AUTOGRAD, dict(zip(n, v, strict=True)))
        )
        by_autograd = gradient([float(v) for v in problem.given.values()])
        for name, expected in zip(names, by_autograd, strict=True):
            own = float(truth.values[f"d{loss}/d{name}"])
            bound = 1e-8 * max(abs(expected), float(truth.precision.error(f"d{loss}/d{name}")) * 1e6)
            assert own == pytest.approx(expected, rel=1e-8, abs=max(bound, 1e-12)), problem.text([])


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
def test_gradients_agree_with_fifty_digits(seed: int, tmp_path: Path) -> None:
    with mpmath.workdps(50):
        for problem in tame_problems(4, 900 + seed):
            truth = truth_of(problem, tmp_path)
            loss = list(problem.nodes)[-1]
            for name in ("a", "x1"):

                def along(value: Any, p: Problem = problem, n: str = name) -> Any:
                    given = {key: mpmath.mpf(v) for key, v in p.given.items()}
                    return loss_of(p, MPMATH, {**given, n: value})

                expected = float(mpmath.diff(along, mpmath.mpf(problem.given[name])))
                allowed = 4 * float(truth.precision.error(f"d{loss}/d{name}")) + 1e-14
                assert float(truth.values[f"d{loss}/d{name}"]) == pytest.approx(
                    expected, rel=1e-9, abs=allowed
                )


def test_gradients_agree_with_complex_step_and_differences(tmp_path: Path) -> None:
    for problem in tame_problems(40, 7):
        truth = truth_of(problem, tmp_path)
        loss = list(problem.nodes)[-1]
        for name, value in problem.given.items():
            own = float(truth.values[f"d{loss}/d{name}"])
            step = 1e-30
            moved = {**{k: complex(v) for k, v in problem.given.items()}, name: complex(value, step)}
            assert loss_of(problem, COMPLEX, moved).imag / step == pytest.approx(own, rel=1e-8, abs=1e-11)
            h = 1e-6
            ahead = loss_of(problem, AUTOGRAD, {**problem.given, name: value + h})
            behind = loss_of(problem, AUTOGRAD, {**problem.given, name: value - h})
            size = max(1.0, abs(ahead))
            assert (ahead - behind) / (2 * h) == pytest.approx(own, rel=1e-3, abs=1e-4 * size)


def test_local_partials_totals_and_updates(tmp_path: Path) -> None:
    for problem in tame_problems(40, 21):
        truth = truth_of(problem, tmp_path)
        values = problem.values(AUTOGRAD, problem.given)
        loss = list(problem.nodes)[-1]
        for name in ("a", "b"):
            new = problem.given[name] - 0.1 * float(truth.values[f"d{loss}/d{name}"])
            assert float(truth.values[f"{name}_new"]) == pytest.approx(new, rel=1e-12)
        for node, tree in problem.nodes.items():
            for name in truth.problem.graph.by_name[node].inputs:
                slope = autograd.grad(
                    lambda v, t=tree, n=name, known=values: computed(t, {**known, n: v}, AUTOGRAD)
                )
                own = float(truth.values[f"∂{node}/∂{name}"])
                assert own == pytest.approx(slope(float(values[name])), rel=1e-8, abs=1e-11)
        middle = list(problem.nodes)[len(problem.nodes) // 2]
        total = truth.key(f"d{middle}/da")
        if total is not None and not total.startswith("∂"):

            def until(v: float, p: Problem = problem, m: str = middle) -> Any:
                return p.values(AUTOGRAD, {**p.given, "a": v})[m]

            expected = autograd.grad(until)(problem.given["a"]) if "a" in _behind(truth, middle) else 0.0
            assert float(truth.values[total]) == pytest.approx(expected, rel=1e-8, abs=1e-11)


def _behind(truth: Truth, node: str) -> frozenset[str]:
    return truth.givens_behind(node)


SYMPY = {
    "exp": sympy.exp,
    "tanh": sympy.tanh,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "number": lambda v: sympy.Rational(str(v)),
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "square": lambda a: a**2,
    "sigmoid": lambda a: 1 / (1 + sympy.exp(-a)),
    "softplus": lambda a: sympy.log(1 + sympy.exp(a)),
    "silu": lambda a: a / (1 + sympy.exp(-a)),
    "relu": lambda a: sympy.Piecewise((a, a > 0), (0, True)),
    "leaky_relu": lambda a: sympy.Piecewise((a, a > 0), (a / 100, True)),
    "elu": lambda a: sympy.Piecewise((a, a > 0), (sympy.exp(a) - 1, True)),
    "abs": lambda a: sympy.Piecewise((a, a > 0), (-a, True)),
}


def test_gradients_agree_with_sympy_on_the_composed_expression(tmp_path: Path) -> None:
    symbols = {name: sympy.Symbol(name, real=True) for name in ("a", "b", "c", "x1", "x2")}
    for problem in [p for p in tame_problems(60, 5) if len(p.nodes) <= 3][:12]:
        truth = truth_of(problem, tmp_path)
        loss = list(problem.nodes)[-1]
        composed = loss_of(problem, SYMPY, dict(symbols))
        at = {symbols[name]: sympy.Rational(str(value)) for name, value in problem.given.items()}
        for name in ("a", "x2"):
            expected = float(sympy.N(sympy.diff(composed, symbols[name]).subs(at), 30))
            assert float(truth.values[f"d{loss}/d{name}"]) == pytest.approx(expected, rel=1e-9, abs=1e-12)


ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "relu": lambda z: np.where(z > 0, z, 0 * z),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.exp(z) - 1),
    "softplus": lambda z: np.log1p(np.exp(z)),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "gelu": lambda z: z * (1 + np.vectorize(math.erf)(z / math.sqrt(2))) / 2,
    "identity": lambda z: z,
}


@pytest.mark.parametrize("batch", ["columns", "rows"])
@pytest.mark.parametrize("seed", range(20))
def test_random_dense_networks(batch: str, seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    sizes = [int(n) for n in rng.integers(1, 6, size=int(rng.integers(2, 6)))]
    inputs = np.round(rng.normal(size=(sizes[0], int(rng.integers(1, 5)))), 2)
    a = inputs
    text = [
        f'batch = "{batch}"',
        "[given]",
        f"A_in = {(inputs if batch == 'columns' else inputs.T).tolist()}",
    ]
    expected: dict[str, Any] = {}
    for layer, (wide, high) in enumerate(pairwise(sizes), 1):
        weights, bias = np.round(rng.normal(size=(high, wide)), 2), np.round(rng.normal(size=high), 2)
        last = layer == len(sizes) - 1 and seed % 3 == 0
        name = "softmax" if last else str(rng.choice(list(ACTIVATIONS)))
        text += ["[[layer]]", f"W = {weights.tolist()}", f"b = {bias.tolist()}", f'activation = "{name}"']
        z = weights @ a + bias[:, None]
        a = np.exp(z) / np.exp(z).sum(axis=0) if name == "softmax" else ACTIVATIONS[name](z)
        expected |= {f"Z{layer}": z, f"A{layer}": a}
    (tmp_path / "d.toml").write_text("\n".join(text))
    truth = Truth(read_problem(read_source(str(tmp_path / "d.toml"))), with_gradients=False)
    for name, value in expected.items():
        np.testing.assert_allclose(
            truth.values[name], value if batch == "columns" else value.T, rtol=1e-12, atol=1e-14
        )
