"""The answer key checks itself: before an answer is called wrong, three derivations must agree.

1. the symbolic derivation: SymPy's local partials, chain rule along the graph
2. the reverse pass: local partials by the rules of calculus (differentiate.py), evaluated and accumulated;
   through nodes of matrices by the rules for values (adjoint.py)
3. differences: each node, and each given, moved a little to either side
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from functools import cached_property
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hw2check.calculus.adjoint import Declared, pull
from hw2check.calculus.rules import derivative_by_rules
from hw2check.calculus.values import evaluate
from hw2check.formula.functions import JUMPING, Array
from hw2check.formula.graph import Node, ancestors
from hw2check.formula.quantity import derivative_parts, label, total
from hw2check.formula.tree import ONE, Call, Compare, Expression, walk
from hw2check.truth.backward import is_scalar
from hw2check.truth.derived import Truth
from hw2check.truth.forward import given_values, run
from hw2check.truth.recompute import recompute

STEP = 1e-6  # of the differences, relative to values above 1


EXACT = 1e-9  # relative difference allowed between the two derivations


NEARLY = 1e-4  # relative difference allowed to the differences


MAX_KINKS = 6  # behind one quantity, of which both sides are tried


STEP_AT_0 = "{}: a step function is taken at 0, where it is 0, 1/2 or 1 by convention"


MAX_AT_ONCE = 8_000_000  # entries of all quantities that are computed at once


DISPLACED = 8  # points around the given one


DISTANCE = 1e-6  # of these, relative to values above 1


JUMP = 1e-5  # relative to the greatest entry, below which a change is no jump


SEED = 4705


Way = tuple[str, Array]  # a given, and a direction in its space


def reverse_pass(truth: Truth) -> dict[str, Array] | None:
    """Reverse accumulation of numbers: by the rules of calculus, at nodes of arrays by those of adjoint.py.

    None where a rule is not known there.
    """
    problem = truth.problem
    adjoints = Declared({name: array[np.newaxis] for name, array in problem.upstream.items()})
    adjoints.relu_at_zero = problem.vocabulary.relu_at_zero
    if problem.loss in problem.graph.by_name:
        adjoints[problem.loss or ""] = np.ones(1)
    values = {name: array[np.newaxis] for name, array in truth.values.items()}
    for node in reversed(problem.graph.nodes):
        above = adjoints.get(node.name)
        if above is None:
            continue
        if not is_scalar(node, truth.values):
            try:
                pull(node.formula, above, values, adjoints)
            except NotImplementedError:
                return None
            continue
        for name in node.inputs:
            slope = float(evaluate(_by_rules(node.formula, name, truth), truth.values))
            adjoints[name] = adjoints.get(name, np.zeros(1)) + above * slope
    return {name: array[0] for name, array in adjoints.items()}


def _by_rules(formula: Expression, name: str, truth: Truth) -> Expression:
    return derivative_by_rules(formula, name, truth.problem.vocabulary.relu_at_zero)


def differences(truth: Truth, ways: list[Way]) -> list[tuple[float, float]]:
    """Central differences through the whole graph, each with a bound on its own error."""
    entries = sum(array.size for name, array in truth.values.items() if truth.problem.has(name))
    at_once = max(1, MAX_AT_ONCE // (2 * entries))
    found: list[tuple[float, float]] = []
    for start in range(0, len(ways), at_once):
        found += _differences_at_once(truth, ways[start : start + at_once])
    return found


def _differences_at_once(truth: Truth, ways: list[Way]) -> list[tuple[float, float]]:
    problem = truth.problem
    start = {name: array[np.newaxis] for name, array in given_values(problem).items()}
    start |= {name: np.repeat(start[name], 2 * len(ways), axis=0) for name, _ in ways}
    steps = []
    for index, (name, way) in enumerate(ways):
        step = STEP * max(1.0, float(np.max(np.abs(problem.given[name] * (way != 0)))))
        start[name][2 * index] += step * way
        start[name][2 * index + 1] -= step * way
        steps.append(step)
    total, noise = _loss_at(truth, start, 2 * len(ways))
    return [
        (float(total[2 * i] - total[2 * i + 1]) / (2 * step), noise / step) for i, step in enumerate(steps)
    ]


def _loss_at(truth: Truth, start: dict[str, Array], points: int) -> tuple[Array, float]:
    """The loss, or what stands for it, at some points, and a bound on its rounding error."""
    problem = truth.problem
    values = run(problem.graph.nodes, start, lead=1)
    weights = problem.upstream or {problem.loss or "": np.asarray(1.0)}
    total = np.zeros(points)
    for name, weight in weights.items():
        weighted = weight * values[name]
        weighted = np.atleast_1d(weighted)
        total += np.broadcast_to(weighted.reshape(len(weighted), -1).sum(axis=1), total.shape)
    size = sum(float(np.sum(np.abs(weight * truth.values[name]))) for name, weight in weights.items())
    return total, 16 * sys.float_info.epsilon * size


class Doubt(NamedTuple):
    """Why a quantity's value cannot be relied on."""

    reason: str
    entries: NDArray[np.bool_] | None = None  # which of its entries; None for all
    slopes: tuple[float, float] | None = None  # of a local partial at a kink: on the left and on the right


