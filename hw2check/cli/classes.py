"""The command for a class. Each import that only it needs waits until it runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hw2check.cli.class_reports import ClassReports
from hw2check.cli.exits import EXIT_OK, EXIT_WRONG
from hw2check.cli.options import Format
from hw2check.cli.shell import FILE
from hw2check.cli.streams import complain
from hw2check.errors import HW2CheckError, plain
from hw2check.report.formats import FORMATS

if TYPE_CHECKING:
    from hw2check.grade.running import Plan

PLATFORMS = ("canvas", "gradescope")


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="PROBLEM... SUBMISSION...", type=click.Path())
@click.option(
    "-o",
    "--output",
    default="grades",
    show_default=True,
    metavar="FOLDER",
    type=click.Path(),
    help="Where results go.",
)
@click.option("--resume", is_flag=True, help="Keep what an earlier run into the same folder has graded.")
@click.option(
    "--overrides",
    default="",
    metavar="FILE",
    type=FILE,
    help="A marker's own decisions, [[override]] tables.",
)
@click.option("--feedback", is_flag=True, help="Also a file of feedback for each student, in Markdown.")
@click.option(
    "-f",
    "--format",
    "formats",
    type=Format(),
    multiple=True,
    help=f"{', '.join(FORMATS)}; with =PATH into a file; html, for the class and each student, always so.",
)
@click.option(
    "--metadata",
    default="",
    metavar="FILE",
    type=FILE,
    help="Gradescope's submission_metadata.json: what is named is one submission, handed in so.",
)
@click.option(
    "--show",
    type=click.Choice(["none", "hint", "computed"]),
    default="hint",
    show_default=True,
    help="What feedback tells: verdicts, also hints, or everything.",
)
@click.option(
    "--for",
    "platforms",
    type=click.Choice(PLATFORMS),
    multiple=True,
    help="Also a table that the platform imports; repeatable.",
)
@click.option("--strict", is_flag=True, help="Digits that are truncated, or off by one unit, are not enough.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes.")
@click.option(
    "--executor", default="", metavar="MODULE:FACTORY", help="What makes a concurrent.futures.Executor."
)
@click.option("--dask", default="", metavar="ADDRESS", help="The scheduler of a dask cluster.")
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="For one submission; 0 for any time.",
)
def grade(files: tuple[str, ...], **options: Any) -> int:
    """Grade a class: every submission in folders, files and zip archives, and a gradebook out.

    PROBLEM is one problem file or several, or a homework file that lists them. A file or a folder in a
    folder of submissions is one submission: TOML, JSON, Markdown, LaTeX or a notebook.

    Exits with 0 where every submission was judged, right or wrong, and with 1 where one could not be.
    """
    from hw2check.check.file import Settings
    from hw2check.grade.classroom import Order, grade_class, sorted_out
    from hw2check.grade.gradebook import GRADEBOOK
    from hw2check.grade.grading import Limits
    from hw2check.grade.handed_in import read_handed_in
    from hw2check.report.classroom import render_feedback

    homework, submissions = sorted_out(files)
    limits = Limits(Settings(strict=options["strict"]), options["time_limit"])
    feedback = partial(render_feedback, title=homework.title, show=options["show"])
    reports = ClassReports(options["formats"], homework.title, options["show"])
    order = Order(
        homework,
        submissions,
        Path(options["output"]),
        limits,
        _plan(options),
        options["resume"],
        options["overrides"],
        tuple(dict.fromkeys(options["platforms"])),
        feedback if options["feedback"] else None,
        reports.add,
        read_handed_in(options["metadata"]) if options["metadata"] else None,
    )
    with _bar() as progress:
        tally, folder = grade_class(order, progress)
    reports.write(tally)
    complain(f"gradebook: {plain(str(folder / GRADEBOOK))}")
    return EXIT_WRONG if tally.troubled else EXIT_OK


def _plan(options: dict[str, Any]) -> Plan:
    from hw2check.grade.running import Plan

    jobs = options["jobs"]
    if options["executor"] and options["dask"]:
        raise HW2CheckError("--executor and --dask exclude each other")
    if options["executor"]:
        return Plan(jobs, _factory(options["executor"]))
    if options["dask"]:
        return Plan(max(jobs, 8), partial(_dask, options["dask"]))
    return Plan(jobs)


def _factory(name: str) -> Callable[[], Executor]:
    module, _, attribute = name.partition(":")
    try:
        factory = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise HW2CheckError(f"--executor {name}: {error}", hint="--executor package.module:factory") from None
    if not callable(factory):
        raise HW2CheckError(f"--executor {name}: it cannot be called", hint="a function without arguments")
    made: Callable[[], Executor] = factory
    return made


def _dask(address: str) -> Executor:
    try:
        from distributed import Client
    except ImportError:
        hint = 'install it with: pip install "hw2check[dask]"'
        raise HW2CheckError("--dask needs dask.distributed", hint=hint) from None
    try:
        client = Client(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise HW2CheckError(f"--dask {address}: there is no scheduler: {error}") from None
    click.get_current_context().call_on_close(client.close)
    executor: Executor = client.get_executor(pure=False)
    return executor


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None] | None]:
    """A bar with rate and remaining time on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None, rate="")

        def step(done: int, found: int) -> None:
            speed = progress.tasks[0].speed
            progress.update(task, completed=done, total=found, rate=f"{speed:.0f} a second" if speed else "")

        yield step
