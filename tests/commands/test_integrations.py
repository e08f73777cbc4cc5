"""What other programs run hw2check by: a GitHub workflow's summary."""

from __future__ import annotations

from pathlib import Path

import pytest

from hw2check.cli.writing import MOST_SUMMARY
from hw2check.report.formats import FORMATS
from tests.commands.running import Done, Process
from tests.report.hostile import problem_with, write_hostile


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_summary_of_a_step_is_appended_to() -> None:
    Path("p.json").write_text(problem_with("8"), encoding="utf-8")
    Path("summary").write_text("before\n", encoding="utf-8")
    for _ in range(2):
        assert Process("check", "p.json", "-f", "github", GITHUB_STEP_SUMMARY="summary").code == 1
    markdown = Done("check", "p.json", "-f", "markdown").out
    assert Path("summary").read_text(encoding="utf-8") == f"before\n{markdown}{markdown}"


def test_other_formats_leave_the_summary_alone() -> None:
    Path("p.json").write_text(problem_with("8"), encoding="utf-8")
    Process("check", "p.json", "-f", "text", "-f", "junit=out.xml", GITHUB_STEP_SUMMARY="summary")
    assert not Path("summary").exists()


def test_a_summary_stays_below_what_github_shows(folder: Path) -> None:
    names = write_hostile(folder)
    Path("summary").write_bytes(b"x" * (MOST_SUMMARY - 3000))
    Process("check", *names, "-f", "github", GITHUB_STEP_SUMMARY="summary")
    raw = Path("summary").read_bytes()
    assert MOST_SUMMARY - 1000 < len(raw) <= MOST_SUMMARY
    whole = Done("check", *names, "-f", "markdown").raw
    shown, cut, rest = raw[MOST_SUMMARY - 3000 :].partition(b"\n\nMore is not shown here.\n")
    assert cut and not rest and whole.startswith(shown + b"\n")  # whole lines


def test_a_summary_that_cannot_be_written_changes_no_verdict() -> None:
    Path("p.json").write_text(problem_with("8"), encoding="utf-8")
    done = Process("check", "p.json", "-f", "github", GITHUB_STEP_SUMMARY="no/such/folder")
    assert done.code == 1 and "::error" in done.out
    assert done.err == "the summary of the step cannot be written: No such file or directory\n"


@pytest.mark.parametrize("kind", [name for name in FORMATS if name != "text"])
@pytest.mark.parametrize("command", ["proofread", "check", "forward"])
def test_a_report_is_written_even_where_nothing_can_be_judged(kind: str, command: str) -> None:
    done = Done(command, "none.toml", "-f", "text", "-f", f"{kind}=report")
    assert done.code == 2 and done.err.count("there is no such file") == 1
    assert "there is no such file" in Path("report").read_text(encoding="utf-8")
