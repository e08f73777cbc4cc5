"""Where in a document plain text may have equations: lines with a relation that are no code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hw2check.proofread.plain.words import MODIFIERS

MAX_JOINED = 5000  # characters of lines that are read together

TEXT_FENCES = frozenset({"", "text", "txt", "plain", "plaintext", "none", "math-text"})
_RELATION = re.compile(r"[=≈≃≅]|\bequals?\b")
_RULE = re.compile(r"[ \t>]*[=\-*_|:\s]+\Z")  # underlines headings, parts a table
_ENDS_OPEN = re.compile(r"(?:[-+*/×·÷−=≈(]|\d[.,])[ \t]*\Z")
_STARTS_OPEN = re.compile(r"[ \t>]*[=≈+×·÷−/][ \t]*[\w$(.-]")
_LAST_WORD = re.compile(r"([A-Za-z]+)[ \t]*\Z")
_CODE = re.compile(
    r"""[;{][ \t]*$ | == | != | [-+*/]=(?!=) | && | \|\| | ::
      | ^[ \t]*(?:def|class|for|while|if|elif|else|with|try)\b[^\n]*:[ \t]*$
      | ^[ \t]*(?:import[ ]\w|from[ ][\w.]+[ ]import\b|return\b|>>>|\#include|@\w|\$[ ]\w)
      | \bprint\b | \w\.\w+\( | \w\(\w+[ ]?= | \w\[[^\]\n]*\][ ]*=""",
    re.VERBOSE | re.MULTILINE,
)


def looks_like_code(text: str) -> bool:
    """Whether a text is in a programming language, as far as its form tells."""
    return _CODE.search(text) is not None


def passages(text: str, opaque: Sequence[tuple[int, int]], start: int = 0) -> Iterator[tuple[int, int]]:
    """The lines of a text, from start to end, that may have equations; what goes on in the next line in one.

    opaque  spans, in order, that are read in another way or not at all
    """
    at, index = start, 0
    while (match := _RELATION.search(text, at)) is not None:
        place = match.start()
        while index < len(opaque) and opaque[index][1] <= place:
            index += 1
        if index < len(opaque) and opaque[index][0] <= place:
            at = opaque[index][1]
            continue
        first = max(text.rfind("\n", 0, place) + 1, start)
        last = _line_end(text, place)
        if _is_no_text(text, first, last):
            at = last
            continue
        first = _with_line_before(text, first, at)
        last = _with_lines_after(text, last, first)
        at = last
        yield first, last


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return end if end >= 0 else len(text)


def _is_no_text(text: str, first: int, last: int) -> bool:
    line = text[first : min(last, first + 2 * MAX_JOINED)]
    is_indented = line.startswith(("    ", "\t"))
    return _RULE.match(line) is not None or (is_indented and looks_like_code(line))


def _with_line_before(text: str, first: int, limit: int) -> int:
    """The start of the line before, where it goes on in this one."""
    if first <= max(limit, 1):
        return first
    previous = text.rfind("\n", 0, first - 1) + 1
    line = text[max(previous, first - 200) : first - 1]
    if previous < limit or not line.strip():
        return first
    word = _LAST_WORD.search(line)
    goes_on = (
        _STARTS_OPEN.match(text, first)
        or _ENDS_OPEN.search(line)
        or (word and word[1].lower() in MODIFIERS | {"of"})
    )
    return previous if goes_on else first


def _with_lines_after(text: str, last: int, first: int) -> int:
    while last < len(text) and last - first < MAX_JOINED:
        tail = text[max(first, last - 20) : last]
        if not (_ENDS_OPEN.search(tail) or _STARTS_OPEN.match(text, last + 1)):
            break
        last = _line_end(text, last + 1)
    return last
