"""The shape of a formula's value, from the shapes of its names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

from hw2check.formula.functions import FUNCTIONS
from hw2check.formula.quantity import quantity
from hw2check.formula.tree import (
    Call,
    Constant,
    Expression,
    Index,
    MatMul,
    Matrix,
    Name,
    Number,
    Position,
    Transpose,
    Whole,
    children,
)

Shape = tuple[int, ...]  # () of a number, (n,) of a vector, (m, n) of a matrix


class Shapes:
    """What the shapes of some names make of formulas over them; each formula is looked into once."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self.shapes = shapes  # of every name; a derivative dU/dV has the shape of V
        self.known: dict[Expression, Shape] = {}
        self.closed: dict[Expression, bool] = {}

    def is_closed(self, expression: Expression) -> bool:
        """Whether no name occurs."""
        known = self.closed.get(expression)
        if known is None:
            operands = children(expression)
            known = not isinstance(expression, Name) and all(map(self.is_closed, operands))
            self.closed[expression] = known
        return known

    def of_name(self, name: str) -> Shape:
        """The shape of a quantity."""
        return self.shapes[name if name in self.shapes else quantity(name).by]

    def shape(self, expression: Expression) -> Shape:
        """The shape of the value, as `evaluate` has it."""
        known = self.known.get(expression)
        if known is None:
            known = self.known[expression] = self._shape(expression)
        return known

    def _shape(self, expression: Expression) -> Shape:
        match expression:
            case Number() | Constant():
                return ()
            case Name(name):
                return self.of_name(name)
            case Transpose(operand):
                return self.shape(operand)[::-1]
            case MatMul(left, right):
                a, b = self.shape(left), self.shape(right)
                if not a or not b:  # a number, whatever the sign
                    return a or b
                return a[:-1] + (b[:-2] + b[-1:] if len(b) > 1 else ())
            case Matrix(rows):
                return (len(rows[0]),) if expression.flat else (len(rows), len(rows[0]))
            case Index(operand, positions):
                return _indexed(self.shape(operand), positions)
            case Whole():
                return self._whole_shape(expression)
            case Call(function, arguments) if FUNCTIONS[function].along:
                inner = self.shape(arguments[0])
                return inner if FUNCTIONS[function].along == "keep" else _reduced(expression, inner)
        return broadcast([self.shape(operand) for operand in children(expression)])

    def _whole_shape(self, expression: Whole) -> Shape:
        shapes = [self.shape(argument) for argument in expression.arguments]
        sizes = expression.sizes
        match expression.function:
            case "concat" if all(len(shape) > sizes[0] for shape in shapes):
                length = sum(shape[sizes[0]] for shape in shapes)
                return (*shapes[0][: sizes[0]], length, *shapes[0][sizes[0] + 1 :])
            case "outer":
                return prod(shapes[0]), prod(shapes[1])
            case "place":
                (target,) = children(expression.arguments[1])
                return self.shape(target)
            case "reshape":
                rest = prod(shapes[0]) // prod(size for size in sizes if size >= 0)
                return tuple(rest if size < 0 else size for size in sizes)
            case "concat":
                return broadcast(shapes)
        return sizes


class Columns(Shapes):
    """The same as written mathematics has it: every array is a matrix, a vector a column."""

    def __init__(self, of_name: Callable[[str], Shape]) -> None:
        """of_name  the shape of any quantity, now; () for what is not declared"""
        super().__init__({})
        self._of_name = of_name

    def of_name(self, name: str) -> Shape:
        return self._of_name(name)

    def shape(self, expression: Expression) -> Shape:
        """Not kept, since names may get other shapes."""
        found = self._shape(expression)
        return (*found, 1) if len(found) == 1 else found


def broadcast(shapes: list[Shape]) -> Shape:
    rank = max(map(len, shapes), default=0)
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    return tuple(max(lengths) for lengths in zip(*padded, strict=True))


def _reduced(expression: Call, operand: Shape) -> Shape:
    if expression.keepdims:
        return tuple(1 if expression.axis in {None, axis} else size for axis, size in enumerate(operand))
    if expression.axis is None or not operand:
        return ()
    return operand[: expression.axis] + operand[expression.axis + 1 :]


def _indexed(shape: Shape, positions: tuple[Position, ...]) -> Shape:
    kept = [
        len(range(length)[slice(*position)])
        for position, length in zip(positions, shape, strict=False)
        if isinstance(position, tuple)
    ]
    return (*kept, *shape[len(positions) :])


def folds(shapes: list[Shape]) -> bool:
    """Whether arrays of these shapes broadcast one by one, in this order, in `evaluate`."""
    together: Shape = ()
    for shape in shapes:
        if sorted((len(together), len(shape))) == [1, 2] and together[-1] != shape[-1]:
            return False
        together = broadcast([together, shape])
    return True
