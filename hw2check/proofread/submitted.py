"""A written document as a submission: what it states last for each quantity of a problem."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np

from hw2check.formula.functions import Array
from hw2check.formula.numeral import Numeral
from hw2check.formula.tree import Expression, Matrix, is_closed
from hw2check.problem.answers import Answer
from hw2check.problem.model import Problem
from hw2check.proofread.document import Document, read_document
from hw2check.proofread.literals import lone_value
from hw2check.proofread.proof import Link, Proof, Stated
from hw2check.proofread.proofreading import proofread
from hw2check.proofread.restated import over_names_of
from hw2check.proofread.sameness import ROUNDED, UNKNOWN, given_value
from hw2check.proofread.steps import Side
from hw2check.proofread.world import World
from hw2check.reading.positions import Span
from hw2check.reading.source import Source
from hw2check.reading.written import MAX_EXACT_DIGITS, Written


def read_written_solution(problem: Problem, file: str, stdin_name: str = "") -> tuple[Answer, ...]:
    """The answers of a document: for each quantity the last formula and the last value that it states.

    Raises HW2CheckError where the document cannot be read.
    """
    return answers_in(problem, read_document(file, stdin_name))


def answers_in(problem: Problem, document: Document) -> tuple[Answer, ...]:
    """The answers of a document that has been read."""
    return document_answers(problem, proofread(document, [problem]))


def document_answers(problem: Problem, proof: Proof) -> tuple[Answer, ...]:
    """The answers in a document that was proofread with this problem alone."""
    by_name: dict[str, list[Stated]] = {}
    for stated in proof.stated:
        name = problem.resolve(stated.quantity)
        is_answer = is_closed(stated.expression) or _is_formula(proof.links[stated.link])
        if name is not None and name not in problem.given and is_answer:
            by_name.setdefault(name, []).append(stated)
    with np.errstate(all="ignore"):
        read = [_answer(problem, proof.world, name, found) for name, found in by_name.items()]
    return (*read, *_not_read(problem, proof, by_name))


def _not_read(problem: Problem, proof: Proof, read: Collection[str]) -> Iterator[Answer]:
    """What the document states and cannot be read, with the reason, where it states nothing else for it."""
    seen = set(read)
    for link in proof.links:
        name = problem.resolve(link.quantity) if link.verdict == UNKNOWN and link.quantity else None
        if name is not None and name not in seen and name not in problem.given:
            seen.add(name)
            side = link.right
            source = _placed(side, link.quantity)
            reason = link.reason or "it cannot be read"
            yield Answer(name, source, (link.quantity,), side.text, unreadable=reason)


def _is_formula(link: Link) -> bool:
    """Whether a side with names is meant as a formula: not where numbers are put in, or nobody can tell."""
    return link.verdict not in {ROUNDED, UNKNOWN} and not link.reason.endswith("values put in")


def _answer(problem: Problem, world: World, name: str, found: list[Stated]) -> Answer:
    value = next((stated for stated in reversed(found) if is_closed(stated.expression)), None)
    formula = next(
        (stated for stated in reversed(found) if _formula(problem, world, stated) is not None), None
    )
    worked = next(
        (s for s in reversed(found) if is_closed(s.expression) and lone_value(s.expression) is None), None
    )
    last = value or formula or found[-1]
    tree = _formula(problem, world, formula) if formula else None
    return Answer(
        name,
        _source(last),
        (name,),
        last.side.text,
        formula=tree,
        formula_text=formula.side.text if formula else "",
        substitution=worked.expression if worked and worked is not value else None,
        value=_written(value.expression, world) if value else None,
        unreadable="" if value or formula else "it is stated with names that the problem does not have",
    )


def _formula(problem: Problem, world: World, stated: Stated) -> Expression | None:
    """The formula over the problem's own names, definitions of the document put in; None for a value."""
    return over_names_of(problem, world, stated.expression)


def _written(closed: Expression, world: World) -> Written | None:
    """A value with its digits; a closed formula has its exact value."""
    written = lone_value(closed)
    if written is not None:
        return _flat(written) if isinstance(closed, Matrix) and closed.flat else written
    array = given_value(closed, world.points)
    if not np.all(np.isfinite(array)):
        return None
    numerals = tuple(_exact(float(entry)) for entry in array.reshape(-1))
    return Written(array, numerals, 0.0)


def _flat(written: Written) -> Written:
    array: Array = written.array.reshape(-1)
    return Written(array, written.numerals, written.precision)


def _exact(value: float) -> Numeral:
    return Numeral(f"{value:.10g}", Fraction(value), None, MAX_EXACT_DIGITS, False)


def _source(stated: Stated) -> Source:
    return _placed(stated.side, stated.quantity)


def _placed(side: Side, quantity: str) -> Source:
    """The document as a source in which the answer stands at its place."""
    part, start = side.formula.part, side.formula.start + side.start
    file = f"{part.file} cell {part.cell}" if part.cell else part.file
    source = Source(file, part.text, "toml", {}, Path(part.file).parent)
    span = Span(start, start, start + len(side.text))
    spans: Mapping[tuple[str | int, ...], Span] = {(): span, (quantity,): span}
    return source.with_spans(spans)
