"""Other ways to the same quantity: a derivative by the value of the function, and the writer's own formula.

Derivatives are derived in terms of inputs, sigmoid(z)*(1 - sigmoid(z)), but people compute them from the
value that they have already, y*(1 - y). With exact numbers both are the same, with a rounded y they are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

import numpy as np

from hw2check.calculus.agreement import near
from hw2check.calculus.values import TooLargeError, evaluate
from hw2check.formula.functions import Array
from hw2check.formula.graph import Graph, Node, ancestors
from hw2check.formula.quantity import is_local
from hw2check.formula.tree import (
    ONE,
    ZERO,
    Add,
    Div,
    Expression,
    Mul,
    Name,
    Neg,
    Pow,
    mul,
    names,
    number,
    substitute,
)
from hw2check.truth.derived import Truth

MOST = 1000  # greatest denominator of a factor
FEWEST = 4  # sample points

Y = Name("y")
FORMS: tuple[Expression, ...] = (  # derivatives in terms of the value, up to a factor
    Mul((Y, Add((ONE, Neg(Y))))),  # sigmoid, softmax by its own input
    Y,  # exp
    Add((ONE, Neg(Pow(Y, number(2))))),  # tanh
    Div(ONE, Y),  # sqrt
    Pow(Y, number(2)),  # 1/x
)


def routes(truth: Truth, key: str, written: Expression | None = None) -> Iterator[Graph]:
    """Graphs in which a quantity has the same value by the derivation, by values of functions, by a formula.

    written  a formula for it that is right
    """
    yield truth.graph
    behind = ancestors(truth.graph, [key])
    by_value = {name: node for name in behind if (node := _by_value(truth, name)) is not None}
    if by_value:
        yield Graph({**truth.graph.by_name, **by_value})
    if written is not None and names(written):
        yield Graph({**truth.graph.by_name, **by_value, key: Node(key, written, names(written))})


def _by_value(truth: Truth, name: str) -> Node | None:
    """A local partial of a scalar in terms of this scalar, where it has such a form; found once."""
    if name not in truth.by_value:
        truth.by_value[name] = _found_by_value(truth, name)
    return truth.by_value[name]


def _found_by_value(truth: Truth, name: str) -> Node | None:
    parts = truth.parts(name) if is_local(name) else None
    node = truth.graph.by_name[name] if parts is not None and name in truth.graph.by_name else None
    if parts is None or node is None or truth.values[name].ndim or node.formula == ZERO:
        return None
    try:
        samples = truth.samples
    except TooLargeError:
        return None
    for form in FORMS:
        factor = _factor(samples, name, parts[0], form)
        if factor is not None:
            formula = mul(number(factor), _of(form, parts[0]))
            return Node(name, formula, names(formula))
    return None


def _of(form: Expression, value: str) -> Expression:
    return substitute(form, {"y": Name(value)})


def _factor(samples: Mapping[str, Array], slope: str, value: str, form: Expression) -> Fraction | None:
    """What the form is multiplied by to be the slope at all sample points; None if that is not one number."""
    of, at = samples[slope], samples[value]
    if not (of.ndim and at.ndim):
        return None
    with np.errstate(all="ignore"):
        ratios = of / evaluate(form, {"y": at}, lead=1)
    at = np.broadcast_to(at, ratios.shape)[np.isfinite(ratios)]
    ratios = ratios[np.isfinite(ratios)]
    if len(ratios) < FEWEST or not np.ptp(at) > 0:
        return None
    factor = Fraction(float(ratios[0])).limit_denominator(MOST)
    same = factor and np.all(near(ratios, np.asarray(float(factor))))
    return factor if same else None
