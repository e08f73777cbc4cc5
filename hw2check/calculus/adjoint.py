"""Derivatives as values: reverse-mode differentiation of expression trees at sample points, by NumPy alone.

A cotangent is d(output)/d(value of this subtree), of that value's shape behind one axis of sample points.
Each rule turns the cotangent of an operation into those of its operands (A. Griewank, A. Walther, Evaluating
Derivatives, 2008, chapter 3). No formula is built, so nothing here needs SymPy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from hw2check.calculus.rules import slope_form
from hw2check.calculus.values import Values, quietly
from hw2check.formula.functions import ARGUMENTS, EXTREMES, FUNCTIONS, Array
from hw2check.formula.graph import Node
from hw2check.formula.notation import parse
from hw2check.formula.tree import (
    ZERO,
    Add,
    Call,
    Div,
    Expression,
    Index,
    MatMul,
    Matrix,
    Mul,
    Name,
    Neg,
    Number,
    Pow,
    Transpose,
    Whole,
    is_closed,
)

Cotangents = dict[str, Array]  # the cotangent of each name


class Declared(Cotangents):
    """Cotangents in a problem that says what relu'(0) is."""

    relu_at_zero: Expression | None = None  # what the problem takes as relu'(0), None for 0


def pull(expression: Expression, cotangent: Array, values: Values, into: Cotangents) -> None:
    """Adds to `into` the cotangent of every name in the expression.

    cotangent  shape (K, ...) of the expression's value
    values     every name at K points: shape (K, ...)
    Raises NotImplementedError for a function without a rule.
    """
    with np.errstate(all="ignore"):
        _pull(expression, cotangent, values, into)


def _pull(expression: Expression, cotangent: Array, values: Values, into: Cotangents) -> None:
    rule = _RULES.get(type(expression))
    if rule is not None and not is_closed(expression):
        rule(expression, cotangent, values, into)


def pull_through(nodes: Iterable[Node], cotangents: Cotangents, values: Values) -> Cotangents:
    """The cotangents of all names, from those of some nodes; the nodes in an order of evaluation."""
    for node in reversed(tuple(nodes)):
        if node.name in cotangents:
            pull(node.formula, cotangents[node.name], values, cotangents)
    return cotangents


def _value(expression: Expression, values: Values) -> Array:
    return quietly(expression, values, 1)


def _fit(array: Array, rank: int) -> Array:
    """The array with axes behind that of the points for an operation with arrays of that rank."""
    missing = rank - array.ndim
    return (
        array.reshape(array.shape[:1] + (1,) * missing + array.shape[1:]) if 0 < array.ndim < rank else array
    )


def _times(*arrays: Array) -> Array:
    rank = max(array.ndim for array in arrays)
    product = _fit(arrays[0], rank)
    for array in arrays[1:]:
        product = product * _fit(array, rank)
    return product


def _summed(cotangent: Array, shape: tuple[int, ...]) -> Array:
    """The cotangent of an operand that was broadcast: summed over the axes along which it was repeated."""
    if cotangent.shape == shape:
        return cotangent
    if cotangent.ndim > len(shape):
        extra = tuple(range(1, 1 + cotangent.ndim - len(shape)))
        cotangent = cotangent.sum(axis=extra)
    repeated = tuple(
        axis
        for axis, (have, want) in enumerate(zip(cotangent.shape, shape, strict=True))
        if axis and want == 1 < have
    )
    if repeated:
        cotangent = cotangent.sum(axis=repeated, keepdims=True)
    return cotangent if cotangent.shape == shape else np.broadcast_to(cotangent, shape)


def _to(operand: Expression, cotangent: Array, values: Values, into: Cotangents) -> None:
    if isinstance(operand, Name | Number):
        _pull(operand, cotangent, values, into)
    elif not is_closed(operand):
        _pull(operand, _summed(cotangent, _value(operand, values).shape), values, into)


def _name(expression: Name, cotangent: Array, values: Values, into: Cotangents) -> None:
    own = _summed(_fit(cotangent, values[expression.name].ndim), values[expression.name].shape)
    into[expression.name] = into[expression.name] + own if expression.name in into else own


def _neg(expression: Neg, cotangent: Array, values: Values, into: Cotangents) -> None:
    _pull(expression.operand, -cotangent, values, into)


def _add(expression: Add, cotangent: Array, values: Values, into: Cotangents) -> None:
    for term in expression.terms:
        _to(term, cotangent, values, into)


def _mul(expression: Mul, cotangent: Array, values: Values, into: Cotangents) -> None:
    factors = [_value(factor, values) for factor in expression.factors]
    before = [cotangent]
    for factor in factors[:-1]:
        before.append(_times(before[-1], factor))
    after = np.ones(1)
    for position in range(len(factors) - 1, -1, -1):
        _to(expression.factors[position], _times(before[position], after), values, into)
        after = _times(after, factors[position])


