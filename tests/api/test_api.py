"""hw2check in Python and in a notebook."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

import hw2check
from tests.support import FIXTURES

BACKPROP = FIXTURES / "backprop.toml"
KEY = FIXTURES / "backprop-key.toml"


def test_a_problem_is_loaded_and_computed() -> None:
    problem = hw2check.load(BACKPROP)
    assert (
        repr(problem) == "<problem 'Backpropagation through a network with a softmax output': x5, x6, x7, x8>"
    )
    assert problem.values["x6"] == -2
    assert problem.values["x1"] == 0
    assert problem.values["dLoss/da"] == pytest.approx(0.002003244712, rel=1e-9)


def test_a_problem_is_loaded_from_text() -> None:
    problem = hw2check.load(text='[given]\nx = 3\n[nodes]\ny = "x^2"\n')
    assert problem.values["y"] == 9
    assert not problem.check().answers


def test_the_answers_of_a_file() -> None:
    checked = hw2check.check(BACKPROP)
    assert not checked.ok
    assert checked.points == (17, 19)
    wrong = {name for name, answer in checked.answers.items() if answer.verdict == "wrong"}
    assert wrong == {"dLoss/dd"}
    answer = checked.answers["dLoss/dd"]
    assert (answer.written, answer.points, answer.full_points) == ("-0.007", 0, 2)
    assert answer.computed == pytest.approx(-0.0009975456151, rel=1e-9)
    assert hw2check.check(FIXTURES / "backprop-corrected.toml").ok


def test_the_answers_of_a_submission(tmp_path: Path) -> None:
    submission = tmp_path / "s.toml"
    submission.write_text('[answers]\n"dLoss/da" = 0.002\n', encoding="utf-8")
    assert hw2check.check(KEY, submission).answers["dLoss/da"].verdict == "correct"


def test_answers_that_python_has_computed() -> None:
    problem = hw2check.load(FIXTURES / "forward.toml")
    given = problem.problem.given
    net = given["W1"] @ given["A_in"] + given["b1"]
    right = problem.check({"Z1": net, "A1": np.maximum(net, 0)})
    assert {right.answers[name].verdict for name in ("Z1", "A1")} == {"correct"}
    assert problem.check({"Z1": net + 1}).answers["Z1"].verdict == "wrong"
    third = hw2check.load(text='[given]\nx = 3\n[nodes]\ny = "1/x"\nz = "0.1 + 0.2"\n')
    verdicts = {a.verdict for a in third.check({"y": np.float64(1) / 3, "z": 0.1 + 0.2}).answers.values()}
    assert verdicts == {"correct"}
    assert third.check({"y": "1/x"}).answers["y"].verdict == "correct"


def test_a_document() -> None:
    proof = hw2check.proofread(text="Let $x = 3$. Then $x^2 = 8$.")
    assert not proof.ok
    assert proof.verdicts["wrong"] == 1
    assert "left 9, right 8" in repr(proof)
    draft = hw2check.proofread(FIXTURES / "mazur.tex", FIXTURES / "mazur.toml")
    assert draft.ok


def test_everything_prints_in_a_plain_interpreter() -> None:
    assert repr(hw2check.check(BACKPROP)).splitlines()[-1].startswith("✗ 29 answers: 27 correct")
    assert "└── x8" in repr(hw2check.draw(BACKPROP))


def test_everything_shows_in_a_notebook() -> None:
    problem = hw2check.load(BACKPROP)
    assert ElementTree.fromstring(problem._repr_svg_()).tag.endswith("svg")
    assert r"x_{6} &= a x_{2} + b x_{3} + c x_{2} x_{3} \\" in problem._repr_latex_()
    shown = problem.check()._repr_html_()
    assert shown.startswith('<div class="hw2check">') and "<svg" in shown and "<math>" in shown
    assert "<mark" in hw2check.proofread(text="Let $x = 3$.")._repr_html_()


def test_the_worked_solution() -> None:
    worked = hw2check.solve(BACKPROP)
    assert "x6\n  = a*x2 + b*x3 + c*x2*x3\n  = 3*2" in repr(worked)
    assert hw2check.proofread(BACKPROP.parent / "mazur.tex", FIXTURES / "mazur.toml").ok
    assert hw2check.proofread(None, BACKPROP, text=worked._repr_markdown_()).ok


def test_the_way_of_a_quantity_is_drawn(tmp_path: Path) -> None:
    picture = hw2check.draw(BACKPROP, "d")
    picture.save(tmp_path / "d.svg")
    assert 'class="parameter bad path"' in (tmp_path / "d.svg").read_text("utf-8")


def test_what_cannot_be_read_is_told_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text("[given]\nx = .5\n", encoding="utf-8")
    with pytest.raises(hw2check.HW2CheckError, match=r"2:5: x: \.5 is not a number in TOML"):
        hw2check.load(file)
    with pytest.raises(hw2check.HW2CheckError, match="takes a file, or text="):
        hw2check.load()
    with pytest.raises(hw2check.HW2CheckError, match="takes a document, or text="):
        hw2check.proofread()
    with pytest.raises(AttributeError, match="has no attribute 'chekc'"):
        hw2check.chekc  # type: ignore[attr-defined]  # noqa: B018


def test_a_function_stays_one_whatever_was_imported_before() -> None:
    code = (
        "import hw2check.check.file, hw2check.proofread.proof, hw2check\n"
        "assert callable(hw2check.check) and callable(hw2check.proofread) and callable(hw2check.draw)\n"
        "from hw2check import check, load\n"
        "assert callable(check) and 'proofread' in dir(hw2check)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_package_imports_nothing_until_it_is_used() -> None:
    code = "import sys, hw2check; assert not {'numpy', 'sympy', 'rich', 'click', 'jinja2'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.filterwarnings("ignore")  # of the notebook's own machinery
def test_a_notebook_runs_and_shows_tables_formulas_and_pictures() -> None:
    cells = [
        f"import hw2check\nproblem = hw2check.load({str(BACKPROP)!r})\nproblem",
        "problem.check()",
        "problem.draw('a')",
        "hw2check.proofread(text='Let $x = 3$. Then $x^2 = 8$.')",
        "print(problem.check().answers['dLoss/dd'].verdict)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    outputs = [cell["outputs"][0] for cell in notebook.cells]
    assert {"image/svg+xml", "text/latex", "text/plain"} <= set(outputs[0]["data"])
    assert "</span> wrong</span>" in outputs[1]["data"]["text/html"]
    assert len(outputs[1]["data"]["text/plain"].splitlines()) > 40
    assert "image/svg+xml" in outputs[2]["data"]
    assert 'class="note"' in outputs[3]["data"]["text/html"]
    assert outputs[4]["text"] == "wrong\n"
