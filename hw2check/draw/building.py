"""From a problem and what was found out about it to a picture of its graph."""

from __future__ import annotations

import itertools
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from hw2check.check.findings import Finding, Report, Row
from hw2check.draw.drawing import Arrow, Box, Drawing, Group, Line, Part, Role
from hw2check.errors import HW2CheckError, plain
from hw2check.formula.functions import Array
from hw2check.formula.graph import Graph, ancestors, descendants
from hw2check.formula.names import did_you_mean
from hw2check.formula.quantity import quantity
from hw2check.formula.text import to_text
from hw2check.problem.model import LOSS, Problem

MOST_BOXES = 300
FORMULA_WIDTH = 34  # characters in a line of a formula
LABEL_WIDTH = 26  # characters in a line of an arrow's label
FORMULA_LINES = 5
ENTRIES = 24  # of a matrix that is shown entry by entry
ROWS = 6
MOST_DIGITS = 10
ARRAYS = 16  # boxes with arrays, up to which their entries are shown
SHARED = 3  # uses from which on a parameter is drawn at each of them
WORST = ("wrong", "unreadable", "missing", "carried", "coarse", "undecided", "close", "correct")
SIGNS = {"correct": "✓", "close": "≈", "carried": "↳", "wrong": "✗", "coarse": "~", "undecided": "?"}


class Options(NamedTuple):
    """What of a problem is drawn."""

    path: str = ""  # mark the way of this quantity to the loss
    digits: int = 4  # significant ones, of every number
    entries: bool | None = None  # of matrices; None where they are few


PLAIN = Options()


def draw(problem: Problem, report: Report, options: Options = PLAIN) -> Drawing:
    """The graph of a problem, with the values, partials and gradients of a report on it.

    report  by check.file, of both passes; where it has no gradients, none are drawn
    Raises HW2CheckError where the graph is too large, and for a path from a name that it does not have.
    """
    return _Builder(problem, report, options).drawing()


class _Facts(NamedTuple):
    """The rows of a report, by what they speak of."""

    values: Mapping[str, Row]
    gradients: Mapping[str, Row]
    updates: Mapping[str, Row]
    partials: Mapping[tuple[str, str], Row]
    of_arrays: Mapping[tuple[str, str], str]  # formulas


def _facts(report: Report) -> _Facts:
    rows: dict[str, dict[str, Row]] = {"value": {}, "gradient": {}, "update": {}}
    partials = {}
    for row in report.rows:
        parsed = quantity(row.name)
        if parsed.step > 1:
            continue
        if row.kind == "partial":
            partials[parsed.of, parsed.by] = row
        else:
            rows[row.kind].setdefault(parsed.by if row.kind == "gradient" else parsed.of, row)
    of_arrays = {}
    for local in report.local_partials:
        parsed = quantity(local.name)
        of_arrays[parsed.of, parsed.by] = local.formula
    return _Facts(rows["value"], rows["gradient"], rows["update"], partials, of_arrays)


