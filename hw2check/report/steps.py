"""What all formats say of the steps of a document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hw2check.errors import plain

if TYPE_CHECKING:
    from hw2check.proofread.proof import Link, Proof

SHOWN = ("wrong", "carried", "close")  # verdicts that every format lists
WORDS = {"rounded": "holds to the digits shown", "unchecked": "not checked"}


def message(link: Link) -> str:
    """What is wrong with a link, in one line."""
    parts = [part for part in (link.reason, link.end) if part]
    about = f"{link.quantity}: " if link.quantity else ""
    return about + ("; ".join(parts) or "the two sides are not equal")


def relation(link: Link) -> str:
    return {"~": "≈", "<-": "<-"}.get(link.relation, link.relation)


def short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


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
        step = f"{short(first.left.text)} {relation(first)} {short(first.right.text)}"
        yield f"first wrong step: {first.right.place}: {plain(step)}"


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


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
