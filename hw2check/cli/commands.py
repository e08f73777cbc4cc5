"""The commands. Nothing is computed here; each imports what it needs when it runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from hw2check import __version__
from hw2check.cli.exits import EXIT_ERROR, EXIT_OK, EXIT_WRONG
from hw2check.cli.options import judging_options, settings, stdin_filename
from hw2check.cli.shell import FILE, Commands, complete_codes
from hw2check.cli.streams import complain, progress, say
from hw2check.cli.writing import write_reports
from hw2check.errors import HW2CheckError
from hw2check.reading.files import check_target, write_text

if TYPE_CHECKING:
    from hw2check.check.findings import Report
    from hw2check.proofread.proof import Proof


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "--version", prog_name="hw2check", message="%(prog)s %(version)s")
def cli() -> None:
    """Verify worked neural-network homework: forward passes and backpropagation.

    \b
    Exit codes: 0 all correct, 1 something is not, 2 could not judge,
    3 a fault of hw2check, 130 interrupted.
    """  # noqa: D301


@cli.command()
@click.argument("file", type=FILE)
@click.argument("submission", required=False, type=FILE)
@stdin_filename
@judging_options
def forward(file: str, submission: str | None, **options: Any) -> int:
    """Every node's value: expected beside computed.

    FILE is a problem (TOML or JSON, - for standard input); SUBMISSION has the answers where they do not
    stand in FILE: a file with an [answers] table, or a written document (.md, .tex, .ipynb).
    """
    return _judge_one(file, submission, ("forward",), options)


@cli.command()
@click.argument("file", type=FILE)
@click.argument("submission", required=False, type=FILE)
@stdin_filename
@judging_options
def backprop(file: str, submission: str | None, **options: Any) -> int:
    """Values, local partials, gradients and updated parameters: expected beside computed.

    FILE is a problem (TOML or JSON, - for standard input); SUBMISSION has the answers where they do not
    stand in FILE: a file with an [answers] table, or a written document (.md, .tex, .ipynb).
    """
    return _judge_one(file, submission, ("forward", "backward"), options)


@cli.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=FILE)
@stdin_filename
@judging_options
@click.option("--self-check", is_flag=True, help="Also print every gradient as derived in three ways.")
def check(files: tuple[str, ...], **options: Any) -> int:
    """Judge everything that each file expects, a line a file: the one command for CI.

    Written documents (.md, .tex, .ipynb) among the files are judged as submissions to each of the problems,
    files with an [answers] table as submissions to the problem that they answer.
    """
    from hw2check.check.pairing import check_files, sort_files

    sorted_files = sort_files(files, options["stdin_filename"])
    reports, errors = [], []
    for found in check_files(sorted_files, settings(options)):
        if isinstance(found, HW2CheckError):
            complain(f"error: {found}")
            errors.append(found)
        else:
            reports.append(found)
    _write_answers(reports, errors, options, lines=True)
    return EXIT_ERROR if errors else _exit_code(reports, options)


@cli.command()
@click.argument("documents", nargs=-1, required=True, metavar="DOCUMENT...", type=FILE)
@click.option(
    "-p",
    "--problem",
    "problems",
    multiple=True,
    metavar="FILE",
    type=FILE,
    help="What it is about; repeatable.",
)
@click.option("--all", "every", is_flag=True, help="List every link, not the wrong ones alone.")
@click.option("--baseline", metavar="FILE", type=FILE, help="Findings that are known: only new ones count.")
@click.option("--write-baseline", is_flag=True, help="Write all findings into the baseline's FILE.")
@stdin_filename
@judging_options
def proofread(
    documents: tuple[str, ...], problems: tuple[str, ...], every: bool, stdin_filename: str, **options: Any
) -> int:
    """Check every step of a written solution (.md, .tex, .ipynb; - for standard input).

    Without -p the document's own definitions are taken as the problem, as far as they go. In a document
    <!-- hw2check: off -->, on and ignore (in LaTeX % hw2check: off) say what is not to be read.
    """
    from hw2check.problem.reader import read_problem
    from hw2check.proofread.document import read_document
    from hw2check.proofread.proofreading import proofread as check_steps
    from hw2check.reading.source import read_source
    from hw2check.report.steps import is_failed, visible

    proofs = []
    try:
        about = [read_problem(read_source(file)) for file in problems]
        for name in documents:
            document = read_document(name, stdin_filename)
            with progress(len(document.formulas)) as step:
                proofs.append(check_steps(document, about, step))
    except HW2CheckError as error:
        _write_error(error, options)
        raise
    proofs = _with_baseline(proofs, options["baseline"], write=options["write_baseline"])
    shown = [visible(proof, options["show"]) for proof in proofs]
    write_reports(options, lambda format_, view: format_.steps(shown, view), every=every)
    blind = [proof for proof in proofs if proof.is_blind]
    for proof in blind:
        complain(f"error: {proof.file}: equations stand in it, and not one could be read")
    failed = any(is_failed(proof, strict=options["strict"]) for proof in proofs)
    return EXIT_ERROR if blind else EXIT_WRONG if failed and not options["exit_zero"] else EXIT_OK


@cli.command()
@click.argument("code", required=False, shell_complete=complete_codes)
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
            say(f"{mistake.code:{width}}  {mistake.title}")
    else:
        mistake = MISTAKES[code]
        say(f"{mistake.code}: {mistake.title}\n  for example: {mistake.example}")


@cli.command(name="import")
@click.argument("state", type=FILE)
@click.option("--layers", default="", help="Layers in order, with activations: fc1:relu,fc2:softmax.")
@click.option(
    "--input",
    "inputs",
    metavar="TEXT",
    type=FILE,
    help="The input batch, one input per row: a file, or a key of STATE.",
)
@click.option(
    "-o",
    "--output",
    metavar="TEXT",
    type=FILE,
    help="The problem file; large matrices go into an .npz file beside it.",
)
@click.option("--force", is_flag=True, help="Replace files that exist.")
def import_(state: str, layers: str, inputs: str | None, output: str | None, force: bool) -> None:
    """Print a problem file with the weights of a saved model (.npz, .safetensors).

    A layer NAME has the arrays NAME.weight, one row per output, and NAME.bias, as PyTorch saves them; or
    NAME.kernel, one row per input, as Keras and Flax have them.
    """
    from pathlib import Path

    from hw2check.problem.saved_weights import problem_text, read_layers, write_arrays

    target = Path(output) if output else None
    beside = target.with_suffix(".npz") if target else None
    chosen = read_layers(layers) if layers else ()
    text, apart = problem_text(state, chosen, beside.name if beside else None, inputs)
    if target is None or beside is None:
        say(text, newline=False)
        return
    for file in (target, beside) if apart else (target,):
        if os.path.lexists(file) and not force:
            raise HW2CheckError(f"{file}: exists already", hint="--force replaces it")
        check_target(str(file))
    if apart:
        write_arrays(str(beside), apart)
    write_text(str(target), text)


@cli.command()
@click.argument("kind", type=click.Choice(["problem", "submission", "report", "proofread", "grades"]))
def schema(kind: str) -> None:
    """Print a JSON Schema: of problem files, of submissions, or of what check, proofread or grade report."""
    from importlib.resources import files

    say(files("hw2check").joinpath("schema", f"{kind}.json").read_text("utf-8"), newline=False)


def _with_baseline(proofs: list[Proof], file: str | None, *, write: bool) -> list[Proof]:
    """The proofs without what the baseline has; where it is written, it has all."""
    from hw2check.proofread.baseline import baseline_text, read_baseline, without_known

    if file is None and write:
        raise HW2CheckError("--write-baseline has no file", hint="--baseline FILE says which")
    if file is None:
        return proofs
    if write:
        check_target(file)
        write_text(file, baseline_text(proofs))
    baseline = read_baseline(file)
    return [without_known(proof, baseline) for proof in proofs]


def _judge_one(file: str, submission: str | None, passes: tuple[str, ...], options: dict[str, Any]) -> int:
    from hw2check.check.file import check_file

    try:
        report = check_file(file, submission, passes, settings(options))
    except HW2CheckError as error:
        _write_error(error, options)
        raise
    _write_answers([report], [], options, lines=False)
    return _exit_code([report], options)


def _exit_code(reports: list[Report], options: dict[str, Any]) -> int:
    failed = any(report.failed for report in reports)
    return EXIT_WRONG if failed and not options["exit_zero"] else EXIT_OK


def _write_error(error: HW2CheckError, options: dict[str, Any]) -> None:
    """What could not be judged, in the formats that others read; text has it on standard error."""
    if options["formats"]:
        write_reports(options, lambda format_, view: format_.answers([], [error], view), text=False)


def _write_answers(
    reports: list[Report], errors: list[HW2CheckError], options: dict[str, Any], *, lines: bool
) -> None:
    write_reports(options, lambda format_, view: format_.answers(reports, errors, view), lines=lines)
