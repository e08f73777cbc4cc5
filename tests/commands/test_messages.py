"""What a person is told who writes things in the way of books, frameworks or other programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from hw2check.formula.names import did_you_mean, nearest
from hw2check.reading.written import number_hint
from tests.commands.running import Done

GRAPH = 'loss = "y"\nlearning_rate = 0.1\n[given]\nW = [[1, 2], [3, 4]]\nx = [1, 2]\nw = 2\n[nodes]\n'
LAYER = '[[layer]]\nname = "1"\nW = [[1, 2], [3, 4]]\n'
KNOWN = ["relu", "learning_rate", "mean_squared_error", "sigmoid", "W", "dLoss/dW1", "dA1/dW1", "dZ1/dW1"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ReLU", "relu"),
        ("Relu", "relu"),
        ("RELU", "relu"),
        ("lr", "learning_rate"),
        ("LR", "learning_rate"),
        ("learningRate", "learning_rate"),
        ("mse", "mean_squared_error"),
        ("MSE", "mean_squared_error"),
        ("logistic", "sigmoid"),
        ("dW1", "dLoss/dW1"),
        ("sigmiod", "sigmoid"),
        ("w", "W"),
        ("zzzz", None),
    ],
)
def test_known_spellings(name: str, meant: str | None) -> None:
    assert nearest(name, KNOWN) == meant


@pytest.mark.parametrize(
    ("name", "shown"), [("W'", "W"), ("W_out'", "W_out"), ("transpose", "W"), ("W’", "W")]
)
def test_transposes(name: str, shown: str) -> None:
    assert did_you_mean(name, KNOWN) == f"the transpose of {shown} is written {shown}.T"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("1.38x10^-1", "write 1.38e-1"),
        ("1.38 × 10^{-1}", "write 1.38e-1"),
        ("-2·10**3", "write -2e3"),
        ("50%", "write 0.5: there is no % here"),
        ("12.5 %", "write 0.125: there is no % here"),
        ("1,234.5", "write 1234.5: a comma separates entries"),
        ("−1,234,567", "write -1234567: a comma separates entries"),
        ("2 ± 0.1", "write 2 alone: a tolerance stands in [marking] as atol"),
        ("2.50+/-0.01", "write 2.50 alone: a tolerance stands in [marking] as atol"),
        ("1,2", ""),
        ("x10", ""),
        ("a*10^2", ""),
        ("", ""),
    ],
)
def test_numbers(text: str, hint: str) -> None:
    assert number_hint(text) == hint


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f'{GRAPH}y = "ReLU(w)"\n', "did you mean relu?"),
        (f'{GRAPH}y = "sum(transpose(W) @ x)"\n', "the transpose of W is written W.T"),
        (f'{GRAPH}y = "sum(W\' @ x)"\n', "the transpose of W is written W.T"),
        (f'lr = 0.1\n{GRAPH}y = "w^2"\n', "did you mean learning_rate?"),
        (f'{GRAPH}y = "w^2"\n[expected]\ny = "50%"\n', "write 0.5: there is no % here"),
        (f'{GRAPH}y = "w^2"\n[expected]\ny = "4 ± 1"\n', "write 4 alone"),
        (f'{GRAPH}y = "w^2"\n[expected]\nw_new = 1\n', 'updates w if it has parameters = ["w"]'),
        (f'parameters = ["x"]\n{GRAPH}y = "w^2"\n[expected]\nw_new = 1\n', 'parameters = ["x", "w"]'),
        (f'{GRAPH}y = "w^2"\n[expected]\ndw = 4\n', "did you mean dy/dw?"),
        (f'{GRAPH}y = "w^2"\n[answers]\ny = 4\n', "[answers] stands in a submission"),
        (
            f'[given]\nA_in = [[1], [2]]\n{LAYER}[loss]\nkind = "mse"\ntarget = [[1], [2]]\n',
            "did you mean mean_squared_error?",
        ),
        (
            f'[given]\nA_in = [1, 2]\n{LAYER}[[layer]]\nkind = "residual"\nover = 1\n',
            "p.toml:2:1: A1 is a vector of 2, but this layer takes a matrix of inputs\n  A_in = [1, 2]\n",
        ),
    ],
)
def test_problems(text: str, told: str) -> None:
    Path("p.toml").write_text(text, encoding="utf-8")
    done = Done("check", "p.toml")
    assert told in done.out + done.err
    assert done.code in (1, 2)


def test_what_a_document_states_and_nobody_can_read() -> None:
    Path("p.toml").write_text(f'{GRAPH}y = "w^2"\nz = "w^3"\n[points]\ny = 1\nz = 1\n', encoding="utf-8")
    Path("d.md").write_text("$y = \\unknowncommand{3} + q$\n", encoding="utf-8")
    out = Done("check", "p.toml", "d.md").out
    assert "unreadable d.md:1:6  y  (" in out and "\\unknowncommand" in out
    assert "missing  z" in out
    Path("d.md").write_text("$y = \\unknowncommand{3}$ and $y = 4$ and $z = 8$\n", encoding="utf-8")
    assert Done("check", "p.toml", "d.md").code == 0