def _div(expression: Div, cotangent: Array, values: Values, into: Cotangents) -> None:
    top, bottom = _value(expression.numerator, values), _value(expression.denominator, values)
    _to(expression.numerator, _times(cotangent, 1 / bottom), values, into)
    _to(expression.denominator, -_times(cotangent, top, 1 / bottom, 1 / bottom), values, into)


def _pow(expression: Pow, cotangent: Array, values: Values, into: Cotangents) -> None:
    base, exponent = _value(expression.base, values), _value(expression.exponent, values)
    rank = max(base.ndim, exponent.ndim)
    base, exponent = _fit(base, rank), _fit(exponent, rank)
    slope = exponent * np.float_power(base, exponent - 1)
    _to(expression.base, _times(cotangent, slope), values, into)
    if not is_closed(expression.exponent):
        growth = np.log(base) * np.float_power(base, exponent)
        _to(expression.exponent, _times(cotangent, growth), values, into)


def _matmul(expression: MatMul, cotangent: Array, values: Values, into: Cotangents) -> None:
    left, right = _value(expression.left, values), _value(expression.right, values)
    wide = left[:, np.newaxis, :] if left.ndim == 2 else left
    tall = right[:, :, np.newaxis] if right.ndim == 2 else right
    points = len(cotangent)  # a constant has one value for all of them
    flat = cotangent.reshape(points, wide.shape[1], tall.shape[2])
    to_left, to_right = flat @ np.swapaxes(tall, 1, 2), np.swapaxes(wide, 1, 2) @ flat
    _to(expression.left, to_left.reshape(points, *left.shape[1:]), values, into)
    _to(expression.right, to_right.reshape(points, *right.shape[1:]), values, into)


def _transpose(expression: Transpose, cotangent: Array, values: Values, into: Cotangents) -> None:
    turned = np.swapaxes(cotangent, 1, 2) if cotangent.ndim == 3 else cotangent
    _pull(expression.operand, turned, values, into)


def _matrix(expression: Matrix, cotangent: Array, values: Values, into: Cotangents) -> None:
    flat = cotangent.reshape(cotangent.shape[0], -1)
    entries = [entry for row in expression.rows for entry in row]
    for position, entry in enumerate(entries):
        _pull(entry, flat[:, position], values, into)


def _call(expression: Call, cotangent: Array, values: Values, into: Cotangents) -> None:
    name, arguments = expression.function, expression.arguments
    if FUNCTIONS[name].along:
        if not name.endswith("'"):
            share = _ALONG[name](expression, cotangent, _value(arguments[0], values))
            _to(arguments[0], share, values, into)
    elif name in EXTREMES:
        _chosen(expression, cotangent, values, into)
    else:
        at_zero = into.relu_at_zero if isinstance(into, Declared) else None
        for position, argument in enumerate(arguments):
            if not is_closed(argument):
                slope = _slope(expression, position, values, at_zero or ZERO)
                _to(argument, _times(cotangent, slope), values, into)


def _slope(call: Call, position: int, values: Values, relu_at_zero: Expression) -> Array:
    """The derivative of an elementwise function by one of its arguments."""
    try:
        form = slope_form(call.function, position, relu_at_zero)
    except KeyError:
        raise NotImplementedError(f"the derivative of {call.function}") from None
    function = FUNCTIONS[call.function]
    defaults = map(parse, function.defaults[len(call.arguments) - function.least :])
    arguments = (_value(argument, values) for argument in (*call.arguments, *defaults))
    return _value(form, dict(zip(ARGUMENTS, arguments, strict=False)))


def _chosen(expression: Call, cotangent: Array, values: Values, into: Cotangents) -> None:
    """Max and min of several: the cotangent goes to the operands that are equal to the result, shared."""
    result = _value(expression, values)
    operands = [_fit(_value(argument, values), result.ndim) for argument in expression.arguments]
    hits = [(operand == result).astype(np.float64) for operand in operands]
    count = np.maximum(sum(hits[1:], hits[0]), 1.0)
    for argument, hit in zip(expression.arguments, hits, strict=True):
        _to(argument, _times(cotangent, hit / count), values, into)


def _places(expression: Index) -> tuple[int | slice, ...]:
    return (slice(None), *(slice(*p) if isinstance(p, tuple) else p for p in expression.positions))


def _index(expression: Index, cotangent: Array, values: Values, into: Cotangents) -> None:
    moved = np.zeros(_value(expression.operand, values).shape)
    moved[_places(expression)] = cotangent
    pull(expression.operand, moved, values, into)


