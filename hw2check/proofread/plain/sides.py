"""Where a side of an equation in plain text begins and ends, and whether that is sure.

Right of = it begins at once and ends where nothing more is understood; left of the first = it ends there, and
begins as early as everything up to there is understood. Where more may have been part of it, it has a doubt.
"""

from __future__ import annotations

from collections.abc import Sequence

from hw2check.proofread.plain.items import Found, Item, is_hyphen
from hw2check.proofread.plain.pieces import Piece
from hw2check.proofread.plain.side_reading import Reading
from hw2check.proofread.plain.words import (
    ARTICLES,
    CLAUSES,
    LABELS,
    MEANS,
    MODIFIERS,
    PREPOSITIONS,
    UNITS,
    VAGUE,
)

_ORDERS = frozenset("<>≤≥≠")  # a comparison that follows a result is another claim
MAX_BACK = 120  # pieces before = that may belong to its left side
_LINKING = ARTICLES | {"of", "as", "sum", "total"}


def read_from(pieces: Sequence[Piece], start: int, stop: int) -> Found | None:
    """The longest side that begins at a piece: what stands right of =, or all between two of them."""
    while start < stop and pieces[start].kind == "stop":
        start += 1
    reading = Reading(pieces, start, stop)
    reading.run()
    position, count = reading.whole
    if position < 0:
        return None
    end = reading.settled
    items = tuple(reading.items[:count])
    doubt = "" if end == stop else _doubt_behind(pieces, position, end, stop, items)
    return Found(items, start, position, end, doubt, tuple(reading.rates))


def _doubt_behind(pieces: Sequence[Piece], position: int, end: int, stop: int, items: Sequence[Item]) -> str:
    """Why a side that ends at a piece may go on behind it."""
    piece = pieces[position]
    if position >= end and piece.kind in {"op", "opaque", "mark"} and piece.text not in _ORDERS:
        return f"what follows it ({piece.text or 'a formula'}) may belong to it"
    last = next((item for item in reversed(items) if item.kind == "number"), None)
    unit = "" if last is None else last.unit or ("dollar" if last.flag == "money" else "")
    is_rest = True  # whether a second part of the number may follow: 5 hours and 30 minutes
    for at in range(position, min(position + 6, stop)):
        following, text = pieces[at], pieces[at].text.lower()
        if following.kind == "number":
            is_part = is_rest and at + 1 < stop and _measure(pieces[at + 1].text) == _measure(unit) != ""
            return "what follows it may belong to it" if is_part or pieces[at - 1].text == "with" else ""
        if text in VAGUE:
            return f"it is said with {following.text!r}"
        if text in PREPOSITIONS or (following.kind == "stop" and text != ","):
            return ""
        if at >= end and following.kind == "op":
            return "what follows it may belong to it"
        is_rest = is_rest and (text in UNITS or text == "and")
    return ""


def _measure(unit: str) -> str:
    return UNITS[unit][0] if unit in UNITS else ""


def read_up_to(pieces: Sequence[Piece], start: int, stop: int) -> Found | None:
    """The longest side that ends at a piece: what stands left of the first = of a chain."""
    while stop > start and pieces[stop - 1].kind == "stop" and pieces[stop - 1].text in {",", ":", ""}:
        stop -= 1
    at = max(start, stop - MAX_BACK)
    while at < stop:
        if not _may_begin(pieces, at, start):
            at += 1
            continue
        reading = Reading(pieces, at, stop)
        reading.run()
        if reading.position >= stop and reading.settled >= stop and not reading.depth:
            doubt = _doubt_before(pieces, at, start, reading.items)
            return Found(tuple(reading.items), at, reading.whole[0], stop, doubt, tuple(reading.rates))
        at = max(at + 1, reading.position if reading.depth <= 0 else at + 1)
    return None


def _may_begin(pieces: Sequence[Piece], at: int, start: int) -> bool:
    piece = pieces[at]
    before = pieces[at - 1] if at > start else None
    if piece.kind == "number" or piece.kind == "open":
        return True
    if piece.kind == "op":
        is_spaced = before is None or before.end < piece.start or before.kind in {"open", "stop"}
        return piece.text == "-" and is_spaced and not (before is not None and before.kind == "number")
    return piece.kind in {"word", "mark"}


def _doubt_before(pieces: Sequence[Piece], at: int, start: int, items: Sequence[Item]) -> str:
    """Why a side that begins at a piece may have begun before it."""
    if _is_range(pieces, at, items):
        return "it may be a range"
    words: list[str] = []
    for index in range(at - 1, start - 1, -1):
        piece = pieces[index]
        if piece.text.lower() in CLAUSES:
            break
        if piece.kind == "word" or is_hyphen(pieces, index):
            words.append(piece.text.lower())
        elif piece.kind in {"op", "opaque"}:
            is_dash = piece.text == "-" and words and (index == start or pieces[index - 1].kind != "number")
            if not is_dash:
                return "what stands before it may belong to it"
            break
        elif piece.text == "." and index > start and _is_cut(pieces, index, at):
            return "what stands before it may belong to it"
        elif piece.kind == "number" and words and all(word in UNITS or word == "and" for word in words):
            return "it may be the second part of a number"
        elif piece.text == "," and index + 1 == at and _is_thousands(pieces, index, start):
            return "the comma before it may part thousands"
        elif piece.kind != "open" or words:
            break
    changing = next((word for word in words if word not in _LINKING), "")
    kinds = {item.kind for item in items}
    if changing in MODIFIERS or (changing in MEANS and "+" in kinds and "/" not in kinds):
        return f"{changing!r} stands before it"
    if words and words[0] in LABELS and items[0].kind == "number":
        return f"{words[0]!r} stands before its first number"
    if words and words[0] == "by" and any(word.startswith(("multipl", "divid")) for word in words):
        return "it is what something is multiplied or divided by"
    return ""


def _is_range(pieces: Sequence[Piece], at: int, items: Sequence[Item]) -> bool:
    """2-5, from the smaller to the larger number."""
    if [item.kind for item in items] != ["number", "-", "number"]:
        return False
    is_glued = pieces[at].end == pieces[at + 1].start and pieces[at + 1].end == pieces[at + 2].start
    return is_glued and float(items[0].text) < float(items[2].text)


def _is_thousands(pieces: Sequence[Piece], index: int, start: int) -> bool:
    """14, 400 with a blank behind the comma."""
    before, after = pieces[max(index - 1, start)], pieces[index + 1]
    return (
        before.kind == after.kind == "number" and before.end == pieces[index].start and len(after.text) == 3
    )


def _is_cut(pieces: Sequence[Piece], index: int, at: int) -> bool:
    """Whether a point before a side is no full stop: `.8 + . 84`, or a number that goes on in a new line."""
    before = pieces[index - 1]
    if before.kind == "op":
        return True
    return (
        index + 1 == at and before.kind == pieces[at].kind == "number" and before.end == pieces[index].start
    )
