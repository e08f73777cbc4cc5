"""The forward pass: the value of every node, at the given numbers or at sample points."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from hw2check.calculus.values import ShapeError, TooLargeError, evaluate
from hw2check.errors import HW2CheckError
from hw2check.formula.functions import Array
from hw2check.formula.graph import Node
from hw2check.formula.quantity import at_step, total
from hw2check.problem.model import Problem
from hw2check.problem.optimiser import DESCENT, RATE

if TYPE_CHECKING:
    from random import Random


MAX_TOTAL = 60_000_000  # entries of all values of one pass


def given_values(problem: Problem) -> dict[str, Array]:
    """What the problem gives: inputs, parameters, upstream gradients, the learning rate."""
    values = dict(problem.given)
    values |= {total(problem.loss or "", name): array for name, array in problem.upstream.items()}
    if problem.learning_rate is not None:
        values[RATE] = problem.learning_rate
    if problem.optimiser is not DESCENT:
        values |= {
            name: np.asarray(float(n))
            for name, n in problem.optimiser.constants.items()
            if name not in values
        }
        if not problem.has("t"):
            first = problem.optimiser.t
            values |= {
                at_step("t", step): np.asarray(float(first + step - 1))
                for step in range(2, problem.steps + 1)
            }
    values.update(problem.state)
    return values


def run(
    nodes: Iterable[Node],
    values: dict[str, Array],
    *,
    lead: int = 0,
    rng: Random | None = None,
    troubled: dict[str, bool] | None = None,
) -> dict[str, Array]:
    """Adds the value of each node, in order, to `values`, and returns it.

    A node whose inputs have no value is passed over. Nodes in which something overflows, vanishes or is
    undefined, even where the result is finite, are put into `troubled`: False where it only vanishes. Raises
    ShapeError, with the node's name as its note, and TooLargeError once all values together have more than
    MAX_TOTAL entries.
    """
    total = 0
    for node in nodes:
        if all(name in values for name in node.inputs):
            try:
                on_trouble = None if troubled is None else partial(_note, troubled, node.name)
                value = evaluate(node.formula, values, lead=lead, rng=rng, on_trouble=on_trouble)
                values[node.name] = value
                total += value.size
                if total > MAX_TOTAL:
                    raise TooLargeError(f"all values together have more than {MAX_TOTAL:,} entries")
            except ShapeError as error:
                error.add_note(node.name)
                raise
    return values


def _note(troubled: dict[str, bool], name: str, kind: str, _flag: int) -> None:
    troubled[name] = troubled.get(name, False) or kind != "underflow"


def forward(problem: Problem, troubled: dict[str, bool] | None = None) -> dict[str, Array]:
    """The value of every given and node: shape (), (n,) or (m, n); `troubled` as in `run`.

    Raises HW2CheckError, at the node, where shapes do not go together.
    """
    try:
        return run(problem.graph.nodes, given_values(problem), troubled=troubled)
    except ShapeError as error:
        name = error.__notes__[-1]
        place = problem.source.place(problem.places[name], 0)
        raise HW2CheckError(f"{name}: {error}", place) from None
