"""The command that prints or writes what one begins with."""

from __future__ import annotations

import os
from pathlib import Path

import click

from hw2check.cli.shell import FILE
from hw2check.cli.streams import complain, say
from hw2check.errors import HW2CheckError, plain
from hw2check.reading.files import write_bytes

KINDS = ("dense", "graph", "problem", "gradescope", "github")


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("problems", nargs=-1, metavar="[PROBLEM...]", type=FILE)
@click.option("--from", "document", metavar="DOCUMENT", type=FILE, help="For problem: the written homework.")
@click.option(
    "-o",
    "--output",
    default="",
    metavar="FOLDER",
    type=click.Path(),
    help="For gradescope: where it is written.",
)
@click.option("--force", is_flag=True, help="Replace files that exist.")
def new(kind: str, problems: tuple[str, ...], document: str | None, output: str, force: bool) -> None:
    """Print a commented starter file: a dense network or a computation graph.

    Or, for problem, the problem that a written homework (.md, .tex, .ipynb) implies: what it gives, its
    formulas and its answers, to be corrected by hand.

    For github, the workflow of a course's repository. For gradescope, write the folder of an autograder that
    grades by PROBLEM: a problem file or several, or a homework file that lists them.
    """
    _refuse(kind, problems, document, output)
    if kind == "problem":
        _print_problem(document)
    elif kind == "gradescope":
        _write_autograder(problems, Path(output or "autograder"), force=force)
    elif kind == "github":
        from hw2check import __version__
        from hw2check.grade.autograder import starter

        say(starter("github.yml", {"version": __version__}), newline=False)
    else:
        from hw2check.problem.starter import STARTERS

        say(STARTERS[kind], newline=False)


def _refuse(kind: str, problems: tuple[str, ...], document: str | None, output: str) -> None:
    """Raises HW2CheckError for what does not go with a kind."""
    if document is not None and kind != "problem":
        hint = f"hw2check new problem --from {document}"
        raise HW2CheckError(f"--from goes with problem, not with {kind}", hint=hint)
    if kind != "gradescope" and (problems or output):
        what = problems[0] if problems else "--output"
        raise HW2CheckError(
            f"{what} goes with gradescope, not with {kind}", hint="hw2check new gradescope homework.toml"
        )


def _print_problem(document: str | None) -> None:
    from hw2check.proofread.document import read_document
    from hw2check.proofread.implied import problem_text

    if document is None:
        raise HW2CheckError("no document is named", hint="hw2check new problem --from homework.md")
    say(problem_text(read_document(document)), newline=False)


def _write_autograder(problems: tuple[str, ...], folder: Path, *, force: bool) -> None:
    from hw2check.grade.autograder import autograder

    if not problems:
        raise HW2CheckError("no problem is named", hint="hw2check new gradescope homework.toml -o autograder")
    parts = autograder(problems)
    for part in parts:
        if os.path.lexists(folder / part.name) and not force:
            raise HW2CheckError(f"{folder / part.name}: exists already", hint="--force replaces it")
    for part in parts:
        target = folder / part.name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HW2CheckError(f"cannot write {target}: {error.strerror}") from None
        write_bytes(str(target), part.content)
        if part.is_script:
            target.chmod(0o755)
    where = plain(str(folder))
    complain(f"{where}: {len(parts)} files; hand Gradescope a zip archive of what is in it:")
    complain(f"  cd {where} && zip -r ../autograder.zip .")
