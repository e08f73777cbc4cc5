"""The worked solution of a problem, step by step, as formulas: how they look is for the renderers to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hw2check.calculus.values import evaluate
from hw2check.formula.functions import Array
from hw2check.formula.numeral import read_numeral
from hw2check.formula.quantity import quantity, total
from hw2check.formula.tree import (
    Expression,
    MatMul,
    Matrix,
    Name,
    Neg,
    Number,
    children,
    is_closed,
    names,
    rebuild,
    substitute,
)
from hw2check.truth.derived import Truth

DIGITS = 6  # significant ones, of values
BEHIND = 4  # more of them in what is computed on the way
ALL = 17  # of which a number has as many as it needs
MOST_ROWS = 8  # of a matrix that is written out
MOST_COLUMNS = 8
RATE = "learning_rate"


Spread = tuple[Expression, bool]  # a formula, and whether numbers in it are rounded


class Side(NamedTuple):
    """One side of a chain of steps."""

    formula: Expression
    rounded: bool = False  # it has the digits of the solution, not all of them


@dataclass(frozen=True, slots=True)
class Step:
    """A quantity: name = formula = with the numbers put in = value."""

    name: str
    sides: tuple[Side, ...]
    shape: tuple[int, ...] = ()
    left_out: bool = False  # its value is too large to be written out
    undefined: bool = False  # its value is not finite


@dataclass(frozen=True, slots=True)
class Section:
    """Steps of one kind."""

    title: str
    text: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Solution:
    """The whole solution."""

    title: str
    sections: tuple[Section, ...]
    shapes: Mapping[str, tuple[int, ...]]  # of the names in it


def solution(truth: Truth, digits: int = DIGITS) -> Solution:
    """What is given, then the values, local partials, gradients and updates of the first step."""
    problem = truth.problem
    writer = _Writer(truth, digits)
    used = [*problem.given, *([RATE] if problem.learning_rate is not None else [])]
    sections = [
        Section("Given", "", tuple(writer.given(name) for name in used)),
        Section(
            "Forward pass", "Each quantity by its formula.", tuple(map(writer.step, problem.graph.by_name))
        ),
    ]
    backward = truth.backward
    if backward is not None:
        arriving = [f"d{problem.loss}/d{name}" for name in problem.upstream]
        partials = [key for key in backward.partials if quantity(key).step == 1 and key not in writer.unclear]
        gradients = [key for key in backward.gradients if key not in arriving and _is_asked(key, truth)]
        updates = [key for key in backward.updates if quantity(key).step == 1]
        sections += [
            Section("Given gradients", "", tuple(map(writer.given, arriving))),
            Section("Local partial derivatives", "", tuple(map(writer.step, partials))),
            Section("Gradients", "By the chain rule.", tuple(map(writer.step, gradients))),
            Section("Updated parameters", "", tuple(map(writer.step, updates))),
        ]
    shapes = {key: truth.values[key].shape for key in truth.values}
    title = problem.title or problem.source.file
    return Solution(title, tuple(section for section in sections if section.steps), shapes)


def _is_asked(key: str, truth: Truth) -> bool:
    parsed = quantity(key)
    return parsed.step == 1 and parsed.by != truth.problem.loss


def _unclear(truth: Truth) -> Iterator[str]:
    """The local partials of the loss that are not all of the gradient: they are written alike."""
    backward, loss = truth.backward, truth.problem.loss
    for key in backward.partials if backward is not None else ():
        parsed = quantity(key)
        node = backward.gradients.get(total(parsed.of, parsed.by)) if backward is not None else None
        if parsed.of == loss and (node is None or node.formula != Name(key)):
            yield key


class _Writer:
    def __init__(self, truth: Truth, digits: int) -> None:
        self.truth = truth
        self.digits = digits
        self.unclear = frozenset(_unclear(truth))

    def given(self, name: str) -> Step:
        """A quantity with all its digits."""
        value = self.truth.values[name]
        literal = _literal(value, ALL)
        sides = () if literal is None else (Side(literal),)
        return _finished(name, sides, value)

    def step(self, key: str) -> Step:
        formula, value = self.truth.formula(key), self.truth.values[key]
        if formula is not None:
            formula = self._plainly(formula)
        sides: list[Side] = [] if formula is None else [Side(formula)]
        if formula is not None and (put_in := self._put_in(formula)) is not None:
            sides.append(Side(*put_in))
            multiplied = None if isinstance(formula, MatMul) else _multiplied(put_in[0], self.digits + BEHIND)
            if multiplied is not None:
                sides.append(Side(*multiplied))
        literal = _literal(value, self.digits)
        if literal is not None:
            sides.append(Side(literal, rounded=not _is_exact(literal, value)))
        kept = [
            side
            for number, side in enumerate(sides)
            if not number or side.formula != sides[number - 1].formula
        ]
        return _finished(key, tuple(kept), value)

    def _plainly(self, formula: Expression) -> Expression:
        """The formula with those local partials written out that are not all of a gradient of the loss."""
        backward = self.truth.backward
        if backward is None:
            return formula
        unclear = [name for name in names(formula) if name in self.unclear]
        return substitute(formula, {name: backward.partials[name].formula for name in unclear})

    def _put_in(self, formula: Expression) -> Spread | None:
        """The formula with values for names, and whether one is rounded; None where one is too large."""
        literals: dict[str, Expression] = {}
        rounded = False
        for name in names(formula):
            value = self.truth.values[name]
            is_given = name in self.truth.problem.given or name == RATE
            literal = _literal(value, ALL if is_given else self.digits)
            if literal is None:
                return None
            rounded |= not _is_exact(literal, value)
            literals[name] = literal
        return (substitute(formula, literals), rounded) if literals or is_closed(formula) else None


def _finished(name: str, sides: tuple[Side, ...], value: Array) -> Step:
    """The step, with why its value is not written."""
    finite = bool(np.all(np.isfinite(value)))
    return Step(name, sides, value.shape, finite and _literal(value, ALL) is None, not finite)


def _multiplied(tree: Expression, digits: int) -> Spread | None:
    """The numbers with each product of matrices done, and whether one is rounded; None without products."""
    if isinstance(tree, MatMul):
        value = np.asarray(evaluate(tree, {}))
        literal = _literal(value, digits)
        return None if literal is None else (literal, not _is_exact(literal, value))
    parts = tuple(children(tree))
    done = [_multiplied(part, digits) for part in parts]
    if not any(done):
        return None
    new = tuple(found[0] if found else part for found, part in zip(done, parts, strict=True))
    return rebuild(tree, new), any(found[1] for found in done if found)


def _literal(value: Array, digits: int) -> Expression | None:
    """The value as a formula of numbers; None for a matrix that is too large to be written out."""
    if not value.shape:
        return _number(float(value), digits)
    if value.ndim > 2 or value.shape[0] > MOST_ROWS or value.shape[-1] > MOST_COLUMNS:
        return None
    rows = value if value.ndim == 2 else value[np.newaxis, :]
    entries = tuple(tuple(_number(float(entry), digits) for entry in row) for row in rows)
    if any(entry is None for row in entries for entry in row):
        return None
    return Matrix(entries, value.ndim == 1)  # type: ignore[arg-type]  # no entry is None


def _number(value: float, digits: int) -> Expression | None:
    if not np.isfinite(value):
        return None
    text = repr(abs(value)).removesuffix(".0") if digits >= ALL else f"{abs(value):.{digits}g}"
    number = Number(read_numeral(text))
    return Neg(number) if value < 0 else number


def _is_exact(literal: Expression, value: Array) -> bool:
    return bool(np.array_equal(np.asarray(evaluate(literal, {})), value))
