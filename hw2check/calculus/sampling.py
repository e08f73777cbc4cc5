"""Sample points: values of what is given at which formulas are compared, for problems and documents alike.

The first point is the given one, half of the others lie near it, the rest anywhere, of both signs. The points
of a name depend on the name alone, so that another name, or another order, changes none of them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np

from hw2check.calculus.values import last_bits
from hw2check.formula.functions import Array

if TYPE_CHECKING:
    from random import Random

SEED = 4705
NEAR = 0.1  # of a given value: how far from it a point nearby lies
SCALES = (
    0.1,
    10.0,
    0.01,
    100.0,
    1e-3,
    1e3,
    1e-4,
    1e4,
    1e-5,
    1e5,
    1e-6,
    1e6,
    1e8,
)  # of points far away and near 0


def seeded(of: str = "") -> Random:
    """Random numbers that are the same in each run."""
    from random import Random

    return Random(f"{SEED}/{of}" if of else SEED)  # noqa: S311  nothing here is secret


def uniform(rng: Random, low: float, high: float, shape: tuple[int, ...]) -> Array:
    """Uniform draws; NumPy's own generators take longer to import than a document to read."""
    bits = np.frombuffer(rng.randbytes(8 * math.prod(shape)), np.uint64).reshape(shape)
    return np.asarray(low + (high - low) * ((bits >> np.uint64(11)) * 2.0**-53), dtype=np.float64)


def drawn(
    givens: Mapping[str, Array],
    count: int,
    kept: Mapping[str, int | None],
    positive: Collection[str] = (),
) -> dict[str, Array]:
    """Each given at `count` points: shape (count, ...), the first is itself.

    kept      givens whose entries may only change places, along an axis or, for None, anywhere: one-hot
              targets, words of sentences, masks
    positive  givens that cannot be negative: the mean of squares that an optimiser keeps
    """
    points = {}
    for name, array in givens.items():
        rng = seeded(name)
        points[name] = _moved(array, kept[name], rng, count) if name in kept else _around(array, rng, count)
        if name in positive:
            points[name] = np.abs(points[name])
    return points


def _around(array: Array, rng: Random, count: int) -> Array:
    """Values around and away from one: the first is itself, half are near, the rest of both signs.

    Entries of large arrays are small, so that sums of many products stay near 1 and nothing saturates.
    """
    close, away = (count // 2, *array.shape), (count - count // 2 - 1, *array.shape)
    size = min(1.0, 2 / math.sqrt(max(array.shape, default=1)))
    nearer = array * (1 + uniform(rng, -0.4, 0.4, close)) + size * uniform(rng, -0.3, 0.3, close)
    return np.concatenate(
        [array[np.newaxis], nearer, size * uniform(rng, 0.2, 2.2, away) * _signs(rng, away)]
    )


def _signs(rng: Random, shape: tuple[int, ...]) -> Array:
    """As many plus as minus signs along the first axis, in any order."""
    ranks = np.argsort(np.argsort(uniform(rng, 0.0, 1.0, shape), axis=0), axis=0)
    return np.where(2 * ranks < shape[0], 1.0, -1.0)


def _moved(array: Array, axis: int | None, rng: Random, count: int) -> Array:
    """As many arrays with the entries of one moved along an axis, or anywhere; the first is itself."""
    points = [array]
    for _ in range(count - 1):
        order = list(range(array.size if axis is None else array.shape[axis]))
        rng.shuffle(order)
        moved = array.reshape(-1)[order] if axis is None else np.take(array, order, axis=axis)
        points.append(moved.reshape(array.shape))
    return np.stack(points)


def nearby(array: Array, away: Array) -> Array:
    """Points near a given value; of a zero, the points themselves."""
    return array + NEAR * away * np.where(array == 0, 1.0, np.abs(array))


def signed_as(array: Array, points: Array) -> Array:
    """The points with the signs of a given value; where it is 0, as they are."""
    return np.where(array == 0, points, np.copysign(points, array))


def scaled(points: Mapping[str, Array], kept: Collection[str], chosen: slice) -> dict[str, Array]:
    """Some of the points, once more at every one of SCALES; givens that are kept stay as they are."""
    return {
        name: np.concatenate([array[chosen] * (1.0 if name in kept else scale) for scale in SCALES])
        for name, array in points.items()
    }


def between(first: Array, second: Array, share: Array) -> Array:
    """Points on the lines from some to others: share 0 is the first, 1 the second."""
    part = share.reshape(-1, *[1] * (first.ndim - 1))
    return first * (1 - part) + second * part


def nudged(points: Mapping[str, Array], kept: Collection[str], step: float) -> dict[str, Array]:
    """The points, each moved a little: relative to its size, and 0 too."""
    moved = dict(points)
    for name in points.keys() - kept:
        array = points[name]
        way = uniform(seeded(name), 0.5, 1.0, array.shape)
        moved[name] = array + step * way * np.where(array == 0, step, array)
    return moved


def jittered(array: Array, rng: Random) -> Array:
    """Numbers that float64 may have rounded, disturbed in their last bit."""
    with np.errstate(over="ignore"):
        exact = array * 2.0**20 == np.rint(array * 2.0**20)
    return np.where(exact, array, array * (1 + last_bits(rng, array.shape)))
