"""Proofreading: every link of every chain of a written solution gets a verdict.

A problem is applied to the sections that it fits: not to one that states other values for its names, where
nothing about it holds, while something does elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hw2check.errors import Place
from hw2check.problem.model import Problem
from hw2check.proofread.claims import claims
from hw2check.proofread.document import Document
from hw2check.proofread.proof import Proof
from hw2check.proofread.proofreader import Evidence, Proofreader
from hw2check.proofread.steps import Chain
from hw2check.proofread.world import World


def proofread(
    document: Document, problems: Sequence[Problem], progress: Callable[[int], None] | None = None
) -> Proof:
    """Checks every step of a document.

    problems  what it is about; without any, its own definitions are taken as far as they go
    progress  told the number of formulas done
    Raises HW2CheckError where two problems contradict each other.
    """
    reader = Proofreader(document, World(problems))
    unread: list[Place] = []
    read: list[Chain] = []
    for number, found in enumerate(claims(document, with_names=bool(problems)), 1):
        for chain in found.chains:
            reader.chain(chain)
        read += found.chains
        unread += found.unread
        if progress is not None:
            progress(number)
    strange = _strange(reader.evidence)
    if strange:
        reader = _again(document, problems, read, strange)
    return Proof(
        document.file,
        tuple(reader.ledger.links),
        document.questions,
        tuple(reader.ledger.stated),
        reader.world,
        tuple(unread),
        document.unclosed,
        document.ignored,
        with_problem=bool(problems),
        apart=tuple(_told(read, problems, strange)),
    )


def _strange(evidence: dict[tuple[int, int], Evidence]) -> set[tuple[int, int]]:
    """The sections, and the problems that they are not about."""
    fitting = {problem for (_, problem), found in evidence.items() if found.holds}
    return {
        (section, problem)
        for (section, problem), found in evidence.items()
        if found.fails and not found.holds and problem in fitting
    }


def _again(
    document: Document, problems: Sequence[Problem], read: Sequence[Chain], strange: set[tuple[int, int]]
) -> Proofreader:
    """The chains once more, each section with the problems that it is about."""
    main = Proofreader(document, World(problems))
    readers = {frozenset[int](): main}
    for chain in read:
        section = chain.sides[0].formula.setting.section
        without = frozenset(number for found, number in strange if found == section)
        if without not in readers:
            kept = [problem for number, problem in enumerate(problems) if number not in without]
            readers[without] = Proofreader(document, World(kept))
            readers[without].ledger.links = main.ledger.links
        readers[without].chain(chain)
    return main


def _told(read: Sequence[Chain], problems: Sequence[Problem], strange: set[tuple[int, int]]) -> list[str]:
    titles = {chain.sides[0].formula.setting.section: chain.sides[0].formula.setting.title for chain in read}
    return [
        f"{titles[section] or 'the beginning'}: not taken as about {_named(problems[number])}"
        for section, number in sorted(strange)
    ]


def _named(problem: Problem) -> str:
    return problem.title or problem.source.file
