"""Parameters after their update, and errors whose sign is a convention, with a problem."""

from __future__ import annotations

from pathlib import Path

import pytest

from hw2check.problem.reader import read_problem
from hw2check.proofread.document import scan
from hw2check.proofread.proofreading import proofread
from hw2check.reading.source import read_source

PROBLEM = """\
loss = "L"
learning_rate = 0.1
parameters = ["w", "b"]
[given]
w = [[0.5, 1], [2, 3]]
b = 0.25
x = [[1], [2]]
[nodes]
z = "w @ x"
n = "sum(z) + b"
L = "n^2/2"
"""
# dL/dn = n = 10.75; dL/dw = n * [[1, 2], [1, 2]]; dL/db = n

W = (
    "$w = \\begin{pmatrix}0.5&1\\\\2&3\\end{pmatrix}"
    " - 0.1\\begin{pmatrix}10.75&21.5\\\\10.75&21.5\\end{pmatrix}"
    " = \\begin{pmatrix}-0.575&-1.15\\\\0.925&LAST\\end{pmatrix}$"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$b = 0.25 - 0.1 \\cdot 10.75 = -0.825$", "hold hold"),
        ("$b = 0.25 - 0.1 \\cdot 10.75 = -0.9$", "hold wrong"),
        ("$b = 0.25 - 0.1 \\cdot 9 = -0.65$", "wrong hold"),
        ("$b = 0.25 - 0.1 \\cdot 10.75$\n\n$b = -0.825$", "hold hold"),
        ("$b = 0.25 - 0.1 \\cdot 10.75$\n\n$b = 0.5$", "hold wrong"),
        ("$b = 0.25$\n\n$b = 0.25 + 0.1 = 0.35$", "hold wrong hold"),
        (W.replace("LAST", "0.85"), "hold hold"),
        (W.replace("LAST", "0.95"), "hold wrong"),
        ("$\\frac{\\partial L}{\\partial b} = -\\delta_n$ where $\\delta_n = -n = -10.75$", "unchecked"),
    ],
)
def test_updates_in_numbers(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "p.toml"
    file.write_text(PROBLEM, encoding="utf-8")
    proof = proofread(scan(text, "hw.md"), [read_problem(read_source(str(file)))])
    found = " ".join(link.verdict.replace("holds", "hold").replace("rounded", "hold") for link in proof.links)
    assert found.startswith(expected) if expected == "unchecked" else found == expected
