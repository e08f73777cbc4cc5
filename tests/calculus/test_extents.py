"""Problems at the ends of the scale: nothing given, one number for a matrix, millions of entries."""

from __future__ import annotations

from pathlib import Path

import pytest

from hw2check.check.file import check_file
from hw2check.errors import HW2CheckError
from tests.support import finding, judged, verdicts

# --- nothing is given

CLOSED = '[nodes]\ny = "1/3"\nz = "y^2"\nv = "[1, 2]"\nm = "[[1, 2], [3, 4]]"\nw = "m @ v"\n'


@pytest.mark.parametrize(
    ("quantity", "answer", "verdict"),
    [
        ("z", '"y^2"', "correct"),
        ("z", '"y*y"', "correct"),
        ("z", '"y^3"', "wrong"),
        ("z", '"exp(y)"', "wrong"),
        ("z", "0.1111", "correct"),
        ("z", "0.1112", "close"),
        ("z", "0.2", "wrong"),
        ("z", '"y^3 + [1, 2]"', "wrong"),
        ("w", '"m @ v"', "correct"),
        ("w", '"m.T @ v"', "wrong"),
        ("w", "[5, 11]", "correct"),
        ("w", "[5, 12]", "wrong"),
    ],
)
def test_a_graph_without_givens(tmp_path: Path, quantity: str, answer: str, verdict: str) -> None:
    report = judged(tmp_path, f"{CLOSED}[expected]\n{quantity} = {answer}\n")
    assert verdicts(report) == {quantity: verdict}


@pytest.mark.parametrize(("answer", "verdict"), [("2*y", "correct"), ("3*y", "wrong")])
def test_gradients_of_a_graph_without_givens(tmp_path: Path, answer: str, verdict: str) -> None:
    text = f'loss = "z"\n[nodes]\ny = "1/3"\nz = "y^2"\n[expected]\n"dz/dy" = "{answer}"\n'
    assert verdicts(judged(tmp_path, text)) == {"dz/dy": verdict}


# --- a single number for a matrix of inputs


@pytest.mark.parametrize("batch", ["columns", "rows"])
def test_an_input_that_is_no_matrix(tmp_path: Path, batch: str) -> None:
    text = f'batch = "{batch}"\n[given]\nA_in = 3\n[[layer]]\nname = "1"\nW = [[2]]\n'
    with pytest.raises(HW2CheckError) as caught:
        judged(tmp_path, text)
    assert str(caught.value) == (
        f"{tmp_path}/problem.toml:3:1: A_in is a single number, but a network takes a matrix of inputs\n"
        "  A_in = 3\n  ^\n  hint: write it in brackets: A_in = [[3]]"
    )


# --- values of millions of entries

LARGE = '[given]\nx = 3\n[nodes]\nA = "x*ones(1900, 2000)/7"\ns = "sum(A)"\nt = "s^2"\n[expected]\n'


def test_large_values(tmp_path: Path) -> None:
    right = 3 * 1900 * 2000 / 7
    report = judged(tmp_path, 't = "s^2"\n'.join([LARGE + "s = 1\n", ""]))
    assert verdicts(report) == {"s": "wrong", "t": "undecided"}
    assert finding(report, "t").reason == "the values are too large to compare formulas at sample points"
    assert verdicts(judged(tmp_path, f"{LARGE}s = {right:.3f}\n")) == {"s": "correct"}


# --- nothing where a number is wanted

NO_NUMBER = (
    "a number must stand here, not null",
    'write a number like 3, -0.25 or 1e-3, or in quotes "1/2" or "exp(-2)/3"',
)


@pytest.mark.parametrize("value", ["null", "[1, null]", "[[1], [null]]"])
def test_null_is_called_so(tmp_path: Path, value: str) -> None:
    file = tmp_path / "p.json"
    file.write_text(f'{{"given": {{"x": {value}}}, "nodes": {{"y": "sum(x)"}}}}', encoding="utf-8")
    with pytest.raises(HW2CheckError) as caught:
        check_file(str(file))
    assert (caught.value.message, caught.value.hint) == NO_NUMBER


@pytest.mark.parametrize(("value", "shown"), [("null", "null"), ("[null, 1]", "[null, 1]"), ("true", "true")])
def test_an_answer_of_null_is_shown_so(tmp_path: Path, value: str, shown: str) -> None:
    file = tmp_path / "p.json"
    text = f'{{"given": {{"x": 1}}, "nodes": {{"y": "x^2"}}, "expected": {{"y": {value}}}}}'
    file.write_text(text, encoding="utf-8")
    found = finding(check_file(str(file)), "y")
    assert (found.verdict, found.text) == ("unreadable", shown)
    kind = "true or false" if value == "true" else "null"
    assert found.reason == "; ".join(NO_NUMBER).replace("null", kind)
