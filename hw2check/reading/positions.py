"""Where every key and value stands in the text of a TOML or JSON file."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from hw2check.errors import Place

Path = tuple[str | int, ...]  # of a value: ("nodes", "x6") or ("layer", 0, "W", 2, 1)

# Tokens of both formats. No text fails to match, and possessive repeats keep it linear on any text.
STRINGS = r"""(?P<comment>\#[^\n]*+)
      | (?P<string>"{3}(?:[^"\\]++|\\[\s\S]|"{1,2}(?!"))*+"{3,5}
                 | '{3}(?:[^']++|'{1,2}(?!'))*+'{3,5}
                 | (?!"{3})"(?:[^"\\\n]++|\\[^\n])*+"
                 | (?!'{3})'[^'\n]*+')
      | (?P<open>"{3}[\s\S]*+|'{3}[\s\S]*+|["'][^\n]*+)"""
TOKEN = re.compile(
    STRINGS + r"""| (?P<mark>[][{}=,:\n]) | (?P<word>[^][\s{}=,:"'\#]++) | (?P<end>\Z)""",
    re.VERBOSE,
)
_CHARACTER = re.compile(
    r"(?P<nothing>\\[ \t]*+\n\s*+)|\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}"
    r"|\\u[\da-fA-F]{4}|\\U[\da-fA-F]{8}|\\x[\da-fA-F]{2}|\\?[\s\S]"
)


class Span(NamedTuple):
    """Offsets into the text."""

    key: int  # where the key begins, or the array element
    start: int  # where the value begins
    end: int  # where it ends


def place_of(file: str, text: str, at: int) -> Place:
    """The place of the character at that offset."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return Place(file, text.count("\n", 0, at) + 1, at - start + 1, text[start : end if end >= 0 else None])


class Scanner:
    """Where the keys and values stand in a text that tomllib or json accepts, at least so far."""

    def __init__(self, text: str, *, toml: bool) -> None:
        self.toml = toml
        self.spans: dict[Path, Span] = {(): Span(0, 0, len(text))}
        self.statement: tuple[Path, int] = ((), 0)  # the last one: what it defines, where it begins
        self.last: tuple[Path, int] = ((), 0)  # the same of the last key
        self.repeats: list[tuple[Path, int]] = []  # keys that were known when they were defined
        self._counts: dict[Path, int] = {}  # tables so far in each [[array of tables]]
        self._tokens: Iterator[re.Match[str]] = TOKEN.finditer(text)
        self._ahead = next(self._tokens)
        self._skip_comment()
        self._end = 0
        if toml:
            self._document()
        else:
            del self.spans[()]
            self._value(())

    def _take(self) -> re.Match[str]:
        taken = self._ahead
        if taken.lastgroup != "end":
            self._end = taken.end()
            self._ahead = next(self._tokens)
            self._skip_comment()
        return taken

    def _skip_comment(self) -> None:
        while self._ahead.lastgroup == "comment":
            self._ahead = next(self._tokens)

    def _peek(self) -> str:
        while self._ahead[0] == "\n":
            self._take()
        return self._ahead[0]

    def _document(self) -> None:
        table: Path = ()
        while ahead := self._peek():
            start = self._ahead.start()
            if ahead == "[":
                table = self._header()
                self.statement = (table, start)
            else:
                self.statement = (self._pair(table), start)

    def _header(self) -> Path:
        opening = self._take()
        several = self._ahead[0] == "[" and self._ahead.start() == opening.end()
        if several:
            self._take()
        path, key = self._key(())
        if several:
            path = path[:-1] if path and isinstance(path[-1], int) else path
            self._counts[path] = self._counts.get(path, 0) + 1
            path = (*path, self._counts[path] - 1)
            self.spans.setdefault(path, key)
        while self._ahead[0] not in ("\n", ""):
            self._take()
        return path

    def _pair(self, table: Path) -> Path:
        path, key = self._key(table)
        if self._peek() in "=:":
            self._take()
        self._value(path, key.key)
        return path

    def _key(self, path: Path) -> tuple[Path, Span]:
        begin = self._ahead.start()
        span = Span(begin, begin, begin)
        known = False
        while self._ahead[0] not in "=:]\n":
            for name, start, end in self._parts(self._take()):
                path, span = (*path, name), Span(start, start, end)
                known = path in self.spans
                self.spans.setdefault(path, span)
                if path in self._counts:
                    path = (*path, self._counts[path] - 1)
        if known:
            self.repeats.append((path, span.key))
        self.last = (path, begin)
        return path, span

    def _parts(self, token: re.Match[str]) -> Iterator[tuple[str, int, int]]:
        if token.lastgroup == "string":
            yield self._unquoted(token[0]), token.start(), token.end()
        else:
            for part in re.finditer(r"[^.]+", token[0]):
                yield part[0], token.start() + part.start(), token.start() + part.end()

    def _unquoted(self, token: str) -> str:
        if "\\" not in token or token[0] == "'":
            return token[1:-1]
        return str(tomllib.loads(f"key = {token}")["key"] if self.toml else json.loads(token))

    def _value(self, path: Path, key: int | None = None) -> None:
        self._peek()
        first = self._take()
        if first[0] == "[":
            self._items(path)
        elif first[0] == "{":
            self._members(path)
        elif first.lastgroup == "word":
            while self._ahead[0] not in ",]}\n":
                self._take()
        span = Span(first.start() if key is None else key, first.start(), self._end)
        if self.spans.get(path, span).key == span.key:
            self.spans[path] = span

    def _items(self, path: Path) -> None:
        index = 0
        while (ahead := self._peek()) not in ("]", ""):
            if ahead == ",":
                index += 1
                self._take()
            else:
                self._value((*path, index))
        self._take()

    def _members(self, path: Path) -> None:
        while (ahead := self._peek()) not in ("}", ""):
            if ahead == ",":
                self._take()
            else:
                self._pair(path)
        self._take()


def character_at(text: str, span: Span, offset: int) -> int:
    """Where that character of the value stands; its closing quote if it has no so many."""
    quote = text[span.start]
    if quote not in "\"'":
        return min(span.start + offset, max(span.start, span.end - 1))
    width = 3 if text.startswith(quote * 3, span.start) and span.end - span.start >= 6 else 1
    at, last = span.start + width, span.end - width
    if width == 3 and text[at] == "\n":
        at += 1
    if quote == "'":
        return min(at + offset, last)
    for match in _CHARACTER.finditer(text, at, last):
        at = match.start()
        if match.lastgroup != "nothing":
            offset -= 1
        if offset < 0:
            return at
    return last


@dataclass(frozen=True, slots=True)
class Spot:
    """What stands around the offset where a parser gave up."""

    text: str
    toml: bool
    at: int
    begin: int  # of the key or value that it was reading
    mark: str  # before it: [ { , = : or a line break; ] if it follows a closing bracket
    opened: tuple[int, ...]  # the brackets that are not closed
    key: str  # the last name before it
    statement: int  # where the TOML statement begins
    string: re.Match[str] | None  # the last string that begins before it

    @property
    def here(self) -> str:
        return self.text[self.at : self.at + 1]

    @property
    def inside(self) -> str:
        """The innermost open bracket."""
        return self.text[self.opened[-1]] if self.opened else ""

    @property
    def header(self) -> bool:
        return self.toml and self.opened[:1] == (self.statement,)

    @property
    def subject(self) -> str:
        return f"{self.key}: " if self.key else ""

    def rest(self, start: int) -> str:
        """From there to the end of the value or line."""
        stop = r"[^\n#]*" if self.toml and not self.opened else r"[^],}\n]*"
        match = re.compile(stop).match(self.text, start)
        return shortened(match[0].strip()) if match else ""


def spot_at(text: str, at: int, *, toml: bool) -> Spot:
    """What stands around that offset."""
    opened: list[int] = []
    begin, mark, key, statement = 0, "\n", "", skip_blank(text, 0)
    string = None
    for token in TOKEN.finditer(text):
        if token.start() >= at:
            break
        if token.lastgroup in ("string", "open"):
            string = token
        if token.lastgroup == "open":
            break
        if token.lastgroup != "mark" or (toml and token[0] == ":") or (token[0] == "\n" and opened):
            continue
        if token[0] in "=:":
            key = shortened(text[begin : token.start()].strip().strip("\"'"))
        begin, mark = token.end(), token[0]
        if mark in "[{":
            opened.append(token.start())
        elif mark in "]}" and opened:
            begin = opened.pop()
        elif mark == "\n":
            key, statement = "", skip_blank(text, begin)
    return Spot(text, toml, at, min(skip_blank(text, begin), at), mark, tuple(opened), key, statement, string)


def skip_blank(text: str, at: int) -> int:
    """The first place from there that is not blank."""
    match = re.compile(r"\s*").match(text, at)
    return match.end() if match else at


def shortened(text: str) -> str:
    """At most 60 characters of it."""
    return text if len(text) <= 60 else text[:57] + "..."
