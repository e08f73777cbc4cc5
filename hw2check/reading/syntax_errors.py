"""What a person would say about a place where tomllib or json gave up."""

from __future__ import annotations

import json
import re
import tomllib
from typing import NamedTuple

from hw2check.reading.positions import TOKEN, Path, Scanner, Spot, skip_blank, spot_at

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


class Fault(NamedTuple):
    """What is wrong, the offset where, what would be right."""

    message: str
    at: int
    hint: str


def explain_toml(text: str, error: tomllib.TOMLDecodeError) -> Fault:
    """What is wrong with a TOML text that tomllib refused."""
    said, at = _toml_position(text, error)
    if re.match(r"Cannot |Duplicate ", said):
        return repeated_key(text, at)
    return _explain(spot_at(text, at, toml=True), said)


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


def explain_json(text: str, error: json.JSONDecodeError) -> Fault:
    """What is wrong with a JSON text that json refused."""
    at = error.pos if error.msg.startswith("Invalid") else skip_blank(text, error.pos)
    at += error.msg.startswith("Unterminated")
    if not text.strip():
        return Fault("there is nothing in this file", 0, "write a JSON object: { }")
    if error.msg == "Extra data":
        return Fault("there is more after the end of the object", at, "remove it, or the bracket before it")
    if text.startswith(("#", "//", "/*"), at):
        return Fault("JSON has no comments", at, "remove it, or write the file as TOML")
    if text.startswith("'", at) and error.msg.startswith(("Expecting value", "Expecting property")):
        return Fault("JSON has no single quotes", at, 'use the straight quote "')
    spot = spot_at(text, at, toml=False)
    if error.msg.startswith("Illegal trailing comma"):
        at = skip_blank(text, at + 1)
        spot = spot_at(text, at, toml=False)
    return _explain(spot, error.msg)


def forbidden_constant(text: str) -> Fault:
    """The NaN or Infinity that Python's json accepts and JSON does not allow."""
    for token in TOKEN.finditer(text):
        if token.lastgroup == "word" and token[0] in ("NaN", "Infinity", "-Infinity"):
            spot = spot_at(text, token.start(), toml=False)
            return Fault(f"{spot.subject}{token[0]} is not a number", token.start(), "write a finite number")
    raise AssertionError


def repeated_key(text: str, end: int | None) -> Fault:
    """The key that stands twice in a JSON text, or in a TOML text that was refused at end."""
    scanner = Scanner(text[:end], toml=end is not None)
    for path, at in scanner.repeats:
        if at >= scanner.statement[1]:
            name = _name(path)
            first = text.count("\n", 0, scanner.spans[path].key) + 1
            return Fault(f"{name} is defined twice", at, f"keep one of them: the first is on line {first}")
    path, at = scanner.statement
    parent = _earlier(scanner, path, at)
    if not parent:
        path, at = scanner.last
        parent = _earlier(scanner, path, at)
    line = text.count("\n", 0, scanner.spans[parent].key) + 1
    hint = f"{_name(parent)} has its value from line {line}: add it there, or use another name"
    return Fault(f"{_name(path)} cannot be added to {_name(parent)}", at, hint)


def _earlier(scanner: Scanner, path: Path, at: int) -> Path:
    """The nearest parent that was defined before."""
    path = path[:-1]
    while path and scanner.spans[path].key >= at:
        path = path[:-1]
    return path


def _name(path: Path) -> str:
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _explain(spot: Spot, said: str) -> Fault:
    """What a person would say about a place where tomllib or json stopped."""
    if spot.string is not None and spot.string.end() >= spot.at and _DECODED.search(said):
        return _bad_escape(spot, spot.string)
    if spot.here and not spot.here.isprintable() and spot.here != "\n":
        message = f"the character U+{ord(spot.here):04X} is not allowed here"
        return Fault(message, spot.at, "remove it, or write a plain space")
    if spot.string is not None and spot.string.lastgroup == "open":
        return _open_string(spot, spot.string)
    if spot.header:
        hint = "write [name], or [[name]] for one table of several; other characters need quotes"
        return Fault("this table header is not well-formed", spot.at, hint)
    if spot.opened and (fault := _not_closed(spot)):
        return fault
    if spot.mark == "," and spot.here and spot.here in "]}":
        comma = spot.text.rindex(",", 0, spot.at)
        return Fault(f"{spot.subject}a comma stands before {spot.here}", comma, "leave out the last comma")
    in_value = spot.mark in "=:]}" or spot.inside == "["
    return _bad_value(spot) if in_value else _bad_key(spot)


def _not_closed(spot: Spot) -> Fault | None:
    close = "]" if spot.inside == "[" else "}"
    next_statement = spot.toml and spot.inside == "[" and _NEXT_STATEMENT.match(spot.text, spot.at)
    if not spot.here or next_statement:
        message = f"{spot.subject}this {spot.inside} is never closed"
        return Fault(message, spot.opened[-1], f"close it with {close}")
    if spot.toml and spot.inside == "{" and spot.here == "\n":
        hint = "keep all of it on one line, or write it as a [table]"
        return Fault(f"{spot.subject}a table in {{ }} ends with its line", spot.at, hint)
    if spot.here in "]}" and spot.here != close:
        line = spot.text.count("\n", 0, spot.opened[-1]) + 1
        message = f"{spot.subject}{spot.here} does not close the {spot.inside} of line {line}"
        return Fault(message, spot.at, f"close it with {close}")
    return None


