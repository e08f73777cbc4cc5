"""Quantities recomputed where others are overridden by a writer's own values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import NamedTuple

import numpy as np

from hw2check.calculus.values import ShapeError, evaluate
from hw2check.formula.functions import Array
from hw2check.formula.graph import Graph, Node
from hw2check.formula.tree import Expression, names

MAX_SINGLE = 64  # numbers that are moved one by one
MAX_CORNERS = 4  # numbers of which every combination is moved
RANDOM = 16  # ways of moving all numbers at once
MAX_REGION = 200  # quantities before one that are looked at
MAX_ON_THE_WAY = 6  # of these, written ones, each of which may have been used as written or not
SEED = 4705
_ASKED = " "  # no quantity has this name


def between(graph: Graph, key: str, changed: Iterable[str]) -> list[Node]:
    """The nodes that must be computed anew for `key` when the named quantities change, in order."""
    changed = set(changed)
    path: list[str] = []
    state: dict[str, bool] = {name: True for name in changed if name != key}
    stack: list[tuple[str, bool]] = [(key, False)]
    while stack:
        name, done = stack.pop()
        node = graph.by_name.get(name)
        if done and node:
            state[name] = any(state[used] for used in node.inputs)
            if state[name]:
                path.append(name)
        elif name not in state:
            state[name] = False
            if node:
                stack.append((name, True))
                stack.extend((used, False) for used in node.inputs if used not in state)
    return [graph.by_name[name] for name in path]


def recompute(
    graph: Graph, key: str, overrides: Mapping[str, Array], values: Mapping[str, Array], lead: int = 0
) -> Array | None:
    """The value of `key` with other quantities overridden; None where shapes do not go together."""
    current = {**values, **overrides}
    try:
        for node in between(graph, key, overrides):
            current[node.name] = evaluate(node.formula, current, lead=lead)
    except ShapeError:
        return None
    return current[key]


def recompute_formula(
    graph: Graph,
    formula: Expression,
    overrides: Mapping[str, Array],
    values: Mapping[str, Array],
    lead: int = 0,
) -> Array | None:
    """The value of a formula over quantities, some of them overridden; None as in `recompute`."""
    asked = Node(_ASKED, formula, names(formula))
    try:
        known = {**values, _ASKED: evaluate(formula, values, lead=lead)}
    except ShapeError:
        return None
    return recompute(Graph({**graph.by_name, _ASKED: asked}), _ASKED, overrides, known, lead)


Sides = tuple[Array, Array]  # distances below and above


class Range(NamedTuple):
    """How far below and above its value a quantity may lie."""

    below: Array
    above: Array


def unwritten_digits(
    graph: Graph,
    key: str,
    stated: Mapping[str, Array],
    sides: Mapping[str, Sides],
    values: Mapping[str, Array],
) -> Range | None:
    """How far a quantity moves when a writer went on with more digits of some values than are written.

    stated  the values that it is computed from, as written
    sides   how far below and above each entry of some of them its digits may go on
    None where shapes do not go together, or where nothing moves.
    """
    offsets = _offsets(sum(int(np.count_nonzero(below + above)) for below, above in sides.values()))
    if offsets is None:
        return None
    moved, used = {}, 0
    for name, (below, above) in sides.items():
        places = np.flatnonzero(below + above)
        by = np.zeros((len(offsets), below.size))
        way = offsets[:, used : used + len(places)]
        by[:, places] = way * np.where(way < 0, below.reshape(-1)[places], above.reshape(-1)[places])
        used += len(places)
        moved[name] = stated[name] + by.reshape(-1, *below.shape)
    base = {name: array[np.newaxis] for name, array in {**values, **stated}.items()}
    found = recompute(graph, key, moved, base, lead=1)
    if found is None or not found.ndim or len(found) != len(offsets):
        return None
    with np.errstate(all="ignore"):
        change = np.nan_to_num(found - found[0])
        single = change[1 : 1 + 2 * used] if used <= MAX_SINGLE else change[:0]
        # of the two steps of each number one goes up and the other down
        down = np.maximum(np.max(-change, axis=0), np.sum(np.maximum(-single, 0), axis=0))
        up = np.maximum(np.max(change, axis=0), np.sum(np.maximum(single, 0), axis=0))
    return Range(down, up)


def _offsets(count: int) -> Array | None:
    """How `count` numbers are moved, in half units: not at all, each alone, some at once, all to a side."""
    if not count:
        return None
    rows = [np.zeros((1, count))]
    if count <= MAX_SINGLE:
        rows += [np.eye(count), -np.eye(count)]
    if count <= MAX_CORNERS:
        rows.append(np.array(list(product((-1.0, 0.0, 1.0), repeat=count))))
    rng = np.random.default_rng(SEED)
    rows.append(rng.uniform(-1.0, 1.0, (RANDOM, count)))
    rows.append(rng.choice([-1.0, 1.0], (RANDOM, count)))
    return np.concatenate(rows)


def written_on_the_way(
    graph: Graph,
    key: str,
    fixed: Mapping[str, Array],
    stated: Mapping[str, Array],
    values: Mapping[str, Array],
) -> Iterator[tuple[Array, tuple[str, ...]]]:
    """A quantity, with each of the last few written values before it used as written, or with all its digits.

    fixed   what is used as written in any case
    stated  the written values that may have been used or not
    Each with the names of those that are used as written; without `fixed`, at least one is.
    """
    nodes, chosen = _region(graph, key, fixed, stated)
    if len(chosen) < 2:
        return
    masks = np.array(list(product((True, False), repeat=len(chosen))))
    if not fixed:
        masks = masks[:-1]
    current: dict[str, Array] = {node.name: values[node.name][np.newaxis] for node in nodes}
    current |= {used: values[used][np.newaxis] for node in nodes for used in node.inputs}
    current |= {name: array[np.newaxis] for name, array in fixed.items()}
    try:
        for node in nodes:
            if node.name in fixed:
                continue
            found = evaluate(node.formula, current, lead=1)
            if node.name in chosen:
                mask = masks[:, chosen.index(node.name)].reshape(-1, *[1] * (found.ndim - 1))
                found = np.where(mask, stated[node.name], found)
            current[node.name] = np.asarray(found, dtype=np.float64)
    except (ShapeError, ValueError):
        return
    results = np.broadcast_to(current[key], (len(masks), *current[key].shape[1:]))
    first: dict[bytes, int] = {}
    for position, result in enumerate(results):
        first.setdefault(result.tobytes(), position)
    for position in first.values():
        used = zip(chosen, masks[position], strict=True)
        yield results[position], tuple(name for name, as_written in used if as_written)


def _region(
    graph: Graph, key: str, fixed: Mapping[str, Array], stated: Mapping[str, Array]
) -> tuple[list[Node], list[str]]:
    """The nodes just before a quantity, in order, and the written ones among them, the nearest first."""
    found: dict[str, None] = {key: None}
    chosen: list[str] = []
    waiting = [key]
    while waiting and len(found) < MAX_REGION:
        above: list[str] = []
        for name in waiting:
            node = graph.by_name.get(name)
            for used in node.inputs if node and name not in fixed else ():
                if used in found or used not in graph.by_name:
                    continue
                found[used] = None
                above.append(used)
                if used in stated and used not in fixed and len(chosen) < MAX_ON_THE_WAY:
                    chosen.append(used)
        waiting = above
    order = {name: position for position, name in enumerate(graph.by_name)}
    return [graph.by_name[name] for name in sorted(found, key=order.__getitem__)], chosen
