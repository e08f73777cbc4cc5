"""Every rule for matrices: values and gradients get one verdict and one hint in answers and in documents."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from hw2check.calculus.values import ShapeError, evaluate
from hw2check.formula.functions import FUNCTIONS, SOFTMAXES, Array
from hw2check.formula.quantity import shown_text
from hw2check.formula.tree import Call, Expression, Index, Whole, names, walk
from hw2check.mistakes.trees import edits
from hw2check.truth.derived import Truth
from tests.calculus.test_entrywise import FORMULAS, VALUES, of
from tests.oracles.network_truth import truth_of
from tests.parity.both import both, same, toml

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


def is_said_in_latex(formula: Expression) -> bool:
    """Whether LaTeX says all of a formula.

    It has no slices, no arrays arranged anew, no axis of softmax, and no vectors but columns.
    """
    parts = list(walk(formula))
    kept = [part for part in parts if isinstance(part, Call) and FUNCTIONS[part.function].along == "keep"]
    return (
        not any(isinstance(part, Index | Whole) for part in parts)
        and not {"u", "v"} & set(names(formula))
        and not any(call.axis if call.function in SOFTMAXES else call.axis is not None for call in kept)
    )


@pytest.mark.parametrize("text", sorted({text for _, text in FORMULAS if is_said_in_latex(of(text))}))
def test_formulas(text: str, tmp_path: Path) -> None:
    """The formula of the node and of its gradients, and the first few mistakes in each."""
    truth = truth_of(problem(text), tmp_path)
    for name in ("Y", *(f"dL/d{name}" for name in sorted(set(names(of(text)))))):
        right = truth.graph.by_name[truth.key(name) or ""].formula
        if not is_said_in_latex(right):
            continue
        same(problem(text), name, f'"{shown_text(right)}"', "correct", tmp_path)
        for _, changed in islice(edits(right), 3):
            if is_said_in_latex(changed) and is_decided(changed, truth):
                answer, step = both(problem(text), name, f'"{shown_text(changed)}"', tmp_path)
                assert answer[:3] == step[:3], (answer, step)


def is_decided(formula: Expression, truth: Truth) -> bool:
    """Whether a document can tell: not where values are infinite, or a matrix should be square."""
    if any(isinstance(part, Call) and FUNCTIONS[part.function].square for part in walk(formula)):
        return False
    try:
        return bool(np.isfinite(evaluate(formula, truth.samples, lead=1)).all())
    except ShapeError:
        return True
