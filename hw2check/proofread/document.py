"""Written documents: Markdown, LaTeX and notebooks, with what stands in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path

from hw2check.errors import HW2CheckError
from hw2check.latex.macros import read_macros
from hw2check.proofread.directives import Silence, directives
from hw2check.proofread.outline import NOWHERE, Outline, Setting
from hw2check.proofread.parts import OpenQuestion, Part
from hw2check.proofread.questions import open_questions
from hw2check.proofread.regions import Formula, Passage, TableRow, Unclosed
from hw2check.proofread.scanner import Scanner
from hw2check.reading.files import KINDS, STDIN, read_bytes
from hw2check.reading.source import decode

MAX_BYTES = 32 << 20  # size of a document


@dataclass(frozen=True, slots=True)
class Document:
    """A written solution: its mathematics in order, and the questions that it leaves open."""

    file: str
    parts: tuple[Part, ...]
    formulas: tuple[Formula, ...] = field(repr=False)
    questions: tuple[OpenQuestion, ...] = ()
    passages: tuple[Passage, ...] = field(default=(), repr=False)  # of plain text
    rows: tuple[TableRow, ...] = field(default=(), repr=False)
    unclosed: tuple[Unclosed, ...] = ()
    ignored: int = 0  # formulas and lines that are passed over, as the document asks


def read_document(file: str, stdin_name: str = "") -> Document:
    """Reads a document; its kind follows from the name's suffix (`stdin_name` for "-"), Markdown by default.

    Raises HW2CheckError for a file that cannot be read, is not text, is no notebook though it is called one,
    or is larger than MAX_BYTES.
    """
    name = (stdin_name or "document.md") if file == STDIN else file
    return document_of(stdin_name or file, read_bytes(file, MAX_BYTES), name)


def document_of(shown: str, raw: bytes, name: str = "") -> Document:
    """The document in a file's content.

    shown  what it is called in messages; its kind follows from the suffix of `name`, where that is given
    Raises HW2CheckError as `read_document` does.
    """
    text = decode(shown, raw).removeprefix("\ufeff")
    return scan(text, shown, KINDS.get(Path(name or shown).suffix.lower(), "markdown"))


def scan(text: str, file: str, kind: str = "markdown") -> Document:
    """The document in a text.

    kind  "markdown", "latex" or "notebook"
    Raises HW2CheckError for a broken notebook, and for a directive that is not known.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    parts = tuple(_cells(text, file)) if kind == "notebook" else (Part(file, text),)
    macros = read_macros(part.text for part in parts if not part.code)
    contents = _Contents()
    code: list[list[tuple[int, int]]] = []
    for part in parts:
        scanner = Scanner(part, latex=kind == "latex", paragraphs=len(contents.formulas), macros=macros)
        if not part.code:
            contents.add(scanner)
        code.append(scanner.skipped)
    return Document(
        file,
        parts,
        tuple(contents.formulas),
        tuple(open_questions(parts, code)),
        tuple(contents.passages),
        tuple(contents.rows),
        tuple(contents.unclosed),
        contents.ignored,
    )


@dataclass(slots=True)
class _Contents:
    """What has been found in the parts so far."""

    formulas: list[Formula] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    rows: list[TableRow] = field(default_factory=list)
    unclosed: list[Unclosed] = field(default_factory=list)
    ignored: int = 0
    setting: Setting = NOWHERE
    items: int = 0
    silence: Silence = field(default_factory=Silence)

    def add(self, scanner: Scanner) -> None:
        """Takes over what stands in a part, but for what its directives silence."""
        found = list(scanner.formulas())
        outline = Outline(scanner.text, scanner.skipped, self.setting, self.items)
        places: list[tuple[int, int, Formula | Passage | TableRow]] = sorted(
            [
                *((*_span(formula), formula) for formula in found),
                *((*_span(passage), passage) for passage in scanner.passages(outline)),
                *((*_span(row.passage), row) for row in scanner.rows(outline, found)),
            ],
            key=itemgetter(0, 1),
        )
        told = tuple(directives(scanner.part, scanner.skipped))
        silent = (
            self.silence.silenced(told, [place[:2] for place in places])
            if told or self.silence.is_off
            else ()
        )
        for index, (_, _, place) in enumerate(places):
            if index in silent:
                self.ignored += not isinstance(place, TableRow)
            elif isinstance(place, Formula):
                self.formulas.append(place._replace(setting=outline.at(place.start)))
            elif isinstance(place, TableRow):
                self.rows.append(place)
            else:
                self.passages.append(place)
        self.unclosed += scanner.unclosed
        self.setting, self.items = outline.last, outline.items


def _span(place: Formula | Passage) -> tuple[int, int]:
    """From where it has content of its own to its end."""
    if isinstance(place, Formula):
        return place.start, place.start + max(len(place.text), 1)
    start = place.start
    if place.opaque and not place.part.text[start : place.opaque[0][0]].strip():
        start = place.opaque[0][1]
    return start, place.end


def _cells(text: str, file: str) -> Iterator[Part]:
    try:
        notebook = json.loads(text)
        cells = notebook["cells"]
        for number, cell in enumerate(cells, 1):
            source = cell["source"]
            joined = source if isinstance(source, str) else "".join(source)
            if cell["cell_type"] in {"markdown", "code"}:
                yield Part(file, joined.replace("\r\n", "\n"), number, cell["cell_type"] == "code")
    except (ValueError, KeyError, TypeError, RecursionError):
        hint = "save it as .ipynb in version 4 of the format"
        raise HW2CheckError(f"{file}: this is not a notebook", hint=hint) from None
