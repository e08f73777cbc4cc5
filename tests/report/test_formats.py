"""Each format of the table shows the same findings, and nothing of a name reaches a terminal as a command."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from hw2check.proofread import proof
from hw2check.report.formats import FORMATS, View, renderer
from hw2check.report.steps import SHOWN
from hw2check.report.text import COLOURS
from tests.commands.running import Done
from tests.report.hostile import HOSTILE as HOSTILE_TEXT

PROBLEM = 'loss = "y"\n[given]\nx = 3\n[nodes]\ny = "x^2"\n[expected]\ny = {answer}\n'
STEPS = "Let $x = 3$. Then $x^2 = {answer}$.\n"
COMMANDS = [("check", "toml"), ("forward", "toml"), ("backprop", "toml"), ("proofread", "md")]
HOSTILE = ["a\n::error::b", "a\x1b[31mb", "a##[error]b", "a##vso[task.complete]b", "a\x9b31mb", "a\rb\x07c"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def content(suffix: str, answer: str) -> str:
    text = PROBLEM if suffix == "toml" else STEPS
    return text.replace("{answer}", answer)


def write(name: str, text: str) -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_offers_all_functions(name: str) -> None:
    offered = renderer(name)
    assert callable(offered.answers) and callable(offered.steps)
    assert name in {"text", "html"} or isinstance(offered.grades([], View()), str)
    assert isinstance(offered.answers([], [], View()), str) and isinstance(offered.steps([], View()), str)


def test_every_fault_of_a_document_is_shown() -> None:
    assert set(SHOWN) == {*proof.FAULTS, "close"}


def test_every_verdict_of_a_step_has_a_colour() -> None:
    assert set(COLOURS) == set(proof.VERDICTS)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(("command", "suffix"), COMMANDS)
def test_formats_tell_wrong_from_right(command: str, suffix: str, name: str) -> None:
    right = Done(command, write(f"right.{suffix}", content(suffix, "9")), "-f", name)
    wrong = Done(command, write(f"wrong.{suffix}", content(suffix, "8")), "-f", name)
    assert (right.code, wrong.code, right.err, wrong.err) == (0, 1, "", "")
    assert "wrong" in wrong.out.replace("wrong.", "")
    assert "wrong" not in right.out.replace("first_wrong", "")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(("command", "suffix"), COMMANDS)
def test_a_file_has_what_standard_output_would_have(command: str, suffix: str, name: str) -> None:
    file = write(f"p.{suffix}", content(suffix, "8"))
    into = Done(command, file, "-f", f"{name}=report")
    assert into.out == ""
    assert Path("report").read_bytes().decode() == Done(command, file, "-f", name).out


@pytest.mark.parametrize("files", [("x", "./x"), ("x", "x"), ("x", "link")])
def test_two_reports_into_one_file(files: tuple[str, str]) -> None:
    Path("link").symlink_to("x")
    file = write("p.toml", content("toml", "8"))
    done = Done("check", file, "-f", f"json={files[0]}", "-f", f"text={files[1]}")
    assert done.code == 2
    assert done.err == f"error: two reports into one file: {files[1]}\n  hint: name another file for one\n"
    assert not Path("x").exists()


def shown_harmlessly(text: str) -> None:
    assert all(character == "\n" or character.isprintable() for character in text), repr(text)
    for line in text.split("\n"):
        assert not line.lstrip().startswith("::") or re.match(r"::(error|warning|notice) (file|title)=", line)
        assert "##[" not in line and "##vso[" not in line


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(("command", "suffix"), COMMANDS)
@pytest.mark.parametrize("answer", ["8", "9", "[1, "])
def test_names_of_files_are_cleaned(command: str, suffix: str, name: str, hostile: str, answer: str) -> None:
    file = write(f"{hostile}.{suffix}", content(suffix, answer))
    for arguments in ((command, file), (command, f"no{file}"), (command, f"no/{file}")):
        done = Done(*arguments, "-f", name, "--color", "never")
        shown_harmlessly(done.out)
        shown_harmlessly(done.err)
    if name == "json" and answer != "[1, " and suffix == "toml":
        done = Done(command, file, "-f", "json")
        assert json.loads(done.out)["files"][0]["file"] == file  # data, not text: the true name


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize(
    "arguments",
    [
        ("{}",),
        ("check", "p.toml", "-f", "{}"),
        ("check", "p.toml", "-f", "json={}/x"),
        ("check", "p.toml", "--only", "{}"),
        ("check", "p.toml", "--rtol", "{}"),
        ("check", "p.toml", "--{}"),
        ("forward", "p.toml", "s.toml", "{}"),
        ("forward", "p.toml", "{}.toml"),
        ("forward", "p.toml", "{}.md"),
        ("check", "{}.md"),
        ("explain", "{}"),
        ("new", "{}"),
        ("import", "{}.npz"),
        ("proofread", "-", "--stdin-filename", "{}.ipynb"),
    ],
)
def test_arguments_are_cleaned(arguments: tuple[str, ...], hostile: str) -> None:
    write("p.toml", content("toml", "8"))
    done = Done(*(argument.replace("{}", hostile) for argument in arguments), stdin="$1 = 2$")
    assert done.code == 2
    shown_harmlessly(done.out)
    shown_harmlessly(done.err)


def test_a_name_that_is_not_utf_8(folder: Path) -> None:
    name = os.fsdecode(b"a\xff.toml")
    try:
        write(name, content("toml", "8"))
    except OSError:
        pytest.skip("this file system has names in UTF-8 only")
    for kind in FORMATS:
        done = Done("check", name, "-f", kind)
        assert (done.code, done.err) == (1, "")


def test_markdown_shows_text_as_it_is() -> None:
    write("p.toml", PROBLEM.replace("{answer}", '"<b>|x|</b> @someone `x` *x* $x$"'))
    done = Done("check", "p.toml", "-f", "markdown")
    row = done.out.splitlines()[-1]
    assert len(re.findall(r"(?<!\\)\|", row)) == 6  # five cells
    written = re.split(r"(?<!\\)\|", row)[3].strip()
    assert written == r"\<b\>\|x\|\</b\> @<!-- -->someone \`x\` \*x\* \$x\$"


def test_markdown_of_a_problem() -> None:
    write("p.toml", content("toml", "8.5"))
    assert Done("check", "p.toml", "-f", "markdown").out == (
        "## p.toml: not all correct\n\n1 wrong.\n\n"
        "| quantity | verdict | written | line | why |\n| --- | --- | --- | --- | --- |\n"
        "| y | wrong | 8.5 | 7 |  |\n"
    )


@pytest.mark.parametrize("name", FORMATS)
def test_show_decides_what_is_told_of_steps(name: str) -> None:
    write("p.toml", PROBLEM.replace("{answer}", "9"))
    write("d.md", "Then $y = x^2 = -9$.\n")
    told = {}
    for show in ("none", "hint", "computed"):
        done = Done("proofread", "d.md", "-p", "p.toml", "-f", name, "--show", show)
        assert done.code == 1
        told[show] = done.out
    assert [("right is 9" in text, "the sign" in text) for text in told.values()] == [
        (False, False),
        (False, True),
        (True, True),
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_hostile_text_in_documents(name: str) -> None:
    texts = [text for text in HOSTILE_TEXT if text.isprintable() or "\n" in text or "\x1b" in text]
    write(
        "d.md",
        "".join(f"Then $1 + 1 = 3$ and $q = {text}$ and $x = \\text{{{text}}}$.\n\n" for text in texts),
    )
    done = Done("proofread", "d.md", "--all", "-f", name, "--color", "never")
    assert done.code == 1
    assert "\x1b" not in done.out and "##[" not in done.out and "##vso[" not in done.out
    for line in re.split(r"[\r\n]", done.out):
        assert not line.lstrip().startswith("::") or re.match(r"::(error|warning) file=", line)


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in {"json", "jsonl", "html"}])
def test_a_long_answer_makes_no_long_report(name: str) -> None:
    """GitHub takes 64 kB of a message, Excel 32,767 characters of a cell; programs get all of it by JSON."""
    write("p.toml", content("toml", f'"{"long word " * 20_000}"'))
    assert len(Done("check", "p.toml", "-f", name).out) < 40_000
    assert len(Done("check", "p.toml", "-f", "json").out) > 200_000


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("csv", "n.ipynb cell 2,,step"),
        ("junit", 'name="cell 2, line 1: 1 + 1 = 3"'),
        ("sarif", '"text": "cell 2, line 1: wrong step: 1 + 1 = 3'),
        ("gradescope", '"output": "cell 2, line 1: wrong step: 1 + 1 = 3'),
        ("github", "title=wrong step in cell 2%2C line 1::"),
        ("jsonl", '"cell": 2'),
    ],
)
def test_the_cell_of_a_notebook_is_told(name: str, said: str) -> None:
    cells = [{"cell_type": "markdown", "metadata": {}, "source": [text]} for text in ("Hm.", "$1 + 1 = 3$")]
    write("n.ipynb", json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    assert said in Done("proofread", "n.ipynb", "-f", name).out
