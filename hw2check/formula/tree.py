"""The expression tree: what a formula says, whoever wrote it and in whatever notation.

A tree is immutable. Sums and products take any number of operands, so a long sum is flat. A difference is
a sum with a negated term. `*` and `/` are elementwise and `@` is the matrix product, as in NumPy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from hw2check.formula.nodes import (
    Add,
    Call,
    Compare,
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
    Position,
    Pow,
    Transpose,
    Whole,
)
from hw2check.formula.numeral import Numeral

__all__ = [
    "ONE",
    "ZERO",
    "Add",
    "Call",
    "Compare",
    "Constant",
    "Div",
    "Expression",
    "Index",
    "MatMul",
    "Matrix",
    "Mul",
    "Name",
    "Neg",
    "Number",
    "Position",
    "Pow",
    "Transpose",
    "Whole",
    "add",
    "children",
    "depth",
    "is_closed",
    "mul",
    "names",
    "number",
    "rebuild",
    "shape_of",
    "substitute",
    "walk",
]

_set = object.__setattr__


def number(value: int | Fraction) -> Expression:
    """The literal of an exact value: decimal where it has finitely many digits, else a quotient."""
    if value < 0:
        return Neg(number(-value))
    value = Fraction(value)
    places = _decimal_places(value.denominator)
    if places is None:
        return Div(number(value.numerator), number(value.denominator))
    digits = str(value.numerator * 10**places // value.denominator).rjust(places + 1, "0")
    text = digits if places == 0 else f"{digits[:-places]}.{digits[-places:]}"
    return Number(Numeral(text, value, Fraction(1, 10**places), len(digits.lstrip("0")), places == 0))


def _decimal_places(denominator: int) -> int | None:
    for places in range(10):
        if 10**places % denominator == 0:
            return places
    return None


ONE = number(1)


ZERO = number(0)


_CHILDREN: Mapping[type, Callable[..., tuple[Expression, ...]]] = {
    Number: lambda _: (),
    Constant: lambda _: (),
    Name: lambda _: (),
    Neg: lambda e: (e.operand,),
    Add: lambda e: e.terms,
    Mul: lambda e: e.factors,
    Div: lambda e: (e.numerator, e.denominator),
    MatMul: lambda e: (e.left, e.right),
    Pow: lambda e: (e.base, e.exponent),
    Transpose: lambda e: (e.operand,),
    Compare: lambda e: (e.left, e.right),
    Call: lambda e: e.arguments,
    Matrix: lambda e: tuple(entry for row in e.rows for entry in row),
    Index: lambda e: (e.operand,),
    Whole: lambda e: e.arguments,
}


_REBUILD: Mapping[type, Callable[..., Expression]] = {
    Number: lambda e, _: e,
    Constant: lambda e, _: e,
    Name: lambda e, _: e,
    Neg: lambda _, c: Neg(*c),
    Add: lambda _, c: Add(tuple(c)),
    Mul: lambda _, c: Mul(tuple(c)),
    Div: lambda _, c: Div(*c),
    MatMul: lambda _, c: MatMul(*c),
    Pow: lambda _, c: Pow(*c),
    Transpose: lambda _, c: Transpose(*c),
    Compare: lambda e, c: Compare(e.operator, *c),
    Call: lambda e, c: Call(e.function, tuple(c), e.axis, e.keepdims),
    Matrix: lambda e, c: Matrix(_regrouped(c, len(e.rows[0])), e.flat),
    Index: lambda e, c: Index(c[0], e.positions),
    Whole: lambda e, c: Whole(e.function, tuple(c), e.sizes),
}


def _regrouped(entries: tuple[Expression, ...], width: int) -> tuple[tuple[Expression, ...], ...]:
    return tuple(tuple(entries[start : start + width]) for start in range(0, len(entries), width))


def children(expression: Expression) -> tuple[Expression, ...]:
    """The operands, left to right."""
    return _CHILDREN[type(expression)](expression)


def rebuild(expression: Expression, operands: tuple[Expression, ...]) -> Expression:
    """The same operation on other operands, as many as `children` gives."""
    return _REBUILD[type(expression)](expression, operands)


def walk(expression: Expression) -> Iterator[Expression]:
    """Every subtree, operands after their operation, left to right."""
    stack = [expression]
    while stack:
        current = stack.pop()
        yield current
        operands = _CHILDREN[type(current)](current)
        if operands:
            stack.extend(reversed(operands))


def depth(expression: Expression) -> int:
    """The number of levels, found without recursion."""
    level, found = [expression], 0
    while level:
        found += 1
        level = [operand for part in level for operand in children(part)]
    return found


def names(expression: Expression) -> tuple[str, ...]:
    """The names that occur, each once, in the order of their first occurrence; found once for each tree."""
    try:
        return expression._names  # noqa: SLF001
    except AttributeError:
        found = tuple(dict.fromkeys(part.name for part in walk(expression) if type(part) is Name))
        _set(expression, "_names", found)
        return found


def is_closed(expression: Expression) -> bool:
    """Whether no name occurs."""
    return not names(expression)


def substitute(expression: Expression, replacements: Mapping[str, Expression]) -> Expression:
    """The expression with names replaced."""
    if isinstance(expression, Name):
        return replacements.get(expression.name, expression)
    operands = children(expression)
    if not operands:
        return expression
    return rebuild(expression, tuple(substitute(operand, replacements) for operand in operands))


def shape_of(expression: Expression) -> tuple[Expression, dict[str, str]]:
    """The expression with placeholders for its names, and the name that each placeholder stands for.

    Expressions that differ in their names alone have the same shape, if the names sort alike.
    """
    ordered = sorted(names(expression), key=_natural)
    placeholders = {name: f"v{position:04d}" for position, name in enumerate(ordered)}
    shape = substitute(expression, {name: Name(own) for name, own in placeholders.items()})
    return shape, {own: name for name, own in placeholders.items()}


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name) if part]


def add(*terms: Expression) -> Expression:
    """The sum of any number of terms; zeros dropped."""
    kept = tuple(term for term in terms if term != ZERO)
    return Add(kept) if len(kept) > 1 else kept[0] if kept else ZERO


def mul(*factors: Expression) -> Expression:
    """The product of any number of factors: flat, ones dropped, 0 if one is 0, signs in front."""
    flat: list[Expression] = []
    negative = False
    for factor in factors:
        while isinstance(factor, Neg):
            factor, negative = factor.operand, not negative
        if factor == ZERO:
            return ZERO
        flat.extend(factor.factors if isinstance(factor, Mul) else () if factor == ONE else (factor,))
    product = Mul(tuple(flat)) if len(flat) > 1 else flat[0] if flat else ONE
    return Neg(product) if negative else product


_COMPARE, _SUM, _SIGN, _PRODUCT, _POWER, _ATOM = range(6)
