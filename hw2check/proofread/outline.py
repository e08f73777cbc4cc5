"""What stands around a formula: the heading and the list item or numbered question that it belongs to.

Headings and items are counted through the whole document, so that two formulas stand under the same one if
their numbers agree. What is code is no heading: `# a comment`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

SHOWN_BEFORE = 400  # characters of the text before a formula

_LINE = re.compile(
    r"""^(?P<quote>[ \t]*(?:>[ \t]?)*)(?:
        (?P<marks>\#{1,6})[ \t]+(?P<title>[^\n]*)
      | \\(?P<command>(?:sub)*section|part|chapter|paragraph)\*?\{(?P<named>[^\n]*)\}
      | (?P<item>\\item\b
          | (?:[-*+]|\d{1,3}[.)](?!\d)|\([a-z0-9]{1,3}\)|[a-z]\))(?=[ \t])
          | (?:\*\*|__)\(?(?:[A-Za-z]+[ ])?\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-z])[.):]
          | (?:Q|[Qq]uestion|[Pp]roblem|[Ee]xercise|[Ee]xample|[Tt]ask|[Ss]tep|[Ss]ample|[Cc]ase)[ ]?\d)
      | (?P<end>\\end\{(?:enumerate|itemize|description)\})
      | (?P<blank>$)
      | (?P<text>[^\s]))""",
    re.VERBOSE | re.MULTILINE,
)
_LEVELS = {"part": 1, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4, "paragraph": 5}


class Setting(NamedTuple):
    """Where in the outline of its document a formula stands."""

    section: int = 0  # its heading's number, counted from 1 through the document; 0 before the first
    title: str = ""  # of that heading
    level: int = 0  # of that heading, 1 for the highest
    item: int = 0  # its list item or numbered question, counted from 1 through the document; 0 in none


NOWHERE = Setting()


class Outline:
    """The settings of one part, by position."""

    def __init__(self, text: str, skipped: Sequence[tuple[int, int]], before: Setting, items: int) -> None:
        """An outline that goes on from the setting and the number of items of the parts before."""
        self.items = items
        self._starts: list[int] = [0]
        self._settings: list[Setting] = [before._replace(item=0)]
        for offset, setting in self._marks(text, skipped):
            self._starts.append(offset)
            self._settings.append(setting)

    def at(self, offset: int) -> Setting:
        """The setting of what stands at an offset."""
        return self._settings[bisect_right(self._starts, offset) - 1]

    @property
    def last(self) -> Setting:
        """The setting at the end of the part."""
        return self._settings[-1]

    def _marks(self, text: str, skipped: Sequence[tuple[int, int]]) -> Iterator[tuple[int, Setting]]:
        setting, after_blank = self._settings[0], False
        starts = [start for start, _ in skipped]
        for match in _LINE.finditer(text):
            offset = match.start()
            inside = bisect_right(starts, offset) - 1
            if inside >= 0 and skipped[inside][1] > offset and skipped[inside][0] < offset:
                continue
            found = self._after(match, setting, after_blank=after_blank)
            after_blank = match["blank"] is not None
            if found != setting:
                setting = found
                yield offset, setting

    def _after(self, match: re.Match[str], setting: Setting, *, after_blank: bool) -> Setting:
        if match["marks"] is not None:
            return Setting(setting.section + 1, match["title"].strip(" #*\t"), len(match["marks"]), 0)
        if match["command"] is not None:
            level = _LEVELS[match["command"].replace("subsubsub", "subsub")]
            return Setting(setting.section + 1, match["named"], level, 0)
        if match["item"] is not None:
            self.items += 1
            return setting._replace(item=self.items)
        if match["end"] is not None:
            return setting._replace(item=0)
        if match["text"] is not None and after_blank and not match["quote"].endswith((" ", "\t")):
            return setting._replace(item=0)
        return setting
