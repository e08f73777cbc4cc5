"""Findings by content, and what a reader who did the sums himself says of them."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from bench.documents.corpus import Run
from hw2check.proofread.proof import Link

ADJUDICATED = Path(__file__).with_name("adjudicated.toml")
TRUE, FALSE, UNCLEAR = "true mistake", "false alarm", "unclear"
ANSWERS = (TRUE, FALSE, UNCLEAR)
_NUMBER_OR_SHAPE = re.compile(r"\d+(?:\.\d+)?(?: x \d+)?")


class Finding(NamedTuple):
    """A link that is called wrong, in a document."""

    document: str
    key: str
    link: Link


def key_of(link: Link) -> str:
    """The same wherever the link stands in its document, and however it is spaced."""
    text = "".join(f"{link.left.text} {link.relation} {link.right.text}".split())
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def findings(runs: Iterable[Run], verdict: str = "wrong") -> list[Finding]:
    """What is called wrong; the same link twice in one document counts once."""
    found = {
        (run.entry.name, key_of(link)): link
        for run in runs
        if run.proof is not None
        for link in run.proof.links
        if link.verdict == verdict
    }
    return [Finding(document, key, link) for (document, key), link in found.items()]


def adjudications(file: Path = ADJUDICATED) -> dict[tuple[str, str], str]:
    """What a reader says, by document and key.

    Raises ValueError for an answer that is none of ANSWERS.
    """
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    answers: dict[tuple[str, str], str] = {}
    for document, by_key in table.items():
        for key, (answer, *_words) in by_key.items():
            if answer not in ANSWERS:
                raise ValueError(f"{document}, {key}: {answer!r} is none of {', '.join(ANSWERS)}")
            answers[document, key] = answer
    return answers


def tally(found: Iterable[Finding], answers: Mapping[tuple[str, str], str]) -> Counter[str]:
    """How many findings are true, false, unclear, and not yet read."""
    return Counter(answers.get((finding.document, finding.key), "not read") for finding in found)


def precision(counts: Mapping[str, int]) -> float | None:
    """The share of true ones among those decided, in percent; None where none is decided."""
    decided = counts.get(TRUE, 0) + counts.get(FALSE, 0)
    return 100 * counts.get(TRUE, 0) / decided if decided else None


def kind_of(reason: str) -> str:
    """A reason without the names and numbers of its case."""
    for ending in ("is not declared", "is not a parameter with a learning rate"):
        if reason.endswith(ending):
            return f"NAME {ending}"
    quoted = re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`", "'..'", reason)
    return _NUMBER_OR_SHAPE.sub("N", quoted)[:90]
