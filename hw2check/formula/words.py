"""The tokens of the infix notation."""

from __future__ import annotations

import re

from hw2check.formula.names import WORD
from hw2check.formula.vocabulary import MAX_TOKENS, MAX_WORD, NotationError, Token, Vocabulary

_SPELLINGS = {
    "**": "^",
    "·": "*",
    "⋅": "*",
    "×": "*",
    "⊙": "*",
    "∗": "*",
    "÷": "/",
    "−": "-",
    "–": "-",
    "≥": ">=",
    "≤": "<=",
}
_TOKEN = re.compile(
    rf"""\s*(?:
    (?P<number>(?:\d[\d_]*(?:\.(?!T\b)\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<partial>[d∂]{WORD}\s*/\s*[d∂]{WORD})
  | (?P<word>{WORD}'*)
  | (?P<operator>\*\*|>=|<=|\.T\b|[-+*/@^()\[\],=<>:·⋅×⊙∗÷−–≥≤])
  | (?P<end>\Z)
  )""",
    re.VERBOSE,
)
_WORD = re.compile(rf"{WORD}'*")
_STEP = re.compile(r"@\d{1,4}\b(?!\.\d)")  # the quantity of a later step

PLACES = "X[0] is the first row, X[:, 0] the first column, X[0, 1] an entry, X[0:2] the first two rows"

FORBIDDEN = {
    ";": "a formula is one expression",
    "'": "quotes do not belong in a formula",
    '"': "quotes do not belong in a formula",
    "{": "write brackets as ( )",
    "$": "this is the notation of problem files, not LaTeX",
    "\\": "this is the notation of problem files, not LaTeX: write exp(x), x_5, a/b",
    ".": "only .T may follow a dot",
    "!": "there is no factorial here",
    "=": "an answer is the right side alone",
    "²": "write ^2 for a square",
    "³": "write ^3 for a cube",
    "%": "there is no % here",
}


def split_words(text: str, vocabulary: Vocabulary) -> list[Token]:
    tokens: list[Token] = []
    position, end, brackets = 0, len(text), 0
    match_at = _TOKEN.match
    while True:
        match = match_at(text, position)
        if match is None:
            raise _unexpected_character(text, position)
        kind: str = match.lastgroup  # type: ignore[assignment]
        start, position = match.span(kind)
        if kind == "operator":
            spelt = text[start:position]
            brackets += (spelt == "[") - (spelt == "]")
            if spelt == ":" and brackets <= 0:
                raise _unexpected_character(text, start)
            tokens.append(Token(_SPELLINGS.get(spelt, spelt), spelt, start))
            continue
        if kind == "end":
            tokens.append(Token(kind, "", end))
            return tokens
        spelt = text[start:position]
        if kind == "partial" and vocabulary.resolve(spelt) is None:
            kind, match = "word", _WORD.match(text, start) or match
            spelt, position = match[0], match.end()
        elif kind == "partial":
            _check_reading(spelt, vocabulary, start)
        step = _STEP.match(text, position) if kind != "number" and text.startswith("@", position) else None
        if step and vocabulary.resolve(spelt + step[0]) is not None:  # W@2 is no product: 2 is a scalar
            spelt, position = spelt + step[0], step.end()
        if len(spelt) > MAX_WORD:
            raise NotationError("a name or number is too long", start)
        tokens.append(Token(kind, spelt, start))
        if len(tokens) > MAX_TOKENS:
            raise NotationError(f"the formula is longer than {MAX_TOKENS:,} tokens", start)


def _check_reading(spelt: str, vocabulary: Vocabulary, start: int) -> None:
    """dx/dt is a derivative, but not where dx and dt are quantities of their own."""
    above, below = (part.strip() for part in spelt.split("/"))
    if "∂" not in spelt and vocabulary.resolve(above) is not None and vocabulary.resolve(below) is not None:
        raise NotationError(
            f"{spelt} may be the derivative or {above} divided by {below}",
            start,
            f"write ∂{above[1:]}/∂{below[1:]} or ({above})/({below})",
        )


def _unexpected_character(text: str, position: int) -> NotationError:
    while position < len(text) and text[position].isspace():
        position += 1
    character = text[position]
    return NotationError(f"{character!r} cannot stand in a formula", position, FORBIDDEN.get(character, ""))
