"""The command that draws. Each import that only it needs waits until it runs."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from hw2check.cli.exits import EXIT_OK
from hw2check.cli.options import check_targets
from hw2check.cli.streams import say
from hw2check.errors import HW2CheckError
from hw2check.reading.files import write_bytes
from hw2check.report.formats import View

if TYPE_CHECKING:
    from hw2check.draw.drawing import Drawing

KINDS = {".svg": "svg", ".png": "png", ".mmd": "mermaid", ".mermaid": "mermaid", ".dot": "dot", ".gv": "dot"}
FORMATS = ("tree", "svg", "png", "mermaid", "dot")


@click.command()
@click.argument("file", type=click.Path())
@click.argument("submission", required=False, type=click.Path())
@click.option(
    "-f",
    "--format",
    "kind",
    type=click.Choice(FORMATS),
    help="By default what the output's name says, and a tree on the terminal.",
)
@click.option("-o", "--output", default="", metavar="FILE", type=click.Path(), help="Where to write it.")
@click.option("--path", default="", metavar="NAME", help="Mark the way of this quantity to the loss.")
@click.option(
    "--vertical/--horizontal",
    default=None,
    help="From top to bottom, or from left to right; by default as fits its depth.",
)
@click.option(
    "--digits", type=click.IntRange(1, 17), default=4, show_default=True, help="Significant digits."
)
@click.option("--entries/--no-entries", default=None, help="Matrices entry by entry; by default where few.")
def draw(
    file: str,
    submission: str | None,
    kind: str | None,
    output: str,
    path: str,
    vertical: bool | None,
    digits: int,
    entries: bool | None,
) -> int:
    """Draw the computation graph: values in the boxes, gradients below them, local partials on the arrows.

    FILE is a problem; answers, of SUBMISSION or expected in FILE, are marked as right, wrong or carried.
    """
    from hw2check.check.file import BACKWARD, FORWARD, Prepared, Settings, submitted
    from hw2check.draw.building import Options
    from hw2check.draw.building import draw as drawn
    from hw2check.problem.reader import read_problem
    from hw2check.reading.source import read_source

    kind = kind or _kind(output)
    check_targets([(kind, output)])
    problem = read_problem(read_source(file))
    settings = Settings()
    answers, named = submitted(problem, submission, settings) if submission else (None, "")
    passes = (FORWARD,) if problem.loss is None else (FORWARD, BACKWARD)
    report = Prepared(problem, settings).report(answers, named, passes)
    picture = drawn(problem, report, Options(path, digits, entries))
    vertical = picture.is_deep if vertical is None else vertical
    if kind == "png":
        _write_png(picture, output, vertical=vertical)
        return EXIT_OK
    text = _text(picture, kind, to_terminal=not output, vertical=vertical)
    if output:
        write_bytes(output, text.encode())
    else:
        say(text, newline=False)
    return EXIT_OK


def _kind(output: str) -> str:
    if not output:
        return "tree"
    ending = "." + output.rpartition(".")[2].lower()
    if ending not in KINDS:
        raise HW2CheckError(
            f"{output}: its name does not say what to draw",
            hint=f"-f {', '.join(FORMATS)}, or a name like graph.svg",
        )
    return KINDS[ending]


def _text(picture: Drawing, kind: str, *, to_terminal: bool, vertical: bool) -> str:
    if kind == "tree":
        from hw2check.draw.tree import print_tree
        from hw2check.report.text import printed

        out = sys.stdout
        view = View(color="auto", terminal=out.isatty(), encoding=out.encoding) if to_terminal else View()
        return printed(view, partial(print_tree, picture))
    if kind == "svg":
        from hw2check.draw.svg import svg

        return svg(picture, vertical=vertical)
    from hw2check.draw.diagrams import dot, mermaid

    return {"mermaid": mermaid, "dot": dot}[kind](picture, vertical=vertical)


def _write_png(picture: Drawing, output: str, *, vertical: bool) -> None:
    from hw2check.draw.png import png

    if not output:
        raise HW2CheckError("a PNG picture needs a file", hint="-o graph.png")
    write_bytes(output, png(picture, vertical=vertical))
