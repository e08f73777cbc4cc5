"""Reads a problem or submission file, TOML or JSON, and knows where in it every key and value stands."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from hw2check.errors import HW2CheckError, Place
from hw2check.formula.numeral import RawNumber
from hw2check.reading.files import STDIN, read_bytes
from hw2check.reading.positions import STRINGS, TOKEN, Path, Scanner, Span, character_at, place_of, skip_blank

if TYPE_CHECKING:
    from hw2check.reading.syntax_errors import Fault

__all__ = ["Path", "Source", "read_source"]

MAX_BYTES = 1 << 20  # size of a file
MAX_DEPTH = 60  # brackets and dotted names around one value
MAX_VALUES = 100_000  # commas and lines
MAX_WORD = 1000  # characters of a number or of a name without quotes

_COARSE_TOKEN = re.compile(
    STRINGS + r"""| (?P<bracket>[][{}]) | (?P<dot>\.) | (?P<run>[^][{}"'\#.]++)""",
    re.VERBOSE,
)
_BIG = "put big matrices in .npz or .csv files beside the problem"


@dataclass(frozen=True, slots=True)
class Source:
    """A file that has been read."""

    file: str  # as the user named it, "-" for standard input
    text: str  # with line breaks as \n
    format: str  # "toml" or "json"
    data: dict[str, Any]  # numbers as RawNumber, except that TOML integers are int
    folder: FilePath  # where the files that it names are looked up
    _spans: dict[Path, Span] = field(default_factory=dict, init=False, repr=False, compare=False)

    def with_spans(self, spans: Mapping[Path, Span]) -> Source:
        """The source with the places of values that were found in it by other means."""
        self._spans.update(spans)
        return self

    def place(self, path: Path, offset: int | None = None) -> Place:
        """Where the key stands (or the array element); with offset, that character of its value.

        The characters of a string are counted as they are read, without quotes and with escapes decoded.
        A path that stands nowhere has the place of its nearest parent.
        """
        known, span = self._span(path)
        if offset is None or known != path:
            return place_of(self.file, self.text, span.key)
        return place_of(self.file, self.text, character_at(self.text, span, offset))

    def value_place(self, path: Path) -> Place:
        """Where the value begins; for a table that is spread over headers or dotted keys, its first name."""
        return place_of(self.file, self.text, self._span(path)[1].start)

    def _span(self, path: Path) -> tuple[Path, Span]:
        if not self._spans:
            self._spans.update(Scanner(self.text, toml=self.format == "toml").spans)
        while path not in self._spans:
            path = path[:-1]
        return path, self._spans[path]


def read_source(file: str) -> Source:
    """Reads a TOML or JSON file, or standard input for "-".

    A name that ends in .json is JSON, one that ends in .toml is TOML; any other text is JSON if it begins
    with "{". Raises HW2CheckError if the file cannot be read, is not UTF-8 text, is larger than MAX_BYTES,
    is nested deeper than MAX_DEPTH, has more than MAX_VALUES values, names a key twice or is not well-formed.
    """
    folder = FilePath.cwd() if file == STDIN else FilePath(file).parent
    return source_of(file, read_bytes(file, MAX_BYTES, _BIG), folder)


def source_of(file: str, raw: bytes, folder: FilePath) -> Source:
    """The source in a file's content, by its name; `folder` is where the files that it names are looked up.

    Raises HW2CheckError as `read_source` does.
    """
    if len(raw) > MAX_BYTES:
        raise HW2CheckError(f"{file}: larger than {MAX_BYTES >> 20} MiB", hint=_BIG)
    text = _decode(file, raw)
    suffix = "" if file == STDIN else FilePath(file).suffix.lower()
    toml = suffix == ".toml" or (suffix != ".json" and not text.lstrip().startswith("{"))
    _check_bounds(file, text)
    data = _read_toml(file, text) if toml else _read_json(file, text)
    return Source(file, text, "toml" if toml else "json", data, folder)


def decode(file: str, raw: bytes) -> str:
    """The text of a file, with plain line feeds; raises HW2CheckError at the first byte that is not UTF-8."""
    try:
        return raw.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        shown = raw.decode("utf-8", "replace").replace("\r\n", "\n")
        place = place_of(file, shown, len(raw[: error.start].decode("utf-8").replace("\r\n", "\n")))
        message = f"this is not UTF-8 text: byte 0x{raw[error.start]:02x}"
        raise HW2CheckError(message, place, "save the file as UTF-8 text") from None


def _decode(file: str, raw: bytes) -> str:
    text = decode(file, raw)
    if text.startswith("\ufeff"):
        hint = "save the file as UTF-8 without a byte order mark"
        raise HW2CheckError("the file begins with a byte order mark", place_of(file, text, 0), hint)
    if (at := text.find("\0")) >= 0:
        hint = "save the file as UTF-8 text"
        raise HW2CheckError("this is not text: it has a NUL character", place_of(file, text, at), hint)
    return text


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
            raise HW2CheckError("nested too deeply", place_of(file, text, token.start()), hint)
        if values > MAX_VALUES:
            message = f"more than {MAX_VALUES} values or lines"
            raise HW2CheckError(message, place_of(file, text, token.start()), _BIG)


def _check_words(file: str, text: str, run: re.Match[str]) -> None:
    for word in re.finditer(r"[^\s,=:]+", run[0]):
        if len(word[0]) > MAX_WORD:
            message = f"a number or name has more than {MAX_WORD} characters"
            raise HW2CheckError(
                message, place_of(file, text, run.start() + word.start()), "put text in quotes"
            )


def _read_toml(file: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=RawNumber)
    except tomllib.TOMLDecodeError as error:
        from hw2check.reading.syntax_errors import explain_toml

        raise _error(file, text, explain_toml(text, error)) from None


def _error(file: str, text: str, fault: Fault) -> HW2CheckError:
    at = min(fault.at, len(text.rstrip()))
    return HW2CheckError(fault.message, place_of(file, text, at), fault.hint)


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
        from hw2check.reading.syntax_errors import explain_json

        raise _error(file, text, explain_json(text, error)) from None
    if doubtful:
        from hw2check.reading.syntax_errors import forbidden_constant, repeated_key

        raise _error(file, text, forbidden_constant(text) if doubtful[0] else repeated_key(text, None))
    if not isinstance(data, dict):
        hint = "put everything in { }, as in a TOML file"
        raise HW2CheckError("this JSON is not an object", place_of(file, text, skip_blank(text, 0)), hint)
    if "\\ud" in text.lower():
        _check_surrogates(file, text)
    return data


def _check_surrogates(file: str, text: str) -> None:
    for token in TOKEN.finditer(text):
        try:
            if token.lastgroup == "string":
                json.loads(token[0]).encode()
        except UnicodeEncodeError:
            place = place_of(file, text, token.start())
            message = "this string has half of a surrogate pair, which is not a character"
            raise HW2CheckError(message, place, "write the character itself") from None
