"""The tokens of LaTeX mathematics: spacing, fonts and comments dropped, every token with its place.

Kinds: number, letters (a run that may be several names), word (one name), text (a remark), the operators
+ - * odot / ^ _ ' !, brackets ( ) [ ] { } |, frac, sqrt, sum, prod, partial, nabla, accent, begin, end-env,
rel, row, & and the comma, separators (; quad), dots, bad (its text is what is wrong), end.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

from hw2check.formula.names import canonical
from hw2check.formula.notation import Token
from hw2check.formula.numeral import MAX_DIGITS
from hw2check.latex.commands import ARGUMENTS, CHARACTERS, FONTS, KNOWN, NOISE, OPERATORS, WORDED, Arguments
from hw2check.latex.macros import Macros, call, definition

MAX_TOKENS = 20_000  # of one block
MAX_LETTERS = 64  # of one word
MAX_CALLS = 2000  # of macros in one block
MAX_CALLS_WITHIN = 20  # of macros within each other
MAX_EXPANSION = 10_000  # characters that stand for one call

_TOKEN = re.compile(
    r"""(?P<hexadecimal>0[xX][0-9a-fA-F]+)
      | (?P<percent>(?<=\d)%(?=\s*\Z|[ ]*[=+,;.&)\]}]))
      | (?P<space>(?:[\s~]|\\[,;:!>\s]|%[^\n]*(?:\n|\Z))+)
      | (?P<number>(?:\d+\{,\}\d+(?:\{,\}\d{3}(?!\d))*(?:\.\d*)?
          |[1-9]\d{0,2}(?:,\d{3})+(?![\d,])(?:\.\d+)?
          |[1-9]\d{0,2}(?:~\d{3})+(?!\d)
          |\d+\.\d{3}(?:(?:~|\\,)\d{3})*(?:~|\\,)\d{1,3}(?!\d)
          |\d+(?:\\,\d{3}(?!\d))*(?:\.(?!\.\.)\d*)?|\.\d+)
          (?:(?:[eE]|\\(?:mathrm|textrm|text)\{[eE]\})(?:[+-]?\d+|\{[+-]?\d+\}))?)
      | (?P<dots>\.\.\.+)
      | (?P<letters>[A-Za-z]+)
      | \\(?P<row>\\)(?:\*|\s*\[[^\]\n]{0,20}\])?
      | \\(?P<command>[A-Za-z]+\*?|[\s\S])
      | (?P<other>[\s\S])""",
    re.VERBOSE,
)
_EXPONENT = re.compile(r"(?:[eE]|\\[a-z]+\{[eE]\})\{([+-]?\d+)\}\Z")
_GROUP_WORD = re.compile(r"\s*\{\s*([^{}\\$]{0,200}?)\s*\}")
_SPACED_WORD = re.compile(r"\s*\{\s*([A-Za-z]+(?:(?:\\[,;:!\s]|[\s~])+[A-Za-z]+){1,3})\s*\}")
_UNDERSCORED = re.compile(r"\s*\{\s*([A-Za-z]+(?:\\_\w+)+)\s*\}", re.ASCII)
_GROUP_ANY = re.compile(r"\s*\{[^{}]{0,200}\}")
_ENVIRONMENT = re.compile(r"\s*\{([A-Za-z]{1,20})\*?\}")
_PER_CENT = re.compile(r"\s*\\%")
_NEGATED = re.compile(r"\s*(?:(=|\\equiv\b)|\\(?:in|subset|subseteq|supset|mid|ni|exists)\b)")
_QUESTION = re.compile(r"\s*\{\s*(?:\?|!|\\mathrm\{\?\})\s*\}\s*(?:\{\s*=\s*\}|=)")
_OPTION = re.compile(r"\s*\[[^\[\]{}\n]{0,40}\]")
_OVERLAY = re.compile(r"\s*<[^<>\n]{1,20}>")
_LENGTH = re.compile(r"\s*-?\d*\.?\d*\s*(?:mu|em|ex|pt|cm|mm|in)\b")
_COLUMNS = re.compile(r"\s*(?:\[[^\]\n]{0,10}\])?\s*\{[^{}\n]{0,60}\}")

_OTHERS = {
    "row": ("row", "\\\\"),
    "dots": ("dots", "..."),
    "hexadecimal": ("bad", "a number in hexadecimal is not read"),
}
_SCALES = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}  # 1.6 \\text{ billion}
_PLAIN = frozenset("+-/^_()[]{}|'!&<>*,;")


_new = tuple.__new__  # a third of the time that the call of a NamedTuple takes


def tokens(text: str, macros: Macros | None = None, budget: _Budget | None = None) -> list[Token]:
    """The tokens of a block of mathematics, without an end token; offsets count from its start.

    macros  the document's own commands; what stands for one has the offset of its call
    A block longer than MAX_TOKENS becomes a single token of kind "bad".
    """
    if "<!--" in text:
        text = _without_comments(text)
    found = _read(text, macros, budget)
    if any(token.kind == "mod" for token in found):  # what is congruent is not equal
        return [
            token._replace(text="?") if token.kind == "rel" and _is_congruence(text, token) else token
            for token in found
        ]
    return found


def _read(text: str, macros: Macros | None, budget: _Budget | None) -> list[Token]:
    found: list[Token] = []
    position, match_at = 0, _TOKEN.match
    while (match := match_at(text, position)) is not None:
        kind, start = match.lastgroup or "", match.start()
        position = match.end()
        if kind == "space":
            continue
        if kind == "other":
            character = text[start]
            if character == "|" and text[start - 1 : start] == "|" and found and found[-1].kind == "|":
                found[-1] = _new(Token, ("norm", "||", start - 1))
            elif character in _PLAIN:
                found.append(_new(Token, (character, character, start)))
            else:
                _other(character, start, found)
        elif kind == "letters":
            found.append(_word("letters", match[0], start))
        elif kind == "command":
            command = match["command"]
            known = KNOWN.get(command)
            if macros and command in macros:
                budget = budget or _Budget()
                position = _expanded(text, command, start, position, found, macros, budget)
            elif known is not None:
                found.append(_new(Token, (*known, start)))
            else:
                position = _command(text, command, start, position, found)
        elif kind == "number":
            _number(match[0], start, found)
        elif kind == "percent":
            _percent(start, "", found)
        else:
            found.append(Token(*_OTHERS[kind], start))
        if len(found) > MAX_TOKENS:
            return [Token("bad", f"the block is longer than {MAX_TOKENS:,} tokens", 0)]
    return found


def _is_congruence(text: str, token: Token) -> bool:
    return text.startswith(("\\equiv", "≡"), token.offset)


def token_end(text: str, token: Token) -> int:
    """Where a token of the text ends there, as it is written."""
    if token.kind == "end-env":
        return min(token.offset + len(f"\\end{{{token.text}}}"), len(text))
    match = _TOKEN.match(text, token.offset)
    if match is None or match.lastgroup in {"letters", "other"}:
        return min(token.offset + len(token.text), len(text))
    per_cent = _PER_CENT.match(text, match.end()) if match.lastgroup == "number" else None
    return (per_cent or match).end()


class _Budget:
    """How much of a block may still come from macros."""

    def __init__(self) -> None:
        self.calls = MAX_CALLS
        self.depth = 0


def _expanded(
    text: str, command: str, start: int, position: int, found: list[Token], macros: Macros, budget: _Budget
) -> int:
    """Adds what stands for a macro's call; the position behind its arguments."""
    macro = macros[command]
    called = None if macro is None else call(text, position, macro)
    budget.calls -= 1
    if macro is None:
        found.append(Token("bad", f"\\{command} is defined in two ways", start))
    elif called is None:
        found.append(Token("bad", f"an argument of \\{command} is missing", start))
    elif budget.calls < 0 or budget.depth >= MAX_CALLS_WITHIN or len(called[0]) > MAX_EXPANSION:
        found.append(Token("bad", f"\\{command} stands for too much", start))
    else:
        budget.depth += 1
        inner = tokens(called[0], macros, budget)
        budget.depth -= 1
        found += [Token(token.kind, token.text, start) for token in inner]
    return position if called is None else called[1]


