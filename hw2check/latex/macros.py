r"""Commands that a document defines for itself: \newcommand, \renewcommand, \def, \DeclareMathOperator.

definition := ('\newcommand' | ..) name ('[' digit ']' ('[' default ']')?)? group
            | '\def' \name '#1' '#2' .. group
            | '\DeclareMathOperator' name group
name       := '{' \name '}' | \name
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

MAX_MACROS = 500  # of one document
MAX_BODY = 2000  # characters of one definition

_NAME = r"\s*(?:\{\s*\\([A-Za-z]+)\s*\}|\\([A-Za-z]+))"
_COMMAND = re.compile(
    rf"\\(?:(?:re)?new|provide)command\*?{_NAME}\s*(?:\[([1-9])\])?\s*(?:\[([^\[\]{{}}]*)\])?\s*"
)
_DEF = re.compile(r"\\def\s*\\([A-Za-z]+)\s*((?:#[1-9])*)\s*")
_OPERATOR = re.compile(rf"\\DeclareMathOperator\*?{_NAME}\s*")
_ANY = re.compile(r"\\(?:(?:(?:re)?new|provide)command\*?|def|DeclareMathOperator\*?)(?![A-Za-z])")
_PARAMETER = re.compile(r"#([1-9])")


class Macro(NamedTuple):
    """What stands for a command."""

    parameters: int  # arguments that it takes
    body: str  # with #1, #2, .. for them
    default: str | None = None  # of the first argument, where that is optional


Macros = Mapping[str, Macro | None]
NO_MACROS: Macros = MappingProxyType({})


class Definition(NamedTuple):
    """One definition in a text."""

    name: str
    macro: Macro
    end: int  # where the text goes on


def read_macros(texts: Iterable[str]) -> Macros:
    """The macros that texts define; None for a name that is defined in two ways."""
    found: dict[str, Macro | None] = {}
    for text in texts:
        for match in _ANY.finditer(text):
            defined = definition(text, match.start())
            if defined is not None and len(found) < MAX_MACROS:
                known = found.setdefault(defined.name, defined.macro)
                found[defined.name] = defined.macro if known == defined.macro else None
    return found


def definition(text: str, position: int) -> Definition | None:
    """The definition that begins at a backslash; None where there is none that can be read."""
    match = _COMMAND.match(text, position)
    if match is not None:
        name, count, default = match[1] or match[2], int(match[3] or 0), match[4]
    elif (match := _DEF.match(text, position)) is not None:
        name, count, default = match[1], len(match[2]) // 2, None
    elif (match := _OPERATOR.match(text, position)) is not None:
        name, count, default = match[1] or match[2], 0, None
    else:
        return None
    end = group_end(text, match.end())
    if end is None:
        return None
    body = text[match.end() + 1 : end - 1]
    if text.startswith("\\Declare", position):
        body = f"\\operatorname{{{body}}}"
    return Definition(name, Macro(count, body, default), end)


def group_end(text: str, position: int) -> int | None:
    """Behind the } that closes the { at a position; None without one within MAX_BODY characters."""
    if text[position : position + 1] != "{":
        return None
    depth = 0
    for match in re.finditer(r"\\[\s\S]|[{}]", text[position : position + MAX_BODY]):
        depth += (match[0] == "{") - (match[0] == "}")
        if not depth:
            return position + match.end()
    return None


def call(text: str, position: int, macro: Macro) -> tuple[str, int] | None:
    """(what stands for a call, where the text goes on), from behind the command; None without an argument."""
    arguments: list[str] = []
    if macro.default is not None:
        optional = re.compile(r"\s*\[([^\[\]{}]*)\]").match(text, position)
        arguments.append(optional[1] if optional else macro.default)
        position = optional.end() if optional else position
    while len(arguments) < macro.parameters:
        position = _blanks(text, position)
        end = group_end(text, position)
        if end is not None:
            arguments.append(text[position + 1 : end - 1])
        elif (token := re.compile(r"\\(?:[A-Za-z]+|[^A-Za-z])|[^\\{}\s]").match(text, position)) is not None:
            arguments.append(token[0])
            end = token.end()
        else:
            return None
        position = end
    body = _PARAMETER.sub(lambda mark: _argument(arguments, int(mark[1])), macro.body)
    return body, position


def call_end(text: str, position: int, macros: Macros) -> int | None:
    """Behind the call of a macro whose backslash stands at a position; None where none stands there."""
    match = re.compile(r"\\([A-Za-z]+)").match(text, position)
    macro = macros.get(match[1]) if match else None
    called = call(text, match.end(), macro) if match and macro else None
    return called[1] if called else None


def _argument(arguments: list[str], number: int) -> str:
    """As TeX does: the argument's own tokens, kept apart from a command name before them."""
    return f" {arguments[number - 1]}" if number <= len(arguments) else ""


def _blanks(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position
