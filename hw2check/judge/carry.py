"""Errors carried forward: a quantity recomputed from the writer's own values of what it depends on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np

from hw2check.calculus.agreement import shaped
from hw2check.calculus.values import ShapeError, evaluate
from hw2check.formula.functions import Array
from hw2check.formula.graph import Graph
from hw2check.formula.numeral import Numeral
from hw2check.formula.tree import Expression, is_closed, names
from hw2check.judge.verdicts import PASSING
from hw2check.problem.answers import Answer
from hw2check.truth.derived import Truth
from hw2check.truth.recompute import (
    Range,
    Sides,
    recompute,
    recompute_formula,
    unwritten_digits,
    written_on_the_way,
)
from hw2check.truth.routes import routes

ROUNDED = 3  # digits from which on a whole number may be a rounded one
MAX_COMBINED = 5  # nearest written quantities of which every subset is tried


class Own(NamedTuple):
    """What the writer states for one quantity."""

    key: str
    value: Array | None  # at the given numbers, in the shape of the quantity
    formula: Expression | None
    right: bool  # judged correct or close
    as_number: bool  # the value is written, not only what the formula gives
    root: bool = False  # judged wrong, and not carried from anything
    sides: Sides | None = None  # how far below and above it the digits go on, entry by entry
    coarse: bool = False  # right as far as it goes, and too few digits to go on with
    from_wrong: bool = False  # it depends on what is written wrongly: behind right digits may stand others

    @property
    def is_formula(self) -> bool:
        """Whether nothing but a formula over other quantities is written."""
        return not self.as_number and self.formula is not None and not is_closed(self.formula)


class Recomputed(NamedTuple):
    """A quantity that follows from some of the writer's own values."""

    value: Array  # at the given numbers, or at the sample points with a leading axis
    wrong: tuple[str, ...]  # which of these values are wrong
    right: tuple[str, ...]  # which are right, to the digits written
    low: Array | None = (
        None  # the least and the greatest value, whatever digits of wrong ones are not written
    )
    high: Array | None = None

    @property
    def reach(self) -> tuple[Array, Array]:
        """The least and the greatest value."""
        return self.value if self.low is None else self.low, self.value if self.high is None else self.high

    def nearest_to(self, written: Array) -> Array:
        """Of the values that the writer may have gone on with, the one nearest to what is written."""
        if self.low is None or self.high is None or written.size != self.value.size:
            return self.value
        return np.asarray(np.clip(written.reshape(self.value.shape), self.low, self.high))


def own_statement(
    answer: Answer,
    key: str,
    truth: Truth,
    verdict: str,
    from_wrong: bool,
    reach: tuple[Array, Array] | None = None,
) -> Own:
    """What an answer states, in the shape of the quantity; a formula alone gives the value it has.

    reach  of a carried value: the least and the greatest that follows from what it is carried from
    """
    expected = truth.values[key]
    formula = answer.formula
    if formula is not None and truth.lacks(names(formula)) is not None:
        formula = None
    value, sides = None, None
    if answer.value is not None and answer.value.array.size == expected.size:
        value = answer.value.array.reshape(expected.shape)
        if answer.value.numerals:
            half = np.array([_half(n) for n in answer.value.numerals]).reshape(expected.shape)
            sides = _sides(value, half, reach)
    elif formula is not None:
        value = _value_of(formula, truth, expected)
    return Own(
        key,
        value,
        formula,
        right=verdict in PASSING,
        as_number=answer.value is not None,
        root=verdict == "wrong",
        sides=sides,
        coarse=verdict == "coarse",
        from_wrong=from_wrong,
    )


def _sides(value: Array, half: Array, reach: tuple[Array, Array] | None) -> Sides:
    """Half a unit to either side, and of a carried value no farther than it can lie."""
    if reach is None:
        return half, half
    low, high = reach
    return np.clip(value - low, 0.0, half), np.clip(high - value, 0.0, half)


