"""One pass over the pieces of a plain text: which of them make a side, and what they mean.

A side is numbers, operators and brackets; the words behind a number are its unit and do not change the value.
What cannot be understood ends it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hw2check.proofread.plain.items import RAISED, Item, is_hyphen, is_mixed, is_name, name_items
from hw2check.proofread.plain.pieces import Piece
from hw2check.proofread.plain.words import ARTICLES, BLOCKING, FUNCTIONS, GLUED, LETTERS, POWERS, UNITS

MAX_WORDS = 10  # that may follow a number as its unit


_EACH = frozenset({"per", "a", "an", "each", "every"})
_OPERAND, _BEHIND, _WORDS = range(3)


@dataclass(slots=True)
class Reading:
    """A left to right pass over pieces, with the last point up to which they are a whole side."""

    pieces: Sequence[Piece]
    position: int
    stop: int
    items: list[Item] = field(default_factory=list)
    state: int = _OPERAND
    depth: int = 0
    words: int = 0
    rates: list[str] = field(default_factory=list)
    whole: tuple[int, int] = (-1, 0)  # position, number of items
    settled: int = -1  # position behind the words of the whole side

    def run(self) -> None:
        while self.position < self.stop:
            if not (self._operand() if self.state == _OPERAND else self._behind()):
                return
            if not self.depth and self.state == _BEHIND:
                self.whole = (self.position, len(self.items))
            if not self.depth and self.state != _OPERAND:
                self.settled = self.position

    def _peek(self, ahead: int = 0) -> Piece | None:
        at = self.position + ahead
        return self.pieces[at] if at < self.stop else None

    def _emit(self, kind: str, piece: Piece, text: str = "", flag: str = "") -> None:
        self.items.append(Item(kind, text or piece.text, piece.start, flag))

    def _operand(self) -> bool:
        piece = self.pieces[self.position]
        if piece.kind == "number":
            return self._number(piece)
        self.position += 1
        if piece.kind == "open":
            self.depth += 1
            self._emit("(", piece, "(")
            return True
        if piece.kind == "op" and piece.text in "+-" and not piece.flag:
            return self._sign(piece)
        if piece.kind == "mark":
            return self._mark(piece)
        return piece.kind == "word" and self._word(piece)

    def _sign(self, piece: Piece) -> bool:
        before = self.items[-1].kind if self.items else ""
        self._emit(piece.text, piece)
        following = self._peek()
        is_glued = following is not None and following.start == piece.end
        return is_glued and (before in {"", "(", "*", "/", "^", "+", "-"})

    def _mark(self, piece: Piece) -> bool:
        if piece.text == "√":
            return self._root(piece)
        kind = {"∂": "partial", "∇": "nabla"}.get(piece.text, "")
        self._emit(kind, piece)
        return kind != ""

    def _root(self, piece: Piece) -> bool:
        """√16 and √(9 + 7) as sqrt(16) and sqrt(9 + 7)."""
        following = self._peek()
        if following is None or following.kind not in {"number", "word", "open"}:
            return False
        self._emit("word", piece, "sqrt")
        if following.kind != "open":
            self._emit("(", piece, "(")
            if not self._operand():
                return False
            self._emit(")", following, ")")
        return True

    def _word(self, piece: Piece) -> bool:
        following = self._peek()
        lower = piece.text.lower()
        if lower in FUNCTIONS or piece.text in {"σ", "ReLU"}:
            self._emit("word", piece, "sigmoid" if piece.text == "σ" else piece.text)
            return following is not None and following.kind == "open"
        is_article = lower in ARTICLES or lower.endswith(("'s", "’s"))
        if (
            self.items
            and is_article
            and following is not None
            and following.kind in {"number", "open", "word"}
        ):
            return not (following.kind == "word" and is_name(piece, following))
        if not is_name(piece, following):
            return False
        self.items += name_items(piece)
        self.state = _BEHIND
        return True

    def _number(self, piece: Piece) -> bool:
        after = self._peek(1), self._peek(2), self._peek(3)
        self.position += 1
        self.state = _BEHIND
        if piece.flag == "ordinal" and not (self.items and self.items[-1].kind == "/"):
            return False
        if is_mixed(piece, after):
            self._emit("(", piece, "(")
            self._emit("number", piece)
            self._emit("+", piece, "+")
            for part in self.pieces[self.position : self.position + 3]:
                self._emit(part.text if part.kind == "op" else "number", part)
            self._emit(")", self.pieces[self.position + 2], ")")
            self.position += 3
            return True
        self._emit("number", piece, flag=piece.flag)
        return True

    def _behind(self) -> bool:
        piece = self.pieces[self.position]
        if piece.kind == "op":
            return self._operator(piece)
        if piece.kind == "close":
            self.position += 1
            self.depth -= 1
            self._emit(")", piece, ")")
            self.state = _BEHIND
            return self.depth >= 0
        if piece.kind == "open":
            return self._bracket(piece)
        if piece.kind == "word":
            return self._unit(piece)
        if piece.kind == "number" and self.state == _BEHIND and self._closes_fraction():
            self._emit("*", piece, "*")  # (1/2) 278
            self.state = _OPERAND
            return True
        if piece.kind == "mark" and self.state == _BEHIND:
            return self._raised(piece)
        return False

    def _closes_fraction(self) -> bool:
        kinds = [item.kind for item in self.items[-5:]]
        return kinds == ["(", "number", "/", "number", ")"]

    def _raised(self, piece: Piece) -> bool:
        if piece.text in RAISED:
            self.position += 1
            self.items += [Item("^", "^", piece.start), Item("script", RAISED[piece.text], piece.start)]
            return True
        if piece.text in {"√", "∂"}:
            self.state = _OPERAND
            return True
        return False

    def _operator(self, piece: Piece) -> bool:
        following = self._peek(1)
        if piece.text == "^" and self.state == _WORDS:
            return False
        self.position += 1
        if following is not None and following.kind == "word":
            is_word = following.text in UNITS or not is_name(following, self._peek(1)) or self.state == _WORDS
            is_glued = piece.end == following.start or following.text.lower() in UNITS
            if piece.text == "/" and is_word and is_glued:
                self.position += 1  # a rate: $5/jar
                self.rates += rates_of(self.items, following.text.lower())
                self.state = _WORDS
                return True
            if is_hyphen(self.pieces, self.position - 1):
                self.position += 1  # a 7-day week
                self.state = _WORDS
                return is_word
        self._emit(piece.text, piece)
        self.state = _OPERAND
        return True

    def _bracket(self, piece: Piece) -> bool:
        """A factor, a remark without numbers, or the arguments of a name."""
        if self.state == _BEHIND and self._is_factor(piece):
            if self.items[-1].kind in {"number", ")"}:
                self._emit("*", piece, "*")
            self.state = _OPERAND
            return True
        at = self.position + 1
        while at < self.stop and self.pieces[at].kind in {"word", "stop"} and at < self.position + MAX_WORDS:
            at += 1
        if at < self.stop and self.pieces[at].kind == "close":
            self.position = at + 1
            return True
        return False

    def _is_factor(self, piece: Piece) -> bool:
        following = self._peek(1)
        is_glued = self.pieces[self.position - 1].end == piece.start
        starts = following is not None and following.kind in {"number", "open", "op", "mark"}
        named = following is not None and following.kind == "word" and is_name(following, self._peek(2))
        return (starts or named) and (is_glued or self.items[-1].kind in {"number", ")"})

    def _unit(self, piece: Piece) -> bool:
        following = self._peek(1)
        lower = piece.text.lower()
        if self.state == _BEHIND and lower in POWERS:
            self.position += 1
            self.items += [Item("^", "^", piece.start), Item("number", POWERS[lower], piece.start)]
            return True
        is_glued = self.pieces[self.position - 1].end == piece.start
        if self.state == _BEHIND and is_glued and piece.text not in GLUED and len(piece.text) < 3:
            self.state = _OPERAND  # 3x: a coefficient
            return True
        if lower == "of":
            return self._of(piece, following)
        is_operand = following is not None and following.kind == "op"
        is_letter = len(piece.text) == 1 and (piece.text not in {"a", "A"} or is_operand)
        is_unit = self.state == _BEHIND and (piece.text in LETTERS or (is_glued and piece.text in UNITS))
        is_label = (lower == "total" and following is None) or "_" in piece.text or piece.text[-1].isdigit()
        is_joining = lower == "and" and following is not None and following.kind == "word"
        if (
            (lower in BLOCKING and not is_joining)
            or is_label
            or (is_letter and not is_unit)
            or self.words >= MAX_WORDS
        ):
            return False
        if self.state == _BEHIND:
            self.words = 0
        unit = LETTERS.get(piece.text, "") if is_unit else ""
        unit = unit or (piece.text if piece.text in UNITS else lower)
        if unit in UNITS and self.pieces[self.position - 1].text.lower() in _EACH:
            self.rates += rates_of(self.items, unit)
        elif unit in UNITS:
            note_unit(self.items, unit)
        self.words += 1
        self.position += 1
        self.state = _WORDS
        return True

    def _of(self, piece: Piece, following: Piece | None) -> bool:
        """2/3 of 9, 20% of 50: a product; 5 of the 20 is none, 3 cups of flour a unit."""
        articles = 0
        while following is not None and following.text.lower() in ARTICLES:
            articles += 1
            following = self._peek(1 + articles)
        is_operand = following is not None and following.kind in {"number", "open"}
        if not is_operand:
            self.position += 1
            self.words += 1
            self.state = _WORDS
            return self.words < MAX_WORDS
        last = self.items[-1]
        is_part = (
            last.flag == "percent" or (len(self.items) > 1 and self.items[-2].kind == "/") or last.kind == ")"
        )
        if not is_part or self.state == _WORDS:
            return False
        self.position += 1 + articles
        self._emit("*", piece, "*", flag="of")
        self.state = _OPERAND
        return True


def note_unit(items: list[Item], unit: str) -> None:
    """The last number has this unit, if it has none yet."""
    for at in range(len(items) - 1, -1, -1):
        if items[at].kind == "number":
            if not items[at].unit:
                items[at] = items[at]._replace(unit=unit)
            return


def rates_of(items: list[Item], unit: str) -> list[str]:
    """The unit that is divided by: 60 minutes/hour says what an hour is, $5/hour is a rate."""
    last = next((item.unit for item in reversed(items) if item.kind == "number"), "")
    is_conversion = last != "" and unit in UNITS and UNITS[last][0] == UNITS[unit][0]
    return [unit] if unit in UNITS and not is_conversion else []
