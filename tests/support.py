"""What several test modules need: a problem text judged without a process."""

from __future__ import annotations

from pathlib import Path

from hw2check.check.file import Settings, check_file
from hw2check.check.findings import Finding, Report

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "fixtures"

HOMEWORK = (FIXTURES / "backprop.toml").read_text("utf-8").partition("[expected]")[0]
NETWORK = (FIXTURES / "forward.toml").read_text("utf-8").partition("[expected]")[0]


def judged(folder: Path, problem: str, submission: str = "", settings: Settings | None = None) -> Report:
    """The report on a problem text, with a submission text where one is given."""
    file = folder / "problem.toml"
    file.write_text(problem, encoding="utf-8")
    answers = None
    if submission:
        answers = folder / "submission.toml"
        answers.write_text(submission, encoding="utf-8")
    return check_file(str(file), str(answers) if answers else None, None, settings or Settings())


def finding(report: Report, name: str) -> Finding:
    """What the report says of one answer."""
    (found,) = [f for f in report.findings if f.name == name]
    return found


def verdicts(report: Report) -> dict[str, str]:
    """Verdict by quantity."""
    return {f.name: f.verdict for f in report.findings}
