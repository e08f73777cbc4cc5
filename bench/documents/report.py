"""What was measured, as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from bench.documents.corpus import Run
from bench.documents.findings import Finding, findings, kind_of, precision, tally
from hw2check.proofread.proof import CHECKED, Link
from hw2check.proofread.sameness import UNKNOWN

SLOW = 2.0  # seconds
SHOWN = 25  # kinds of reasons


def links(runs: Sequence[Run]) -> list[Link]:
    return [link for run in runs if run.proof is not None for link in run.proof.links]


def summary(runs: Sequence[Run], answers: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """Lines: how much was read and checked, how fast, and how far `wrong` can be believed."""
    every = links(runs)
    checked = sum(link.verdict in CHECKED for link in every)
    seconds = sum(run.seconds for run in runs)
    unread = sum(len(run.proof.unread) for run in runs if run.proof is not None)
    repositories = len({run.entry.repository for run in runs})
    yield f"{len(runs)} documents from {repositories} repositories"
    yield f"{len(every)} links, {unread} places not read"
    yield f"checked: {checked} ({_percent(checked, len(every))})"
    yield "verdicts: " + _listed(Counter(link.verdict for link in every))
    yield f"speed: {len(every) / seconds:.0f} links a second" if seconds else "speed: nothing to do"
    for run in runs:
        if run.failure:
            yield f"{run.entry.name}: {run.failure}"
        elif run.seconds > SLOW:
            yield f"{run.entry.name}: {run.seconds:.1f} s"
    found = findings(runs)
    counts = tally(found, answers)
    share = precision(counts)
    yield f"wrong: {len(found)} ({_listed(counts)})"
    if share is not None:
        alarms = 10_000 * counts["false alarm"] / max(1, len(every))
        yield f"precision of wrong: {share:.1f} %, {alarms:.1f} false alarms in 10,000 links"


def not_checked(runs: Sequence[Run]) -> Iterator[str]:
    """Lines: why links are not checked, the most frequent kinds first, each with an example."""
    unknown = [link for link in links(runs) if link.verdict == UNKNOWN]
    kinds = Counter(kind_of(link.reason) for link in unknown)
    examples = {kind_of(link.reason): link for link in reversed(unknown)}
    for kind, count in kinds.most_common(SHOWN):
        example = examples[kind]
        yield f"{count:6} {kind}   e.g. {example.left.text[:30]} {example.relation} {example.right.text[:30]}"


def listing(found: Sequence[Finding], answers: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """Lines: findings with their places and keys, to be adjudicated."""
    for document, key, link in found:
        answer = answers.get((document, key), "not read")
        yield f"{document}:{link.left.place.line} {key} [{answer}]"
        yield f"    {link.left.text[:150]}  {link.relation}  {link.right.text[:150]}"
        yield f"    {link.reason} {' / '.join(value[:40] for value in link.values)}"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in Counter(counts).most_common()) or "none"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"
