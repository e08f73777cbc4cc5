"""Equations in plain text: sides and relations, and what percentages and units may mean.

12 % is 0.12 in `12% of 50 = 6` and 12 in `100 - 88 = 12%`; 5 cents are 5 or 0.05 dollars. An equation is
right if one of these readings is, the same one on both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from hw2check.formula.notation import Token
from hw2check.proofread.plain.items import Found, Item
from hw2check.proofread.plain.pieces import Piece
from hw2check.proofread.plain.sides import read_from, read_up_to
from hw2check.proofread.plain.words import UNITS

_CALENDAR = frozenset({86400 * 365, 86400 * 3650, 86400 * 36500, Fraction(86400 * 365, 12)})  # seconds


@dataclass(frozen=True, slots=True)
class Equation:
    """sides[0] relations[0] sides[1] ..."""

    sides: tuple[Found, ...]
    relations: tuple[str, ...]


def equations(pieces: Sequence[Piece]) -> tuple[list[Equation], list[Piece]]:
    """The equations in a text, and the relations between operands that could not be read."""
    places = [index for index, piece in enumerate(pieces) if piece.kind == "rel"]
    found: list[Equation] = []
    missed: list[Piece] = []
    sides: list[Found] = []
    relations: list[str] = []
    start = 0
    for number, place in enumerate(places):
        if not sides and (left := read_up_to(pieces, start, place)) is not None:
            sides = [left]
        stop = places[number + 1] if number + 1 < len(places) else len(pieces)
        right = read_from(pieces, place + 1, stop)
        if not (sides and right) and _is_between_operands(pieces, place):
            missed.append(pieces[place])
        if right is not None:
            if len(sides) == 1 and _is_share(sides[0], right, pieces[place]):
                sides = [replace(sides[0], doubt="a share that is said to be an amount")]
            if sides and _is_labelled(sides[-1], right):
                sides[-1] = replace(sides[-1], doubt="the words behind it may be what the next number is of")
            relations += [pieces[place].text] if sides else []
            sides.append(right)
        if right is None or right.end < stop:
            found += [Equation(tuple(sides), tuple(relations))] if relations else []
            sides, relations = [], []
        start = place + 1 if right is None else right.stop
    found += [Equation(tuple(sides), tuple(relations))] if relations else []
    return found, missed


def _is_labelled(left: Found, right: Found) -> bool:
    """Width = 300 height = 200: the word behind a number says what the next number is of."""
    if not (left.is_lone and right.is_lone) or left.end == left.stop:
        return False
    return not (left.items[-1].unit and right.items[-1].unit)


def _is_share(left: Found, right: Found, relation: Piece) -> bool:
    """Whether a fraction of something is said to be an amount: 2/3 equals 16 gallons."""
    if not _is_proper(left) or any(item.unit or item.flag for item in left.items):
        return False
    is_amount = right.is_lone and any(item.flag == "money" or item.unit for item in right.items)
    return bool(relation.flag) or is_amount


def _is_between_operands(pieces: Sequence[Piece], place: int) -> bool:
    """Whether an equation stands here, not a word with its value, or two words."""
    if not 0 < place < len(pieces) - 1:
        return False
    kinds = [_operand_kind(piece) for piece in (pieces[place - 1], pieces[place + 1])]
    return all(kinds) and kinds != ["letter", "letter"]


def _operand_kind(piece: Piece) -> str:
    if piece.kind == "word" and len(piece.text) == 1:
        return "letter"
    if piece.kind == "opaque":
        return "" if piece.text else "formula"
    is_operand = piece.kind in {"number", "close", "mark"} or piece.text == "("
    return piece.kind if is_operand else ""


def says_another(left: Found, right: Found) -> bool:
    """Whether a number is said of another that need not equal it: 1 mile = 1760 yards, task 5 = 9 points.

    7.5 hours = 450 minutes can be checked.
    """
    if not left.is_lone or left.has_names:
        return False
    units = [{UNITS[item.unit] for item in side.items if item.unit} for side in (left, right)]
    measures = [{measure for measure, _ in found} for found in units]
    return units[0] == units[1] or measures[0] != measures[1] or not measures[0] & {"time", "money"}


Render = Callable[[Sequence[Item]], list[Token]]


def readings(sides: Sequence[Found]) -> tuple[list[Render], str]:
    """How items become tokens, the likeliest way first; and why none of these may be meant."""
    items = [item for side in sides for item in side.items]
    ways: list[Render] = [_as_fractions]
    if any(item.flag == "percent" for item in items):
        ways = [_as_fractions, _as_numbers, _as_changes]
        if sides[-1].items[-1].flag == "percent" and not any(i.flag == "percent" for i in sides[0].items):
            ways = [_as_numbers, _as_fractions]
    if any(_has_two_slashes(side.items) for side in sides):
        ways.append(_nested)
    if any(item.flag == "of" for item in sides[0].items):
        ways += [_of_whole, _behind_of]
    sizes, doubt = _sizes(items, [rate for side in sides[:-1] for rate in side.rates])
    if sizes:
        ways.append(lambda found: _converted(found, sizes))
    return ways, doubt


def _sizes(items: Sequence[Item], rates: Sequence[str]) -> tuple[dict[str, Fraction], str]:
    """For units that measure the same, the size of each as a multiple of the last one."""
    used: dict[str, list[str]] = {}
    for item in items:
        if item.unit:
            used.setdefault(UNITS[item.unit][0], []).append(item.unit)
        elif item.flag == "money":
            used.setdefault("money", []).append("dollar")
    found: dict[str, Fraction] = {}
    for dimension, units in used.items():
        if dimension == "count" or len({UNITS[unit][1] for unit in units}) > 1:
            base = Fraction(1) if dimension == "count" else UNITS[units[-1]][1]
            found.update({unit: UNITS[unit][1] / base for unit in units})
    if {"k", "K"} & found.keys():
        return found, "thousands may be rounded"
    lengths = {UNITS[unit][1] for unit in found if UNITS[unit][0] == "time"}
    if lengths & _CALENDAR and lengths - _CALENDAR:
        return found, "months and years have no fixed length"
    for rate in rates:
        dimension, size = UNITS[rate]
        measured = {UNITS[unit][1] for unit in used.get(dimension, ())}
        if measured and size not in measured:
            return found, f"it is per {rate}, and another unit is used"
    return found, ""


def _token(item: Item) -> Token:
    return Token(item.kind, item.text, item.offset)


def _as_fractions(items: Sequence[Item]) -> list[Token]:
    """12 % is 0.12."""
    return [
        Token("number", f"{Decimal(item.text).scaleb(-2):f}", item.offset)
        if item.flag == "percent"
        else _token(item)
        for item in items
    ]


def _as_numbers(items: Sequence[Item]) -> list[Token]:
    """12 % is 12."""
    return [_token(item) for item in items]


def _is_proper(side: Found) -> bool:
    """Whether it is a fraction below one."""
    if [item.kind for item in side.items] != ["number", "/", "number"]:
        return False
    return Decimal(side.items[0].text) < Decimal(side.items[2].text)


def _of_whole(items: Sequence[Item]) -> list[Token]:
    """10% of 400 + 1580 is 10% of their sum."""
    at = next((index for index, item in enumerate(items) if item.flag == "of"), None)
    if at is None:
        return _as_fractions(items)
    found, end = _as_fractions(items), items[-1].offset
    return [*found[: at + 1], Token("(", "(", items[at].offset), *found[at + 1 :], Token(")", ")", end)]


def _behind_of(items: Sequence[Item]) -> list[Token]:
    """He gives 10% of 400 + 1580 = 1980 away."""
    at = next((index for index, item in enumerate(items) if item.flag == "of"), -1)
    rest = items[at + 1 :]
    return _as_fractions(rest if any(item.kind in {"+", "-"} for item in rest) else items)


def _has_two_slashes(items: Sequence[Item]) -> bool:
    kinds = [item.kind for item in items]
    return any(kinds[at : at + 3] == ["/", "number", "/"] for at in range(len(kinds) - 2))


def _nested(items: Sequence[Item]) -> list[Token]:
    """28 / 1/5 is 28 / (1/5)."""
    found, kinds = _as_fractions(items), [item.kind for item in items]
    for at in range(len(kinds) - 4, -1, -1):
        if kinds[at : at + 4] == ["/", "number", "/", "number"]:
            opening, closing = found[at + 1].offset, found[at + 3].offset
            group = [Token("(", "(", opening), *found[at + 1 : at + 4], Token(")", ")", closing)]
            found[at + 1 : at + 4] = group
            kinds[at + 1 : at + 4] = ["(", "number", "/", "number", ")"]
    return found


def _as_changes(items: Sequence[Item]) -> list[Token]:
    """50 + 10 % is 50 * (1 + 0.1)."""
    last = items[-1]
    if last.flag != "percent" or len(items) < 3 or items[-2].kind not in {"+", "-"}:
        return _as_fractions(items)
    at, share = last.offset, _as_fractions([last])[0]
    whole = [
        Token("(", "(", items[0].offset),
        *_as_fractions(items[:-2]),
        Token(")", ")", at),
        Token("*", "*", at),
    ]
    return [
        *whole,
        Token("(", "(", at),
        Token("number", "1", at),
        _token(items[-2]),
        share,
        Token(")", ")", at),
    ]


def _converted(items: Sequence[Item], sizes: dict[str, Fraction]) -> list[Token]:
    """Every number in the last unit: 2 hours + 30 minutes is 2 * 60 + 30."""
    found: list[Token] = []
    for item in items:
        size = sizes.get(item.unit or ("dollar" if item.flag == "money" else ""), Fraction(1))
        power = len(str(size)) - 1
        if item.kind == "number" and size == 10**power and size > 1 and "e" not in item.text:
            found.append(Token("number", f"{item.text}e{power}", item.offset))  # 13 million, to these digits
            continue
        if item.kind != "number" or size == 1:
            found += _as_fractions([item])
            continue
        parts = [("(", "("), ("number", item.text), ("*", "*"), ("number", str(size.numerator))]
        parts += [("/", "/"), ("number", str(size.denominator))] if size.denominator > 1 else []
        found += [Token(kind, text, item.offset) for kind, text in (*parts, (")", ")"))]
    return found
