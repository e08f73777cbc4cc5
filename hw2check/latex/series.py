r"""Sums and products with an index in LaTeX.

series := ('\sum' | '\prod') '_' '{' letter '=' first '}' '^' last body
        | '\sum' '_' letter body                 over the entries of the arrays in the body
"""

from __future__ import annotations

from hw2check.calculus.values import evaluate
from hw2check.formula.notation import Token
from hw2check.formula.tree import ONE, Add, Call, Expression, is_closed, mul, number
from hw2check.latex.indices import index_uses, two_sizes
from hw2check.latex.parser import LatexParser
from hw2check.latex.scope import UnclearError

MAX_RANGE = 10_000  # terms of one sum
MAX_STEPS = 25_000  # tokens read for the sums of one side
NOT_IN_NUMBERS = "the range of the sum is not stated in numbers"


def read_series(parser: LatexParser, token: Token) -> Expression:
    r"""\sum_{i=a}^{b} body, or \sum_i body over the entries of vectors and matrices."""
    scripts: dict[str, list[Token]] = {}
    while parser.next.kind in {"_", "^"}:
        kind = parser.take().kind
        scripts[kind] = parser.raw_group()
    lower = scripts.get("_", [])
    if not lower or lower[0].kind != "letters" or len(lower[0].text) != 1:
        raise UnclearError(f"a {token.kind} without an index")
    index = lower[0].text
    if len(lower) == 1 and "^" not in scripts:
        return _over_entries(parser, token, index)
    if len(lower) < 3 or lower[1].kind != "rel" or "^" not in scripts:
        raise UnclearError(f"the range of the {token.kind} cannot be read")
    first, last = _whole_number(parser, lower[2:]), _whole_number(parser, scripts["^"])
    if last - first >= MAX_RANGE:
        raise UnclearError(f"a {token.kind} of more than {MAX_RANGE:,} terms")
    return _terms(parser, token, index, range(first, last + 1))


def _terms(parser: LatexParser, token: Token, index: str, values: range) -> Expression:
    start, outer, terms = parser.position, parser.bound, []
    for value in values or range(1):
        parser.bound = {**outer, index: value}
        parser.position = start
        terms.append(parser.expression(10))
        parser.reading.steps += parser.position - start
        if parser.reading.steps > MAX_STEPS:
            raise UnclearError("sums of too many terms")
    parser.bound = outer
    if not values:
        return number(0) if token.kind == "sum" else ONE
    if len(terms) == 1:
        return terms[0]
    return Add(tuple(terms)) if token.kind == "sum" else mul(*terms)


def _over_entries(parser: LatexParser, token: Token, index: str) -> Expression:
    """Over the entries of a vector, or where a matrix has the index as one of two, term by term."""
    uses = [
        use
        for use in index_uses(parser.tokens[parser.position :], parser.scope)
        if use.letter == index and use.size
    ]
    if any(use.is_of_matrix for use in uses) or (uses and parser.bound):
        sizes = {use.size for use in uses}
        if len(sizes) > 1:
            raise UnclearError(two_sizes(index, uses))
        return _terms(parser, token, index, range(1, sizes.pop() + 1))
    outer = parser.running
    parser.running = {**outer, index: False}
    body = parser.expression(10)
    met, parser.running = parser.running[index], outer
    if not met or token.kind != "sum":
        raise UnclearError(f"the range of the {token.kind} is not stated")
    return Call("sum", (body,))


def _whole_number(parser: LatexParser, tokens: list[Token]) -> int:
    expression = parser.parsed(tokens)
    if not is_closed(expression):
        raise UnclearError(NOT_IN_NUMBERS)
    value = float(evaluate(expression, {}))
    if value != int(value) if abs(value) < 1e9 else True:
        raise UnclearError("the range of the sum is not one of whole numbers")
    return int(value)
