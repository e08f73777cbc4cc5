"""Formulas of layered networks, what targets keep, and updates: the same in answers and documents."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hw2check.problem.optimiser import OPTIONS
from tests.parity.both import same, toml
from tests.parity.test_losses import problem
from tests.problem.test_optimisers import IMPLIED, RULES

SOFTMAX = problem("cross_entropy", "probabilities", "mean_batch")
LOGITS = problem("cross_entropy", "logits", "sum")
SIGMOID = problem("binary_cross_entropy", "probabilities", "mean")
SQUARES = problem("half_squared_error", "", "sum")
WIDE = """
[given]
A_in = [[0.5, -1.2, 0.8, 0.1], [1.1, 0.3, -0.6, 0.9]]
[[layer]]
W = [[0.4, -0.7], [0.9, 0.2], [-0.5, 1.3]]
b = [0.1, -0.2, 0.3]
activation = "tanh"
[loss]
kind = "squared_error"
target = [[0.3, 0.9, 0.1, 0.4], [0.2, -0.4, 0.7, 0.5], [1.1, 0.6, -0.2, 0.8]]
"""

# problem, quantity, formula, verdict
FORMULAS = [
    (SOFTMAX, "dLoss/dZ1", "(A1 - target)/2", "correct"),
    (SOFTMAX, "dLoss/dZ1", "(target - A1)/2", "wrong"),
    (SOFTMAX, "dLoss/dZ1", "A1 - target", "wrong"),
    (SOFTMAX, "dLoss/dA1", "-target/A1/2", "correct"),
    (SOFTMAX, "dLoss/dA1", "-A1/target/2", "wrong"),
    (SOFTMAX, "dLoss/dW1", "(A1 - target)/2 @ A_in.T", "correct"),
    (SOFTMAX, "dLoss/dW1", "dLoss/dZ1 @ A_in.T", "correct"),
    (SOFTMAX, "dLoss/dW1", "dLoss/dZ1 @ A_in", "wrong"),
    (SOFTMAX, "dLoss/db1", "sum((A1 - target)/2, axis=1)", "correct"),
    (SOFTMAX, "Loss", "-sum(target*log(A1))/2", "correct"),
    (SOFTMAX, "Loss", "-sum(target*log(A1))", "wrong"),
    (LOGITS, "dLoss/dA1", "softmax(A1, axis=0) - target", "correct"),
    (LOGITS, "dLoss/dA1", "target - softmax(A1, axis=0)", "wrong"),
    (SIGMOID, "dLoss/dZ1", "(A1 - target)/6", "correct"),
    (SIGMOID, "dLoss/dZ1", "(A1 - target)*A1*(1 - A1)/6", "wrong"),
    (SIGMOID, "dLoss/dA1", "(A1 - target)/(A1*(1 - A1))/6", "correct"),
    (SQUARES, "dLoss/dZ1", "(A1 - target)*(1 - A1^2)", "correct"),
    (SQUARES, "dLoss/dZ1", "(A1 - target)*(1 - A1)", "wrong"),
    (SQUARES, "dLoss/dZ1", "A1 - target", "wrong"),
    (SQUARES, "dLoss/dA_in", "W1.T @ dLoss/dZ1", "correct"),
    (WIDE, "dLoss/dA_in", "W1.T @ dLoss/dZ1", "correct"),
    (WIDE, "dLoss/dA_in", "W1 @ dLoss/dZ1", "wrong"),
    (WIDE, "dLoss/dW1", "dLoss/dZ1 @ A_in", "wrong"),
    (WIDE, "Z1", "A_in @ W1 + b1", "wrong"),
    (WIDE, "Z1", "W1.T @ A_in + b1", "wrong"),
    (SQUARES, "Z1", "W1 @ A_in + b1", "correct"),
    (SQUARES, "Z1", "W1 @ A_in", "wrong"),
    (SQUARES, "A1", "tanh(Z1)", "correct"),
    (SQUARES, "A1", "sigmoid(Z1)", "wrong"),
]


@pytest.mark.parametrize(("text", "name", "formula", "verdict"), FORMULAS)
def test_formulas(text: str, name: str, formula: str, verdict: str, tmp_path: Path) -> None:
    same(text, name, f'"{formula}"', verdict, tmp_path)


@pytest.mark.parametrize("kind", sorted(OPTIONS))
def test_updates(kind: str, tmp_path: Path) -> None:
    text = (
        f'learning_rate = 0.1\nparameters = ["a"]\nloss = "L"\noptimiser = {{ kind = "{kind}" }}\n'
        '[given]\na = 1.3\nb = 0.7\n[nodes]\nL = "(a*b - 2)^2"\n'
    )
    slope = np.asarray(2 * (1.3 * 0.7 - 2) * 0.7)
    new = RULES[kind](np.asarray(1.3), slope, {}, 1, {"lr": 0.1, **IMPLIED.get(kind, {})})
    same(text, "a_new", toml(new, 4), "correct", tmp_path)
    same(text, "a_new", toml(2.6 - new, 4), "wrong", tmp_path)
    same(text, "a_new", toml(0.1 * slope, 4), "wrong", tmp_path)
