"""Standard streams: closed ones, readers that go away, and a bar while the work goes on."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import click

from hw2check.errors import HW2CheckError


@contextmanager
def progress(total: int) -> Iterator[Callable[[int], None] | None]:
    """A bar on standard error, if that is a terminal, once the work takes longer than a second."""
    if not sys.stderr.isatty():
        yield None
        return
    start, shown = time.monotonic(), [0.0]

    def step(done: int) -> None:
        now = time.monotonic()
        if now - start > 1 and now - shown[0] > 0.1:
            shown[0] = now
            click.echo(f"\r{'#' * (30 * done // total):<30} {done}/{total} formulas", nl=False, err=True)

    yield step
    if shown[0]:
        click.echo("\r" + " " * 60 + "\r", nl=False, err=True)


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """`hw2check ... | head` ends with the code of the judgement, whatever head did not read.

    Raises HW2CheckError where standard output cannot be written to: a full disk, a closed stream.
    """
    try:
        yield
    except OSError as error:
        read_no_more()
        if error.errno != errno.EPIPE:
            raise HW2CheckError(f"cannot write to standard output: {error.strerror}") from None


def read_no_more() -> None:
    """Sends what is still written to nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(text: str, *, newline: bool = True) -> None:
    """A line, or text as it is, to standard output."""
    with reader_may_leave():
        sys.stdout.write(text + "\n" if newline else text)
        sys.stdout.flush()


def complain(text: str) -> None:
    """A line to standard error, if anybody reads it."""
    with suppress(OSError):
        click.echo(text, err=True)


def reopen() -> None:
    """Opens the standard streams that are closed: to read or write them fails, to complain does not.

    So no file that is opened later takes the number of one of them.
    """
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_WRONLY), "r")
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
