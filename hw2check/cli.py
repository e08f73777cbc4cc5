"""The command line: options, files and exit codes. Nothing is computed here.

Only click is imported at the start; each command imports what it needs.
"""

from __future__ import annotations

import errno
import gc
import io
import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn

import click

from hw2check import __version__
from hw2check.errors import HW2CheckError
from hw2check.reading.files import STDIN, check_target, is_document, write_text

if TYPE_CHECKING:
    from rich.console import Console

    from hw2check.check.findings import Report
    from hw2check.proofread.proof import Proof

EXIT_OK, EXIT_WRONG, EXIT_ERROR, EXIT_FAULT, EXIT_INTERRUPTED = 0, 1, 2, 3, 130
FORMATS = ("text", "json", "github")
PIPED_WIDTH = 120  # columns where the output is no terminal and COLUMNS is not set

Command = Callable[..., Any]


class _Format(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.4 on
    """FMT or FMT=PATH."""

    name = "FMT[=PATH]"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        kind, _, path = str(value).partition("=")
        if kind not in FORMATS:
            self.fail(f"{kind!r} is not one of {', '.join(FORMATS)}", param, ctx)
        return kind, path


def _finite(context: click.Context, option: click.Parameter, value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise click.BadParameter("a tolerance must be finite", context, option)
    return value


def _judging_options(command: Command) -> Command:
    """The options that every judging command has."""
    options = (
        click.option(
            "-f",
            "--format",
            "formats",
            type=_Format(),
            multiple=True,
            help="text (default), json or github; with =PATH into a file; repeatable.",
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
            "--strict", is_flag=True, help="Digits that are truncated, or off by one unit, are not enough."
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
    )
    for option in reversed(options):
        command = option(command)
    return command


def _stdin_filename(command: Command) -> Command:
    return click.option(
        "--stdin-filename", default="", metavar="NAME", help="The name of a document on standard input."
    )(command)


def _to_judge(files: tuple[str, ...], stdin_filename: str) -> list[tuple[str, str | None]]:
    """Each problem alone, or with each document."""
    documents = [file for file in files if is_document(stdin_filename if file == STDIN else file)]
    problems = [file for file in files if file not in documents]
    if documents and not problems:
        raise HW2CheckError(
            f"{documents[0]} is a document, and there is no problem that it answers",
            hint=f"hw2check check problem.toml {documents[0]}, or hw2check proofread {documents[0]}",
        )
    if not documents:
        return [(problem, None) for problem in problems]
    if STDIN in documents and len(problems) > 1:
        raise HW2CheckError(
            "standard input can be read only once", hint="name one problem, or save the document"
        )
    return [(problem, document) for problem in problems for document in documents]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "--version", prog_name="hw2check", message="%(prog)s %(version)s")
def cli() -> None:
    """Verify worked neural-network homework: forward passes and backpropagation.

    \b
    Exit codes: 0 all correct, 1 something is not, 2 could not judge,
    3 a fault of hw2check, 130 interrupted.
    """  # noqa: D301


@cli.command()
@click.argument("file")
@click.argument("submission", required=False)
@_stdin_filename
@_judging_options
def forward(file: str, submission: str | None, **options: Any) -> int:
    """Every node's value: expected beside computed.

    FILE is a problem (TOML or JSON, - for standard input); SUBMISSION has the answers where they do not
    stand in FILE: a file with an [answers] table, or a written document (.md, .tex, .ipynb).
    """
    return _judge_one(file, submission, ("forward",), options)


@cli.command()
@click.argument("file")
@click.argument("submission", required=False)
@_stdin_filename
@_judging_options
def backprop(file: str, submission: str | None, **options: Any) -> int:
    """Values, local partials, gradients and updated parameters: expected beside computed.

    FILE is a problem (TOML or JSON, - for standard input); SUBMISSION has the answers where they do not
    stand in FILE: a file with an [answers] table, or a written document (.md, .tex, .ipynb).
    """
    return _judge_one(file, submission, ("forward", "backward"), options)


@cli.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@_stdin_filename
@_judging_options
@click.option("--self-check", is_flag=True, help="Also print every gradient as derived in three ways.")
def check(files: tuple[str, ...], **options: Any) -> int:
    """Judge everything that each file expects, a line a file: the one command for CI.

    Written documents (.md, .tex, .ipynb) among the files are judged as submissions to each of the problems.
    """
    from hw2check.check.file import check_file

    reports, errors = [], []
    for file, submission in _to_judge(files, options["stdin_filename"]):
        try:
            reports.append(check_file(file, submission, settings=_settings(options)))
        except HW2CheckError as error:
            _complain(f"error: {error}")
            errors.append(error)
    _write(reports, errors, options, lines=True)
    return EXIT_ERROR if errors else _exit_code(reports, options)


@cli.command()
@click.argument("documents", nargs=-1, required=True, metavar="DOCUMENT...")
@click.option(
    "-p", "--problem", "problems", multiple=True, metavar="FILE", help="What it is about; repeatable."
)
@click.option("--all", "every", is_flag=True, help="List every link, not the wrong ones alone.")
@_stdin_filename
@_judging_options
def proofread(
    documents: tuple[str, ...], problems: tuple[str, ...], every: bool, stdin_filename: str, **options: Any
) -> int:
    """Check every step of a written solution (.md, .tex, .ipynb; - for standard input).

    Without -p the document's own definitions are taken as the problem, as far as they go.
    """
    from hw2check.problem.reader import read_problem
    from hw2check.proofread.document import read_document
    from hw2check.proofread.proofreading import proofread as check_steps
    from hw2check.reading.source import read_source
    from hw2check.report.proofread import is_failed

    about = [read_problem(read_source(file)) for file in problems]
    proofs = []
    for name in documents:
        document = read_document(name, stdin_filename)
        with _progress(len(document.formulas)) as step:
            proofs.append(check_steps(document, about, step))
    _write_proofs(proofs, options, every=every)
    failed = any(is_failed(proof, strict=options["strict"]) for proof in proofs)
    return EXIT_WRONG if failed and not options["exit_zero"] else EXIT_OK


@cli.command()
@click.argument("code", required=False)
def explain(code: str | None) -> None:
    """What a hint's code means, with an example; without CODE, all of them."""
    from hw2check.formula.names import did_you_mean
    from hw2check.mistakes.catalogue import MISTAKES

    if code is not None and code not in MISTAKES:
        raise HW2CheckError(
            f"there is no mistake {code!r} in the catalogue", hint=did_you_mean(code, MISTAKES)
        )
    if code is None:
        width = max(map(len, MISTAKES))
        for mistake in MISTAKES.values():
            _say(f"{mistake.code:{width}}  {mistake.title}")
    else:
        mistake = MISTAKES[code]
        _say(f"{mistake.code}: {mistake.title}\n  for example: {mistake.example}")


@cli.command()
@click.argument("kind", type=click.Choice(["dense", "graph"]))
def new(kind: str) -> None:
    """Print a commented starter file: a dense network or a computation graph."""
    from hw2check.problem.starter import STARTERS

    _say(STARTERS[kind], newline=False)


@cli.command(name="import")
@click.argument("state")
@click.option("--layers", default="", help="Layers in order, with activations: fc1:relu,fc2:softmax.")
@click.option("--input", "inputs", help="The input batch, one input per row: a file, or a key of STATE.")
@click.option("-o", "--output", help="The problem file; large matrices go into an .npz file beside it.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
def import_(state: str, layers: str, inputs: str | None, output: str | None, force: bool) -> None:
    """Print a problem file with the weights of a saved model (.npz, .safetensors).

    A layer NAME has the arrays NAME.weight, one row per output, and NAME.bias, as PyTorch saves them; or
    NAME.kernel, one row per input, as Keras and Flax have them.
    """
    from pathlib import Path

    from hw2check.problem.saved_weights import problem_text, read_layers, write_arrays
    from hw2check.reading.files import write_text

    target = Path(output) if output else None
    beside = target.with_suffix(".npz") if target else None
    chosen = read_layers(layers) if layers else ()
    text, apart = problem_text(state, chosen, beside.name if beside else None, inputs)
    if target is None or beside is None:
        _say(text, newline=False)
        return
    for file in (target, beside) if apart else (target,):
        if os.path.lexists(file) and not force:
            raise HW2CheckError(f"{file}: exists already", hint="--force replaces it")
        check_target(str(file))
    if apart:
        write_arrays(str(beside), apart)
    write_text(str(target), text)


@cli.command()
@click.argument("kind", type=click.Choice(["problem", "submission", "report", "proofread"]))
def schema(kind: str) -> None:
    """Print the JSON Schema of problem files, of submissions or of JSON reports (proofread: of documents)."""
    from importlib.resources import files

    _say(files("hw2check").joinpath("schema", f"{kind}.json").read_text("utf-8"), newline=False)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None] | None]:
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


def _write_proofs(proofs: list[Proof], options: dict[str, Any], *, every: bool) -> None:
    """Every format asked for, to its file or to standard output."""
    from hw2check.report import proofread as render

    _check_targets(options)
    for kind, path in options["formats"] or [("text", "")]:
        if kind == "text" and not path:
            with _reader_may_leave():
                for proof in proofs:
                    render.print_proof(proof, _console(options["color"]), every=every, quiet=options["quiet"])
            continue
        if kind == "json":
            text = render.render_proof_json(proofs, every=every)
        elif kind == "github":
            text = render.render_proof_github(proofs)
        else:
            stream = io.StringIO()
            for proof in proofs:
                render.print_proof(proof, _console("never", stream), every=every, quiet=options["quiet"])
            text = stream.getvalue()
        if path:
            write_text(path, text)
        else:
            _say(text, newline=False)


def _judge_one(file: str, submission: str | None, passes: tuple[str, ...], options: dict[str, Any]) -> int:
    from hw2check.check.file import check_file

    try:
        report = check_file(file, submission, passes, _settings(options))
    except HW2CheckError as error:
        if any(kind != "text" for kind, _ in options["formats"]):
            _write([], [error], options, lines=False)
        raise
    _write([report], [], options, lines=False)
    return _exit_code([report], options)


@contextmanager
def _reader_may_leave() -> Iterator[None]:
    """`hw2check ... | head` ends with the code of the judgement, whatever head did not read.

    Raises HW2CheckError where standard output cannot be written to: a full disk, a closed stream.
    """
    try:
        yield
    except OSError as error:
        _read_no_more()
        if error.errno != errno.EPIPE:
            raise HW2CheckError(f"cannot write to standard output: {error.strerror}") from None


def _read_no_more() -> None:
    """Sends what is still written to nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(text: str, *, newline: bool = True) -> None:
    """A line, or text as it is, to standard output."""
    with _reader_may_leave():
        sys.stdout.write(text + "\n" if newline else text)
        sys.stdout.flush()


def _complain(text: str) -> None:
    """A line to standard error, if anybody reads it."""
    with suppress(OSError):
        click.echo(text, err=True)


def _reopen() -> None:
    """Opens the standard streams that are closed: to read or write them fails, to complain does not.

    So no file that is opened later takes the number of one of them.
    """
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_WRONLY), "r")
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


def _settings(options: dict[str, Any]) -> Any:
    from hw2check.check.file import Settings

    return Settings(
        options["rtol"],
        options["atol"],
        options["strict"],
        tuple(options["only"]),
        options.get("self_check", False),
        options["show"],
        latex=any(kind == "json" for kind, _ in options["formats"]),
        stdin_filename=options.get("stdin_filename", ""),
    )


def _exit_code(reports: list[Report], options: dict[str, Any]) -> int:
    failed = any(report.failed for report in reports)
    return EXIT_WRONG if failed and not options["exit_zero"] else EXIT_OK


def _write(
    reports: list[Report], errors: list[HW2CheckError], options: dict[str, Any], *, lines: bool
) -> None:
    """Every format asked for, to its file or to standard output."""
    _check_targets(options)
    for kind, path in options["formats"] or [("text", "")]:
        if path:
            write_text(path, _rendered(kind, reports, errors, options, lines=lines))
            continue
        if kind != "text":
            _say(_rendered(kind, reports, errors, options, lines=lines), newline=False)
            continue
        with _reader_may_leave():
            _print_text(_console(options["color"]), reports, options, lines=lines)


def _check_targets(options: dict[str, Any]) -> None:
    for _, path in options["formats"]:
        if path:
            check_target(path)


def _rendered(
    kind: str, reports: list[Report], errors: list[HW2CheckError], options: dict[str, Any], *, lines: bool
) -> str:
    if kind == "json":
        from hw2check.report.json import render_json

        return render_json(reports, [error.as_json() for error in errors])
    if kind == "github":
        from hw2check.report.github import render_github

        return render_github(reports, [error.as_json() for error in errors])
    stream = io.StringIO()
    _print_text(_console("never", stream), reports, options, lines=lines)
    return stream.getvalue()


def _print_text(console: Console, reports: list[Report], options: dict[str, Any], *, lines: bool) -> None:
    from hw2check.report.text import print_lines, print_report

    if lines:
        print_lines(reports, console, quiet=options["quiet"])
        return
    for report in reports:
        print_report(report, console, verbose=options["verbose"], quiet=options["quiet"])


def _console(color: str, stream: Any = None) -> Console:
    from rich.console import Console

    class Pipe(Console):
        def on_broken_pipe(self) -> None:
            self.quiet = True
            _read_no_more()

    terminal = stream is None and sys.stdout.isatty()
    sized = terminal or "COLUMNS" in os.environ
    return Pipe(
        file=stream,
        force_terminal={"auto": terminal, "always": True, "never": False}[color],
        no_color=color == "never" or (color == "auto" and bool(os.environ.get("NO_COLOR"))),
        color_system="standard" if color == "always" else "auto",
        width=None if sized else PIPED_WIDTH,
        height=None if sized else 100,
        highlight=False,
        markup=False,
        emoji=False,
    )


def main() -> NoReturn:
    """The entry point: runs a command and exits with its code."""
    sys.exit(_run())


def _run() -> int:
    _reopen()
    gc.set_threshold(100_000)  # a short process: most of what is collected early is still needed
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        result = cli.main(standalone_mode=False, prog_name="hw2check")
        with _reader_may_leave():
            sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return EXIT_ERROR
    except HW2CheckError as error:
        _complain(f"error: {error}")
        return EXIT_ERROR
    except (click.Abort, KeyboardInterrupt):
        _complain("interrupted")
        return EXIT_INTERRUPTED
    except OSError as error:  # of the system, such as a full disk
        _read_no_more()
        _complain(f"error: {error.strerror or error}")
        return EXIT_ERROR
    except Exception as error:
        if os.environ.get("HW2CHECK_DEBUG"):
            raise
        _complain(f"hw2check has a fault: {type(error).__name__}: {error}")
        _complain("Please report it with the file; HW2CHECK_DEBUG=1 shows where.")
        return EXIT_FAULT
    return result if isinstance(result, int) else EXIT_OK
