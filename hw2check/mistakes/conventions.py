"""Conventions other than those that a problem states: what an answer would be under each of them."""

from __future__ import annotations

from collections.abc import Iterator

from hw2check.formula.graph import Node
from hw2check.formula.numeral import read_numeral
from hw2check.formula.quantity import Kind, at_step, before_update, quantity, total, updated
from hw2check.formula.tree import (
    ONE,
    Add,
    Div,
    Expression,
    Name,
    Neg,
    Number,
    Pow,
    add,
    mul,
    number,
    substitute,
    walk,
)
from hw2check.problem.optimiser import RATE
from hw2check.truth.derived import Truth

RATES = ("0.1", "0.01", "0.001", "0.5", "0.05")  # learning rates that are often taken
_TWO = number(2)


def other_conventions(node: Node, truth: Truth) -> Iterator[tuple[str, Expression]]:
    """The formula of a gradient of the loss or of an update under other conventions, with their codes."""
    backward = truth.backward
    if backward is None:
        return
    if node.name in backward.updates:
        yield from _of_update(node, truth)
        return
    parsed = quantity(node.name)
    loss = truth.problem.graph.by_name.get(truth.problem.loss or "")
    if loss is None or parsed.kind is not Kind.TOTAL or parsed.step > 1:
        return
    if parsed.of == loss.name and parsed.by in loss.inputs:
        yield from _of_loss(node, loss, truth.values[parsed.by].shape)


def _of_loss(node: Node, loss: Node, shape: tuple[int, ...]) -> Iterator[tuple[str, Expression]]:
    """Half the square or the whole one; the sum over the batch, or over all entries, or their mean."""
    if any(isinstance(part, Pow) and part.exponent == _TWO for part in walk(loss.formula)):
        yield "half-in-loss", mul(node.formula, _TWO)
        yield "half-in-loss", Div(node.formula, _TWO)
    entries = 1
    for size in shape:
        entries *= size
    for count in dict.fromkeys((*shape, entries)):
        if count > 1:
            yield "other-reduction", mul(number(count), node.formula)
            yield "other-reduction", Div(node.formula, number(count))


def _of_update(node: Node, truth: Truth) -> Iterator[tuple[str, Expression]]:
    """Another learning rate, and the rules of other optimisers."""
    rate = truth.problem.learning_rate
    for text in RATES:
        other = read_numeral(text)
        if rate is not None and float(other) != float(rate):
            yield "other-learning-rate", substitute(node.formula, {RATE: Number(other)})
    parameter, step = quantity(node.name).of, quantity(node.name).step
    gradient = Name(at_step(total(truth.problem.loss or "", parameter), step))
    start, kind = Name(before_update(node.name)), truth.problem.optimiser.kind

    def descent(way: Expression) -> Expression:
        return add(start, Neg(mul(Name(RATE), way)))

    velocity = Name(at_step(updated(f"v_{parameter}"), step))
    if velocity.name in truth.values and kind in {"sgd", "momentum", "nesterov"}:
        ahead = add(gradient, mul(Name("momentum"), velocity))
        looks_ahead = node.formula == descent(ahead) or kind == "nesterov"
        yield "other-momentum", descent(velocity if looks_ahead else ahead)
        before = Name(at_step(f"v_{parameter}", step)) if step == 1 else None
        if before is not None and before.name in truth.values and kind != "nesterov":
            mean = add(mul(Name("momentum"), before), mul(Add((ONE, Neg(Name("momentum")))), gradient))
            whole = add(mul(Name("momentum"), before), gradient)
            inside = add(mul(Name("momentum"), before), mul(Name(RATE), gradient))
            for way in (descent(mean), descent(whole), add(start, Neg(inside))):
                yield "other-momentum", way
    if node.formula not in (descent(gradient), add(start, mul(Name(RATE), gradient))):
        yield "plain-descent", descent(gradient)
    if kind in {"adam", "adamw"}:
        plain = {
            at_step(f"{letter}hat_{parameter}", step): at_step(updated(f"{letter}_{parameter}"), step)
            for letter in "mv"
        }
        yield "bias-correction-missing", substitute(node.formula, {a: Name(b) for a, b in plain.items()})
