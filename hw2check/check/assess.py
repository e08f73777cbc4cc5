"""All answers to one problem, judged together: against the truth, then by what the writer had before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from hw2check.calculus.agreement import SAME, equal_where_defined, shaped
from hw2check.calculus.values import ShapeError, evaluate
from hw2check.check.memory import Memory, content, formulas
from hw2check.formula.functions import Array
from hw2check.formula.graph import ancestors, descendants
from hw2check.formula.notation import Vocabulary, parse
from hw2check.formula.quantity import at_step, before_update, is_local, label, quantity
from hw2check.formula.tree import Expression, Name, Number, is_closed, names, substitute
from hw2check.judge.carry import (
    Own,
    Recomputed,
    is_empty,
    own_statement,
    recomputed_samples,
    recomputed_values,
)
from hw2check.judge.circles import circles
from hw2check.judge.formulas import judge_formula
from hw2check.judge.numbers import MANY, ROUNDING, SLACK, Entries, judge_value
from hw2check.judge.put_in import judge_closed
from hw2check.judge.verdicts import CORRECT, PASSING, Judgement, worst
from hw2check.mistakes.search import Search
from hw2check.problem.answers import Answer, Marking
from hw2check.problem.marking import Rules
from hw2check.reading.written import Written, is_worked
from hw2check.truth.derived import Truth

if TYPE_CHECKING:
    from hw2check.mistakes.catalogue import Hint
    from hw2check.truth.selfcheck import Doubt, Doubts


MOST_SPREAD = 1e-3  # of the largest entry: what unwritten digits of numbers put in may explain
MAX_PUT_IN = 64  # expressions of numbers in one matrix that are looked into
OVERFLOW = "something on the way to it is too large or too small for float64, or undefined"


@dataclass(frozen=True, slots=True)
class Assessment:
    """One answer judged, and what explains it."""

    answer: Answer
    key: str
    judgement: Judgement
    by_formula: Judgement | None = None
    by_substitution: Judgement | None = None
    entries: Entries | None = None
    carried_from: tuple[str, ...] = ()  # the wrong quantities that it follows from
    hints: tuple[Hint, ...] = field(default=())

    @property
    def verdict(self) -> str:
        """Of the whole answer."""
        return self.judgement.verdict


def assess(
    truth: Truth, answers: Mapping[str, Answer], marking: Marking, memory: Memory
) -> dict[str, Assessment]:
    """Every answer by its key, in the order in which quantities follow from each other.

    memory  what is known of earlier answers that were judged by this truth and marking
    """
    done: dict[str, Assessment] = {}
    own: dict[str, Own] = {}
    doubts: Doubts | None = None
    search = Search()
    circular = memory.of(circles, formulas(answers), truth, answers)
    spoilt: set[str] = set()  # what depends on a wrong answer
    for key in _in_order(truth, answers):
        answer = answers[key]
        said = content(answer)
        if said is None:
            assessment = _by_truth(answer, key, truth, marking)
        else:
            assessment = replace(
                memory.of(_by_truth, (key, said), answer, key, truth, marking), answer=answer
            )
        if assessment.verdict in {"wrong", "coarse"}:
            doubts = doubts or memory.of(_doubts, None, truth)
            doubt = doubts.of(key)
            if doubt and _may_be_meant(doubt, assessment, truth):
                assessment = replace(assessment, judgement=Judgement("undecided", doubt.reason))
        if assessment.by_formula and assessment.by_formula.verdict == "correct" and key in circular:
            assessment = replace(assessment, judgement=Judgement("undecided", circular[key]))
        if assessment.verdict not in {"correct", "unreadable", "missing", "undecided"}:
            assessment = _by_own_values(assessment, truth, own, done, marking)
        if assessment.verdict == "wrong":
            assessment = replace(assessment, hints=_hints(assessment, truth, own, search))
        done[key] = assessment
        if assessment.verdict not in {"unreadable", "missing"}:
            stated = answer, key, truth, assessment.verdict, key in spoilt
            if said is None:
                own[key] = own_statement(*stated)
            else:
                own[key] = memory.of(own_statement, (key, said, *stated[3:]), *stated)
        if assessment.verdict == "wrong" and key not in spoilt:
            spoilt |= descendants(truth.graph, [key])
    return done


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


def _by_truth(answer: Answer, key: str, truth: Truth, marking: Marking) -> Assessment:
    if answer.unreadable:
        return Assessment(answer, key, Judgement("unreadable", answer.unreadable))
    if answer.formula is None and answer.value is None:
        return Assessment(answer, key, Judgement("missing", "asked, but not answered"))
    for expression in (answer.formula, answer.substitution):
        unknown = truth.lacks(names(expression)) if expression is not None else None
        if unknown is not None:
            return Assessment(answer, key, Judgement("undecided", f"{label(unknown)} is not derived here"))
    if answer.formula is not None and key in names(answer.formula):
        return Assessment(answer, key, Judgement("unreadable", f"{label(key)} is explained by itself"))
    by_formula = None if answer.formula is None else _judge_formula(answer.formula, key, truth)
    by_substitution = _judge_substitution(answer, key, truth)
    entries = None if answer.value is None else _judge_value(answer, key, truth, marking)
    parts = [part for part in (by_formula, by_substitution, entries.whole if entries else None) if part]
    judgement = worst(parts)
    if judgement.verdict == "wrong":
        judgement = _other_sense(answer, key, truth, marking) or judgement
    if len(parts) > 1 and judgement.verdict not in PASSING:
        judgement = Judgement(judgement.verdict, _step_by_step(answer, truth, parts))
    return Assessment(answer, key, judgement, by_formula, by_substitution, entries)


def _judge_formula(formula: Expression, key: str, truth: Truth) -> Judgement:
    """The formula, its derivatives read as local partials; it may be right with total ones."""
    judgement = judge_formula(formula, key, truth)
    if judgement.verdict != "wrong":
        return judgement
    if is_closed(formula) and not truth.values[key].shape:
        start = truth.start_of(key)
        worked = judge_closed(formula, key, 0, truth, None if start is None else float(start))
        return judgement if worked.verdict == "wrong" else worked
    meant = _as_optimiser_means(formula, key, truth)
    if meant is not None and judge_formula(meant, key, truth).verdict == "correct":
        return CORRECT
    totals = {
        name: total
        for name in names(formula)
        if is_local(name) and (total := truth.other_sense(name)) is not None
    }
    if totals and key not in totals.values():
        as_total = substitute(formula, {name: Name(total) for name, total in totals.items()})
        if judge_formula(as_total, key, truth).verdict == "correct":
            read = ", ".join(sorted(set(totals.values())))
            return Judgement(
                "undecided", f"right if {read} is meant as the total derivative, not as the local partial"
            )
    return judgement


def _as_optimiser_means(formula: Expression, key: str, truth: Truth) -> Expression | None:
    """A formula of an update, its names read as the optimiser's: t of its step, not the beta1 of a layer."""
    problem, parsed = truth.problem, quantity(key)
    meant: dict[str, Expression] = {}
    if parsed.base in problem.of_optimiser or parsed.of in problem.parameters:
        options = problem.optimiser.options
        meant = {name: Number(options[name]) for name in names(formula) if name in options}
    if parsed.step > 1 and "t" in names(formula) and not problem.has("t"):
        meant["t"] = Name(at_step("t", parsed.step))
    return substitute(formula, meant) if meant else None


