"""The pieces of a plain text: numbers as people write them, operators, brackets, words, relations and stops.

`$` and its kin before a number are dropped, commas and blanks between thousands too; a time, a date, a
version or a ratio is a piece that nothing can be computed from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from hw2check.proofread.plain.words import ARTICLES, OPERATORS, OPERATORS_BY, RELATIONS

_LETTER = "[A-Za-zÀ-ÖØ-öø-ɏͰ-ϿЀ-ӿ]"  # of names, which may have digits
_OTHER_LETTER = r"[^\W\d_⁰-₉²³¹¼-¾ᵀ]"  # of words alone: in Chinese no blank parts them from a number
_BLANK = "[ \u00a0\u202f\u2009]"
_GROUPED = rf"\d{{1,3}}(?:,\d{{3}})+(?!,?\d)|\d{{1,3}}(?:{_BLANK}\d{{3}})+(?!\d|[.,]\d{{4}})"
_NUMBER = rf"(?:(?:{_GROUPED}|\d+)(?:\.\d+)?|\.\d+)(?:e[+-]?\d+(?![\w.]))?(?![,\d]*\d)"
_PIECE = re.compile(
    rf"""(?P<space>(?:[\s\u200b]|&nbsp;|\\(?=[*_$%#&~]))+)
      | (?P<other>https?://\S+ | \(\d+(?:[x×]\d+)+\) | 0\d+(?![.\d]) | \d{{1,2}}:\d\d(?::\d\d)?(?!\d)
          | \d+(?:\.\d+){{2,}} | \d+:\d+
          | (?:19|20)\d\d-\d\d-\d\d | \d{{1,2}}/\d{{1,2}}/(?:19|20)\d\d | <[/!]?[A-Za-z][^<>\n]{{0,200}}>
          | [=!<>+*/:-]==? | <= | >= | =+> | ->)(?<![^=!<>:+*/-]=)
      | (?P<number>(?:(?:US|AU|CA)?[$€£¥₹][ ]?)?{_NUMBER})(?:\.\.\.?(?!\d)|…)?
        (?:(?P<percent>[ \\]?%|[ ]percent\b)|(?P<money>[€£¥₹]|\$(?![\d.]))|(?P<ordinal>(?:st|nd|rd|th)s?\b))?
      | (?P<command>\\\\|\\[A-Za-z]+\*?\{{?|[`&}}])
      | (?P<malformed>[$€£]?\d[\d,.]*\d)
      | (?P<abbreviation>(?:sq|cu|ft|oz|lbs?|hrs?|mins?|secs?|yrs?|in|gal|wk|mo)\.(?=[ ]?[-+*/x×÷=)a-z])
          | [A-Za-z]{{1,3}}(?:\.[A-Za-z]{{1,3}})+\.?(?=[ ]))
      | (?P<times>[xX](?=[ ]*[$€£]?[(\d.]))
      | (?P<power>\*\*|\^)
      | (?P<op>[+*/×·⋅∙•÷−–@-])
      | (?P<rel>=|≈|≃|≅)
      | (?P<open>[(\[])
      | (?P<close>[)\]])
      | (?P<word>[A-Za-z]{{2,}}(?:['’&-][A-Za-z]+)+ | [A-Za-z]{{2,}}s['’](?=\s)
          | [A-Za-z](?:[&-][A-Za-z]{{2,}})+
          | {_LETTER}(?:{_LETTER}|[0-9_₀-₉])*'* | {_OTHER_LETTER}+)
      | (?P<mark>[√∂ᵀ²³¹⁰⁴-⁹⁻⊤⊙∇Σ∑])
      | (?P<stop>[,;.?!:—"“”…|\n_、。，；：！？（）「」『』【】《》]|\#+(?=[ ]))
      | (?P<unknown>[\s\S])""",
    re.VERBOSE,
)
_ENTRY = re.compile(
    r"[ \t>]*(?:[-*+•][ \t]+|\d{1,3}[.)][ \t]+|\(\w{1,3}\)[ \t]+|[A-Za-z]?\d{0,2}[.)][ \t]+|\#+[ \t]+)*"
)
_EMPHASIS = re.compile(
    r"(?<![\w*)])(\*\*(?=[^\s*])(?:[^*\n]|\*(?!\*))*[^\s*])\*\*(?![\w*])"
    r"|(?<![\w*)])(\*(?=[^\s*])[^*\n]*[^\s*])\*(?![\w*])"
)
_OPERATORS = {"×": "*", "·": "*", "⋅": "*", "∙": "*", "•": "*", "@": "*", "÷": "/", "−": "-", "–": "-"}

_SPELT = {"*": "times", "/": "divided", "+": "plus", "-": "minus"}


class Piece(NamedTuple):
    """A piece of a text.

    Kinds: number, op, open, close, rel, word, mark (of Unicode mathematics), stop, opaque (mathematics in
    another notation, or nothing that can be computed).
    """

    kind: str
    text: str  # of a number its digits, of an operator its sign in ASCII, else as written
    start: int
    end: int
    flag: str = ""  # percent, money or ordinal for a number; spelt for an operator or relation in words


def pieces(text: str, start: int, end: int, opaque: Sequence[tuple[int, int]] = ()) -> list[Piece]:
    """The pieces of text[start:end]; `opaque` are spans in it, in order, that are read in another way."""
    found: list[Piece] = []
    position = start
    entry = _ENTRY.match(text, start, end)
    if entry is not None and entry.end() > start:
        found.append(Piece("stop", "", start, entry.end()))
        position = entry.end()
    stars = {
        at
        for match in _EMPHASIS.finditer(text, start, end)
        for at in (match.start(), match.end(match.lastindex or 0))
    }
    spans = iter(opaque)
    span = next(spans, None)
    while position < end:
        while span is not None and span[1] <= position:
            span = next(spans, None)
        if span is not None and span[0] <= position:
            found.append(Piece("opaque", "", position, min(span[1], end)))
            position = span[1]
            continue
        match = _PIECE.match(text, position, end if span is None else min(end, span[0]))
        if match is None:
            break
        if position in stars:
            position += 1 + text.startswith("**", position)
            continue
        position = match.end()
        if match.lastgroup != "space":
            _add(match, text, found)
    return [_settled(piece, index, found) for index, piece in enumerate(found)]


def _settled(piece: Piece, index: int, found: Sequence[Piece]) -> Piece:
    """An operator in words stays one only before an operand: 2 times 3, but 2 times a week."""
    if piece.kind != "op" or piece.flag not in {"spelt", "by"}:
        return piece
    at = index + 1
    while at < len(found) and found[at].text.lower() in ARTICLES:
        at += 1
    is_operator = piece.flag == "spelt" and at < len(found) and found[at].kind in {"number", "open", "mark"}
    return piece if is_operator else Piece("word", _SPELT[piece.text], piece.start, piece.end)


def _add(match: re.Match[str], text: str, found: list[Piece]) -> None:
    kind, spelt, (start, end) = match.lastgroup or "", match[0], match.span()
    if match["number"] is not None:
        flag = kind if kind in {"percent", "ordinal"} else ""
        money = kind == "money" or match["number"][0] in "$€£¥₹UAC"
        if not flag and money:
            flag = "money"
        digits = re.sub(r"[^\d.e+-]", "", match["number"])
        found.append(Piece("number", digits, start, end, flag))
    elif kind == "times":
        glued_word = start and text[start - 1].isalpha()
        found.append(Piece("word", spelt, start, end) if glued_word else Piece("op", "*", start, end, "x"))
    elif kind == "power":
        found.append(Piece("op", "^", start, end))
    elif kind == "op":
        found.append(Piece("op", _OPERATORS.get(spelt, spelt), start, end))
    elif kind == "rel":
        found.append(Piece("rel", "=" if spelt == "=" else "~", start, end))
    elif kind == "word":
        _word(spelt, start, end, found)
    elif kind == "command":
        if spelt != "`":
            found.append(Piece("stop", spelt, start, end))
    elif kind == "abbreviation":
        found.append(Piece("word", spelt.rstrip("."), start, end))
    elif kind in {"other", "unknown", "malformed"}:
        found.append(Piece("opaque", spelt, start, end))
    elif spelt == "_" and start and (text[start - 1].isalnum() or text[start - 1] == "}"):
        found.append(Piece("opaque", spelt, start, end))  # a subscript, no emphasis
    else:
        found.append(Piece(kind, spelt, start, end))


def _word(spelt: str, start: int, end: int, found: list[Piece]) -> None:
    lower = spelt.lower()
    if lower == "by" and found and found[-1].flag == "by":
        found[-1] = found[-1]._replace(end=end, flag="spelt")
    elif lower in RELATIONS:
        found.append(Piece("rel", "=", start, end, "spelt"))
    elif lower == "to" and found and found[-1].kind == "rel" and found[-1].flag == "spelt":
        found[-1] = found[-1]._replace(end=end)
    elif lower in OPERATORS:
        found.append(Piece("op", OPERATORS[lower], start, end, "spelt"))
    elif lower in OPERATORS_BY:
        found.append(Piece("op", OPERATORS_BY[lower], start, end, "by"))
    else:
        found.append(Piece("word", spelt, start, end))
