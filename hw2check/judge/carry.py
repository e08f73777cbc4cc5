"""Errors carried forward: a quantity recomputed from the writer's own values of what it depends on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np

from hw2check.calculus.values import ShapeError, evaluate
from hw2check.formula.functions import Array
from hw2check.formula.graph import Graph, ancestors
from hw2check.formula.tree import Expression, names
from hw2check.problem.answers import Answer
from hw2check.truth.derived import Truth, shaped
from hw2check.truth.recompute import recompute
from hw2check.truth.routes import routes

TRIED = 8  # choices of the digits that are not written
MOST_SPREAD = 1e-3  # of the largest entry: what unwritten digits may explain
SPREAD = 4705
MAX_COMBINED = 5  # nearest written quantities of which every subset is tried


class Own(NamedTuple):
    """What the writer states for one quantity."""

    key: str
    value: Array | None  # at the given numbers, in the shape of the quantity
    formula: Expression | None
    right: bool  # judged correct or close
    as_number: bool  # the value is written, not only what the formula gives
    root: bool = False  # judged wrong, and not carried from anything
    half: Array | None = None  # half a unit of the last digit written of each entry


class Recomputed(NamedTuple):
    """A quantity that follows from some of the writer's own values."""

    value: Array  # at the given numbers, or at the sample points with a leading axis
    wrong: tuple[str, ...]  # which of these values are wrong
    right: tuple[str, ...]  # which are right, to the digits written
    error: Array | None = None  # how far the value moves with the digits of wrong ones that are not written


def own_statement(answer: Answer, key: str, truth: Truth, *, right: bool, root: bool = False) -> Own:
    """What an answer states, in the shape of the quantity; a formula alone gives the value it has."""
    expected = truth.values[key]
    formula = answer.formula
    if formula is not None and truth.lacks(names(formula)) is not None:
        formula = None
    value, half = None, None
    if answer.value is not None and answer.value.array.size == expected.size:
        value = answer.value.array.reshape(expected.shape)
        if answer.value.numerals:
            units = [float(numeral.unit or 0) / 2 for numeral in answer.value.numerals]
            half = np.array(units).reshape(expected.shape)
    elif formula is not None:
        value = _value_of(formula, truth, expected)
    return Own(key, value, formula, right, answer.value is not None, root, half)


def _value_of(formula: Expression, truth: Truth, like: Array) -> Array | None:
    try:
        value = shaped(np.asarray(evaluate(formula, truth.values)), like)
    except ShapeError:
        return None
    return value if value.shape == like.shape and np.all(np.isfinite(value)) else None


def nearest_stated(graph: Graph, key: str, stated: Iterable[str]) -> tuple[str, ...]:
    """The stated quantities that a quantity depends on with no other stated one between."""
    known = frozenset(stated)
    found: dict[str, None] = {}
    node = graph.by_name.get(key)
    waiting = list(node.inputs) if node else []
    seen = set(waiting)
    while waiting:
        name = waiting.pop()
        if name in known:
            found[name] = None
            continue
        above = graph.by_name.get(name)
        fresh = [used for used in above.inputs if used not in seen] if above else []
        seen.update(fresh)
        waiting.extend(fresh)
    return tuple(found)


def recomputed_values(
    truth: Truth, key: str, own: Mapping[str, Own], written: Expression | None = None
) -> Iterator[Recomputed]:
    """The quantity at the given numbers from the writer's nearest own values, all of them first.

    written  the writer's own formula for it, where that is right
    """
    stated = {name: o.value for name, o in own.items() if o.value is not None and name != key}
    for graph in routes(truth, key, written) if stated else ():
        near = nearest_stated(graph, key, stated)
        mistaken = tuple(name for name in near if not own[name].right)
        above = ancestors(graph, [key])
        roots = tuple(name for name in stated if own[name].root and name in above)
        for chosen in dict.fromkeys((*_subsets(near), *_subsets(mistaken), *_subsets(roots))):
            overrides = {name: array for name in chosen if (array := stated[name]) is not None}
            value = recompute(graph, key, overrides, truth.values)
            if value is not None:
                found = _recomputed(shaped(value, truth.values[key]), chosen, own)
                error = _spread(graph, key, found, overrides, own, truth) if found.wrong else None
                yield found._replace(error=error)


