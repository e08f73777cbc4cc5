"""hw2check in Python and in notebooks: what is judged is shown as tables, formulas and pictures.

import hw2check
problem = hw2check.load("problem.toml")
problem.check("submission.toml")       # in a notebook a table, and the graph
hw2check.proofread("homework.md", problem)
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np

from hw2check.check.file import BACKWARD, FORWARD, Prepared, Settings, submitted
from hw2check.check.findings import Report
from hw2check.draw.building import Options
from hw2check.draw.building import draw as drawn
from hw2check.draw.drawing import Drawing
from hw2check.draw.svg import svg
from hw2check.draw.tree import print_tree
from hw2check.errors import HW2CheckError
from hw2check.formula.functions import Array
from hw2check.latex.writer import name_in_latex, to_latex
from hw2check.problem.answers import Answer as Answered
from hw2check.problem.answers import read_submission
from hw2check.problem.model import Problem
from hw2check.problem.reader import read_problem
from hw2check.proofread.document import read_document, scan
from hw2check.proofread.proof import Proof
from hw2check.proofread.proofreading import proofread as check_steps
from hw2check.reading.source import read_source, source_of
from hw2check.report import text as as_text
from hw2check.report.formats import View
from hw2check.report.html import answers_part, steps_part
from hw2check.report.steps import is_failed
from hw2check.solve.solution import DIGITS, Solution, solution
from hw2check.solve.text import print_solution
from hw2check.solve.written import markdown
from hw2check.truth.derived import Truth

File = str | PathLike[str]
VOUCHED = 12  # significant digits of a float that is given as an answer


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, judged."""

    name: str  # the quantity
    verdict: str  # correct, close, coarse, carried, wrong, missing, unreadable or undecided
    written: str
    computed: Array  # the right value
    reason: str
    hints: tuple[str, ...]  # codes of the mistakes that it looks like
    points: float | None
    full_points: float | None


class Checked:
    """The answers of one submission, judged."""

    def __init__(self, report: Report) -> None:
        self.report = report

    @property
    def ok(self) -> bool:
        """Whether every answer is right."""
        return not self.report.failed

    @property
    def points(self) -> tuple[float, float] | None:
        """Earned, and all that there are; None where the problem gives none."""
        points = self.report.points
        return (float(points[0]), float(points[1])) if points else None

    @property
    def answers(self) -> Mapping[str, Answer]:
        """Every answer by its quantity."""
        return {answer.name: answer for answer in self._answers()}

    def _answers(self) -> Iterator[Answer]:
        for row in self.report.rows:
            finding = row.finding
            if finding is not None:
                earned, full = finding.points, finding.full_points
                yield Answer(
                    row.name,
                    finding.verdict,
                    finding.text,
                    row.value,
                    finding.reason,
                    tuple(hint.code for hint in finding.hints),
                    None if earned is None else float(earned),
                    None if full is None else float(full),
                )

    @property
    def values(self) -> Mapping[str, Array]:
        """What hw2check computed, by quantity."""
        return {row.name: row.value for row in self.report.rows}

    def __repr__(self) -> str:
        return as_text.answers([self.report], [], View()).rstrip()

    def _repr_html_(self) -> str:
        return answers_part(self.report)


class Picture:
    """The drawn graph."""

    def __init__(self, drawing: Drawing, *, vertical: bool | None = None) -> None:
        self.drawing = drawing
        self.vertical = drawing.is_deep if vertical is None else vertical

    @property
    def svg(self) -> str:
        """The picture as SVG; raises HW2CheckError where pygraphviz is not installed."""
        return svg(self.drawing, vertical=self.vertical)

    def save(self, file: File) -> None:
        """Writes the SVG."""
        Path(file).write_text(self.svg, encoding="utf-8")

    def __repr__(self) -> str:
        return as_text.printed(View(), lambda console: print_tree(self.drawing, console)).rstrip()

    def _repr_svg_(self) -> str:
        return self.svg


