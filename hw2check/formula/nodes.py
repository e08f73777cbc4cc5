"""The nodes of an expression tree: immutable, equal where type and parts are equal."""

from __future__ import annotations

from collections.abc import Callable
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
