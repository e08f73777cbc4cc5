"""Values to many digits, where float64 leaves a doubt.

Whole numbers, decimals and fractions stay exact through + - * / and whole powers; other functions are taken
to DIGITS digits by mpmath. Nothing overflows, and what float64 cancels away is still there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from mpmath import mp

from hw2check.calculus.exact import (
    EXACTLY,
    Exact,
    UncertainError,
    as_fraction,
    elementwise,
    is_nan,
    objects,
    unchanged,
)
from hw2check.calculus.values import ShapeError, evaluate_with
from hw2check.formula.functions import Array
from hw2check.formula.graph import Node
from hw2check.formula.numeral import Numeral

DIGITS = 60  # of a value that is not rational


MORE_DIGITS = 90  # of the second computation, which shows how many digits of the first hold


AGREE = Fraction(1, 10**25)  # relative difference below which both computations give the same value


ALIKE = Fraction(1, 10**45)  # relative difference between two such values that is none


MOST_DIGITS = 1000  # of the computation that looks behind a 0 by rounding


HIDDEN = Fraction(1, 10**900)  # size of what is 0 to that many digits too


FAINT = Fraction(1, 10**850)  # size of a value that a 0 by rounding may stand for


MAX_ENTRIES = 20_000  # of all values together


def precise_values(nodes: Iterable[Node], values: Mapping[str, Array]) -> dict[str, Array] | None:
    """The values of nodes to many digits: float64 arrays of objects Fraction.

    nodes   in an order of evaluation
    values  of all names that they need from outside: float64 arrays, or arrays of Fraction
    None where that would take too long, or where even DIGITS digits do not settle it. A value that is not
    finite, or not real, is None in its array.
    """
    nodes = tuple(nodes)
    runs = []
    for digits in (DIGITS, MORE_DIGITS):
        with mp.workdps(digits):
            try:
                runs.append(_run(nodes, values))
            except (UncertainError, ShapeError, NotImplementedError):
                return None
    try:
        found = {node.name: _agreed(runs[0][node.name], runs[1][node.name]) for node in nodes}
        if any(_may_be_hidden(found[node.name], runs[1][node.name]) for node in nodes):
            with mp.workdps(MOST_DIGITS):
                longest = _run(nodes, values)
            found = {node.name: _unhidden(found[node.name], longest[node.name]) for node in nodes}
        return found
    except UncertainError:
        return None


def _run(nodes: tuple[Node, ...], given: Mapping[str, Array]) -> dict[str, Array]:
    used = {name for node in nodes for name in node.inputs if name in given}
    if sum(given[name].size for name in used) > MAX_ENTRIES:
        raise UncertainError
    values = {name: elementwise(unchanged)(exactly(given[name])[np.newaxis]) for name in used}
    total = 0
    for node in nodes:
        result = evaluate_with(EXACTLY, node.formula, values)
        total += result.size
        if total > MAX_ENTRIES:
            raise UncertainError
        values[node.name] = elementwise(unchanged)(result)
    return {node.name: values[node.name][0] for node in nodes}


def same(first: Array, second: Array) -> bool | None:
    """Whether two results of `precise_values` are equal to many digits.

    None where one is undefined, and where one is 0, perhaps by rounding, and the other not far from it.
    """
    if first.size != second.size and 1 not in (first.size, second.size):
        return False
    a, b = np.broadcast_arrays(first.reshape(-1), second.reshape(-1))
    pairs = list(zip(a, b, strict=True))
    if any(x is None or y is None for x, y in pairs):
        return None
    if any(not (x and y) and 0 < max(abs(x), abs(y)) < FAINT for x, y in pairs):
        return None
    return all(abs(x - y) <= ALIKE * max(abs(x), abs(y)) for x, y in pairs)


def exactly(array: Array) -> Array:
    """Float64 numbers as the decimals that they were typed as: 0.1 is a tenth. Fractions stay themselves.

    What has no value (None) is nan.
    """
    array = np.asarray(array)
    if array.dtype == object:
        return objects([mp.nan if x is None else x for x in array.reshape(-1)], array.shape)
    flat = [Fraction(repr(float(x))) if np.isfinite(x) else mp.nan for x in array.reshape(-1)]
    return objects(flat, array.shape)


def typed(numerals: Iterable[Numeral], shape: tuple[int, ...]) -> Array:
    """Numbers as they were typed."""
    return objects([numeral.value for numeral in numerals], shape)


def _agreed(first: Any, second: Any) -> Array:
    pairs = zip(np.asarray(first, dtype=object).flat, np.asarray(second, dtype=object).flat, strict=True)
    return objects([_agreed_number(a, b) for a, b in pairs], np.shape(second))


def _agreed_number(first: Exact, second: Exact) -> Fraction | None:
    if is_nan(first) or is_nan(second):
        return None
    a, b = as_fraction(first), as_fraction(second)
    if a == b:
        return b
    if abs(b) <= 2 * abs(a - b):  # nothing but rounding is left
        return Fraction(0)
    if abs(a - b) > AGREE * abs(b):
        raise UncertainError
    return b


def _may_be_hidden(found: Array, computed: Array) -> bool:
    """Whether an entry is 0 by rounding alone: 1 + exp(-400) - 1 is not, to more digits."""
    pairs = zip(found.flat, np.asarray(computed, dtype=object).flat, strict=True)
    return any(value == 0 and not isinstance(exact, Fraction | int) for value, exact in pairs)


def _unhidden(found: Array, longest: Array) -> Array:
    """The entries, those that are 0 by rounding with what is left of them to MOST_DIGITS digits."""
    pairs = zip(found.flat, np.asarray(longest, dtype=object).flat, strict=True)
    return objects([value if value is None or value else _left(exact) for value, exact in pairs], found.shape)


def _left(longest: Exact) -> Fraction:
    value = Fraction(0) if is_nan(longest) else as_fraction(longest)
    return value if abs(value) > HIDDEN else Fraction(0)