class _Builder:
    def __init__(self, problem: Problem, report: Report, options: Options) -> None:
        self.problem = problem
        self.graph = problem.graph
        self.facts = _facts(report)
        self.options = options
        self.judged = any(row.finding for row in report.rows)
        self.path = _path(problem, options.path)
        used = dict.fromkeys(name for node in self.graph.nodes for name in node.inputs)
        self.inputs = [name for name in used if name in problem.given]
        self.uses = {name: [n for n in self.graph.nodes if name in n.inputs] for name in self.inputs}
        count = len(self.inputs) + len(self.graph.by_name)
        if count > MOST_BOXES:
            raise HW2CheckError(
                f"{plain(problem.source.file)}: a graph of {count} quantities cannot be drawn readably",
                hint=f"at most {MOST_BOXES} can be drawn",
            )
        arrays = [name for name in (*self.inputs, *self.graph.by_name) if self._value(name).shape]
        self.entries = len(arrays) <= ARRAYS if options.entries is None else options.entries

    def drawing(self) -> Drawing:
        groups = _groups(self.graph, self.problem) if self.problem.dense else ()
        boxes = [*map(self._box, self.inputs), *map(self._box, self.graph.by_name)]
        arrows = [arrow for node in self.graph.nodes for arrow in self._arrows(node.name)]
        boxes += self._losses()
        arrows += self._to_loss()
        boxes, arrows = _repeated(boxes, arrows, {n for n in self.inputs if len(self.uses[n]) >= SHARED})
        return Drawing(
            self.problem.title or self.problem.source.file,
            tuple(boxes),
            tuple(arrows),
            tuple(_with_parameters(group, boxes, arrows) for group in groups),
            self.options.path if self.path else "",
            bool(self.facts.gradients),
            self.judged,
        )

    def _value(self, name: str) -> Array:
        return self.problem.given[name] if name in self.problem.given else self.facts.values[name].value

    def _box(self, name: str) -> Box:
        node = self.graph.by_name.get(name)
        role = Role.NODE if node else Role.PARAMETER if name in self.problem.parameters else Role.GIVEN
        if name == self.problem.loss and node:
            role = Role.LOSS
        rows = [facts.get(name) for facts in (self.facts.values, self.facts.gradients, self.facts.updates)]
        value, gradient, update = rows
        lines = list(self._head(name, self._value(name)))
        if node:
            lines += _folded(Part.FORMULA, "= " + to_text(node.formula))
        lead = "" if self._value(name).shape else "= "
        lines += _judged(self._number(Part.VALUE, lead, self._value(name)), value)
        if gradient is not None and name != self.problem.loss:
            lines += _judged(self._number(Part.GRADIENT, f"{gradient.name} = ", gradient.value), gradient)
        if update is not None:
            start = self._value(name)
            lines += _judged(self._number(Part.UPDATE, f"{update.name} = ", update.value, start), update)
        found = [row.finding for row in rows if row is not None and row.finding]
        return Box(name, name, role, tuple(lines), _worst(found), name in self.path)

    def _head(self, name: str, value: Array) -> Iterator[Line]:
        shape = "  " + " × ".join(map(str, value.shape)) if value.shape else ""
        yield Line(Part.NAME, name + shape)

    def _number(self, part: Part, lead: str, value: Array, start: Array | None = None) -> Iterator[Line]:
        """A value in lines; of an updated parameter with digits enough to differ from its start."""
        digits = _digits(value, start, self.options.digits)
        if not value.shape:
            yield Line(part, lead + _number(value, digits))
        elif self._shows_entries(value):
            if lead:
                yield Line(part, lead.strip())
            yield from (Line(part, row) for row in _table(value, digits))
        elif lead:
            yield Line(part, lead + " × ".join(map(str, value.shape)))

    def _shows_entries(self, value: Array) -> bool:
        return self.entries and value.size <= ENTRIES and value.shape[0] <= ROWS and value.ndim <= 2

    def _arrows(self, target: str) -> Iterator[Arrow]:
        for source in dict.fromkeys(self.graph.by_name[target].inputs):
            row = self.facts.partials.get((target, source))
            label: tuple[str, ...] = ()
            if row is not None:
                label = self._label(row)
            elif (target, source) in self.facts.of_arrays:
                label = tuple(_fold(self.facts.of_arrays[target, source], LABEL_WIDTH, 2))
            verdict = row.finding.verdict if row is not None and row.finding else ""
            if verdict and verdict not in {"correct", "close"}:
                label = (*label, f"{SIGNS.get(verdict, '!')} {verdict}")
            on_path = source in self.path and target in self.path
            yield Arrow(source, target, label, verdict, on_path)

    def _label(self, row: Row) -> tuple[str, ...]:
        formula = _fold(row.formula, LABEL_WIDTH, 1)
        value = _number(row.value, self.options.digits) if not row.value.shape else ""
        if row.formula == value or row.formula.endswith("…") or formula[-1].endswith("…"):
            return (value,) if value else ()
        return (*formula, f"= {value}") if value else tuple(formula)

    def _losses(self) -> Iterator[Box]:
        """The loss that is not written as a node: it is known by the gradients that arrive from it."""
        if self.problem.upstream and self.problem.loss not in self.graph.by_name:
            yield Box(LOSS, LOSS, Role.LOSS, (Line(Part.NAME, LOSS),), "", bool(self.path))

    def _to_loss(self) -> Iterator[Arrow]:
        if self.problem.loss in self.graph.by_name:
            return
        for name, value in self.problem.upstream.items():
            text = _number(value, self.options.digits) if not value.shape else "given"
            yield Arrow(name, LOSS, (f"dLoss/d{name}", f"= {text}"), "", name in self.path)


def _path(problem: Problem, spelt: str) -> frozenset[str]:
    """The names on the ways from a quantity to the loss; empty where none is asked for."""
    if not spelt:
        return frozenset()
    resolved = problem.resolve(spelt)
    parsed = quantity(resolved) if resolved else None
    name = (parsed.by or parsed.of) if parsed else None
    if name is None or not problem.has(name):
        known = tuple(problem.names())
        raise HW2CheckError(f"--path {spelt}: there is no such quantity", hint=did_you_mean(spelt, known))
    ends: Iterable[str] = problem.upstream
    if problem.loss in problem.graph.by_name:
        ends = (problem.loss,)
    if not list(ends):
        ends = problem.graph.by_name
    return descendants(problem.graph, (name,)) & ancestors(problem.graph, ends)


