"""The same mistake gets the same hint in a problem's answers and in a written document about the problem."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from hw2check.check.file import check_file
from hw2check.formula.tree import Name
from hw2check.latex.writer import to_latex
from hw2check.problem.answers import Answer, read_submission
from hw2check.problem.reader import read_problem
from hw2check.proofread.document import scan
from hw2check.proofread.proofreading import proofread
from hw2check.reading.source import read_source
from tests.mistakes.test_catalogue import CASES


def in_latex(answer: Answer, written: str) -> str:
    """What stands in the answers, as a document has it."""
    if answer.formula is not None:
        return to_latex(answer.formula, {})
    value = tomllib.loads(f"x = {written}", parse_float=str)["x"]
    if not isinstance(value, list):
        return str(value)
    rows = value if isinstance(value[0], list) else [[entry] for entry in value]
    body = r" \\ ".join(" & ".join(map(str, row)) for row in rows)
    return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"


@pytest.mark.parametrize(
    ("code", "problem", "name", "written"),
    [case[:4] for case in CASES],
    ids=[f"{code}-{number}" for number, (code, *_) in enumerate(CASES)],
)
def test_a_document_gets_the_hint_of_the_answer(
    code: str, problem: str, name: str, written: str, tmp_path: Path
) -> None:
    file, answers = tmp_path / "problem.toml", tmp_path / "answers.toml"
    file.write_text(problem, encoding="utf-8")
    answers.write_text(f'[answers]\n"{name}" = {written}\n', encoding="utf-8")
    (finding,) = (row.finding for row in check_file(str(file), str(answers)).rows if row.finding)
    about = read_problem(read_source(str(file)))
    (answer,) = read_submission(about, read_source(str(answers)))
    text = f"$$ {to_latex(Name(name), {})} = {in_latex(answer, written)} $$\n"
    (link,) = proofread(scan(text, "hw.md"), [about]).links
    assert link.verdict == "wrong", text
    assert link.code == finding.hints[0].code, text
    assert link.hint.startswith(finding.hints[0].title)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (r"$\log(a + b) = \log(a) + \log(b)$", "log-of-sum"),
        (r"$\sqrt{a + b} = \sqrt{a} + \sqrt{b}$", "root-of-sum"),
        (r"$(a + b)^2 = a^2 + b^2$", "power-of-sum"),
        (r"$e^{a + b} = e^a + e^b$", "exp-of-sum"),
        (r"$a(b + c) = ab - ac$", "sign-of-term"),
        (r"$a - b + c = a + b + c$", "sign-of-term"),
        (r"$\frac{a}{b} = \frac{b}{a}$", "reciprocal"),
        (r"$a^2 b = a b$", "exponent-missing"),
        (r"$a b = a^2 b$", "extra-power"),
        ("$1 + 1 = 3$", ""),
        ("$2 \\cdot 3 = 7$", ""),
        ("$7 - 3 = 5$", ""),
        ("$2.417 \\cdot 3.129 = 5.546$", "sum-for-product"),
        ("$2.417 \\cdot 3.129 = 75.63$", "power-of-ten"),
    ],
)
def test_steps_without_a_problem(text: str, code: str) -> None:
    given = "Let $a = 1.3$, $b = 0.7$, $c = 2.1$.\n\n"
    *_, link = proofread(scan(given + text + "\n", "hw.md"), []).links
    is_closed = "a" not in text and "e" not in text
    assert (link.verdict, link.code) == ("wrong" if is_closed else "doubtful", code)


@pytest.mark.parametrize("digits", range(1, 6))
def test_random_answers_are_seldom_named(digits: int, tmp_path: Path) -> None:
    """Numbers that follow from no mistake: hints must be as rare as is said, weak ones aside."""
    rng = np.random.default_rng(20 + digits)
    file = tmp_path / "problem.toml"
    nodes = 'p = "exp(a)*b + c"\nq = "sigmoid(a*b - c)"\nr = "p*q + c^2"\n'
    firm = weak = 0
    for name in ("p", "q", "r"):
        for _ in range(40):
            written = f"{np.exp(rng.uniform(-2, 2)):.{digits - 1}e}"
            text = f"[given]\na = 1.3\nb = 0.7\nc = 2.1\n[nodes]\n{nodes}[expected]\n{name} = {written}\n"
            file.write_text(text, encoding="utf-8")
            (finding,) = check_file(str(file)).findings
            if finding.verdict == "wrong":
                assert sum(hint.weak for hint in finding.hints) <= 1
                firm += any(not hint.weak for hint in finding.hints)
                weak += any(hint.weak for hint in finding.hints)
    assert firm <= 0.05 * 120
    assert weak <= 0.5 * 120
