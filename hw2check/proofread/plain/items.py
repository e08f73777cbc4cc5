"""What sides in plain text consist of: items, and the words and marks that become them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hw2check.proofread.plain.pieces import Piece
from hw2check.proofread.plain.words import FUNCTIONS, NAMES

MAX_LETTER = 0x4FF  # Latin, Greek and Cyrillic letters are names; Chinese characters are words
_OPERATIONS = frozenset("+-*/^")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
RAISED = {
    "²": "2",
    "³": "3",
    "¹": "1",
    "⁰": "0",
    "ᵀ": "T",
    "⊤": "T",
    **{"⁴⁵⁶⁷⁸⁹"[i]: str(i + 4) for i in range(6)},
}


class Item(NamedTuple):
    """A token of a side, before a reading of its units and percentages is chosen."""

    kind: str
    text: str
    offset: int  # in the part
    flag: str = ""  # percent, money
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A side as far as it was understood."""

    items: tuple[Item, ...]
    start: int  # index of its first piece
    stop: int  # behind the last piece that has a meaning
    end: int  # behind the words that belong to it
    doubt: str = ""  # why it may not be the whole side
    rates: tuple[str, ...] = ()  # units that it is divided by: $5/hour

    @property
    def is_lone(self) -> bool:
        """Whether it is a number with no operation."""
        return not any(item.kind in _OPERATIONS for item in self.items)

    @property
    def has_names(self) -> bool:
        """Whether a letter stands for something."""
        return any(
            item.kind in {"letters", "word", "partial"} and item.text not in FUNCTIONS for item in self.items
        )


def is_name(piece: Piece, following: Piece | None) -> bool:
    """A letter, Greek letter, identifier with digits, or a word that is a quantity's usual name."""
    spelt = piece.text.rstrip("'")
    if spelt in NAMES:
        return True
    if spelt and ord(spelt[0]) > MAX_LETTER:
        return False
    is_short = len(spelt) == 1 or not spelt.isalpha() or (spelt[0] == "d" and len(spelt) == 2)
    is_word = any(mark in spelt for mark in "-&'’")
    is_article = spelt in {"a", "A", "I"} and following is not None and following.kind == "word"
    return is_short and not is_word and not is_article


def name_items(piece: Piece) -> list[Item]:
    """A name with its subscript: x1, x_1 and x₁ alike; and its primes."""
    spelt = piece.text.rstrip("'")
    stem = spelt.rstrip("0123456789₀₁₂₃₄₅₆₇₈₉")
    head, _, rest = (stem or spelt).partition("_")
    label = (rest + spelt[len(stem) :]).translate(_SUBSCRIPTS)
    found = [Item("letters" if len(head) < 3 else "word", head, piece.start)]
    if label:
        found += [Item("_", "_", piece.start), Item("script", label, piece.start)]
    return found + [Item("'", "'", piece.end - 1)] * (len(piece.text) - len(spelt))


def is_mixed(piece: Piece, after: tuple[Piece | None, ...]) -> bool:
    """3 1/2: a whole number and a fraction below one, with a blank between them."""
    numerator, slash, denominator = after
    if numerator is None or slash is None or denominator is None or (slash.kind, slash.text) != ("op", "/"):
        return False
    parts = (piece, numerator, denominator)
    if not all(part.kind == "number" and part.text.isdigit() for part in parts):
        return False
    is_fraction = slash.start == numerator.end and slash.end == denominator.start
    return is_fraction and piece.flag != "percent" and 0 < int(numerator.text) < int(denominator.text)


def is_hyphen(pieces: Sequence[Piece], index: int) -> bool:
    """The - in 7-day, the / in coffee/pods."""
    if pieces[index].text not in {"-", "/"} or index + 1 >= len(pieces) or not index:
        return False
    before, after = pieces[index - 1], pieces[index + 1]
    return after.kind == "word" and before.end == pieces[index].start and after.start == pieces[index].end
