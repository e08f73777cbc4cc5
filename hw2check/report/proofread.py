"""A proofread document as text, as JSON and as GitHub workflow annotations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from hw2check import __version__
from hw2check.errors import SHOWN_WIDTH, Place, plain
from hw2check.proofread.proof import FAULTS, Link, Proof
from hw2check.report.github import annotation, joined

FORMAT_VERSION = 1
COLOURS = {
    "holds": "green",
    "rounded": "green",
    "close": "yellow",
    "definition": "cyan",
    "unchecked": "cyan",
    "carried": "yellow",
    "doubtful": "magenta",
    "wrong": "bold red",
}
WORDS = {"rounded": "holds to the digits shown", "unchecked": "not checked"}


def print_proof(proof: Proof, console: Console, *, every: bool = False, quiet: bool = False) -> None:
    """Each fault with its line, caret, values and hint; the open questions; a summary.

    every  list every link, not the faults alone
    """
    for link in proof.links:
        if every or link.verdict in FAULTS or (link.verdict == "close" and not quiet):
            for part in _link_lines(link, brief=link.verdict not in {*FAULTS, "close"}):
                console.print(part, soft_wrap=True, highlight=False)
    for question in proof.questions:
        line = Text(f"{question.place}  ").append("no answer", style="magenta")
        console.print(line.append(f"  {plain(question.label)}: {plain(question.text)}"), soft_wrap=True)
    for text in summary(proof):
        console.print(Text(text), soft_wrap=True)


def _link_lines(link: Link, *, brief: bool) -> Iterator[Text]:
    head = Text(f"{link.right.place}  ")
    head.append(WORDS.get(link.verdict, link.verdict), style=COLOURS[link.verdict])
    if brief:
        step = f"  {plain(_short(link.left.text))} {_relation(link)} {plain(_short(link.right.text))}"
        head.append(step + (f"  ({plain(link.reason)})" if link.reason else ""))
        yield head
        return
    head.append(f"  {plain(message(link))}")
    yield head
    yield Text("\n".join(_marked(link.right.place, link.right.end_place)), style="dim")
    if any(link.values):
        yield Text(f"  left {plain(link.values[0]) or '?'}, right {plain(link.values[1]) or '?'}")
    if link.hint:
        yield Text(f"  hint: looks like {link.code}: {plain(link.hint)}", style="italic")


def message(link: Link) -> str:
    """What is wrong with a link, in one line."""
    parts = [part for part in (link.reason, link.end) if part]
    about = f"{link.quantity}: " if link.quantity else ""
    return about + ("; ".join(parts) or "the two sides are not equal")


def _relation(link: Link) -> str:
    return {"~": "≈", "<-": "<-"}.get(link.relation, link.relation)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def _marked(place: Place, end: Place) -> list[str]:
    """The source line, and carets under the side."""
    start = max(0, place.column - 1 - SHOWN_WIDTH // 2)
    lead = "..." if start else ""
    shown = plain(place.text[start : start + SHOWN_WIDTH])
    length = end.column - place.column + 1 if end.line == place.line else len(place.text) - place.column + 1
    indent = len(lead) + place.column - 1 - start
    return [
        f"  {lead}{shown}",
        f"  {' ' * indent}{'^' * max(1, min(length, SHOWN_WIDTH - indent + len(lead)))}",
    ]


def summary(proof: Proof) -> Iterable[str]:
    """Links read and checked, coverage, the first wrong step."""
    counts = count_links(proof)
    checked = sum(count for verdict, count in counts.items() if verdict != "unchecked")
    yield (
        f"{_many(len(proof.links), 'link')} read, {checked} checked ({proof.coverage:.0f} %): "
        + (", ".join(f"{count} {WORDS.get(verdict, verdict)}" for verdict, count in counts.items()) or "none")
    )
    if proof.questions:
        yield f"{_many(len(proof.questions), 'question')} left open"
    if proof.faults:
        first = proof.faults[0]
        step = f"{_short(first.left.text)} {_relation(first)} {_short(first.right.text)}"
        yield f"first wrong step: {first.right.place}: {plain(step)}"


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def count_links(proof: Proof) -> dict[str, int]:
    """How many links got each verdict."""
    counts: dict[str, int] = {}
    for link in proof.links:
        counts[link.verdict] = counts.get(link.verdict, 0) + 1
    return counts


def render_proof_json(proofs: Sequence[Proof], *, every: bool) -> str:
    """One JSON document; every link where asked, else the findings alone."""
    document = {
        "format": "hw2check-proofread",
        "version": FORMAT_VERSION,
        "hw2check": __version__,
        "ok": not any(is_failed(proof) for proof in proofs),
        "documents": [_document(proof, every=every) for proof in proofs],
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def is_failed(proof: Proof, *, strict: bool = False) -> bool:
    """Whether the exit code is 1: a wrong or carried step, or an open question; strictly, a close one too."""
    return bool(proof.faults or proof.questions) or (
        strict and any(link.verdict == "close" for link in proof.links)
    )


def _document(proof: Proof, *, every: bool) -> dict[str, Any]:
    shown = [link for link in proof.links if every or link.verdict in {*FAULTS, "close"}]
    return {
        "file": proof.file,
        "links": len(proof.links),
        "coverage": round(proof.coverage, 1),
        "counts": count_links(proof),
        "findings": [_finding(link) for link in shown],
        "open_questions": [{"question": q.label, "text": q.text, **_place(q.place)} for q in proof.questions],
    }


def _finding(link: Link) -> dict[str, Any]:
    end = link.right.end_place
    return {
        "verdict": link.verdict,
        "reason": link.reason or None,
        "quantity": link.quantity or None,
        **_place(link.right.place),
        "end_line": end.line,
        "end_column": end.column,
        "left": plain(link.left.text),
        "relation": link.relation,
        "right": plain(link.right.text),
        "left_value": link.values[0] or None,
        "right_value": link.values[1] or None,
        "ends": link.end or None,
        "hint": link.hint or None,
        "code": link.code or None,
    }


def _place(place: Place) -> dict[str, Any]:
    file, _, cell = place.file.partition(" cell ")
    return {
        "file": file,
        "cell": int(cell) if cell.isdigit() else None,
        "line": place.line,
        "column": place.column,
    }


def render_proof_github(proofs: Sequence[Proof]) -> str:
    """Workflow annotations: an error for each wrong step, a warning for what follows or is close."""
    found = []
    for proof in proofs:
        for link in proof.links:
            if link.verdict in {*FAULTS, "close"}:
                level = "error" if link.verdict == "wrong" else "warning"
                text = message(link) + (f" (looks like {link.code}: {link.hint})" if link.hint else "")
                step = f"{_short(link.left.text)} {_relation(link)} {_short(link.right.text)}"
                place, end = link.right.place, link.right.end_place
                found.append(annotation(level, f"{link.verdict} step", f"{text}\n{step}", place, end))
        for question in proof.questions:
            text = f"{question.label}: no answer"
            found.append(annotation("warning", "open question", text, question.place, question.place))
    return joined(found)
