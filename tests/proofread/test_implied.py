"""The problem file that a document implies: it is read, and judges the document's own answers."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from hw2check.check.file import check_file
from hw2check.errors import HW2CheckError
from hw2check.problem.reader import read_problem
from hw2check.proofread.document import scan
from hw2check.proofread.implied import problem_text
from hw2check.reading.source import read_source

NEURON = r"""
Let $x = 2$, $w = 0.5$, $b = 1$ and $t = 3$.

$$z = wx + b = 2, \quad a = \sigma(z) = 0.881$$

$$L = \frac{1}{2}(a - t)^2 = 2.246$$

$$\frac{\partial L}{\partial w} = (a - t) a (1 - a) x = -0.445$$
"""


def test_neuron(tmp_path: Path) -> None:
    text = problem_text(scan(NEURON, "hw.md"))
    assert tomllib.loads(text) == {
        "loss": "L",
        "given": {"x": 2, "w": 0.5, "b": 1, "t": 3},
        "nodes": {"z": "w*x + b", "a": "sigmoid(z)", "L": "1/2*(a - t)^2"},
        "expected": {
            "z": 2,
            "a": 0.881,
            "L": 2.246,
            "dL/dw": {"formula": "(a - t)*a*(1 - a)*x", "value": -0.445},
        },
    }
    (tmp_path / "p.toml").write_text(text, encoding="utf-8")
    findings = {f.name: f.verdict for f in check_file(str(tmp_path / "p.toml"), None).findings}
    assert findings == {"z": "correct", "a": "correct", "L": "correct", "dL/dw": "correct"}


# document, what of its problem is expected
IMPLIED = [
    ("$x_1 = 2$, $y = 3x_1 = 7$", {"given": {"x1": 2}, "nodes": {"y": "3*x1"}, "expected": {"y": 7}}),
    (
        r"$W = \begin{bmatrix} 1 & 2 \\ 3 & 0.5 \end{bmatrix}$, $V = 2W$",
        {"given": {"W": [[1, 2], [3, 0.5]]}, "nodes": {"V": "2*W"}},
    ),
    (
        "$a = 0.50$ and $b = a + 1 = 1.50$",
        {"given": {"a": 0.5}, "nodes": {"b": "a + 1"}, "expected": {"b": 1.5}},
    ),
    ("Given a = 2.\n\nThen b = 3 * a = 6.", {"given": {"a": 2}, "nodes": {"b": "3*a"}, "expected": {"b": 6}}),
]


@pytest.mark.parametrize(("text", "problem"), IMPLIED)
def test_implied(text: str, problem: dict[str, object], tmp_path: Path) -> None:
    made = problem_text(scan(text, "hw.md"))
    assert tomllib.loads(made) == problem
    (tmp_path / "p.toml").write_text(made, encoding="utf-8")
    assert read_problem(read_source(str(tmp_path / "p.toml"))).given


def test_digits_are_kept() -> None:
    assert "b = 1.50\n" in problem_text(scan("$a = 0.5$ and $b = a + 1 = 1.50$", "hw.md"))


def test_nothing_is_implied() -> None:
    with pytest.raises(HW2CheckError, match=r"hw.md: no problem can be seen in this document"):
        problem_text(scan("No mathematics.", "hw.md"))