class Doubts:
    """The quantities on whose value the derivations do not agree, each found when it is asked for.

    So are the values of a step function at 0, which is 0, 1/2 or 1 by the book one reads.
    """

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._found: dict[str, Doubt | None] = {}  # by name, of what makes a quantity doubtful by itself

    def of(self, key: str) -> Doubt | None:
        """Why a quantity's value cannot be relied on: by itself, or by what it comes from."""
        truth = self._truth
        behind = ancestors(truth.graph, [key])
        reasons = {name: doubt for name in behind if (doubt := self._by_itself(name))}
        reasons = {**self._of_matrices, **reasons}
        for node in truth.graph.nodes if reasons else ():
            if node.name in behind and node.name not in reasons:
                inherited = next((reasons[name] for name in node.inputs if name in reasons), None)
                if inherited is not None:
                    reasons[node.name] = Doubt(inherited.reason)
        return reasons.get(key, self._kinks.get(key))

    def _by_itself(self, name: str) -> Doubt | None:
        if name not in self._found:
            self._found[name] = self._find(name)
        return self._found[name]

    def _find(self, name: str) -> Doubt | None:
        truth = self._truth
        if truth.backward and name in truth.backward.partials and _is_scalar_partial(name, truth):
            return _doubt(name, truth)
        node = truth.problem.graph.by_name.get(name)
        return Doubt(STEP_AT_0.format(name)) if node and _jumps(node, truth) else None

    @cached_property
    def _has_matrices(self) -> bool:
        truth = self._truth
        return truth.backward is not None and any(
            not is_scalar(node, truth.values) for node in truth.problem.graph.nodes
        )

    @cached_property
    def _kinks(self) -> dict[str, Doubt]:
        return _kinks(self._truth) if self._has_matrices else {}

    @cached_property
    def _of_matrices(self) -> dict[str, Doubt]:
        return _disagreeing(self._truth, self._kinks) if self._has_matrices else {}


def _is_scalar_partial(key: str, truth: Truth) -> bool:
    of, _ = derivative_parts(key) or ("", "")
    return is_scalar(truth.problem.graph.by_name[of], truth.values)


def _disagreeing(truth: Truth, kinks: Collection[str]) -> dict[str, Doubt]:
    """The gradients that come out otherwise by the reverse pass, or by differences along one direction."""
    problem = truth.problem
    if problem.loss is None:
        return {}
    reverse = reverse_pass(truth) or {}
    doubts: dict[str, Doubt] = {}
    for name in problem.names():
        key = total(problem.loss, name)
        if key not in truth.values or key not in truth.graph.by_name:
            continue
        gradient = truth.values[key]
        if not np.all(np.isfinite(gradient)):
            doubts[key] = Doubt(f"{key} is not finite")
        elif name in reverse:
            allowed = EXACT * np.max(np.abs(gradient)) + truth.precision.float_error(key)
            differs = np.abs(gradient - reverse[name]) > allowed
            if np.any(differs):
                doubts[key] = Doubt(f"{key}: the derivations disagree", differs)
    rng = np.random.default_rng(SEED)
    ways = [(name, rng.uniform(-1.0, 1.0, array.shape)) for name, array in problem.given.items()]
    for (name, way), (by_differences, noise) in zip(ways, differences(truth, ways), strict=True):
        key = total(problem.loss, name)
        if key in doubts or key in kinks or key not in truth.values:
            continue
        parts = truth.values[key] * way
        if abs(np.sum(parts) - by_differences) > NEARLY * np.sum(np.abs(parts)) + noise:
            doubts[key] = Doubt(f"{key}: the differences disagree")
    return doubts


