"""Where mathematics and open questions stand in a document."""

from __future__ import annotations

import json

import pytest

from hw2check.errors import HW2CheckError
from hw2check.proofread.document import Document, scan


def found(text: str, kind: str = "markdown") -> list[str]:
    return [formula.text.strip() for formula in scan(text, "hw", kind).formulas]


# document, its formulas
MARKDOWN = [
    ("$a$ and $b$", ["a", "b"]),
    ("$ a $", ["a"]),
    ("$$a$$", ["a"]),
    ("$$\na\n$$", ["a"]),
    (r"\(a\) \[b\]", ["a", "b"]),
    (r"\\(a\\) \\[b\\]", ["a", "b"]),
    ("```math\na\n```", ["a"]),
    ("~~~math\na\n~~~", ["a"]),
    ("$`a`$", ["a"]),
    ("{$$} a {/$$} and {$$}b{/$$}", ["a", "b"]),
    ("\\begin{align}a\\end{align}", ["\\begin{align}a\\end{align}"]),
    ("\\begin{align*}a\\end{align*}", ["\\begin{align*}a\\end{align*}"]),
    ("> $$\n> a\n> b\n> $$", ["a\n  b"]),
    ("| $a$ | $b$ |", ["a", "b"]),
    ("    $a$", ["a"]),
    ("```python\n$a$\n```\n$b$", ["b"]),
    ("```\n$a$", []),
    ("`$a$` $b$", ["b"]),
    ("``$a$ ` $c$`` $b$", ["b"]),
    ("<!-- $a$ --> $b$", ["b"]),
    ("<!-- $a$", ["a"]),
    (r"\$5 and $a$", ["a"]),
    ("it costs $5 and $6", []),
    ("it costs $5, not $60", []),
    ("$a\n\nb$", []),
    ("$a", []),
    ("$$a", []),
    (r"\[a", []),
    (r"$a \$ b$", [r"a \$ b"]),
    ("", []),
]


@pytest.mark.parametrize(("text", "expected"), MARKDOWN)
def test_markdown(text: str, expected: list[str]) -> None:
    assert found(text) == expected


LATEX = [
    ("$a$ % $b$\n$c$", ["a", "c"]),
    (r"50\% of $a$", ["a"]),
    ("\\begin{verbatim}$a$\\end{verbatim}$b$", ["b"]),
    ("\\newcommand{\\x}{$a$}\\begin{document}$b$\\end{document}", ["b"]),
    (r"\[ a \]", ["a"]),
    ("`quoted' $a$ ``more''", ["a"]),
    ("```$a$", ["a"]),
]


@pytest.mark.parametrize(("text", "expected"), LATEX)
def test_latex(text: str, expected: list[str]) -> None:
    assert found(text, "latex") == expected


def notebook(*cells: tuple[str, str]) -> str:
    return json.dumps(
        {"cells": [{"cell_type": kind, "source": text.splitlines(True)} for kind, text in cells]}
    )


def test_notebook_cells_and_lines() -> None:
    text = notebook(("markdown", "# 1\n$a$"), ("code", "x = '$b$'"), ("markdown", "\n\n  $c$"))
    document = scan(text, "hw.ipynb", "notebook")
    places = [str(formula.part.place(formula.start)) for formula in document.formulas]
    assert places == ["hw.ipynb cell 1:2:2", "hw.ipynb cell 3:3:4"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"cells": 5}', '{"cells": [5]}', '{"cells": [{}]}', "[" * 9000]
)
def test_broken_notebooks(text: str) -> None:
    with pytest.raises(HW2CheckError, match="this is not a notebook"):
        scan(text, "hw.ipynb", "notebook")


def labels(document: Document) -> list[str]:
    return [question.label for question in document.questions]


QUESTIONS = [
    ("## 3.1 Extension\n1. Why?\n\n2. How?\n", ["3.1 question 1", "3.1 question 2"]),
    ("## 3.1 Extension\n1. Why?\n\nBecause.\n\n2. How?\n", ["3.1 question 2"]),
    ("## 3.1 Extension\n1. Why? Because.\n2. How?\nSo.\n", []),
    ("## 3.1 Extension\n1. Why does it\nwork as it does?\n", ["3.1 question 1"]),
    ("## 3.1 Extension\n1. Why does it\nwork as it does?\nBecause.\n", []),
    ("\\subsection*{3.1. Extension}\n\\1. What was it\n\n", ["3.1 question 1"]),
    ("1. We computed x.\n\n2. We computed y.\n", []),
    ("# Title\n", []),
    ("# 1. Forward\n\n# 2. Backward\n$x$\n", ["1"]),
    ("# 1. Forward\n## 1.1 Values\nx\n", []),
    ("## 2 Code\n1. Where?\n```python\nx = 1\n```\n", []),
    ("## 2 Code\n1. Where?\n<!-- todo -->\n", ["2 question 1"]),
    ("## 2 Code\n1. Where?\n\nTODO\n", ["2 question 1"]),
    ("**2.1. Why is $x$ so?**\n\n", ["2.1"]),
    ("```\n# 1. no heading\n```\n", []),
]


@pytest.mark.parametrize(("text", "expected"), QUESTIONS)
def test_open_questions(text: str, expected: list[str]) -> None:
    assert labels(scan(text, "hw")) == expected


def test_a_code_cell_is_an_answer() -> None:
    answered = notebook(("markdown", "# 1 Code\n1. Where?"), ("code", "x = 1"))
    assert labels(scan(answered, "hw", "notebook")) == []
    assert labels(scan(notebook(("markdown", "# 1 Code\n1. Where?")), "hw", "notebook")) == ["1 question 1"]
