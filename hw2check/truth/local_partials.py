"""The local partials of nodes of arrays, as people write them.

The partial of a matrix by a matrix has four indices. Where a node works entry by entry, its partial by an
operand of its own shape is written as the matrix of the slopes: relu'(Z1). Elsewhere it is written as what it
does to a gradient, a vector-Jacobian product in which · stands for the gradient that arrives: · @ A_in.T
(M. Giles, Collected matrix derivative results, 2008).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hw2check.calculus.matrix_rules import NoRuleError, Rules
from hw2check.formula.functions import FUNCTIONS
from hw2check.formula.graph import Node
from hw2check.formula.quantity import label, local, shown_text
from hw2check.formula.tree import (
    ONE,
    ZERO,
    Call,
    Expression,
    Index,
    MatMul,
    Matrix,
    Name,
    Transpose,
    Whole,
    walk,
)
from hw2check.truth.backward import is_scalar
from hw2check.truth.derived import Truth

ARRIVING = "·"  # the gradient that arrives at a node
ENTRYWISE, PULLED, WHOLE = "entrywise", "pullback", "whole"


class LocalPartial(NamedTuple):
    """The partial of one node by one of its inputs."""

    name: str  # dA1/dZ1
    formula: str
    acts: str  # ENTRYWISE: times the gradient, entry by entry; PULLED: with · in it; WHOLE: of a scalar node


def local_partials_of_arrays(truth: Truth) -> Iterator[LocalPartial]:
    """The partial of each node that is no scalar, or has arrays in it, by each of its inputs.

    Left out are those that have a row of their own, with a value: of scalar nodes that are not the loss.
    """
    problem = truth.problem
    shapes = {name: truth.values[name].shape for name in problem.names()}
    for node in problem.graph.nodes:
        own = truth.values[node.name].shape
        if is_scalar(node, truth.values) or (not own and node.name != problem.loss):
            continue
        rules = Rules({**shapes, ARRIVING: own}, problem.vocabulary.relu_at_zero)
        for name in node.inputs:
            acts = _acts(node, rules, name)
            formula = _formula(node, rules, name, Name(ARRIVING) if acts == PULLED else ONE)
            if formula is not None:
                yield LocalPartial(label(local(node.name, name)), shown_text(formula), acts)


def _acts(node: Node, rules: Rules, name: str) -> str:
    if not rules.shape(Name(node.name)):
        return WHOLE
    same = rules.shape(Name(node.name)) == rules.shape(Name(name))
    return ENTRYWISE if same and works_entry_by_entry(node.formula) else PULLED


def works_entry_by_entry(formula: Expression) -> bool:
    """Whether each entry of a result comes from the entries at its own place."""
    return not any(
        isinstance(part, MatMul | Transpose | Matrix | Index | Whole)
        or (isinstance(part, Call) and bool(FUNCTIONS[part.function].along))
        for part in walk(formula)
    )


def _formula(node: Node, rules: Rules, name: str, arriving: Expression) -> Expression | None:
    """None where the rules have none."""
    try:
        found = rules.pull(node.name, node.formula, arriving).get(name, ZERO)
    except NoRuleError:
        return None
    return found if rules.shape(Name(node.name)) else rules.full(found, rules.shape(Name(name)))
