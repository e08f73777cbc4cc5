"""Reads a problem or submission file, TOML or JSON, and knows where in it every key and value stands."""

from __future__ import annotations

import difflib
import itertools
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from hw2check.errors import HW2CheckError, Place
from hw2check.numeral import RawNumber

MAX_BYTES = 1 << 20  # size of a file
MAX_DEPTH = 60  # brackets and dotted names around one value
MAX_VALUES = 100_000  # commas and lines
MAX_WORD = 1000  # characters of a number or of a name without quotes

Path = tuple[str | int, ...]  # of a value: ("nodes", "x6") or ("layer", 0, "W", 2, 1)

# Tokens of both formats. No text fails to match, and possessive repeats keep it linear on any text.
_TEXT = r"""(?P<comment>\#[^\n]*+)
      | (?P<string>"{3}(?:[^"\\]++|\\[\s\S]|"{1,2}(?!"))*+"{3,5}
                 | '{3}(?:[^']++|'{1,2}(?!'))*+'{3,5}
                 | (?!"{3})"(?:[^"\\\n]++|\\[^\n])*+"
                 | (?!'{3})'[^'\n]*+')
      | (?P<open>"{3}[\s\S]*+|'{3}[\s\S]*+|["'][^\n]*+)"""
_TOKEN = re.compile(
    _TEXT + r"""| (?P<mark>[][{}=,:\n]) | (?P<word>[^][\s{}=,:"'\#]++) | (?P<end>\Z)""",
    re.VERBOSE,
)
_COARSE_TOKEN = re.compile(
    _TEXT + r"""| (?P<bracket>[][{}]) | (?P<dot>\.) | (?P<run>[^][{}"'\#.]++)""",
    re.VERBOSE,
)
_BIG = "put big matrices in .npz or .csv files beside the problem"
_CHARACTER = re.compile(
    r"(?P<nothing>\\[ \t]*+\n\s*+)|\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}"
    r"|\\u[\da-fA-F]{4}|\\U[\da-fA-F]{8}|\\x[\da-fA-F]{2}|\\?[\s\S]"
)
_WORD = re.compile(r"""[^][\s,{}#"']*""")
_NUMBER = re.compile(r"([+-]?)(\d*)(\.?)(\d*)(?:[eE]([+-]?\d+))?", re.ASCII)
_VALUE_START = re.compile(r"""[+-]?\.?\d|["'[{]|(?:true|false|null)\b""")
_NEXT_STATEMENT = re.compile(r"""["']?[\w./-]+["']?[ \t]*=|\[\[?[A-Za-z_][\w.-]*\]\]?[ \t]*(?:[#\n]|\Z)""")
_NEXT_KEY = re.compile(r"""[,;]?[ \t]*["']?[\w./-]{1,80}["']?[ \t]*[=:](?!=)""")
_DECIMAL_COMMA = re.compile(r"([+-]?\d{1,30}),(\d{1,30})\s*(?:[#\n]|\Z)")
_DECODED = re.compile(r"hex|escape|Escape|Unescaped")
_MINUS = str.maketrans("−–‐", "---")
_TYPOGRAPHIC = "“”„‟‘’‚‛«»"
_OTHER_WORDS = {"True": "true", "False": "false", "TRUE": "true", "FALSE": "false"}


class _Span(NamedTuple):
    """Offsets into the text."""

    key: int  # where the key begins, or the array element
    start: int  # where the value begins
    end: int  # where it ends


@dataclass(frozen=True, slots=True)
class Source:
    """A file that has been read."""

    file: str  # as the user named it, "-" for standard input
    text: str  # with line breaks as \n
    format: str  # "toml" or "json"
    data: dict[str, Any]  # numbers as RawNumber, except that TOML integers are int
    folder: FilePath  # where the files that it names are looked up
    _spans: dict[Path, _Span] = field(default_factory=dict, init=False, repr=False, compare=False)

    def place(self, path: Path, offset: int | None = None) -> Place:
        """Where the key stands (or the array element); with offset, that character of its value.

        The characters of a string are counted as they are read, without quotes and with escapes decoded.
        A path that stands nowhere has the place of its nearest parent.
        """
        known, span = self._span(path)
        if offset is None or known != path:
            return _place(self.file, self.text, span.key)
        return _place(self.file, self.text, _character(self.text, span, offset))

    def value_place(self, path: Path) -> Place:
        """Where the value begins; for a table that is spread over headers or dotted keys, its first name."""
        return _place(self.file, self.text, self._span(path)[1].start)

    def _span(self, path: Path) -> tuple[Path, _Span]:
        if not self._spans:
            self._spans.update(_Scanner(self.text, toml=self.format == "toml").spans)
        while path not in self._spans:
            path = path[:-1]
        return path, self._spans[path]


