"""What known mistake gives exactly the written vector or matrix?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np

from hw2check.calculus.values import evaluate
from hw2check.formula.functions import ACTIVATIONS, Array
from hw2check.formula.graph import Node
from hw2check.formula.tree import (
    Add,
    Call,
    MatMul,
)
from hw2check.judge.carry import Own
from hw2check.judge.numbers import judge_value
from hw2check.mistakes.candidates import Candidate, graph_candidates
from hw2check.mistakes.chance import named, window
from hw2check.mistakes.mistake import Hint
from hw2check.mistakes.search import Search
from hw2check.mistakes.slips import digit_hints, gives, number_slips
from hw2check.reading.written import Written
from hw2check.truth.derived import Truth


def matrix_hints(
    written: Written, key: str, truth: Truth, own: Mapping[str, Own], search: Search
) -> tuple[Hint, ...]:
    """The mistakes that give the written vector or matrix, at most two, simplest first."""
    right = truth.values[key]
    if right.ndim == 2 and written.shape == right.shape[::-1] and written.shape != right.shape:
        turned = Candidate("transposed", key, 0, right)
        return named([turned], [turned]) if _is(written, right.T) else ()
    if written.array.size != right.size:
        return ()
    wrong = _wrong_entries(written, right)
    share = window(written.numerals[i] for i in wrong)
    batch = 1 - truth.problem.vocabulary.axis
    moved = list(_rearranged(written, right, key, batch))
    rearranged = [c for c in moved if _is(written, c.value)]
    candidates = [*number_slips(right, key), *graph_candidates(key, truth, own, search)]
    matching = [c for c in candidates if c.value.shape == right.shape and _is(written, c.value)]
    found = named(rearranged + matching, [*moved, *candidates], share)
    return found or (_entry_hints(written, wrong[0], key, truth) if len(wrong) == 1 else ())


def _wrong_entries(written: Written, right: Array) -> list[int]:
    each = zip(written.numerals, right.reshape(-1), strict=True)
    return [
        i
        for i, (numeral, entry) in enumerate(each)
        if judge_value(Written(np.asarray(float(numeral)), (numeral,), 0.0), np.asarray(entry)).whole.verdict
        not in {"correct", "close", "coarse"}
    ]


def _is(written: Written, value: Array) -> bool:
    return judge_value(written, value).whole.verdict == "correct"


def _rearranged(written: Written, right: Array, key: str, batch: int) -> Iterator[Candidate]:
    """The same entries at other places; `batch` is the axis along which the inputs lie."""
    if right.ndim == 2:
        if right.shape[0] == right.shape[1]:
            yield Candidate("transposed", key, 0, right.T)
        for code, axis in (("batch-swapped", batch), ("units-swapped", 1 - batch)):
            for i, j in combinations(range(min(right.shape[axis], 12)), 2):
                order = np.arange(right.shape[axis])
                order[[i, j]] = order[[j, i]]
                yield Candidate(code, key, 0, np.take(right, order, axis=axis))
            yield Candidate(code, key, 0, np.flip(right, axis=axis))
    differ = np.flatnonzero(np.abs(written.array.reshape(-1) - right.reshape(-1)) > 0)
    for i, j in combinations(differ[:8], 2):
        exchanged = right.reshape(-1).copy()
        exchanged[[i, j]] = exchanged[[j, i]]
        yield Candidate("entries-swapped", key, 1, exchanged.reshape(right.shape))


def _entry_hints(written: Written, index: int, key: str, truth: Truth) -> tuple[Hint, ...]:
    """A slip in one entry of a matrix: with the number, or in its sum of products."""
    numeral = written.numerals[index]
    node = truth.graph.by_name.get(key)
    entry = np.asarray(truth.values[key].reshape(-1)[index])
    candidates = [*number_slips(entry, key), *(_entry_products(node, index, truth) if node else ())]
    matching = [c for c in candidates if gives(c.value, numeral)]
    return named(matching, candidates, window([numeral])) or digit_hints(numeral, float(entry), key)


def _entry_products(node: Node, index: int, truth: Truth) -> Iterator[Candidate]:
    """An entry of W @ A + b with one product, or the bias, dropped or of the wrong sign."""
    formula = node.formula
    terms = formula.terms if isinstance(formula, Add) else (formula,)
    if not isinstance(terms[0], MatMul):
        if isinstance(formula, Call) and formula.function in ACTIVATIONS:
            argument = evaluate(formula.arguments[0], truth.values)
            yield Candidate("activation-missing", node.name, 0, np.asarray(argument.reshape(-1)[index]))
        return
    right = truth.values[node.name]
    left, other = evaluate(terms[0].left, truth.values), evaluate(terms[0].right, truth.values)
    if left.ndim != 2 or other.ndim != 2:
        return
    row, column = np.unravel_index(index, right.shape)
    products = left[row] * other[:, column]
    value = right[row, column]
    for product in products:
        yield Candidate("missing-term", node.name, 0, np.asarray(value - product))
        yield Candidate("sign-of-term", node.name, 0, np.asarray(value - 2 * product))
    for term in terms[1:]:
        bias = np.broadcast_to(evaluate(term, truth.values), right.shape)[row, column]
        yield Candidate("bias-missing", node.name, 0, np.asarray(value - bias))
        yield Candidate("sign-of-term", node.name, 0, np.asarray(value - 2 * bias))
