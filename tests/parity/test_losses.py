"""Every loss, and what its target must keep: one verdict and one hint in answers and in documents."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hw2check.formula.functions import Array
from hw2check.problem.losses import LOSSES, REDUCTIONS
from tests.parity.both import same, toml

X = np.array([[0.5, -1.2], [1.1, 0.3]])
W = np.array([[0.4, -0.7], [0.9, 0.2], [-0.5, 1.3]])
B = np.array([[0.1], [-0.2], [0.3]])
TARGETS = {
    "": np.array([[0.3, 0.9], [0.2, -0.4], [1.1, 0.6]]),
    "classes": np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]),
    "signs": np.array([[1.0, -1.0], [-1.0, -1.0], [-1.0, 1.0]]),
    "shares": np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]),
}
MAKES = {"logits": "identity", "probabilities": "softmax", "log_probabilities": "log_softmax"}
STEP = 1e-5


def activation(kind: str, scale: str) -> str:
    """The last activation of a network with that loss."""
    return "sigmoid" if kind.startswith("binary") and scale == "probabilities" else MAKES.get(scale, "tanh")


def activated(z: Array, name: str) -> Array:
    """One column an input; written out again, so that nothing is taken for granted."""
    e = np.exp(z - z.max(axis=0))
    found: dict[str, Array] = {
        "identity": z,
        "tanh": np.tanh(z),
        "sigmoid": 1 / (1 + np.exp(-z)),
        "softmax": e / e.sum(axis=0),
        "log_softmax": np.log(e / e.sum(axis=0)),
    }
    return found[name]


def loss(kind: str, scale: str, reduction: str, a: Array) -> float:
    """The loss of the last activation, as PyTorch's documentation of each has it."""
    target = TARGETS[LOSSES[kind].target]
    if kind == "binary_cross_entropy":
        p = a if scale == "probabilities" else 1 / (1 + np.exp(-a))
        each = -(target * np.log(p) + (1 - target) * np.log(1 - p))
    elif kind == "hinge":
        each = np.maximum(0, 1 - target * a)
    elif scale == "logits":
        each = -target * np.log(np.exp(a) / np.exp(a).sum(axis=0))
    elif scale:
        each = -target * (np.log(a) if scale == "probabilities" else a)
    else:
        each = np.abs(a - target) if "absolute" in kind else (a - target) ** 2
    over = {"sum": 1, "mean": a.size, "mean_batch": a.shape[1]}[reduction]
    return float(np.sum(each) / over / LOSSES[kind].divisor)


CASES = [
    pytest.param(kind, scale, reduction, id=f"{kind}-{scale}-{reduction}")
    for kind, row in LOSSES.items()
    for scale in (row.term if isinstance(row.term, dict) else ("",))
    if not (kind == "negative_log_likelihood" and scale == "logits")
    for reduction in REDUCTIONS
    if not (kind.startswith("mean_") and reduction == "sum")
]


def problem(kind: str, scale: str, reduction: str) -> str:
    target = toml(TARGETS[LOSSES[kind].target])
    said = f'from = "{scale}"\n' if scale else ""
    return (
        f"[given]\nA_in = {toml(X)}\n[[layer]]\nW = {toml(W)}\nb = {toml(B.reshape(-1))}\n"
        f'activation = "{activation(kind, scale)}"\n'
        f'[loss]\nkind = "{kind}"\n{said}reduction = "{reduction}"\ntarget = {target}\n'
    )


def slopes(of: Array, kind: str, scale: str, reduction: str, name: str) -> Array:
    """The derivative of the loss by each entry of A1, Z1 or W1, by central differences."""
    found = np.zeros(of.shape)
    for place in np.ndindex(of.shape):
        ends = []
        for sign in (1, -1):
            moved = of.copy()
            moved[place] += sign * STEP
            z = moved @ X + B if name == "W1" else moved
            a = z if name == "A1" else activated(z, activation(kind, scale))
            ends.append(loss(kind, scale, reduction, a))
        found[place] = (ends[0] - ends[1]) / (2 * STEP)
    return found


@pytest.mark.parametrize(("kind", "scale", "reduction"), CASES)
def test_values(kind: str, scale: str, reduction: str, tmp_path: Path) -> None:
    text, z = problem(kind, scale, reduction), W @ X + B
    a = activated(z, activation(kind, scale))
    value = loss(kind, scale, reduction, a)
    same(text, "Loss", toml(np.asarray(value), 5), "correct", tmp_path)
    same(text, "Loss", toml(np.asarray(2 * value), 5), "wrong", tmp_path)
    same(text, "Loss", toml(np.asarray(value + 0.37), 5), "wrong", tmp_path)
    for name, of in (("A1", a), ("Z1", z), ("W1", W)):
        if name == "Z1" and activation(kind, scale) == "identity":
            continue
        right = slopes(of, kind, scale, reduction, name)
        same(text, f"dLoss/d{name}", toml(right, 5), "correct", tmp_path)
        for wrong in (-right, right[::-1] / 2 + 0.1):
            same(text, f"dLoss/d{name}", toml(wrong, 5), "wrong", tmp_path)


def test_no_loss_is_left_out() -> None:
    assert {case.values[0] for case in CASES} == set(LOSSES)
