"""A problem and its answers become a report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from hw2check.check.assess import assess
from hw2check.check.assessment import Assessment
from hw2check.check.findings import CheckedGradient, LocalPartial, Report, Row
from hw2check.check.memory import Memory
from hw2check.check.rows import finding_of, in_order, row_of
from hw2check.errors import HW2CheckError
from hw2check.formula.names import did_you_mean
from hw2check.formula.quantity import Kind, at_step, label, quantity
from hw2check.formula.tree import names
from hw2check.judge.verdicts import Judgement
from hw2check.problem.answers import (
    Answer,
    Marking,
    read_expected,
    read_marking,
    read_points,
    read_submission,
)
from hw2check.problem.model import LOSS, Problem
from hw2check.problem.optimiser import RATE
from hw2check.problem.reader import read_problem
from hw2check.reading.files import STDIN, is_document
from hw2check.reading.source import read_source
from hw2check.truth.derived import Truth

FORWARD, BACKWARD = "forward", "backward"


class Settings(NamedTuple):
    """What the command line asks for beyond the file."""

    rtol: float | None = None
    atol: float | None = None
    strict: bool = False
    only: tuple[str, ...] = ()
    self_check: bool = False
    show: str = "computed"
    latex: bool = False  # also every formula in LaTeX
    stdin_filename: str = ""  # the name of a document that stands on standard input


PLAIN = Settings()


def check_file(
    file: str,
    submission: str | None = None,
    passes: Iterable[str] | None = None,
    settings: Settings = PLAIN,
) -> Report:
    """Reads a problem, and a submission where given, and judges every answer.

    passes    FORWARD, BACKWARD or both; None for whatever the file expects
    settings  override what the file says
    Raises HW2CheckError where the problem cannot be worked with, and where its own answer key is wrong.
    """
    prepared = Prepared(read_problem(read_source(file)), settings)
    if submission is None:
        return prepared.report(None, "", passes)
    return prepared.report(*submitted(prepared.problem, submission, settings), passes)


class Prepared:
    """A problem, read and derived once, whose answers may be judged any number of times."""

    def __init__(self, problem: Problem, settings: Settings = PLAIN) -> None:
        """Raises HW2CheckError where [expected], [points] or [marking] cannot be read."""
        self.problem = problem
        self.settings = settings
        self.marking = _marking(problem, settings)
        self.expected = read_expected(problem)
        self.points = read_points(problem)
        self.memory: dict[Truth, Memory] = {}
        self._truths: dict[tuple[bool, bool], Truth] = {}
        self._checked: set[tuple[bool, bool]] = set()  # the truths by which the answer key is right

    def report(
        self, answers: tuple[Answer, ...] | None, submission: str = "", passes: Iterable[str] | None = None
    ) -> Report:
        """What the answers of a submission are worth, or the problem's own expected ones for None.

        submission  its name, in the report
        passes      FORWARD, BACKWARD or both; None for whatever is asked or answered
        Raises HW2CheckError where the problem cannot be worked with, or its own answer key is wrong.
        """
        problem, settings = self.problem, self.settings
        given = self.expected if answers is None else answers
        chosen = _selected(problem, (*given, *self._unanswered(given)), settings.only)
        asked = [answer.name for answer in chosen if _known(problem, answer)]
        if passes is None:
            with_gradients = any(_is_backward(problem, name) for name in (*asked, *_mentioned(chosen)))
        else:
            with_gradients = BACKWARD in passes
        needs_loss = passes is not None or any(_of_loss(problem, name) for name in asked)
        truth = self._truth(with_gradients, needs_loss)
        if answers is not None and (with_gradients, needs_loss) not in self._checked:
            _check_key(truth, self.expected, self.marking, self.points)
            self._checked.add((with_gradients, needs_loss))
        report = _report(truth, chosen, submission, self.marking, self.points, settings, self.memory[truth])
        if passes is None or not with_gradients or settings.only or settings.show != "computed":
            return report
        return replace(report, local_partials=_local_partials(truth))

    def _truth(self, with_gradients: bool, needs_loss: bool) -> Truth:
        wanted = with_gradients, needs_loss
        if wanted not in self._truths:
            truth = Truth(self.problem, with_gradients=with_gradients, needs_loss=needs_loss)
            self._truths[wanted], self.memory[truth] = truth, Memory()
        return self._truths[wanted]

    def _unanswered(self, answers: tuple[Answer, ...]) -> Iterable[Answer]:
        """An answer without content for each quantity that is asked and not answered."""
        answered = {answer.name for answer in answers}
        asked = list(self.points) or [answer.name for answer in self.expected]
        return (Answer(name, self.problem.source, (), "") for name in asked if name not in answered)


def _mentioned(answers: Iterable[Answer]) -> Iterable[str]:
    """The names in what was written."""
    trees = (tree for answer in answers for tree in (answer.formula, answer.substitution) if tree is not None)
    return (name for tree in trees for name in names(tree) if name != RATE)


def submitted(problem: Problem, submission: str, settings: Settings) -> tuple[tuple[Answer, ...], str]:
    """The answers of a submission file, or those that a written document states; and what it is called."""
    stdin_filename = settings.stdin_filename
    named = (submission == STDIN and stdin_filename) or submission
    if is_document(named):
        from hw2check.proofread.submitted import read_written_solution

        return read_written_solution(problem, submission, stdin_filename), named
    return read_submission(problem, read_source(submission)), named


def _marking(problem: Problem, settings: Settings) -> Marking:
    marking = read_marking(problem)
    rules = marking.rules
    if settings.rtol is not None or settings.atol is not None:
        rules = rules._replace(rtol=settings.rtol, atol=settings.atol)
    return replace(marking, rules=rules, strict=marking.strict or settings.strict)


def _known(problem: Problem, answer: Answer) -> bool:
    return problem.resolve(answer.name) is not None


def _selected(problem: Problem, answers: tuple[Answer, ...], only: tuple[str, ...]) -> tuple[Answer, ...]:
    if not only:
        return answers
    wanted = _resolved(problem, only)
    return tuple(answer for answer in answers if answer.name in wanted)


def _resolved(problem: Problem, only: tuple[str, ...]) -> set[str]:
    wanted = set()
    for spelt in only:
        name = problem.resolve(spelt)
        if name is None:
            hint = did_you_mean(spelt, problem.quantities())
            raise HW2CheckError(f"--only {spelt}: there is no such quantity", hint=hint)
        wanted.add(name)
    return wanted


def _check_key(
    truth: Truth, expected: tuple[Answer, ...], marking: Marking, points: Mapping[str, Fraction]
) -> None:
    """Raises HW2CheckError where the problem's own answers are not right."""
    failed = _report(truth, expected, "", marking, points, PLAIN, Memory()).failed
    if failed:
        source = truth.problem.source
        path = next(answer.path for answer in expected if answer.name == failed[0].name)
        raise HW2CheckError(
            f"the answer key of the problem is not right: {', '.join(finding.name for finding in failed)}",
            source.place(path),
            f"{failed[0].name} is {failed[0].verdict}: correct the [expected] of {source.file} first",
        )


