"""What known mistake gives exactly the written answer?

Mistakes are searched for, not wired to a problem: single edits of every formula on the way from what the
writer states to the wrong answer, derivatives with one faulty step, chain rules with a factor or a path
left out, updates without the learning rate, and plain slips with numbers and matrices. What each would
give is compared with the answer, at the precision written or, for a formula, at sample points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from hw2check.calculus.agreement import ENOUGH, equal_where_defined, shaped
from hw2check.calculus.values import ShapeError, TooLargeError, evaluate
from hw2check.formula.functions import Array
from hw2check.formula.quantity import before_update
from hw2check.formula.tree import (
    Expression,
    Name,
    names,
    substitute,
)
from hw2check.judge.carry import Own
from hw2check.mistakes.candidates import Candidate, graph_candidates, is_large
from hw2check.mistakes.chance import named, whole_window, window
from hw2check.mistakes.matrices import matrix_hints
from hw2check.mistakes.mistake import Hint
from hw2check.mistakes.search import Search, size
from hw2check.mistakes.slips import digit_hints, gives, number_slips
from hw2check.mistakes.trees import mends
from hw2check.reading.written import Written
from hw2check.truth.derived import Truth

MAX_SEARCHED = 600  # entries of a matrix that is still searched


def diagnose_value(
    written: Written, key: str, truth: Truth, own: Mapping[str, Own], search: Search
) -> tuple[Hint, ...]:
    """The mistakes that give the written number or matrix, at most two, simplest first.

    own     what the writer states for other quantities: the search starts from these values
    search  the work that may be done, for all answers of the file together
    """
    search.begin(truth.graph, key)
    right = truth.values[key]
    if right.size > MAX_SEARCHED or not written.numerals or not np.all(np.isfinite(right)):
        return ()
    if right.ndim and right.size > 1:
        return matrix_hints(written, key, truth, own, search)
    numeral = written.numerals[0]
    candidates = [*number_slips(right, key), *graph_candidates(key, truth, own, search)]
    matching = [c for c in candidates if c.value.size == 1 and gives(c.value, numeral)]
    found = named(matching, candidates, window([numeral], _start(key, truth)))
    return found or digit_hints(numeral, float(right.reshape(-1)[0]), key)


def diagnose_formula(
    formula: Expression, key: str, truth: Truth, own: Mapping[str, Own], search: Search
) -> tuple[Hint, ...]:
    """The mistakes that give the written formula, at most two, simplest first."""
    search.begin(truth.graph, key)
    try:
        values = (
            search.some(truth.samples)
            if names(formula)
            else {name: array[np.newaxis] for name, array in truth.values.items()}
        )
    except TooLargeError:
        return ()
    right = values[key]
    try:
        found = shaped(evaluate(formula, values, lead=1), right, lead=1)
    except ShapeError:
        found = np.full(1, np.nan)
    candidates = [*number_slips(right, key), *graph_candidates(key, truth, own, search, values)]
    matching = [c for c in candidates if _agree(c.value, found, least=ENOUGH if names(formula) else 1)]
    if not matching and names(formula) and not is_large(formula):
        candidates = matching = list(_mended(formula, right, values, key, search))
    return named(matching, candidates, 0.0 if names(formula) else whole_window(found))


def _start(key: str, truth: Truth) -> float:
    backward = truth.backward
    if backward is None or key not in backward.updates:
        return 0.0
    array = truth.values[before_update(key)]
    return float(array.reshape(-1)[0]) if array.size == 1 else 0.0


def _agree(value: Array, found: Array, least: int) -> bool:
    """Whether two values at points agree wherever both are finite; a number stands for an array of it."""
    if value.shape != found.shape and value.ndim and found.ndim and value.shape[1:] != found.shape[1:]:
        return False
    value, found = np.broadcast_arrays(value, found)
    return equal_where_defined(value, found, least=max(1, min(least, value.size)))


def _mended(
    formula: Expression, right: Array, values: Mapping[str, Array], key: str, search: Search
) -> Iterator[Candidate]:
    """Edits of the writer's own formula that make it right."""
    parts = size(formula)
    for code, changed in mends(formula):
        if not search.spend(parts, right.size):
            return
        if _matches(changed, right, values):
            yield Candidate(code, key, 0, right)
    for name in names(formula):
        for other in values:
            if other != name and "/" not in other and values[other].shape[1:] == values[name].shape[1:]:
                if not search.spend(parts, right.size):
                    return
                if _matches(substitute(formula, {name: Name(other)}), right, values):
                    yield Candidate("wrong-name", key, 0, right)


def _matches(formula: Expression, right: Array, values: Mapping[str, Array]) -> bool:
    try:
        return _agree(shaped(evaluate(formula, values, lead=1), right, lead=1), right, least=ENOUGH)
    except (ShapeError, KeyError):
        return False
