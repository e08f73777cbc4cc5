"""The command that writes worked solutions. Each import that only it needs waits until it runs."""

from __future__ import annotations

import sys
from functools import partial

import click

from hw2check.cli.exits import EXIT_OK
from hw2check.cli.options import check_targets
from hw2check.cli.streams import say
from hw2check.errors import HW2CheckError
from hw2check.reading.files import write_text
from hw2check.report.formats import View

KINDS = {
    ".md": "markdown",
    ".tex": "tex",
    ".html": "html",
    ".htm": "html",
    ".ipynb": "notebook",
    ".txt": "text",
}
FORMATS = ("text", "markdown", "tex", "html", "notebook")


@click.command()
@click.argument("file", type=click.Path(allow_dash=True))
@click.option(
    "-f",
    "--format",
    "kind",
    type=click.Choice(FORMATS),
    help="By default what the output's name says, and text on the terminal.",
)
@click.option("-o", "--output", default="", metavar="FILE", type=click.Path(), help="Where to write it.")
@click.option(
    "--digits", type=click.IntRange(2, 15), default=6, show_default=True, help="Significant digits of values."
)
def solve(file: str, kind: str | None, output: str, digits: int) -> int:
    """Write the worked solution: every value, partial, gradient and update, step by step.

    FILE is a problem. What is written as Markdown, LaTeX or a notebook, proofread can read again.
    """
    from hw2check.problem.reader import read_problem
    from hw2check.reading.source import read_source
    from hw2check.solve.solution import solution
    from hw2check.truth.derived import Truth

    kind = kind or _kind(output)
    check_targets([(kind, output)])
    problem = read_problem(read_source(file))
    worked = solution(Truth(problem, with_gradients=problem.loss is not None), digits)
    if kind == "text":
        from hw2check.report.text import printed
        from hw2check.solve.text import print_solution

        out = sys.stdout
        view = View() if output else View(color="auto", terminal=out.isatty(), encoding=out.encoding)
        text = printed(view, partial(print_solution, worked))
    else:
        from hw2check.solve import written

        renderers = {"markdown": written.markdown, "tex": written.tex, "notebook": written.notebook}
        text = renderers.get(kind, written.html)(worked)
    if output:
        write_text(output, text)
    else:
        say(text, newline=False)
    return EXIT_OK


def _kind(output: str) -> str:
    if not output:
        return "text"
    ending = "." + output.rpartition(".")[2].lower()
    if ending not in KINDS:
        hint = f"-f {', '.join(FORMATS)}, or a name like solution.md"
        raise HW2CheckError(f"{output}: its name does not say how to write it", hint=hint)
    return KINDS[ending]
