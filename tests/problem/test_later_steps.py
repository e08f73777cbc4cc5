"""Quantities of later training steps that only some problems ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import judged, verdicts

# w = 0.5, then 0.5 - 0.1*dL/dw = 0.9; by hand: y = w*x, q = y^2, r = 2*x^2, L = (q - 3)^2.
PROBLEM = """
loss = "L"
parameters = ["w"]
steps = 2
learning_rate = 0.1
[given]
w = 0.5
x = 1
[nodes]
y = "w*x"
q = "y^2"
k = "x^2"
r = "2*k"
L = "(q - 3)^2"
[expected]
"""
W2 = 0.5 - 0.1 * 2 * (0.25 - 3) * 2 * 0.5  # 1.05
CASES = [
    ('"w@2"', "1.05", "correct"),
    ('"dq/dw@2"', "2.1", "correct"),
    ('"dq/dw@2"', "1", "wrong"),  # that of the first step
    ('"dq/dx@2"', "2.205", "correct"),
    ('"dq/dw@2"', '"2*y@2*x"', "correct"),
    ('"dq/dw@2"', '"2*y*x"', "wrong"),
    ('"dq/dy@2"', "2.1", "correct"),
    ('"dq/dy@2"', "1.0", "wrong"),
    ('"dy/dx@2"', "1.05", "correct"),
    ('"dr/dx@2"', "4", "correct"),
    ('"dr/dx@2"', "2", "wrong"),
    ('"dL/dw@2"', '"dL/dq@2*dq/dw@2"', "correct"),
    ('"dL/dw@2"', '"dL/dq@2*dq/dw"', "wrong"),
]


@pytest.mark.parametrize(("name", "written", "verdict"), CASES)
def test_derivatives_between_nodes_are_those_of_their_step(
    name: str, written: str, verdict: str, tmp_path: Path
) -> None:
    assert pytest.approx(1.05) == W2
    assert list(verdicts(judged(tmp_path, f"{PROBLEM}{name} = {written}\n")).values()) == [verdict]


def test_an_upstream_gradient_is_that_of_every_step(tmp_path: Path) -> None:
    """dLoss/dq = 2 is given: dLoss/dw = 4*w*x^2 is 2, so w@2 is 0.3."""
    problem = PROBLEM.replace('loss = "L"\n', "").replace("[expected]", "[upstream]\nq = 2\n[expected]")
    problem = problem.replace('L = "(q - 3)^2"\n', "")
    answers = '"dLoss/dq@2" = 2\n"dLoss/dw@2" = 1.2\n"dq/dw@2" = 0.6\n"dq/dw@1" = 1\n'
    assert set(verdicts(judged(tmp_path, problem + answers)).values()) == {"correct"}
    assert list(verdicts(judged(tmp_path, problem + '"dLoss/dq@2" = 3\n')).values()) == ["wrong"]
