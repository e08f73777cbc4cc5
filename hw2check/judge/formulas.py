"""One answer against the truth: is it right, to the digits that are written?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw2check.calculus.values import ShapeError, TooLargeError, evaluate, show_shape
from hw2check.formula.functions import Array
from hw2check.formula.numeral import read_numeral
from hw2check.formula.text import to_text
from hw2check.formula.tree import ZERO, Expression, Neg, Number, is_closed, names, walk
from hw2check.judge.numbers import DROWNED, SLACK, judge_number
from hw2check.judge.verdicts import CORRECT, PASSING, Judgement
from hw2check.truth.derived import Truth, shaped

SAME = 1e-9  # relative difference below which two values agree


TIGHT = (
    1e-14  # relative difference below which two formulas agree at a point without a look at rounding errors
)


FLAT = 1e-6  # a quantity that varies less than this over the sample points may hide what it depends on


PUT_IN = "with given values put in"


CANNOT_TELL = "right for the given values, but it cannot be told whether they are meant"


UNDEFINED = "the formula has no finite value at too many of the points tried"


MAX_HELD = 64  # choices of givens that are tried as put in


DROWNS = "rounding errors drown the formula at all the points tried"


MAX_HELD_ENTRIES = 1000  # of a given that may be put in


MAX_AT_ONCE = 8_000_000  # entries of all quantities that are computed at once for such choices


ENOUGH = 4  # sample points at which both formulas must be defined


def judge_formula(written: Expression, key: str, truth: Truth, *, elsewhere: bool = False) -> Judgement:
    """A formula against the derived one: equal wherever both are defined.

    Inputs and parameters are drawn at seeded random points of both signs, every quantity is computed along
    the graph, and the written formula is evaluated with these values. Where it differs, it may still
    be right with given values put in: then only the givens that it depends on are varied.

    elsewhere  leaves out the given point itself
    """
    try:
        values = truth.samples
        if elsewhere:
            values = {
                name: array[1:] if array.ndim and len(array) > 1 else array for name, array in values.items()
            }
        found = compare(written, key, values, truth)
        if found.verdict != "wrong" or elsewhere:
            return found
        bare = written.operand if isinstance(written, Neg) else written
        if isinstance(bare, Number):
            return _bare_number(written, key, truth) or found
        written_values = shaped(evaluate(written, values, lead=1), values[key], lead=1)
        hidden = equal_where_defined(written_values, values[key])
        put_in = None if hidden else _put_in(written, key, truth)
        if put_in is not None:
            return put_in
    except TooLargeError as error:
        return Judgement("undecided", str(error))
    except ShapeError as error:
        return Judgement("wrong", str(error))
    return found


def _put_in(written: Expression, key: str, truth: Truth) -> Judgement | None:
    """What to say of a formula that is right once some givens that it does not name keep their value.

    Every quantity that it names must still vary: what holds for the given values alone is not right. It is
    surely meant so only where a number in it can stand for these values, and where no node that it names
    depends on them.
    """
    mentioned = names(written)
    if not mentioned:
        value = shaped(evaluate(written, truth.values), truth.values[key])
        equal = equal_where_defined(value, truth.values[key], 1, float(SLACK))
        return Judgement("correct", PUT_IN) if equal else None
    held = _held(written, key, truth)
    if held is None:
        return None
    numbers = any(isinstance(part, Number) for part in walk(written))
    nodes = [name for name in mentioned if name in truth.problem.graph.by_name]
    if not numbers or any(truth.givens_behind(name) & held for name in nodes):
        return Judgement("undecided", CANNOT_TELL)
    return Judgement("correct", PUT_IN)


def _held(written: Expression, key: str, truth: Truth) -> frozenset[str] | None:
    """The first choice of givens that make the formula right when they keep their value."""
    mentioned = names(written)
    given = truth.problem.given
    free = [name for name in given if name not in mentioned and given[name].size <= MAX_HELD_ENTRIES]
    behind = {name: truth.givens_behind(name) for name in mentioned if name not in truth.problem.given}
    own = [name for name in truth.named_in_full(key) if name in free]
    sets = [frozenset(choice) for size in (1, 2) for choice in combinations(free, size)]
    choices = [
        choice
        for choice in dict.fromkeys([frozenset(own), *sets, frozenset(free)])
        if choice and not any(givens and givens <= choice for givens in behind.values())
    ][:MAX_HELD]
    if not choices:
        return None
    at_once = max(1, MAX_AT_ONCE // sum(array.size for array in truth.samples.values()))
    for start in range(0, len(choices), at_once):
        held = _held_among(choices[start : start + at_once], written, key, truth)
        if held is not None:
            return held
    return None


def _held_among(
    choices: list[frozenset[str]], written: Expression, key: str, truth: Truth
) -> frozenset[str] | None:
    values = truth.samples_holding(choices)
    expected = values[key]
    found = shaped(evaluate(written, values, lead=1), expected, lead=1)
    points = len(next(iter(values.values()))) // len(choices)
    shape = (len(choices) * points, *expected.shape[1:])
    if found.shape[1:] != expected.shape[1:]:
        return None
    found, expected = np.broadcast_to(found, shape), np.broadcast_to(expected, shape)
    for choice, start in zip(choices, range(0, shape[0], points), strict=True):
        part = slice(start, start + points)
        if np.count_nonzero(expected[part]) >= ENOUGH and equal_where_defined(found[part], expected[part]):
            return choice
    return None


def equal_where_defined(found: Array, expected: Array, least: int = ENOUGH, tolerance: float = SAME) -> bool:
    """Whether two arrays agree to a relative tolerance wherever both are finite, at `least` points."""
    if found.shape != expected.shape:
        return False
    with np.errstate(all="ignore"):
        defined = np.isfinite(found) & np.isfinite(expected)
        same = np.abs(found - expected) <= tolerance * np.maximum(np.abs(found), np.abs(expected))
    return bool(np.count_nonzero(defined) >= least and np.all(same[defined]))


def _bare_number(written: Expression, key: str, truth: Truth) -> Judgement | None:
    value = truth.values[key]
    numeral = read_numeral(to_text(written))
    if value.shape or judge_number(numeral, float(value)).verdict not in PASSING:
        return None
    return Judgement("undecided", "this is its value at the given numbers, not its formula")


def compare(written: Expression, key: str, values: Mapping[str, Array], truth: Truth) -> Judgement:
    """The written formula and a quantity, at sample points with one leading axis."""
    expected = values[key]
    found = shaped(evaluate(written, values, lead=1), expected, lead=1)
    if found.shape[1:] != expected.shape[1:]:
        shapes = show_shape(found.shape[1:]), show_shape(expected.shape[1:])
        return Judgement("wrong", f"its shape is {shapes[0]}, not {shapes[1]}")
    found, expected = (np.atleast_1d(a) for a in np.broadcast_arrays(found, expected))
    with np.errstate(all="ignore"):
        defined = np.isfinite(found) & np.isfinite(expected)
        scale = np.maximum(np.abs(found), np.abs(expected))
        distance = np.abs(found - expected)
        differs = defined & ~(distance <= TIGHT * scale)
    points = np.flatnonzero(_per_point(defined, np.all))
    needed = 1 if is_closed(written) else min(ENOUGH, found.shape[0])
    if len(points) < needed:
        return Judgement("undecided", UNDEFINED)
    if np.any(differs):  # outside the quantity's domain formulas may say what they like
        inside = truth.inside(key, values)
        inside = np.broadcast_to(inside if len(found) > 1 else inside.any(), found.shape[:1])
        if not np.all(inside):
            defined[~inside] = differs[~inside] = False
            points = np.flatnonzero(_per_point(defined, np.all))
            if not np.any(differs) and len(points) < needed:
                return Judgement("undecided", UNDEFINED)
    if np.any(differs):
        noise = truth.noise(written, key, values)
        beyond = differs & (distance > noise)
        drowned = np.all((noise > DROWNED * scale)[defined]) and truth.formula(key) != ZERO
        if np.any(beyond) and not truth.overflows(written, key, values):
            point = int(np.argmax(_per_point(beyond, np.any)))
            return Judgement("wrong", _where(values, point, found, expected, written, key, truth))
        if np.any(beyond) or drowned:
            return _to_many_digits(written, key, values, truth, points, needed)
    if _may_hide(written, key, truth, expected[points]):
        return _to_many_digits(written, key, values, truth, points, needed)
    return CORRECT


def _may_hide(written: Expression, key: str, truth: Truth, expected: Array) -> bool:
    """Whether a quantity is so nearly constant that float64 could hide what it depends on: x + 1e16."""
    derived = truth.formula(key)
    if is_closed(written) and (derived is None or is_closed(derived)):
        return False
    largest = float(np.max(np.abs(expected), initial=0.0))
    extreme = any(_is_extreme(part) for part in walk(written)) or largest > 1 / FLAT
    return extreme and float(np.max(np.ptp(expected, axis=0), initial=0.0)) < FLAT * largest


def _is_extreme(part: Expression) -> bool:
    return (
        isinstance(part, Number) and part.numeral.value != 0 and not FLAT < abs(part.numeral.value) < 1 / FLAT
    )


def _to_many_digits(
    written: Expression,
    key: str,
    values: Mapping[str, Array],
    truth: Truth,
    points: NDArray[np.intp],
    needed: int,
) -> Judgement:
    """The formula and the quantity at points at which float64 cannot tell whether they agree."""
    agreed = 0
    for point in points:
        agrees = truth.agrees(written, key, values, int(point))
        if agrees is False:
            at = "at the given values" if point == 0 else _point(values, int(point), written, key, truth)
            return Judgement("wrong", f"differs {at}")
        agreed += agrees is True
        if agreed >= max(needed, 2 * ENOUGH):
            break
    return CORRECT if agreed >= needed else Judgement("undecided", DROWNS)


def _per_point(array: Any, combine: Callable[..., Any]) -> Any:
    return np.asarray(combine(array.reshape(array.shape[0], -1), axis=1))


def _where(
    values: Mapping[str, Array],
    point: int,
    found: Array,
    expected: Array,
    written: Expression,
    key: str,
    truth: Truth,
) -> str:
    at = "at the given values" if point == 0 else _point(values, point, written, key, truth)
    if found.ndim > 1:
        return f"differs {at}"
    gives, right = float(found[point]), float(expected[point])
    digits = 6 if f"{gives:.6g}" != f"{right:.6g}" else 17
    return f"{at} it gives {gives:.{digits}g}, not {right:.{digits}g}"


def _point(values: Mapping[str, Array], point: int, written: Expression, key: str, truth: Truth) -> str:
    formula = truth.formula(key)
    used = [*names(written), *(names(formula) if formula else ())]
    shown = [name for name in dict.fromkeys(used) if values[name].ndim == 1 and values[name].shape[0] > point]
    return (
        "at " + ", ".join(f"{name} = {float(values[name][point]):.3g}" for name in shown[:4]) if shown else ""
    )
