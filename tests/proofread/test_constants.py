"""What pi means: the constant beside what a problem declares, else what the document makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hw2check.problem.reader import read_problem
from hw2check.proofread.document import scan
from hw2check.proofread.proofreading import proofread
from hw2check.reading.source import read_source

PROBLEM = '[given]\nx = 0.7\n[nodes]\ny = "pi*x^2"\n'


@pytest.mark.parametrize(
    ("text", "verdicts"),
    [
        (r"$y = \pi x^2$", ["holds"]),
        (r"$y = 2\pi x$", ["wrong"]),
        (r"$\frac{dy}{dx} = 2\pi x$", ["holds"]),
        (r"$\frac{dy}{dx} = \pi x$", ["wrong"]),
        (r"Let $\pi = 0.3$. Then $2\pi = 0.6$.", ["doubtful", "doubtful"]),
        (r"The policy has $\pi = 0.25$.", ["doubtful"]),
    ],
)
def test_with_a_problem(text: str, verdicts: list[str], tmp_path: Path) -> None:
    file = tmp_path / "problem.toml"
    file.write_text(PROBLEM, encoding="utf-8")
    links = proofread(scan(text + "\n", "hw.md"), [read_problem(read_source(str(file)))]).links
    assert [link.verdict for link in links] == verdicts
