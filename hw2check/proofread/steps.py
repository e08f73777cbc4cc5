"""Chains of steps: a = b = c over rows and environments, cut into sides and the relations between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from hw2check.errors import Place
from hw2check.formula.notation import Token
from hw2check.latex.commands import RELATION_CHARACTERS, RELATION_COMMANDS
from hw2check.latex.macros import call_end
from hw2check.latex.tokens import MAX_TOKENS, token_end
from hw2check.latex.tokens import tokens as tex_tokens
from hw2check.proofread.regions import Formula

_ROW_ENVIRONMENTS = frozenset(
    [
        "align",
        "alignat",
        "aligned",
        "alignedat",
        "split",
        "gather",
        "gathered",
        "equation",
        "eqnarray",
        "multline",
        "flalign",
        "math",
        "displaymath",
        "dmath",
    ]
)
# Where none of these stands, no relation does.
_MAY_RELATE = re.compile(
    rf"[{''.join(map(re.escape, RELATION_CHARACTERS))}<>≥≤]"
    rf"|\\(?:{'|'.join(RELATION_COMMANDS)}|[gl](?:eq?|t)|[gl]eqslant)"
)
MAX_LOOK = 200  # tokens behind & that are looked at for another equation
_OPENING = frozenset({"(", "[", "\\{", "{"})
_CLOSING = frozenset({")", "]", "\\}", "}"})
_SEPARATORS = frozenset({",", ";", "quad", "text", "colon"})
_EDGES = frozenset({",", ";", "quad", "text", "stop", "colon", "&"})
_CONTINUING = frozenset({"+", "*", "odot", "/"})


class Side(NamedTuple):
    """One side of a chain: its tokens, and where they stand in the formula's text."""

    formula: Formula
    tokens: tuple[Token, ...]
    start: int  # offset in the formula
    end: int
    others: tuple[tuple[Token, ...], ...] = ()  # further readings; each goes with the same one of other sides
    doubt: str = ""  # why it may have been misunderstood: then a step that fails is not checked
    lead: tuple[Token, ...] = ()  # a first number from which it may go on: 600 / 50 = 12 * 60 = 720

    @property
    def text(self) -> str:
        """As written, in one line."""
        return " ".join(self.formula.text[self.start : self.end].replace("&", " ").split())

    @property
    def place(self) -> Place:
        """Of its first character."""
        return self.formula.part.place(self.formula.start + self.start)

    @property
    def end_place(self) -> Place:
        """Of its last character."""
        return self.formula.part.place(self.formula.start + max(self.start, self.end - 1))


@dataclass(frozen=True, slots=True)
class Chain:
    """sides[0] relations[0] sides[1] ...: one relation fewer than sides."""

    sides: tuple[Side, ...]
    relations: tuple[str, ...]  # "=", "~" (approximately), "<-" (update), "<", "!=", .., "?" (another one)
    unclear: str = ""  # why nothing can be said about it


@dataclass(slots=True)
class _Open:
    """A chain that is still being read."""

    sides: list[list[Token]] = field(default_factory=lambda: [[]])
    relations: list[str] = field(default_factory=list)
    unclear: str = ""
    is_range: bool = False


def chains(formula: Formula) -> Iterator[Chain]:
    """The chains of a piece of mathematics, in order; what makes no claim is left out."""
    found = tex_tokens(formula.text, formula.macros)
    if len(found) == 1 and found[0].kind == "bad":
        side = Side(formula, tuple(found), 0, 0)
        yield Chain((side, side), ("?",), found[0].text)
        return
    for chain in _read(_unwrapped(found)):
        closed = _closed(formula, chain)
        if closed is not None:
            yield closed


def may_claim(formula: Formula) -> bool:
    """Whether a relation, or an error to report, can stand in it: found without reading it."""
    text = formula.text
    if len(text) < 2:
        return False
    return _MAY_RELATE.search(text) is not None or len(text) > MAX_TOKENS or bool(formula.macros)


