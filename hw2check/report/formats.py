"""The one table of formats: each is a module with the functions `answers`, `steps` and `grades`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

if TYPE_CHECKING:
    from hw2check.check.findings import Report
    from hw2check.errors import HW2CheckError
    from hw2check.grade.marks import Graded
    from hw2check.proofread.proof import Proof


class View(NamedTuple):
    """What of the findings is shown, and how."""

    lines: bool = False  # a line a file in place of tables
    every: bool = False  # every step of a document, not the faults alone
    quiet: bool = False  # only what is not right, and the result
    verbose: bool = False  # large matrices in full
    color: str = "never"  # "auto", "always" or "never"; only text has colours
    strict: bool = False  # what is close or doubtful fails
    terminal: bool = False  # whether a terminal shows it: its width then
    show: str = "computed"  # what a reader of a class's reports may see: "none", "hint" or "computed"
    root: str = ""  # of the repository: machine formats name files from there
    encoding: str = "utf-8"  # what the reader can show


class Renderer(Protocol):
    """What each format offers."""

    def answers(self, reports: Sequence[Report], errors: Sequence[HW2CheckError], view: View) -> str:
        """The judged answers of all files, and the errors of those that could not be judged."""

    def steps(self, proofs: Sequence[Proof], view: View) -> str:
        """The steps of all documents."""

    def grades(self, graded: Iterable[Graded], view: View) -> str:
        """The submissions of a class; not of text and html, which show a class as a whole."""


FORMATS = {
    "text": "hw2check.report.text",
    "json": "hw2check.report.json",
    "jsonl": "hw2check.report.jsonl",
    "csv": "hw2check.report.csv",
    "junit": "hw2check.report.junit",
    "sarif": "hw2check.report.sarif",
    "gradescope": "hw2check.report.gradescope",
    "github": "hw2check.report.github",
    "markdown": "hw2check.report.markdown",
    "html": "hw2check.report.html",
}
PLAIN = View()


def renderer(name: str) -> Renderer:
    """The format of that name, imported when it is asked for: only text needs Rich."""
    return cast(Renderer, import_module(FORMATS[name]))