def _whole(expression: Whole, cotangent: Array, values: Values, into: Cotangents) -> None:
    arguments = expression.arguments
    if expression.function == "place" and isinstance(arguments[1], Index):
        _to(arguments[0], cotangent[_places(arguments[1])], values, into)
        return
    operands = [_value(argument, values) for argument in arguments]
    if expression.function == "reshape":
        pull(arguments[0], cotangent.reshape(len(cotangent), *operands[0].shape[1:]), values, into)
    elif expression.function == "outer":
        left, right = (operand.reshape(len(operand), -1) for operand in operands)
        by_left = np.einsum("kij,kj->ki", cotangent, np.broadcast_to(right, (len(cotangent), right.shape[1])))
        by_right = np.einsum("kij,ki->kj", cotangent, np.broadcast_to(left, (len(cotangent), left.shape[1])))
        for argument, operand, share in zip(arguments, operands, (by_left, by_right), strict=True):
            pull(argument, share.reshape(len(cotangent), *operand.shape[1:]), values, into)
    elif expression.function == "concat":
        axis = expression.sizes[0] + 1
        cuts = np.cumsum([operand.shape[axis] for operand in operands])[:-1]
        for argument, share in zip(arguments, np.split(cotangent, cuts, axis=axis), strict=True):
            pull(argument, share, values, into)


def _axes(expression: Call, operand: Array) -> tuple[int, ...]:
    rank = operand.ndim
    if expression.axis is None:
        return tuple(range(1, rank))
    return (min(expression.axis + 1, rank - 1),)


def _spread(expression: Call, cotangent: Array, operand: Array) -> Array:
    """A reduced cotangent, repeated along the axes that were reduced."""
    if operand.ndim == 1:
        return cotangent
    shape = list(operand.shape)
    for axis in _axes(expression, operand):
        shape[axis] = 1
    return np.broadcast_to(cotangent.reshape(shape), operand.shape)


def _mean(expression: Call, cotangent: Array, operand: Array) -> Array:
    count = np.prod([operand.shape[axis] for axis in _axes(expression, operand)], dtype=np.float64)
    return np.asarray(_spread(expression, cotangent, operand) / count)


def _extreme(expression: Call, cotangent: Array, operand: Array) -> Array:
    axes = _axes(expression, operand)
    reduce = np.max if expression.function == "max" else np.min
    hit = (operand == reduce(operand, axis=axes, keepdims=True)).astype(np.float64)
    return np.asarray(_spread(expression, cotangent, operand) * hit / hit.sum(axis=axes, keepdims=True))


def _softmax(expression: Call, cotangent: Array, operand: Array) -> Array:
    axis = _keep_axis(expression, operand)
    if not axis:
        return np.zeros_like(operand)
    result = FUNCTIONS["softmax"].value(operand, axis)
    return np.asarray(result * (cotangent - np.sum(cotangent * result, axis=axis, keepdims=True)))


def _log_softmax(expression: Call, cotangent: Array, operand: Array) -> Array:
    axis = _keep_axis(expression, operand)
    if not axis:
        return np.zeros_like(operand)
    result = FUNCTIONS["softmax"].value(operand, axis)
    return np.asarray(cotangent - result * np.sum(cotangent, axis=axis, keepdims=True))


def _trace(_: Call, cotangent: Array, operand: Array) -> Array:
    return np.asarray(cotangent[:, np.newaxis, np.newaxis] * np.eye(operand.shape[-1]))


def _determinant(_: Call, cotangent: Array, operand: Array) -> Array:
    scale = cotangent * FUNCTIONS["det"].value(operand)
    return np.asarray(scale[:, np.newaxis, np.newaxis] * _inverse_turned(operand))


def _inverse(_: Call, cotangent: Array, operand: Array) -> Array:
    turned = _inverse_turned(operand)
    return np.asarray(-(turned @ cotangent @ turned))


def _inverse_turned(operand: Array) -> Array:
    return np.swapaxes(FUNCTIONS["inverse"].value(operand), 1, 2)


def _keep_axis(expression: Call, operand: Array) -> int:
    return min(expression.axis or 0, operand.ndim - 2) + 1


_ALONG: Mapping[str, Callable[[Call, Array, Array], Array]] = {
    "sum": _spread,
    "mean": _mean,
    "max": _extreme,
    "min": _extreme,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "trace": _trace,
    "det": _determinant,
    "inverse": _inverse,
}

_RULES: Mapping[type, Callable[..., None]] = {
    Name: _name,
    Neg: _neg,
    Add: _add,
    Mul: _mul,
    Div: _div,
    Pow: _pow,
    MatMul: _matmul,
    Transpose: _transpose,
    Call: _call,
    Matrix: _matrix,
    Index: _index,
    Whole: _whole,
}
