"""An answer that is not right, by the writer's own values: what follows from a mistake is no new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from hw2check.calculus.agreement import equal_where_defined, near, shaped
from hw2check.check.assessment import Assessment
from hw2check.check.by_truth import at_given
from hw2check.formula.functions import Array
from hw2check.formula.graph import ancestors
from hw2check.formula.quantity import label
from hw2check.formula.tree import Expression, is_closed
from hw2check.judge.carry import (
    Own,
    Recomputed,
    is_empty,
    recomputed_samples,
    recomputed_values,
)
from hw2check.judge.numbers import Entries, judge_value
from hw2check.judge.verdicts import CORRECT, PASSING, Judgement, worst
from hw2check.problem.answers import Answer, Marking
from hw2check.problem.marking import Rules
from hw2check.reading.written import Written
from hw2check.truth.derived import Truth

MOST_SPREAD = 1e-3  # of the largest entry: what unwritten digits of numbers put in may explain


def by_own_values(
    assessment: Assessment,
    truth: Truth,
    own: Mapping[str, Own],
    done: Mapping[str, Assessment],
    marking: Marking,
) -> Assessment:
    """The answer judged again by the writer's own values: what follows from them is not a new mistake."""
    again = _again(assessment, truth, own, marking)
    if again is None or (again.sources and not _is_worked_out(assessment.answer, truth)):
        return assessment
    put_in, value = again.by_substitution, again.entries
    carried = put_in if put_in is not None and put_in.verdict == "carried" else None
    parts = (again.by_formula, carried, value.whole if value else None)
    roots = _roots(again.sources, done, truth)
    return replace(
        assessment,
        judgement=_with_notes(worst([part for part in parts if part]), again.notes, roots),
        by_formula=again.by_formula,
        by_substitution=put_in,
        entries=value,
        carried_from=roots,
        reach=again.reach,
    )


class _Again(NamedTuple):
    """The parts of an answer, each by the writer's own values where it is not right by the truth."""

    by_formula: Judgement | None
    by_substitution: Judgement | None
    entries: Entries | None
    sources: list[str]  # the wrong quantities that they follow from
    notes: list[str]
    reach: tuple[Array, Array] | None  # as in Assessment


def _again(assessment: Assessment, truth: Truth, own: Mapping[str, Own], marking: Marking) -> _Again | None:
    """None where some part follows from nothing that is written."""
    formula, substitution = assessment.by_formula, assessment.by_substitution
    value, known = assessment.entries, assessment
    sources: list[str] = []
    notes: list[str] = []
    reach = None
    if formula is not None and formula.verdict == "wrong":
        carried = _carried_formula(assessment, truth, own)
        if carried is None:
            return None
        formula = Judgement("carried")
        known = replace(assessment, by_formula=formula)
        sources += carried.wrong
    if substitution is not None and substitution.verdict == "wrong" and not sources:
        carried = _carried_substitution(known, truth, own)
        if carried is None:
            return None
        substitution = Judgement("carried") if carried.wrong else CORRECT
        sources += carried.wrong
    if value is not None and value.whole.verdict in {"wrong", "close"}:
        value, follows = _carried_value(known, value, truth, own, marking)
        if follows is None:
            return None
        sources += follows.wrong
        reach = follows.reach if follows.wrong else None
        notes += [] if follows.wrong else [f"follows from the rounded {_listed(follows.right)}"]
    return _Again(formula, substitution, value, sources, notes, reach)


def _with_notes(judgement: Judgement, notes: list[str], roots: tuple[str, ...]) -> Judgement:
    """The verdict, with what it follows from."""
    if judgement.verdict == "carried":
        notes = [f"follows from {_listed(roots)}", *notes]
    elif judgement.verdict == "coarse" and judgement.reason:
        notes = [judgement.reason, *notes]
    return Judgement(judgement.verdict, "; ".join(notes) or judgement.reason)


def _listed(keys: tuple[str, ...]) -> str:
    return ", ".join(label(key) for key in keys)


def _roots(sources: list[str], done: Mapping[str, Assessment], truth: Truth) -> tuple[str, ...]:
    """The wrong answers that carried ones go back to."""
    roots: dict[str, None] = {}
    for key in sources:
        if done[key].verdict in PASSING:
            behind = ancestors(truth.graph, [key])
            roots |= dict.fromkeys(name for name in done if name in behind and done[name].verdict == "wrong")
        else:
            roots |= dict.fromkeys(done[key].carried_from or (key,))
    return tuple(roots)


