"""Measures proofreading: slips that are found, rewritings that change nothing, speed, hostile documents.

python -m bench.proofreading DOCUMENT PROBLEM...
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.independent import chain_at, is_true
from bench.mutations import REWRITINGS, Mutation, mutations, sample
from hw2check.problem.model import Problem
from hw2check.problem.reader import read_problem
from hw2check.proofread.document import scan
from hw2check.proofread.proof import Proof
from hw2check.proofread.proofreading import proofread
from hw2check.proofread.steps import Side
from hw2check.reading.files import KINDS
from hw2check.reading.source import read_source

QUIET = frozenset({"holds", "rounded", "definition"})


def proof_of(text: str, problems: Sequence[Problem], kind: str = "markdown") -> Proof:
    return proofread(scan(text, "document", kind), problems)


def verdicts(proof: Proof) -> list[str]:
    return [link.verdict for link in proof.links]


def is_reported(before: Proof, after: Proof, mutation: Mutation) -> bool:
    """Whether the edited copy has one more finding, or any at the edited place."""
    counts = [Counter(v for v in verdicts(proof) if v not in QUIET) for proof in (before, after)]
    if counts[1] - counts[0] or len(after.links) < len(before.links):
        return True
    loud = (link for link in after.links if link.verdict not in QUIET)
    return any(_stands_in(mutation.start, side) for link in loud for side in (link.left, link.right))


def _stands_in(place: int, side: Side) -> bool:
    start = side.formula.start
    return start + side.start <= place < start + side.end


def find_slips(
    text: str, problems: Sequence[Problem], count: int, seed: int = 1, kind: str = "markdown"
) -> tuple[list[Mutation], list[Mutation], Counter[str]]:
    """(the edits tried, those not reported, the worst new verdict of those reported)."""
    before = proof_of(text, problems, kind)
    chosen = sample(mutations(text, kind), count, seed)
    missed, how = [], Counter[str]()
    base = Counter(verdicts(before))
    for mutation in chosen:
        after = proof_of(mutation.apply(text), problems, kind)
        if not is_reported(before, after, mutation):
            missed.append(mutation)
            continue
        new = Counter(verdicts(after)) - base
        how[next((v for v in ("wrong", "carried", "close", "unchecked") if new[v]), "fewer links")] += 1
    return chosen, missed, how


def changed_by_rewriting(
    text: str, problems: Sequence[Problem], names: Sequence[str], seed: int
) -> tuple[list[str], list[str]]:
    """The verdicts before and after some rewritings in a row."""
    rng = random.Random(seed)
    new = text
    for name in names:
        new = REWRITINGS[name](new, rng)
    return verdicts(proof_of(text, problems)), verdicts(proof_of(new, problems))


def main() -> None:
    document, *files = sys.argv[1:]
    text = Path(document).read_text(encoding="utf-8")
    kind = KINDS.get(Path(document).suffix, "markdown")
    problems = [read_problem(read_source(file)) for file in files]
    start = time.perf_counter()
    proof = proof_of(text, problems, kind)
    print(
        f"{len(proof.links)} links, {1000 * (time.perf_counter() - start):.0f} ms: {Counter(verdicts(proof))}"
    )
    chosen, missed, how = find_slips(text, problems, 2000, kind=kind)
    share = 100 * (1 - len(missed) / len(chosen))
    print(f"{len(chosen)} edits, {share:.2f} % reported ({dict(how)}); not reported:")
    for mutation in missed:
        line = text.count("\n", 0, mutation.start) + 1
        around = text[max(0, mutation.start - 30) : mutation.start]
        old = text[mutation.start : mutation.end]
        chain = chain_at(mutation.apply(text), mutation.start, kind)
        told = "still true, by SymPy" if chain is not None and is_true(chain, problems) else "NOT SHOWN TRUE"
        print(f"  line {line} {mutation.kind}: {around!r} {old!r} -> {mutation.new!r}: {told}")
    rng = random.Random(3)
    changed = 0
    for seed in range(120):
        names = rng.sample(list(REWRITINGS), 3)
        before, after = changed_by_rewriting(text, problems, names, seed)
        if before != after:
            changed += 1
            print(f"  changed by {names}: {Counter(before)} -> {Counter(after)}")
    print(f"{len(REWRITINGS)} rewritings, 120 triples, {changed} changed")


if __name__ == "__main__":
    main()