class Loaded:
    """A problem."""

    def __init__(self, problem: Problem) -> None:
        """Raises HW2CheckError where [expected], [points] or [marking] cannot be read."""
        self.problem = problem
        self._prepared = Prepared(problem)

    def check(self, submission: File | Mapping[str, Any] | None = None) -> Checked:
        """Judges the answers of a submission, or those that the problem itself expects.

        submission  a file (.toml, .json, .md, .tex, .ipynb), or the answers by their quantities
        Raises HW2CheckError where the problem or the file cannot be worked with.
        """
        problem = self.problem
        if submission is None:
            return Checked(self._prepared.report(None, "", self._passes))
        if isinstance(submission, Mapping):
            answers = _stated(problem, submission)
            return Checked(self._prepared.report(answers, "", self._passes))
        return Checked(
            self._prepared.report(*submitted(problem, fspath(submission), Settings()), self._passes)
        )

    @property
    def _passes(self) -> tuple[str, ...]:
        return (FORWARD,) if self.problem.loss is None else (FORWARD, BACKWARD)

    @property
    def values(self) -> Mapping[str, Array]:
        """Givens and everything that hw2check computes from them, by quantity."""
        return {**self.problem.given, **self.check().values}

    def draw(self, path: str = "", *, digits: int = 4, vertical: bool | None = None) -> Picture:
        """The graph with values, gradients and local partials; `path` marks a quantity's way to the loss."""
        report = self._prepared.report(None, "", self._passes)
        return Picture(drawn(self.problem, report, Options(path, digits)), vertical=vertical)

    def solve(self, *, digits: int = DIGITS) -> Solved:
        """The worked solution, with so many significant digits."""
        truth = Truth(self.problem, with_gradients=self.problem.loss is not None)
        return Solved(solution(truth, digits))

    def __repr__(self) -> str:
        nodes = ", ".join(self.problem.graph.by_name)
        return f"<problem {self.problem.title or self.problem.source.file!r}: {nodes}>"

    def _repr_svg_(self) -> str:
        return self.draw().svg

    def _repr_latex_(self) -> str:
        shapes = {name: value.shape for name, value in self.values.items()}
        lines = (
            f"{name_in_latex(node.name)} &= {to_latex(node.formula, shapes)}"
            for node in self.problem.graph.nodes
        )
        body = r" \\ ".join(lines)
        return rf"$\displaystyle \begin{{aligned}} {body} \end{{aligned}}$"


class Solved:
    """A worked solution."""

    def __init__(self, worked: Solution) -> None:
        self.solution = worked

    @property
    def markdown(self) -> str:
        """The solution as Markdown with LaTeX."""
        return markdown(self.solution)

    def __repr__(self) -> str:
        return as_text.printed(View(), lambda console: print_solution(self.solution, console)).rstrip()

    def _repr_markdown_(self) -> str:
        return self.markdown


class Proofread:
    """A written solution, every step of it judged."""

    def __init__(self, proof: Proof) -> None:
        self.proof = proof

    @property
    def ok(self) -> bool:
        """Whether no step is wrong, and no question left open."""
        return not is_failed(self.proof)

    @property
    def verdicts(self) -> Mapping[str, int]:
        """How many steps got each verdict."""
        counts: dict[str, int] = {}
        for link in self.proof.links:
            counts[link.verdict] = counts.get(link.verdict, 0) + 1
        return counts

    def __repr__(self) -> str:
        return as_text.steps([self.proof], View()).rstrip()

    def _repr_html_(self) -> str:
        return steps_part(self.proof)


def load(file: File | None = None, *, text: str = "") -> Loaded:
    """Reads a problem from a file, or from a text in TOML or JSON.

    Raises HW2CheckError for what cannot be read, with its place.
    """
    if (file is None) == (not text):
        raise HW2CheckError("load takes a file, or text=")
    if file is not None:
        return Loaded(read_problem(read_source(fspath(file))))
    return Loaded(read_problem(source_of("-", text.encode(), Path.cwd())))


def check(problem: File | Loaded, submission: File | Mapping[str, Any] | None = None) -> Checked:
    """Judges the answers of a submission, or those that the problem itself expects.

    Raises HW2CheckError where one of them cannot be worked with.
    """
    return _loaded(problem).check(submission)


def draw(problem: File | Loaded, path: str = "") -> Picture:
    """The graph of a problem; `path` marks one quantity's way to the loss."""
    return _loaded(problem).draw(path)


def solve(problem: File | Loaded, *, digits: int = DIGITS) -> Solved:
    """The worked solution of a problem, step by step, with so many significant digits."""
    return _loaded(problem).solve(digits=digits)


def proofread(document: File | None = None, *problems: File | Loaded, text: str = "") -> Proofread:
    """Judges every step of a written solution (.md, .tex, .ipynb), or of a text in Markdown.

    problems  what it is about; without any, its own definitions are taken as far as they go
    Raises HW2CheckError for what cannot be read.
    """
    if (document is None) == (not text):
        raise HW2CheckError("proofread takes a document, or text=")
    read = scan(text, "text") if document is None else read_document(fspath(document))
    about = [_loaded(problem).problem for problem in problems]
    return Proofread(check_steps(read, about))


def _stated(problem: Problem, answers: Mapping[str, Any]) -> tuple[Answered, ...]:
    """The answers, read as a submission file with them would be."""
    source = source_of("answers.json", f'{{"answers": {_json(dict(answers))}}}'.encode(), Path.cwd())
    return read_submission(problem, source)


def _json(value: Any) -> str:
    """JSON in which a computed number has the digits that it can vouch for, and an array is its rows."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(str(key))}: {_json(each)}' for key, each in value.items())}}}"
    if isinstance(value, np.ndarray | np.generic):
        return _json(value.tolist())
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_json, value))}]"
    if isinstance(value, float):
        return f"{value:.{VOUCHED}g}" if math.isfinite(value) else json.dumps(str(value))
    return json.dumps(value)


def _loaded(problem: File | Loaded) -> Loaded:
    return problem if isinstance(problem, Loaded) else load(problem)
