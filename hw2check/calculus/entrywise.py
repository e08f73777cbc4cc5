"""Formulas of arrays as arrays of scalar formulas, one for each entry; their derivatives are then SymPy's.

What matrices do is written out from its definition: a product as sums of products, softmax as
exp(x_i)/(exp(x_1) + ... + exp(x_n)), a determinant by Laplace's expansion, an inverse as the adjugate divided
by it. So the derivative of each entry by each entry shares nothing with the rules of matrix calculus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw2check.calculus.partials import is_manageable, partials
from hw2check.calculus.values import evaluate
from hw2check.formula.functions import FUNCTIONS, Array
from hw2check.formula.shapes import Shape
from hw2check.formula.tree import (
    ONE,
    ZERO,
    Add,
    Call,
    Constant,
    Div,
    Expression,
    Index,
    MatMul,
    Matrix,
    Mul,
    Name,
    Neg,
    Number,
    Transpose,
    Whole,
    children,
    names,
    number,
    rebuild,
)

Entries = NDArray[np.object_]  # of Expression

MAX_ENTRIES = 400  # of all operands and the result of a formula that is written out
MAX_SLOPES = 4_000  # derivatives of one formula
MAX_ORDER = 3  # of a matrix whose determinant or inverse is written out


class NotWrittenOutError(ValueError):
    """A formula that is too large, or has no scalar form."""


def entries(formula: Expression, shapes: Mapping[str, Shape]) -> Entries:
    """The formula of each entry, in the shape of the value, in the names that `entry_name` gives.

    shapes  of all names in the formula
    Raises NotWrittenOutError for what is too large, and for functions that have no scalar form.
    """
    if sum(prod(shapes[name]) for name in names(formula)) > MAX_ENTRIES:
        raise NotWrittenOutError(f"more than {MAX_ENTRIES} entries")
    found = _entries(formula, shapes)
    if found.size > MAX_ENTRIES:
        raise NotWrittenOutError(f"more than {MAX_ENTRIES} entries")
    return found


def entry_name(name: str, place: tuple[int, ...]) -> str:
    """The name of one entry: W1[0, 2]; of a scalar its own."""
    return f"{name}{list(place)}" if place else name


def pulled_by_entries(
    formula: Expression, arriving: Array, values: Mapping[str, Array], relu_at_zero: Expression | None = None
) -> dict[str, Array]:
    """The cotangent of each name in a formula, from that of its value: every entry derived by every entry.

    Raises NotWrittenOutError as `entries` does, and where SymPy would take long.
    """
    used = names(formula)
    written = entries(formula, {name: values[name].shape for name in used})
    places = {
        entry_name(name, place): (name, place) for name in used for place in np.ndindex(values[name].shape)
    }
    here = {entry: values[name][place] for entry, (name, place) in places.items()}
    found = {name: np.zeros(values[name].shape) for name in used}
    for place, term in _terms(written):
        for entry, slope in partials(term, names(term), relu_at_zero).items():
            name, own = places[entry]
            found[name][own] += arriving[place] * evaluate(slope, here)
    return found


def _terms(written: Entries) -> list[tuple[tuple[int, ...], Expression]]:
    """The terms of all entries, each with the place of its entry."""
    found: list[tuple[tuple[int, ...], Expression]] = []
    for place in np.ndindex(written.shape):
        entry: Expression = written.item(*place)
        found += [(place, term) for term in (entry.terms if isinstance(entry, Add) else (entry,))]
    if sum(len(names(term)) for _, term in found) > MAX_SLOPES:
        raise NotWrittenOutError(f"more than {MAX_SLOPES} derivatives")
    if not all(is_manageable(term) for _, term in found):
        raise NotWrittenOutError("an entry has too many parts")
    return found


def _array(shape: Shape, items: Iterable[Any]) -> Entries:
    found = np.empty(shape, dtype=np.object_)
    for place, item in zip(np.ndindex(shape), items, strict=True):
        found[place] = item
    return found


def _entries(formula: Expression, shapes: Mapping[str, Shape]) -> Entries:
    match formula:
        case Number() | Constant():
            return _array((), [formula])
        case Name(name):
            return _array(shapes[name], (Name(entry_name(name, place)) for place in np.ndindex(shapes[name])))
        case Whole():
            return _arranged(formula, shapes)
        case Index(operand, positions):
            chosen = _entries(operand, shapes)[_places(positions)]
            return chosen if isinstance(chosen, np.ndarray) else _array((), [chosen])
    operands = [_entries(operand, shapes) for operand in children(formula)]
    match formula:
        case Transpose():
            return operands[0].T
        case MatMul():
            return _product(*operands)
        case Matrix(rows):
            shape = (len(rows[0]),) if formula.flat else (len(rows), len(rows[0]))
            return _array(shape, (operand.item() for operand in operands))
        case Call(function) if FUNCTIONS[function].along:
            return _along(formula, operands[0])
    together = np.broadcast_arrays(*operands)
    parts = zip(*(operand.reshape(-1) for operand in together), strict=True)
    return _array(together[0].shape, (rebuild(formula, part) for part in parts))


def _places(positions: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(slice(*position) if isinstance(position, tuple) else position for position in positions)


def _product(left: Entries, right: Entries) -> Entries:
    wide = left.reshape(-1, left.shape[-1])
    tall = right.reshape(right.shape[0], -1)
    sums = (_sum(map(_times, row, column)) for row, column in product(wide, tall.T))
    return _array((*left.shape[:-1], *right.shape[1:]), sums)


def _times(*factors: Expression) -> Expression:
    kept = tuple(factor for factor in factors if factor != ONE)
    return ZERO if ZERO in factors else Mul(kept) if len(kept) > 1 else kept[0] if kept else ONE


def _sum(terms: Iterable[Expression]) -> Expression:
    kept = tuple(term for term in terms if term != ZERO)
    return Add(kept) if len(kept) > 1 else kept[0] if kept else ZERO


def _arranged(formula: Whole, shapes: Mapping[str, Shape]) -> Entries:
    arguments, sizes = formula.arguments, formula.sizes
    match formula.function:
        case "ones" | "zeros":
            return _array(sizes, [ONE if formula.function == "ones" else ZERO] * prod(sizes))
        case "eye":
            return _array(sizes, (ONE if i == j else ZERO for i, j in np.ndindex(sizes)))
        case "concat":
            return np.concatenate([_entries(argument, shapes) for argument in arguments], axis=sizes[0])
        case "reshape":
            return _entries(arguments[0], shapes).reshape(sizes)
        case "outer":
            left, right = (_entries(argument, shapes).reshape(-1) for argument in arguments)
            return _array((left.size, right.size), (_times(a, b) for a, b in product(left, right)))
        case "place" if isinstance(arguments[1], Index):
            found = _entries(arguments[1].operand, shapes)
            found = _array(found.shape, [ZERO] * found.size)
            moved = _entries(arguments[0], shapes)
            found[_places(arguments[1].positions)] = moved if moved.ndim else moved.item()
            return found
    raise NotWrittenOutError(formula.function)


def _along(call: Call, operand: Entries) -> Entries:
    """A function along an axis, or of a square matrix."""
    if FUNCTIONS[call.function].square:
        return _SQUARE[call.function](_small(operand))
    if call.function not in _REDUCED and call.function not in _KEPT:
        raise NotWrittenOutError(call.function)
    if call.function in _KEPT:
        if not operand.ndim:
            return _array((), _KEPT[call.function]([operand.item()]))
        axis = min(call.axis or 0, operand.ndim - 1)
        moved = np.moveaxis(operand, axis, -1)
        rows = (entry for row in moved.reshape(-1, moved.shape[-1]) for entry in _KEPT[call.function](row))
        return np.moveaxis(_array(moved.shape, rows), -1, axis)
    if call.axis is None or not operand.ndim:
        shape = (1,) * operand.ndim if call.keepdims else ()
        return _array(shape, [_REDUCED[call.function](list(operand.reshape(-1)))])
    moved = np.moveaxis(operand, call.axis, -1)
    reduced = (_REDUCED[call.function](list(row)) for row in moved.reshape(-1, moved.shape[-1]))
    found = _array(moved.shape[:-1], reduced)
    return np.expand_dims(found, call.axis) if call.keepdims else found


def _mean(parts: list[Expression]) -> Expression:
    return _sum(Div(part, number(len(parts))) for part in parts)


def _extreme(name: str) -> Callable[[list[Expression]], Expression]:
    return lambda parts: Call(name, tuple(parts)) if len(parts) > 1 else parts[0]


def _exponentials(parts: Iterable[Expression]) -> Expression:
    return _sum(Call("exp", (part,)) for part in parts)


def _small(matrix: Entries) -> Entries:
    if len(matrix) > MAX_ORDER:
        raise NotWrittenOutError(f"a determinant of more than {MAX_ORDER} rows")
    return matrix


def _determinant(matrix: Entries) -> Expression:
    if not len(matrix):
        return ONE
    return _sum(_times(matrix[0, j], _cofactor(matrix, 0, j)) for j in range(len(matrix)))


def _cofactor(matrix: Entries, row: int, column: int) -> Expression:
    minor = _determinant(np.delete(np.delete(matrix, row, axis=0), column, axis=1))
    return Neg(minor) if (row + column) % 2 else minor


def _inverse(matrix: Entries) -> Entries:
    whole = _determinant(matrix)
    return _array(matrix.shape, (Div(_cofactor(matrix, j, i), whole) for i, j in np.ndindex(matrix.shape)))


_REDUCED: Mapping[str, Callable[[list[Expression]], Expression]] = {
    "sum": _sum,
    "mean": _mean,
    "max": _extreme("maximum"),
    "min": _extreme("minimum"),
}
_KEPT: Mapping[str, Callable[[Iterable[Expression]], list[Expression]]] = {
    "softmax": lambda parts: [Div(Call("exp", (part,)), _exponentials(parts)) for part in parts],
    "log_softmax": lambda parts: [Add((part, Neg(Call("log", (_exponentials(parts),))))) for part in parts],
}
_SQUARE: Mapping[str, Callable[[Entries], Entries]] = {
    "det": lambda matrix: _array((), [_determinant(matrix)]),
    "trace": lambda matrix: _array((), [_sum(np.diagonal(matrix))]),
    "inverse": _inverse,
}
