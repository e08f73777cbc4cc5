"""Indices that stand for any entry: which letters in subscripts they are, and how far they run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from hw2check.formula.names import canonical
from hw2check.formula.notation import Token
from hw2check.formula.text import to_text
from hw2check.formula.tree import ONE, ZERO, Call, Expression, MatMul, Matrix, Name
from hw2check.latex.scope import Scope, Surroundings, UnclearError
from hw2check.latex.scripts import Script

LETTERS = frozenset("ijklmn")  # that stand for any entry where no sum binds them
_WORDS = frozenset({"letters", "word", "textword"})


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


def two_sizes(letter: str, uses: Sequence[IndexUse]) -> str:
    """That an index runs differently far in two arrays."""
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
        raise UnclearError(two_sizes(letter, sized))
    if sized:
        return Range(tuple(range(1, sized[0].size + 1)), is_firm=True)
    members = frozenset.intersection(*(use.members for use in uses))
    return Range(tuple(sorted(members)), is_firm=False)


def indices_in(sub: Script, shape: tuple[int, ...], bound: Mapping[str, int]) -> list[int]:
    """The numbers of an entry: 1, 2 of _{12}, of _{1,2}, of _{ij} where i = 1 and j = 2; none for others."""
    if bound and all(token.kind in {"letters", ","} for token in sub.tokens):
        letters = "".join(token.text for token in sub.tokens if token.kind == "letters")
        if bound.keys() >= set(letters):
            return [bound[letter] for letter in letters]
    digits = sub.text.split(",") if "," in sub.text else list(sub.text) if shape[1] > 1 else [sub.text]
    return [int(digit) for digit in digits] if all(digit.isdecimal() for digit in digits) else []


def with_entries_of(entry: Expression, array: Expression) -> Expression | None:
    """The same entry of another array; None for what `entry_of` has not made."""
    match entry:
        case Call("sum", (MatMul(MatMul(row, Name()), column),)):
            return Call("sum", (MatMul(MatMul(row, array), column),))
    return None


def entry_of(matrix: Expression, indices: list[int], shape: tuple[int, ...]) -> Expression:
    """An entry of an array of that shape, its indices counted from 1; UnclearError where there is none."""
    if shape[1] == 1 and len(indices) == 1:
        indices = [*indices, 1]
    if len(indices) != 2 or any(not 1 <= index <= size for index, size in zip(indices, shape, strict=True)):
        raise UnclearError(f"an entry of {to_text(matrix)} that cannot be told")
    row, column = (
        [ONE if position == index else ZERO for position in range(1, size + 1)]
        for index, size in zip(indices, shape, strict=True)
    )
    across = MatMul(Matrix((tuple(row),)), matrix)
    return Call("sum", (MatMul(across, Matrix(tuple((entry,) for entry in column))),))
