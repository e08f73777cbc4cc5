"""The expression tree: what a formula says, whoever wrote it and in whatever notation.

A tree is immutable. Sums and products take any number of operands, so a long sum is flat. A difference is
a sum with a negated term. `*` and `/` are elementwise and `@` is the matrix product, as in NumPy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from operator import attrgetter

from hw2check.formula.numeral import Numeral

_set = object.__setattr__


class _Tree:
    """What all nodes of a tree share: immutable, equal where type and parts are equal.

    Written out rather than generated: fifteen dataclasses would cost a tenth of the start-up time.
    """

    __slots__: tuple[str, ...] = ("_hash", "_names")
    __match_args__: tuple[str, ...] = ()
    _hash: int
    _names: tuple[str, ...]
    _key: Callable[[object], object]  # all parts, for comparison

    def __init_subclass__(cls) -> None:
        cls._key = staticmethod(attrgetter(*cls.__match_args__))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"an expression cannot be changed: {name}")

    def _parts(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__match_args__)

    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and self._key(self) == self._key(other))

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            _set(self, "_hash", hash((type(self), self._key(self))))
            return self._hash

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._parts()))})"

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), self._parts()


class Number(_Tree):
    """A literal, with its digits as written."""

    __slots__ = ("numeral",)
    __match_args__ = ("numeral",)
    numeral: Numeral

    def __init__(self, numeral: Numeral) -> None:
        _set(self, "numeral", numeral)

    def __hash__(self) -> int:
        return hash(self.numeral.text)

    def __eq__(self, other: object) -> bool:
        return self is other or (type(other) is Number and self.numeral == other.numeral)


class Constant(_Tree):
    """A number with a name of its own: pi."""

    __slots__ = ("name",)
    __match_args__ = ("name",)
    name: str

    def __init__(self, name: str) -> None:
        _set(self, "name", name)


class Name(_Tree):
    """A quantity: a given, a node (`x5`), or a derivative (`dLoss/dx8`)."""

    __slots__ = ("name",)
    __match_args__ = ("name",)
    name: str

    def __init__(self, name: str) -> None:
        _set(self, "name", name)


class Neg(_Tree):
    """-operand"""

    __slots__ = ("operand",)
    __match_args__ = ("operand",)
    operand: Expression

    def __init__(self, operand: Expression) -> None:
        _set(self, "operand", operand)


class Add(_Tree):
    """terms[0] + terms[1] + ...; at least two."""

    __slots__ = ("terms",)
    __match_args__ = ("terms",)
    terms: tuple[Expression, ...]

    def __init__(self, terms: tuple[Expression, ...]) -> None:
        _set(self, "terms", terms)


class Mul(_Tree):
    """factors[0] * factors[1] * ..., elementwise; at least two."""

    __slots__ = ("factors",)
    __match_args__ = ("factors",)
    factors: tuple[Expression, ...]

    def __init__(self, factors: tuple[Expression, ...]) -> None:
        _set(self, "factors", factors)


class Div(_Tree):
    """numerator / denominator, elementwise."""

    __slots__ = (
        "numerator",
        "denominator",
    )
    __match_args__ = (
        "numerator",
        "denominator",
    )
    numerator: Expression
    denominator: Expression

    def __init__(self, numerator: Expression, denominator: Expression) -> None:
        _set(self, "numerator", numerator)
        _set(self, "denominator", denominator)


class MatMul(_Tree):
    """left @ right."""

    __slots__ = (
        "left",
        "right",
    )
    __match_args__ = (
        "left",
        "right",
    )
    left: Expression
    right: Expression

    def __init__(self, left: Expression, right: Expression) -> None:
        _set(self, "left", left)
        _set(self, "right", right)


class Pow(_Tree):
    """base ^ exponent, elementwise."""

    __slots__ = (
        "base",
        "exponent",
    )
    __match_args__ = (
        "base",
        "exponent",
    )
    base: Expression
    exponent: Expression

    def __init__(self, base: Expression, exponent: Expression) -> None:
        _set(self, "base", base)
        _set(self, "exponent", exponent)


class Transpose(_Tree):
    """operand.T"""

    __slots__ = ("operand",)
    __match_args__ = ("operand",)
    operand: Expression

    def __init__(self, operand: Expression) -> None:
        _set(self, "operand", operand)


class Compare(_Tree):
    """left operator right, elementwise: 1 where it holds, else 0; the operator is > < >= or <=."""

    __slots__ = (
        "operator",
        "left",
        "right",
    )
    __match_args__ = (
        "operator",
        "left",
        "right",
    )
    operator: str
    left: Expression
    right: Expression

    def __init__(self, operator: str, left: Expression, right: Expression) -> None:
        _set(self, "operator", operator)
        _set(self, "left", left)
        _set(self, "right", right)


class Call(_Tree):
    """function(arguments); `axis` for the functions that work along one.

    keepdims  for those that remove it: it stays, of length 1
    """

    __slots__ = (
        "function",
        "arguments",
        "axis",
        "keepdims",
    )
    __match_args__ = (
        "function",
        "arguments",
        "axis",
        "keepdims",
    )
    function: str
    arguments: tuple[Expression, ...]
    axis: int | None
    keepdims: bool

    def __init__(
        self,
        function: str,
        arguments: tuple[Expression, ...],
        axis: int | None = None,
        keepdims: bool = False,
    ) -> None:
        _set(self, "function", function)
        _set(self, "arguments", arguments)
        _set(self, "axis", axis)
        _set(self, "keepdims", keepdims)


Position = int | tuple[int | None, int | None]  # one place along an axis, or the places from:to


class Index(_Tree):
    """operand[positions], counted from 0 as in NumPy; one position for each of the first axes."""

    __slots__ = ("operand", "positions")
    __match_args__ = ("operand", "positions")
    operand: Expression
    positions: tuple[Position, ...]

    def __init__(self, operand: Expression, positions: tuple[Position, ...]) -> None:
        _set(self, "operand", operand)
        _set(self, "positions", positions)


class Whole(_Tree):
    """A function of whole arrays, one of `functions.WHOLE`, that arranges their entries anew.

    sizes  the axis of concat; the shape of reshape, ones and zeros; else empty
    """

    __slots__ = ("function", "arguments", "sizes")
    __match_args__ = ("function", "arguments", "sizes")
    function: str
    arguments: tuple[Expression, ...]
    sizes: tuple[int, ...]

    def __init__(self, function: str, arguments: tuple[Expression, ...], sizes: tuple[int, ...] = ()) -> None:
        _set(self, "function", function)
        _set(self, "arguments", arguments)
        _set(self, "sizes", sizes)


class Matrix(_Tree):
    """A literal array: a vector where `flat`, else a matrix; the entries row by row."""

    __slots__ = (
        "rows",
        "flat",
    )
    __match_args__ = (
        "rows",
        "flat",
    )
    rows: tuple[tuple[Expression, ...], ...]
    flat: bool

    def __init__(self, rows: tuple[tuple[Expression, ...], ...], flat: bool = False) -> None:
        _set(self, "rows", rows)
        _set(self, "flat", flat)


Expression = (
    Number
    | Constant
    | Name
    | Neg
    | Add
    | Mul
    | Div
    | MatMul
    | Pow
    | Transpose
    | Compare
    | Call
    | Matrix
    | Index
    | Whole
)


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
