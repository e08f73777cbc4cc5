"""The folder that Gradescope runs as an autograder: its scripts, and the problems that it grades by.

Source: Gradescope, "Autograder Specifications".
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from hw2check import __version__
from hw2check.errors import HW2CheckError
from hw2check.grade.grading import Grader
from hw2check.grade.homework import read_homework
from hw2check.reading.files import inputs
from hw2check.reading.source import read_source

SCRIPTS = ("setup.sh", "run_autograder")


class Part(NamedTuple):
    """One file of the folder."""

    name: str  # below the folder, with slashes
    content: bytes
    is_script: bool = False


def autograder(problems: Sequence[str]) -> tuple[Part, ...]:
    """The files of an autograder for one problem, several, or a homework file that lists them.

    Raises HW2CheckError where they cannot be graded by, or read files outside of their folder.
    """
    before = set(inputs())
    Grader(read_homework([read_source(file) for file in problems]))
    read = [file for file in inputs() if file not in before]
    root = Path(os.path.commonpath([Path(file).absolute().parent for file in problems]))
    parts = [_copied(Path(file), root) for file in read]
    names = shlex.join(Path(os.path.abspath(file)).relative_to(root).as_posix() for file in problems)  # noqa: PTH100
    said = {"version": __version__, "problems": names}
    return (*(Part(name, starter(name, said).encode(), is_script=True) for name in SCRIPTS), *parts)


def _copied(file: Path, root: Path) -> Part:
    if not file.is_relative_to(root):
        raise HW2CheckError(
            f"{file}: it lies outside of {root}, whose files are copied", hint="move it into that folder"
        )
    name = file.relative_to(root).as_posix()
    if name in SCRIPTS:
        raise HW2CheckError(f"{file}: an autograder has a script of this name", hint="rename the file")
    return Part(name, file.read_bytes())


def starter(name: str, said: dict[str, str]) -> str:
    """A starter file with its blanks filled in."""
    text = files("hw2check").joinpath("starters", name).read_text("utf-8")
    for key, value in said.items():
        text = text.replace(f"{{{{{key}}}}}", value)
    return text