def _judge_substitution(answer: Answer, key: str, truth: Truth) -> Judgement | None:
    """Numbers put into the formula, not yet worked out: exact, but for rounded decimals in it."""
    if answer.substitution is None:
        return None
    right = truth.values[key]
    value = _at_given(answer.substitution, truth)
    value = None if value is None else shaped(value, right)
    if value is None or value.shape != right.shape:
        return Judgement("undecided", "the substitution has no value")
    if np.all(np.abs(value - right) <= float(SLACK) * np.abs(right)):
        return CORRECT
    if value.shape:
        return Judgement("wrong")
    start = truth.start_of(key)
    return judge_closed(answer.substitution, key, 0, truth, None if start is None else float(start))


def _at_given(expression: Expression, truth: Truth) -> Array | None:
    try:
        value = np.asarray(evaluate(expression, truth.values))
    except ShapeError:
        return None
    return value if np.all(np.isfinite(value)) else None


def _step_by_step(answer: Answer, truth: Truth, parts: list[Judgement]) -> str:
    """Which of formula, substitution and arithmetic fails, each judged by the step before it."""
    said = []
    before = None
    if answer.formula is not None:
        verdict = parts[0].verdict
        what = "substitution" if is_closed(answer.formula) else "formula"
        said.append(f"{what} {verdict}" + (f" ({parts[0].reason})" if parts[0].reason else ""))
        before = _at_given(answer.formula, truth)
    if answer.substitution is not None:
        value = _at_given(answer.substitution, truth)
        follows = (
            before is not None
            and value is not None
            and bool(np.all(np.abs(value - before) <= SAME * np.abs(before)))
        )
        right = parts[1 if answer.formula is not None else 0].verdict
        said.append(
            "substitution follows from it" if follows and right == "wrong" else f"substitution {right}"
        )
        before = value
    if answer.value is not None and before is not None:
        arithmetic = judge_value(answer.value, before).whole.verdict
        said.append(f"arithmetic {arithmetic}")
    return ", ".join(said)


