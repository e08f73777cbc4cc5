"""Subscripts and superscripts: what TeX takes, and the label that they spell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from hw2check.formula.notation import Token
from hw2check.latex.scope import UnclearError
from hw2check.latex.tokens import tokens as tex_tokens


class Tokens(Protocol):
    """What a script is read from: a parser at its place in a list of tokens."""

    tokens: list[Token]
    position: int
    bound: dict[str, int]

    @property
    def next(self) -> Token: ...
    def take(self) -> Token: ...
    def split(self, length: int) -> None: ...
    def raw_group(self) -> list[Token]: ...


_NEW = frozenset({"+", "new", "updated", "next", "t+1", "(t+1)", "[t+1]", "k+1", "(k+1)", "n+1", "(n+1)"})
INDICES = frozenset("ijklmnst")  # letters that run over entries
_OLD = frozenset({"(t)", "(k)", "old", "[t]"})
_WORDS = frozenset({"letters", "word", "textword", "number", "script"})


class Script(NamedTuple):
    """One subscript or superscript."""

    tokens: list[Token]
    text: str  # its label, indices of sums replaced by their values
    cut: bool = False  # TeX takes only its first character

    @property
    def is_transpose(self) -> bool:
        r"""Whether it is T or \top."""
        return len(self.tokens) == 1 and (self.tokens[0].kind == "top" or self.text == "T")

    @property
    def primes(self) -> int:
        r"""How many primes it is: ^\prime, ^{\prime\prime}; 0 for anything else."""
        are_primes = all(token.kind == "'" or token.text in {"'", "′"} for token in self.tokens)
        return len(self.tokens) if are_primes else 0

    @property
    def is_new(self) -> bool:
        """Whether it marks an updated parameter."""
        return self.text in _NEW

    @property
    def is_old(self) -> bool:
        """Whether it marks a parameter before its update."""
        return self.text in _OLD

    @property
    def label(self) -> str:
        """What is in brackets: the 1 of ^{(1)}, ^{[1]} and ^{<1>}; empty for other superscripts."""
        if self.text[:1] not in {"(", "[", "<"}:
            return ""
        match = re.fullmatch(r"[(\[<](\w+)[)\]>]", self.text)
        return match[1] if match else ""


def read_script(parser: Tokens, whole: Callable[[str], bool] = lambda _: False) -> Script:
    """The script behind a ^ or _ that was just taken.

    whole  whether several characters without braces are meant together, since that name is declared
    """
    token = parser.next
    if token.kind == "script":
        parser.take()
        return Script(tex_tokens(token.text), token.text.replace("\N{MINUS SIGN}", "-"))
    if token.kind in {"number", "letters"} and len(token.text) > 1:
        if whole(token.text) or token.kind == "number":
            parser.take()
            return Script([token], token.text, cut=not whole(token.text))
        parser.split(1)
    if token.kind == "frac":
        start = parser.position
        parser.take()
        parser.raw_group()
        parser.raw_group()
        return Script(parser.tokens[start : parser.position], "")
    if token.kind == "-":
        raise UnclearError("a sign in a superscript without braces")
    inner = parser.raw_group()
    return Script(inner, label_text(inner, parser.bound))


def label_text(tokens: list[Token], bound: Mapping[str, int]) -> str:
    """The label that tokens spell: braces and inner subscript marks dropped, i+1 computed."""
    parts = [_part(token, bound) for token in tokens if token.kind not in {"_", "{", "}"}]
    text = "".join(parts)
    if bound and any(sign in text for sign in "+-") and re.fullmatch(r"-?\d{1,6}(?:[+-]\d{1,6})*", text):
        return str(sum(int(term) for term in re.findall(r"[+-]?\d+", text)))
    return text


_BRACKETS = {**{mark: mark for mark in "()[]<>"}, "langle": "<", "rangle": ">"}


def _part(token: Token, bound: Mapping[str, int]) -> str:
    if token.kind in _BRACKETS:
        return _BRACKETS[token.kind]
    if token.kind == "accent":
        return ""
    if bound and token.kind in _WORDS and token.text and bound.keys() >= set(token.text):
        return "".join(str(bound[letter]) for letter in token.text)
    return token.text
