"""Reports as text for people, with colours where they are shown."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from hw2check.errors import SHOWN_WIDTH, Place, plain
from hw2check.report.answers import print_lines, print_report
from hw2check.report.formats import View
from hw2check.report.steps import SHOWN, WORDS, message, relation, short, summary

if TYPE_CHECKING:
    from hw2check.check.findings import Report
    from hw2check.errors import HW2CheckError
    from hw2check.proofread.proof import Link, Proof

COLOURS = {
    "holds": "green",
    "rounded": "green",
    "close": "yellow",
    "definition": "cyan",
    "unchecked": "cyan",
    "carried": "yellow",
    "doubtful": "magenta",
    "wrong": "bold red",
}
PIPED_WIDTH = 120  # columns where the output is no terminal and COLUMNS is not set


def answers(reports: Sequence[Report], _: Sequence[HW2CheckError], view: View) -> str:
    """Tables for each file, or a line a file; the errors are said on standard error."""
    stream, console = _console(view)
    if view.lines:
        print_lines(reports, console, quiet=view.quiet)
    else:
        for report in reports:
            print_report(report, console, verbose=view.verbose, quiet=view.quiet)
    return _written(stream)


def steps(proofs: Sequence[Proof], view: View) -> str:
    """Each fault of each document, and a summary."""
    stream, console = _console(view)
    for proof in proofs:
        _print_steps(proof, console, every=view.every, quiet=view.quiet)
    return _written(stream)


def printed(view: View, draw: Callable[[Console], None]) -> str:
    """What a function prints on a console, as text."""
    stream, console = _console(view)
    draw(console)
    return _written(stream)


def _console(view: View) -> tuple[io.TextIOWrapper, Console]:
    """A console that keeps what is printed, as wide as the reader's terminal."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=view.encoding, errors="backslashreplace", newline="")
    sized = view.terminal or "COLUMNS" in os.environ
    console = Console(
        file=stream,
        force_terminal={"auto": view.terminal, "always": True, "never": False}[view.color],
        no_color=view.color == "never" or (view.color == "auto" and bool(os.environ.get("NO_COLOR"))),
        color_system="standard" if view.color == "always" else "auto",
        width=None if sized else PIPED_WIDTH,
        height=None if sized else 100,
        force_jupyter=False,  # what is printed is kept here, not shown by a notebook
        highlight=False,
        markup=False,
        emoji=False,
    )
    return stream, console


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()


def _print_steps(proof: Proof, console: Console, *, every: bool, quiet: bool) -> None:
    """Each fault with its line, caret, values and hint; the open questions; a summary.

    every  list every link, not the faults alone
    """
    for link in proof.links:
        if every or (link.verdict in SHOWN and not (quiet and link.verdict == "close")):
            for part in _link_lines(link, console.width, brief=link.verdict not in SHOWN):
                console.print(part, soft_wrap=True, highlight=False)
    for question in proof.questions:
        line = Text(f"{question.place}  ").append("no answer", style="magenta")
        console.print(line.append(f"  {plain(question.label)}: {plain(question.text)}"), soft_wrap=True)
    for text in summary(proof):
        console.print(Text(text), soft_wrap=True)


def _link_lines(link: Link, width: int, *, brief: bool) -> Iterator[Text]:
    head = Text(f"{link.right.place}  ")
    head.append(WORDS.get(link.verdict, link.verdict), style=COLOURS[link.verdict])
    if brief:
        step = f"  {plain(short(link.left.text))} {relation(link)} {plain(short(link.right.text))}"
        head.append(step + (f"  ({plain(link.reason)})" if link.reason else ""))
        yield head
        return
    head.append(f"  {plain(message(link))}")
    yield head
    yield Text("\n".join(_marked(link.right.place, link.right.end_place, width - len("  ..."))), style="dim")
    if any(link.values):
        yield Text(f"  left {plain(link.values[0]) or '?'}, right {plain(link.values[1]) or '?'}")
    if link.hint:
        yield Text(f"  hint: looks like {link.code}: {plain(link.hint)}", style="italic")


def _marked(place: Place, end: Place, width: int) -> list[str]:
    """The source line, no longer than the terminal is wide, and carets under the side."""
    shown = max(20, min(width, SHOWN_WIDTH))
    start = max(0, place.column - 1 - shown // 2)
    lead = "..." if start else ""
    text = plain(place.text[start : start + shown])
    length = end.column - place.column + 1 if end.line == place.line else len(place.text) - place.column + 1
    indent = len(lead) + place.column - 1 - start
    return [
        f"  {lead}{text}",
        f"  {' ' * indent}{'^' * max(1, min(length, shown - indent + len(lead)))}",
    ]
