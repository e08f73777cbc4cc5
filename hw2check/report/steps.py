"""What all formats say of the steps of a document."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from hw2check.errors import plain

if TYPE_CHECKING:
    from hw2check.errors import Place
    from hw2check.proofread.proof import Link, Proof

SHOWN = ("wrong", "carried", "close")  # verdicts that every format lists
_OWN = ("carried", "close", "doubtful", "rounded")  # verdicts whose reason speaks of the writer's own work
MAX_LINES = 10  # of what could not be read, that are named
WORDS = {"rounded": "holds to the digits shown", "unchecked": "not checked"}


def message(link: Link) -> str:
    """What is wrong with a link, in one line."""
    parts = [part for part in (link.reason, link.end) if part]
    about = f"{link.quantity}: " if link.quantity else ""
    return about + ("; ".join(parts) or "the two sides are not equal")


def relation(link: Link) -> str:
    return {"~": "≈", "<-": "<-"}.get(link.relation, link.relation)


def short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."


def summary(proof: Proof) -> Iterable[str]:
    """Links read and checked, coverage, what could not be read, the first wrong step."""
    counts = count_links(proof)
    checked = sum(count for verdict, count in counts.items() if verdict != "unchecked")
    yield (
        f"{_many(len(proof.links), 'link')} read, {checked} checked ({proof.coverage:.0f} %): "
        + (", ".join(f"{count} {WORDS.get(verdict, verdict)}" for verdict, count in counts.items()) or "none")
    )
    yield from warnings(proof)
    for told in proof.apart:
        yield plain(told)
    if proof.ignored:
        yield f"{_many(proof.ignored, 'formula or line', 'formulas or lines')} ignored, as the document asks"
    if proof.known:
        yield f"{_many(len(proof.known), 'finding')} known from the baseline"
    if proof.questions:
        yield f"{_many(len(proof.questions), 'question')} left open"
    if proof.faults:
        first = proof.faults[0]
        step = f"{short(first.left.text)} {relation(first)} {short(first.right.text)}"
        yield f"first wrong step: {first.right.place}: {plain(step)}"


def warnings(proof: Proof) -> Iterable[str]:
    """What stands in the document and was not checked for a reason that its writer can mend."""
    if proof.unread:
        lines = list(dict.fromkeys(_line(place) for place in proof.unread))
        shown = ", ".join(lines[:MAX_LINES]) + (", ..." if len(lines) > MAX_LINES else "")
        verb = "stands" if len(proof.unread) == 1 else "stand"
        yield (
            f"{_many(len(proof.unread), 'equation')} {verb} outside mathematics and could not be read, "
            f"line{'s' * (len(lines) > 1)} {shown}"
        )
    for mark, place in proof.unclosed[:MAX_LINES]:
        yield f"{mark} opened in line {_line(place)} is not closed"
    undeclared = sum(link.verdict == "unchecked" and "not declared" in link.reason for link in proof.links)
    if not proof.with_problem and undeclared * 2 >= len(proof.links) > 0:
        yield (
            f"no problem given: {undeclared} of {_many(len(proof.links), 'link')} use undeclared names; "
            "-p problem.toml checks them"
        )


def visible(proof: Proof, show: str) -> Proof:
    """What a reader may see of a document's steps.

    show  "none": verdicts, "hint": also what a mistake looks like, "computed": also why, and what is right
    """
    if show == "computed":
        return proof
    return replace(proof, links=tuple(_visible(link, show) for link in proof.links))


def _visible(link: Link, show: str) -> Link:
    own = link.verdict == "unchecked" or (show == "hint" and link.verdict in _OWN)
    hint, code = (link.hint, link.code) if show == "hint" else ("", "")
    return link._replace(reason=link.reason if own else "", values=("", ""), end="", hint=hint, code=code)


def _line(place: Place) -> str:
    """Its number; in a notebook the cell's too."""
    _, _, cell = place.file.partition(" cell ")
    return f"{place.line} of cell {cell}" if cell else str(place.line)


def _many(count: int, word: str, several: str = "") -> str:
    return f"{count} {word if count == 1 else several or f'{word}s'}"


def count_links(proof: Proof) -> dict[str, int]:
    """How many links got each verdict."""
    counts: dict[str, int] = {}
    for link in proof.links:
        counts[link.verdict] = counts.get(link.verdict, 0) + 1
    return counts


def is_failed(proof: Proof, *, strict: bool = False) -> bool:
    """Whether the exit code is 1: a wrong or carried step, or an open question; strictly, any less sure."""
    return bool(proof.faults or proof.questions) or (
        strict and any(link.verdict in {"close", "doubtful"} for link in proof.links)
    )
