"""One answer, judged as an answer to a problem and as a step of a document about the problem."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hw2check.check.file import check_file
from hw2check.formula.functions import Array
from hw2check.formula.tree import Name
from hw2check.latex.writer import to_latex
from hw2check.problem.answers import Answer, read_submission
from hw2check.problem.reader import read_problem
from hw2check.proofread.document import scan
from hw2check.proofread.proofreading import proofread
from hw2check.reading.source import read_source
from hw2check.truth.derived import Truth

# What a document's verdict is called where answers are judged.
SAID = {"holds": "correct", "rounded": "correct", "unknown": "undecided"}


class Said(NamedTuple):
    """What is found of one answer."""

    verdict: str
    code: str  # of the mistake that is named, or ""
    hint: str
    written: str  # the answer as it stands there


def in_latex(answer: Answer, written: str, shapes: dict[str, tuple[int, ...]] | None = None) -> str:
    """What stands in the answers, as a document has it."""
    if answer.formula is not None:
        return to_latex(answer.formula, shapes or {})
    value = tomllib.loads(f"x = {written}", parse_float=str)["x"]
    if not isinstance(value, list):
        return str(value)
    rows = value if isinstance(value[0], list) else [[entry] for entry in value]
    body = r" \\ ".join(" & ".join(map(str, row)) for row in rows)
    return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"


def both(problem: str, name: str, written: str, folder: Path) -> tuple[Said, Said]:
    """The answer to a problem, and the same as a step of a document.

    problem  the text of its file
    written  the answer, as TOML has it
    """
    file, answers = folder / "problem.toml", folder / "answers.toml"
    file.write_text(problem, encoding="utf-8")
    answers.write_text(f'[answers]\n"{name}" = {written}\n', encoding="utf-8")
    (finding,) = (row.finding for row in check_file(str(file), str(answers)).rows if row.finding)
    first = finding.hints[0] if finding.hints else None
    where = f" in {first.where}" if first is not None and first.where != finding.name else ""
    weak = " (a weak guess: few digits are written)" if first is not None and first.weak else ""
    hint = f"{first.title}{where}{weak}" if first is not None else ""
    in_answers = Said(finding.verdict, first.code if first is not None else "", hint, written)
    about = read_problem(read_source(str(file)))
    (answer,) = read_submission(about, read_source(str(answers)))
    values = Truth(about, with_gradients=False).values
    shapes = {name: array.shape for name, array in values.items()}
    text = f"$$ {to_latex(Name(name), {})} = {in_latex(answer, written, shapes)} $$\n"
    links = proofread(scan(text, "hw.md"), [about]).links
    if len(links) != 1:
        return in_answers, Said(f"{len(links)} steps", "", "", text)
    (link,) = links
    verdict = SAID.get(link.verdict, link.verdict)
    return in_answers, Said(verdict, link.code, link.hint, f"{text} {link.reason}")


def same(problem: str, name: str, written: str, verdict: str, folder: Path) -> None:
    """The verdict and the hint, in answers and in a document."""
    answer, step = both(problem, name, written, folder)
    assert (answer.verdict, step.verdict) == (verdict, verdict), (answer, step)
    assert (answer.code, answer.hint) == (step.code, step.hint), (answer, step)


def toml(value: Array, digits: int | None = None) -> str:
    """An array as answers have it, its numbers rounded to so many digits behind the point, or as they are."""
    if np.ndim(value):
        return f"[{', '.join(toml(entry, digits) for entry in value)}]"
    return repr(float(value)) if digits is None else f"{float(value):.{digits}f}"
