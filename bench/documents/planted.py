"""Planted mistakes: one edit in a link that was checked and holds; is it called wrong at its line?"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.documents.corpus import Entry, timed
from bench.mutations import Mutation, edits_of
from hw2check.calculus.symbolic import to_sympy
from hw2check.errors import HW2CheckError
from hw2check.formula.notation import NotationError
from hw2check.formula.tree import Expression, Matrix, Name, Neg, Number, is_closed
from hw2check.latex.grammar import parse_latex
from hw2check.latex.scope import Scope, UnclearError
from hw2check.proofread.document import scan
from hw2check.proofread.proof import Link, Proof
from hw2check.proofread.proofreading import proofread
from hw2check.proofread.steps import Side
from hw2check.proofread.world import World
from hw2check.reading.files import KINDS

SOUND = frozenset({"holds", "rounded"})
REPORTED = frozenset({"wrong", "doubtful", "carried"})
KINDS_OF_EDIT = frozenset({"digit", "sign", "operator", "subscript"})
LIMIT = 20.0  # seconds a document
CLOSED, NAMED, STATED = "closed arithmetic", "with names", "a value or formula stated of a name"


class Planted(NamedTuple):
    """One edit, and whether it was noticed."""

    document: str
    line: int
    group: str  # CLOSED, NAMED or STATED, where another value may be meant
    kind: str
    before: str
    after: str
    verdict: str  # the worst at its line, "" for none that was not there before


def text_of(file: Path) -> tuple[str, str]:
    """A document's text and kind; of a notebook the text alone, as Markdown."""
    text = file.read_text(encoding="utf-8").replace("\r\n", "\n")
    kind = KINDS.get(file.suffix, "markdown")
    if kind != "notebook":
        return text, kind
    cells = [cell for cell in json.loads(text).get("cells", []) if cell["cell_type"] == "markdown"]
    return "\n\n".join("".join(cell["source"]) for cell in cells), "markdown"


def plant(folder: Path, entry: Entry, count: int, rng: random.Random) -> list[Planted]:
    """Some edits of a document, each in another link where there are enough; a crash is an edit not found."""
    found: list[Planted] = []

    def work() -> Proof:
        text, kind = text_of(folder / entry.name)
        proof = _proof(text, kind)
        for link in rng.sample(sound := _sound(proof), min(count, len(sound))):
            planted = _planted(text, kind, proof, link, rng)
            if planted is not None:
                found.append(planted._replace(document=entry.name))
        return proof

    failure = timed(entry, work, LIMIT).failure
    if found and failure.startswith("crashed"):
        found.append(Planted(entry.name, 0, CLOSED, "any", "", failure, ""))
    return found


def _proof(text: str, kind: str) -> Proof:
    return proofread(scan(text, "document", kind), ())


def _sound(proof: Proof) -> list[Link]:
    return [link for link in proof.links if link.verdict in SOUND and link.relation in {"=", "~"}]


def _planted(text: str, kind: str, before: Proof, link: Link, rng: random.Random) -> Planted | None:
    """None where no edit of the link makes it untrue."""
    choices = [
        (side, mutation)
        for side in (link.left, link.right)
        for mutation in edits_of(side.formula.part.text, *_span(side))
        if mutation.kind in KINDS_OF_EDIT and not _is_small(side.formula.part.text, mutation)
    ]
    rng.shuffle(choices)
    kinds = sorted({mutation.kind for _, mutation in choices})
    if not kinds:
        return None
    wanted = rng.choice(kinds)
    for _side, mutation in [choice for choice in choices if choice[1].kind == wanted][:5]:
        after = _proof(mutation.apply(text), kind)
        edited = _link_at(after, mutation, link)
        if edited is not None and _is_still_true(edited):
            continue
        line = link.left.place.line, link.right.end_place.line
        verdict = _new_verdict(before, after, line)
        shown = "" if edited is None else f"{edited.left.text} {edited.relation} {edited.right.text}"
        written = f"{link.left.text} {link.relation} {link.right.text}"
        return Planted("", line[0], _group(link), mutation.kind, written, shown, verdict)
    return None


