"""All answers to one problem, judged together: against the truth, then by what the writer had before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hw2check.check.memory import Memory, content, formulas
from hw2check.formula.graph import descendants
from hw2check.judge.carry import (
    Own,
    own_statement,
)
from hw2check.judge.circles import circles
from hw2check.judge.formulas import judge_formula
from hw2check.judge.numbers import judge_value
from hw2check.judge.verdicts import Judgement
from hw2check.mistakes.search import Search
from hw2check.problem.answers import Answer, Marking
from hw2check.truth.derived import Truth

if TYPE_CHECKING:
    from hw2check.mistakes.mistake import Hint
    from hw2check.truth.selfcheck import Doubt, Doubts

from hw2check.check.assessment import Assessment
from hw2check.check.by_own_values import by_own_values
from hw2check.check.by_truth import by_truth


def assess(
    truth: Truth, answers: Mapping[str, Answer], marking: Marking, memory: Memory
) -> dict[str, Assessment]:
    """Every answer by its key, in the order in which quantities follow from each other.

    memory  what is known of earlier answers that were judged by this truth and marking
    """
    done: dict[str, Assessment] = {}
    own: dict[str, Own] = {}
    search = Search()
    circular = memory.of(circles, formulas(answers), truth, answers)
    spoilt: set[str] = set()  # what depends on a wrong answer
    for key in _in_order(truth, answers):
        assessment = _unless_doubtful(
            _kept_by_truth(answers[key], key, truth, marking, memory), truth, memory
        )
        if assessment.by_formula and assessment.by_formula.verdict == "correct" and key in circular:
            assessment = replace(assessment, judgement=Judgement("undecided", circular[key]))
        if assessment.verdict not in {"correct", "unreadable", "missing", "undecided"}:
            assessment = by_own_values(assessment, truth, own, done, marking)
        if assessment.verdict == "wrong":
            assessment = replace(assessment, hints=_hints(assessment, truth, own, search))
        done[key] = assessment
        if assessment.verdict not in {"unreadable", "missing"}:
            own[key] = _kept_statement(assessment, truth, memory, from_wrong=key in spoilt)
        if assessment.verdict == "wrong" and key not in spoilt:
            spoilt |= descendants(truth.graph, [key])
    return done


def _kept_by_truth(answer: Answer, key: str, truth: Truth, marking: Marking, memory: Memory) -> Assessment:
    said = content(answer)
    if said is None:
        return by_truth(answer, key, truth, marking)
    return replace(memory.of(by_truth, (key, said), answer, key, truth, marking), answer=answer)


def _kept_statement(assessment: Assessment, truth: Truth, memory: Memory, *, from_wrong: bool) -> Own:
    answer, key, verdict = assessment.answer, assessment.key, assessment.verdict
    said = content(answer)
    if said is None or assessment.reach is not None:
        return own_statement(answer, key, truth, verdict, from_wrong, assessment.reach)
    by = key, said, verdict, from_wrong
    return memory.of(own_statement, by, answer, key, truth, verdict, from_wrong)


def _unless_doubtful(assessment: Assessment, truth: Truth, memory: Memory) -> Assessment:
    """Undecided where the derivations do not agree on the truth, and the answer may be meant so."""
    if assessment.verdict not in {"wrong", "coarse"}:
        return assessment
    doubt = memory.of(_doubts, None, truth).of(assessment.key)
    if doubt is None or not _may_be_meant(doubt, assessment, truth):
        return assessment
    return replace(assessment, judgement=Judgement("undecided", doubt.reason))


def _may_be_meant(doubt: Doubt, assessment: Assessment, truth: Truth) -> bool:
    """Whether an answer about a doubtful quantity could be right after all.

    Its formula then is right away from the given point, and its value in all entries that are not doubtful.
    """
    answer, key, entries = assessment.answer, assessment.key, assessment.entries
    if answer.formula is not None and assessment.by_formula and assessment.by_formula.verdict == "wrong":
        return judge_formula(answer.formula, key, truth, elsewhere=True).verdict != "wrong"
    if entries is None or answer.value is None or entries.whole.verdict != "wrong":
        return True
    if doubt.entries is not None:
        doubted = doubt.entries.reshape(-1)
        return bool(entries.each) and all(
            entry.verdict != "wrong" or doubted[i] for i, entry in enumerate(entries.each)
        )
    from hw2check.truth.selfcheck import range_at_kinks

    between = range_at_kinks(key, truth) if len(answer.value.numerals) == 1 else None
    if between is None:
        return True
    nearest = min(max(float(answer.value.numerals[0]), between[0]), between[1])
    return judge_value(answer.value, np.full(truth.values[key].shape, nearest)).whole.verdict != "wrong"


def _doubts(truth: Truth) -> Doubts:
    from hw2check.truth.selfcheck import Doubts

    return Doubts(truth)


def _in_order(truth: Truth, answers: Mapping[str, Answer]) -> list[str]:
    givens = [key for key in answers if key not in truth.graph.by_name]
    return [*givens, *(key for key in truth.graph.by_name if key in answers)]


def _hints(assessment: Assessment, truth: Truth, own: Mapping[str, Own], search: Search) -> tuple[Hint, ...]:
    """What the mistake looks like: in the writer's own expression where there is one, else by the value."""
    from hw2check.mistakes.diagnose import diagnose_formula, diagnose_value

    answer, key = assessment.answer, assessment.key
    if assessment.by_formula and assessment.by_formula.verdict == "wrong" and answer.formula is not None:
        return diagnose_formula(answer.formula, key, truth, own, search)
    if (
        assessment.by_substitution
        and assessment.by_substitution.verdict == "wrong"
        and answer.substitution is not None
    ):
        return diagnose_formula(answer.substitution, key, truth, own, search)
    if assessment.entries and assessment.entries.whole.verdict == "wrong" and answer.value is not None:
        return diagnose_value(answer.value, key, truth, own, search)
    return ()