def _without_comments(text: str) -> str:
    """The text with comments of HTML blanked; one that is never closed stays."""
    kept, position = [], 0
    while (start := text.find("<!--", position)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        kept += [text[position:start], " " * (end + 3 - start)]
        position = end + 3
    return "".join((*kept, text[position:]))


def _word(kind: str, text: str, start: int) -> Token:
    if len(text) > MAX_LETTERS:
        return Token("bad", f"a word of more than {MAX_LETTERS} letters", start)
    return Token(kind, text, start)


def _number(text: str, start: int, found: list[Token]) -> None:
    """A number; after _ or ^ without braces TeX takes one digit, so the parser must see the text."""
    if text[-1:] == "}" and (exponent := _EXPONENT.search(text)):
        text = f"{text[: exponent.start()]}e{exponent[1]}"
    elif "\\m" in text or "\\t" in text:
        found.append(Token("bad", f"the e in {text} may be an exponent's or Euler's number", start))
        return
    plain = text if text.isdecimal() else text.replace("\\,", "").replace("~", "")
    if "{,}" in plain:
        comma = _comma(plain)
        plain = plain.replace("{,}", "," if comma is None else comma)
    elif "," in plain and "." in plain:
        plain = plain.replace(",", "")
    if len(plain) > MAX_DIGITS:
        found.append(Token("bad", f"a number of more than {MAX_DIGITS} digits", start))
        return
    if plain.endswith(".") and found and found[-1].kind in {"_", "^"}:
        plain = plain[:-1]
    found.append(Token("number", plain, start))


def _comma(number: str) -> str | None:
    """What {,} stands for in a number: a decimal point, nothing between thousands, or None for either."""
    first, *groups = re.split(r"\{,\}|\.", number)
    thousands = first[0] != "0" and len(first) <= 3 and all(len(group) == 3 for group in groups)
    if len(groups) == 1 and "." not in number:
        return None if thousands else "."
    return "" if first[0] != "0" and len(groups[0]) == 3 else None


def _percent(start: int, following: str, found: list[Token]) -> None:
    """A number in per cent, in whose digits the point is moved; before an operand % may be the remainder."""
    if len(found) > 1 and found[-1].kind == "dots" and found[-2].kind == "number":  # 88.88...\\%
        found.pop()
    before = found[-1] if found else None
    is_script = len(found) > 1 and found[-2].kind in {"_", "^"}
    if before is None or is_script or following.isalnum() or following == "(":
        found.append(Token("bad", "\\% is per cent behind a number", start))
    elif before.kind == "number" and "," not in before.text:
        found[-1] = Token("number", f"{Decimal(before.text).scaleb(-2):f}", before.offset)
    else:
        found.append(Token("percent", "%", start))


_DEFINING = frozenset(["newcommand", "renewcommand", "providecommand", "def", "DeclareMathOperator"])
_DEFINING |= {f"{command}*" for command in _DEFINING}


def _command(text: str, command: str, start: int, position: int, found: list[Token]) -> int:
    """Adds what a command stands for; the position after it."""
    if command in {"begin", "end"}:
        return _environment(text, command, start, position, found)
    if command == "not" and (negated := _NEGATED.match(text, position)):
        found.append(Token("rel", "!=" if negated[1] else "no", start))
        return negated.end()
    if command in ARGUMENTS:
        return _shown(text, command, ARGUMENTS[command], start, position, found)
    if command in FONTS:
        return _font(text, command, start, position, found)
    if command in NOISE:
        return position + (command in {"left", "right"} and text.startswith(".", position))
    if command in _DEFINING and (defined := definition(text, start)) is not None:
        return defined.end
    if command == "%":
        _percent(start, text[position : position + 8].lstrip()[:1], found)
    elif command not in {"$", "/"}:
        found.append(Token("bad", f"\\{command} is not known here", start))
    return position


def _shown(
    text: str, command: str, arguments: Arguments, start: int, position: int, found: list[Token]
) -> int:
    """A command that only shows its argument differently, or shows nothing that counts."""
    if arguments.overlay and (overlay := _OVERLAY.match(text, position)):
        position = overlay.end()
    if arguments.optional and (option := _OPTION.match(text, position)):
        position = option.end()
    if arguments.kind == "length":
        length = _LENGTH.match(text, position)
        return length.end() if length else position
    if question := _QUESTION.match(text, position):
        found.append(Token("rel", "?", start))
        return question.end()
    for _ in range(arguments.dropped):
        group = _GROUP_ANY.match(text, position)
        position = group.end() if group else position
    if arguments.kind:
        found.append(Token(arguments.kind, command, start))
    return position


def _environment(text: str, command: str, start: int, position: int, found: list[Token]) -> int:
    name = _ENVIRONMENT.match(text, position)
    if name is None:
        found.append(Token("bad", f"\\{command} without a name", start))
        return position
    position = name.end()
    if command == "begin" and name[1] in {"array", "alignat", "alignedat", "tabular"}:
        columns = _COLUMNS.match(text, position)
        position = columns.end() if columns else position
    elif command == "begin" and (option := re.compile(r"\[[tbc]\]").match(text, position)):
        position = option.end()
    found.append(Token("begin" if command == "begin" else "end-env", name[1], start))
    return position


def _font(text: str, command: str, start: int, position: int, found: list[Token]) -> int:
    r"""\mathbf{W}, \text{Loss}: one word; \text{so we get}: a remark; \mathbf{x_1}: as without."""
    if underscored := _UNDERSCORED.match(text, position):  # \\operatorname{leaky\_relu}
        kind = "operator" if command in OPERATORS else "word"
        found.append(_word(kind, underscored[1].replace("\\_", "_"), start))
        return underscored.end()
    if command in OPERATORS and (spaced := _SPACED_WORD.match(text, position)):
        found.append(_word("operator", "".join(filter(str.isalpha, spaced[1])), start))
        return spaced.end()
    group = _GROUP_WORD.match(text, position)
    if group is None:
        return position
    content = group[1]
    if command in WORDED and found and found[-1].kind == "number" and (words := content.split()):
        power = _SCALES.get(words[0].lower())
        if power is not None and found[-1].text.replace(".", "").isdecimal():
            found[-1] = Token("number", f"{found[-1].text}e{power}", found[-1].offset)
            if words[1:]:
                found.append(Token("text", " ".join(words[1:]), start))
            return group.end()
    if content.isalpha() and content.isascii():
        is_operator = command in OPERATORS and len(content) > 1
        found.append(_word("operator" if is_operator else "word", content, group.start(1)))
        if command in WORDED:
            found[-1] = Token(
                "textword" if found[-1].kind == "word" else "bad", found[-1].text, group.start(1)
            )
        return group.end()
    if command in WORDED and not re.fullmatch(r"[\w^{}+*/=-]*", content, re.ASCII):
        found.append(Token("text", content, start))
        return group.end()
    return position


def _other(character: str, start: int, found: list[Token]) -> None:
    known = CHARACTERS.get(character)
    if known is None:
        _unicode(character, start, found)
        return
    if character == "=" and found and found[-1].kind == "colon":  # := is one relation
        found.pop()
    found.append(Token(*known, start))


@lru_cache(maxsize=1024)
def _plain_form(character: str) -> tuple[str, str]:
    """(what it is, plain text): a subscript or superscript character, a letter, or nothing known."""
    decomposed = unicodedata.decomposition(character)
    plain = unicodedata.normalize("NFKC", character)
    if decomposed.startswith(("<sub>", "<super>")):
        return ("_" if decomposed.startswith("<sub>") else "^"), plain
    if plain.isalpha():
        return "letter", canonical(plain)
    return "", character


def _unicode(character: str, start: int, found: list[Token]) -> None:
    kind, plain = _plain_form(character)
    if kind in {"_", "^"}:
        if len(found) >= 2 and found[-1].kind == "script" and found[-2].kind == kind:
            found[-1] = Token("script", found[-1].text + plain, found[-1].offset)
        else:
            found.append(Token(kind, character, start))
            found.append(Token("script", plain, start))
    elif kind == "letter":
        found.append(_word("word" if len(plain) > 1 else "letters", plain, start))
    else:
        found.append(Token("bad", f"the character {character!r} is not known here", start))
