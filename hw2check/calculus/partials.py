"""The partial derivatives of a scalar formula, by SymPy: each shape of formula is derived once.

Two formulas have the same shape where they differ in their names and constants alone. What SymPy has derived
is kept on disk as text (cache.py). What is found there is read by the parser of this program, and taken only
where it agrees with differences of the formula at some points; so a second run of a problem does not import
SymPy.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice

import numpy as np

from hw2check.calculus.cache import Key, Store, user_folder
from hw2check.calculus.folding import folded
from hw2check.calculus.values import evaluate
from hw2check.formula.functions import Array
from hw2check.formula.notation import Vocabulary, parse
from hw2check.formula.text import to_text
from hw2check.formula.tree import (
    ONE,
    ZERO,
    Add,
    Call,
    Constant,
    Expression,
    Name,
    Neg,
    Number,
    Pow,
    add,
    children,
    is_closed,
    names,
    rebuild,
    shape_of,
    substitute,
    walk,
)

MAX_PARTS = 150  # of a formula that SymPy derives
MAX_POWER = 24  # literal exponent in such a formula
LITERAL_BITS = 100  # of a literal in such a formula
POINTS = 32  # at which a derivative that was kept is checked
ENOUGH = 2  # of these, at which formula and derivative must be defined
STEP = 1e-5  # of the differences
NEARLY = 1e-4  # relative difference allowed to them
REACH = 3.0  # the points lie within

_LAST = chr(0x10FFFF)  # sorts behind all that occurs in names

_store: list[Store] = []


def keep_nothing() -> None:
    """From now on nothing is read from the disk, and nothing written."""
    _store[:] = [Store(None)]
    _of_shape.cache_clear()


def save() -> None:
    """Keeps what was derived for the next run."""
    _kept().save()


def _kept() -> Store:
    if not _store:
        _store.append(Store(user_folder()))
    return _store[0]


def is_manageable(expression: Expression) -> bool:
    """Whether SymPy derives the expression in milliseconds: few parts, no huge powers or literals."""
    parts = list(islice(walk(expression), MAX_PARTS + 1))
    if len(parts) > MAX_PARTS:
        return False
    literals = [part.numeral.value for part in parts if isinstance(part, Number)]
    if any(
        max(value.numerator.bit_length(), value.denominator.bit_length()) > LITERAL_BITS for value in literals
    ):
        return False
    exponents = [part.exponent for part in parts if isinstance(part, Pow) and is_closed(part.exponent)]
    powers = [abs(float(evaluate(exponent, {}))) for exponent in exponents]
    return all(power <= MAX_POWER and power % 0.5 == 0 for power in powers)


def derivative(expression: Expression, name: str, relu_at_zero: Expression | None = None) -> Expression:
    """The partial derivative of a scalar expression by one of its names, as a formula.

    Raises KeyError for what has no scalar meaning.
    """
    if isinstance(expression, Add):
        parts = (derivative(term, name, relu_at_zero) for term in expression.terms if name in names(term))
        return add(*parts)
    return partials(expression, (name,), relu_at_zero).get(name, ZERO)


def partials(
    expression: Expression, by: tuple[str, ...], relu_at_zero: Expression | None = None
) -> dict[str, Expression]:
    """The partial derivatives of one scalar expression by those of some names that occur in it."""
    general, constants = without_constants(expression)
    shape, meant = shape_of(general)
    put: dict[str, Expression] = {own: constants.get(spelt) or Name(spelt) for own, spelt in meant.items()}
    found = {}
    for own, spelt in meant.items():
        if spelt in by and spelt not in constants:
            derived = substitute(_of_shape(shape, own, relu_at_zero), put)
            found[spelt] = folded(derived) if constants else derived
    return found


def without_constants(expression: Expression) -> tuple[Expression, dict[str, Expression]]:
    """The expression with names for its literals, and what each of these stands for.

    A part without names is one literal. Those in exponents, 0, 1 and pi stay: the form of a derivative
    depends on them. Equal ones have one name.
    """
    found: dict[Expression, str] = {}
    return _general(expression, found), {name: literal for literal, name in found.items()}


def _general(expression: Expression, found: dict[Expression, str]) -> Expression:
    if isinstance(expression, Neg):
        return Neg(_general(expression.operand, found))
    if not names(expression):
        return (
            Name(found.setdefault(expression, f"{_LAST}{len(found)}")) if _is_any(expression) else expression
        )
    if isinstance(expression, Name):
        return expression
    if isinstance(expression, Pow) and is_closed(expression.exponent):
        return Pow(_general(expression.base, found), expression.exponent)
    return rebuild(expression, tuple(_general(operand, found) for operand in children(expression)))


def _is_any(closed: Expression) -> bool:
    """Whether a constant has a value, and none that would change the form of a derivative."""
    if isinstance(closed, Number):
        return closed.numeral.value not in (0, 1)
    value = float(evaluate(closed, {})) if not isinstance(closed, Constant) else 0.0
    return bool(np.isfinite(value)) and value not in (0.0, 1.0)


@lru_cache(maxsize=4096)
def _of_shape(shape: Expression, placeholder: str, relu_at_zero: Expression | None) -> Expression:
    if isinstance(shape, Name):
        return ONE
    key = Key(to_text(shape), placeholder, to_text(relu_at_zero or ZERO))
    text = _kept().find(key)
    known = None if text is None else read_checked(text, shape, placeholder, relu_at_zero)
    if known is not None:
        return known
    from hw2check.calculus.symbolic import derive

    derived = derive(shape, placeholder, relu_at_zero)
    _kept().keep(key, to_text(derived))
    return derived


def read_checked(
    text: str, shape: Expression, name: str, relu_at_zero: Expression | None = None
) -> Expression | None:
    """A derivative that was kept as text; None where it is not one of the formula, or cannot be read."""
    known = names(shape)
    try:
        derived = parse(text, Vocabulary(lambda spelt: spelt if spelt in known else None))
        return derived if _agrees(derived, shape, name, relu_at_zero) else None
    except (ValueError, ArithmeticError, KeyError, NotImplementedError):  # NotationError, ShapeError too
        return None


def _agrees(derived: Expression, shape: Expression, name: str, relu_at_zero: Expression | None) -> bool:
    """Whether it has the slope of the formula wherever that is defined, at points that nobody can foresee."""
    points = {known: _anywhere() for known in names(shape)}
    for array in points.values():  # so that roots and logarithms are defined at some points
        array[: POINTS // 2] = np.abs(array[: POINTS // 2])
        array[: POINTS // 4] *= -1
    step = STEP * np.maximum(1.0, np.abs(points[name]))
    moved = {known: np.tile(array, 3) for known, array in points.items()}
    moved[name] = np.concatenate([points[name] - step, points[name], points[name] + step])
    values = _at(shape, moved, 3 * POINTS)
    slopes = _at(derived, points, POINTS)
    below, here, above = values.reshape(3, POINTS)
    with np.errstate(all="ignore"):
        left, right, middle = (here - below) / step, (above - here) / step, (above - below) / (2 * step)
        size = np.maximum(np.abs(middle), np.abs(slopes))
        noise = 1e-15 * np.max(np.abs(values.reshape(3, POINTS)), axis=0) / step
        smooth = np.abs(left - right) <= 1e-2 * np.abs(middle) + 1e-6
        defined = np.isfinite(middle) & smooth & (np.abs(middle) < 1e8)
        agree = np.isfinite(slopes) & (np.abs(slopes - middle) <= NEARLY * size + 1e-7 + 8 * noise)
    return bool(np.count_nonzero(defined) >= ENOUGH and np.all(agree[defined])) and _at_kink(
        derived, relu_at_zero, shape
    )


def _at(formula: Expression, values: Mapping[str, Array], count: int) -> Array:
    with np.errstate(all="ignore"):
        return np.broadcast_to(evaluate(formula, values, lead=1), (count,))


def _anywhere() -> Array:
    bits = np.frombuffer(os.urandom(4 * POINTS), np.uint32)
    return np.asarray(REACH * (bits / 2.0**31 - 1))


def _at_kink(derived: Expression, relu_at_zero: Expression | None, shape: Expression) -> bool:
    """Whether relu'(0) is what the problem says, or what the formula itself says: no difference shows it."""
    return _slopes_at_zero(derived) <= {relu_at_zero or ZERO} | _slopes_at_zero(shape)


def _slopes_at_zero(expression: Expression) -> set[Expression]:
    calls = [part for part in walk(expression) if isinstance(part, Call) and part.function == "relu'"]
    return {call.arguments[1] if len(call.arguments) > 1 else ZERO for call in calls}
