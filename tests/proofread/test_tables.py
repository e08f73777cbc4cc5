"""Rows of tables as chains, and chains that go on in the next display."""

from __future__ import annotations

import pytest

from hw2check.proofread.document import scan
from hw2check.proofread.proofreading import proofread


def found(text: str, kind: str = "markdown") -> list[tuple[str, str, str]]:
    links = proofread(scan(text, "hw", kind), []).links
    return [(link.verdict, link.left.text, link.right.text) for link in links]


def table(head: str, *rows: str) -> str:
    return "\n".join(("$z = 2$", "", head, "|" + "---|" * (head.count("|") - 1), *rows))


# head, row, the links of the row
ROWS = [
    (
        "| step | formula | numbers | value |",
        "| 1 | $q = 3z + 1$ | $3 \\cdot 2 + 1$ | $7$ |",
        [
            ("definition", "q", "3z + 1"),
            ("holds", "3z + 1", "3 \\cdot 2 + 1"),
            ("holds", "3 \\cdot 2 + 1", "7"),
        ],
    ),
    (
        "| step | formula | numbers | value |",
        "| 1 | $q = 3z + 1$ | $3 \\cdot 2 + 1$ | $\\approx 8$ |",
        [
            ("definition", "q", "3z + 1"),
            ("holds", "3z + 1", "3 \\cdot 2 + 1"),
            ("wrong", "3 \\cdot 2 + 1", "8"),
        ],
    ),
    ("| what | calculation | result |", "| sum | 0.12 + 0.42 | 0.54 |", [("holds", "0.12 + 0.42", "0.54")]),
    (
        "| what | calculation | result |",
        "| sum | 0.12 + 0.42 | **0.55** |",
        [("wrong", "0.12 + 0.42", "0.55")],
    ),
    ("| what | calculation | result |", "| sum | 3 x $4 | = $13 |", [("wrong", "3 x $4", "$13")]),
    (
        "| what | **Calculation** | *Result* |",
        "| `3*4` | `3*4` | `12` |",
        [("holds", "3*4", "3*4"), ("holds", "3*4", "12")],
    ),
    ("| part | how | value |", "| $1 + z$ | by hand | 4 |", [("wrong", "1 + z", "4")]),
    (
        "| part | how | value |",
        "| $1 + z$ | 1 + 2 | 3 |",
        [("holds", "1 + z", "1 + 2"), ("holds", "1 + 2", "3")],
    ),
    ("| name | value |", "| $w$ | 0.5 |", [("definition", "w", "0.5")]),
    ("| part | note | value |", "| $|z| + 1$ | a \\| b | 4 |", [("wrong", "|z| + 1", "4")]),
    ("| calculation | result |", "| 20% of 50 | 10 |", [("holds", "20% of 50", "10")]),
    ("| calculation | result |", "| 100 - 80 | 20% |", [("holds", "100 - 80", "20%")]),
    # No chains: a number of the row, an input, columns that are not named so, two columns of values.
    ("| step | value |", "| 1 | 7 |", []),
    ("| input | result |", "| $y = 3$ | 4 |", [("definition", "y", "3")]),
    ("| x | y |", "| $1 + z$ | 4 |", []),
    ("| sum | value | value |", "| $1 + z$ | 4 | 5 |", []),
    ("| calculation | result |", "| see $1 + z$ above | 4 |", []),
    ("| calculation | result |", "| 2 apples and 3 | 4 |", []),
]


@pytest.mark.parametrize(("head", "row", "links"), ROWS)
def test_row(head: str, row: str, links: list[tuple[str, str, str]]) -> None:
    assert found(table(head, row))[1:] == links


def test_latex_table() -> None:
    rows = r"\hline Formula & Value \\ \hline $2+3$ & 5 \\ $3 \cdot 3$ & \textbf{8} \\ \hline"
    text = f"\\begin{{tabular}}{{|l|c|}} {rows} \\end{{tabular}}"
    assert found(text, "latex") == [("holds", "2+3", "5"), ("wrong", "3 \\cdot 3", "8")]


def test_the_place_of_a_mistake_in_a_table() -> None:
    text = table("| calculation | result |", "| 1 + 1 | 2 |", "| 2 + 2 | 5 |")
    *_, link = proofread(scan(text, "hw"), []).links
    assert (link.verdict, link.right.place.line, link.right.place.column) == ("wrong", 6, 11)


# document, its links
CONTINUED = [
    ("$$S = 5 (2)^2 + 5 (3)^2$$\n$$= 20 + 45$$\n$$= 75$$", ["definition", "holds", "wrong"]),
    ("$$2 + 3$$\n\n$$= 5$$", ["holds"]),
    ("$2 + 3$ $= 6$", ["wrong"]),
    ("\\[2 + 3 = 5\\]\n\\[\\approx 9\\]", ["holds", "wrong"]),
    ("$$2 + 3$$ is what we want, and $$= 6$$", ["unchecked"]),
    ("$$a$$\n\n$$= 5$$", ["definition"]),
]


@pytest.mark.parametrize(("text", "verdicts"), CONTINUED)
def test_a_chain_goes_on_in_the_next_display(text: str, verdicts: list[str]) -> None:
    assert [verdict for verdict, *_ in found(text)] == verdicts
