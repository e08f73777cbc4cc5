"""Where in a text mathematics stands, where code, and where plain text.

The scanner goes over the text once. For every mark that opens something it asks where the closing mark next
stands, and these answers are remembered, so that unclosed marks cost nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property

from hw2check.latex.macros import Macros
from hw2check.proofread.outline import Outline
from hw2check.proofread.parts import Part
from hw2check.proofread.plain.passages import TEXT_FENCES, looks_like_code, passages
from hw2check.proofread.regions import Formula, Passage, TableRow, Unclosed
from hw2check.proofread.tables import tables

_ENVIRONMENTS = frozenset(
    [
        "equation",
        "align",
        "alignat",
        "aligned",
        "alignedat",
        "flalign",
        "gather",
        "gathered",
        "multline",
        "eqnarray",
        "split",
        "math",
        "displaymath",
        "dmath",
    ]
)


_SKIPPED = frozenset(
    [
        "verbatim",
        "Verbatim",
        "lstlisting",
        "minted",
        "comment",
        "filecontents",
        "tikzpicture",
        "thebibliography",
    ]
)


_CLOSING = {
    "\\[": "\\]",
    "\\(": "\\)",
    "\\\\[": "\\\\]",
    "\\\\(": "\\\\)",
    "$$": "$$",
    "$`": "`$",
    "<!--": "-->",
}


_MARK = re.compile(
    r"""(?=[\\`$<%~ >\t])(?:^[ >\t]*(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^\n`]*)$
      | (?P<mark>\\\\[\[(] | \\[\[(] | \$\$ | \$` | \$ | <!--)
      | \\begin\{(?P<environment>[A-Za-z]+)\*?\}
      | (?P<escape>\\[\s\S])
      | (?P<code>`+)
      | (?P<percent>%))""",
    re.VERBOSE | re.MULTILINE,
)


_FENCE_END = re.compile(r"^[ >\t]*(`{3,}|~{3,})[ \t]*$", re.MULTILINE)


_MATHEMATICS = re.compile(r"[^\s\d$][^\n]{0,200}?[=\\^_]")  # behind a lone $

MAX_UNCLOSED = 100  # that are told

_AMOUNT = re.compile(r"\.?\d")


_WORDS = re.compile(r"[A-Za-z]{2,}[,.;:]?[ \n]|[ \n][A-Za-z]{2,}")


_BLANK = re.compile(r"\n[ >\t]*(?=\n)")


_QUOTE = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)


class Scanner:
    """One pass over one part."""

    def __init__(self, part: Part, *, latex: bool, paragraphs: int, macros: Macros) -> None:
        self.part = part
        self.text = part.text
        self.latex = latex
        self.macros = macros
        self.first_paragraph = paragraphs << 32
        self.skipped: list[tuple[int, int]] = []  # code and comments, from start to end
        self.opaque: list[tuple[int, int]] = []  # what is no plain text: mathematics, code, comments
        self.unclosed: list[Unclosed] = []  # marks that open mathematics which nothing closes
        self.begin = 0  # where the text begins
        self.known: dict[str, int] = {}  # closing mark -> where it next stands
        self.blanks = [match.start() for match in _BLANK.finditer(self.text)]
        self.blank = 0  # index of the first blank line that may stand ahead

    @cached_property
    def ticks(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for match in re.finditer("`+", self.text):
            found.setdefault(len(match[0]), []).append(match.start())
        return found

    def next(self, mark: str, position: int) -> int:
        """Where a closing mark stands at or after a position, the end of the text if nowhere."""
        at = self.known.get(mark, -1)
        if at < position:
            at = self.text.find(mark, position)
            at = self.known[mark] = at if at >= 0 else len(self.text) + 1
        return at

    def formulas(self) -> Iterator[Formula]:
        position = 0
        if self.latex and (begin := self.text.find("\\begin{document}")) >= 0:
            position = self.begin = begin + len("\\begin{document}")
        while (match := _MARK.search(self.text, position)) is not None:
            position = match.end()
            found: Formula | None = None
            kind = match.lastgroup
            if kind == "mark" and match["mark"] == "$":
                found, position = self.inline(position)
            elif kind == "mark":
                found, position = self.marked(match)
            elif kind == "info" and self.latex:
                position = match.end("fence")
            elif kind == "info":
                found, position = self.fence(match)
            elif kind == "environment":
                found, position = self.environment(match)
            elif kind == "code" and not self.latex:
                position = self.code(match)
            elif kind == "percent" and self.latex:
                position = self.skip(match.start(), self.next("\n", position))
            if found is not None:
                self.opaque.append((match.start(), position))
                yield found

    def skip(self, start: int, end: int, content: str = "") -> int:
        """Passes over code or a comment; `content` is plain text in it that is read nevertheless."""
        self.skipped.append((start, end))
        if not content or looks_like_code(content):
            self.opaque.append((start, end))
        return end

    def passages(self, outline: Outline) -> Iterator[Passage]:
        """The plain text between the formulas, once these are found."""
        first = 0
        for start, end in passages(self.text, self.opaque, self.begin):
            while first < len(self.opaque) and self.opaque[first][1] <= start:
                first += 1
            last = bisect_left(self.opaque, (end, 0), first)
            inside = tuple(self.opaque[first:last])
            opening, paragraph = self.paragraph(start)
            yield Passage(self.part, start, end, inside, paragraph, outline.at(start), opening)

    def rows(self, outline: Outline, formulas: Sequence[Formula]) -> Iterator[TableRow]:
        """The rows of tables, once the formulas are found."""
        spans = [(formula.start, formula.start + len(formula.text)) for formula in formulas]
        for row in tables(self.text, spans):
            opening, paragraph = self.paragraph(row.start)
            passage = Passage(self.part, row.start, row.end, (), paragraph, outline.at(row.start), opening)
            yield TableRow(passage, row.cells, row.kinds)

    def paragraph(self, start: int) -> tuple[int, int]:
        """Where the paragraph of a position begins, and its number."""
        index = bisect_left(self.blanks, start)
        return (self.blanks[index - 1] + 1 if index else 0), self.first_paragraph + index

    def formula(self, start: int, end: int, *, display: bool) -> Formula:
        text = self.text[start:end]
        if ">" in text and "\n" in text:
            line = self.text.rfind("\n", 0, start) + 1
            if self.text[line : line + 40].lstrip().startswith(">"):
                text = _QUOTE.sub(lambda quote: " " * len(quote[0]), text)
        opening, paragraph = self.paragraph(start)
        return Formula(self.part, start, text, display, paragraph, self.macros, opening=opening)

    def fence(self, match: re.Match[str]) -> tuple[Formula | None, int]:
        start, fence = match.end(), match["fence"]
        end = stop = len(self.text)
        for closing in _FENCE_END.finditer(self.text, start):
            if closing[1][0] == fence[0] and len(closing[1]) >= len(fence):
                end, stop = closing.start(), closing.end()
                break
        if match["info"].strip() == "math":
            return self.formula(start, end, display=True), stop
        is_text = match["info"].strip().lower() in TEXT_FENCES
        return None, self.skip(match.start(), stop, self.text[start:end] if is_text else "")

    def marked(self, match: re.Match[str]) -> tuple[Formula | None, int]:
        mark, start = match["mark"], match.end()
        if mark == "$`" and self.latex:
            return self.inline(match.start() + 1)
        closing = _CLOSING[mark]
        if self.latex and mark in {"\\\\[", "\\\\(", "<!--"}:
            return None, start
        end = self.next(closing, start)
        if end > len(self.text):
            self.note_unclosed(match.start(), mark)
            return None, start
        if mark == "<!--":
            return None, self.skip(match.start(), end + len(closing))
        if mark == "$`" and self.crosses(start, end):
            return None, start
        if start == end:
            return None, end + len(closing)
        if mark == "$$" and self.text[start] == "}" and self.text.startswith("{/", end - 2):
            return self.formula(start + 1, end - 2, display=True), end + len("$$}")  # {$$}a{/$$}
        return self.formula(start, end, display=mark[-1] in "[$"), end + len(closing)

    def inline(self, start: int) -> tuple[Formula | None, int]:
        """A single $: it does not cross a blank line, and "$5 and $6" is no mathematics."""
        end = self.known.get("$", -1)
        if end < start:
            end = self.next("$", start)
        while end <= len(self.text) and self.text[end - 1] == "\\":
            end = self.next("$", end + 1)
        if end > len(self.text) or end == start or (self.blanks and self.crosses(start, end)):
            if end != start and _MATHEMATICS.match(self.text, start):
                self.note_unclosed(start - 1, "$")
            return None, start
        first = self.text[start]
        is_spaced = first.isspace() != self.text[end - 1].isspace()
        if not self.latex and (is_spaced or self.is_money(start, end)):
            if is_spaced and _MATHEMATICS.match(self.text, start, end):
                self.note_unclosed(start - 1, "$")
            return None, start
        return self.formula(start, end, display=False), end + 1

    def note_unclosed(self, start: int, mark: str) -> None:
        """Remembers a mark without its end, if mathematics may stand behind it; not an escaped bracket."""
        opens = mark in {"$", "$$", "\\[", "\\(", "$`"} or mark.startswith("\\begin")
        if opens and len(self.unclosed) < MAX_UNCLOSED:
            self.unclosed.append(Unclosed(mark, self.part.place(start)))

    def is_money(self, start: int, end: int) -> bool:
        """Whether $ before a digit is money: closed before a digit, behind an operator, or around words."""
        if (
            not self.text[start].isdigit()
            and self.text[start : start + 2].strip(".") == self.text[start : start + 2]
        ):
            return False
        if _AMOUNT.match(self.text, end + 1) or self.text[end - 1] in "+-*/=(×÷−–":
            return True
        content = self.text[start:end]
        return "\\" not in content and _WORDS.search(content) is not None

    def crosses(self, start: int, end: int) -> bool:
        """Whether a blank line stands between two positions; asked for rising ones."""
        blanks, index = self.blanks, self.blank
        if (
            index < len(blanks)
            and start <= blanks[index] < end
            and not (index and blanks[index - 1] >= start)
        ):
            return True
        if index and blanks[index - 1] >= start:
            index = bisect_left(blanks, start, 0, index)
        while index < len(blanks) and blanks[index] < start:
            index += 1
        self.blank = index
        return index < len(blanks) and blanks[index] < end

    def environment(self, match: re.Match[str]) -> tuple[Formula | None, int]:
        name = match["environment"]
        starred = "*" if match[0].endswith("*}") else ""
        closing = f"\\end{{{name}{starred}}}"
        if name not in _ENVIRONMENTS and name not in _SKIPPED:
            return None, match.end()
        end = self.next(closing, match.end())
        if end > len(self.text):
            if name in _ENVIRONMENTS:
                self.note_unclosed(match.start(), match[0])
            return None, match.end()
        stop = end + len(closing)
        if name in _SKIPPED:
            is_text = name in {"verbatim", "Verbatim"}
            return None, self.skip(match.start(), stop, self.text[match.end() : end] if is_text else "")
        return self.formula(match.start(), stop, display=True), stop

    def code(self, match: re.Match[str]) -> int:
        runs = self.ticks.get(len(match[0]), [])
        index = bisect_left(runs, match.end())
        if index == len(runs) or self.crosses(match.end(), runs[index]):
            return match.end()
        return self.skip(match.start(), runs[index] + len(match[0]), self.text[match.end() : runs[index]])
