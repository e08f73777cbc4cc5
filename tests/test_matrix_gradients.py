"""Gradients through vectors and matrices, against autograd, central differences and published figures."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import autograd
import numpy as np
import pytest

from hw2check.problem import read_problem
from hw2check.source import read_source
from hw2check.truth import Truth

from .matrix_oracle import MatrixGraph, random_graph


def truth_of(text: str, folder: Path) -> Truth:
    file = folder / "p.toml"
    file.write_text(text, encoding="utf-8")
    return Truth(read_problem(read_source(str(file))), with_gradients=True)


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
