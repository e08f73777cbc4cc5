"""What an answer would be with one mistake in one formula on the way to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np

from hw2check.calculus.agreement import shaped
from hw2check.calculus.values import ShapeError, evaluate, quietly
from hw2check.formula.functions import Array
from hw2check.formula.graph import Node
from hw2check.formula.quantity import is_local, quantity, updated
from hw2check.formula.tree import (
    Expression,
)
from hw2check.judge.carry import Own
from hw2check.mistakes.catalogue import MISTAKES
from hw2check.mistakes.search import MAX_PARTS, Search, size
from hw2check.mistakes.variants import variants
from hw2check.truth.derived import Truth
from hw2check.truth.recompute import between

MAX_NODES = 24  # on the way to the answer whose formulas are edited, nearest first


MAX_EDITS = 200  # of one formula


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer as one mistake gives it."""

    code: str
    where: str
    distance: int  # nodes between the mistake and the answer
    value: Array  # what the mistake gives: at the given numbers, or at sample points

    @property
    def order(self) -> tuple[int, int]:
        """Simple mistakes first, and of these the nearest."""
        return MISTAKES[self.code].rank, self.distance


def graph_candidates(
    key: str,
    truth: Truth,
    own: Mapping[str, Own],
    search: Search,
    values: Mapping[str, Array] | None = None,
) -> Iterator[Candidate]:
    """What the answer would be with one mistake in one formula on the way to it.

    values  sample points with a leading axis; the given numbers where None
    """
    base = values if values is not None else {name: array[np.newaxis] for name, array in truth.values.items()}
    if values is None:
        base = {**base, **own_values(own, key)}
    base = search.with_lead(base)
    stated = set(own_values(own, key)) if values is None else set()
    for node, distance in _way(key, truth, stated):
        if is_large(node.formula) or is_large(_underived(node, truth)):
            continue
        path = search.way(node.name)
        tried = list(islice(_distinct(variants(node, truth)), MAX_EDITS))
        if path is None or not search.spend(len(tried) * size(node.formula), base[node.name].size):
            break
        again = sum(size(step.formula) for step in path)
        if not search.spend(again, len(tried) * max((base[step.name].size for step in path), default=0)):
            break
        for (code, _), value in zip(tried, _propagated(node, tried, path, key, base), strict=True):
            if value is not None:
                yield Candidate(code, node.name, distance, value if values is not None else value[0])
    for changed in _already_updated(key, truth, base):
        yield Candidate("updated-value-used", key, 1, changed if values is not None else changed[0])


def is_large(formula: Expression) -> bool:
    return size(formula) > MAX_PARTS


def _underived(node: Node, truth: Truth) -> Expression:
    """The formula of which a local partial is the derivative; its own of any other node."""
    parts = truth.parts(node.name) if is_local(node.name) else None
    return truth.graph.by_name[parts[0]].formula if parts else node.formula


def _distinct(variants: Iterable[tuple[str, Expression]]) -> Iterator[tuple[str, Expression]]:
    seen: set[tuple[str, Expression]] = set()
    for variant in variants:
        if variant not in seen:
            seen.add(variant)
            yield variant


def own_values(own: Mapping[str, Own], key: str) -> dict[str, Array]:
    return {
        name: o.value[np.newaxis]
        for name, o in own.items()
        if o.as_number and o.value is not None and name != key
    }


def _way(key: str, truth: Truth, stated: set[str]) -> Iterator[tuple[Node, int]]:
    """The nodes that lead to the answer, nearest first, not beyond a value that the writer states."""
    graph = truth.graph.by_name
    level, seen, distance = [key], {key}, 0
    yielded = 0
    while level and yielded < MAX_NODES:
        following: list[str] = []
        for name in level:
            node = graph.get(name)
            if node is None or yielded >= MAX_NODES:
                continue
            yield node, distance
            yielded += 1
            for used in node.inputs:
                if used not in seen and used not in stated:
                    seen.add(used)
                    following.append(used)
        level, distance = following, distance + 1


@np.errstate(all="ignore")
def _propagated(
    node: Node, variants: list[tuple[str, Expression]], path: list[Node], key: str, base: Mapping[str, Array]
) -> list[Array | None]:
    """The answer under each faulty formula of one node, with the leading axis of `base`."""
    right = base[node.name]
    faulty = [_faulty(formula, right, base) for _, formula in variants]
    results: list[Array | None] = []
    if not faulty:
        return []
    count, points = len(faulty), right.shape[0]
    stacked = np.concatenate(faulty)
    current: dict[str, Array] = {node.name: stacked}
    for step in path:
        inputs = {
            name: current[name]
            if name in current
            else np.tile(base[name], (count, *[1] * (base[name].ndim - 1)))
            if base[name].shape[0] == points and points > 1
            else base[name]
            for name in step.inputs
        }
        try:
            current[step.name] = np.asarray(quietly(step.formula, inputs, 1))
        except ShapeError:
            return [None] * count
    final = current[key]
    for index in range(count):
        value = final[index * points : (index + 1) * points]
        results.append(value if np.any(np.isfinite(value)) else None)
    return results


def _faulty(formula: Expression, right: Array, base: Mapping[str, Array]) -> Array:
    """The value of a faulty formula in the shape of the right one; nan where it has none."""
    try:
        value = shaped(np.asarray(quietly(formula, base, 1)), right, lead=1)
    except (ShapeError, KeyError):
        return np.full_like(right, np.nan)
    if value.shape == right.shape:
        return value
    if value.ndim <= 1:  # a scalar for each entry
        value = value.reshape(value.shape + (1,) * (right.ndim - value.ndim))
    usable = right.ndim > 0 and value.shape[1:] in {right.shape[1:], (1,) * (right.ndim - 1)}
    return np.broadcast_to(value, right.shape) if usable else np.full_like(right, np.nan)


def _already_updated(key: str, truth: Truth, base: Mapping[str, Array]) -> Iterator[Array]:
    """The answer computed with parameters that were updated before it."""
    backward = truth.backward
    if backward is None or key not in backward.updates or quantity(key).step > 1:
        return
    parameter = quantity(key).of
    others = [p for p in truth.problem.parameters if p != parameter]
    earlier = others[: truth.problem.parameters.index(parameter)]
    for chosen in {tuple(earlier), *((p,) for p in others)}:
        overrides = {p: base[updated(p)] for p in chosen if updated(p) in base}
        if not overrides:
            continue
        current = {**base, **overrides}
        try:
            for step in between(truth.graph, key, overrides):
                current[step.name] = np.asarray(evaluate(step.formula, current, lead=1))
        except ShapeError:
            continue
        yield current[key]