def _span(side: Side) -> tuple[int, int]:
    return side.formula.start + side.start, side.formula.start + side.end


def _is_small(text: str, mutation: Mutation) -> bool:
    """Whether a digit changes by one only: where it is the last of a decimal it may be rounding."""
    old = text[mutation.start : mutation.end]
    return mutation.kind == "digit" and abs(int(old) - int(mutation.new)) < 2


def _link_at(proof: Proof, mutation: Mutation, link: Link) -> Link | None:
    for found in proof.links:
        if found.relation == link.relation:
            for side in (found.left, found.right):
                start, end = _span(side)
                if start <= mutation.start < end and _span(found.left)[0] == _span(link.left)[0]:
                    return found
    return None


def _new_verdict(before: Proof, after: Proof, lines: tuple[int, int]) -> str:
    counts = [
        Counter(
            link.verdict
            for link in proof.links
            if link.verdict in REPORTED
            and link.left.place.line <= lines[1]
            and link.right.end_place.line >= lines[0]
        )
        for proof in (before, after)
    ]
    new = counts[1] - counts[0]
    return next((verdict for verdict in ("wrong", "doubtful", "carried") if new[verdict]), "")


def _tree(side: Side) -> Expression | None:
    try:
        return parse_latex(list(side.tokens), Scope(World(())))
    except (NotationError, UnclearError, HW2CheckError):
        return None


def _group(link: Link) -> str:
    left, right = _tree(link.left), _tree(link.right)
    closed = [tree is not None and is_closed(tree) for tree in (left, right)]
    if all(closed):
        return CLOSED
    is_value = isinstance(right, (Number, Matrix)) or (
        isinstance(right, Neg) and isinstance(right.operand, Number)
    )
    return STATED if isinstance(left, Name) and (is_value or not closed[1]) else NAMED


def _is_still_true(link: Link) -> bool:
    """By SymPy, for numbers: equal, or within one and a half units of the last digit of a lone number."""
    trees = [_tree(side) for side in (link.left, link.right)]
    if any(tree is None or not is_closed(tree) for tree in trees):
        return False
    try:
        values = [complex(to_sympy(tree).evalf(30)) for tree in trees if tree is not None]
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError, HW2CheckError):
        return False
    units = [_unit(side.text) for side, tree in zip(link[2:4], trees, strict=True) if _is_lone(tree)]
    slack = max([1e-12 * max(map(abs, values)), *(1.5 * unit for unit in units)])
    return abs(values[0] - values[1]) <= slack


def _is_lone(tree: Expression | None) -> bool:
    return isinstance(tree, Number)


def _unit(text: str) -> float:
    """Of the last digit written; whole numbers are exact."""
    decimals = text.rstrip(" .,;}").partition(".")[2]
    digits = len(decimals) - len(decimals.lstrip("0123456789"))
    return 10.0**-digits if digits else 0.0


def shares(planted: Sequence[Planted]) -> Iterator[str]:
    """Lines: how many are found, for numbers and with names, and by kind of edit."""
    for group in (CLOSED, NAMED, STATED):
        yield from _share(group, [one for one in planted if one.group == group])


def _share(group: str, planted: Sequence[Planted]) -> Iterator[str]:
    if not planted:
        yield f"{group}: none"
        return
    found = sum(bool(one.verdict) for one in planted)
    verdicts = Counter(one.verdict or "not found" for one in planted)
    yield f"{group}: {found} of {len(planted)} found ({100 * found / len(planted):.1f} %), {dict(verdicts)}"
    for kind in sorted({one.kind for one in planted}):
        of_kind = [one for one in planted if one.kind == kind]
        yield f"    {kind}: {sum(bool(one.verdict) for one in of_kind)} of {len(of_kind)}"


def missed(planted: Iterable[Planted]) -> Iterator[str]:
    for one in planted:
        if not one.verdict and one.group != STATED:
            yield f"{one.document}:{one.line} {one.group}, {one.kind}: {one.before}  ->  {one.after}"