def _judge_value(answer: Answer, key: str, truth: Truth, marking: Marking) -> Entries:
    """The value by float64, and to many digits where rounding errors or an overflow leave it open."""
    written = answer.value
    if written is None:
        return Entries(CORRECT)
    precision = truth.precision
    if not precision.settle_if_troubled(key):
        return Entries(Judgement("undecided", OVERFLOW))
    rules, start = marking.rules, truth.start_of(key)
    if not written.numerals:
        first = judge_value(written, truth.values[key], rules=rules)
        if first.whole.verdict == "correct":
            return first
    if any(numeral.unit is not None and numeral.digits > MANY for numeral in written.numerals):
        precision.settle(key)
    known = precision.exact(key)
    if known is None:
        error = precision.error(key)
        entries = judge_value(written, truth.values[key], error=error, start=start, rules=rules)
        if ROUNDING in (entries.whole.reason, *(entry.reason for entry in entries.each)):
            known = precision.exact(key) if precision.settle(key) else None
    if known is not None:
        entries = judge_value(written, known, start=_exactly(start, key, truth), rules=rules)
    return entries if entries.whole.verdict in PASSING else _as_put_in(written, entries, key, truth, start)


def _exactly(start: Array | None, key: str, truth: Truth) -> Array | None:
    """The parameter before its update, to many digits where it is known to so many."""
    before = before_update(key)
    if start is None or not truth.precision.settle(before):
        return start
    return truth.precision.exact(before)


def _as_put_in(written: Written, entries: Entries, key: str, truth: Truth, start: Array | None) -> Entries:
    """Entries that are expressions of numbers, judged by the rounded decimals in them."""
    if not any(is_worked(numeral) for numeral in written.numerals) or len(entries.each) != len(
        written.numerals
    ):
        return entries
    known = Vocabulary(functions=truth.problem.vocabulary.functions)
    each = list(entries.each)
    for position, numeral in enumerate(written.numerals[:MAX_PUT_IN]):
        if each[position].verdict == "wrong" and is_worked(numeral):
            before = None if start is None else float(start.reshape(-1)[position])
            each[position] = judge_closed(parse(numeral.text, known), key, position, truth, before)
    return Entries(worst(each), tuple(each))


