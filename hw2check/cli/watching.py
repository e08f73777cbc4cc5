"""The command that judges again whenever a file is saved."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from hw2check.cli.commands import check, proofread
from hw2check.cli.options import judging_options
from hw2check.cli.shell import FILE
from hw2check.cli.streams import complain, say
from hw2check.errors import HW2CheckError
from hw2check.reading.files import STDIN, inputs, is_document, read_bytes

MOST = 1 << 30  # bytes; whoever reads the file has a limit of its own
WAKE = 1000  # ms after which the files are looked at, whatever the system tells

Seen = dict[str, tuple[int, int, int] | None]


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=FILE)
@click.option(
    "-p",
    "--problem",
    "problems",
    multiple=True,
    metavar="FILE",
    type=FILE,
    help="What a document is about; repeatable.",
)
@judging_options
def watch(files: tuple[str, ...], problems: tuple[str, ...], **options: Any) -> None:
    """Judge again whenever a file is saved, until Ctrl-C.

    Written documents (.md, .tex, .ipynb) are judged as by proofread, where nothing else is named; all else is
    judged as by check. What a problem reads, such as matrices in a file, counts too.
    """
    import watchfiles

    named = (*files, *problems)
    if STDIN in named:
        raise HW2CheckError("standard input cannot be watched", hint="save it into a file")
    for file in named:
        read_bytes(file, MOST)
    seen = _judge(_look(inputs()), files, problems, options)
    folders = {str(Path(file).parent) for file in inputs()}
    complain(f"watching {', '.join(named)}: Ctrl-C ends it")
    for _ in watchfiles.watch(
        *folders, recursive=False, yield_on_timeout=True, rust_timeout=WAKE, debounce=200, step=20
    ):
        now = _look(seen)
        if now != seen and None not in now.values():  # a file that is missing is being saved
            say("")
            seen = _judge(now, files, problems, options)


def _look(files: Iterable[str]) -> Seen:
    """What tells one state of each file from another; None for one that is not there."""
    found: Seen = {}
    for file in files:
        try:
            state = Path(file).stat()
            found[file] = state.st_mtime_ns, state.st_size, state.st_ino
        except OSError:
            found[file] = None
    return found


def _judge(now: Seen, files: tuple[str, ...], problems: tuple[str, ...], options: dict[str, Any]) -> Seen:
    """Judges the files in their present state; the state of all files that this reads."""
    context = click.get_current_context()
    try:
        if all(map(is_document, files)):
            context.invoke(proofread, documents=files, problems=problems, stdin_filename="", **options)
        else:
            context.invoke(check, files=(*problems, *files), stdin_filename="", **options)
    except HW2CheckError as error:  # it is being written: the next save may mend it
        complain(f"error: {error}")
    return {**_look(inputs()), **now}