def read_source(file: str) -> Source:
    """Reads a TOML or JSON file, or standard input for "-".

    A name that ends in .json is JSON, one that ends in .toml is TOML; any other text is JSON if it begins
    with "{". Raises HW2CheckError if the file cannot be read, is not UTF-8 text, is larger than MAX_BYTES,
    is nested deeper than MAX_DEPTH, has more than MAX_VALUES values, names a key twice or is not well-formed.
    """
    text = _decode(file, _read_bytes(file))
    suffix = "" if file == "-" else FilePath(file).suffix.lower()
    toml = suffix == ".toml" or (suffix != ".json" and not text.lstrip().startswith("{"))
    _check_bounds(file, text)
    data = _read_toml(file, text) if toml else _read_json(file, text)
    folder = FilePath.cwd() if file == "-" else FilePath(file).parent
    return Source(file, text, "toml" if toml else "json", data, folder)


def _read_bytes(file: str) -> bytes:
    if not file:
        raise HW2CheckError("the name of the file is empty", hint="name a file, or - for standard input")
    try:
        if file == "-":
            raw = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with FilePath(file).open("rb") as stream:
                raw = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise HW2CheckError(f"{file}: there is no such file", hint=_nearest(FilePath(file))) from None
    except IsADirectoryError:
        raise HW2CheckError(f"{file}: this is a folder", hint="name a file in it") from None
    except PermissionError:
        raise HW2CheckError(f"{file}: no permission to read it", hint="ask its owner, or copy it") from None
    except OSError as error:
        raise HW2CheckError(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise HW2CheckError(f"{file}: not the name of a file", hint="it has a NUL character") from None
    if len(raw) > MAX_BYTES:
        raise HW2CheckError(f"{file}: larger than {MAX_BYTES >> 20} MiB", hint=_BIG)
    return raw


def _nearest(file: FilePath) -> str:
    try:
        names = [entry.name for entry in itertools.islice(file.parent.iterdir(), 1000)]
    except OSError:
        return f"the folder {file.parent} does not exist"
    near = difflib.get_close_matches(file.name, sorted(names), n=1)
    return f"did you mean {file.with_name(near[0])}?" if near else "its folder exists, but has no such file"


def _decode(file: str, raw: bytes) -> str:
    try:
        text = raw.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        shown = raw.decode("utf-8", "replace").replace("\r\n", "\n")
        place = _place(file, shown, len(raw[: error.start].decode("utf-8").replace("\r\n", "\n")))
        message = f"this is not UTF-8 text: byte 0x{raw[error.start]:02x}"
        raise HW2CheckError(message, place, "save the file as UTF-8 text") from None
    if text.startswith("\ufeff"):
        hint = "save the file as UTF-8 without a byte order mark"
        raise HW2CheckError("the file begins with a byte order mark", _place(file, text, 0), hint)
    if (at := text.find("\0")) >= 0:
        hint = "save the file as UTF-8 text"
        raise HW2CheckError("this is not text: it has a NUL character", _place(file, text, at), hint)
    return text


def _place(file: str, text: str, at: int) -> Place:
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return Place(file, text.count("\n", 0, at) + 1, at - start + 1, text[start : end if end >= 0 else None])


def _check_bounds(file: str, text: str) -> None:
    outer: list[int] = []  # depth around each open bracket
    depth = values = 0
    for token in _COARSE_TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "dot":
            depth += 1
        elif kind == "bracket" and token[0] in "[{":
            outer.append(depth)
            depth += 1
        elif kind == "bracket":
            depth = outer.pop() if outer else 0
        elif kind == "run" and (count := token[0].count(",") + token[0].count("\n")):
            values += count
            depth = outer[-1] + 1 if outer else 0
        if kind == "run" and token.end() - token.start() > MAX_WORD:
            _check_words(file, text, token)
        if depth > MAX_DEPTH:
            hint = f"at most {MAX_DEPTH} brackets and dots around a value"
            raise HW2CheckError("nested too deeply", _place(file, text, token.start()), hint)
        if values > MAX_VALUES:
            message = f"more than {MAX_VALUES} values or lines"
            raise HW2CheckError(message, _place(file, text, token.start()), _BIG)


def _check_words(file: str, text: str, run: re.Match[str]) -> None:
    for word in re.finditer(r"[^\s,=:]+", run[0]):
        if len(word[0]) > MAX_WORD:
            message = f"a number or name has more than {MAX_WORD} characters"
            raise HW2CheckError(message, _place(file, text, run.start() + word.start()), "put text in quotes")


def _read_toml(file: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=RawNumber)
    except tomllib.TOMLDecodeError as error:
        said, at = _toml_position(text, error)
        if re.match(r"Cannot |Duplicate ", said):
            fault = _repeated(text, at)
        else:
            fault = _explain(_spot(text, at, toml=True), said)
    raise _error(file, text, fault)


def _toml_position(text: str, error: tomllib.TOMLDecodeError) -> tuple[str, int]:
    """What tomllib says and the offset where it stopped, which Python tells in the message until 3.13."""
    said = str(error)
    match = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)\Z", said)
    if match is None:
        return said, len(text)
    said = said[: match.start()]
    if match[1] is None:
        return said, len(text)
    at = 0
    for _ in range(int(match[1]) - 1):
        at = text.find("\n", at) + 1
    return said, at + int(match[2]) - 1


