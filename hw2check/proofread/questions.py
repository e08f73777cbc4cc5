"""Questions that a document leaves open: headings and numbered prompts with nothing below them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from hw2check.errors import plain
from hw2check.proofread.parts import OpenQuestion, Part

PROMPT = 100  # the level of a prompt, below every heading
MAX_QUESTIONS = 10_000  # that are listed
SHOWN = 80  # characters of a question that are shown

_HEADING = re.compile(r"[ \t]{0,3}(?P<marks>\#{1,6})[ \t]+(?P<title>.*?)[ \t#]*$")
_SECTION = re.compile(r"[ \t]*\\(?P<marks>(?:sub)*section|part|chapter|paragraph)\*?\{(?P<title>.*)\}[ \t]*$")
_PROMPT = re.compile(
    r"[ \t]*(?P<bold>\*\*|__)?\\?(?:Q(?:uestion)?[ \t]*)?\(?"
    r"(?P<number>\d{1,3}(?:\.\d{1,3})*|[a-h](?=\)))[.):][ \t]*(?P<title>\S.*)$"
)
_ITEM = re.compile(r"[ \t]*\\item\b[ \t]*(?P<title>.*)$")
_ENTRY = re.compile(  # what may be a heading or a prompt: most documents without one need no lines
    r"^[ \t]*(?:\#|\\(?:sub|section|part|chapter|paragraph|item)|(?:\*\*|__)?\\?(?:Q|\(?(?:\d|[a-h]\))))",
    re.MULTILINE,
)
_NUMBER = re.compile(r"[\W_]*(?:(?:question|problem|exercise|part|task)\s*)?(\d+(?:\.\d+)*)", re.IGNORECASE)
_ASKS = re.compile(r"(?:what|why|where|when|who|which|how|explain|describe|discuss|justify)\b", re.IGNORECASE)
_NOTHING = re.compile(
    r"[\W_]*(?:(?:todo|tbd|your answer here|answer|\\(?:begin|end)\{\w+\}|\\(?:newpage|vspace\*?\{[^}]*\}))"
    r"[\W_]*)*\Z",
    re.IGNORECASE,
)
_FIRST = frozenset("# \t\\*_(Qabcdefgh0123456789")  # what a heading or prompt can begin with
_CODE = "\N{REPLACEMENT CHARACTER}code\N{REPLACEMENT CHARACTER}"


class _Line(NamedTuple):
    part: int
    offset: int
    text: str  # comments blanked; code that is not shown stands as _CODE


class _Entry(NamedTuple):
    level: int  # 1 to 9 for headings, PROMPT for prompts
    number: str  # "3.1", empty where it has none
    title: str
    line: int  # index of the line


def open_questions(
    parts: Sequence[Part], skipped: Sequence[Sequence[tuple[int, int]]]
) -> Iterator[OpenQuestion]:
    """Every question with no answer, in order; the first MAX_QUESTIONS of them.

    skipped  for each part the spans of code and comments
    """
    if not any(_ENTRY.search(part.text) for part in parts):
        return
    lines = list(_lines(parts, skipped))
    heading, found = "", 0
    for entry, following in _with_next(_entries(lines)):
        if entry.level < PROMPT:
            heading = entry.number or _shown(entry.title)
        end = following.line if following else len(lines)
        if _asks(entry, following) and not _answered(entry, lines, end):
            place = parts[lines[entry.line].part].place(lines[entry.line].offset)
            yield OpenQuestion(_label(entry, heading), _shown(entry.title), place)
            found += 1
            if found == MAX_QUESTIONS:
                return


def _with_next(entries: Iterable[_Entry]) -> Iterator[tuple[_Entry, _Entry | None]]:
    previous: _Entry | None = None
    for entry in entries:
        if previous is not None:
            yield previous, entry
        previous = entry
    if previous is not None:
        yield previous, None


def _lines(parts: Sequence[Part], skipped: Sequence[Sequence[tuple[int, int]]]) -> Iterator[_Line]:
    for number, part in enumerate(parts):
        if part.code:
            yield _Line(number, 0, _CODE if part.text.strip() else "")
            continue
        starts = [start for start, _ in skipped[number]]
        offset = 0
        for text in part.text.split("\n"):
            inside = bisect_right(starts, offset) - 1
            hidden = inside >= 0 and skipped[number][inside][1] > offset
            comment = hidden and part.text.startswith(("<!--", "%"), starts[inside])
            yield _Line(number, offset, ("" if comment else _CODE) if hidden else text)
            offset += len(text) + 1


def _entries(lines: Sequence[_Line]) -> Iterator[_Entry]:
    counter = 0
    for index, line in enumerate(lines):
        text = line.text
        if not text or text[0] not in _FIRST:
            continue
        if match := _HEADING.match(text):
            counter = 0
            yield _Entry(len(match["marks"]), _numbered(match["title"]), match["title"], index)
        elif match := _SECTION.match(text):
            counter = 0
            levels = {"part": 1, "chapter": 1, "paragraph": 9}
            level = levels.get(match["marks"], 6 + match["marks"].count("sub"))
            yield _Entry(level, _numbered(match["title"]), match["title"], index)
        elif match := _ITEM.match(text):
            counter += 1
            yield _Entry(PROMPT, str(counter), match["title"], index)
        elif match := _PROMPT.match(text):
            yield _Entry(PROMPT, match["number"], match["title"], index)


def _numbered(title: str) -> str:
    match = _NUMBER.match(title)
    return match[1] if match else ""


def _asks(entry: _Entry, following: _Entry | None) -> bool:
    """Whether an answer is due: a prompt that asks, or a numbered heading that no deeper one follows."""
    title = entry.title.strip("*_ \t")
    if entry.level == PROMPT:
        return "?" in title or bool(_ASKS.match(title))
    if following is not None and following.level > entry.level:
        return False
    return bool(entry.number) or title.endswith("?")


def _answered(entry: _Entry, lines: Sequence[_Line], end: int) -> bool:
    after = [line.text for line in lines[entry.line + 1 : end]]
    if entry.level == PROMPT:
        question = [entry.title]
        while after and after[0].strip() and "?" not in question[-1]:
            if any("?" in text for text in _paragraph(after)):
                question.append(after.pop(0))
            else:
                break
        after.insert(0, question[-1].rpartition("?")[2] if "?" in question[-1] else "")
    return not _NOTHING.match(" ".join(after))


def _paragraph(lines: Sequence[str]) -> Iterator[str]:
    for text in lines:
        if not text.strip():
            return
        yield text


def _label(entry: _Entry, heading: str) -> str:
    if entry.level < PROMPT:
        return heading
    if "." in entry.number:
        return entry.number
    return f"{heading} question {entry.number}".strip()


def _shown(title: str) -> str:
    text = plain(title.strip("*_ \t"))
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
