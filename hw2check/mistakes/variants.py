"""Single mistakes in the formula of one node: an update, a local partial, the chain rule, any formula."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hw2check.calculus.rules import derivative_by_rules
from hw2check.formula.functions import ACTIVATIONS, SOFTMAXES
from hw2check.formula.graph import Node
from hw2check.formula.quantity import at_step, is_local, local, quantity
from hw2check.formula.tree import Add, Call, Div, Expression, Name
from hw2check.mistakes.catalogue import MISTAKES
from hw2check.mistakes.conventions import other_conventions
from hw2check.mistakes.derivations import faulty_derivatives
from hw2check.mistakes.mistake import Chain
from hw2check.mistakes.trees import edits
from hw2check.mistakes.updating import update_of
from hw2check.truth.derived import Truth


def variants(node: Node, truth: Truth) -> Iterator[tuple[str, Expression]]:
    """The node's formula with one mistake."""
    yield from other_conventions(node, truth)
    backward = truth.backward
    if backward is not None and node.name in backward.updates:
        yield from _faulty_update(node)
    elif is_local(node.name):
        yield from _faulty_partial(node, truth)
    elif truth.parts(node.name) is not None:
        yield from _faulty_chain(node, truth)
        if np.shape(truth.values[node.name]):
            yield from edits(node.formula)
    else:
        yield from edits(node.formula)


def _faulty_update(node: Node) -> Iterator[tuple[str, Expression]]:
    """P - learning_rate * gradient"""
    update = update_of(node.formula)
    for mistake in MISTAKES.values() if update is not None else ():
        for changed in mistake.updating(update) if mistake.updating and update else ():
            yield mistake.code, changed


def _faulty_partial(node: Node, truth: Truth) -> Iterator[tuple[str, Expression]]:
    of, by = truth.parts(node.name) or ("", "")
    step = quantity(node.name).step
    inner = truth.graph.by_name[of]
    yield from edits(node.formula)
    try:
        yield from faulty_derivatives(inner.formula, by)
        yield from edits(derivative_by_rules(inner.formula, by))
    except KeyError:
        return
    code = "softmax-derivative-swapped" if _is_softmax(inner.formula) else "wrong-partial"
    for other in inner.inputs:
        if other != by and (beside := truth.graph.by_name.get(at_step(local(of, other), step))):
            yield code, beside.formula


def _is_softmax(formula: Expression) -> bool:
    """exp(a)/(exp(a) + exp(b) + ...)"""
    if not isinstance(formula, Div) or not isinstance(formula.denominator, Add):
        return False
    terms = formula.denominator.terms
    return formula.numerator in terms and all(isinstance(t, Call) and t.function == "exp" for t in terms)


def _faulty_chain(node: Node, truth: Truth) -> Iterator[tuple[str, Expression]]:
    """A sum over paths of gradient times local partial, with one mistake."""
    chain = _chain(node, truth)
    for mistake in MISTAKES.values():
        for changed in mistake.chaining(chain) if mistake.chaining else ():
            yield mistake.code, changed


def _chain(node: Node, truth: Truth) -> Chain:
    terms = node.formula.terms if isinstance(node.formula, Add) else (node.formula,)
    is_array = bool(np.shape(truth.values[node.name]))
    return Chain(
        terms,
        frozenset(name for name in node.inputs if _is_activation(truth.parts(name), truth)),
        frozenset(name for name in node.inputs if _is_activation_slope(name, truth)),
        tuple(name for name in node.inputs if is_array and _is_slope_after(name, node.name, truth)),
    )


def _is_slope_after(name: str, key: str, truth: Truth) -> bool:
    """Whether the first is the gradient by an activation of what the second is the gradient by."""
    after, before = truth.parts(name), truth.parts(key)
    user = truth.graph.by_name.get(after[1]) if after and before else None
    formula = user.formula if user else None
    return (
        isinstance(formula, Call)
        and formula.function in ACTIVATIONS | SOFTMAXES
        and before is not None
        and formula.arguments[0] == Name(before[1])
    )


def _is_activation_slope(name: str, truth: Truth) -> bool:
    parts = truth.parts(name) if is_local(name) else None
    return _is_activation(parts and parts[::-1], truth)


def _is_activation(parts: tuple[str, str] | None, truth: Truth) -> bool:
    """Whether the V of dU/dV is an activation of one quantity."""
    node = truth.graph.by_name.get(parts[1]) if parts else None
    formula = node.formula if node else None
    return (
        isinstance(formula, Call)
        and formula.function in ACTIVATIONS
        and isinstance(formula.arguments[0], Name)
    )