def _read_json(file: str, text: str) -> dict[str, Any]:
    doubtful: list[str] = []  # constants and keys that JSON does not allow

    def table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) < len(pairs):
            doubtful.append("")
        return members

    try:
        data = json.loads(
            text,
            object_pairs_hook=table,
            parse_float=RawNumber,
            parse_int=RawNumber,
            parse_constant=doubtful.append,
        )
    except json.JSONDecodeError as error:
        raise _error(file, text, _explain_json(text, error)) from None
    if doubtful:
        raise _error(file, text, _constant(text) if doubtful[0] else _repeated(text, None))
    if not isinstance(data, dict):
        hint = "put everything in { }, as in a TOML file"
        raise HW2CheckError("this JSON is not an object", _place(file, text, _begin(text, 0)), hint)
    if "\\ud" in text.lower():
        _check_surrogates(file, text)
    return data


def _check_surrogates(file: str, text: str) -> None:
    for token in _TOKEN.finditer(text):
        try:
            if token.lastgroup == "string":
                json.loads(token[0]).encode()
        except UnicodeEncodeError:
            place = _place(file, text, token.start())
            message = "this string has half of a surrogate pair, which is not a character"
            raise HW2CheckError(message, place, "write the character itself") from None


class _Scanner:
    """Where the keys and values stand in a text that tomllib or json accepts, at least so far."""

    def __init__(self, text: str, *, toml: bool) -> None:
        self.toml = toml
        self.spans: dict[Path, _Span] = {(): _Span(0, 0, len(text))}
        self.statement: tuple[Path, int] = ((), 0)  # the last one: what it defines, where it begins
        self.last: tuple[Path, int] = ((), 0)  # the same of the last key
        self.repeats: list[tuple[Path, int]] = []  # keys that were known when they were defined
        self._counts: dict[Path, int] = {}  # tables so far in each [[array of tables]]
        self._tokens: Iterator[re.Match[str]] = _TOKEN.finditer(text)
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

    def _key(self, path: Path) -> tuple[Path, _Span]:
        begin = self._ahead.start()
        span = _Span(begin, begin, begin)
        known = False
        while self._ahead[0] not in "=:]\n":
            for name, start, end in self._parts(self._take()):
                path, span = (*path, name), _Span(start, start, end)
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
        span = _Span(first.start() if key is None else key, first.start(), self._end)
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


