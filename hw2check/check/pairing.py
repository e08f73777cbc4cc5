"""Which of several files are problems, and which of these each submission answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from hw2check.check.file import Prepared, Settings, submitted
from hw2check.check.findings import Report
from hw2check.errors import HW2CheckError
from hw2check.problem.model import Problem
from hw2check.problem.reader import read_problem
from hw2check.reading.files import STDIN, is_document
from hw2check.reading.source import Source, read_source

PROBLEM_TABLES = ("given", "nodes", "layer")  # one of them stands in every problem


def is_submission(source: Source) -> bool:
    """Whether a file is a table of answers, not a problem."""
    return "answers" in source.data and not any(key in source.data for key in PROBLEM_TABLES)


def best_fit(problems: Mapping[str, Problem], spelt: Iterable[str]) -> str | None:
    """The problem that has the most of these quantities; None where none has any, or several have as many."""
    names = tuple(spelt)
    found = {
        key: sum(problem.resolve(name) is not None for name in names) for key, problem in problems.items()
    }
    best = [key for key, number in found.items() if number and number == max(found.values())]
    return best[0] if len(best) == 1 else None


def answered(source: Source) -> tuple[str, ...]:
    """The quantities that a table of answers names."""
    table = source.data.get("answers")
    return tuple(table) if isinstance(table, dict) else ()


@dataclass(slots=True)
class Files:
    """What is to be checked: problems by themselves, or submissions each with its problem."""

    problems: list[str] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)


def sort_files(files: Sequence[str], stdin_filename: str = "") -> Files:
    """The files by what they are; one that cannot be read counts as a problem, whose reading says why."""
    found = Files()
    files = tuple(_unfolded(files))
    for file in files:
        if is_document(stdin_filename if file == STDIN else file):
            found.documents.append(file)
        elif file != STDIN and len(files) > 1 and _is_table(file):
            found.tables.append(file)
        else:
            found.problems.append(file)
    submissions = [*found.documents, *found.tables]
    if submissions and not found.problems:
        kind = "document" if found.documents else "table of answers"
        hint = f"hw2check check problem.toml {submissions[0]}"
        if found.documents:
            hint += f", or hw2check proofread {submissions[0]}"
        raise HW2CheckError(
            f"{submissions[0]} is a {kind}, and there is no problem that it answers", hint=hint
        )
    if STDIN in found.documents and len(found.problems) > 1:
        raise HW2CheckError(
            "standard input can be read only once", hint="name one problem, or save the document"
        )
    return found


def _unfolded(files: Sequence[str]) -> Iterator[str]:
    """The files, with the problems that a homework file lists in its place; none of these twice."""
    named = {PurePath(file) for file in files}
    for file in files:
        listed = _listed(file) if PurePath(file).suffix.lower() in {".toml", ".json"} else []
        yield from (name for name in listed if PurePath(name) not in named)
        if not listed:
            yield file
        named |= {PurePath(name) for name in listed}


def _listed(file: str) -> list[str]:
    try:
        source = read_source(file)
    except HW2CheckError:  # whoever reads it as a problem says so
        return []
    tables = source.data.get("problem")
    if not isinstance(tables, list) or any(key in source.data for key in PROBLEM_TABLES):
        return []
    names = [table.get("file") if isinstance(table, dict) else None for table in tables]
    return [str(source.folder / name) for name in names if isinstance(name, str)]


def _is_table(file: str) -> bool:
    try:
        return is_submission(read_source(file))
    except HW2CheckError:
        return False


def check_files(files: Files, settings: Settings) -> Iterator[Report | HW2CheckError]:
    """The report on each problem, or on each submission to it; an error in place of what cannot be judged."""
    prepared: dict[str, Prepared] = {}
    for problem in files.problems:
        try:
            prepared[problem] = Prepared(read_problem(read_source(problem)), settings)
            if not files.documents and not files.tables:
                yield prepared[problem].report(None)
        except HW2CheckError as error:
            yield error
    if not prepared:
        return
    pairs = [(problem, document) for problem in prepared for document in files.documents]
    for problem, submission in (*pairs, *(("", table) for table in files.tables)):
        try:
            own = prepared[problem or _of_table(submission, prepared)]
            yield own.report(*submitted(own.problem, submission, settings))
        except HW2CheckError as error:
            yield error


def _of_table(file: str, prepared: Mapping[str, Prepared]) -> str:
    """The problem that a table of answers is for: by its name, else by its quantities."""
    if len(prepared) == 1:
        return next(iter(prepared))
    stem = PurePath(file).stem
    named = [problem for problem in prepared if PurePath(problem).stem == stem]
    source = read_source(file)
    fitting = best_fit({name: own.problem for name, own in prepared.items()}, answered(source))
    chosen = named[0] if len(named) == 1 else fitting
    if chosen is None:
        raise HW2CheckError(
            f"{file}: it cannot be told which problem it answers",
            hint=f"check it with one problem alone: hw2check check {next(iter(prepared))} {file}",
        )
    return chosen
