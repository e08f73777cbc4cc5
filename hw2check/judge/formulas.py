"""One answer against the truth: is it right, to the digits that are written?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hw2check.calculus.agreement import (
    ENOUGH,
    TIGHT,
    at_all,
    at_any,
    compared,
    equal_where_defined,
    near,
    shaped,
)
from hw2check.calculus.values import ShapeError, TooLargeError, evaluate, show_shape
from hw2check.formula.functions import Array
from hw2check.formula.graph import ancestors
from hw2check.formula.numeral import read_numeral
from hw2check.formula.quantity import is_local, quantity
from hw2check.formula.text import to_text
from hw2check.formula.tree import ZERO, Expression, Neg, Number, is_closed, names, walk
from hw2check.judge.numbers import SLACK, judge_number
from hw2check.judge.verdicts import CORRECT, PASSING, Judgement
from hw2check.truth.derived import Truth

FLAT = 1e-6  # a quantity that varies less than this over the sample points may hide what it depends on


PUT_IN = "with given values put in"


CANNOT_TELL = "right for the given values, but it cannot be told whether they are meant"


NO_VALUE = "it has no value at the given values"


RESTS = "{} in {} does not move visibly at any of the points tried"


UNDEFINED = "the formula has no finite value at too many of the points tried"


MAX_HELD = 64  # choices of givens that are tried as put in


DROWNS = "rounding errors drown the formula at all the points tried"


MAX_HELD_ENTRIES = 1000  # of a given that may be put in


MAX_AT_ONCE = 8_000_000  # entries of all quantities that are computed at once for such choices


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
        if found.verdict == "correct" and written != truth.formula(key):
            found = _unless_resting(written, key, truth) or found
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


def _unless_resting(written: Expression, key: str, truth: Truth) -> Judgement | None:
    """What to say where a function on the way rests at all points: any formula of it would agree there."""
    rests = truth.sampled.resting
    behind = ancestors(truth.graph, [key, *names(written)]) if rests else frozenset()
    behind |= {quantity(name).of for name in behind if is_local(name)}
    node = next((name for name in rests if name in behind), None)
    return None if node is None else Judgement("undecided", RESTS.format(rests[node], node))


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
    values = truth.sampled.holding(choices)
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
    return _Comparison(written, key, values, truth, found, expected).judged()


class _Comparison(NamedTuple):
    """A written formula and a quantity at the same points."""

    written: Expression
    key: str
    values: Mapping[str, Array]
    truth: Truth
    found: Array  # what the formula gives, shape (points, ...)
    expected: Array

    @property
    def needed(self) -> int:
        """How many points must tell."""
        return 1 if is_closed(self.written) else min(ENOUGH, len(self.found))

    def judged(self) -> Judgement:
        """Equal wherever both are defined, and at the given values in any case."""
        if self._has_no_value_here():
            return Judgement("wrong", NO_VALUE)
        inside = self._inside()
        noise = partial(self.truth.sampled.noise, self.written, self.key, self.values)
        tight = compared(self.found, self.expected, tolerance=TIGHT)
        points = np.flatnonzero(at_all(tight.defined) & inside)
        if len(points) < self.needed:
            return Judgement("undecided", UNDEFINED)
        differs = tight.differs & inside.reshape(-1, *[1] * (self.found.ndim - 1))
        if np.any(differs):
            careful = compared(self.found, self.expected, noise, tolerance=TIGHT)
            differs = differs & careful.differs
            drowned = careful.drowned and self.truth.formula(self.key) != ZERO
        else:
            drowned = False
        hidden = self._hidden()
        sure = at_any(differs) & ~hidden
        if np.any(sure):
            return Judgement("wrong", self._where(int(np.argmax(sure))))
        telling = [int(point) for point in points if not hidden[point]]
        doubtful = np.any(differs) or drowned or self._may_hide(points) or len(telling) < self.needed
        if doubtful or hidden[0]:
            first = sorted(map(int, points), key=lambda point: (point != 0, not differs[point].any()))
            return self._to_many_digits(first, hidden, 0 if doubtful else len(telling))
        return CORRECT

    def _has_no_value_here(self) -> bool:
        """Whether the formula is undefined at the given values, where the quantity is not."""
        if self.values is not self.truth.samples or not np.all(np.isfinite(self.expected[0])):
            return False
        if np.all(np.isfinite(self.found[0])):
            return False
        return self.truth.precision.agrees(self.written, self.key, self.values, 0) is False

    def _inside(self) -> NDArray[np.bool_]:
        """The points within the domain of the quantity: elsewhere formulas may say what they like."""
        defined = np.isfinite(self.found) & np.isfinite(self.expected)
        if np.all(near(self.found, self.expected, TIGHT)[defined]):
            return np.ones(len(self.found), dtype=np.bool_)
        inside = self.truth.sampled.inside(self.key, self.values)
        return np.broadcast_to(inside if len(self.found) > 1 else inside.any(), self.found.shape[:1])

    def _hidden(self) -> NDArray[np.bool_]:
        """The points at which float64 cannot tell, because something is too large or too small for it."""
        troubled = self.truth.sampled.troubled(self.written, self.key, self.values)
        return np.broadcast_to(troubled if len(self.found) > 1 else troubled.any(), self.found.shape[:1])

    def _may_hide(self, points: NDArray[np.intp]) -> bool:
        """Whether a quantity is so nearly constant that float64 could hide what it depends on: x + 1e16."""
        derived, expected = self.truth.formula(self.key), self.expected[points]
        if is_closed(self.written) and (derived is None or is_closed(derived)):
            return False
        largest = float(np.max(np.abs(expected), initial=0.0))
        extreme = any(_is_extreme(part) for part in walk(self.written)) or largest > 1 / FLAT
        return extreme and float(np.max(np.ptp(expected, axis=0), initial=0.0)) < FLAT * largest

    def _to_many_digits(self, points: list[int], hidden: NDArray[np.bool_], agreed: int) -> Judgement:
        """The formula and the quantity at points at which float64 cannot tell whether they agree.

        agreed  at how many points float64 can tell that they do
        """
        tried = 0
        for point in points:
            agrees = self.truth.precision.agrees(
                self.written, self.key, self.values, point, hidden=bool(hidden[point])
            )
            if agrees is False:
                return Judgement("wrong", f"differs {self._at(point)}")
            agreed += agrees is True
            tried += agrees is not None
            if tried >= max(self.needed, 2 * ENOUGH):
                break
        told = agreed >= self.needed or self.written == self.truth.formula(self.key)
        return CORRECT if told else Judgement("undecided", DROWNS)

    def _where(self, point: int) -> str:
        if self.found.ndim > 1:
            return f"differs {self._at(point)}"
        gives, right = float(self.found[point]), float(self.expected[point])
        digits = 6 if f"{gives:.6g}" != f"{right:.6g}" else 17
        return f"{self._at(point)} it gives {gives:.{digits}g}, not {right:.{digits}g}"

    def _at(self, point: int) -> str:
        if point == 0:
            return "at the given values"
        formula, values = self.truth.formula(self.key), self.values
        used = [*names(self.written), *(names(formula) if formula else ())]
        shown = [name for name in dict.fromkeys(used) if values[name].ndim == 1 and len(values[name]) > point]
        where = ", ".join(f"{name} = {float(values[name][point]):.3g}" for name in shown[:4])
        return f"at {where}" if shown else ""


def _is_extreme(part: Expression) -> bool:
    return (
        isinstance(part, Number) and part.numeral.value != 0 and not FLAT < abs(part.numeral.value) < 1 / FLAT
    )
