"""Worked solutions: true, whole, and read back by proofread link for link."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from hw2check.problem.model import Problem
from hw2check.problem.reader import read_problem
from hw2check.proofread.document import scan
from hw2check.proofread.proofreading import proofread
from hw2check.reading.source import read_source, source_of
from hw2check.solve.solution import Solution, solution
from hw2check.solve.written import html, markdown, notebook, tex
from hw2check.truth.derived import Truth
from tests.commands.running import Done, Process
from tests.oracles.network import LOSSES, RandomNetwork
from tests.oracles.scalar import random_problem
from tests.problem.test_random_networks import ENTRYWISE, LAST
from tests.report.test_html import assert_harmless
from tests.support import FIXTURES

SOLVED = ("backprop", "forward", "mazur", "mazur-dense", "micrograd", "emotions-dense", "emotions-recurrent")
SEEDS = [pytest.param(seed, marks=[pytest.mark.long] if seed >= 10 else []) for seed in range(100)]
SOUND = {"holds", "rounded", "definition"}


def problem_of(name: str) -> Problem:
    return read_problem(read_source(str(FIXTURES / f"{name}.toml")))


def solved(problem: Problem, digits: int = 6) -> Solution:
    return solution(Truth(problem, with_gradients=problem.loss is not None), digits)


def assert_reads_back(problem: Problem, text: str, kind: str = "markdown") -> None:
    proof = proofread(scan(text, "solution", kind), [problem])
    found = [(link.verdict, link.reason, link.left.text, link.right.text) for link in proof.links]
    assert found
    assert [link for link in found if link[0] not in SOUND] == []
    assert not proof.unread and not proof.unclosed


@pytest.mark.parametrize("name", SOLVED)
@pytest.mark.parametrize(("kind", "write"), [("markdown", markdown), ("latex", tex), ("notebook", notebook)])
@pytest.mark.parametrize("digits", [4, 6, 10])
def test_proofread_reads_every_link_of_a_fixture(name: str, kind: str, write: object, digits: int) -> None:
    problem = problem_of(name)
    assert callable(write)
    assert_reads_back(problem, write(solved(problem, digits)), kind)


def test_a_wrong_solution_is_not_read_as_right() -> None:
    problem = problem_of("backprop")
    text = markdown(solved(problem))
    wrong = text.replace(r"\approx 0.000333986", r"\approx 0.000433986", 1)
    assert wrong != text
    proof = proofread(scan(wrong, "solution"), [problem])
    assert [link.verdict for link in proof.links if link.verdict not in SOUND] == ["wrong"]


@pytest.mark.parametrize("seed", SEEDS)
def test_random_graphs_are_read_back(seed: int) -> None:
    rng = Random(seed)
    text = random_problem(rng, rng.randint(2, 7)).text(["a", "b"])
    problem = read_problem(source_of("p.toml", text.encode(), Path.cwd()))
    assert_reads_back(problem, markdown(solved(problem)))


def dense(seed: int) -> RandomNetwork:
    network = RandomNetwork(seed, rows=bool(seed & 1), in_out=bool(seed & 2), inputs=1 + seed // 4 % 5)
    rng = network.rng
    network.matrix(rng.randint(1, 4))
    for _ in range(rng.randint(0, 2)):
        network.dense(rng.randint(1, 4), rng.choice(ENTRYWISE))
    loss = rng.choice(sorted(LOSSES))
    network.dense(rng.randint(2, 4), LAST.get(loss, rng.choice(ENTRYWISE)))
    means = loss.startswith("mean_")
    network.loss(loss, rng.choice(("mean_batch", "mean") if means else ("sum", "mean_batch", "mean")))
    return network


@pytest.mark.parametrize("seed", SEEDS)
def test_random_dense_networks_are_read_back(seed: int) -> None:
    problem = read_problem(source_of("p.toml", dense(seed).text().encode(), Path.cwd()))
    assert_reads_back(problem, markdown(solved(problem)))


def test_the_steps_of_the_homework() -> None:
    out = Done("solve", str(FIXTURES / "backprop.toml")).out
    assert "x6\n  = a*x2 + b*x3 + c*x2*x3\n  = 3*2 + 4*(-1) + 2*2*(-1)\n  = -2\n" in out
    assert "dLoss/da\n  = dLoss/dx6 * dx6/da\n  ≈ 0.00100162*2\n  ≈ 0.00200324\n" in out.replace(" * 2", "*2")
    assert (
        out.index("Forward pass") < out.index("Local partial") < out.index("Gradients") < out.index("Updated")
    )


def test_matrices_stand_beside_each_other() -> None:
    out = Done("solve", str(FIXTURES / "forward.toml")).out
    assert (
        "                      [11   5]\n"
        "  = [ 2  -2  -1  3] @ [18  10] + [12]\n"
        "    [-2   1  -5  4]   [ 0   0]   [ 3]\n"
        "                      [ 1   0]\n"
    ) in out


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("name", ["backprop", "forward", "mazur-dense"])
def test_the_text_fits_the_terminal(name: str, width: int) -> None:
    out = Process("solve", str(FIXTURES / f"{name}.toml"), COLUMNS=str(width)).out
    assert [line for line in out.splitlines() if len(line) > width] == []


def test_large_matrices_are_left_out_and_said(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    rows = ", ".join(f"[{', '.join('0.5' for _ in range(12))}]" for _ in range(12))
    file.write_text(
        f'loss = "L"\n[given]\nW = [{rows}]\n[nodes]\nZ = "W @ W"\nL = "sum(Z)"\n', encoding="utf-8"
    )
    out = Done("solve", str(file)).out
    assert "too large to be written out" in out and "Z  (12 x 12)\n  = W @ W\n" in out
    problem = read_problem(read_source(str(file)))
    assert "12 x 12 entries, too many to be written out" in markdown(solved(problem))


def test_the_page_is_harmless_and_has_every_step(tmp_path: Path) -> None:
    text = "</h1><script>alert(1)</script>"
    file = tmp_path / "p.toml"
    file.write_text(f'title = "{text}"\nloss = "y"\n[given]\nx = 3\n[nodes]\ny = "x^2"\n', encoding="utf-8")
    shown = html(solved(read_problem(read_source(str(file)))))
    assert_harmless(shown)
    worked = solved(problem_of("backprop"))
    steps = sum(len(section.steps) for section in worked.sections)
    assert html(worked).count('class="scroll step"') == steps


def test_titles_are_text_in_every_format(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text(
        'title = "50% of $x_1$ & <b> # \\\\ ^"\n[given]\nx = 3\n[nodes]\ny = "x^2"\n', encoding="utf-8"
    )
    worked = solved(read_problem(read_source(str(file))))
    assert r"\section*{50\% of \$x\_1\$ \& <b> \# \textbackslash{} \^{}}" in tex(worked)
    assert "\\$x\\_1\\$" in markdown(worked) and "\\<b\\>" in markdown(worked)
    assert json.loads(notebook(worked))["nbformat"] == 4


@pytest.mark.parametrize("name", ["a.md", "a.tex", "a.html", "a.ipynb", "a.txt"])
def test_the_name_of_the_output_says_how_it_is_written(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    assert Done("solve", str(FIXTURES / "backprop.toml"), "-o", str(target)).code == 0
    start = target.read_text("utf-8")[:9]
    assert (
        start
        == {
            "a.md": "# Backpro",
            "a.tex": "\\document",
            "a.html": "<!doctype",
            "a.ipynb": '{\n "cells',
            "a.txt": "Backpropa",
        }[name]
    )


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    done = Done("solve", str(FIXTURES / "backprop.toml"), "-o", "a.doc")
    assert (done.code, done.out) == (2, "")
    assert "a.doc: its name does not say how to write it" in done.err


@pytest.mark.parametrize("formula", ["-log(0*x)", "x/0", "(0*x)/(0*x)"])
def test_a_value_that_is_not_finite_is_said_to_be_none(tmp_path: Path, formula: str) -> None:
    file = tmp_path / "p.toml"
    file.write_text(f'[given]\nx = 3\n[nodes]\ny = "{formula}"\n', encoding="utf-8")
    worked = solved(read_problem(read_source(str(file))))
    for text in (Done("solve", str(file)).out, markdown(worked), tex(worked), html(worked)):
        assert "has no finite value here" in text
        assert "too large" not in text and "too many" not in text
