"""Every rule for matrices: values and gradients get one verdict and one hint in answers and in documents."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hw2check.calculus.values import evaluate
from hw2check.formula.functions import Array
from hw2check.formula.tree import names
from tests.calculus.test_entrywise import FORMULAS, VALUES, of
from tests.parity.both import same, toml

ROUNDED = {name: np.round(value, 2) for name, value in VALUES.items()}  # as the problem states them
STEP = 1e-4
GRADIENTS = [
    pytest.param(text, name, id=f"{text}-{name}")
    for _, text in FORMULAS
    for name in sorted(set(names(of(text))))
]


def weights(text: str) -> Array:
    """What the entries of a node are multiplied by in the loss."""
    shape = evaluate(of(text), ROUNDED).shape
    return np.round(np.random.default_rng(3).uniform(0.5, 1.5, shape), 1)


def problem(text: str) -> str:
    """A problem about one node, and a loss that depends on each of its entries."""
    given = {name: ROUNDED[name] for name in names(of(text))} | {"G": weights(text)}
    stated = "".join(f"{name} = {toml(value)}\n" for name, value in given.items())
    return f'loss = "L"\n[given]\n{stated}[nodes]\nY = "{text}"\nL = "sum(G*Y)"\n'


def loss(text: str, values: dict[str, Array]) -> float:
    return float(np.sum(weights(text) * evaluate(of(text), values)))


def gradient(text: str, name: str) -> Array:
    """The derivative of the loss by each entry, by central differences of its value."""
    found = np.zeros(ROUNDED[name].shape)
    for place in np.ndindex(found.shape):
        moved = np.zeros(found.shape)
        moved[place] = STEP
        ends = [loss(text, ROUNDED | {name: ROUNDED[name] + sign * moved}) for sign in (1, -1)]
        found[place] = (ends[0] - ends[1]) / (2 * STEP)
    return found


@pytest.mark.parametrize("text", [text for _, text in FORMULAS])
def test_values(text: str, tmp_path: Path) -> None:
    value = evaluate(of(text), ROUNDED)
    same(problem(text), "Y", toml(value, 5), "correct", tmp_path)
    same(problem(text), "Y", toml(1.37 * value + 0.11, 5), "wrong", tmp_path)
    same(problem(text), "Y", toml(-value - 1e-3, 3), "wrong", tmp_path)


@pytest.mark.parametrize(("text", "name"), GRADIENTS)
def test_gradients(text: str, name: str, tmp_path: Path) -> None:
    value = gradient(text, name)
    same(problem(text), f"dL/d{name}", toml(value, 5), "correct", tmp_path)
    same(problem(text), f"dL/d{name}", toml(1.37 * value + 0.11, 5), "wrong", tmp_path)
    if np.any(value):
        same(problem(text), f"dL/d{name}", toml(-value, 5), "wrong", tmp_path)
