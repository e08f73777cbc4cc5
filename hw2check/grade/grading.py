"""One submission, graded: its files paired with the problems, judged, and put down as marks.

What is true of a problem is derived once; a submission that takes too long, or that cannot be read, is
a result with a reason like any other.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, NoReturn

from hw2check.check.file import PLAIN, Prepared, Settings
from hw2check.check.findings import Finding
from hw2check.check.pairing import answered, best_fit
from hw2check.errors import HW2CheckError
from hw2check.grade.homework import Homework, Task
from hw2check.grade.marks import Mark, Result
from hw2check.grade.submissions import File, Submission
from hw2check.problem.answers import Answer, Known, read_submission
from hw2check.problem.reader import read_problem
from hw2check.proofread.document import Document, document_of
from hw2check.proofread.submitted import answers_in
from hw2check.reading.files import is_document
from hw2check.reading.source import Source, source_of

ONE = Fraction(1)  # for each answer asked, where a problem gives no points


class Limits(NamedTuple):
    """How a class is graded, beyond what its homework says."""

    settings: Settings = PLAIN
    seconds: float = 60.0  # for one submission; 0 for any time


class OutOfTimeError(Exception):
    """A submission took longer than it may."""


class Grader:
    """The problems of a homework, derived, and what each answer to them is worth."""

    def __init__(self, homework: Homework, limits: Limits = Limits()) -> None:  # noqa: B008  immutable
        """Raises HW2CheckError where a problem cannot be worked with, or its own answer key is wrong."""
        self.homework = homework
        self.limits = limits
        self.prepared = {task.name: _prepared(task, limits.settings) for task in homework.tasks}
        self.read: dict[str, Known] = {task.name: {} for task in homework.tasks}
        self.columns = {
            name: self._columns(task, self.prepared[name])
            for name, task in ((task.name, task) for task in homework.tasks)
        }

    def _columns(self, task: Task, prepared: Prepared) -> dict[str, Fraction]:
        """The full points of each answer asked; raises HW2CheckError where nothing is asked."""
        report = prepared.report(())
        asked = {finding.name: finding.full_points for finding in report.findings}
        if not asked:
            raise HW2CheckError(
                f"{task.file}: nothing is asked", hint="[points] or [expected] says what a submission answers"
            )
        given = {name: points for name, points in asked.items() if points is not None}
        points = given or dict.fromkeys(asked, ONE)
        total = sum(points.values(), Fraction(0))
        scale = ONE if task.points is None or not total else task.points / total
        return {name: full * scale for name, full in points.items()}

    @property
    def full(self) -> dict[str, Fraction]:
        """The points of each column, in order."""
        return {
            self._column(task.name, name): full
            for task in self.homework.tasks
            for name, full in self.columns[task.name].items()
        }

    def _column(self, task: str, quantity: str) -> str:
        return quantity if len(self.homework.tasks) == 1 else f"{task}: {quantity}"

    def graded(self, submission: Submission, digest: str) -> Result:
        """The marks of one submission, or the reason why there are none."""
        head = submission.id, submission.student, submission.user, submission.late, digest
        if submission.trouble:
            return Result(*head, trouble=submission.trouble)
        notes: list[str] = []
        try:
            with _within(self.limits.seconds):
                answers = self._answers(submission.files, notes)
                marks = tuple(mark for task in answers for mark in self._marks(task, answers[task]))
        except OutOfTimeError:
            return Result(
                *head, trouble=f"it takes longer than {self.limits.seconds:g} s", notes=tuple(notes)
            )
        except HW2CheckError as error:
            return Result(*head, trouble=str(error).partition("\n")[0], notes=tuple(notes))
        except (RecursionError, MemoryError, OverflowError) as error:
            return Result(*head, trouble=f"it is too large to be judged: {type(error).__name__}")
        return Result(*head, marks, notes=tuple(notes))

    def _answers(self, files: Sequence[File], notes: list[str]) -> dict[str, dict[str, Answer]]:
        """What is answered, by problem and quantity; tables count before documents.

        Raises HW2CheckError where no file can be read.
        """
        found: dict[str, dict[str, Answer]] = {task.name: {} for task in self.homework.tasks}
        faults = []
        for file in sorted(files, key=lambda file: (is_document(file.name), file.name)):
            try:
                for task, answers in self._in_file(file):
                    known = found[task]
                    twice = sorted(answer.name for answer in answers if answer.name in known)
                    if twice:
                        notes.append(f"{file.name}: {', '.join(twice)} is answered before, in another file")
                    known |= {answer.name: answer for answer in answers if answer.name not in known}
            except HW2CheckError as error:
                faults.append(str(error).partition("\n")[0])
        if faults and not any(found.values()):
            raise HW2CheckError(faults[0])
        notes += faults
        return found

    def _in_file(self, file: File) -> Iterator[tuple[str, tuple[Answer, ...]]]:
        if is_document(file.name):
            document = document_of(file.name, file.content)
            for task in self._named(file.name) or self.homework.tasks:
                yield task.name, _written(self.prepared[task.name], document)
            return
        source = source_of(file.name, file.content, Path("/no/folder"))
        task = self._task_of(source)
        yield task.name, read_submission(self.prepared[task.name].problem, source, self.read[task.name])

    def _named(self, name: str) -> tuple[Task, ...]:
        """The problem whose name a file has, if any."""
        stem = PurePosixPath(name).stem.casefold()
        return tuple(task for task in self.homework.tasks if task.name.casefold() == stem)

    def _task_of(self, source: Source) -> Task:
        """The problem that a table of answers is for; raises HW2CheckError where that cannot be told."""
        tasks = self._named(source.file) or self.homework.tasks
        if len(tasks) == 1:
            return tasks[0]
        fitting = best_fit({task.name: self.prepared[task.name].problem for task in tasks}, answered(source))
        if fitting is not None:
            return next(task for task in tasks if task.name == fitting)
        names = " or ".join(f"{task.name}.toml" for task in tasks)
        raise HW2CheckError(f"{source.file}: it cannot be told which problem it answers; call it {names}")

    def _marks(self, task: str, answers: Mapping[str, Answer]) -> Iterator[Mark]:
        prepared, full = self.prepared[task], self.columns[task]
        report = prepared.report(tuple(answers.values()))
        findings = {finding.name: finding for finding in report.findings}
        shares = prepared.marking.shares
        for name, points in full.items():
            finding = findings.get(name)
            if finding is not None:
                yield _mark(self._column(task, name), finding, points, _share(finding, shares))


def _prepared(task: Task, settings: Settings) -> Prepared:
    return Prepared(read_problem(source_of(task.file, task.text.encode(), Path(task.file).parent)), settings)


def _written(prepared: Prepared, document: Document) -> tuple[Answer, ...]:
    return answers_in(prepared.problem, document)


def _share(finding: Finding, shares: Mapping[str, Fraction]) -> Fraction:
    """Which part of its points an answer earns."""
    if finding.points is not None and finding.full_points:
        return finding.points / finding.full_points
    return shares.get(finding.verdict, Fraction(0))


def _mark(column: str, finding: Finding, full: Fraction, share: Fraction) -> Mark:
    hint = finding.hints[0] if finding.hints else None
    return Mark(
        column,
        finding.verdict,
        full * share,
        full,
        finding.text,
        finding.reason,
        tuple(hint.code for hint in finding.hints),
        f"{hint.title}" if hint else "",
        finding.carried_from,
        f"{finding.file}:{finding.line}" if finding.line else "",
    )


def submission_digest(homework: str, submission: Submission) -> str:
    """The same for the same files and the same homework."""
    digest = blake2b(homework.encode(), digest_size=12)
    for file in submission.files:
        digest.update(f"\0{file.name}\0{len(file.content)}\0".encode())
        digest.update(file.content)
    digest.update(submission.trouble.encode())
    return digest.hexdigest()


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Raises OutOfTimeError after so many seconds, where the system has alarms for it."""
    timed = (
        seconds > 0 and hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    )
    if not timed:
        yield
        return
    before = signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _ring(*_: Any) -> NoReturn:
    raise OutOfTimeError


def graded_chunk(homework: Homework, limits: Limits, chunk: Iterable[tuple[Submission, str]]) -> list[Result]:
    """The results of some submissions: what a process of its own is given to do."""
    grader = _grader(homework, limits)
    return [grader.graded(submission, digest) for submission, digest in chunk]


_graders: dict[tuple[str, Limits], Grader] = {}  # of this process, one for each homework


def _grader(homework: Homework, limits: Limits) -> Grader:
    key = homework.digest, limits
    if key not in _graders:
        _graders.clear()
        _graders[key] = Grader(homework, limits)
    return _graders[key]
