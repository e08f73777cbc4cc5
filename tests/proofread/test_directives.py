"""What a document asks not to be read, and marks that are not closed."""

from __future__ import annotations

import json

import pytest

from hw2check.errors import HW2CheckError
from hw2check.proofread.document import scan
from hw2check.proofread.proofreading import proofread

# document, kind, the left sides that are read, how much is ignored
IGNORED = [
    ("<!-- hw2check: off -->\n$1 + 1 = 2$\n\n<!-- hw2check: on -->\n$3 + 3 = 6$", "markdown", ["3 + 3"], 1),
    ("$1 + 1 = 2$\n<!-- hw2check: off -->\n$3 + 3 = 6$\n\n4 + 4 = 8", "markdown", ["1 + 1"], 2),
    ("<!-- hw2check: ignore -->\n$1 + 1 = 2$\n$3 + 3 = 6$", "markdown", ["3 + 3"], 1),
    ("<!-- hw2check: ignore -->\n1 + 1 = 2\n\n3 + 3 = 6", "markdown", ["3 + 3"], 1),
    ("<!-- hw2check: ignore --> 1 + 1 = 2\n\n3 + 3 = 6", "markdown", ["3 + 3"], 1),
    ("<!--hw2check:ignore-->$1 + 1 = 2$ $3 + 3 = 6$", "markdown", ["3 + 3"], 1),
    ("<!-- hw2check: off -->\n$1 + 1 = 2$\n<!-- hw2check: off -->\n$2 + 2 = 4$", "markdown", [], 2),
    ("`<!-- hw2check: off -->`\n$1 + 1 = 2$", "markdown", ["1 + 1"], 0),
    ("<!-- other: off -->\n$1 + 1 = 2$", "markdown", ["1 + 1"], 0),
    ("% hw2check: off\n$1 + 1 = 2$\n% hw2check: on\n$3 + 3 = 6$", "latex", ["3 + 3"], 1),
    ("% hw2check: ignore\n\\[1 + 1 = 2\\]\n\\[3 + 3 = 6\\]", "latex", ["3 + 3"], 1),
    ("50\\% hw2check: off\n$1 + 1 = 2$", "latex", ["1 + 1"], 0),
]


@pytest.mark.parametrize(("text", "kind", "left", "ignored"), IGNORED)
def test_ignored(text: str, kind: str, left: list[str], ignored: int) -> None:
    proof = proofread(scan(text, "hw", kind), [])
    assert ([link.left.text for link in proof.links], proof.ignored) == (left, ignored)


def test_a_row_of_a_table_is_ignored_whole() -> None:
    head = "| formula | value |\n|---|---|\n"
    text = f"{head}| $1 + 1$ | 2 |\n<!-- hw2check: ignore -->\n| $2 + 2$ | 5 |"
    assert [link.verdict for link in proofread(scan(text, "hw"), []).links] == ["holds"]


def test_off_lasts_through_the_cells_of_a_notebook() -> None:
    sources = ["<!-- hw2check: off -->\n$1 + 1 = 2$", "$2 + 2 = 4$", "<!-- hw2check: on -->\n$3 + 3 = 6$"]
    cells = [{"cell_type": "markdown", "source": source} for source in sources]
    proof = proofread(scan(json.dumps({"cells": cells}), "hw", "notebook"), [])
    assert [link.left.text for link in proof.links] == ["3 + 3"]


def test_an_unknown_directive() -> None:
    with pytest.raises(HW2CheckError) as caught:
        scan("$a$\n<!-- hw2check: of -->", "hw.md")
    assert str(caught.value) == (
        "hw.md:2:1: hw2check: of is no directive\n  <!-- hw2check: of -->\n  ^\n  hint: off, on or ignore"
    )


# document, kind, the marks that are not closed and their lines
UNCLOSED = [
    ("Then $y = 3 is open.", "markdown", [("$", 1)]),
    ("Then $y = 3 is open.\n\n$z = 4$ is not.", "markdown", [("$", 1)]),
    ("Then $y = 3 is open. And $z = 4$ is not.", "markdown", [("$", 1)]),
    ("a\n$$\ny = 3", "markdown", [("$$", 2)]),
    ("\\[ y = 3", "markdown", [("\\[", 1)]),
    ("\\begin{align} y = 3", "markdown", [("\\begin{align}", 1)]),
    ("It costs $5, and x = 3.", "markdown", []),
    ("A lone $ sign, x = 3.", "markdown", []),
    ("Done: $y = 3$.", "markdown", []),
    ("\\begin{center} $y = 3$", "latex", []),
]


@pytest.mark.parametrize(("text", "kind", "marks"), UNCLOSED)
def test_unclosed(text: str, kind: str, marks: list[tuple[str, int]]) -> None:
    assert [(mark, place.line) for mark, place in scan(text, "hw", kind).unclosed] == marks
