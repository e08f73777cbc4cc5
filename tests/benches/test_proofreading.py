"""Fast slices of the benches: slips are found, rewritings change nothing, nothing hangs or crashes."""

from __future__ import annotations

import math
import random
import time
from pathlib import Path

import numpy as np
import pytest

from bench.fuzz import is_false, run
from bench.hostile import HOSTILE, TRUE, damaged
from bench.mutations import REWRITINGS
from bench.proofreading import changed_by_rewriting, find_slips, proof_of, verdicts
from hw2check.calculus.adjoint import pull
from hw2check.calculus.values import evaluate
from hw2check.formula.functions import FUNCTIONS, Array
from hw2check.formula.notation import Vocabulary, parse
from hw2check.problem.reader import read_problem
from hw2check.reading.source import read_source

FIXTURES = Path(__file__).parents[2] / "fixtures"
HOMEWORK = (FIXTURES / "homework.md").read_text(encoding="utf-8")
BOTH = tuple(read_problem(read_source(str(FIXTURES / f"{name}.toml"))) for name in ("forward", "backprop"))


@pytest.mark.long
def test_slips_are_found() -> None:
    chosen, missed, how = find_slips(HOMEWORK, BOTH, 60, seed=11)
    assert len(chosen) == 60
    assert len(missed) <= 2, missed
    assert how["wrong"] >= 40


def test_forty_rewritings() -> None:
    assert len(REWRITINGS) >= 40


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6))
def test_rewritings_change_no_verdict(seed: int) -> None:
    names = random.Random(seed).sample(list(REWRITINGS), 3)
    before, after = changed_by_rewriting(HOMEWORK, BOTH, names, seed)
    assert before == after, names


@pytest.mark.long
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_read_in_time(name: str) -> None:
    size = 1 if len(HOSTILE[name]) < 300_000 else 8  # the whole megabyte is for the bench
    text = HOSTILE[name][: len(HOSTILE[name]) // size]
    start = time.process_time()
    found = verdicts(proof_of(text, BOTH))
    assert time.process_time() - start < 5  # a hang, not a slow machine
    assert name in TRUE or "holds" not in found


@pytest.mark.long
@pytest.mark.parametrize("seed", range(25))
def test_damaged_documents_do_not_crash(seed: int) -> None:
    rng = random.Random(seed)
    proof_of(damaged(HOMEWORK, rng), BOTH, rng.choice(("markdown", "latex")))


@pytest.mark.long
def test_a_fuzz_finds_nothing() -> None:
    assert run(HOMEWORK, BOTH, "markdown", 15, seed=100) == []


def test_the_fuzz_knows_what_is_false() -> None:
    (link,) = proof_of("$1/3 = 0.3333$", ()).links
    assert not is_false(link)
    assert is_false(link._replace(verdict="holds", reason=""))


# formula over x (a matrix), y (a column), s (a number); every rule of reverse-mode differentiation
FORMULAS = [
    "sum(x * s - x / (2 + s^2))",
    "sum((x @ x.T)^2)",
    "sum(x.T @ x @ y)",
    "sum(x @ y * s)",
    "mean(exp(x) + y.T)",
    "sum(softmax(x, axis=0)^2)",
    "sum(log_softmax(x, axis=1) * x)",
    "max(x) + min(x)",
    "sum(max(x, s) - min(x, 0.1))",
    "sum(x * x * x * s)",
    "s^s + 2^s",
    "sum([[s, s^2], [1, exp(s)]] @ y)",
    *(f"sum({name}(x + 3))" for name in ("log", "sqrt", "tanh", "sin", "cos", "tan", "sinh", "cosh")),
    *(
        f"sum({name}(x))"
        for name in ("relu", "sigmoid", "softplus", "gelu", "silu", "elu", "leaky_relu", "abs")
    ),
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_adjoints_are_central_differences(formula: str) -> None:
    names = {"x", "y", "s"}
    tree = parse(formula, Vocabulary(lambda name: name if name in names else None))
    rng = np.random.default_rng(5)
    values = {"x": rng.uniform(0.2, 0.9, (1, 2, 2)), "y": rng.uniform(-1, 1, (1, 2, 1)), "s": np.array([0.7])}
    found: dict[str, Array] = {}
    pull(tree, np.ones(1), values, found)
    for name, array in values.items():
        for index in np.ndindex(array.shape):
            expected = _difference(tree, values, name, index)
            got = float(found[name][index]) if name in found else 0.0
            assert math.isclose(got, expected, rel_tol=1e-6, abs_tol=1e-7), (name, index)


def _difference(tree: object, values: dict[str, Array], name: str, index: tuple[int, ...]) -> float:
    results = []
    for step in (1e-6, -1e-6):
        moved = values[name].copy()
        moved[index] += step
        results.append(float(np.squeeze(evaluate(tree, {**values, name: moved}, lead=1))))  # type: ignore[arg-type]
    return (results[0] - results[1]) / 2e-6


def test_every_function_has_a_rule_or_says_so() -> None:
    for name, function in FUNCTIONS.items():
        if function.least > 1 or name.endswith("'"):
            continue
        x: Array = np.array([[[0.3, 0.4], [0.1, 0.9]] if function.square else [0.3, 0.4]])
        tree = parse(f"{name}(x)", Vocabulary(lambda spelt: spelt if spelt == "x" else None))
        value = evaluate(tree, {"x": x}, lead=1)
        pull(tree, np.ones_like(value), {"x": x}, {})
