"""Derivatives in LaTeX: fractions of differentials, partials within a line, gradients by a subscript."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hw2check.calculus.rules import derivative_by_rules
from hw2check.formula.names import canonical
from hw2check.formula.notation import Token
from hw2check.formula.tree import Expression, Matrix, Name, is_closed, names, substitute
from hw2check.latex.parser import LatexParser
from hw2check.latex.scope import UnclearError


def read_differential(parser: LatexParser, token: Token) -> Expression | None:
    """dL/dw within a line: both runs start with d, and what follows them are names."""
    tokens, position = parser.tokens, parser.position
    if token.text[0] != "d" or len(token.text) < 2:
        return None
    slash = position
    while (
        tokens[slash].kind in {"_", "{", "}", "letters", "number", "textword", "word"}
        and slash < position + 8
    ):
        slash += 1
    if tokens[slash].kind != "/" or tokens[slash + 1].kind != "letters" or tokens[slash + 1].text[0] != "d":
        return None
    below = tokens[slash + 1]
    if len(below.text) < 2:
        return None
    of = parser.parsed([Token("letters", token.text[1:], token.offset + 1), *tokens[position:slash]])
    parser.position = slash + 1
    parser.split(1)
    parser.take()
    by = parser.expression(45)
    return derivative_of(parser, of, by)


def read_partial(parser: LatexParser, token: Token) -> Expression:
    r"""\partial u/\partial v within a line, and \nabla_v u."""
    if parser.next.kind == "_":
        parser.take()
        by = parser.parsed(parser.raw_group())
        return derivative_of(parser, parser.expression(45), by)
    if token.kind == "nabla":
        gradient = _gradient(parser)
        if gradient is not None:
            return gradient
        raise UnclearError("a gradient that does not say by what")
    of = parser.expression(45)
    if parser.next.kind != "/" or parser.tokens[parser.position + 1].kind != "partial":
        raise UnclearError("a \\partial that is no fraction")
    parser.position += 2
    return derivative_of(parser, of, parser.expression(45))


def _gradient(parser: LatexParser) -> Expression | None:
    r"""\nabla f(x, y), for a function that is known: the column of its partial derivatives."""
    token = parser.next
    function = parser.world.function(canonical(token.text), "") if token.kind in {"letters", "word"} else None
    if function is None or parser.tokens[parser.position + 1].kind != "(":
        return None
    parser.take()
    arguments, _ = parser.arguments()
    if len(arguments) != len(function.parameters):
        return None
    try:
        slopes = [
            derivative_by_rules(function.body, name, parser.world.relu_at_zero)
            for name in function.parameters
        ]
    except (KeyError, NotImplementedError):
        return None
    given = dict(zip(function.parameters, arguments, strict=True))
    parser.arrays = True
    return Matrix(tuple((substitute(slope, given),) for slope in slopes))


def read_derivative(parser: LatexParser, top: list[Token], bottom: list[Token]) -> Expression | None:
    r"""\frac{\partial u}{\partial v}, \frac{du}{dv}, \frac{d}{dx}u; None for a quotient."""
    below = _behind_d(bottom)
    if below is None:
        return None
    sign, by_tokens = below
    above = _behind_d(top)
    if above is None or above[0] != sign:
        if sign == "partial":
            raise UnclearError("a \\partial below but not above the line")
        return None
    if above[1] and above[1][0].kind == "^":
        raise UnclearError("a second derivative")
    if not by_tokens:
        return None
    by = parser.parsed(by_tokens)
    if not isinstance(by, Name):
        if sign == "d":
            return None
        raise UnclearError("a derivative by something that is no name")
    of = parser.parsed(above[1]) if above[1] else parser.expression(25)
    if len(above[1]) == 1 and is_closed(
        of
    ):  # Loss = 0.5 was written before: its derivatives stay those of Loss
        name = parser.world.derivative(canonical(above[1][0].text), by.name)
        if name is not None:
            return Name(name)
    return derivative_of(parser, of, by)


def read_derived(parser: LatexParser, token: Token) -> Expression:
    r"""\dv{u}{v} and \pdv{u}{v}, of the physics package."""
    mark = Token("partial", "partial", token.offset)
    result = read_derivative(parser, [mark, *parser.raw_group()], [mark, *parser.raw_group()])
    if result is None:
        raise UnclearError("a derivative that does not say by what")
    return result


def read_without_value(_: LatexParser, token: Token) -> Expression:
    """Integrals, infinity and remainders are not computed."""
    raise UnclearError(f"\\{token.text} is not computed")


def read_fraction_in_line(parser: LatexParser) -> Expression | None:
    r"""{\partial u}/{\partial v} behind its first brace; None, and nothing taken, for anything else."""
    start = parser.position
    if parser.next.kind == "partial":
        parser.position -= 1
        top = parser.raw_group()
        if parser.next.kind == "/" and parser.tokens[parser.position + 1].kind == "{":
            parser.take()
            derived = read_derivative(parser, top, parser.raw_group())
            if derived is not None:
                return derived
    parser.position = start
    return None


def _behind_d(tokens: list[Token]) -> tuple[str, list[Token]] | None:
    """(which d, what follows it) for tokens that start with a differential."""
    if not tokens:
        return None
    first = tokens[0]
    if first.kind == "partial":
        return "partial", tokens[1:]
    if first.kind == "textword" or first.kind not in {"letters", "word"} or first.text[0] != "d":
        return None
    if first.kind == "word" and first.text != "d":
        return None
    if len(first.text) == 1:
        return None if len(tokens) > 1 and tokens[1].kind == "_" else ("d", tokens[1:])
    rest = Token("letters", first.text[1:], first.offset + 1)
    return "d", [rest, *tokens[1:]]


def derivative_of(parser: LatexParser, of: Expression, by: Expression) -> Expression:
    """The derivative's name; a formula that is derived becomes a quantity of its own."""
    world = parser.world
    if not isinstance(by, Name):
        raise UnclearError("a derivative by something that is no name")
    if not isinstance(of, Name):
        unknown = set(_unknown_names(parser, of))
        if unknown == {by.name}:
            return _by_rules(parser, of, by.name)
        if unknown:
            raise UnclearError(f"a derivative of what may depend on {by.name}")
        of = Name(world.temporary(of))
    name = world.derivative(of.name, by.name)
    if name is None:
        return Name(f"d{of.name}/d{by.name}")
    if np.ndim(world.points[name]) > 1:
        parser.arrays = True
    return Name(name)


def _by_rules(parser: LatexParser, of: Expression, by: str) -> Expression:
    try:
        return derivative_by_rules(of, by, parser.world.relu_at_zero)
    except (KeyError, NotImplementedError):
        raise UnclearError("a derivative that no rule gives") from None


def _unknown_names(parser: LatexParser, expression: Expression) -> Iterator[str]:
    return (name for name in names(expression) if not parser.world.has(name))
