"""A problem and its answers become a report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hw2check.answers import (
    Answer,
    Marking,
    read_expected,
    read_marking,
    read_points,
    read_submission,
)
from hw2check.backward import label, with_partials
from hw2check.errors import HW2CheckError
from hw2check.expression import Expression, to_text
from hw2check.judge import CORRECT, Entries, Judgement, judge_formula, judge_value, worst
from hw2check.names import did_you_mean, partial_parts
from hw2check.problem import Problem, read_problem
from hw2check.report import Finding, Report, Row
from hw2check.source import read_source
from hw2check.truth import Truth
from hw2check.values import Written

FORWARD, BACKWARD = "forward", "backward"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line asks for beyond the file."""

    rtol: float | None = None
    atol: float | None = None
    strict: bool = False
    only: tuple[str, ...] = ()


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
    problem = read_problem(read_source(file))
    marking = _marking(problem, settings)
    expected = read_expected(problem)
    answers = expected if submission is None else read_submission(problem, read_source(submission))
    answers = _selected(problem, (*answers, *_unanswered(problem, expected, answers)), settings.only)
    asked = [answer.name for answer in answers if _known(problem, answer)]
    if passes is None:
        with_gradients = any(_is_backward(problem, name) for name in asked)
    else:
        with_gradients = BACKWARD in passes
    truth = Truth(problem, with_gradients=with_gradients)
    if submission is not None:
        _check_key(truth, expected, marking)
    return _report(truth, answers, submission or "", marking, settings.only)


def _marking(problem: Problem, settings: Settings) -> Marking:
    marking = read_marking(problem)
    rules = marking.rules
    if settings.rtol is not None or settings.atol is not None:
        rules = replace(rules, rtol=settings.rtol, atol=settings.atol)
    return replace(marking, rules=rules, strict=marking.strict or settings.strict)


def _known(problem: Problem, answer: Answer) -> bool:
    return problem.resolve(answer.name) is not None


def _unanswered(
    problem: Problem, expected: tuple[Answer, ...], answers: tuple[Answer, ...]
) -> Iterable[Answer]:
    """An answer without content for each quantity that is asked and not answered."""
    answered = {answer.name for answer in answers}
    asked = list(read_points(problem)) or [answer.name for answer in expected]
    return (Answer(name, problem.source, (), "") for name in asked if name not in answered)


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


def _check_key(truth: Truth, expected: tuple[Answer, ...], marking: Marking) -> None:
    """Raises HW2CheckError where the problem's own answers are not right."""
    failed = _report(truth, expected, "", marking, ()).failed
    if failed:
        source = truth.problem.source
        path = next(answer.path for answer in expected if answer.name == failed[0].name)
        raise HW2CheckError(
            f"the answer key of the problem is not right: {', '.join(finding.name for finding in failed)}",
            source.place(path),
            f"{failed[0].name} is {failed[0].verdict}: correct the [expected] of {source.file} first",
        )


def _is_backward(problem: Problem, name: str) -> bool:
    return not problem.has(name)


def _report(
    truth: Truth, answers: tuple[Answer, ...], submission: str, marking: Marking, only: tuple[str, ...]
) -> Report:
    problem = truth.problem
    known = {answer.name: answer for answer in answers if _known(problem, answer)}
    stray = tuple(
        _finding(answer, Judgement("unreadable", answer.unreadable))
        for answer in answers
        if answer.name not in known
    )
    judged = {
        name: answer
        for name, answer in known.items()
        if truth.backward is not None or not _is_backward(problem, name)
    }
    rows = list(_rows(truth, judged, marking))
    if only:
        wanted = {truth.key(name) for name in _resolved(problem, only)}
        rows = [row for row in rows if row.name in {label(key) for key in wanted if key}]
    left_out = len(known) - len(judged)
    return Report(
        problem.source.file, submission, problem.title, tuple(rows), stray, left_out, marking.strict
    )


def _rows(truth: Truth, answers: dict[str, Answer], marking: Marking) -> Iterable[Row]:
    """Every quantity with its answer: values, local partials, gradients, updates."""
    by_key: dict[str, Answer] = {}
    for name, answer in answers.items():
        key = truth.key(name)
        if key is None:
            raise _no_update(truth.problem, name)
        by_key[key] = answer
    for key in _order(truth, by_key):
        finding = judge_answer(by_key[key], key, truth, marking) if key in by_key else None
        yield _row(truth, key, finding)


