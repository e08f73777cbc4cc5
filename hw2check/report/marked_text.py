"""A proofread document as a page shows it: its own text, with the verdict on each step in its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hw2check.proofread.parts import Part
from hw2check.proofread.proof import FAULTS, Link, Proof
from hw2check.report.formats import View
from hw2check.report.steps import SHOWN, WORDS, is_failed, message, summary

MOST_LINES = 5000  # of a part that is shown whole; of a larger one what is around its faults
AROUND = 3  # lines before and after a fault then


@dataclass(frozen=True, slots=True)
class Piece:
    """Text within a line."""

    text: str
    verdict: str = ""  # empty outside steps
    anchor: str = ""
    last: bool = False  # whether the step ends here: its sign follows
    said: str = ""  # the verdict in words


@dataclass(frozen=True, slots=True)
class Note:
    """What is said below a line about a fault in it."""

    verdict: str
    message: str
    values: str
    hint: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the document."""

    number: int
    pieces: tuple[Piece, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class MarkedPart:
    """A file, or a cell of a notebook."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """A line in the list of what is not right."""

    verdict: str
    line: int
    message: str
    anchor: str


@dataclass(frozen=True, slots=True)
class MarkedProof:
    """One document."""

    name: str
    failed: bool
    result: str
    told: tuple[str, ...]
    faults: tuple[Fault, ...]
    questions: tuple[str, ...]
    parts: tuple[MarkedPart, ...] = field(repr=False)


def marked(proof: Proof, number: int, view: View) -> MarkedProof:
    """The page's part about one document.

    number  of the document on the page, for anchors
    """
    result, *told = summary(proof)
    anchors = {id(link): f"s{number}-{position}" for position, link in enumerate(proof.links)}
    shown = [link for link in proof.links if link.verdict in SHOWN]
    faults = (
        Fault(link.verdict, link.right.place.line, _said(link), anchors[id(link)])
        for link in shown
        if not (view.quiet and link.verdict not in FAULTS)
    )
    by_part: dict[int, tuple[Part, list[Link]]] = {}
    for link in proof.links:
        part = link.right.formula.part
        by_part.setdefault(id(part), (part, []))[1].append(link)
    parts = () if view.quiet else tuple(_part(part, links, anchors) for part, links in by_part.values())
    return MarkedProof(
        proof.file,
        is_failed(proof),
        result,
        tuple(told),
        tuple(faults),
        tuple(
            f"{question.label}: {question.text} (line {question.place.line})" for question in proof.questions
        ),
        parts,
    )


def _said(link: Link) -> str:
    hint = f" (looks like {link.code}: {link.hint})" if link.hint else ""
    return message(link) + hint


def _part(part: Part, links: Sequence[Link], anchors: dict[int, str]) -> MarkedPart:
    spans = _spans(links)
    notes: dict[int, list[Note]] = {}
    for link in links:
        if link.verdict in SHOWN:
            notes.setdefault(link.right.place.line, []).append(_note(link))
    lines, start, texts = [], 0, part.text.split("\n")
    wanted = _wanted(len(texts), notes)
    position = 0
    for number, text in enumerate(texts, 1):
        end = start + len(text)
        while position < len(spans) and spans[position][1] <= start:
            position += 1
        if number in wanted:
            pieces = tuple(_pieces(part.text, start, end, spans, position, anchors))
            lines.append(Line(number, pieces, tuple(notes.get(number, ()))))
        start = end + 1
    return MarkedPart(f"Cell {part.cell}" if part.cell else "The document", tuple(lines))


def _wanted(count: int, notes: dict[int, list[Note]]) -> range | set[int]:
    if count <= MOST_LINES:
        return range(1, count + 1)
    return {near for line in notes for near in range(line - AROUND, line + AROUND + 1)}


def _note(link: Link) -> Note:
    values = f"left {link.values[0] or '?'}, right {link.values[1] or '?'}" if any(link.values) else ""
    return Note(
        link.verdict, message(link), values, f"looks like {link.code}: {link.hint}" if link.hint else ""
    )


def _spans(links: Sequence[Link]) -> list[tuple[int, int, Link]]:
    """Where the right sides of steps stand in the text of their part; of two in one place the first."""
    found = sorted(
        (link.right.formula.start + link.right.start, link.right.formula.start + link.right.end, position)
        for position, link in enumerate(links)
    )
    spans: list[tuple[int, int, Link]] = []
    for start, end, position in found:
        if end > start and (not spans or start >= spans[-1][1]):
            spans.append((start, end, links[position]))
    return spans


def _pieces(
    text: str,
    start: int,
    end: int,
    spans: Sequence[tuple[int, int, Link]],
    position: int,
    anchors: dict[int, str],
) -> Iterator[Piece]:
    """A line, cut where steps begin and end."""
    here = start
    for first, last, link in spans[position:]:
        if first >= end:
            break
        if first > here:
            yield Piece(text[here:first])
        begins, stops = max(first, start), min(last, end)
        anchor = anchors[id(link)] if begins == first else ""
        said = WORDS.get(link.verdict, link.verdict)
        yield Piece(text[begins:stops], link.verdict, anchor, last <= end, said)
        here = stops
    if here < end:
        yield Piece(text[here:end])