def _carried_formula(assessment: Assessment, truth: Truth, own: Mapping[str, Own]) -> Recomputed | None:
    written = assessment.answer.formula
    if written is None or is_closed(written):
        return None
    for recomputed, found in recomputed_samples(truth, assessment.key, own, written):
        empty = is_empty(recomputed, assessment.key, own, truth)
        written_values = shaped(found, recomputed.value, lead=1)
        if not empty and equal_where_defined(written_values, recomputed.value):
            return recomputed
    return None


def _carried_substitution(assessment: Assessment, truth: Truth, own: Mapping[str, Own]) -> Recomputed | None:
    """Numbers put into the formula that are the writer's own wrong ones, or rounded ones."""
    written = assessment.answer.substitution
    value = None if written is None else at_given(written, truth)
    if value is None:
        return None
    for recomputed in recomputed_values(truth, assessment.key, own, _right_formula(assessment)):
        if is_empty(recomputed, assessment.key, own, truth):
            continue
        found = shaped(value, recomputed.value)
        if found.shape != recomputed.value.shape:
            continue
        if np.all(near(found, recomputed.nearest_to(found))):
            return recomputed
    return None


def _is_worked_out(answer: Answer, truth: Truth) -> bool:
    """Whether the value is what the numbers put in give, but for digits that are not written."""
    put_in = None if answer.substitution is None else at_given(answer.substitution, truth)
    if put_in is None or answer.value is None or answer.value.array.size != put_in.size:
        return True
    spread = MOST_SPREAD * np.max(np.abs(put_in), initial=0.0)
    nearest = Recomputed(put_in, (), (), put_in - spread, put_in + spread).nearest_to(answer.value.array)
    return judge_value(answer.value, nearest).whole.verdict != "wrong"


def _carried_value(
    assessment: Assessment, entries: Entries, truth: Truth, own: Mapping[str, Own], marking: Marking
) -> tuple[Entries, Recomputed | None]:
    written = assessment.answer.value
    if written is None:
        return entries, None
    start = truth.start_of(assessment.key)
    options: list[tuple[Entries, Recomputed]] = []
    for recomputed in recomputed_values(truth, assessment.key, own, _right_formula(assessment)):
        if is_empty(recomputed, assessment.key, own, truth):
            continue
        if recomputed.wrong and entries.whole.verdict == "close":
            continue
        rules = _as_carried(marking.rules, written) if recomputed.wrong else marking.rules
        again = judge_value(written, recomputed.nearest_to(written.array), start=start, rules=rules)
        merged = _merged(entries, again, "carried" if recomputed.wrong else "correct")
        if merged is not None:
            options.append((merged, recomputed))
    if not options:
        return entries, None

    def worse(option: tuple[Entries, Recomputed]) -> tuple[bool, int]:
        return option[0].whole.verdict == "coarse", len(option[1].wrong)

    best = min(options, key=worse)
    alike = [recomputed for _, recomputed in options if recomputed.wrong == best[1].wrong]
    return best[0], _with_whole_reach(best[1], alike)


def _with_whole_reach(chosen: Recomputed, alike: list[Recomputed]) -> Recomputed:
    """The value, with the reach of all that give what is written: which of them was taken is not known."""
    lows, highs = zip(*(recomputed.reach for recomputed in alike), strict=True)
    low, high = np.min(lows, axis=0), np.max(highs, axis=0)
    return chosen._replace(low=np.asarray(low), high=np.asarray(high))


def _as_carried(rules: Rules, written: Written) -> Rules:
    """Of what follows from a wrong value, a whole number may be a rounded one."""
    whole = all(numeral.whole for numeral in written.numerals)
    return rules._replace(decimals=0) if whole and rules.decimals is None else rules


def _right_formula(assessment: Assessment) -> Expression | None:
    """The formula that numbers are put into, where it is right or follows from wrong ones."""
    judged = assessment.by_formula
    return assessment.answer.formula if judged and judged.verdict in {"correct", "carried"} else None


def _merged(by_truth: Entries, by_own: Entries, verdict: str) -> Entries | None:
    """Entry by entry: right by the truth, or else following from the writer's own values; None if neither."""
    if not by_own.each or len(by_own.each) != len(by_truth.each):
        return None
    if by_own.whole.verdict == "correct" and len(by_own.each) == 1:
        return Entries(Judgement(verdict), (Judgement(verdict),))
    coarse = by_own.whole.verdict == "coarse"
    if coarse and (verdict == "carried" or by_truth.whole.verdict == "close"):
        return None
    allowed = {"correct", "coarse"} if coarse else {"correct"}
    each: list[Judgement] = []
    for truth, own in zip(by_truth.each, by_own.each, strict=True):
        if truth.verdict != "correct" and own.verdict not in allowed:
            return None
        each.append(truth if truth.verdict == "correct" else Judgement(verdict))
    return Entries(by_own.whole if coarse else worst(each), tuple(each))
