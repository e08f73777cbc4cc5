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


def _whole_number(x: float) -> bool:
    return x == math.floor(x) if math.isfinite(x) else False


def _gamma_of_next(x: float) -> float:
    if x == math.inf or x > LARGEST_FACTORIAL:
        return math.inf if x == x else math.nan
    if _whole_number(x):
        return float(math.factorial(int(x))) if x >= 0 else math.nan
    return math.gamma(x + 1) if math.isfinite(x) else math.nan


def _choose(n: float, k: float) -> float:
    if _whole_number(n) and _whole_number(k) and 0 <= n <= LARGEST_CHOICE:
        try:
            return float(math.comb(int(n), int(k))) if k >= 0 else 0.0
        except OverflowError:
            return math.inf
    rest = n - k
    if not (math.isfinite(n) and math.isfinite(k)) or (n < 0 and _whole_number(n)):
        return math.nan
    if any(x < 0 and _whole_number(x) for x in (k, rest)):  # 1 over a pole
        return 0.0
    above, below, beside = _gamma_of_next(n), _gamma_of_next(k), _gamma_of_next(rest)
    if all(math.isfinite(x) and abs(x) > SMALLEST for x in (above, below, beside)):
        return above / below / beside
    try:
        size = math.exp(math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(rest + 1))
    except OverflowError:
        size = math.inf
    return math.prod(_gamma_sign(x + 1) for x in (n, k, rest)) * size


def _gamma_sign(x: float) -> float:
    """The sign of the gamma function of a number that is no pole of it."""
    return 1.0 if x > 0 or math.floor(x) % 2 == 0 else -1.0


LARGEST_FACTORIAL = 170  # whose factorial float64 holds
LARGEST_CHOICE = 10_000
SMALLEST = 1e-290  # of a gamma function that bears being divided by
_factorial = np.frompyfunc(_gamma_of_next, 1, 1)
_binomial = np.frompyfunc(_choose, 2, 1)


def factorial(x: Array) -> Array:
    return np.asarray(_factorial(x), dtype=np.float64)


def binomial(n: Array, k: Array) -> Array:
    return np.asarray(_binomial(n, k), dtype=np.float64)


EXACT_DETERMINANT = 1e12  # bound on a determinant of whole numbers that rounding recovers exactly
SINGULAR = 4e14  # condition number beyond which an inverse has no digits


def determinant(x: Array) -> Array:
    found = np.linalg.det(x)
    bound = np.prod(np.linalg.norm(x, axis=-1), axis=-1)  # Hadamard
    whole = np.all(x == np.rint(x), axis=(-2, -1)) & (bound < EXACT_DETERMINANT)
    return np.asarray(np.where(whole, np.rint(found), found))


def trace(x: Array) -> Array:
    return np.asarray(np.trace(x, axis1=-2, axis2=-1))


def inverse(x: Array) -> Array:
    """The inverse of each matrix; nan where it has none, or none that float64 can tell."""
    found = np.full(x.shape, np.nan)
    for place in np.ndindex(x.shape[:-2]):
        try:
            found[place] = np.linalg.inv(x[place])
        except np.linalg.LinAlgError:
            continue
    condition = np.linalg.norm(x, axis=(-2, -1)) * np.linalg.norm(found, axis=(-2, -1))
    return np.where((condition < SINGULAR)[..., np.newaxis, np.newaxis], found, np.nan)
