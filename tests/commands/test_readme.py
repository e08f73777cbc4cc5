"""README and docs show what hw2check really prints; `python tests/commands/test_readme.py` renews it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from fractions import Fraction
from pathlib import Path

import pytest

from hw2check.check.file import check_file
from hw2check.grade.homework import read_homework
from hw2check.grade.overrides import read_overrides
from hw2check.problem.reader import PROBLEM_KEYS
from hw2check.reading.source import read_source

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
WIDTH = "110"
CONSOLE = re.compile(r"(?<=^```console\n)\$ .*?(?=^```$)", re.MULTILINE | re.DOTALL)
TOML = re.compile(r"(?<=^```toml\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| (-?[\d./e-]+) \| (.*?) \| (.*?) \| (\w+) \| (.*?) \|$", re.MULTILINE)
VERSIONS = re.compile(r"Python 3\.\d+")


PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]


def text() -> str:
    """The README and every page of the documentation."""
    return "\n".join(page.read_text("utf-8") for page in PAGES)


def run(command: str) -> str:
    """What a person sees who types the command: output and errors, without blanks at the ends of lines."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env=kept | {"PATH": path, "COLUMNS": WIDTH, "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
    )
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.decode().splitlines())


def steps(block: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with the output that is shown."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


STEPS = [step for block in CONSOLE.findall(text()) for step in steps(block)]


def test_the_readme_shows_commands() -> None:
    assert [command for command, _ in STEPS if command.startswith("hw2check forward fixtures/forward.toml")]
    assert [command for command, _ in STEPS if command.startswith("hw2check backprop fixtures/backprop.toml")]


@pytest.mark.parametrize(("command", "output"), STEPS, ids=[command for command, _ in STEPS])
def test_output_is_what_the_readme_shows(command: str, output: str) -> None:
    assert run(command) == output


def test_complete_problems_are_right(tmp_path: Path) -> None:
    blocks = [block for block in TOML.findall(text()) if block.startswith("title")]
    whole = [block for block in blocks if "problem" not in tomllib.loads(block)]
    assert len(whole) >= 2
    for block in whole:
        file = tmp_path / "problem.toml"
        file.write_text(block, encoding="utf-8")
        findings = check_file(str(file)).findings
        assert findings
        assert {finding.verdict for finding in findings} == {"correct"}


def test_parts_of_files_can_be_read() -> None:
    for block in TOML.findall(text()):
        assert tomllib.loads(block).keys() <= {*PROBLEM_KEYS, "answers", "problem", "late", "override"}


def test_files_for_a_class_can_be_read(tmp_path: Path) -> None:
    """The homework and the decisions that the README shows, beside the fixtures' problems."""
    for name in ("forward", "backprop"):
        shutil.copy(ROOT / "fixtures" / f"{name}.toml", tmp_path)
    (homework,) = (block for block in TOML.findall(text()) if "[[problem]]" in block)
    overrides = max((block for block in TOML.findall(text()) if "[[override]]" in block), key=len)
    for name, block in (("homework.toml", homework), ("overrides.toml", overrides)):
        (tmp_path / name).write_text(block, encoding="utf-8")
    read = read_homework([read_source(str(tmp_path / "homework.toml"))])
    assert [task.name for task in read.tasks] == ["forward", "backprop"]
    assert (read.late.share(None), read.late.share(3)) == (Fraction(1, 5), Fraction(3, 10))
    assert len(read_overrides(read_source(str(tmp_path / "overrides.toml")), ["dLoss/dd"])) == 3


def test_every_key_is_in_the_reference() -> None:
    reference = text().partition("### Reference")[2]
    assert [
        key for key in PROBLEM_KEYS if key != "$schema" and not re.search(rf"`\[*{key}\]*`", reference)
    ] == []


def test_rounding_rules_are_those_of_the_table() -> None:
    cases = tomllib.loads((ROOT / "fixtures" / "rounding.toml").read_text("utf-8"))["case"]
    known = {
        tuple(case.get(key, "") for key in ("truth", "start", "written", "verdict", "why")) for case in cases
    }
    rows = [tuple(cell.strip() for cell in row) for row in ROW.findall(text())]
    assert len(rows) >= 10
    assert set(rows) <= known
    assert {verdict for _, _, _, verdict, _ in rows} == {"correct", "close", "coarse", "wrong"}


def test_links_lead_to_files() -> None:
    for page in PAGES:
        links = re.findall(r"\]\(([^):#]+)\)", page.read_text("utf-8"))
        assert links or page is not README
        assert [link for link in links if not (page.parent / link).exists()] == []


def test_python_version_is_that_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert VERSIONS.findall(text())[0] == f"Python {project['requires-python'].removeprefix('>=')}"


def test_changelog_has_the_form() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert changelog.startswith("# Changelog\n")
    assert "\n## [Unreleased]\n" in changelog
    kinds = set(re.findall(r"^### (.*)$", changelog, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def update() -> None:
    """Writes what the commands print now into the README and the pages."""

    def renewed(block: re.Match[str]) -> str:
        return "".join(f"$ {command}\n{run(command)}" for command, _ in steps(block[0]))

    for page in PAGES:
        page.write_text(CONSOLE.sub(renewed, page.read_text("utf-8")), encoding="utf-8")


if __name__ == "__main__":
    update()
