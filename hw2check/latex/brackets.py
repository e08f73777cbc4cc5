"""Brackets, bars and norms in LaTeX: grouping, lists, absolute values."""

from __future__ import annotations

from hw2check.formula.notation import NotationError, Token
from hw2check.formula.tree import Call, Expression, Matrix, Mul, Pow, is_closed, names, number
from hw2check.latex.arrays import in_round_brackets
from hw2check.latex.parser import OPENING, LatexParser
from hw2check.latex.scope import UnclearError
from hw2check.latex.scripts import read_script
from hw2check.latex.shapes import column, shape_of


def read_bracket(parser: LatexParser, opening: Token) -> Expression:
    """Grouping, or a vector where commas or mere spaces divide it."""
    closing = OPENING[opening.kind]
    if opening.kind == "[" and (entries := _spaced_numbers(parser)):
        parser.arrays = True
        return Matrix((tuple(entries),), flat=True)
    split_commas(parser, closing)
    bars, parser.bars = parser.bars, 0
    entries = [parser.expression(0)]
    while parser.next.kind in {",", ";", "quad"}:
        parser.take()
        entries.append(parser.expression(0))
    parser.expect_closing(closing, opening)
    parser.bars = bars
    is_side = parser.tokens[0] is opening and parser.next.kind == "end"
    if opening.kind == "\\{" and (len(entries) > 1 or is_side):
        raise UnclearError("a set has no value")
    if len(entries) > 1:
        return _listed(parser, entries)
    (inner,) = entries
    if isinstance(inner, Matrix) and not inner.flat and opening.kind == "(":
        return in_round_brackets(parser, inner)
    return inner


def read_rounded(parser: LatexParser, opening: Token) -> Expression:
    r"""\lfloor x \rfloor and \lceil x \rceil."""
    bars, parser.bars = parser.bars, 0
    inner = parser.expression(0)
    parser.expect_closing("rfloor" if opening.kind == "lfloor" else "rceil", opening)
    parser.bars = bars
    return Call("floor" if opening.kind == "lfloor" else "ceil", (inner,))


def read_angles(parser: LatexParser, opening: Token) -> Expression:
    r"""\langle a, b \rangle: the inner product of two columns, or the list of numbers."""
    bars, parser.bars = parser.bars, 0
    entries = [parser.expression(0)]
    while parser.next.kind == ",":
        parser.take()
        entries.append(parser.expression(0))
    parser.expect_closing("rangle", opening)
    parser.bars = bars
    shapes = [shape_of(entry, parser.world) for entry in entries]
    if len(entries) > 1 and not any(shapes) and all(is_closed(entry) for entry in entries):
        return _listed(parser, entries)
    if len(entries) == 2 and shapes[0] == shapes[1] and shapes[0][1:] == (1,):
        return Call("sum", (Mul((column(entries[0]), column(entries[1]))),))
    raise UnclearError("angle brackets around something else than numbers or two columns")


def split_commas(parser: LatexParser, closing: str) -> None:
    """(1,234) is a list: where nothing but numbers stands in a bracket, no comma parts thousands."""
    position, inner = parser.position, []
    while parser.tokens[position].kind in {"number", ",", "-"}:
        inner.append(parser.tokens[position])
        position += 1
    if parser.tokens[position].kind != closing or not any(
        "," in token.text for token in inner if len(token.text) > 1
    ):
        return
    parts: list[Token] = []
    for token in inner:
        for at, piece in enumerate(token.text.split(",") if token.kind == "number" else [token.text]):
            parts += [Token(",", ",", token.offset)] * (at > 0)
            parts.append(Token(token.kind, piece, token.offset))
    parser.tokens[parser.position : position] = parts


def _listed(parser: LatexParser, entries: list[Expression]) -> Expression:
    parser.arrays = True
    if all(isinstance(entry, Matrix) and entry.flat for entry in entries):
        rows = tuple(entry.rows[0] for entry in entries if isinstance(entry, Matrix))
        if len({len(row) for row in rows}) == 1:
            return Matrix(rows)
    if any(shape_of(entry, parser.world) for entry in entries):
        raise UnclearError("a list of matrices")
    return Matrix((tuple(entries),), flat=True)