def _character(text: str, span: _Span, offset: int) -> int:
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


class _Fault(NamedTuple):
    """What is wrong, the offset where, what would be right."""

    message: str
    at: int
    hint: str


def _error(file: str, text: str, fault: _Fault) -> HW2CheckError:
    at = min(fault.at, len(text.rstrip()))
    return HW2CheckError(fault.message, _place(file, text, at), fault.hint)


def _repeated(text: str, end: int | None) -> _Fault:
    """The key that stands twice in a JSON text, or in a TOML text that was refused at end."""
    scanner = _Scanner(text[:end], toml=end is not None)
    for path, at in scanner.repeats:
        if at >= scanner.statement[1]:
            name = _name(path)
            first = text.count("\n", 0, scanner.spans[path].key) + 1
            return _Fault(f"{name} is defined twice", at, f"keep one of them: the first is on line {first}")
    path, at = scanner.statement
    parent = _earlier(scanner, path, at)
    if not parent:
        path, at = scanner.last
        parent = _earlier(scanner, path, at)
    line = text.count("\n", 0, scanner.spans[parent].key) + 1
    hint = f"{_name(parent)} has its value from line {line}: add it there, or use another name"
    return _Fault(f"{_name(path)} cannot be added to {_name(parent)}", at, hint)


def _earlier(scanner: _Scanner, path: Path, at: int) -> Path:
    """The nearest parent that was defined before."""
    path = path[:-1]
    while path and scanner.spans[path].key >= at:
        path = path[:-1]
    return path


def _name(path: Path) -> str:
    return next((part for part in reversed(path) if isinstance(part, str)), "")


@dataclass(frozen=True, slots=True)
class _Spot:
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
        return _short(match[0].strip()) if match else ""


def _spot(text: str, at: int, *, toml: bool) -> _Spot:
    opened: list[int] = []
    begin, mark, key, statement = 0, "\n", "", _begin(text, 0)
    string = None
    for token in _TOKEN.finditer(text):
        if token.start() >= at:
            break
        if token.lastgroup in ("string", "open"):
            string = token
        if token.lastgroup == "open":
            break
        if token.lastgroup != "mark" or (toml and token[0] == ":") or (token[0] == "\n" and opened):
            continue
        if token[0] in "=:":
            key = _short(text[begin : token.start()].strip().strip("\"'"))
        begin, mark = token.end(), token[0]
        if mark in "[{":
            opened.append(token.start())
        elif mark in "]}" and opened:
            begin = opened.pop()
        elif mark == "\n":
            key, statement = "", _begin(text, begin)
    return _Spot(text, toml, at, min(_begin(text, begin), at), mark, tuple(opened), key, statement, string)


def _begin(text: str, at: int) -> int:
    """The first place from there that is not blank."""
    match = re.compile(r"\s*").match(text, at)
    return match.end() if match else at


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def _explain(spot: _Spot, said: str) -> _Fault:
    """What a person would say about a place where tomllib or json stopped."""
    if spot.string is not None and spot.string.end() >= spot.at and _DECODED.search(said):
        return _bad_escape(spot, spot.string)
    if spot.here and not spot.here.isprintable() and spot.here != "\n":
        message = f"the character U+{ord(spot.here):04X} is not allowed here"
        return _Fault(message, spot.at, "remove it, or write a plain space")
    if spot.string is not None and spot.string.lastgroup == "open":
        return _open_string(spot, spot.string)
    if spot.header:
        hint = "write [name], or [[name]] for one table of several; other characters need quotes"
        return _Fault("this table header is not well-formed", spot.at, hint)
    if spot.opened and (fault := _not_closed(spot)):
        return fault
    if spot.mark == "," and spot.here and spot.here in "]}":
        comma = spot.text.rindex(",", 0, spot.at)
        return _Fault(f"{spot.subject}a comma stands before {spot.here}", comma, "leave out the last comma")
    in_value = spot.mark in "=:]}" or spot.inside == "["
    return _bad_value(spot) if in_value else _bad_key(spot)


