"""The table of all answers: what a csv reader makes of it, and what no spreadsheet may make of it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from hw2check.report.csv import COLUMNS, cell
from tests.commands.running import Done
from tests.report.hostile import HOSTILE, problem_with, write_hostile


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), strict=True))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("-0.007", "-0.007"),
        ("+1e-3", "+1e-3"),
        (".5", ".5"),
        ("-x", "'-x"),
        ("=1", "'=1"),
        ("+1+1", "'+1+1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'=1"),
        (" \r\n=1", "'=1"),
        ("-1e", "'-1e"),
        ("a\nb", "a b"),
        ("a\x1bb", "a\N{REPLACEMENT CHARACTER}b"),
        ("x=1", "x=1"),
    ],
)
def test_cells(text: str, shown: str) -> None:
    assert cell(text) == shown


def test_an_answer() -> None:
    Path("p.json").write_text(problem_with("-9"), encoding="utf-8")
    (row,) = rows(Done("check", "p.json", "-f", "csv").out)
    assert row == dict.fromkeys(COLUMNS, "") | {
        "file": "p.json",
        "kind": "answer",
        "quantity": "y",
        "verdict": "wrong",
        "written": "-9",
        "computed": "9",
        "reason": "a whole number is exact",
        "code": "sign",
        "hint": "the sign is wrong",
        "points": "0",
        "max_points": "2",
        "line": "1",
        "column": row["column"],
    }


def test_hostile_text(folder: Path) -> None:
    found = rows(Done("check", *write_hostile(folder), "-f", "csv").out)
    assert {row["file"] for row in found} >= {f"answer{n}.json" for n in range(len(HOSTILE))}
    for value in (value for row in found for value in row.values()):
        assert value.isprintable() and value[:1] not in {"=", "@"}


def test_steps_are_those_of_which_something_is_said() -> None:
    Path("d.md").write_text("Let $x = 3$. Then $x^2 = 8$ and $x + 1 = 4$ and $q^2 = 5$.\n", encoding="utf-8")
    found = rows(Done("proofread", "d.md", "-f", "csv").out)
    assert [(row["verdict"], row["written"]) for row in found] == [("wrong", "x^2 = 8")]
    assert len(rows(Done("proofread", "d.md", "-f", "csv", "--all").out)) == 4