@lru_cache(maxsize=1024)
def lone_name(text: str) -> tuple[Token, ...]:
    """The tokens of a formula that makes no claim."""
    found = tex_tokens(text)
    return tuple(found) if not any(token.kind == "rel" for token in found) else ()


def _unwrapped(found: list[Token]) -> list[Token]:
    """Without the marks of environments that only lay out rows."""
    kept: list[Token] = []
    stack: list[bool] = []
    boxes = _boxes(found)
    for position, token in enumerate(found):
        if position in boxes:
            continue
        if token.kind == "begin":
            rows = token.text in _ROW_ENVIRONMENTS or (
                token.text == "array" and _has_relations(found, position)
            )
            stack.append(rows)
            if rows:
                continue
        elif token.kind == "end-env" and stack and stack.pop():
            continue
        kept.append(token)
    return kept


def _boxes(found: list[Token]) -> set[int]:
    r"""The positions of \boxed, and of its braces where a whole equation stands in it."""
    dropped: set[int] = set()
    if not any(token.kind == "box" for token in found):
        return dropped
    opened: list[tuple[int, int]] = []  # place of a brace, relations before it
    relations = 0
    for position, token in enumerate(found):
        relations += token.kind in {"rel", "row"}
        if token.kind == "box":
            dropped.add(position)
        elif token.kind == "{":
            opened.append((position, relations))
        elif token.kind == "}" and opened:
            start, before = opened.pop()
            if start > 0 and found[start - 1].kind == "box" and relations > before:
                dropped |= {start, position}
    return dropped


def _has_relations(found: list[Token], position: int) -> bool:
    depth = 0
    for token in found[position:]:
        depth += (token.kind == "begin" or token.kind in _OPENING) - (
            token.kind == "end-env" or token.kind in _CLOSING
        )
        if not depth:
            return False
        if depth == 1 and token.kind == "rel":
            return True
    return False


def _read(found: list[Token]) -> Iterable[_Open]:
    result: list[_Open] = []
    for row in _rows(found):
        _read_row(row, result)
    return result


def _rows(found: list[Token]) -> Iterator[list[tuple[Token, int]]]:
    """Rows of (token, depth of brackets around it), alignment marks dropped."""
    row: list[tuple[Token, int]] = []
    depth, related = 0, False
    for position, token in enumerate(found):
        if token.kind in _CLOSING or token.kind == "end-env":
            depth = max(depth - 1, 0)
        if depth == 0 and token.kind == "row":
            yield row
            row, related = [], False
        elif depth or token.kind != "&":
            row.append((token, depth))
        elif related and _parts_equations(found[position - 1], found, position):
            row.append((token._replace(kind="quad"), depth))
            related = False
        related = related or bool(_relation(token, depth))
        if token.kind in _OPENING or token.kind == "begin":
            depth += 1
    yield row


def _parts_equations(before: Token, found: list[Token], position: int) -> bool:
    """Whether & stands between two equations in one row, as in a &= 1 & b &= 2."""
    joining = {*_CONTINUING, "-", "row"}
    behind = found[position + 1 : position + 1 + MAX_LOOK]
    while behind and behind[0].kind == "&":
        behind = behind[1:]
    if not behind or _relation(before, 0) or _relation(behind[0], 0):
        return False
    if before.kind in joining or behind[0].kind in joining:
        return False
    depth = 0
    for token in behind:
        depth += (token.kind in _OPENING or token.kind == "begin") - (
            token.kind in _CLOSING or token.kind == "end-env"
        )
        if token.kind == "row" and not depth:
            return False
        if _relation(token, depth):
            return True
    return False


def _relation(token: Token, depth: int) -> str:
    if depth:
        return ""
    if token.kind == "rel":
        return token.text
    return token.kind if token.kind in {"<", ">", "<=", ">="} else ""


