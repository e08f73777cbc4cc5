"""The documentation: pictures and made pages are current, commands exist, examples hold, links lead on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from docs.pages import pages
from docs.pictures import PICTURES, pictures, words
from hw2check.check.file import check_file
from hw2check.cli.commands import cli
from hw2check.problem.reader import PROBLEM_KEYS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
MARKDOWN = sorted(DOCS.rglob("*.md"))


TEXT = "\n".join(page.read_text("utf-8") for page in MARKDOWN)


def blocks(language: str) -> list[str]:
    return re.findall(rf"(?<=^```{language}\n).*?(?=^```$)", TEXT, re.MULTILINE | re.DOTALL)


def test_pictures_show_what_is_printed_now() -> None:
    """`make pictures` renews them."""
    made = pictures()
    assert {file.name for file in PICTURES.iterdir()} == set(made)
    for name, picture in made.items():
        assert words((PICTURES / name).read_text("utf-8")) == words(picture), name


def test_pictures_need_nothing_from_elsewhere() -> None:
    for file in PICTURES.iterdir():
        text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|@import|<script|<image", text), file.name


@pytest.mark.parametrize("name", sorted(pages()))
def test_made_pages_are_current(name: str) -> None:
    """`make docs` renews them."""
    assert (DOCS / name).read_text("utf-8") == pages()[name]


def test_every_command_exists() -> None:
    fences = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    fenced = [block for language, block in fences if not language]
    told = [*re.findall(r"`(hw2check [^`]*)`", TEXT), *"\n".join(fenced).splitlines()]
    named = {
        words.split()[1] for words in told if words.startswith("hw2check ") and words.split()[1].isalpha()
    }
    assert len(named) >= 5
    assert named <= set(cli.list_commands(click.Context(cli)))


def test_the_problem_of_the_tutorial_is_right(tmp_path: Path) -> None:
    whole = next(block for block in blocks("toml") if block.startswith('title = "A neuron"'))
    file = tmp_path / "problem.toml"
    file.write_text(whole, encoding="utf-8")
    found = check_file(str(file))
    assert len(found.findings) == 6 and not found.failed


def test_parts_of_files_can_be_read() -> None:
    for block in blocks("toml"):
        assert tomllib.loads(block).keys() <= {*PROBLEM_KEYS, "answers", "problem", "late", "override"}


def test_the_site_is_built_without_a_complaint(tmp_path: Path) -> None:
    """All links and anchors lead somewhere."""
    shutil.copytree(DOCS, tmp_path / "docs")
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", "out"]
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=quiet)
    assert (done.returncode, [line for line in done.stderr.splitlines() if "WARNING" in line]) == (0, [])
    page = (tmp_path / "out" / "students.html").read_text("utf-8")
    assert "fonts.googleapis" not in page