def _spaced_numbers(parser: LatexParser) -> list[Expression]:
    """The entries of [1 2 3] behind its bracket; none where it is anything else."""
    position, entries = parser.position, []
    while parser.tokens[position].kind == "number":
        entries.append(parser.number(parser.tokens[position]))
        position += 1
    if len(entries) < 2 or parser.tokens[position].kind != "]":
        return []
    parser.position = position + 1
    return entries


def read_absolute(parser: LatexParser, opening: Token) -> Expression:
    """|x|: the absolute value of a number."""
    parser.bars += 1
    inner = parser.expression(0)
    parser.bars -= 1
    if parser.next.kind != "|":
        raise NotationError("this | is never closed", opening.offset)
    parser.take()
    sizes = shape_of(inner, parser.world)
    if sizes[1:] == (1,) and sizes[0] > 1:
        if parser.next.kind == "_" or parser.chosen("|...| of a column", "length", "entrywise") == "length":
            return _with_subscript(parser, inner)
    elif sizes and sizes[0] == sizes[1]:
        if parser.chosen("|...| of a matrix", "determinant", "entrywise") == "determinant":
            return Call("det", (inner,))
    elif sizes:
        raise UnclearError("|...| of a matrix may be its norm or its absolute values")
    return Call("abs", (inner,))


def read_norm(parser: LatexParser, opening: Token) -> Expression:
    r"""\lVert v \rVert_2: of a vector the length, _1 the sum and _\infty the greatest absolute value."""
    end = next(
        (i for i in range(parser.position, len(parser.tokens)) if parser.tokens[i].kind == "norm"), None
    )
    if end is None:
        raise NotationError("this norm is never closed", opening.offset)
    inner = parser.parsed(parser.tokens[parser.position : end])
    parser.position = end + 1
    return _with_subscript(parser, inner)


def read_length(parser: LatexParser, _: Token) -> Expression:
    r"""\norm{v}_2, of the physics package and of many documents."""
    return _with_subscript(parser, parser.parsed(parser.raw_group()))


def _with_subscript(parser: LatexParser, inner: Expression) -> Expression:
    which, power = "2", None
    while parser.next.kind in {"_", "^"}:  # \lVert x \rVert_2^2, and as ^2_2
        kind = parser.next.kind
        if (power is not None and kind == "^") or (kind == "_" and which != "2"):
            break
        parser.take()
        if kind == "^":
            power = parser.parsed(read_script(parser).tokens)
        else:
            which = read_script(parser).text
    norm = _norm(parser, inner, which)
    return norm if power is None else Pow(norm, power)


def _norm(parser: LatexParser, inner: Expression, which: str) -> Expression:
    sizes = shape_of(inner, parser.world)
    if not sizes and not all(parser.world.has(name) for name in names(inner)):
        raise UnclearError("the norm of what may be a vector or a number")
    if len(sizes) == 2 and 1 not in sizes and which != "F":
        raise UnclearError("the norm of a matrix, if it is not \\lVert A \\rVert_F")
    if which in {"2", "F"}:
        return Call("sqrt", (Call("sum", (Pow(inner, number(2)),)),))
    if which == "1":
        return Call("sum", (Call("abs", (inner,)),))
    if which.startswith((r"\infty", "infty", "∞", "max")):
        return Call("max", (Call("abs", (inner,)),))
    raise UnclearError(f"the norm with the subscript {which}")


def read_boxed(parser: LatexParser, _: Token) -> Expression:
    r"""\boxed{x}, \cancel{x} and what else only shows x differently."""
    return parser.parsed(parser.raw_group())


def read_labelled(parser: LatexParser, _: Token) -> Expression:
    r"""\underbrace{x}_{a remark}: x alone."""
    result = parser.parsed(parser.raw_group())
    if parser.next.kind in {"_", "^"}:
        parser.take()
        parser.raw_group()
    return result