def _bad_escape(spot: Spot, string: re.Match[str]) -> Fault:
    at = spot.at if spot.here == "\\" and not spot.toml else spot.text.rindex("\\", string.start(), spot.at)
    hint = "write each backslash twice"
    if spot.toml:
        hint = "put text with backslashes (a path, LaTeX) in single quotes: '...'"
    return Fault(f"{spot.subject}this backslash begins no known escape", at, hint)


def _open_string(spot: Spot, string: re.Match[str]) -> Fault:
    if odd := next((c for c in string[0] if c in _TYPOGRAPHIC), ""):
        return _typographic(spot, string.start() + string[0].index(odd))
    quote = string[0][:3] if string[0][:3] in ('"""', "'''") else string[0][0]
    return Fault(f"{spot.subject}this string is not closed", string.start(), f"close it with {quote}")


def _typographic(spot: Spot, at: int) -> Fault:
    message = f"{spot.subject}{spot.text[at]} is a typographic quote"
    return Fault(message, at, 'use the straight quote "')


def _bad_value(spot: Spot) -> Fault:
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
            return Fault(f"{spot.subject}{word} has a typographic minus", word_at, hint)
        return Fault(f"{spot.subject}{word} is not a number in {language}", word_at, f"write {number}")
    comma = _DECIMAL_COMMA.match(text, spot.begin)
    if comma and spot.toml and not spot.opened:
        hint = f"write {comma[1]}.{comma[2]}"
        return Fault(f"{spot.subject}a decimal comma is not a number in TOML", at, hint)
    if word in _OTHER_WORDS:
        return Fault(
            f"{spot.subject}{word} is not a value in {language}", word_at, f"write {_OTHER_WORDS[word]}"
        )
    return _after_value(spot) if at > spot.begin else _no_quotes(spot)


def _after_value(spot: Spot) -> Fault:
    text, at = spot.text, spot.at
    complete = text[at - 1] in " \t\n\"']}" or spot.here in "\"'[{"
    if complete and spot.opened and _VALUE_START.match(text, at):
        hint = "put a comma between entries and between rows: [[1, 2], [3, 4]]"
        return Fault(f"{spot.subject}a comma is missing between two values", at, hint)
    if spot.toml and spot.mark == "]" and spot.begin == spot.statement:
        return Fault("there is more after the table header", at, "write it on the next line")
    if spot.mark in "]}" or text[spot.begin] in "\"'" or _NEXT_KEY.match(text, at):
        hint = "one value for each name; separate entries by commas, statements by line breaks"
        return Fault(f"{spot.subject}there is more after the value", at, hint)
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


def _no_value(spot: Spot) -> Fault:
    if spot.mark in "=:":
        return Fault(f"{spot.key} has no value", spot.at, f"write a number or text after the {spot.mark}")
    return Fault(f"{spot.subject}an entry is missing here", spot.at, "write a value between the commas")


def _no_quotes(spot: Spot) -> Fault:
    value = spot.rest(spot.begin)
    if value.startswith("="):
        return Fault(f"{spot.subject}two = stand in a row", spot.at, "write one =")
    hint = f'put formulas in quotes: "{value}"'
    if spot.mark == "=":
        hint = f'put formulas in quotes: {_quoted(spot.key)} = "{value}"'
    return Fault(f"{spot.subject}{value} stands without quotes", spot.begin, hint)


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+(\.[\w-]+)*", name, re.ASCII) else f'"{name}"'


def _bad_key(spot: Spot) -> Fault:
    line = spot.rest(spot.begin)
    if line.startswith("{"):
        return Fault("this looks like JSON", spot.begin, "give the file a name that ends in .json")
    name, sign, value = _parts_of_line(line)
    if odd := next((c for c in name if c in _TYPOGRAPHIC), ""):
        return _typographic(spot, spot.text.index(odd, spot.begin))
    if not name:
        return Fault(f"a name is missing before {spot.here}", spot.at, "write a name in front of each value")
    right = "=" if spot.toml else ":"
    bare = name.strip("\"'")
    written = f"{_quoted(bare)} =" if spot.toml else f'"{bare}":'
    hint = f"write {written} {value or '3'}"
    if not sign:
        return Fault(f"a {right} is missing after {bare or 'this name'}", spot.at, hint)
    if sign != right:
        return Fault(f"{bare} is followed by {sign} instead of {right}", spot.at, hint)
    return Fault(f"the name {name} needs quotes", spot.begin, hint)


def _parts_of_line(line: str) -> tuple[str, str, str]:
    match = re.match(r"""(["'][^"']*["']|[^=:]*)\s*([=:]?)(.*)""", line, re.DOTALL)
    return (match[1].strip(), match[2], match[3].strip(" \t,")) if match else (line, "", "")
