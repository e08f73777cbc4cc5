"""Written documents: Markdown, LaTeX and notebooks, with what stands in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hw2check.errors import HW2CheckError
from hw2check.latex.macros import read_macros
from hw2check.proofread.outline import NOWHERE, Outline
from hw2check.proofread.parts import OpenQuestion, Part
from hw2check.proofread.questions import open_questions
from hw2check.proofread.regions import Formula, Passage, TableRow
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

    kind  "markdown", "latex" or "notebook"; raises HW2CheckError for a broken notebook
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    parts = tuple(_cells(text, file)) if kind == "notebook" else (Part(file, text),)
    macros = read_macros(part.text for part in parts if not part.code)
    formulas: list[Formula] = []
    plain: list[Passage] = []
    rows: list[TableRow] = []
    code: list[list[tuple[int, int]]] = []
    setting, items = NOWHERE, 0
    for part in parts:
        scanner = Scanner(part, latex=kind == "latex", paragraphs=len(formulas), macros=macros)
        if not part.code:
            found = list(scanner.formulas())
            outline = Outline(part.text, scanner.skipped, setting, items)
            formulas += [formula._replace(setting=outline.at(formula.start)) for formula in found]
            plain += scanner.passages(outline)
            rows += scanner.rows(outline, found)
            setting, items = outline.last, outline.items
        code.append(scanner.skipped)
    return Document(
        file, parts, tuple(formulas), tuple(open_questions(parts, code)), tuple(plain), tuple(rows)
    )


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
