"""Fractions, roots and binomials in LaTeX."""

from __future__ import annotations

from hw2check.formula.notation import Token
from hw2check.formula.tree import ONE, Call, Div, Expression, Pow
from hw2check.latex.brackets import read_bracket
from hw2check.latex.derivatives import read_derivative
from hw2check.latex.parser import LatexParser
from hw2check.latex.scope import UnclearError
from hw2check.latex.shapes import column


def read_fraction(parser: LatexParser, _: Token) -> Expression:
    r"""\frac{a}{b}: a derivative or a quotient; what was read once is known."""
    top = _part(parser)
    bottom = _part(parser)
    if parser.bound or parser.running or not top:
        return _divided(parser, top, bottom)
    key = (*[part.text for part in top], "/", *[part.text for part in bottom])
    known = parser.scope.known.get(key)
    if known is None:
        doubts = len(parser.reading.doubts) + len(parser.reading.choices)
        result = _divided(parser, top, bottom)
        if len(parser.reading.doubts) + len(parser.reading.choices) > doubts or len(top) == 1:
            return result
        known = parser.scope.known[key] = result, parser.arrays, parser.reading.unknown
    parser.arrays |= known[1]
    parser.reading.unknown |= known[2]
    return known[0]


def _divided(parser: LatexParser, top: list[Token], bottom: list[Token]) -> Expression:
    derived = read_derivative(parser, top, bottom)
    if derived is not None:
        return derived
    return Div(column(parser.parsed(top)), parser.parsed(bottom))


def _part(parser: LatexParser) -> list[Token]:
    r"""\frac12 is 1/2; \frac123 leaves the 3, which nobody means."""
    is_cut = parser.next.kind == "number" and len(parser.next.text) > 2
    if is_cut and parser.next.text.isdecimal():
        raise UnclearError(f"\\frac{parser.next.text} without braces")
    return parser.raw_group()


def read_root(parser: LatexParser, token: Token) -> Expression:
    r"""\sqrt{x}, \sqrt[3]{x}, and √(x)."""
    if parser.next.kind == "[":
        parser.take()
        degree = parser.expression(0)
        parser.expect_closing("]", token)
        return Pow(parser.parsed(parser.raw_group()), Div(ONE, degree))
    if parser.next.kind == "(":
        return Call("sqrt", (read_bracket(parser, parser.take()),))
    return Call("sqrt", (parser.parsed(parser.raw_group()),))


def read_binomial(parser: LatexParser, _: Token) -> Expression:
    r"""\binom{n}{k}."""
    above = parser.parsed(parser.raw_group())
    return Call("binomial", (above, parser.parsed(parser.raw_group())))