def _groups(graph: Graph, problem: Problem) -> tuple[Group, ...]:
    """The nodes layer by layer: one begins where parameters come in; a loss stands alone."""
    groups: list[list[str]] = []
    of: dict[str, int] = {}
    for node in graph.nodes:
        if node.name == problem.loss:
            continue
        before = [of[name] for name in node.inputs if name in of]
        if any(name in problem.parameters for name in node.inputs) or not before:
            groups.append([node.name])
            of[node.name] = len(groups) - 1
        else:
            of[node.name] = max(before)
            groups[of[node.name]].append(node.name)
    return tuple(Group(_title(keys), tuple(keys)) for keys in groups)


def _title(keys: Sequence[str]) -> str:
    """What the ends of the names of a layer's nodes have in common: 1 for Z1 and A1, out for Z_out."""
    ends = [re.sub(r"\A[^\W\d_]+_?", "", key) for key in keys]
    columns = zip(*(end[::-1] for end in ends), strict=False)
    same = itertools.takewhile(lambda letters: len(set(letters)) == 1, columns)
    common = "".join(letters[0] for letters in same)[::-1].strip("_")
    return f"layer {common}" if common else keys[-1]


def _with_parameters(group: Group, boxes: Iterable[Box], arrows: Iterable[Arrow]) -> Group:
    """A layer with the parameters that it alone uses."""
    targets: dict[str, set[str]] = {}
    for arrow in arrows:
        targets.setdefault(arrow.source, set()).add(arrow.target)
    inside = set(group.keys)
    own = [b.key for b in boxes if b.role is Role.PARAMETER and targets.get(b.key, {""}) <= inside]
    return Group(group.title, (*own, *group.keys))


def _repeated(boxes: list[Box], arrows: list[Arrow], shared: set[str]) -> tuple[list[Box], list[Arrow]]:
    """Parameters that many nodes use, as boxes of their own beside each use: the first has all lines."""
    seen: dict[str, int] = {}
    copies: list[Box] = []
    moved: list[Arrow] = []
    by_key = {box.key: box for box in boxes}
    for arrow in arrows:
        if arrow.source not in shared:
            moved.append(arrow)
            continue
        count = seen[arrow.source] = seen.get(arrow.source, 0) + 1
        key = arrow.source
        if count > 1:
            box = by_key[arrow.source]
            key = f"{arrow.source}#{count}"
            copies.append(Box(key, box.name, box.role, box.lines[:1], "", arrow.on_path, again=True))
        moved.append(Arrow(key, arrow.target, arrow.label, arrow.verdict, arrow.on_path))
    return [*boxes, *copies], moved


def _judged(lines: Iterable[Line], row: Row | None) -> list[Line]:
    """The lines with the sign of the verdict, and what was written where it is not right."""
    told = list(lines)
    finding = row.finding if row else None
    if finding is None:
        return told
    verdict = finding.verdict
    sign = SIGNS.get(verdict, "!")
    if verdict in {"correct", "close"} and told:
        return [*told[:-1], Line(told[-1].part, f"{told[-1].text} {sign}", verdict)]
    written = f": {plain(finding.text)}" if finding.text else ""
    (text,) = _fold(f"{sign} {verdict}{written}", FORMULA_WIDTH, 1)
    return [*told, Line(Part.VERDICT, text, verdict)]


def _worst(findings: Iterable[Finding]) -> str:
    verdicts = {finding.verdict for finding in findings}
    return next((verdict for verdict in WORST if verdict in verdicts), "")


def _number(value: object, digits: int) -> str:
    return f"{float(np.asarray(value)) + 0.0:.{digits}g}"


def _digits(value: Array, start: Array | None, least: int) -> int:
    """How many digits show that each entry has changed, ten at most."""
    if start is None:
        return least
    pairs = list(zip(np.ravel(value), np.ravel(np.broadcast_to(start, value.shape)), strict=True))
    digits = least
    while digits < MOST_DIGITS and any(
        new != old and _number(new, digits) == _number(old, digits) for new, old in pairs
    ):
        digits += 1
    return min(digits + 1, MOST_DIGITS) if digits > least else digits


def _table(value: Array, digits: int) -> list[str]:
    """The rows of a matrix, its columns aligned."""
    rows = value if value.ndim == 2 else value[np.newaxis, :]
    cells = [[_number(entry, digits) for entry in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]


def _fold(text: str, width: int, most: int) -> list[str]:
    """The text in lines, broken at blanks where it can be; what is too long ends with an ellipsis."""
    lines = textwrap.wrap(text, width, break_on_hyphens=False) or [""]
    return lines if len(lines) <= most else [*lines[: most - 1], lines[most - 1][: width - 1] + "…"]


def _folded(part: Part, text: str) -> list[Line]:
    first, *rest = _fold(text, FORMULA_WIDTH, FORMULA_LINES)
    return [Line(part, first), *(Line(part, "  " + line) for line in rest)]
