"""One answer against the truth: its formula, numbers put into it, its value, each by the step before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hw2check.calculus.agreement import near, shaped
from hw2check.calculus.values import ShapeError, evaluate
from hw2check.formula.functions import Array
from hw2check.formula.notation import Vocabulary, parse
from hw2check.formula.quantity import at_step, before_update, is_local, label, quantity
from hw2check.formula.tree import Expression, Name, Number, is_closed, names, substitute
from hw2check.judge.formulas import judge_formula
from hw2check.judge.numbers import MANY, ROUNDING, SLACK, Entries, judge_value
from hw2check.judge.put_in import judge_closed
from hw2check.judge.verdicts import CORRECT, PASSING, Judgement, worst
from hw2check.problem.answers import Answer, Marking
from hw2check.reading.written import Written, is_worked
from hw2check.truth.derived import Truth

if TYPE_CHECKING:
    pass

from hw2check.check.assessment import Assessment

MAX_PUT_IN = 64  # expressions of numbers in one matrix that are looked into


OVERFLOW = "something on the way to it is too large or too small for float64, or undefined"


def by_truth(answer: Answer, key: str, truth: Truth, marking: Marking) -> Assessment:
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
    value = at_given(answer.substitution, truth)
    value = None if value is None else shaped(value, right)
    if value is None or value.shape != right.shape:
        return Judgement("undecided", "the substitution has no value")
    if np.all(np.abs(value - right) <= float(SLACK) * np.abs(right)):
        return CORRECT
    if value.shape:
        return Judgement("wrong")
    start = truth.start_of(key)
    return judge_closed(answer.substitution, key, 0, truth, None if start is None else float(start))


def at_given(expression: Expression, truth: Truth) -> Array | None:
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
        before = at_given(answer.formula, truth)
    if answer.substitution is not None:
        value = at_given(answer.substitution, truth)
        follows = before is not None and value is not None and bool(np.all(near(value, before)))
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
