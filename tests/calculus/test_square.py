"""Determinants, traces and inverses: values, digits and slopes, against exact and differenced ones."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import pytest
from sympy import Matrix as SymPyMatrix
from sympy import Rational

from hw2check.calculus.adjoint import Cotangents, pull
from hw2check.calculus.matrix_rules import Rules
from hw2check.calculus.precise import precise_values
from hw2check.calculus.values import ShapeError, evaluate
from hw2check.formula.graph import make_graph
from hw2check.formula.notation import Vocabulary, parse
from hw2check.formula.text import to_text
from hw2check.formula.tree import ONE

VOCABULARY = Vocabulary(lambda spelt: spelt if spelt in {"A", "B", "x", "y"} else None)
EXACT = {"det": lambda m: m.det(), "trace": lambda m: m.trace(), "inverse": lambda m: m.inv()}


def drawn(rng: Random, size: int) -> list[list[int]]:
    while True:
        rows = [[rng.randint(-4, 4) for _ in range(size)] for _ in range(size)]
        if SymPyMatrix(rows).det() != 0:
            return rows


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("seed", range(12))
def test_values_are_exact_ones(name: str, seed: int) -> None:
    rows = drawn(Random(seed), 1 + seed % 4)
    expected: Any = EXACT[name](SymPyMatrix(rows).applyfunc(Rational))
    entries = list(expected) if name == "inverse" else [expected]
    tree = parse(f"{name}(A)", VOCABULARY)
    array = np.array(rows, dtype=float)
    found = evaluate(tree, {"A": np.stack([array, array])}, lead=1)
    assert np.allclose(found[1].reshape(-1), [float(entry) for entry in entries], rtol=1e-12, atol=1e-14)
    digits = precise_values(make_graph({"y": tree}).nodes, {"A": array})
    assert digits is not None
    assert list(digits["y"].reshape(-1)) == [Fraction(int(e.p), int(e.q)) for e in entries]


def test_a_determinant_of_whole_numbers_is_whole() -> None:
    rows = np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]])
    assert evaluate(parse("det(A)", VOCABULARY), {"A": rows}) == 0


@pytest.mark.parametrize("rows", [[[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[0.1, 0.2], [0.2, 0.4]], [[0]]])
def test_a_singular_matrix_has_no_inverse(rows: list[list[float]]) -> None:
    tree = parse("inverse(A)", VOCABULARY)
    assert np.all(np.isnan(evaluate(tree, {"A": np.array(rows, dtype=float)})))
    digits = precise_values(make_graph({"y": tree}).nodes, {"A": np.array(rows, dtype=float)})
    assert digits is not None
    assert all(entry is None for entry in digits["y"].reshape(-1))


FORMULAS = (
    "det(A)",
    "trace(A @ B)",
    "sum(inverse(A) @ B)",
    "log(det(A)^2)",
    "trace(inverse(A @ B) + eye(3))",
    "x * trace(A * B)",
    "sum(B * inverse(A).T)",
    "norm(A @ B) + norm1(A) + norm_inf(B)",
)


@pytest.mark.parametrize("formula", FORMULAS)
def test_slopes_are_differences(formula: str) -> None:
    rng = np.random.default_rng(3)
    given = {"A": rng.normal(size=(3, 3)), "B": rng.normal(size=(3, 3)), "x": np.array(1.5)}
    tree = parse(formula, VOCABULARY)
    forms = Rules({name: array.shape for name, array in given.items()} | {"y": ()}).pull("y", tree, ONE)
    into: Cotangents = {}
    pull(tree, np.ones(1), {name: array[np.newaxis] for name, array in given.items()}, into)
    here = {**given, "y": evaluate(tree, given)}
    assert "A" in forms
    for name, form in forms.items():
        expected = differences(tree, given, name)
        by_rules = np.broadcast_to(evaluate(form, here), given[name].shape)
        assert np.allclose(by_rules, expected, rtol=1e-5, atol=1e-6), (formula, name, to_text(form))
        assert np.allclose(into[name][0], expected, rtol=1e-5, atol=1e-6), (formula, name)
        assert parse(to_text(form), VOCABULARY) is not None


def differences(tree: Any, given: dict[str, Any], name: str) -> Any:
    result = np.zeros(given[name].shape)
    for place in np.ndindex(result.shape):
        sides = []
        for step in (1e-6, -1e-6):
            moved = given[name].copy()
            moved[place] += step
            sides.append(float(evaluate(tree, {**given, name: moved})))
        result[place] = (sides[0] - sides[1]) / 2e-6
    return result


@pytest.mark.parametrize("formula", ["det(A)", "trace(A)", "inverse(A)"])
@pytest.mark.parametrize(("shape", "words"), [((2, 3), "2 x 3"), ((3,), "a vector of 3"), ((), "a scalar")])
def test_only_square_matrices(formula: str, shape: tuple[int, ...], words: str) -> None:
    name = formula.partition("(")[0]
    with pytest.raises(ShapeError) as error:
        evaluate(parse(formula, VOCABULARY), {"A": np.ones(shape)})
    assert str(error.value) == f"{formula}: A is {words}, and {name} takes a square matrix"


def test_the_identity() -> None:
    assert np.array_equal(evaluate(parse("eye(3)", VOCABULARY), {}), np.eye(3))
    assert to_text(parse("eye(2)", VOCABULARY)) == "eye(2, 2)"
