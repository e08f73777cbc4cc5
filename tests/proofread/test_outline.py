"""Headings, items and the text before each formula."""

from __future__ import annotations

import json

import pytest

from hw2check.proofread.document import scan

# document, for each formula (its text, its heading's number, the heading, its item)
SETTINGS = [
    ("$a$", [("a", 0, "", 0)]),
    ("# One\n$a$\n## Two ##\n$b$ $c$", [("a", 1, "One", 0), ("b", 2, "Two", 0), ("c", 2, "Two", 0)]),
    ("- $a$\n- $b$\n  $c$\n\n$d$", [("a", 0, "", 1), ("b", 0, "", 2), ("c", 0, "", 2), ("d", 0, "", 0)]),
    ("1. $a$\n\n   $b$\n\n2. $c$", [("a", 0, "", 1), ("b", 0, "", 1), ("c", 0, "", 2)]),
    ("(a) $a$\n(b) $b$", [("a", 0, "", 1), ("b", 0, "", 2)]),
    ("**Question 2.** $a$\n\n$b$", [("a", 0, "", 1), ("b", 0, "", 0)]),
    ("Example 1: $a$\nExample 2: $b$", [("a", 0, "", 1), ("b", 0, "", 2)]),
    ("1.5 is $a$", [("a", 0, "", 0)]),
    ("> - $a$\n> - $b$", [("a", 0, "", 1), ("b", 0, "", 2)]),
    ("- $a$\n# One\n$b$\n- $c$", [("a", 0, "", 1), ("b", 1, "One", 0), ("c", 1, "One", 2)]),
    ("```python\n# no heading\n- no item\n```\n$a$", [("a", 0, "", 0)]),
    ("<!--\n# no heading\n-->\n$a$", [("a", 0, "", 0)]),
]


@pytest.mark.parametrize(("text", "expected"), SETTINGS)
def test_setting(text: str, expected: list[tuple[str, int, str, int]]) -> None:
    formulas = scan(text, "hw").formulas
    assert [(f.text, f.setting.section, f.setting.title, f.setting.item) for f in formulas] == expected


def test_latex() -> None:
    text = "\\section{One}\n\\begin{enumerate}"
    text += "\n\\item $a$\n\\item $b$\n\\end{enumerate}\n$d$\n\\subsection*{Two}\n$c$"
    settings = [formula.setting for formula in scan(text, "hw", "latex").formulas]
    assert [(s.section, s.title, s.level, s.item) for s in settings] == [
        (1, "One", 2, 1),
        (1, "One", 2, 2),
        (1, "One", 2, 0),
        (2, "Two", 3, 0),
    ]


def test_sections_are_counted_through_the_cells_of_a_notebook() -> None:
    sources = ["# One\n- $a$", "$b$", "# Two\n- $c$"]
    cells = [{"cell_type": "markdown", "source": source} for source in sources]
    settings = [f.setting for f in scan(json.dumps({"cells": cells}), "hw", "notebook").formulas]
    assert [(s.section, s.item) for s in settings] == [(1, 1), (1, 0), (2, 2)]


# document, the text before each formula in its paragraph
BEFORE = [
    ("Let $a$ be $b$.\n\nIf $c$", ["Let $", "Let $a$ be $", "If $"]),
    ("Suppose\n$$a$$\n\n\n$$b$$", ["Suppose\n$$", "$$"]),
]


@pytest.mark.parametrize(("text", "expected"), BEFORE)
def test_text_before(text: str, expected: list[str]) -> None:
    assert [formula.before.strip("\n") for formula in scan(text, "hw").formulas] == expected
