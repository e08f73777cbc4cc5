"""What known mistake gives exactly the written answer?

Mistakes are searched for, not wired to a problem: single edits of every formula on the way from what the
writer states to the wrong answer, derivatives with one faulty step, chain rules with a factor or a path
left out, updates without the learning rate, and plain slips with numbers and matrices. What each would
give is compared with the answer, at the precision written or, for a formula, at sample points.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, islice

import numpy as np

from hw2check.calculus.agreement import ENOUGH, SAME, shaped
from hw2check.calculus.values import ShapeError, TooLargeError, evaluate, quietly
from hw2check.formula.functions import Array
from hw2check.formula.graph import Node
from hw2check.formula.numeral import Numeral
from hw2check.formula.quantity import before_update, is_local, label, quantity, updated
from hw2check.formula.tree import (
    Add,
    Call,
    Expression,
    MatMul,
    Name,
    names,
    substitute,
)
from hw2check.judge.carry import Own
from hw2check.judge.numbers import judge_value, significant_digits
from hw2check.mistakes.catalogue import MISTAKES, Hint
from hw2check.mistakes.search import MAX_PARTS, Search, size
from hw2check.mistakes.trees import mends
from hw2check.mistakes.variants import SQUASHING, variants
from hw2check.reading.written import Written
from hw2check.truth.derived import Truth
from hw2check.truth.recompute import between

MAX_HINTS = 2
MAX_NODES = 24  # on the way to the answer whose formulas are edited, nearest first
MAX_EDITS = 200  # of one formula
MAX_SEARCHED = 600  # entries of a matrix that is still searched
FIRM_DIGITS = 3  # significant digits below which a match is weak
CHANCE = 0.05  # expected chance matches above which a mistake of rank 3 is not named
SPREAD = 4.0  # natural logarithm of the range over which candidate values lie
SLIPS = ("digits-swapped", "last-digit")  # named only where nothing else matches


@dataclass(frozen=True, slots=True)
class _Candidate:
    code: str
    where: str
    distance: int  # nodes between the mistake and the answer
    value: Array  # what the mistake gives: at the given numbers, or at sample points

    @property
    def order(self) -> tuple[int, int]:
        return MISTAKES[self.code].rank, self.distance


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
        return _named(_matrix_matches(written, key, truth, own, search), weak=False)
    numeral = written.numerals[0]
    start = _start(key, truth)
    candidates = [*_number_slips(right, key), *_graph_candidates(key, truth, own, search)]
    matching = [c for c in candidates if c.value.size == 1 and _gives(c.value, numeral)]
    digits = significant_digits(numeral, start)
    weak = digits is not None and digits < FIRM_DIGITS
    if weak:
        matching = [c for c in matching if MISTAKES[c.code].rank <= 2]
    else:
        matching = _beyond_chance(matching, candidates, numeral, start)
    value = float(right.reshape(-1)[0])
    return _named([*matching, *_cut_off(numeral, value, key)] or _digit_slips(numeral, value, key), weak=weak)


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
    candidates = [*_number_slips(right, key), *_graph_candidates(key, truth, own, search, values)]
    matching = [c for c in candidates if _agree(c.value, found, least=ENOUGH if names(formula) else 1)]
    if not matching and names(formula) and not _is_large(formula):
        matching = list(_mended(formula, right, values, key, search))
    return _named(matching, weak=False)


def _named(matching: Iterable[_Candidate], *, weak: bool) -> tuple[Hint, ...]:
    """The simplest, and the next one if it is as simple."""
    best: dict[str, _Candidate] = {}
    for candidate in sorted(matching, key=lambda c: c.order):
        best.setdefault(candidate.code, candidate)
    ranked = list(best.values())
    kept = [c for c in ranked if MISTAKES[c.code].rank == MISTAKES[ranked[0].code].rank][:MAX_HINTS]
    return tuple(Hint(c.code, MISTAKES[c.code].title, label(c.where), weak) for c in kept)


def _start(key: str, truth: Truth) -> float | None:
    backward = truth.backward
    if backward is None or key not in backward.updates:
        return None
    array = truth.values[before_update(key)]
    return float(array.reshape(-1)[0]) if array.size == 1 else None


def _gives(value: Array, numeral: Numeral) -> bool:
    number = float(value.reshape(-1)[0])
    if not np.isfinite(number) or not numeral.value:
        return False
    half = 0.0 if numeral.unit is None else float(numeral.unit) / 2
    return abs(number - float(numeral)) <= half + 1e-12 * abs(number)


def _beyond_chance(
    matching: list[_Candidate], candidates: list[_Candidate], numeral: Numeral, start: float | None
) -> list[_Candidate]:
    """Without the elaborate mistakes that so many candidates would match by chance."""
    size = abs(float(numeral.value - Fraction(start or 0.0)))
    window = float(numeral.unit) / size if numeral.unit and size else 0.0
    expected = len({round(float(c.value.reshape(-1)[0]), 15) for c in candidates}) * window / SPREAD
    return matching if expected <= CHANCE else [c for c in matching if MISTAKES[c.code].rank <= 2]


def _agree(value: Array, found: Array, least: int) -> bool:
    if value.shape != found.shape and value.ndim and found.ndim and value.shape[1:] != found.shape[1:]:
        return False
    value, found = np.broadcast_arrays(value, found)
    with np.errstate(all="ignore"):
        defined = np.isfinite(value) & np.isfinite(found)
        same = np.abs(value - found) <= SAME * np.maximum(np.abs(value), np.abs(found))
    enough = np.count_nonzero(defined) >= min(least, defined.size) > 0
    return bool(enough and np.all(same[defined]))


def _number_slips(right: Array, key: str) -> Iterator[_Candidate]:
    """Slips with the finished number: sign, decimal point, factor 2, reciprocal."""
    yield _Candidate("sign", key, 0, -right)
    for power in (1, -1, 2, -2, 3, -3):
        yield _Candidate("power-of-ten", key, 0, right * 10.0**power)
    yield _Candidate("factor-2", key, 0, right * 2)
    yield _Candidate("factor-2", key, 0, right / 2)
    with np.errstate(all="ignore"):
        yield _Candidate("reciprocal", key, 0, 1 / right)


def _cut_off(numeral: Numeral, right: float, key: str) -> list[_Candidate]:
    """The first digit of the right number, and that alone."""
    cut = (
        numeral.digits == 1
        and numeral.unit
        and numeral.value / numeral.unit == int(Fraction(right) / numeral.unit)
    )
    return [_Candidate("truncated", key, 0, np.asarray(float(numeral)))] if cut else []


def _digit_slips(numeral: Numeral, right: float, key: str) -> list[_Candidate]:
    if numeral.unit is None or right == 0:
        return []
    rounded = round(Fraction(right) / numeral.unit)
    written = int(numeral.value / numeral.unit)
    value = np.asarray(float(numeral))
    if numeral.digits < FIRM_DIGITS or (written < 0) != (rounded < 0):
        return []
    if _swapped(str(abs(rounded)), str(abs(written))):
        return [_Candidate("digits-swapped", key, 0, value)]
    if abs(rounded) // 10 == abs(written) // 10:
        return [_Candidate("last-digit", key, 0, value)]
    return []


def _swapped(right: str, written: str) -> bool:
    if len(right) != len(written):
        return False
    differ = [i for i, (a, b) in enumerate(zip(right, written, strict=True)) if a != b]
    if len(differ) != 2 or differ[1] != differ[0] + 1:
        return False
    i, j = differ
    return right[i] == written[j] and right[j] == written[i]


def _graph_candidates(
    key: str,
    truth: Truth,
    own: Mapping[str, Own],
    search: Search,
    values: Mapping[str, Array] | None = None,
) -> Iterator[_Candidate]:
    """What the answer would be with one mistake in one formula on the way to it.

    values  sample points with a leading axis; the given numbers where None
    """
    base = values if values is not None else {name: array[np.newaxis] for name, array in truth.values.items()}
    if values is None:
        base = {**base, **_own_values(own, key)}
    base = search.with_lead(base)
    stated = set(_own_values(own, key)) if values is None else set()
    for node, distance in _way(key, truth, stated):
        if _is_large(node.formula) or _is_large(_underived(node, truth)):
            continue
        path = search.way(node.name)
        tried = list(islice(_distinct(variants(node, truth)), MAX_EDITS))
        if path is None or not search.spend(len(tried) * size(node.formula), base[node.name].size):
            break
        again = sum(size(step.formula) for step in path)
        if not search.spend(again, len(tried) * max((base[step.name].size for step in path), default=0)):
            break
        for (code, _), value in zip(tried, _propagated(node, tried, path, key, base), strict=True):
            if value is not None:
                yield _Candidate(code, node.name, distance, value if values is not None else value[0])
    for changed in _already_updated(key, truth, base):
        yield _Candidate("updated-value-used", key, 1, changed if values is not None else changed[0])


def _is_large(formula: Expression) -> bool:
    return size(formula) > MAX_PARTS


def _underived(node: Node, truth: Truth) -> Expression:
    """The formula of which a local partial is the derivative; its own of any other node."""
    parts = truth.parts(node.name) if is_local(node.name) else None
    return truth.graph.by_name[parts[0]].formula if parts else node.formula


def _distinct(variants: Iterable[tuple[str, Expression]]) -> Iterator[tuple[str, Expression]]:
    seen: set[tuple[str, Expression]] = set()
    for variant in variants:
        if variant not in seen:
            seen.add(variant)
            yield variant


def _own_values(own: Mapping[str, Own], key: str) -> dict[str, Array]:
    return {
        name: o.value[np.newaxis]
        for name, o in own.items()
        if o.as_number and o.value is not None and name != key
    }


def _way(key: str, truth: Truth, stated: set[str]) -> Iterator[tuple[Node, int]]:
    """The nodes that lead to the answer, nearest first, not beyond a value that the writer states."""
    graph = truth.graph.by_name
    level, seen, distance = [key], {key}, 0
    yielded = 0
    while level and yielded < MAX_NODES:
        following: list[str] = []
        for name in level:
            node = graph.get(name)
            if node is None or yielded >= MAX_NODES:
                continue
            yield node, distance
            yielded += 1
            for used in node.inputs:
                if used not in seen and used not in stated:
                    seen.add(used)
                    following.append(used)
        level, distance = following, distance + 1


@np.errstate(all="ignore")
def _propagated(
    node: Node, variants: list[tuple[str, Expression]], path: list[Node], key: str, base: Mapping[str, Array]
) -> list[Array | None]:
    """The answer under each faulty formula of one node, with the leading axis of `base`."""
    results: list[Array | None] = []
    faulty: list[Array] = []
    right = base[node.name]
    for _, formula in variants:
        try:
            value = shaped(np.asarray(quietly(formula, base, 1)), right, lead=1)
        except (ShapeError, KeyError):
            faulty.append(np.full_like(right, np.nan))
            continue
        if value.shape == right.shape:
            faulty.append(value)
            continue
        if value.ndim <= 1:  # a scalar for each entry
            value = value.reshape(value.shape + (1,) * (right.ndim - value.ndim))
        usable = right.ndim > 0 and value.shape[1:] in {right.shape[1:], (1,) * (right.ndim - 1)}
        faulty.append(np.broadcast_to(value, right.shape) if usable else np.full_like(right, np.nan))
    if not faulty:
        return []
    count, points = len(faulty), right.shape[0]
    stacked = np.concatenate(faulty)
    current: dict[str, Array] = {node.name: stacked}
    for step in path:
        inputs = {
            name: current[name]
            if name in current
            else np.tile(base[name], (count, *[1] * (base[name].ndim - 1)))
            if base[name].shape[0] == points and points > 1
            else base[name]
            for name in step.inputs
        }
        try:
            current[step.name] = np.asarray(quietly(step.formula, inputs, 1))
        except ShapeError:
            return [None] * count
    final = current[key]
    for index in range(count):
        value = final[index * points : (index + 1) * points]
        results.append(value if np.any(np.isfinite(value)) else None)
    return results


def _already_updated(key: str, truth: Truth, base: Mapping[str, Array]) -> Iterator[Array]:
    """The answer computed with parameters that were updated before it."""
    backward = truth.backward
    if backward is None or key not in backward.updates or quantity(key).step > 1:
        return
    parameter = quantity(key).of
    others = [p for p in truth.problem.parameters if p != parameter]
    earlier = others[: truth.problem.parameters.index(parameter)]
    for chosen in {tuple(earlier), *((p,) for p in others)}:
        overrides = {p: base[updated(p)] for p in chosen if updated(p) in base}
        if not overrides:
            continue
        current = {**base, **overrides}
        try:
            for step in between(truth.graph, key, overrides):
                current[step.name] = np.asarray(evaluate(step.formula, current, lead=1))
        except ShapeError:
            continue
        yield current[key]


def _mended(
    formula: Expression, right: Array, values: Mapping[str, Array], key: str, search: Search
) -> Iterator[_Candidate]:
    """Edits of the writer's own formula that make it right."""
    parts = size(formula)
    for code, changed in mends(formula):
        if not search.spend(parts, right.size):
            return
        if _matches(changed, right, values):
            yield _Candidate(code, key, 0, right)
    for name in names(formula):
        for other in values:
            if other != name and "/" not in other and values[other].shape[1:] == values[name].shape[1:]:
                if not search.spend(parts, right.size):
                    return
                if _matches(substitute(formula, {name: Name(other)}), right, values):
                    yield _Candidate("wrong-name", key, 0, right)


