"""Matrices that are too large to show: what matters of them, and the whole on demand."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from hw2check.check.file import check_file
from hw2check.check.findings import Report
from hw2check.report.answers import print_report
from hw2check.report.json import answers as render_json
from tests.support import finding, judged, verdicts

LAYER = """batch = "rows"
[given]
A_in = { file = "x.npy" }
[[layer]]
name = "1"
W = { file = "w.npz", key = "W" }
b = { file = "w.npz", key = "b" }
activation = "relu"
[expected]
A1 = { file = "a.npy" }
"""


def network(folder: Path, wrong: dict[tuple[int, int], float], dtype: type = np.float64) -> Report:
    """A layer from 300 to 128 with a batch of 16, and its activations saved with some entries off."""
    rng = np.random.default_rng(3)
    x, w, b = rng.normal(size=(16, 300)), rng.normal(size=(128, 300)), rng.normal(size=128)
    a = np.maximum(x @ w.T + b, 0)
    for place, by in wrong.items():
        a[place] += by
    np.save(folder / "x.npy", x)
    np.savez(folder / "w.npz", W=w, b=b)
    np.save(folder / "a.npy", a.astype(dtype))
    (folder / "p.toml").write_text(LAYER)
    return check_file(str(folder / "p.toml"), None, ("forward",))


def shown(report: Report, *, verbose: bool = False) -> str:
    stream = StringIO()
    print_report(report, Console(file=stream, width=120), verbose=verbose)
    return stream.getvalue()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_right_large_matrix(dtype: type, tmp_path: Path) -> None:
    report = network(tmp_path, {}, dtype)
    assert verdicts(report) == {"A1": "correct"}
    assert "2048 entries" in shown(report)
    assert "; all agree" in shown(report)


def test_what_differs_is_counted_and_placed(tmp_path: Path) -> None:
    report = network(tmp_path, {(2, 5): 0.5, (7, 100): -3.25, (15, 127): 1e-3})
    assert verdicts(report) == {"A1": "wrong"}
    text = shown(report)
    assert "; 3 differ, at most by 3.25 in entry [8, 101]" in text
    for place in ("[3, 6] expected", "[8, 101] expected", "[16, 128] expected"):
        assert place in text
    assert len(text.splitlines()) < 20


def test_many_that_differ_are_summed_up(tmp_path: Path) -> None:
    report = network(tmp_path, {(i, j): 1.0 for i in range(4) for j in range(5)})
    assert "; 20 differ, at most by 1 in entry" in shown(report)
    assert "and 12 more: -v shows the whole matrix" in shown(report)


def test_verbose_shows_the_whole(tmp_path: Path) -> None:
    report = network(tmp_path, {(2, 5): 0.5})
    assert shown(report, verbose=True).count("\n") > 16
    assert "differ" not in shown(report, verbose=True)


def test_json_has_the_greatest_difference(tmp_path: Path) -> None:
    report = network(tmp_path, {(2, 5): 0.5, (7, 100): -3.25})
    (answer,) = [
        q["answer"] for q in json.loads(render_json([report], []))["files"][0]["quantities"] if q["answer"]
    ]
    assert answer["greatest_difference"]["entry"] == [8, 101]
    assert answer["greatest_difference"]["by"] == pytest.approx(3.25, rel=1e-12)


def test_a_written_matrix_formula_is_shown_where_it_is_wrong(tmp_path: Path) -> None:
    problem = '[given]\nW = [[1, 2], [3, 4]]\nx = [1, 2]\n[nodes]\ny = "W @ x"\n[expected]\ny = "{}"\n'
    assert "written: W.T @ x" in shown(judged(tmp_path, problem.format("W.T @ x")))
    assert "written:" not in shown(judged(tmp_path, problem.format("W @ x + 0")))
    assert finding(judged(tmp_path, problem.format("W.T @ x")), "y").verdict == "wrong"


# --- numbers that float64 cannot work with: a verdict, without a word from NumPy

EXTREME = [
    # what is given, the loss, the quantity, what is written
    ("x = [1, 2]", "3", "dL/dx", "[1, 1]"),
    ("x = [1, 2]", "1/0", "dL/dx", "[1, 1]"),
    ("x = [1e308, 2]", "sum(x*x)", "dL/dx", '"x"'),
    ("x = [1e308, -1e308]", "x[0] - x[1]", "L", "1"),
    ("x = [1e308, 1]\ny = 2", "sum(x)*y", "dL/dy", '"x[1]"'),
    ("x = 1e308", "x + 1", "L", '"x - 1"'),
]


@pytest.mark.parametrize(("given", "loss", "quantity", "written"), EXTREME)
def test_numbers_at_the_end_of_float64(
    tmp_path: Path, given: str, loss: str, quantity: str, written: str
) -> None:
    text = f'loss = "L"\n[given]\n{given}\n[nodes]\nL = "{loss}"\n[expected]\n"{quantity}" = {written}\n'
    assert set(verdicts(judged(tmp_path, text)).values()) <= {"wrong", "undecided"}
