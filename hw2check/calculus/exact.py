"""Arithmetic to many digits: fractions as long as they stay short, else numbers of mpmath."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from math import comb, factorial, floor, isqrt
from typing import Any

import numpy as np
from mpmath import mp, mpf

from hw2check.calculus.values import Arithmetic, evaluate_with
from hw2check.formula.functions import ARGUMENTS, FUNCTIONS, Array, Function
from hw2check.formula.notation import Vocabulary, parse

MAX_BITS = 4096  # of an exact fraction; a longer one is rounded


LARGEST = 10**9  # argument of a function beyond which its value is not computed


NEAR_ZERO = mpf(10) ** -40  # a number below this that is not exact has no sign that can be trusted


MAX_SIDE = 20  # rows of a matrix that is inverted


Exact = Any  # Fraction or mpf


class UncertainError(ValueError):
    """A comparison that hangs on digits beyond those computed, or a value too large to compute."""


def objects(flat: list[Exact], shape: tuple[int, ...]) -> Array:
    result = np.empty(len(flat), dtype=object)
    result[:] = flat
    return result.reshape(shape)


def as_fraction(value: Exact) -> Fraction:
    if isinstance(value, Fraction | int):
        return Fraction(value)
    sign, mantissa, exponent, _ = value._mpf_
    if abs(exponent) > 100 * MAX_BITS and mantissa:
        raise UncertainError
    size = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return -size if sign else size


def is_nan(value: Exact) -> bool:
    return not isinstance(value, Fraction | int) and not mp.isfinite(value)


def _trimmed(value: Exact) -> Exact:
    """An exact fraction that has grown too long, rounded."""
    if (
        isinstance(value, Fraction)
        and value.denominator.bit_length() + value.numerator.bit_length() > MAX_BITS
    ):
        return _real(value)
    return value


def unchanged(value: Exact) -> Exact:
    return value


def _real(value: Exact) -> Any:
    if isinstance(value, Fraction):
        return _rounded(value.numerator) / _rounded(value.denominator)
    return mpf(value)


def _rounded(whole: int) -> Any:
    """A whole number as mpf; its trailing zero bits, which mpmath drops slowly, are dropped first."""
    zeros = max(0, (whole & -whole).bit_length() - 1)
    return mp.ldexp(mpf(whole >> zeros), zeros)


def elementwise(function: Callable[..., Exact], arguments: int = 1) -> Callable[..., Array]:
    def guarded(*values: Exact) -> Exact:
        if any(is_nan(value) for value in values):
            return mp.nan
        return _trimmed(function(*values))

    ufunc = np.frompyfunc(guarded, arguments, 1)
    return lambda *arrays: np.asarray(ufunc(*arrays), dtype=object)


def _smooth(function: Callable[[Any], Any], limit: int = LARGEST) -> Callable[[Exact], Exact]:
    """A function of mpmath, undefined where its value is not real."""

    def value(x: Exact) -> Exact:
        real = _real(x)
        if abs(real) > limit:
            raise UncertainError
        result = function(real)
        return result if isinstance(result, mpf) else mp.nan

    return value


def _sign(x: Exact) -> int:
    if isinstance(x, Fraction | int):
        return (x > 0) - (x < 0)
    if abs(x) < NEAR_ZERO:
        raise UncertainError
    return 1 if x > 0 else -1


def _difference(a: Exact, b: Exact) -> Exact:
    if isinstance(a, Fraction | int) and isinstance(b, Fraction | int):
        return a - b
    difference = _real(a) - _real(b)
    if abs(difference) < NEAR_ZERO * max(1, abs(_real(a))):
        raise UncertainError
    return difference


def _divided(a: Exact, b: Exact) -> Exact:
    if not b:
        return mp.nan
    return a / b if isinstance(a, Fraction | int) and isinstance(b, Fraction | int) else _real(a) / _real(b)


def _power(base: Exact, exponent: Exact) -> Exact:
    whole = isinstance(exponent, Fraction) and exponent.denominator == 1
    if whole and isinstance(base, Fraction):
        bits = base.numerator.bit_length() + base.denominator.bit_length()
        if not base and exponent < 0:
            return mp.nan
        if bits * abs(exponent) <= MAX_BITS:
            return base ** int(exponent)
    if not _real(base):
        return Fraction(1) if not exponent else Fraction(0) if _sign(exponent) > 0 else mp.nan
    if abs(_real(exponent) * mp.log(abs(_real(base)))) > LARGEST:
        raise UncertainError
    result = mp.power(_real(base), int(exponent) if whole else _real(exponent))
    return result if isinstance(result, mpf) else mp.nan


def _exp(x: Exact) -> Exact:
    return Fraction(1) if x == 0 else _smooth(mp.exp)(x)


def _sqrt(x: Exact) -> Exact:
    if isinstance(x, Fraction) and x >= 0:
        root = Fraction(isqrt(x.numerator), isqrt(x.denominator))
        if root * root == x:
            return root
    return _smooth(mp.sqrt)(x)


def _log(x: Exact) -> Exact:
    if isinstance(x, Fraction) and x == 1:
        return Fraction(0)
    return _smooth(mp.log, 10**400)(x) if _real(x) > 0 else mp.nan


def _below(x: Exact) -> int:
    """The greatest whole number that is not above x."""
    if not isinstance(x, Fraction | int) and abs(x - mp.nint(x)) < NEAR_ZERO * max(1, abs(x)):
        raise UncertainError
    return int(mp.floor(x)) if not isinstance(x, Fraction | int) else floor(x)


def _factorial(x: Exact) -> Exact:
    if isinstance(x, Fraction) and x.denominator == 1 and x <= MAX_FACTORIAL:
        return Fraction(factorial(int(x))) if x >= 0 else mp.nan
    return _smooth(lambda real: mp.gamma(real + 1), MAX_FACTORIAL)(x)


def _binomial(n: Exact, k: Exact) -> Exact:
    if all(isinstance(x, Fraction) and x.denominator == 1 for x in (n, k)) and 0 <= n <= MAX_FACTORIAL:
        return Fraction(comb(int(n), int(k))) if k >= 0 else _ZERO
    above, *below = _factorial(n), _factorial(k), _factorial(n - k)
    if is_nan(above):
        return mp.nan
    return _ZERO if any(map(is_nan, below)) else _divided(above, below[0] * below[1])


def _at_origin(
    value: Exact, function: Callable[[Any], Any], limit: int = LARGEST
) -> Callable[[Exact], Exact]:
    """A smooth function with its exact value at 0."""
    smooth = _smooth(function, limit)
    return lambda x: value if x == 0 else smooth(x)


MAX_FACTORIAL = 10_000  # argument of a factorial that is computed


_ZERO, _ONE, _HALF = Fraction(0), Fraction(1), Fraction(1, 2)


# What has no definition by others: of one number each.
_ELEMENTWISE: Mapping[str, Callable[[Exact], Exact]] = {
    "exp": _exp,
    "log": _log,
    "sqrt": _sqrt,
    "sin": _at_origin(_ZERO, mp.sin),
    "cos": _at_origin(_ONE, mp.cos),
    "tan": _at_origin(_ZERO, mp.tan),
    "sinh": _at_origin(_ZERO, mp.sinh),
    "cosh": _at_origin(_ONE, mp.cosh),
    "tanh": _at_origin(_ZERO, mp.tanh),
    "abs": abs,
    "sign": lambda x: Fraction(_sign(x)),
    "step": lambda x: (_HALF, _ONE, _ZERO)[_sign(x)],
    "floor": lambda x: Fraction(_below(x)),
    "ceil": lambda x: Fraction(-_below(-x)),
    "factorial": _factorial,
    "erf": _at_origin(_ZERO, mp.erf, 10**4),
    "erfc": _at_origin(_ONE, mp.erfc, 10**4),
}


def _greater(a: Exact, b: Exact) -> Exact:
    return a if _sign(_difference(a, b)) >= 0 else b


def _lesser(a: Exact, b: Exact) -> Exact:
    return b if _sign(_difference(a, b)) >= 0 else a


def _folded(function: Callable[[Exact, Exact], Exact], *arrays: Array) -> Array:
    combine = elementwise(function, 2)
    result = arrays[0]
    for array in arrays[1:]:
        result = combine(result, array)
    return result


def _reduced(
    function: Callable[[Exact, Exact], Exact], x: Array, axis: int | tuple[int, ...], keepdims: bool = False
) -> Array:
    """The axes of one array folded up by a function of two numbers."""
    axes = (axis,) if isinstance(axis, int) else axis
    axes = tuple(a % x.ndim for a in axes)
    kept = [a for a in range(x.ndim) if a not in axes]
    flat = np.transpose(x, (*kept, *axes)).reshape(*(x.shape[a] for a in kept), -1)
    result = _folded(function, *(flat[..., i] for i in range(flat.shape[-1])))
    return np.expand_dims(result, axes) if keepdims else result


def _share_of(function: Callable[[Exact, Exact], Exact]) -> Callable[..., Array]:
    """1 at the entry that max or min takes, shared where several are equal."""

    def share(x: Array, axis: int | tuple[int, ...]) -> Array:
        hits = elementwise(_is_same, 2)(x, _reduced(function, x, axis, keepdims=True))
        return elementwise(_divided, 2)(hits, _sum(hits, axis, keepdims=True))

    return share


def _is_same(a: Exact, b: Exact) -> Exact:
    return Fraction(int(a is b or a == b))


def _sum(x: Array, axis: int | tuple[int, ...], keepdims: bool = False) -> Array:
    return np.asarray(np.sum(x, axis=axis, keepdims=keepdims), dtype=object)


def _mean(x: Array, axis: int | tuple[int, ...], keepdims: bool = False) -> Array:
    axes = (axis,) if isinstance(axis, int) else axis
    count = 1
    for a in axes:
        count *= x.shape[a]
    return elementwise(partial(_shared, count))(_sum(x, axis, keepdims))


def _shared(count: int, total: Exact) -> Exact:
    return total * Fraction(1, count)


def _softmax(x: Array, axis: int) -> Array:
    powers = elementwise(_exp)(x)
    return elementwise(_divided, 2)(powers, np.sum(powers, axis=axis, keepdims=True))


def _log_softmax(x: Array, axis: int) -> Array:
    total = np.sum(elementwise(_exp)(x), axis=axis, keepdims=True)
    return np.asarray(x + np.negative(elementwise(_log)(total)), dtype=object)


def _eliminated(matrix: Array) -> tuple[Exact, Array]:
    """The determinant and the inverse of one square matrix, by elimination; nan where there is none."""
    size = len(matrix)
    wide = [[*row, *(Fraction(int(i == j)) for j in range(size))] for i, row in enumerate(matrix)]
    determinant: Exact = _ONE
    for column in range(size):
        pivot = next((i for i in range(column, size) if _sign(wide[i][column])), None)
        if pivot is None:
            return _ZERO, np.full((size, size), mp.nan, dtype=object)
        if pivot != column:
            wide[column], wide[pivot], determinant = wide[pivot], wide[column], -determinant
        lead = wide[column][column]
        determinant = _trimmed(determinant * lead)
        wide[column] = [_divided(entry, lead) for entry in wide[column]]
        for i in range(size):
            factor = wide[i][column]
            if i != column and factor:
                wide[i] = [_trimmed(a - factor * b) for a, b in zip(wide[i], wide[column], strict=True)]
    return determinant, objects([entry for row in wide for entry in row[size:]], (size, size))


def _of_matrices(matrices: Array) -> list[tuple[Exact, Array]]:
    size = matrices.shape[-1]
    if size > MAX_SIDE:
        raise UncertainError
    undefined = mp.nan, np.full((size, size), mp.nan, dtype=object)
    return [
        undefined if any(map(is_nan, matrix.flat)) else _eliminated(matrix)
        for matrix in matrices.reshape(-1, size, size)
    ]


def _determinant(x: Array) -> Array:
    return objects([determinant for determinant, _ in _of_matrices(x)], x.shape[:-2])


def _inverse(x: Array) -> Array:
    return np.asarray(np.stack([inverse for _, inverse in _of_matrices(x)]).reshape(x.shape), dtype=object)


def _defined(function: Function) -> Callable[..., Array]:
    """The value by its definition."""
    resolve = {name: name for name in ARGUMENTS}.get
    form = parse(function.definition, Vocabulary(resolve))

    def value(*arrays: Array) -> Array:
        defaults = map(_literal, map(Fraction, function.defaults[len(arrays) - function.least :]))
        return evaluate_with(EXACTLY, form, dict(zip(ARGUMENTS, (*arrays, *defaults), strict=False)))

    return value


def _compared(operator: str, a: Exact, b: Exact) -> Exact:
    sign = _sign(_difference(a, b))
    holds = {">": sign > 0, "<": sign < 0, ">=": sign >= 0, "<=": sign <= 0}[operator]
    return Fraction(int(holds))


def _literal(value: Fraction) -> Array:
    return objects([_trimmed(value)], (1,))


class _Constants(Mapping[str, Array]):
    """Constants, to the digits at work."""

    def __getitem__(self, name: str) -> Array:
        return objects([{"pi": +mp.pi}[name]], (1,))

    def __iter__(self) -> Any:
        return iter(("pi",))

    def __len__(self) -> int:
        return 1


EXACTLY = Arithmetic(
    _literal,
    _Constants(),
    elementwise(_divided, 2),
    elementwise(_power, 2),
    {operator: elementwise(partial(_compared, operator), 2) for operator in (">", "<", ">=", "<=")},
    {
        **{name: elementwise(function) for name, function in _ELEMENTWISE.items()},
        **{name: _defined(function) for name, function in FUNCTIONS.items() if function.definition},
        "binomial": elementwise(_binomial, 2),
        "det": _determinant,
        "trace": lambda x: _sum(np.diagonal(x, axis1=-2, axis2=-1), -1),
        "inverse": _inverse,
        "maximum": partial(_folded, _greater),
        "minimum": partial(_folded, _lesser),
        "max": partial(_reduced, _greater),
        "min": partial(_reduced, _lesser),
        "max'": _share_of(_greater),
        "min'": _share_of(_lesser),
        "sum": _sum,
        "mean": _mean,
        "softmax": _softmax,
        "log_softmax": _log_softmax,
    },
)
