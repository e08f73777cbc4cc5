"""A baseline: the findings that a document is known to have, so that only new ones count.

A finding is known by what it says - the document, its verdict, both sides - and not by its line, so that it
stays known where the text around it changes. What stands twice must be known twice.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from hw2check.errors import HW2CheckError
from hw2check.proofread.proof import FAULTS, Link, Proof
from hw2check.proofread.sameness import CLOSE, DOUBTFUL
from hw2check.reading.files import read_bytes

FORMAT, VERSION = "hw2check-baseline", 1
MAX_BYTES = 32 << 20  # size of a baseline
_KEYS = ("document", "verdict", "left", "relation", "right")

Baseline = Counter[tuple[str, ...]]


def baseline_text(proofs: Iterable[Proof]) -> str:
    """The baseline with all findings of some documents, as JSON."""
    found = [
        dict(zip(_KEYS, _key(proof, link), strict=True))
        for proof in proofs
        for link in (*proof.links, *proof.known)
        if _counts(link)
    ]
    document = {"format": FORMAT, "version": VERSION, "findings": found}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def read_baseline(file: str) -> Baseline:
    """The findings in a baseline; raises HW2CheckError for a file that is none."""
    try:
        document = json.loads(read_bytes(file, MAX_BYTES))
        if (document["format"], document["version"]) != (FORMAT, VERSION):
            raise ValueError
        return Counter(_entry(entry) for entry in document["findings"])
    except (ValueError, KeyError, TypeError, RecursionError):
        hint = "hw2check proofread --baseline FILE --write-baseline DOCUMENT... makes one"
        raise HW2CheckError(f"{file}: this is not a baseline", hint=hint) from None


def _entry(entry: dict[str, Any]) -> tuple[str, ...]:
    if not all(isinstance(entry[key], str) for key in _KEYS):
        raise TypeError
    return tuple(entry[key] for key in _KEYS)


def without_known(proof: Proof, baseline: Baseline) -> Proof:
    """The proof with what is known set apart; each entry is taken from the baseline once."""
    new: list[Link] = []
    known: list[Link] = []
    for link in proof.links:
        key = _key(proof, link)
        if _counts(link) and baseline[key] > 0:
            baseline[key] -= 1
            known.append(link)
        else:
            new.append(link)
    return replace(proof, links=tuple(new), known=(*proof.known, *known))


def _counts(link: Link) -> bool:
    return link.verdict in {*FAULTS, CLOSE, DOUBTFUL}


def _key(proof: Proof, link: Link) -> tuple[str, ...]:
    return PurePath(proof.file).name, link.verdict, link.left.text, link.relation, link.right.text
