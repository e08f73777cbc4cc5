"""Numbers put in for names: given values, and rounded values for what they round."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from random import Random

import numpy as np

from hw2check.calculus.agreement import EXACT, near
from hw2check.calculus.sampling import uniform
from hw2check.calculus.values import evaluate
from hw2check.formula.functions import Array
from hw2check.formula.tree import (
    Expression,
    Matrix,
    Name,
    Neg,
    Number,
    Pow,
    children,
    names,
    rebuild,
    walk,
)
from hw2check.judge.rounded_parts import MAX_CANDIDATES, decimals_of, first_meant, rounding_to
from hw2check.proofread.literals import constant, lone_number
from hw2check.proofread.points import POINTS, Points, Quantities
from hw2check.proofread.sameness import HOLDS, WRONG, agree, equal_at_points, given_value
from hw2check.proofread.world import World

MAX_DECIMALS = 200  # of a side that are looked at
COMBINATIONS = 64  # ways to put exact values for rounded decimals that are tried


def put_in(left: Expression, right: Expression, world: World) -> bool:
    """Whether one side follows from the other by putting in given values for some names."""
    for whole, part in ((left, right), (right, left)):
        mentioned = set(names(part))
        points = world.varying(world.lineage(mentioned))
        leaves_out = _differs_in_names(whole, part, world)
        if leaves_out and equal_at_points(whole, part, points, careful=False).verdict == HOLDS:
            return True
        if mentioned < set(names(whole)) and _independent(whole, part, mentioned, world):
            return True
    return _named_again(left, right, world) or _named_again(right, left, world)


def labels_put_in(left: Expression, right: Expression, world: World) -> bool:
    """Whether two sides agree for the given labels, 0 or 1, whatever else varies."""
    lineage = world.lineage((*names(left), *names(right)))
    labels = {
        name for name in lineage & world.given.keys() if np.isin(world.given[name], (0.0, 1.0)).all()
    } - world.parameters.keys()
    if not labels or labels >= lineage & world.given.keys():
        return False
    points = world.varying(lineage - labels)
    return equal_at_points(left, right, points, careful=False).verdict == HOLDS


def _differs_in_names(whole: Expression, part: Expression, world: World) -> bool:
    """Whether the part leaves out something that the whole depends on."""
    return bool(
        (world.lineage(names(whole)) - world.lineage(names(part)))
        & (world.given.keys() | world.derivatives.keys())
    )


def _independent(whole: Expression, part: Expression, varied: set[str], world: World) -> bool:
    """Equal when the names of the part vary on their own and the other names have their given values."""
    rng = Random(7)  # noqa: S311
    values: dict[str, Array] = {}
    for name in names(whole):
        given = world.points[name][:1]
        values[name] = np.repeat(given, POINTS, axis=0)
        if name in varied:
            values[name] = values[name] * (1 + uniform(rng, -0.4, 0.4, values[name].shape)) + uniform(
                rng, -0.3, 0.3, values[name].shape
            )
    a, b = evaluate(whole, values, lead=1), evaluate(part, values, lead=1)
    return a.shape == b.shape and agree(a, b).verdict == HOLDS


def _named_again(whole: Expression, part: Expression, world: World) -> bool:
    """Whether numbers in the part can be read as given values of names, so that an identity results."""
    literals = [e for e in _maximal_literals(part) if lone_number(e) is not None]
    if not literals or len(literals) > 6:
        return False
    named = set(names(part))  # which would not be put in at one place and left at another
    lineage = [n for n in _known_lineage(whole, world) if not world.shape(n) and n not in named]
    choices = []
    for literal in literals:
        numeral = lone_number(literal)
        value = float(numeral.value) if numeral else 0.0
        fitting = [Name(n) for n in lineage if abs(float(world.points[n][0]) - value) <= EXACT * abs(value)]
        choices.append([literal, *fitting[:6]])
    for combination in itertools.islice(itertools.product(*choices), 1, 4 * COMBINATIONS):
        again = replaced(part, {id(old): new for old, new in zip(literals, combination, strict=True)})
        if equal_at_points(whole, again, world.points, careful=False).verdict == HOLDS:
            return True
    return False


def _known_lineage(expression: Expression, world: Quantities) -> list[str]:
    """The quantities that an expression depends on, derivatives along the way included."""
    lineage = [name for name in world.lineage(names(expression)) if world.has(name)]
    lineage += [world.derivatives[name].of for name in lineage if name in world.derivatives]
    for name in list(lineage):
        if name in world.nodes:
            for used in world.nodes[name].inputs:
                derived = world.derivative(name, used)
                lineage += [derived] if derived else []
    for loss in world.losses:
        lineage += [d for name in list(lineage) if (d := world.derivative(loss, name))]
    return sorted(set(lineage))


def _maximal_literals(expression: Expression) -> Iterator[Expression]:
    if isinstance(expression, Number) or (
        isinstance(expression, Neg) and isinstance(expression.operand, Number)
    ):
        yield expression
        return
    if isinstance(expression, Pow):
        yield from _maximal_literals(expression.base)
        return
    for operand in children(expression):
        yield from _maximal_literals(operand)


def replaced(expression: Expression, new: Mapping[int, Expression]) -> Expression:
    """The tree with other subtrees for some of its own, by identity."""
    if id(expression) in new:
        return new[id(expression)]
    operands = children(expression)
    if not operands:
        return expression
    return rebuild(expression, tuple(replaced(operand, new) for operand in operands))


def with_exact_parts(truth: Array, whole: Expression, closed: Expression, points: Points) -> bool:
    """Whether a closed side has the true value once its decimals stand for the parts that they round."""
    decimals = decimals_of(closed)
    if not decimals or len(decimals) > MAX_DECIMALS:
        return False

    def is_right(sizes: Mapping[int, float]) -> bool:
        new = {id(decimals[position]): constant(size) for position, size in sizes.items()}
        value = given_value(replaced(closed, new), points)
        same = value.shape == truth.shape and agree(value[np.newaxis], truth[np.newaxis]).verdict != WRONG
        return same and bool(np.all(near(value, truth)))

    parts = [(size, size) for size in _part_values(whole, points)]
    choices = [[*_nearest(decimal, rounding_to(decimal, parts, nearly=True)), None] for decimal in decimals]
    return first_meant(choices, is_right, COMBINATIONS) is not None


def _nearest(decimal: Number, found: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    shown = float(decimal.numeral)
    return sorted(dict.fromkeys(found), key=lambda part: abs(part[1] - shown))[:MAX_CANDIDATES]


def _part_values(whole: Expression, points: Points) -> list[float]:
    """The numbers that occur on the way to a side's value."""
    found: set[float] = set()
    world = points.world
    subtrees = [part for part in walk(whole) if not isinstance(part, Matrix)]
    named: list[Expression] = []
    for name in _known_lineage(whole, world):
        named.append(Name(name))
        if name in world.nodes:
            named += [
                part
                for part in walk(world.nodes[name].formula)
                if not isinstance(part, Number | Matrix | Name)
            ]
    for part in [*subtrees[:200], *named[:600]]:
        try:
            value = given_value(part, points)
        except (ValueError, KeyError):
            continue
        found.update(entry for entry in value.reshape(-1)[:64].tolist() if isfinite(entry))
    return sorted(found)