def _read_row(row: list[tuple[Token, int]], result: list[_Open]) -> None:
    while row and row[0][0].kind in _EDGES:
        row = row[1:]
    if not row:
        return
    current = _continued(row, result)
    pieces = _pieces(row)
    for position, piece in enumerate(pieces):
        relations = [_relation(token, depth) for token, depth in piece]
        if position or current is None:
            previous, current = current, _Open()
            if previous is not None and _is_dots(piece):
                previous.is_range = True
            elif not any(relations):
                _note_list(piece, previous)
                current.unclear = "a list of values" if _is_content(piece) else ""
                result.append(current)
                _fill(current, piece)
                continue
            elif previous is not None and previous.unclear and not previous.relations and position:
                current.unclear = previous.unclear
            result.append(current)
        _fill(current, piece)


def _continued(row: list[tuple[Token, int]], result: list[_Open]) -> _Open | None:
    """The chain that the row goes on with, if it does not begin one."""
    if not result:
        return None
    last, first = result[-1], row[0][0]
    has_relation = any(_relation(token, depth) for token, depth in row)
    goes_on = (
        _relation(first, 0) not in {"", "=>"}
        or first.kind in _CONTINUING
        or (first.kind == "-" and not has_relation)
        or (last.relations and not last.sides[-1])
        or (bool(last.sides[-1]) and last.sides[-1][-1].kind in {"+", "-", "*", "odot", "/"})
    )
    return last if goes_on else None


def _pieces(row: list[tuple[Token, int]]) -> list[list[tuple[Token, int]]]:
    """Cut at commas, wide spaces, remarks and implications; a separator with nothing behind it is no cut."""
    pieces: list[list[tuple[Token, int]]] = [[]]
    for token, depth in row:
        if not depth and (token.kind in _SEPARATORS or (token.kind == "rel" and token.text == "=>")):
            if pieces[-1]:
                pieces.append([])
        else:
            pieces[-1].append((token, depth))
    kept = [piece for piece in pieces if any(token.kind not in _EDGES for token, _ in piece)]
    return kept or [[]]


def _is_dots(piece: list[tuple[Token, int]]) -> bool:
    return bool(piece) and all(token.kind == "dots" for token, _ in piece)


def _is_content(piece: list[tuple[Token, int]]) -> bool:
    return any(token.kind not in {"stop", "textword", "text", "dots"} for token, _ in piece)


def _note_list(piece: list[tuple[Token, int]], previous: _Open | None) -> None:
    """X = 5, 6: what follows the comma may belong to the value."""
    if previous is not None and previous.relations and _is_content(piece):
        previous.unclear = previous.unclear or "a list of values"


def _fill(chain: _Open, piece: list[tuple[Token, int]]) -> None:
    for token, depth in piece:
        relation = _relation(token, depth)
        if not relation:
            chain.sides[-1].append(token)
        elif relation != "=>":
            if not chain.sides[-1] and chain.relations:
                chain.relations[-1] = relation
                continue
            chain.relations.append(relation)
            chain.sides.append([])


def _closed(formula: Formula, chain: _Open) -> Chain | None:
    if not chain.relations or chain.is_range or "no" in chain.relations or not any(chain.sides):
        return None
    sides = tuple(_side(formula, _trimmed(tokens)) for tokens in chain.sides)
    return Chain(sides, tuple(chain.relations), chain.unclear)


def _trimmed(tokens: list[Token]) -> list[Token]:
    while tokens and tokens[-1].kind in _EDGES:
        tokens = tokens[:-1]
    while tokens and tokens[0].kind in _EDGES:
        tokens = tokens[1:]
    return tokens


def _side(formula: Formula, tokens: list[Token]) -> Side:
    if not tokens:
        return Side(formula, (), 0, 0)
    last = tokens[-1]
    end = token_end(formula.text, last)
    if formula.macros:
        end = call_end(formula.text, last.offset, formula.macros) or end
    return Side(formula, tuple(tokens), tokens[0].offset, end)