def _kinks(truth: Truth) -> dict[str, Doubt]:
    """The derivatives that jump when what is given moves by next to nothing, entry by entry.

    A function has a kink here, as relu at 0 or max where two are equal, and other slopes are as good.
    """
    problem = truth.problem
    declared = "relu_derivative_at_0" in problem.source.data
    parts = [part for node in problem.graph.nodes for part in walk(node.formula)]
    kinked = {part.function for part in parts if isinstance(part, Call) and part.function in JUMPING}
    if any(isinstance(part, Compare) for part in parts):
        kinked.add("step")
    if not kinked or (declared and kinked == {"relu"}):
        return {}
    near, nearer = (_displaced(truth, distance) for distance in (DISTANCE, DISTANCE / 100))
    doubts = {}
    for key, found in nearer.items():
        if problem.has(key) or key not in truth.graph.by_name or key not in near:
            continue
        value = truth.values[key]
        with np.errstate(all="ignore"):
            jump = np.max(np.abs(found - value), axis=0)
            wider = np.max(np.abs(near[key] - value), axis=0)
        finite = np.abs(value[np.isfinite(value)])
        least = JUMP * (np.max(finite) if finite.size else 0.0) + truth.precision.float_error(key)
        jumps = np.asarray((jump > least) & (jump > wider / 10))
        if np.any(jumps):
            doubts[key] = Doubt(
                f"{label(key)}: a function has a kink here, and other slopes are as good", jumps
            )
    return doubts


def _displaced(truth: Truth, distance: float) -> dict[str, Array]:
    """Every quantity at points so near the given one that only what jumps differs."""
    rng = np.random.default_rng(SEED)
    points = {}
    for name, array in truth.problem.given.items():
        way = rng.uniform(-1.0, 1.0, (DISPLACED, *array.shape))
        points[name] = array + distance * np.maximum(1.0, np.abs(array)) * way
    return truth.at(points)


def _jumps(node: Node, truth: Truth) -> bool:
    steps = (part for part in walk(node.formula) if isinstance(part, Call) and part.function == "step")
    return any(bool(np.any(evaluate(step.arguments[0], truth.values) == 0)) for step in steps)


def range_at_kinks(key: str, truth: Truth) -> tuple[float, float] | None:
    """The least and greatest value of a quantity, whatever slope between both sides is taken at each kink.

    None where the doubt about it does not come from a few kinks alone.
    """
    arrays = any(not is_scalar(node, truth.values) for node in truth.problem.graph.nodes)
    if truth.backward is None or truth.values[key].shape or arrays:
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
        found = overrides.get(key, recompute(truth.graph, key, overrides, truth.values))
        if found is None or not np.isfinite(found):
            return None
        values.append(float(found))
    margin = NEARLY * (max(values) - min(values))
    return min(values) - margin, max(values) + margin


def _doubt(key: str, truth: Truth) -> Doubt | None:
    """Why a local partial cannot be relied on, or nothing."""
    of, by = derivative_parts(key) or ("", "")
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
        return Doubt(f"{shown}: {of} has a kink here ({sides})", slopes=(left, right))
    if abs(symbolic - by_rules) > EXACT * scale + float(truth.precision.float_error(key)):
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
        16 * sys.float_info.epsilon * max(abs(below), abs(here), abs(above))
        + float(truth.precision.float_error(of))
    ) / step
    with np.errstate(all="ignore"):
        return float((here - below) / step), float((above - here) / step), float(noise)
