"""The reports on a class that are asked for beside its gradebook."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from hw2check.cli.options import check_targets
from hw2check.cli.streams import say
from hw2check.cli.writing import write_reports
from hw2check.errors import HW2CheckError
from hw2check.reading.files import write_text
from hw2check.report.formats import View

if TYPE_CHECKING:
    from hw2check.grade.marks import Graded
    from hw2check.grade.tally import Tally
    from hw2check.report.class_page import ClassPages

WHOLE = ("text", "html")  # what shows a class as a whole; the other formats are lists of submissions


class ClassReports:
    """Collects the submissions for formats that list them, and writes all reports in the end."""

    def __init__(self, formats: Sequence[tuple[str, str]], title: str, show: str) -> None:
        """Raises HW2CheckError where a report cannot be written to where it is wanted."""
        check_targets(formats)
        self.formats = formats
        self.show = show
        self.graded: list[Graded] = []
        self.listed = [(kind, path) for kind, path in formats if kind not in WHOLE]
        self.pages = [self._page(path, title) for kind, path in formats if kind == "html"]

    def _page(self, path: str, title: str) -> ClassPages:
        from hw2check.report.class_page import ClassPages

        if not path:
            raise HW2CheckError("-f html: a class is shown as html=FILE", hint="-f html=class.html")
        return ClassPages(path, title, self.show)

    def add(self, graded: Graded) -> None:
        """Takes a submission."""
        for page in self.pages:
            page.add(graded.result, graded.total)
        if self.listed:
            self.graded.append(graded)

    def write(self, tally: Tally) -> None:
        """Writes every report; text to standard output unless another one goes there."""
        for page in self.pages:
            page.write(tally)
        if self.listed:
            options = {"formats": self.listed, "color": "never", "strict": False, "show": self.show}
            write_reports(options, lambda format_, view: format_.grades(self.graded, view))
        texts = [path for kind, path in self.formats if kind == "text"]
        if not texts and all(path for _, path in self.formats):
            texts = [""]
        for path in texts:
            _write_text(tally, path)


def _write_text(tally: Tally, path: str) -> None:
    from hw2check.report.classroom import print_tally
    from hw2check.report.text import printed

    if path:
        write_text(path, printed(View(), partial(print_tally, tally)))
        return
    out = sys.stdout
    view = View(color="auto", terminal=out.isatty(), encoding=out.encoding)
    say(printed(view, partial(print_tally, tally)), newline=False)
