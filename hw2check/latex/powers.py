"""What stands raised behind an operand: powers, transposes, primes."""

from __future__ import annotations

from hw2check.formula.tree import (
    ONE,
    Call,
    Constant,
    Div,
    Expression,
    MatMul,
    Matrix,
    Mul,
    Neg,
    Number,
    Pow,
    Transpose,
    number,
)
from hw2check.latex.indices import entry_of, indices_in
from hw2check.latex.parser import LatexParser
from hw2check.latex.scope import UnclearError
from hw2check.latex.scripts import Script, read_script
from hw2check.latex.shapes import column, shape_of

MAX_MATRIX_POWER = 9
EULER = Call("exp", (ONE,))


def read_scripted(parser: LatexParser, base: Expression) -> Expression:
    """A power, a transpose, or a prime behind something that is no name."""
    kind = parser.take().kind
    if kind == "_":
        shape = shape_of(base, parser.world)
        indices = indices_in(read_script(parser), shape, parser.bound) if shape else []
        if not indices:
            raise UnclearError("a subscript behind something that is no name")
        return entry_of(column(base), indices, shape)
    if kind == "'":
        if shape_of(base, parser.world):
            return Transpose(column(base))
        raise UnclearError("a prime that is neither a transpose nor the derivative of a function")
    return _raised(parser, base, read_script(parser))


def read_degrees(parser: LatexParser, base: Expression) -> Expression:
    """30°, in radians."""
    parser.take()
    return _degrees(base)


def _degrees(base: Expression) -> Expression:
    return Mul((base, Div(Constant("pi"), number(180))))


def read_factorial(parser: LatexParser, base: Expression) -> Expression:
    """n!, though a mark at the end may be the sentence's."""
    mark = parser.take()
    if parser.next.kind == "!":
        raise UnclearError("a double factorial")
    if shape_of(base, parser.world):
        raise UnclearError("the factorial of an array")
    if parser.next.kind == "end" and parser.chosen(mark.text, "factorial", "exclamation") != "factorial":
        return base
    return Call("factorial", (base,))


def read_percent(parser: LatexParser, base: Expression) -> Expression:
    r"""x\%: a hundredth."""
    parser.take()
    return Div(column(base), number(100))


def _raised(parser: LatexParser, base: Expression, script: Script) -> Expression:
    if script.is_transpose and parser.world.resolve("T") is None:
        is_list = isinstance(base, Matrix) and base.flat  # which has no orientation
        return base if is_list else Transpose(column(base))
    if script.cut:
        raise UnclearError(f"TeX reads ^{script.text} as ^{script.text[0]} followed by {script.text[1:]}")
    if [token.text for token in script.tokens] in (["circ"], ["∘"]):
        return _degrees(base)
    if parser.arrays and [token.text for token in script.tokens] in (["-", "T"], ["-", "top"]):
        return Transpose(_inverse(parser, base))
    exponent = parser.parsed(script.tokens)
    if base == EULER:
        return Call("exp", (exponent,))
    shape = shape_of(base, parser.world) if parser.arrays else ()
    if len(shape) == 2 and shape[0] == shape[1] > 1 and exponent != Neg(ONE):
        return _matrix_power(parser, base, exponent)
    if shape and exponent == Neg(ONE):
        return _inverse(parser, base)
    return Pow(column(base), exponent)


def _inverse(parser: LatexParser, base: Expression) -> Expression:
    shape = shape_of(base, parser.world)
    if len(shape) != 2 or shape[0] != shape[1]:
        raise UnclearError("the inverse of an array that is not square")
    return Call("inverse", (column(base),))


def _matrix_power(parser: LatexParser, base: Expression, exponent: Expression) -> Expression:
    """A square matrix times itself; where that does not fit, the power of its entries may be meant."""
    doubt = "a power of a square matrix may be its matrix power or that of its entries"
    if not isinstance(exponent, Number) or exponent.numeral.value not in range(2, MAX_MATRIX_POWER + 1):
        raise UnclearError(doubt)
    parser.reading.doubts.append(doubt)
    result = base
    for _ in range(int(exponent.numeral.value) - 1):
        result = MatMul(result, base)
    return result
