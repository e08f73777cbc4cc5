"""The answer key checks itself: before an answer is called wrong, three derivations must agree.

1. the symbolic derivation: SymPy's local partials, chain rule along the graph
2. the reverse pass: local partials by the rules of calculus (differentiate.py), evaluated and accumulated
3. differences: each node, and each given, moved a little to either side
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from itertools import product
from typing import NamedTuple

import numpy as np

from hw2check.backward import label
from hw2check.carry import recompute
from hw2check.differentiate import derivative_by_rules
from hw2check.evaluate import evaluate
from hw2check.expression import ONE, Call, Expression, walk
from hw2check.forward import given_values, run
from hw2check.functions import Array
from hw2check.graph import Node, ancestors
from hw2check.names import partial_parts
from hw2check.truth import Truth

STEP = 1e-6  # of the differences, relative to values above 1
EXACT = 1e-9  # relative difference allowed between the two derivations
NEARLY = 1e-4  # relative difference allowed to the differences
MAX_KINKS = 6  # behind one quantity, of which both sides are tried
STEP_AT_0 = "{}: a step function is taken at 0, where it is 0, 1/2 or 1 by convention"
MAX_MOVED = 256  # givens moved through the whole graph


class ThreeNumbers(NamedTuple):
    """One gradient, derived three times."""

    name: str
    symbolic: float
    reverse: float
    differences: float
    agree: bool


def self_check(truth: Truth) -> tuple[ThreeNumbers, ...]:
    """The gradient of the loss by each scalar given, three times over; empty without a backward pass."""
    if truth.backward is None:
        return ()
    problem = truth.problem
    moved = [name for name, array in problem.given.items() if not array.shape][:MAX_MOVED]
    reverse = _reverse_pass(truth)
    differences = _differences(truth, moved)
    rows = []
    for name in moved:
        key = f"d{problem.loss}/d{name}"
        if key in truth.values and not truth.values[key].shape:
            symbolic = float(truth.values[key])
            numbers = (symbolic, reverse.get(name, 0.0), differences[name][0])
            rows.append(ThreeNumbers(key, *numbers, _agree(*numbers, differences[name][1])))
    return tuple(rows)


def _agree(symbolic: float, reverse: float, differences: float, noise: float) -> bool:
    scale = max(abs(symbolic), abs(reverse))
    if not np.isfinite([symbolic, reverse, differences]).all():
        return False
    return (
        abs(symbolic - reverse) <= EXACT * scale + noise * EXACT
        and abs(symbolic - differences) <= NEARLY * scale + noise
    )


def _reverse_pass(truth: Truth) -> dict[str, float]:
    """Reverse accumulation of numbers, by the rules of calculus."""
    problem = truth.problem
    adjoints: dict[str, float] = {name: float(array) for name, array in problem.upstream.items()}
    if problem.loss in problem.graph.by_name:
        adjoints[problem.loss] = 1.0
    for node in reversed(problem.graph.nodes):
        above = adjoints.get(node.name)
        if above is None:
            continue
        for name in node.inputs:
            slope = float(evaluate(_by_rules(node.formula, name, truth), truth.values))
            adjoints[name] = adjoints.get(name, 0.0) + above * slope
    return adjoints


def _by_rules(formula: Expression, name: str, truth: Truth) -> Expression:
    return derivative_by_rules(formula, name, truth.problem.vocabulary.relu_at_zero)


def _differences(truth: Truth, names: list[str]) -> dict[str, tuple[float, float]]:
    """Central differences through the whole graph, and a bound on their own error, by given."""
    problem = truth.problem
    if not names:
        return {}
    start = {
        name: np.repeat(array[np.newaxis], 2 * len(names), axis=0)
        for name, array in given_values(problem).items()
    }
    steps = []
    for index, name in enumerate(names):
        step = STEP * max(1.0, abs(float(problem.given[name])))
        start[name][2 * index] += step
        start[name][2 * index + 1] -= step
        steps.append(step)
    values = run(problem.graph.nodes, start, lead=1)
    weights = problem.upstream or {problem.loss or "": np.asarray(1.0)}
    total = np.zeros(2 * len(names))
    for name, weight in weights.items():
        total += float(weight) * np.broadcast_to(values[name], total.shape)
    size = sum(abs(float(weight) * float(truth.values[name])) for name, weight in weights.items())
    noise = 16 * sys.float_info.epsilon * size
    return {
        name: (float(total[2 * i] - total[2 * i + 1]) / (2 * steps[i]), noise / steps[i])
        for i, name in enumerate(names)
    }


class Doubt(NamedTuple):
    """Why a quantity's value cannot be relied on."""

    reason: str
    slopes: tuple[float, float] | None = None  # of a local partial at a kink: on the left and on the right


def doubtful(truth: Truth) -> dict[str, str]:
    """The quantities on whose value the derivations do not agree, each with the reason.

    So are the values of a step function at 0, which is 0, 1/2 or 1 by the book one reads.
    """
    reasons = {
        node.name: STEP_AT_0.format(node.name) for node in truth.problem.graph.nodes if _jumps(node, truth)
    }
    if truth.backward is not None:
        reasons |= {key: doubt.reason for key in truth.backward.partials if (doubt := _doubt(key, truth))}
    for node in truth.graph.nodes if reasons else ():
        inherited = next((reasons[name] for name in node.inputs if name in reasons), None)
        if inherited is not None:
            reasons.setdefault(node.name, inherited)
    return reasons