def _spread(
    graph: Graph,
    key: str,
    found: Recomputed,
    overrides: Mapping[str, Array],
    own: Mapping[str, Own],
    truth: Truth,
) -> Array | None:
    """How far the quantity moves when the writer went on with more digits than are written."""
    rng = np.random.default_rng(SPREAD)
    moved = {
        name: array + half * rng.uniform(-1.0, 1.0, (TRIED, *array.shape))
        for name, array in overrides.items()
        if (half := own[name].half) is not None
    }
    if not moved:
        return None
    base = {name: array[np.newaxis] for name, array in {**truth.values, **overrides}.items()}
    values = recompute(graph, key, moved, base, lead=1)
    if values is None:
        return None
    with np.errstate(all="ignore"):
        spread = 2 * np.max(np.abs(shaped(values, found.value, lead=1) - found.value), axis=0)
        bound = MOST_SPREAD * np.max(np.abs(found.value))
    return np.asarray(np.minimum(np.nan_to_num(spread), bound))


def recomputed_samples(truth: Truth, key: str, own: Mapping[str, Own]) -> Iterator[Recomputed]:
    """The quantity at the sample points from the writer's nearest wrong formulas."""
    stated = {name for name, o in own.items() if o.formula is not None and not o.right and name != key}
    near = nearest_stated(truth.graph, key, stated)
    for chosen in _subsets(near):
        overrides = {name: _sampled(own[name].formula, name, truth) for name in chosen}
        usable = {name: array for name, array in overrides.items() if array is not None}
        if len(usable) == len(chosen):
            value = recompute(truth.graph, key, usable, truth.samples, lead=1)
            if value is not None:
                yield _recomputed(value, chosen, own)


def _sampled(formula: Expression | None, key: str, truth: Truth) -> Array | None:
    if formula is None:
        return None
    try:
        return shaped(evaluate(formula, truth.samples, lead=1), truth.samples[key], lead=1)
    except ShapeError:
        return None


def _subsets(near: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every non-empty choice of a few quantities, the largest first; of many, all or one."""
    sizes = range(len(near), 0, -1) if len(near) <= MAX_COMBINED else (len(near), 1)
    for size in sizes:
        yield from combinations(near, size)


def _recomputed(value: Array, chosen: tuple[str, ...], own: Mapping[str, Own]) -> Recomputed:
    return Recomputed(
        value,
        tuple(name for name in chosen if not own[name].right),
        tuple(name for name in chosen if own[name].right),
    )


def is_empty(recomputed: Recomputed, key: str, own: Mapping[str, Own], truth: Truth) -> bool:
    """Whether following from the writer's own wrong answers took no work.

    So it is after a formula that is constant where the right one is not, and where an answer of nothing but
    zeros, wrong in itself, makes nothing but zeros of the later one.
    """
    if any(_is_constant(own[name], truth) for name in recomputed.wrong):
        return True
    vanishes = not np.any(recomputed.value) and bool(np.any(truth.values[key]))
    return vanishes and any(own[name].root and _is_zero(own[name]) for name in recomputed.wrong)


def _is_zero(own: Own) -> bool:
    return own.value is not None and not np.any(own.value)


def _is_constant(own: Own, truth: Truth) -> bool:
    """Whether a written formula has one value at all sample points, and the quantity has not."""
    written = _sampled(own.formula, own.key, truth)
    return written is not None and not _varies(written) and _varies(truth.samples[own.key])


def _varies(samples: Array) -> bool:
    with np.errstate(all="ignore"):
        return bool(np.any(np.ptp(samples, axis=0) > 0)) if samples.ndim and samples.shape[0] > 1 else False
