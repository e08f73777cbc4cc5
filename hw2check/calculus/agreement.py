"""One sense of "equal": whether two values, or a formula's values at several points, agree.

A relative difference that float64 leaves between equal numbers is none. What is not finite decides nothing.
The first axis is that of the points; a matrix agrees where all its entries do.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hw2check.formula.functions import Array

SAME = 1e-9  # relative difference below which two values agree that were computed on different ways
EXACT = 1e-12  # the same of numbers worked out without names, on the same way
TIGHT = 1e-14  # the same where rounding errors need not be looked at
DROWNED = 1e-6  # relative rounding error above which a point tells nothing
ENOUGH = 4  # points at which two formulas must both be defined


class Agreement(NamedTuple):
    """How two values compare at points with one leading axis."""

    equal: bool | None  # None: too few points tell
    differs: NDArray[np.bool_]  # the entries that differ by more than rounding, in the shape of both
    defined: NDArray[np.bool_]  # the entries that are finite in both
    drowned: bool = False  # rounding errors are all that there is to see, at every point


def near(left: Array, right: Array, tolerance: float = SAME) -> NDArray[np.bool_]:
    """Where two arrays agree to a relative tolerance; False where one is not finite."""
    with np.errstate(all="ignore"):
        distance = np.abs(left - right)
        return np.asarray(distance <= tolerance * np.maximum(np.abs(left), np.abs(right)), dtype=np.bool_)


def at_any(entries: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The points at which something holds of an entry."""
    return np.asarray(entries.reshape(len(entries), -1).any(axis=1), dtype=np.bool_)


def at_all(entries: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The points at which something holds of every entry."""
    return np.asarray(entries.reshape(len(entries), -1).all(axis=1), dtype=np.bool_)


def compared(
    left: Array,
    right: Array,
    noise: Callable[[], Array] | None = None,
    *,
    tolerance: float = SAME,
    enough: int = ENOUGH,
) -> Agreement:
    """Two values of one shape at points, the first axis.

    noise   a bound on the rounding error of both, asked for only where they differ
    enough  points at which both must be finite
    """
    defined = np.isfinite(left) & np.isfinite(right)
    differs = defined & ~near(left, right, tolerance)
    drowned = False
    if differs.any() and noise is not None:
        bound = noise()
        with np.errstate(all="ignore"):
            scale = np.maximum(np.abs(left), np.abs(right))
            differs &= np.abs(left - right) > bound
            drowned = bool(np.all((bound > DROWNED * scale)[defined])) and bool(scale.any())
    if differs.any():
        return Agreement(False, differs, defined, drowned)
    told = np.count_nonzero(at_all(defined)) >= enough and not drowned
    return Agreement(True if told else None, differs, defined, drowned)


def equal_where_defined(found: Array, expected: Array, least: int = ENOUGH, tolerance: float = SAME) -> bool:
    """Whether two arrays of one shape agree wherever both are finite, in `least` entries at the least."""
    if found.shape != expected.shape:
        return False
    defined = np.isfinite(found) & np.isfinite(expected)
    return bool(np.count_nonzero(defined) >= least and np.all(near(found, expected, tolerance)[defined]))


def same_shape(written: tuple[int, ...], truth: tuple[int, ...]) -> bool:
    """Whether two shapes differ in axes of length 1 at most, and are not a row and a column."""
    if len(written) == len(truth) > 1:
        return written == truth
    return [length for length in written if length > 1] == [length for length in truth if length > 1]


def shaped(found: Array, like: Array, lead: int = 0) -> Array:
    """An array in the shape of a quantity, behind `lead` axes, where `same_shape` holds; else as it is."""
    own, wanted = found.shape[lead:], like.shape[lead:]
    if own == wanted or not same_shape(own, wanted):
        return found
    return found.reshape((*(found.shape[:lead] or (1,) * lead), *wanted))


def as_floats(exact: NDArray[Any]) -> Array:
    """Exact numbers as float64, nan for those that have no value or are too large."""
    if exact.dtype != object:
        return np.asarray(exact, dtype=np.float64)
    return np.array([_as_float(entry) for entry in exact.reshape(-1)]).reshape(exact.shape)


def _as_float(exact: Fraction | None) -> float:
    try:
        return math.nan if exact is None else float(exact)
    except OverflowError:
        return math.nan
