"""The options that every judging command has, and what they mean."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from hw2check.errors import HW2CheckError
from hw2check.reading.files import check_target
from hw2check.report.formats import FORMATS

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Command = Callable[..., Any]


class Format(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.4 on
    """FMT or FMT=PATH."""

    name = "FMT[=PATH]"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        kind, _, path = str(value).partition("=")
        if kind not in FORMATS:
            self.fail(f"{kind!r} is not one of {', '.join(FORMATS)}", param, ctx)
        return kind, path

    def shell_complete(
        self, _ctx: click.Context, _param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The formats; after FMT= the shell completes a file."""
        from click.shell_completion import CompletionItem

        _, equals, path = incomplete.partition("=")
        if equals:
            return [CompletionItem(path, type="file")]
        return [CompletionItem(kind) for kind in FORMATS if kind.startswith(incomplete)]


def _finite(context: click.Context, option: click.Parameter, value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise click.BadParameter("a tolerance must be finite", context, option)
    return value


def _without_cache(_context: click.Context, _option: click.Parameter, value: bool) -> None:
    if value:
        from hw2check.calculus.partials import keep_nothing

        keep_nothing()


_OPTIONS = (
    click.option(
        "-f",
        "--format",
        "formats",
        type=Format(),
        multiple=True,
        help=f"{', '.join(FORMATS)} (default: text); with =PATH into a file; repeatable.",
    ),
    click.option(
        "--rtol",
        type=click.FloatRange(min=0),
        callback=_finite,
        help="Judge numbers by this relative tolerance instead of by their digits.",
    ),
    click.option(
        "--atol",
        type=click.FloatRange(min=0),
        callback=_finite,
        help="Judge numbers by this absolute tolerance instead of by their digits.",
    ),
    click.option(
        "--only", multiple=True, metavar="NAME", help="Judge and show this quantity alone; repeatable."
    ),
    click.option(
        "--strict",
        is_flag=True,
        help="Truncated digits, digits off by one unit and doubtful steps fail.",
    ),
    click.option(
        "--show",
        type=click.Choice(["none", "hint", "computed"]),
        default="computed",
        help="What a student may see: verdicts, also hints, or everything (default).",
    ),
    click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        help="When to colour the text.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="Only what is not right, and the result."),
    click.option("-v", "--verbose", is_flag=True, help="Large matrices in full."),
    click.option("--exit-zero", is_flag=True, help="Exit with 0 even where answers are wrong."),
    click.option(
        "--no-cache",
        is_flag=True,
        expose_value=False,
        callback=_without_cache,
        help="Derive all anew, and keep nothing of it on disk.",
    ),
)


def judging_options(command: Command) -> Command:
    """The options that every judging command has."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def stdin_filename(command: Command) -> Command:
    return click.option(
        "--stdin-filename", default="", metavar="NAME", help="The name of a document on standard input."
    )(command)


def settings(options: dict[str, Any]) -> Any:
    from hw2check.check.file import Settings

    return Settings(
        options["rtol"],
        options["atol"],
        options["strict"],
        tuple(options["only"]),
        options.get("self_check", False),
        options["show"],
        latex=any(kind in {"json", "jsonl"} for kind, _ in options["formats"]),
        stdin_filename=options.get("stdin_filename", ""),
    )


def check_targets(formats: Sequence[tuple[str, str]]) -> None:
    """Raises HW2CheckError where a report would replace an input, or another report."""
    paths = [path for _, path in formats if path]
    for path in paths:
        check_target(path)
    for index, path in enumerate(paths):
        for other in paths[:index]:
            if os.path.realpath(path) == os.path.realpath(other):
                raise HW2CheckError(f"two reports into one file: {path}", hint="name another file for one")