def _no_update(problem: Problem, name: str) -> HW2CheckError:
    return HW2CheckError(
        f"{name} is asked, but the problem has no learning rate",
        problem.source.place(("expected", name)),
        "state learning_rate = 0.1 at the top of the file",
    )


def _order(truth: Truth, asked: Iterable[str]) -> list[str]:
    backward = truth.backward
    keys = [*truth.problem.graph.by_name, *asked]
    if backward is not None:
        keys += [*backward.partials, *backward.gradients, *backward.updates]
    kinds = ("value", "partial", "gradient", "update")
    return sorted(dict.fromkeys(keys), key=lambda key: kinds.index(_kind(key, truth)))


def _kind(key: str, truth: Truth) -> str:
    if truth.problem.has(key) or truth.backward is None:
        return "value"
    if key in truth.backward.updates:
        return "update"
    return "gradient" if key in truth.backward.gradients else "partial"


def _row(truth: Truth, key: str, finding: Finding | None) -> Row:
    formula = truth.formula(key)
    kind = _kind(key, truth)
    chain, shown = "", formula
    if partial_parts(key) is not None and formula is not None and truth.backward is not None:
        chain = label_text(formula)
        shown = with_partials(formula, truth.backward.partials)
    return Row(
        label(key), kind, label_text(shown) if shown is not None else "", chain, truth.values[key], finding
    )


def label_text(formula: Expression) -> str:
    """A formula as text, local partials written as people write them."""
    return to_text(formula).replace("∂", "d")


def judge_answer(answer: Answer, key: str, truth: Truth, marking: Marking) -> Finding:
    """One answer against the truth: its formula, its value, or both; the worse verdict counts."""
    if answer.unreadable:
        return _finding(answer, Judgement("unreadable", answer.unreadable))
    if answer.formula is None and answer.value is None:
        return _finding(answer, Judgement("missing", "asked, but not answered"))
    by_formula = None if answer.formula is None else judge_formula(answer.formula, key, truth)
    entries = None if answer.value is None else _judge_value(answer.value, key, truth, marking)
    parts = [part for part in (by_formula, entries.whole if entries else None) if part]
    verdict = worst(parts)
    if verdict.verdict == "wrong":
        verdict = _other_sense(answer, key, truth, marking) or verdict
    if by_formula and entries and by_formula.verdict != entries.whole.verdict:
        which = f"formula {by_formula.verdict}, value {entries.whole.verdict}"
        verdict = Judgement(verdict.verdict, f"{which}: {verdict.reason}" if verdict.reason else which)
    return _finding(answer, verdict, by_formula, entries)


def _judge_value(value: Written, key: str, truth: Truth, marking: Marking) -> Entries:
    start = truth.values[key.removesuffix("_new")] if _kind(key, truth) == "update" else None
    first = judge_value(value, truth.values[key], start=start, rules=marking.rules)
    if first.whole.verdict == "correct":
        return first
    return judge_value(value, truth.values[key], error=truth.error(key), start=start, rules=marking.rules)


def _other_sense(answer: Answer, key: str, truth: Truth, marking: Marking) -> Judgement | None:
    """A wrong derivative that is right as the total one where the local one is asked, or the reverse."""
    other = truth.other_sense(key)
    if other is None:
        return None
    right = [CORRECT]
    if answer.formula is not None:
        right.append(judge_formula(answer.formula, other, truth))
    if answer.value is not None:
        right.append(_judge_value(answer.value, other, truth, marking).whole)
    if any(part.verdict not in {"correct", "close"} for part in right):
        return None
    is_local = other.startswith("∂")
    return Judgement(
        "wrong",
        "right as the local partial, but the total derivative is asked"
        if is_local
        else "right as the total derivative, but the local partial is asked",
    )


def _finding(
    answer: Answer, judgement: Judgement, by_formula: Judgement | None = None, entries: Entries | None = None
) -> Finding:
    place = answer.source.place(answer.path) if answer.path else None
    value = answer.value
    return Finding(
        answer.name,
        judgement.verdict,
        judgement.reason,
        answer.text,
        answer.formula_text,
        by_formula.verdict if by_formula else "",
        _texts(value),
        tuple(entry.verdict for entry in entries.each) if entries else (),
        value.shape if value else (),
        place.file if place else "",
        place.line if place else 0,
        place.column if place else 0,
    )


def _texts(value: Written | None) -> tuple[str, ...]:
    if value is None:
        return ()
    if value.numerals:
        return tuple(numeral.text for numeral in value.numerals)
    return tuple(f"{entry:.10g}" for entry in value.array.reshape(-1))
