"""Every gradient three times over, for the reader: what `--self-check` prints.

The symbolic one rests on SymPy alone: through a node of arrays each entry is written out and derived by each
entry (calculus/entrywise.py), not by the rules for matrices. So it checks these.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hw2check.calculus.entrywise import NotWrittenOutError, pulled_by_entries
from hw2check.formula.functions import Array
from hw2check.formula.quantity import local, total
from hw2check.truth.backward import is_scalar
from hw2check.truth.derived import Truth
from hw2check.truth.selfcheck import EXACT, NEARLY, differences, reverse_pass

MAX_MOVED = 256  # entries of givens moved through the whole graph
MAX_ENTRIES = 8  # of one matrix that are moved
MAX_WRITTEN_OUT = 4_000  # entries of all nodes whose entries SymPy derives, and of their operands
BY_SYMPY, BY_RULES = "sympy", "rules"


class ThreeNumbers(NamedTuple):
    """One gradient, derived three times."""

    name: str
    symbolic: float
    reverse: float
    differences: float
    agree: bool
    symbolic_by: str  # BY_SYMPY, or BY_RULES where its entries are too many to be written out


def self_check(truth: Truth) -> tuple[ThreeNumbers, ...]:
    """The gradient of the loss by each given, three times over; of a matrix by some entries.

    Empty without a backward pass, and without a loss.
    """
    if truth.backward is None or truth.problem.loss is None:
        return ()
    problem, loss = truth.problem, truth.problem.loss
    moved = [(name, place) for name, array in problem.given.items() for place in _places(array)][:MAX_MOVED]
    reverse = reverse_pass(truth)
    ways = [(name, _one_at(problem.given[name], place)) for name, place in moved]
    by_sympy = symbolic_pass(truth)
    rows = []
    for (name, place), (by_differences, noise) in zip(moved, differences(truth, ways), strict=True):
        key = total(loss, name)
        if key in truth.values:
            own = float(truth.values[key][place])
            symbolic = float(by_sympy[name][place]) if name in by_sympy else own
            by_reverse = reverse.get(name) if reverse is not None else truth.values[key]
            numbers = (0.0 if by_reverse is None else float(by_reverse[place]), by_differences)
            slack = float(np.max(truth.precision.float_error(key)))
            agree = all(_agree(number, *numbers, noise, slack) for number in (symbolic, own))
            shown = f"{key}, entry [{', '.join(str(i + 1) for i in place)}]" if place else key
            way = BY_SYMPY if name in by_sympy else BY_RULES
            rows.append(ThreeNumbers(shown, symbolic, *numbers, agree, way))
    return tuple(rows)


def symbolic_pass(truth: Truth) -> dict[str, Array]:
    """The gradient by each name, of local derivatives that SymPy gives for every entry by every entry.

    Left out is what lies behind a node that is not written out: without a scalar form, or beyond
    MAX_WRITTEN_OUT entries in all.
    """
    problem = truth.problem
    found = dict(problem.upstream)
    if problem.loss in problem.graph.by_name:
        found[problem.loss or ""] = np.ones(())
    unknown, left = set[str](), MAX_WRITTEN_OUT
    for node in reversed(problem.graph.nodes):
        if node.name not in found or node.name in unknown:
            unknown |= set(node.inputs) if node.name in unknown else set()
            continue
        scalar = is_scalar(node, truth.values)
        left -= 0 if scalar else sum(truth.values[name].size for name in (node.name, *node.inputs))
        shares = _by_partials(truth, node.name, found[node.name]) if scalar else None
        if not scalar and left >= 0:
            shares = _by_entries(truth, node.name, found[node.name])
        unknown |= set(node.inputs) if shares is None else set()
        for name, share in (shares or {}).items():
            found[name] = found.get(name, np.zeros(share.shape)) + share
    zeros = {name: np.zeros(array.shape) for name, array in problem.given.items()}
    return {name: found.get(name, zero) for name, zero in zeros.items() if name not in unknown}


def _by_partials(truth: Truth, node: str, arriving: Array) -> dict[str, Array]:
    inputs = truth.problem.graph.by_name[node].inputs
    return {name: np.asarray(arriving * truth.values[local(node, name)]) for name in inputs}


def _by_entries(truth: Truth, node: str, arriving: Array) -> dict[str, Array] | None:
    formula = truth.problem.graph.by_name[node].formula
    try:
        return pulled_by_entries(formula, arriving, truth.values, truth.problem.vocabulary.relu_at_zero)
    except NotWrittenOutError:
        return None


def _places(array: Array) -> list[tuple[int, ...]]:
    """Places in an array, at most MAX_ENTRIES, evenly spread."""
    if not array.shape:
        return [()]
    chosen = np.unique(np.linspace(0, array.size - 1, min(array.size, MAX_ENTRIES)).astype(int))
    return [tuple(int(i) for i in np.unravel_index(index, array.shape)) for index in chosen]


def _one_at(like: Array, place: tuple[int, ...]) -> Array:
    way = np.zeros_like(like)
    way[place] = 1.0
    return way


def _agree(symbolic: float, reverse: float, differences: float, noise: float, slack: float) -> bool:
    scale = max(abs(symbolic), abs(reverse))
    if not np.isfinite([symbolic, reverse, differences]).all():
        return False
    return (
        abs(symbolic - reverse) <= EXACT * scale + noise * EXACT + slack
        and abs(symbolic - differences) <= NEARLY * scale + noise
    )