def _other_sense(answer: Answer, key: str, truth: Truth, marking: Marking) -> Judgement | None:
    """A wrong derivative that is right as the total one where the local one is asked, or the reverse."""
    other = truth.other_sense(key)
    if other is None:
        return None
    right = [CORRECT]
    if answer.formula is not None:
        right.append(judge_formula(answer.formula, other, truth))
    if answer.value is not None:
        right.append(_judge_value(answer, other, truth, marking).whole)
    if any(part.verdict not in PASSING for part in right):
        return None
    given, asked = ("local partial", "total derivative")[:: 1 if is_local(other) else -1]
    return Judgement("wrong", f"right as the {given}, but the {asked} is asked")


def _by_own_values(
    assessment: Assessment,
    truth: Truth,
    own: Mapping[str, Own],
    done: Mapping[str, Assessment],
    marking: Marking,
) -> Assessment:
    """The answer judged again by the writer's own values: what follows from them is not a new mistake."""
    formula, value = assessment.by_formula, assessment.entries
    substitution, known = assessment.by_substitution, assessment
    sources: list[str] = []
    notes: list[str] = []
    if formula is not None and formula.verdict == "wrong":
        carried = _carried_formula(assessment, truth, own)
        if carried is None:
            return assessment
        formula = Judgement("carried")
        known = replace(assessment, by_formula=formula)
        sources += carried.wrong
    if substitution is not None and substitution.verdict == "wrong" and not sources:
        carried = _carried_substitution(known, truth, own)
        if carried is None:
            return assessment
        substitution = Judgement("carried") if carried.wrong else CORRECT
        sources += carried.wrong
    if value is not None and value.whole.verdict in {"wrong", "close"}:
        entries, follows = _carried_value(known, value, truth, own, marking)
        if follows is None:
            return assessment
        value = entries
        sources += follows.wrong
        if not follows.wrong:
            notes.append(f"follows from the rounded {_listed(follows.right)}")
    if sources and not _is_worked_out(assessment.answer, truth):
        return assessment
    put_in = substitution if substitution is not None and substitution.verdict == "carried" else None
    parts = [part for part in (formula, put_in, value.whole if value else None) if part]
    judgement = worst(parts)
    roots = _roots(sources, done, truth)
    if judgement.verdict == "carried":
        notes.insert(0, f"follows from {_listed(roots)}")
    elif judgement.verdict == "coarse" and judgement.reason:
        notes.insert(0, judgement.reason)
    reason = "; ".join(notes) or judgement.reason
    return replace(
        assessment,
        judgement=Judgement(judgement.verdict, reason),
        by_formula=formula,
        by_substitution=substitution,
        entries=value,
        carried_from=roots,
    )


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
    value = None if written is None else _at_given(written, truth)
    if value is None:
        return None
    for recomputed in recomputed_values(truth, assessment.key, own, _right_formula(assessment)):
        if is_empty(recomputed, assessment.key, own, truth):
            continue
        found = shaped(value, recomputed.value)
        if found.shape != recomputed.value.shape:
            continue
        nearest = recomputed.nearest_to(found)
        if np.all(np.abs(found - nearest) <= SAME * np.abs(nearest)):
            return recomputed
    return None


def _is_worked_out(answer: Answer, truth: Truth) -> bool:
    """Whether the value is what the numbers put in give, but for digits that are not written."""
    put_in = None if answer.substitution is None else _at_given(answer.substitution, truth)
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
        rules = _as_carried(marking.rules) if recomputed.wrong else marking.rules
        again = judge_value(written, recomputed.nearest_to(written.array), start=start, rules=rules)
        merged = _merged(entries, again, "carried" if recomputed.wrong else "correct")
        if merged is not None:
            options.append((merged, recomputed))
    if not options:
        return entries, None

    def worse(option: tuple[Entries, Recomputed]) -> tuple[bool, int]:
        return option[0].whole.verdict == "coarse", len(option[1].wrong)

    return min(options, key=worse)


def _as_carried(rules: Rules) -> Rules:
    """Of what follows from a wrong value, a whole number may be a rounded one."""
    return rules._replace(decimals=0) if rules.decimals is None else rules


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
