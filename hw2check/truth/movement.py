"""Points at which the functions of a problem move.

Far from 0 a sigmoid rests: there, a formula with 2*z for z gives the same number. Formulas are compared at
points where every function moves visibly, and where those with a kink are seen on both sides of it. Such
points are looked for at other scales, then between points at which a function has different values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hw2check.calculus.agreement import at_all, at_any, near
from hw2check.calculus.sampling import between, nudged, scaled
from hw2check.calculus.values import ShapeError, evaluate
from hw2check.formula.functions import ACTIVATIONS, EXTREMES, FUNCTIONS, KINKED, MEANS, Array
from hw2check.formula.graph import Node, ancestors
from hw2check.formula.tree import Call, Compare, Expression, is_closed, walk
from hw2check.truth.derivation import Derivation
from hw2check.truth.forward import run

STEP = 1e-3  # relative, by which points are moved
VISIBLE = 1e-10  # relative change of a value that can be seen
FEW = 3  # points at which a function should move
LEAST = 2  # points at which it must, or else it rests
SPOTS = 4  # points that are tried at every scale
HALVINGS = 60
TARGETS = np.array(
    [-1.7, -0.6, 0.4, 1.3]
)  # of the argument of a function: where it moves, on both sides of 0
AT_HAND = 30.0  # size of an argument beyond which a kink is out of sight
MAX_WORK = 1_000  # nodes, times functions, on the lines between points
MAX_ENTRIES = 2_000_000  # of all values at all points, beyond which nothing is looked for

_JUMPING = frozenset(name for name, function in FUNCTIONS.items() if function.jumps)
_BENT = frozenset(  # at 0, or elsewhere
    name for name, function in FUNCTIONS.items() if (function.kinked or function.jumps) and not function.along
)
_SATURATING = ACTIVATIONS - KINKED  # far from 0 they are as good as linear

Points = Mapping[str, Array]


class _Part(NamedTuple):
    """A function called, or a comparison, in the formula of a node."""

    node: str
    function: str
    whole: Expression
    inner: tuple[Expression, ...]  # what it is applied to


class _State(NamedTuple):
    """What a part does at some points."""

    moves: NDArray[np.bool_]  # at which it changes with what is given
    above: NDArray[np.bool_]  # at which it is above its kink
    below: NDArray[np.bool_]


def resting(derived: Derivation, values: Points) -> dict[str, str]:
    """The nodes in which a function moves at fewer than LEAST of the points, each with its function."""
    if _is_large(values):
        return {}
    names = derived.problem.given.keys() | derived.problem.state.keys()
    moved = _moved(derived, {name: values[name] for name in names})
    found = {}
    for part in _parts(derived):
        state = _state(part, values, moved)
        if state is not None and part.function not in _JUMPING and np.count_nonzero(state.moves) < LEAST:
            found[part.node] = part.function
    return found


def moving_points(derived: Derivation, points: Points, values: Points) -> dict[str, Array]:
    """The points, and further ones for functions that rest or stay on one side; empty if none are needed."""
    parts = list(_parts(derived))
    if not parts or _is_large(values):
        return {}
    lacking = _lacking(parts, values, _moved(derived, points))
    if not lacking:
        return {}
    kept = derived.problem.kept
    count = max(len(array) for array in points.values())
    others = scaled(points, kept, slice(max(1, count - SPOTS), count))
    there = derived.at(others)
    moved = _moved(derived, others)
    chosen: list[int] = []
    for part in lacking:
        chosen += _useful(lacking[part], _state(part, there, moved), there)
    further = {name: array[list(dict.fromkeys(chosen))] for name, array in others.items()}
    every = {name: np.concatenate([points[name], further[name]]) for name in points}
    if chosen:
        lacking = _lacking(list(lacking), derived.at(every), _moved(derived, every))
    wide = {name: np.concatenate([points[name], others[name]]) for name in points}
    for found in _on_the_way(derived, wide, list(lacking)):
        every = {name: np.concatenate([every[name], found[name]]) for name in every}
    longer = max(len(array) for array in every.values()) > count
    return every if longer else {}


class _Needs(NamedTuple):
    moves: bool
    above: bool
    below: bool


def _parts(derived: Derivation) -> Iterator[_Part]:
    for node in derived.problem.graph.nodes:
        for part in walk(node.formula):
            if isinstance(part, Call) and part.function not in MEANS:
                inner = part.arguments
                name = part.function
            elif isinstance(part, Compare):
                inner, name = (part.left, part.right), "step"
            else:
                continue
            if not all(is_closed(argument) for argument in inner):
                yield _Part(node.name, name, part, inner)


def _is_large(values: Points) -> bool:
    return sum(array.size for array in values.values()) > MAX_ENTRIES


def _moved(derived: Derivation, points: Points) -> dict[str, Array]:
    return derived.at(nudged(points, derived.problem.kept, STEP))


def _lacking(parts: list[_Part], values: Points, moved: Points) -> dict[_Part, _Needs]:
    found = {}
    for part in parts:
        state = _state(part, values, moved)
        if state is None:
            continue
        few = part.function not in _JUMPING and np.count_nonzero(state.moves) < FEW
        bent = part.function in _BENT
        needs = _Needs(bool(few), bent and not state.above.any(), bent and not state.below.any())
        if any(needs):
            found[part] = needs
    return found


def _state(part: _Part, values: Points, moved: Points) -> _State | None:
    """What a part does at the points; None where nothing that it is applied to depends on what is varied."""
    try:
        before = [np.atleast_1d(evaluate(argument, values, lead=1)) for argument in part.inner]
        after = [np.atleast_1d(evaluate(argument, moved, lead=1)) for argument in part.inner]
        own = np.atleast_1d(evaluate(part.whole, values, lead=1))
        then = np.atleast_1d(evaluate(part.whole, moved, lead=1))
    except ShapeError:
        return None
    if not any(np.any(a != b) for a, b in zip(before, after, strict=True)) or _is_single(part, before):
        return None
    changes = np.broadcast_to(_changes(own, then), (max(map(len, (own, *before))),))
    offset = _offset(part, values)
    seen = np.abs(offset) <= AT_HAND
    above, below = (
        np.broadcast_to(at_any(side), changes.shape) for side in (seen & (offset > 0), seen & (offset < 0))
    )
    if part.function in _SATURATING:
        changes = changes & (above | below)
    return _State(changes, above, below)


def _is_single(part: _Part, inner: list[Array]) -> bool:
    """A softmax of one entry is 1 everywhere."""
    function = FUNCTIONS.get(part.function)
    axis = part.whole.axis if isinstance(part.whole, Call) else None
    if function is None or function.along != "keep":
        return False
    shape = inner[0].shape[1:]
    return not shape or shape[min(axis or 0, len(shape) - 1)] == 1


def _changes(before: Array, after: Array) -> NDArray[np.bool_]:
    finite = np.isfinite(before) & np.isfinite(after)
    return np.asarray(at_any(finite & ~near(before, after, VISIBLE)), dtype=np.bool_)


def _useful(needs: _Needs, state: _State | None, values: Points) -> list[int]:
    """A few of the points at which a part does what it does not do at the others; all finite ones first."""
    if state is None:
        return []
    finite = np.ones(len(state.moves), dtype=np.bool_)
    for array in values.values():
        if array.ndim and len(array) == len(finite):
            finite &= at_all(np.isfinite(array))
    chosen: list[int] = []
    wanted = ((needs.moves, state.moves), (needs.above, state.above), (needs.below, state.below))
    for lacks, does in wanted:
        if lacks:
            places = np.flatnonzero(does & finite)
            chosen += [int(place) for place in places[:FEW]]
    return chosen


def _on_the_way(derived: Derivation, points: Points, parts: list[_Part]) -> Iterator[dict[str, Array]]:
    """Points between two at which a part has different values, while it goes from one to the other."""
    graph, kept = derived.problem.graph, derived.problem.kept
    left = MAX_WORK
    values = derived.at(points) if parts else {}
    for part in parts:
        behind = ancestors(graph, [part.node])
        nodes = [node for node in graph.nodes if node.name in behind]
        left -= len(nodes)
        if left < 0:
            return
        span = _span(part, values)
        if span is None:
            continue
        entry, low, high = span
        ends = [
            {name: np.repeat(array[[place]], len(TARGETS), axis=0) for name, array in points.items()}
            for place in (low, high)
        ]
        ends[1] |= {name: ends[0][name] for name in kept if name in points}
        yield _halved(derived, nodes, ends, partial(_entry, part, entry))


def _span(part: _Part, values: Points) -> tuple[int, int, int] | None:
    """The entry of an argument with the widest range, and the points at which it is least and greatest."""
    inner = _offset(part, values)
    flat = inner.reshape(len(inner), -1)
    with np.errstate(all="ignore"):
        low = np.min(np.where(np.isfinite(flat), flat, np.inf), axis=0)
        high = np.max(np.where(np.isfinite(flat), flat, -np.inf), axis=0)
        spread = np.where((low < TARGETS[0]) & (high > TARGETS[-1]), high - low, 0.0)
    entry = int(np.argmax(spread))
    if not spread[entry] > 0:
        return None
    column = np.where(np.isfinite(flat[:, entry]), flat[:, entry], np.nan)
    return entry, int(np.nanargmin(column)), int(np.nanargmax(column))


def _offset(part: _Part, values: Points) -> Array:
    """What decides on which side of its kink, or how far from its middle, a function is taken."""
    inner = [np.atleast_1d(evaluate(argument, values, lead=1)) for argument in part.inner]
    of_two = part.function in EXTREMES or isinstance(part.whole, Compare)
    return np.asarray(inner[0] - inner[1] if of_two else inner[0])


def _entry(part: _Part, entry: int, values: Points) -> Array:
    inner = _offset(part, values)
    return np.asarray(np.broadcast_to(inner.reshape(len(inner), -1)[:, entry], TARGETS.shape))


def _halved(
    derived: Derivation,
    nodes: list[Node],
    ends: list[dict[str, Array]],
    measure: Callable[[Points], Array],
) -> dict[str, Array]:
    """Where on the lines between two points a measure takes the values TARGETS."""
    still: dict[str, Array] = {name: array[np.newaxis] for name, array in derived.given_values().items()}

    def value(share: Array) -> Array:
        points = {name: between(ends[0][name], ends[1][name], share) for name in ends[0]}
        return measure(run(nodes, {**still, **points}, lead=1))

    low, high = np.zeros_like(TARGETS), np.ones_like(TARGETS)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        reached = value(middle) >= TARGETS
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    return {name: between(ends[0][name], ends[1][name], low) for name in ends[0]}
