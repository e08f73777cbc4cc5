"""Text that a student may write, and that some reader of a report would act on."""

from __future__ import annotations

import json
from pathlib import Path

HOSTILE = (
    "a\n::error::b",
    "a\r::set-output name=x::b",
    "\x1b[31mred\x1b[0m",
    "a##[error]b",
    "##vso[task.complete]",
    "]]><evil/>",
    "<script>alert(1)</script> & <!--",
    "a | b `c` *d* @everyone",
    "=HYPERLINK(1)",
    "+1+1|cmd",
    "@SUM(1)",
    "\t=1+1",
    "NaN",
    "Infinity",
    "\x00\x07\x0b\ufffe\uffff",
    "\u202egnitirw",
    "[red]x[/b]",
    "%0A::error::x",
    "é ∂ 𝜕 漢",
)


def problem_with(answer: str, quantity: str = "y") -> str:
    """A problem as JSON, one quantity of which is answered so."""
    return json.dumps(
        {
            "loss": "y",
            "given": {"x": 3},
            "nodes": {"y": "x^2"},
            "expected": {quantity: answer},
            "points": {"y": 2},
        }
    )


def write_hostile(folder: Path) -> list[str]:
    """A problem file for each hostile text, as answer and as quantity; their names."""
    names = []
    for number, text in enumerate(HOSTILE):
        for kind, content in (("answer", problem_with(text)), ("quantity", problem_with("9", text))):
            name = f"{kind}{number}.json"
            (folder / name).write_text(content, encoding="utf-8")
            names.append(name)
    return names