def _not_closed(spot: _Spot) -> _Fault | None:
    close = "]" if spot.inside == "[" else "}"
    next_statement = spot.toml and spot.inside == "[" and _NEXT_STATEMENT.match(spot.text, spot.at)
    if not spot.here or next_statement:
        message = f"{spot.subject}this {spot.inside} is never closed"
        return _Fault(message, spot.opened[-1], f"close it with {close}")
    if spot.toml and spot.inside == "{" and spot.here == "\n":
        hint = "keep all of it on one line, or write it as a [table]"
        return _Fault(f"{spot.subject}a table in {{ }} ends with its line", spot.at, hint)
    if spot.here in "]}" and spot.here != close:
        line = spot.text.count("\n", 0, spot.opened[-1]) + 1
        message = f"{spot.subject}{spot.here} does not close the {spot.inside} of line {line}"
        return _Fault(message, spot.at, f"close it with {close}")
    return None


def _bad_escape(spot: _Spot, string: re.Match[str]) -> _Fault:
    at = spot.at if spot.here == "\\" and not spot.toml else spot.text.rindex("\\", string.start(), spot.at)
    hint = "write each backslash twice"
    if spot.toml:
        hint = "put text with backslashes (a path, LaTeX) in single quotes: '...'"
    return _Fault(f"{spot.subject}this backslash begins no known escape", at, hint)


def _open_string(spot: _Spot, string: re.Match[str]) -> _Fault:
    if odd := next((c for c in string[0] if c in _TYPOGRAPHIC), ""):
        return _typographic(spot, string.start() + string[0].index(odd))
    quote = string[0][:3] if string[0][:3] in ('"""', "'''") else string[0][0]
    return _Fault(f"{spot.subject}this string is not closed", string.start(), f"close it with {quote}")


def _typographic(spot: _Spot, at: int) -> _Fault:
    message = f"{spot.subject}{spot.text[at]} is a typographic quote"
    return _Fault(message, at, 'use the straight quote "')


def _bad_value(spot: _Spot) -> _Fault:
    text, at = spot.text, spot.at
    language = "TOML" if spot.toml else "JSON"
    word_at = (
        spot.begin if _word(text, spot.begin) and at <= spot.begin + len(_word(text, spot.begin)) else at
    )
    word = _word(text, word_at)
    if odd := next((c for c in word if c in _TYPOGRAPHIC), ""):
        return _typographic(spot, word_at + word.index(odd))
    if at == spot.begin and (spot.here in ("", "\n", "#", ",", "]", "}")):
        return _no_value(spot)
    if (number := _proper(word)) and number != word:
        if word != word.translate(_MINUS):
            hint = f"use the ASCII hyphen-minus -: write {number}"
            return _Fault(f"{spot.subject}{word} has a typographic minus", word_at, hint)
        return _Fault(f"{spot.subject}{word} is not a number in {language}", word_at, f"write {number}")
    comma = _DECIMAL_COMMA.match(text, spot.begin)
    if comma and spot.toml and not spot.opened:
        hint = f"write {comma[1]}.{comma[2]}"
        return _Fault(f"{spot.subject}a decimal comma is not a number in TOML", at, hint)
    if word in _OTHER_WORDS:
        return _Fault(
            f"{spot.subject}{word} is not a value in {language}", word_at, f"write {_OTHER_WORDS[word]}"
        )
    return _after_value(spot) if at > spot.begin else _no_quotes(spot)


def _after_value(spot: _Spot) -> _Fault:
    text, at = spot.text, spot.at
    complete = text[at - 1] in " \t\n\"']}" or spot.here in "\"'[{"
    if complete and spot.opened and _VALUE_START.match(text, at):
        hint = "put a comma between entries and between rows: [[1, 2], [3, 4]]"
        return _Fault(f"{spot.subject}a comma is missing between two values", at, hint)
    if spot.toml and spot.mark == "]" and spot.begin == spot.statement:
        return _Fault("there is more after the table header", at, "write it on the next line")
    if spot.mark in "]}" or text[spot.begin] in "\"'" or _NEXT_KEY.match(text, at):
        hint = "one value for each name; separate entries by commas, statements by line breaks"
        return _Fault(f"{spot.subject}there is more after the value", at, hint)
    return _no_quotes(spot)