def _is_backward(problem: Problem, name: str) -> bool:
    return not problem.has(name) and name not in problem.state


def _of_loss(problem: Problem, name: str) -> bool:
    parsed = quantity(name)
    if parsed.step > 1 or parsed.kind is Kind.UPDATED or name in problem.of_optimiser:
        return True
    return parsed.is_derivative and parsed.of in {problem.loss, LOSS}


class _Sorted(NamedTuple):
    """Answers by whether there is anything to judge them by."""

    judged: dict[str, Answer]
    strays: list[Answer]  # about no known quantity, or one that is not derived
    waiting: int  # how many are about gradients that cannot be computed yet


def _sorted_out(truth: Truth, answers: tuple[Answer, ...]) -> _Sorted:
    problem = truth.problem
    known = {
        answer.name: answer
        for answer in answers
        if _known(problem, answer) and not truth.not_derived(answer.name)
    }
    judged = {
        name: answer
        for name, answer in known.items()
        if truth.backward is not None or not _is_backward(problem, name)
    }
    strays = [answer for answer in answers if answer.name not in known]
    return _Sorted(judged, strays, len(known) - len(judged))


@np.errstate(all="ignore")  # what is too large for float64 is found where it matters
def _report(
    truth: Truth,
    answers: tuple[Answer, ...],
    submission: str,
    marking: Marking,
    points: Mapping[str, Fraction],
    settings: Settings,
    memory: Memory,
) -> Report:
    problem = truth.problem
    sorted_out = _sorted_out(truth, answers)
    strays = [Assessment(answer, "", _stray(answer, truth)) for answer in sorted_out.strays]
    judged = sorted_out.judged
    rows = list(_rows(truth, judged, marking, points, settings, memory))
    if settings.only:
        wanted = {truth.key(name) for name in _resolved(problem, settings.only)}
        rows = [row for row in rows if row.name in {label(key) for key in wanted if key}]
    return Report(
        problem.source.file,
        submission,
        problem.title,
        tuple(rows),
        tuple(finding_of(stray, marking, {}) for stray in strays),
        sorted_out.waiting,
        marking.strict,
        _three_numbers(truth) if settings.self_check else (),
        settings.show,
        _losses(truth),
        problem=problem,
    )


def _losses(truth: Truth) -> tuple[float, ...]:
    """The loss at each step, where there are several and the loss is a node."""
    problem = truth.problem
    if problem.steps == 1 or truth.backward is None or problem.loss not in problem.graph.by_name:
        return ()
    keys = (truth.key(at_step(problem.loss, step)) for step in range(1, problem.steps + 1))
    return tuple(float(truth.values[key]) for key in keys if key)


def _stray(answer: Answer, truth: Truth) -> Judgement:
    """The verdict on an answer to what cannot be judged."""
    if answer.unreadable:
        return Judgement("unreadable", answer.unreadable)
    return Judgement("undecided", truth.not_derived(answer.name))


def _three_numbers(truth: Truth) -> tuple[CheckedGradient, ...]:
    from hw2check.truth.three_ways import self_check

    return tuple(CheckedGradient(*three) for three in self_check(truth))


def _local_partials(truth: Truth) -> tuple[LocalPartial, ...]:
    from hw2check.truth.local_partials import local_partials_of_arrays

    return tuple(LocalPartial(*partial) for partial in local_partials_of_arrays(truth))


def _rows(
    truth: Truth,
    answers: dict[str, Answer],
    marking: Marking,
    points: Mapping[str, Fraction],
    settings: Settings,
    memory: Memory,
) -> Iterable[Row]:
    """Every quantity with its answer: values, local partials, gradients, updates."""
    by_key: dict[str, Answer] = {}
    for name, answer in answers.items():
        key = truth.key(name)
        if key is None:
            raise _no_update(truth.problem, name)
        by_key[key] = answer
    assessed = assess(truth, by_key, marking, memory)
    for key in memory.of(in_order, tuple(by_key), truth, by_key):
        row = memory.of(row_of, key, truth, key, settings.latex)
        if key in assessed:
            row = replace(row, finding=finding_of(assessed[key], marking, points, truth.values[key]))
        yield row


def _no_update(problem: Problem, name: str) -> HW2CheckError:
    return HW2CheckError(
        f"{name} is asked, but the problem has no learning rate",
        problem.source.place(("expected", name)),
        "state learning_rate = 0.1 at the top of the file",
    )
