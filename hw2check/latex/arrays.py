"""Matrices and cases in LaTeX environments."""

from __future__ import annotations

from hw2check.formula.notation import NotationError, Token
from hw2check.formula.tree import ONE, Add, Call, Compare, Expression, Matrix, Neg, Number, mul, number
from hw2check.latex.parser import LatexParser
from hw2check.latex.scope import UnclearError
from hw2check.latex.shapes import shape_of

_MATRICES = frozenset({"bmatrix", "pmatrix", "matrix", "Bmatrix", "smallmatrix", "array"})
_DETERMINANTS = frozenset({"vmatrix"})


def read_environment(parser: LatexParser, token: Token) -> Expression:
    r"""\begin{bmatrix} .. and \begin{cases} .."""
    if token.text == "cases":
        return _cases(parser, token)
    if token.text not in _MATRICES and token.text not in _DETERMINANTS:
        raise UnclearError(f"the environment {token.text} has no value")
    parser.arrays = True
    rows = _rows(parser, token)
    if len({len(row) for row in rows}) != 1:
        raise NotationError("the rows of the matrix differ in length", token.offset)
    if any(shape_of(entry, parser.world) for row in rows for entry in row):
        raise UnclearError("a matrix within a matrix")
    matrix = Matrix(tuple(tuple(row) for row in rows))
    if token.text in _DETERMINANTS:
        return _determinant(parser, matrix)
    return in_round_brackets(parser, matrix) if token.text == "pmatrix" else matrix


def in_round_brackets(parser: LatexParser, matrix: Matrix) -> Expression:
    """A matrix in ( ), which may be a binomial where two whole numbers stand one above the other."""
    if _may_be_binomial(matrix) and parser.chosen("two numbers in ( )", "column", "binomial") == "binomial":
        return Call("binomial", (matrix.rows[0][0], matrix.rows[1][0]))
    return matrix


def _determinant(parser: LatexParser, matrix: Matrix) -> Expression:
    """What stands between bars: the determinant, though some write a matrix so."""
    is_square = len(matrix.rows) == len(matrix.rows[0])
    if is_square and parser.chosen("a matrix between bars", "determinant", "matrix") == "determinant":
        return Call("det", (matrix,))
    return matrix


def _may_be_binomial(matrix: Matrix) -> bool:
    entries = [row[0] for row in matrix.rows]
    if len(matrix.rows[0]) != 1 or len(entries) != 2:
        return False
    values = [entry.numeral.value for entry in entries if isinstance(entry, Number) and entry.numeral.whole]
    return len(values) == 2 and values[0] >= values[1] >= 0


def _rows(parser: LatexParser, token: Token) -> list[list[Expression]]:
    rows: list[list[Expression]] = [[]]
    while True:
        if parser.next.kind == "end-env" and not rows[-1] and len(rows) > 1:
            rows.pop()
            break
        rows[-1].append(parser.expression(0))
        if parser.next.kind == "row":
            rows.append([])
        elif parser.next.kind == "end-env":
            break
        elif parser.next.kind != "&":
            raise parser.surplus()
        parser.take()
    parser.expect_closing("end-env", token)
    return rows


def _cases(parser: LatexParser, token: Token) -> Expression:
    """Branches and their conditions, as a sum of products with comparisons."""
    result: Expression | None = None
    rest: Expression = ONE
    while parser.next.kind != "end-env":
        value = parser.expression(0)
        while parser.next.kind in {"&", ",", "text", "textword", "quad"}:
            parser.take()
        condition: Expression = ONE
        if parser.next.kind not in {"row", "end-env"}:
            condition = parser.expression(0)
            if not isinstance(condition, Compare):
                raise UnclearError("a case whose condition is no comparison")
        while parser.next.kind in {"row", ",", "stop"}:
            parser.take()
        branch = mul(value, condition, rest)
        result = branch if result is None else Add((result, branch))
        rest = mul(rest, Add((ONE, Neg(condition)))) if condition != ONE else number(0)
    parser.expect_closing("end-env", token)
    if result is None or rest == ONE:
        raise UnclearError("cases without branches")
    return result