def _word(text: str, at: int) -> str:
    match = _WORD.match(text, at)
    return match[0] if match else ""


def _proper(word: str) -> str:
    """The number as TOML and JSON want it; "" if the word is no number."""
    match = _NUMBER.fullmatch(word.translate(_MINUS)) if len(word) <= 60 else None
    if match is None or not (match[2] or match[4]):
        return ""
    decimals = f".{match[4] or '0'}" if match[3] else ""
    power = f"e{match[5]}" if match[5] else ""
    return f"{match[1].strip('+')}{match[2].lstrip('0') or '0'}{decimals}{power}"


def _no_value(spot: _Spot) -> _Fault:
    if spot.mark in "=:":
        return _Fault(f"{spot.key} has no value", spot.at, f"write a number or text after the {spot.mark}")
    return _Fault(f"{spot.subject}an entry is missing here", spot.at, "write a value between the commas")


def _no_quotes(spot: _Spot) -> _Fault:
    value = spot.rest(spot.begin)
    if value.startswith("="):
        return _Fault(f"{spot.subject}two = stand in a row", spot.at, "write one =")
    hint = f'put formulas in quotes: "{value}"'
    if spot.mark == "=":
        hint = f'put formulas in quotes: {_quoted(spot.key)} = "{value}"'
    return _Fault(f"{spot.subject}{value} stands without quotes", spot.begin, hint)


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+(\.[\w-]+)*", name, re.ASCII) else f'"{name}"'


def _bad_key(spot: _Spot) -> _Fault:
    line = spot.rest(spot.begin)
    if line.startswith("{"):
        return _Fault("this looks like JSON", spot.begin, "give the file a name that ends in .json")
    name, sign, value = _parts_of_line(line)
    if odd := next((c for c in name if c in _TYPOGRAPHIC), ""):
        return _typographic(spot, spot.text.index(odd, spot.begin))
    if not name:
        return _Fault(f"a name is missing before {spot.here}", spot.at, "write a name in front of each value")
    right = "=" if spot.toml else ":"
    bare = name.strip("\"'")
    written = f"{_quoted(bare)} =" if spot.toml else f'"{bare}":'
    hint = f"write {written} {value or '3'}"
    if not sign:
        return _Fault(f"a {right} is missing after {bare or 'this name'}", spot.at, hint)
    if sign != right:
        return _Fault(f"{bare} is followed by {sign} instead of {right}", spot.at, hint)
    return _Fault(f"the name {name} needs quotes", spot.begin, hint)


def _parts_of_line(line: str) -> tuple[str, str, str]:
    match = re.match(r"""(["'][^"']*["']|[^=:]*)\s*([=:]?)(.*)""", line, re.DOTALL)
    return (match[1].strip(), match[2], match[3].strip(" \t,")) if match else (line, "", "")


def _explain_json(text: str, error: json.JSONDecodeError) -> _Fault:
    at = error.pos if error.msg.startswith("Invalid") else _begin(text, error.pos)
    at += error.msg.startswith("Unterminated")
    if not text.strip():
        return _Fault("there is nothing in this file", 0, "write a JSON object: { }")
    if error.msg == "Extra data":
        return _Fault("there is more after the end of the object", at, "remove it, or the bracket before it")
    if text.startswith(("#", "//", "/*"), at):
        return _Fault("JSON has no comments", at, "remove it, or write the file as TOML")
    if text.startswith("'", at) and error.msg.startswith(("Expecting value", "Expecting property")):
        return _Fault("JSON has no single quotes", at, 'use the straight quote "')
    spot = _spot(text, at, toml=False)
    if error.msg.startswith("Illegal trailing comma"):
        at = _begin(text, at + 1)
        spot = _spot(text, at, toml=False)
    return _explain(spot, error.msg)


def _constant(text: str) -> _Fault:
    for token in _TOKEN.finditer(text):
        if token.lastgroup == "word" and token[0] in ("NaN", "Infinity", "-Infinity"):
            spot = _spot(text, token.start(), toml=False)
            return _Fault(f"{spot.subject}{token[0]} is not a number", token.start(), "write a finite number")
    raise AssertionError
