"""The rows of a report: each quantity with what was found out about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

import numpy as np

from hw2check.check.assessment import Assessment
from hw2check.check.findings import Finding, Row
from hw2check.formula.functions import Array
from hw2check.formula.quantity import label, quantity, shown_text
from hw2check.problem.answers import (
    Marking,
)
from hw2check.reading.written import Written
from hw2check.truth.backward import with_partials
from hw2check.truth.derived import Truth


def in_order(truth: Truth, asked: Iterable[str]) -> list[str]:
    """The quantities of a report: values, local partials, gradients, updates of the first and last step."""
    backward = truth.backward
    keys = [*truth.problem.graph.by_name, *asked]
    if backward is not None:
        keys += [*backward.partials, *backward.gradients]
        keys += [key for key in (*backward.steps, *backward.updates) if quantity(key).step == 1]
        last = truth.problem.steps
        keys += [key for key in backward.updates if last > 1 and quantity(key).step == last]
    kinds = ("value", "partial", "gradient", "update")
    return sorted(dict.fromkeys(keys), key=lambda key: kinds.index(_kind(key, truth)))


def _kind(key: str, truth: Truth) -> str:
    if truth.problem.has(key) or truth.backward is None:
        return "value"
    parsed = quantity(key)
    if (
        parsed.step > 1
        and parsed.base not in truth.problem.of_optimiser
        and key not in truth.backward.updates
    ):
        return _kind(parsed.base, truth)
    if key in truth.backward.updates or key in truth.backward.steps:
        return "update"
    return "gradient" if key in truth.backward.gradients else "partial"


def row_of(truth: Truth, key: str, latex: bool) -> Row:
    """What is computed for a quantity."""
    truth.precision.settle_if_troubled(key)
    formula = truth.formula(key)
    kind = _kind(key, truth)
    chain, shown = "", formula
    if quantity(key).is_derivative and formula is not None and truth.backward is not None:
        chain = shown_text(formula)
        shown = with_partials(formula, truth.backward.partials)
    return Row(
        label(key),
        kind,
        shown_text(shown) if shown is not None else "",
        chain,
        truth.values[key],
        None,
        latex_of(truth, key) if latex else "",
        shown,
    )


def latex_of(truth: Truth, key: str) -> str:
    """The formula of a quantity in LaTeX; empty for a given one."""
    from hw2check.latex.writer import to_latex

    formula = truth.formula(key)
    if formula is None:
        return ""
    partials = truth.backward.partials if truth.backward else {}
    shapes = {name: array.shape for name, array in truth.values.items() if truth.problem.has(name)}
    return to_latex(with_partials(formula, partials), shapes)


def finding_of(
    assessment: Assessment, marking: Marking, points: Mapping[str, Fraction], computed: Array | None = None
) -> Finding:
    """What was found out about one answer; `computed` is what it should be, where that is known."""
    answer, entries = assessment.answer, assessment.entries
    place = answer.source.place(answer.path) if answer.path else None
    value = answer.value
    full = points.get(answer.name)
    return Finding(
        answer.name,
        assessment.verdict,
        assessment.judgement.reason,
        answer.text,
        answer.formula_text,
        assessment.by_formula.verdict if assessment.by_formula else "",
        _texts(value),
        tuple(entry.verdict for entry in entries.each) if entries else (),
        value.shape if value else (),
        place.file if place else "",
        place.line if place else 0,
        place.column if place else 0,
        tuple(label(key) for key in assessment.carried_from),
        assessment.hints,
        None if full is None else full * _share(assessment, marking),
        full,
        None if value is None or computed is None else _off(value, computed),
    )


def _off(value: Written, computed: Array) -> tuple[float, tuple[int, ...]] | None:
    """Where a written matrix is farthest from the computed one, and how far."""
    if not computed.shape or value.array.size != computed.size:
        return None
    distance = np.abs(value.array.reshape(computed.shape) - computed)
    if not np.all(np.isfinite(distance)):
        return None
    place = np.unravel_index(int(np.argmax(distance)), computed.shape)
    return float(np.max(distance)), tuple(int(i) for i in place)


def _share(assessment: Assessment, marking: Marking) -> Fraction:
    """Which part of its points an answer earns."""
    shares = marking.shares
    each = assessment.entries.each if assessment.entries else ()
    if marking.per_entry and len(each) > 1:
        return sum((shares.get(entry.verdict, Fraction(0)) for entry in each), Fraction(0)) / len(each)
    return shares.get(assessment.verdict, Fraction(0))


def _texts(value: Written | None) -> tuple[str, ...]:
    if value is None:
        return ()
    if value.numerals:
        return tuple(numeral.text for numeral in value.numerals)
    return tuple(f"{entry:.10g}" for entry in value.array.reshape(-1))