def _half(numeral: Numeral) -> float:
    """Half a unit of the last digit; 0 of a short whole number, which is meant exactly."""
    exact = numeral.unit is None or (numeral.whole and numeral.digits < ROUNDED)
    return 0.0 if exact else float(numeral.unit or 0) / 2


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
    """The quantity at the given numbers from the writer's nearest own values.

    From all of them that are wrong, always, with whatever digits of these are not written; and from those
    that are right or coarse as written, or with the digits that follow from what stands before them.

    written  the writer's own formula for it, where that is right
    """
    stated = {
        name: o.value
        for name, o in own.items()
        if o.value is not None and name != key and not (o.right and o.is_formula)
    }  # a right formula has the value that it has with the writer's own values: nothing ends there
    loose = {name: stated[name] for name in stated if own[name].right or own[name].coarse}
    for graph in routes(truth, key, written) if stated else ():
        near = nearest_stated(graph, key, stated)
        wrong = tuple(name for name in near if name not in loose)
        others = tuple(name for name in near if name in loose)
        reach: Range | None = None
        for chosen in (*_subsets(others), ()):
            names_used = (*wrong, *chosen)
            overrides = {name: stated[name] for name in names_used}
            value = recompute(graph, key, overrides, truth.values) if overrides else None
            if value is None:
                continue
            found = _recomputed(shaped(value, truth.values[key]), names_used, own)
            if wrong and reach is None:
                sides = {name: both for name in wrong if (both := own[name].sides) is not None}
                reach = unwritten_digits(graph, key, overrides, sides, truth.values)
            yield found if reach is None else _within(found, reach)
        yield from _behind_right_digits(truth, graph, key, own, (*wrong, *others))
        if others:
            fixed = {name: stated[name] for name in wrong}
            for value, printed in written_on_the_way(graph, key, fixed, loose, truth.values):
                found = _recomputed(shaped(value, truth.values[key]), (*wrong, *printed), own)
                yield found if reach is None else _within(found, reach)


def _behind_right_digits(
    truth: Truth, graph: Graph, key: str, own: Mapping[str, Own], near: tuple[str, ...]
) -> Iterator[Recomputed]:
    """From values with right digits that follow from wrong ones, with whatever stands behind the digits."""
    known = {name: o for name in near if (o := own[name]).value is not None}
    sides = {
        name: o.sides for name, o in known.items() if o.sides is not None and (o.from_wrong or not o.right)
    }
    if not any(own[name].right for name in sides):
        return
    for used in (known, sides):  # the others as they are written, or with all their digits
        overrides = {name: stated for name in used if (stated := own[name].value) is not None}
        value = recompute(graph, key, overrides, truth.values)
        reach = unwritten_digits(graph, key, overrides, sides, truth.values)
        if value is not None and reach is not None:
            found = Recomputed(shaped(value, truth.values[key]), tuple(sides), ())
            yield _within(found, reach)


def _within(found: Recomputed, reach: Range) -> Recomputed:
    return found._replace(low=found.value - reach.below, high=found.value + reach.above)


def recomputed_samples(
    truth: Truth, key: str, own: Mapping[str, Own], written: Expression
) -> Iterator[tuple[Recomputed, Array]]:
    """The quantity at the sample points from the writer's nearest wrong formulas, and the written formula.

    In this, a name of what is wrong means the own one.
    """
    stated = {name for name, o in own.items() if o.formula is not None and not o.right and name != key}
    near = nearest_stated(truth.graph, key, stated)
    for chosen in (near,) if near else ():
        overrides = {name: _sampled(own[name].formula, name, truth) for name in chosen}
        usable = {name: array for name, array in overrides.items() if array is not None}
        if len(usable) == len(chosen):
            value = recompute(truth.graph, key, usable, truth.samples, lead=1)
            as_meant = recompute_formula(truth.graph, written, usable, truth.samples, lead=1)
            if value is not None and as_meant is not None:
                yield _recomputed(value, chosen, own), as_meant


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
    zeros, wrong in itself, makes nothing but zeros of the later one, or leaves a parameter as it was.
    """
    if any(_is_constant(own[name], truth) for name in recomputed.wrong):
        return True
    start = truth.start_of(key)
    change = recomputed.value if start is None else recomputed.value - start
    due = truth.values[key] if start is None else truth.values[key] - start
    nothing = not np.any(change) and bool(np.any(due))
    return nothing and any(
        (own[name].root or own[name].coarse) and _is_zero(own[name]) for name in recomputed.wrong
    )


def _is_zero(own: Own) -> bool:
    return own.value is not None and not np.any(own.value)


def _is_constant(own: Own, truth: Truth) -> bool:
    """Whether a written formula has one value at all sample points, and the quantity has not."""
    written = _sampled(own.formula, own.key, truth)
    return written is not None and not _varies(written) and _varies(truth.samples[own.key])


def _varies(samples: Array) -> bool:
    with np.errstate(all="ignore"):
        return bool(np.any(np.ptp(samples, axis=0) > 0)) if samples.ndim and samples.shape[0] > 1 else False
