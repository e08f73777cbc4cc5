"""A problem is applied to the sections that it fits, and updated values to the pass after the update."""

from __future__ import annotations

from pathlib import Path

import pytest

from hw2check.problem.reader import read_problem
from hw2check.proofread.document import scan
from hw2check.proofread.proof import Proof
from hw2check.proofread.proofreading import proofread
from hw2check.reading.source import read_source

PROBLEM = """title = "two"
learning_rate = 0.1
parameters = ["u", "v"]
loss = "L"
[given]
a = 0.5
c = 0.25
u = 0.4
v = 0.8
y = 0.7
[nodes]
p = "u*a + v*c"
L = "(y - p)^2"
"""


def checked(text: str, tmp_path: Path) -> Proof:
    file = tmp_path / "two.toml"
    file.write_text(PROBLEM, encoding="utf-8")
    return proofread(scan(text, "hw.md"), [read_problem(read_source(str(file)))])


FITS = "# The network\n\n$p = u a + v c = 0.4$\n"


@pytest.mark.parametrize(
    ("text", "expected", "apart"),
    [
        (FITS, "holds holds", 0),
        (
            "# Another\n\nLet $c = 5$ and $L = c^2 = 25$.\n\n" + FITS,
            "definition definition holds holds holds",
            1,
        ),
        (FITS + "\n# Another\n\n$a = 7$\n", "holds holds definition", 1),
        (FITS + "\n$a = 7$\n", "holds holds wrong", 0),  # in the section that is about it
        ("# Another\n\n$a = 7$\n", "wrong", 0),  # nothing says that any section is about it
        ("# Part\n\n$p = 0.5$, $y - p = 0.3$\n\n" + FITS, "wrong holds holds holds", 0),
    ],
)
def test_sections(text: str, expected: str, apart: int, tmp_path: Path) -> None:
    proof = checked(text, tmp_path)
    assert " ".join(link.verdict for link in proof.links) == expected
    assert len(proof.apart) == apart


def test_the_section_is_told(tmp_path: Path) -> None:
    proof = checked(FITS + "\n# Another\n\n$a = 7$\n", tmp_path)
    assert proof.apart == ("Another: not taken as about two",)


UPDATE = "$u \\leftarrow 0.4 - 0.1 \\cdot (-0.3) = 0.43$ and $v \\leftarrow 0.8 - 0.1 \\cdot (-0.15) = 0.815$"


@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        ("$p = 0.43 \\cdot 0.5 + 0.815 \\cdot 0.25 = 0.41875$", "holds"),
        ("$p = 0.41875$", "holds"),
        ("$p = 0.419$", "rounded"),
        ("$p = 0.429$", "wrong"),
        ("$p = 0.4$", "holds"),  # the values before the update
    ],
)
def test_a_second_forward_pass(after: str, verdict: str, tmp_path: Path) -> None:
    proof = checked(f"{FITS}\n{UPDATE}\n\n{after}\n", tmp_path)
    assert [link.verdict for link in proof.links[:6]] == ["holds"] * 6
    assert proof.links[-1].verdict == verdict
