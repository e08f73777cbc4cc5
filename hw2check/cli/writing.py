"""Reports to where they go: standard output, files, and the summary of a GitHub workflow's step."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hw2check.cli.options import check_targets
from hw2check.cli.streams import complain, say
from hw2check.reading.files import write_text
from hw2check.report.formats import Renderer, View, renderer

Render = Callable[[Renderer, View], str]

SUMMARY = "GITHUB_STEP_SUMMARY"
MOST_SUMMARY = 900_000  # bytes; GitHub drops a summary of more than 1 MiB
CUT = "\n\nMore is not shown here.\n"


def write_reports(
    options: dict[str, Any], render: Render, *, lines: bool = False, every: bool = False, text: bool = True
) -> None:
    """Every format asked for, to its file or to standard output; text is the default.

    text  whether reports in text are wanted; without, only those of the other formats
    Raises HW2CheckError where a file cannot be written.
    """
    check_targets(options["formats"])
    said = {key: options[key] for key in ("quiet", "verbose", "strict", "show") if key in options}
    view = View(lines=lines, every=every, root=os.environ.get("GITHUB_WORKSPACE", ""), **said)
    formats = options["formats"] or [("text", "")]
    for kind, path in formats:
        if kind == "text" and not text:
            continue
        if path:
            write_text(path, render(renderer(kind), view))
        else:
            out = sys.stdout
            here = view._replace(color=options["color"], terminal=out.isatty(), encoding=out.encoding)
            say(render(renderer(kind), here), newline=False)
    if os.environ.get(SUMMARY) and any(kind == "github" for kind, _ in formats):
        _add_summary(Path(os.environ[SUMMARY]), render(renderer("markdown"), view))


def _add_summary(file: Path, text: str) -> None:
    """Appends to the summary of the step as much as there is room for; without it all else stands."""
    try:
        size = file.stat().st_size if file.exists() else 0
        raw = text.encode(errors="backslashreplace")
        if size + len(raw) > MOST_SUMMARY:
            room = max(0, MOST_SUMMARY - size - len(CUT))
            raw = raw[:room].rpartition(b"\n")[0] + CUT.encode()
        with file.open("ab") as stream:
            stream.write(raw)
    except OSError as error:
        complain(f"the summary of the step cannot be written: {error.strerror}")
