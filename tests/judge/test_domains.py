"""Formulas are compared where the quantity is defined: beyond that they may say what they like."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import judged, verdicts

CASES = [
    # node, quantity, written, verdict
    ("log(x)", "y", "log(abs(x))", "correct"),
    ("log(x)", "dy/dx", "1/x", "correct"),
    ("log(x)", "dy/dx", "1/abs(x)", "correct"),
    ("log(x)", "dy/dx", "sqrt(1/x^2)", "correct"),
    ("log(x)", "dy/dx", "-1/abs(x)", "wrong"),
    ("log(x)", "dy/dx", "1/x^2", "wrong"),
    ("log(x^2)", "dy/dx", "2/x", "correct"),
    ("log(x^2)", "dy/dx", "2/abs(x)", "wrong"),  # defined at negative x too
    ("log(abs(x))", "dy/dx", "1/abs(x)", "wrong"),
    ("sqrt(x)*a", "dy/da", "sqrt(abs(x))", "correct"),
    ("sqrt(x)*a", "dy/dx", "a/(2*sqrt(abs(x)))", "correct"),
    ("x^1.5", "dy/dx", "1.5*sqrt(abs(x))", "correct"),
    ("x^1.5", "dy/dx", "1.5*abs(x)", "wrong"),
    ("a*log(x)", "dLoss/dx", "3*a/abs(x)", "correct"),
    ("a*log(x)", "dLoss/da", "3*log(abs(x))", "correct"),
    ("a*log(x)", "dLoss/dx", "3*abs(a)/abs(x)", "wrong"),  # a may be negative
    ("a*log(x)", "x_new", "x - 0.1*dLoss/dy*a/abs(x)", "correct"),
    ("log(u)", "dLoss/dx", "3/abs(x)", "correct"),  # u = x*1
    ("log(u)", "dLoss/dx", "-3/abs(x)", "wrong"),
    ("log(u)", "dy/dx", "1/abs(x)", "correct"),
]


@pytest.mark.parametrize(("node", "quantity", "written", "verdict"), CASES)
def test_domain(tmp_path: Path, node: str, quantity: str, written: str, verdict: str) -> None:
    text = (
        f'learning_rate = 0.1\nparameters = ["x"]\n[given]\nx = 2\na = 0.7\n'
        f'[nodes]\nu = "x*1"\ny = "{node}"\n'
        f'[upstream]\ny = 3\n[expected]\n"{quantity}" = "{written}"\n'
    )
    assert verdicts(judged(tmp_path, text)) == {quantity: verdict}


def test_masked_entries_leave_the_rest_to_be_compared(tmp_path: Path) -> None:
    """Minus infinity is a value on the way to a softmax that leaves entries out."""
    text = (
        "[given]\ns = [[1, 2], [3, 4]]\nm = [[1, 0], [1, 1]]\n"
        '[nodes]\nz = "s + log(m^2)*0 + log(relu(m))"\np = "softmax(z)"\n[expected]\np = "{}"\n'
    )
    assert verdicts(judged(tmp_path, text.format("softmax(z)"))) == {"p": "correct"}
    assert verdicts(judged(tmp_path, text.format("softmax(2*z)"))) == {"p": "wrong"}


SHARES = "[0.02, 0.03, 0.01, 0.04, 0.05, 0.01, 0.02, 0.03, 0.7]"  # random points are hardly ever like these
NARROW = [
    ("L", "-sum(log(p)*q + (1 - q)*log(1 - p))*relu(w)", "correct"),
    ("L", "-sum(log(p)*q + (1 - q)*log(1 - p))*w", "wrong"),  # what takes no part in it still varies
    ("L", "-sum(log(p)*q + (1 + q)*log(1 - p))*relu(w)", "wrong"),
    ("dL/dp", "((1 - q)/(1 - p) - q/p)*relu(w)", "correct"),
    ("dL/dp", "((1 - q)/(1 - p) - q/p)*w", "wrong"),
    ("dL/dq", "relu(w)*log((1 - p)/p)", "correct"),
    ("dL/dq", "w*log((1 - p)/p)", "wrong"),
]


@pytest.mark.parametrize(("quantity", "written", "verdict"), NARROW)
def test_a_narrow_domain(tmp_path: Path, quantity: str, written: str, verdict: str) -> None:
    text = (
        f'loss = "L"\n[given]\np = {SHARES}\nq = [0.1, 0.2, 0.3, 0.4, 0, 0, 0, 0, 0]\nw = 0.5\n'
        '[nodes]\nL = "-sum(q*log(p) + (1 - q)*log(1 - p))*relu(w)"\n'
    )
    assert verdicts(judged(tmp_path, f'{text}[expected]\n"{quantity}" = "{written}"\n')) == {
        quantity: verdict
    }


def test_small_running_variances(tmp_path: Path) -> None:
    text = (
        'batch = "rows"\n[given]\nA_in = [[1, 2, -1], [0.5, -1, 3]]\n'
        '[[layer]]\nkind = "batch_norm"\ngamma = [1, 2, 0.5]\nactivation = "relu"\n'
        "running_mean = [0.1, 0.2, 0.3]\nrunning_var = [0.01, 0.02, 0.005]\n[expected]\n"
    )
    right = 'Xhat1 = "(A_in - mu1)/sqrt(var1 + 1e-5)"\nA1 = "relu(Xhat1*gamma1)"\n'
    assert set(verdicts(judged(tmp_path, text + right)).values()) == {"correct"}
    wrong = 'Xhat1 = "(A_in - mu1)/sqrt(var1)"\nA1 = "Xhat1*gamma1"\n'
    assert set(verdicts(judged(tmp_path, text + wrong)).values()) == {"wrong"}
