"""The values of functions that NumPy does not have, in float64.

An elementwise function takes arrays that broadcast; the others take one array and the axis they work along.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def relu_slope(x: Array, at_zero: Array) -> Array:
    return np.where(x > 0, 1.0, np.where(x == 0, at_zero, x * 0))


def leaky_relu(x: Array, slope: Array) -> Array:
    return np.where(x > 0, x, slope * x)


def leaky_relu_slope(x: Array, slope: Array) -> Array:
    return np.where(x > 0, 1.0, slope + x * 0)


def elu(x: Array, alpha: Array) -> Array:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def elu_slope(x: Array, alpha: Array) -> Array:
    return np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0)))


_erf = np.frompyfunc(math.erf, 1, 1)
_erfc = np.frompyfunc(math.erfc, 1, 1)


def erf(x: Array) -> Array:
    return np.asarray(_erf(x), dtype=np.float64)


def erfc(x: Array) -> Array:
    return np.asarray(_erfc(x), dtype=np.float64)


def normal_cdf(x: Array) -> Array:
    return erfc(-np.asarray(x) / math.sqrt(2)) / 2


def gelu_slope(x: Array) -> Array:
    return normal_cdf(x) + x * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def silu_slope(x: Array) -> Array:
    s = sigmoid(x)
    return s * (1 + x * (1 - s))


def softmax(x: Array, axis: int) -> Array:
    powers = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return np.asarray(powers / np.sum(powers, axis=axis, keepdims=True))


def log_softmax(x: Array, axis: int) -> Array:
    shifted = x - np.max(x, axis=axis, keepdims=True)
    return np.asarray(shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True)))


def greatest(*arrays: Array) -> Array:
    result = arrays[0]
    for array in arrays[1:]:
        result = np.maximum(result, array)
    return result


def least(*arrays: Array) -> Array:
    result = arrays[0]
    for array in arrays[1:]:
        result = np.minimum(result, array)
    return result


def share_of(extreme: Callable[..., Array]) -> Callable[..., Array]:
    """1 at the entry that max or min takes, shared where several are equal; 0 at the others."""

    def share(x: Array, axis: int | tuple[int, ...]) -> Array:
        hits = np.asarray(x == extreme(x, axis=axis, keepdims=True), dtype=np.float64)
        return np.asarray(hits / np.sum(hits, axis=axis, keepdims=True))

    return share