def _jumps(node: Node, truth: Truth) -> bool:
    steps = (part for part in walk(node.formula) if isinstance(part, Call) and part.function == "step")
    return any(bool(np.any(evaluate(step.arguments[0], truth.values) == 0)) for step in steps)


def range_at_kinks(key: str, truth: Truth) -> tuple[float, float] | None:
    """The least and greatest value of a quantity, whatever slope between both sides is taken at each kink.

    None where the doubt about it does not come from a few kinks alone.
    """
    if truth.backward is None or truth.values[key].shape:
        return None
    behind = ancestors(truth.graph, [key])
    if any(name in behind and _jumps(node, truth) for name, node in truth.problem.graph.by_name.items()):
        return None
    doubts = {name: _doubt(name, truth) for name in truth.backward.partials if name in behind}
    kinks = {name: doubt.slopes for name, doubt in doubts.items() if doubt}
    if not kinks or len(kinks) > MAX_KINKS or None in kinks.values():
        return None
    values = []
    for choice in product(*(slopes or () for slopes in kinks.values())):
        overrides = {name: np.asarray(slope) for name, slope in zip(kinks, choice, strict=True)}
        found = overrides.get(key, recompute(truth, key, overrides, truth.values))
        if found is None or not np.isfinite(found):
            return None
        values.append(float(found))
    margin = NEARLY * (max(values) - min(values))
    return min(values) - margin, max(values) + margin


def _doubt(key: str, truth: Truth) -> Doubt | None:
    """Why a local partial cannot be relied on, or nothing."""
    of, by = partial_parts(label(key)) or ("", "")
    node = truth.problem.graph.by_name[of]
    slope = truth.backward.partials[key].formula if truth.backward else ONE
    symbolic = float(truth.values[key])
    try:
        by_rules = float(evaluate(_by_rules(node.formula, by, truth), truth.values))
    except KeyError:
        by_rules = symbolic
    if slope == ONE and by_rules == 1.0:
        return None
    left, right, noise = _one_sided(node.name, by, truth)
    middle = (left + right) / 2
    shown = f"{label(key)}: symbolic {symbolic:.6g}, by rules {by_rules:.6g}, by differences {middle:.6g}"
    if not np.isfinite([symbolic, by_rules, left, right]).all():
        return Doubt(f"{shown}: not finite")
    scale = max(abs(symbolic), abs(by_rules))
    if abs(left - right) > 10 * NEARLY * max(abs(left), abs(right)) + noise and not (
        _is_curvature(node.name, by, right - left, truth) or _as_declared(symbolic, left, right, truth)
    ):
        sides = f"slope {left:.6g} on one side, {right:.6g} on the other"
        return Doubt(f"{shown}: {of} has a kink here ({sides})", (left, right))
    if abs(symbolic - by_rules) > EXACT * scale + float(truth.float_error(key)):
        return Doubt(f"{shown}: the derivations disagree")
    if abs(middle - symbolic) > NEARLY * scale + noise and abs(left - right) <= noise:
        return Doubt(f"{shown}: the differences disagree")
    return None


def _as_declared(symbolic: float, left: float, right: float, truth: Truth) -> bool:
    """Whether the problem declares the derivative of relu at 0, and the slope is what this gives."""
    data = truth.problem.source.data
    if "relu_derivative_at_0" not in data:
        return False
    at_zero = truth.problem.vocabulary.relu_at_zero
    share = 0.0 if at_zero is None else float(evaluate(at_zero, {}))
    mixed = (left + (right - left) * share, right + (left - right) * share)
    return any(abs(symbolic - value) <= NEARLY * max(abs(left), abs(right)) for value in mixed)


def _is_curvature(of: str, by: str, jump: float, truth: Truth) -> bool:
    """Whether the jump of the slope grows with the step, as at the bottom of a parabola: no kink's does."""
    left, right, _ = _one_sided(of, by, truth, STEP * 16)
    return abs(right - left) > 8 * abs(jump)


def _one_sided(of: str, by: str, truth: Truth, step: float = STEP) -> tuple[float, float, float]:
    """Difference quotients of one node to the left and to the right of an input, and their own error."""
    node = truth.problem.graph.by_name[of]
    start = float(truth.values[by])
    step *= max(1.0, abs(start))
    values: Mapping[str, Array] = {
        name: np.asarray([start - step, start, start + step])
        if name == by
        else truth.values[name][np.newaxis]
        for name in node.inputs
    }
    below, here, above = np.broadcast_to(evaluate(node.formula, values, lead=1), (3,))
    noise = (
        16 * sys.float_info.epsilon * max(abs(below), abs(here), abs(above)) + float(truth.float_error(of))
    ) / step
    with np.errstate(all="ignore"):
        return float((here - below) / step), float((above - here) / step), float(noise)