def _matches(formula: Expression, right: Array, values: Mapping[str, Array]) -> bool:
    try:
        return _agree(shaped(evaluate(formula, values, lead=1), right, lead=1), right, least=ENOUGH)
    except (ShapeError, KeyError):
        return False


def _matrix_matches(
    written: Written, key: str, truth: Truth, own: Mapping[str, Own], search: Search
) -> list[_Candidate]:
    right = truth.values[key]
    if right.ndim == 2 and written.shape == right.shape[::-1] and written.shape != right.shape:
        return [_Candidate("transposed", key, 0, right)] if _is(written, right.T) else []
    if written.array.size != right.size:
        return []
    batch = 1 - truth.problem.vocabulary.axis
    rearranged = [c for c in _rearranged(written, right, key, batch) if _is(written, c.value)]
    candidates = [*_number_slips(right, key), *_graph_candidates(key, truth, own, search)]
    matching = [c for c in candidates if c.value.shape == right.shape and _is(written, c.value)]
    return rearranged + matching or _single_entry(written, key, truth)


def _is(written: Written, value: Array) -> bool:
    return judge_value(written, value).whole.verdict == "correct"


def _rearranged(written: Written, right: Array, key: str, batch: int) -> Iterator[_Candidate]:
    """The same entries at other places; `batch` is the axis along which the inputs lie."""
    if right.ndim == 2:
        if right.shape[0] == right.shape[1]:
            yield _Candidate("transposed", key, 0, right.T)
        for code, axis in (("batch-swapped", batch), ("units-swapped", 1 - batch)):
            for i, j in combinations(range(min(right.shape[axis], 12)), 2):
                order = np.arange(right.shape[axis])
                order[[i, j]] = order[[j, i]]
                yield _Candidate(code, key, 0, np.take(right, order, axis=axis))
            yield _Candidate(code, key, 0, np.flip(right, axis=axis))
    differ = np.flatnonzero(np.abs(written.array.reshape(-1) - right.reshape(-1)) > 0)
    for i, j in combinations(differ[:8], 2):
        exchanged = right.reshape(-1).copy()
        exchanged[[i, j]] = exchanged[[j, i]]
        yield _Candidate("entries-swapped", key, 1, exchanged.reshape(right.shape))


