"""A class from its files to its gradebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hw2check.check.pairing import is_submission
from hw2check.errors import HW2CheckError
from hw2check.grade.gradebook import Each, Feedback, Journal, Rules, write_books
from hw2check.grade.grading import Grader, Limits, submission_digest
from hw2check.grade.handed_in import HandedIn
from hw2check.grade.homework import Homework, read_homework
from hw2check.grade.overrides import read_overrides
from hw2check.grade.running import Plan, Work, grade_all
from hw2check.grade.submissions import Submission, find_submissions, one_submission
from hw2check.grade.tally import Tally
from hw2check.reading.files import is_document
from hw2check.reading.source import Source, read_source


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be graded, and how."""

    homework: Homework
    submissions: tuple[str, ...]  # files, folders and archives
    folder: Path  # for the gradebook
    limits: Limits
    plan: Plan
    resume: bool = False
    overrides: str = ""  # a file
    platforms: tuple[str, ...] = ()
    feedback: Feedback | None = None
    each: Each | None = None
    handed_in: HandedIn | None = None  # the only submission, where it is known by whom and when


def sorted_out(named: Sequence[str]) -> tuple[Homework, tuple[str, ...]]:
    """The homework and the submissions among what is named: a problem has tables that no submission has.

    Raises HW2CheckError for what cannot be read, and where there is no problem or no submission.
    """
    problems: list[Source] = []
    submissions = []
    for name in named:
        source = None if Path(name).is_dir() or not _is_table(name) else read_source(name)
        if source is not None and not is_submission(source):
            problems.append(source)
        else:
            submissions.append(name)
    if not problems:
        raise HW2CheckError(
            "there is no problem to grade by", hint="hw2check grade problem.toml submissions/"
        )
    if not submissions:
        raise HW2CheckError("there are no submissions", hint=f"hw2check grade {named[0]} submissions/")
    return read_homework(problems), tuple(submissions)


def _is_table(name: str) -> bool:
    return not is_document(name) and Path(name).suffix.lower() in {".toml", ".json"}


def grade_class(order: Order, progress: Callable[[int, int], None] | None = None) -> tuple[Tally, Path]:
    """Grades every submission and writes the gradebook; what an earlier run has done is kept on `resume`.

    progress  told the numbers of submissions done and found so far
    Raises HW2CheckError where a problem cannot be worked with or a file cannot be written.
    """
    grader = Grader(order.homework, order.limits)
    full = grader.full
    source = read_source(order.overrides) if order.overrides else None
    overrides = read_overrides(source, full) if source else ()
    days = order.handed_in.days if order.handed_in else None
    rules = Rules(full, order.homework.late, overrides, order.homework.title, days)
    journal = Journal(order.folder, resume=order.resume)
    wanted: dict[str, None] = {}
    done = 0
    try:
        for results in grade_all(_new(order, journal, wanted), order.homework, order.limits, order.plan):
            journal.add(results)
            done += len(results)
            if progress is not None:
                progress(done, len(wanted))
        tally = write_books(journal, wanted, rules, order.folder, order.platforms, order.feedback, order.each)
        return tally, order.folder
    finally:
        journal.close()


def _submissions(order: Order) -> Iterator[Submission]:
    """All that is named, or the one submission of which it is known who handed it in."""
    known = order.handed_in
    if known is None:
        yield from find_submissions(order.submissions)
        return
    if len(order.submissions) > 1:
        raise HW2CheckError(
            f"the metadata are of one submission, and here are {len(order.submissions)}",
            hint="name the folder that has its files",
        )
    one = one_submission(order.submissions[0])
    yield replace(one, student=known.student or one.student, user=known.user, late=known.days > 0)


def _new(order: Order, journal: Journal, wanted: dict[str, None]) -> Iterator[Work]:
    """The submissions that the journal does not have; `wanted` collects them all."""
    homework = f"{order.homework.digest} {order.limits.settings}"
    for submission in _submissions(order):
        wanted[submission.id] = None
        digest = submission_digest(homework, submission)
        if not journal.has(submission.id, digest):
            yield submission, digest
