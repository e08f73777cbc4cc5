r"""Sums and products with an index in LaTeX, and indices that stand for any entry.

series := ('\sum' | '\prod') '_' '{' letter '=' first '}' '^' last body
        | '\sum' '_' letter body                 over the entries of the arrays in the body
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from hw2check.calculus.values import evaluate
from hw2check.formula.names import canonical
from hw2check.formula.notation import Token
from hw2check.formula.tree import ONE, Add, Call, Expression, Name, is_closed, mul, number
from hw2check.latex.parser import LatexParser, Scope
from hw2check.latex.scope import Surroundings, UnclearError

MAX_RANGE = 10_000  # terms of one sum
MAX_STEPS = 25_000  # tokens read for the sums of one side
LETTERS = frozenset("ijklmn")  # that stand for any entry where no sum binds them
_WORDS = frozenset({"letters", "word", "textword"})


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
            raise UnclearError(_two_sizes(index, uses))
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
        raise UnclearError("the range of the sum is not stated in numbers")
    value = float(evaluate(expression, {}))
    if value != int(value) if abs(value) < 1e9 else True:
        raise UnclearError("the range of the sum is not one of whole numbers")
    return int(value)


class IndexUse(NamedTuple):
    """One letter in the subscript of a declared name."""

    letter: str
    base: str
    size: int  # how far it runs in the declared array; 0 where the base is a family x1, x2, ..
    is_of_matrix: bool
    members: frozenset[int] = frozenset()  # of a family


def index_uses(tokens: Sequence[Token], scope: Scope) -> Iterator[IndexUse]:
    """Every letter that is an index of a declared array, or of a family of declared names."""
    for position, token in enumerate(tokens[:-1]):
        if token.kind in _WORDS and tokens[position + 1].kind == "_":
            letters = _letters(tokens, position + 2)
            if letters:
                yield from _uses(token.text, letters, scope)


def _letters(tokens: Sequence[Token], position: int) -> list[str]:
    """The indices in a subscript, one by one: i, j of _{ij} and of _{i,j}; none where it is anything else."""
    if position >= len(tokens):
        return []
    if tokens[position].kind != "{":
        return [tokens[position].text[:1]] if tokens[position].kind == "letters" else []
    found: list[str] = []
    for token in tokens[position + 1 :]:
        if token.kind == "}":
            return found
        if token.kind in {"letters", "number"}:
            found += token.text
        elif token.kind != ",":
            return []
    return []


def _uses(base: str, letters: list[str], scope: Scope) -> Iterator[IndexUse]:
    world = scope.world
    alias = scope.aliases.get(canonical(base))
    name = alias.name if isinstance(alias, Name) else world.resolve(base)
    if name is None:
        members = _members(base, world) if len(letters) == 1 else frozenset()
        if len(members) > 1:
            yield IndexUse(letters[0], base, 0, is_of_matrix=False, members=members)
        return
    shape = world.shape(name)
    axes = shape[:1] if shape[1:] == (1,) else shape
    if len(axes) == len(letters):
        for letter, size in zip(letters, axes, strict=True):
            if letter in LETTERS:
                yield IndexUse(letter, base, size, len(axes) == 2)


def _members(base: str, world: Surroundings) -> frozenset[int]:
    """The numbers n for which base_n is declared."""
    start = canonical(base)
    known = (*world.given, *world.nodes)
    found = (name.removeprefix(start).removeprefix("_") for name in known if name.startswith(start))
    return frozenset(int(number) for number in found if number.isdecimal() and len(number) < 4)


def _two_sizes(letter: str, uses: Sequence[IndexUse]) -> str:
    first = uses[0]
    other = next(use for use in uses if use.size != first.size)
    return f"{letter} runs to {first.size} in {first.base} and to {other.size} in {other.base}"


class Range(NamedTuple):
    """The values that a free index takes."""

    values: tuple[int, ...]
    is_firm: bool  # the sizes of arrays say so; else whatever names are declared


def free_indices(sides: Sequence[Sequence[Token]], scope: Scope) -> Mapping[str, Range]:
    """The indices that stand for any entry, in a chain of such sides: those that no sum binds.

    Raises UnclearError where one runs differently far in two arrays.
    """
    found: dict[str, list[IndexUse]] = {}
    for side in sides:
        bound = set(_bound(side))
        for use in index_uses([*side, Token("end", "", 0)], scope):
            if use.letter in LETTERS - bound and scope.world.resolve(use.letter) is None:
                found.setdefault(use.letter, []).append(use)
    return {letter: _range(letter, uses) for letter, uses in found.items()}


def _bound(side: Sequence[Token]) -> Iterator[str]:
    for position, token in enumerate(side[:-2]):
        if token.kind in {"sum", "prod"} and side[position + 1].kind == "_":
            inner = side[position + 2]
            yield (
                side[position + 3].text[:1]
                if inner.kind == "{" and len(side) > position + 3
                else inner.text[:1]
            )


def _range(letter: str, uses: list[IndexUse]) -> Range:
    sized = [use for use in uses if use.size]
    if len({use.size for use in sized}) > 1:
        raise UnclearError(_two_sizes(letter, sized))
    if sized:
        return Range(tuple(range(1, sized[0].size + 1)), is_firm=True)
    members = frozenset.intersection(*(use.members for use in uses))
    return Range(tuple(sorted(members)), is_firm=False)
