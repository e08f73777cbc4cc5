"""Answers of another rank: axes of length 1 added or left out say nothing, a row for a column does."""

from __future__ import annotations

from pathlib import Path

import pytest

from hw2check.report.json import answers as render_json
from tests.support import judged, verdicts

GRAPH = (
    "[given]\nx1 = 3\nW = [[1, 2], [3, 4]]\nc = [[1], [2]]\nr = [[1, 2]]\nv = [1, 2]\nk = [[3]]\n"
    "[nodes]\n"
    's = "x1^2"\n'  # 9
    'u = "W @ v"\n'  # vector 5, 11
    'Zc = "W @ c"\n'  # column 5, 11
    'Zr = "r @ W"\n'  # row 7, 10
    'K = "k * x1"\n'  # 1 x 1: 9
    "[expected]\n"
)

VALUES = [
    ("s", "9", "correct"),
    ("s", "[9]", "correct"),
    ("s", "[[9]]", "correct"),
    ("s", "[8]", "wrong"),
    ("s", "[[8]]", "wrong"),
    ("s", "[9, 9]", "wrong"),
    ("K", "9", "correct"),
    ("K", "[9]", "correct"),
    ("K", "[[9]]", "correct"),
    ("K", "[8]", "wrong"),
    ("u", "[5, 11]", "correct"),
    ("u", "[[5], [11]]", "correct"),
    ("u", "[[5, 11]]", "correct"),
    ("u", "[[5], [12]]", "wrong"),
    ("u", "[[5, 11, 0]]", "wrong"),
    ("Zc", "[5, 11]", "correct"),
    ("Zc", "[[5], [11]]", "correct"),
    ("Zc", "[5, 12]", "wrong"),
    ("Zc", "[[5, 11]]", "wrong"),  # a row for a column
    ("Zr", "[7, 10]", "correct"),
    ("Zr", "[[7, 10]]", "correct"),
    ("Zr", "[[7], [10]]", "wrong"),  # a column for a row
]

FORMULAS = [
    ("s", "[x1^2]", "correct"),
    ("s", "k*x1 + x1^2 - x1*sum(k)", "correct"),
    ("s", "[x1^3]", "wrong"),
    ("s", "[x1^2, x1^2]", "wrong"),
    ("K", "sum(k)*x1", "correct"),
    ("K", "[sum(k)*x1]", "correct"),
    ("K", "sum(k)+x1", "wrong"),
    ("u", "W @ c*0 + (v[0]*c*0 + W @ (v*1))", "wrong"),  # 2 x 2 by broadcasting
    ("u", "[W[0] @ v, W[1] @ v]", "correct"),
    ("u", "[[W[0] @ v], [W[1] @ v]]", "correct"),
    ("u", "[[W[0] @ v], [W[1] @ v + 1]]", "wrong"),
    ("Zc", "[sum(W[0]*c.T), sum(W[1]*c.T)]", "correct"),
    ("Zc", "[sum(W[0]*c.T), sum(W[1]*c.T) + x1]", "wrong"),
    ("Zc", "[5, 11 + 0*x1]", "correct"),  # with given values put in
    ("Zc", "[5, 11 + x1]", "wrong"),
    ("Zc", "(W @ c).T", "wrong"),
    ("Zr", "[sum(W.T[0]*r), sum(W.T[1]*r)]", "correct"),
    ("Zr", "(r @ W).T", "wrong"),
    ("Zc", "[5, 11]", "correct"),
    ("Zc", "[5, 12]", "wrong"),
]


@pytest.mark.parametrize(("quantity", "written", "verdict"), VALUES)
def test_values(tmp_path: Path, quantity: str, written: str, verdict: str) -> None:
    report = judged(tmp_path, f"{GRAPH}{quantity} = {written}\n")
    assert verdicts(report) == {quantity: verdict}
    render_json([report], [])


@pytest.mark.parametrize(("quantity", "written", "verdict"), FORMULAS)
def test_formulas(tmp_path: Path, quantity: str, written: str, verdict: str) -> None:
    report = judged(tmp_path, f'{GRAPH}{quantity} = "{written}"\n')
    assert verdicts(report) == {quantity: verdict}


LAYER = '[given]\nA_in = [[2], [5]]\n[[layer]]\nname = "1"\nW = [[3, 1]]\nb = [4]\n[expected]\n'


@pytest.mark.parametrize(
    ("written", "verdict"),
    [
        ('"sum(W1.T*A_in) + sum(b1)"', "correct"),
        ('"sum(W1.T*A_in)"', "wrong"),
        ("15", "correct"),
        ("[15]", "correct"),
        ("14", "wrong"),
    ],
)
def test_a_layer_of_one_unit(tmp_path: Path, written: str, verdict: str) -> None:
    assert verdicts(judged(tmp_path, f"{LAYER}Z1 = {written}\n")) == {"Z1": verdict}


def test_what_follows_from_an_answer_of_another_rank_is_carried(tmp_path: Path) -> None:
    wrong = f'{GRAPH}Zc = "[sum(W[0]*c.T), x1]"\nK = 9\n'.replace("[expected]", 't = "sum(Zc^2)"\n[expected]')
    report = judged(tmp_path, f'{wrong}t = "sum(W[0]*c.T)^2 + x1^2"\n')
    assert verdicts(report) == {"Zc": "wrong", "K": "correct", "t": "carried"}