def _single_entry(written: Written, key: str, truth: Truth) -> list[_Candidate]:
    """A slip in one entry of a matrix: with the number, or in its sum of products."""
    right = truth.values[key]
    flat = right.reshape(-1)
    wrong = [
        i
        for i, numeral in enumerate(written.numerals)
        if judge_value(
            Written(np.asarray(float(numeral)), (numeral,), 0.0), np.asarray(flat[i])
        ).whole.verdict
        not in {"correct", "close", "coarse"}
    ]
    if len(wrong) != 1:
        return []
    index, numeral = wrong[0], written.numerals[wrong[0]]
    node = truth.graph.by_name.get(key)
    entry = np.asarray(flat[index])
    candidates = [*_number_slips(entry, key), *(_entry_products(node, index, truth) if node else ())]
    matching = [c for c in candidates if _gives(c.value, numeral)] + _cut_off(numeral, float(entry), key)
    return matching or _digit_slips(numeral, float(entry), key)


def _entry_products(node: Node, index: int, truth: Truth) -> Iterator[_Candidate]:
    """An entry of W @ A + b with one product, or the bias, dropped or of the wrong sign."""
    formula = node.formula
    terms = formula.terms if isinstance(formula, Add) else (formula,)
    if not isinstance(terms[0], MatMul):
        if isinstance(formula, Call) and formula.function in SQUASHING:
            argument = evaluate(formula.arguments[0], truth.values)
            yield _Candidate("activation-missing", node.name, 0, np.asarray(argument.reshape(-1)[index]))
        return
    right = truth.values[node.name]
    left, other = evaluate(terms[0].left, truth.values), evaluate(terms[0].right, truth.values)
    if left.ndim != 2 or other.ndim != 2:
        return
    row, column = np.unravel_index(index, right.shape)
    products = left[row] * other[:, column]
    value = right[row, column]
    for product in products:
        yield _Candidate("missing-term", node.name, 0, np.asarray(value - product))
        yield _Candidate("sign-of-term", node.name, 0, np.asarray(value - 2 * product))
    for term in terms[1:]:
        bias = np.broadcast_to(evaluate(term, truth.values), right.shape)[row, column]
        yield _Candidate("bias-missing", node.name, 0, np.asarray(value - bias))
        yield _Candidate("sign-of-term", node.name, 0, np.asarray(value - 2 * bias))
