"""Whether two sides of a step are equal, and to which digits.

The order of checks: literals without names are exact and only a lone result is rounded to the digits it
shows; sides with names must agree at random points that are consistent with the graph; a side without names
stands for the given values, and a decimal in it may stand for a rounded part of the other side only.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from random import Random
from typing import NamedTuple

import numpy as np

from hw2check.calculus.values import evaluate, last_bits, quietly, show_shape
from hw2check.formula.functions import Array
from hw2check.formula.numeral import Numeral, NumeralError, read_numeral
from hw2check.formula.tree import (
    Add,
    Call,
    Compare,
    Div,
    Expression,
    MatMul,
    Matrix,
    Mul,
    Name,
    Neg,
    Number,
    Pow,
    children,
    is_closed,
    names,
    rebuild,
    walk,
)
from hw2check.judge.formulas import ENOUGH, SAME
from hw2check.judge.numbers import judge_number, judge_value
from hw2check.judge.verdicts import Judgement, worst
from hw2check.proofread.world import POINTS, Points, World, uniform
from hw2check.reading.written import Written

EXACT = 1e-12  # relative difference that float64 leaves between equal closed sides
COMBINATIONS = 64  # ways to put exact values for rounded decimals that are tried
REMEMBERED = 5000  # values of sides that are kept
DISTURBED = 2  # repetitions with disturbed rounding
SAFETY = 16.0

HOLDS, ROUNDED, CLOSE, WRONG, UNKNOWN = "holds", "rounded", "close", "wrong", "unchecked"


class Outcome(NamedTuple):
    """What comparing two sides gave."""

    verdict: str  # HOLDS, ROUNDED, CLOSE, WRONG or UNKNOWN
    reason: str = ""


EQUAL = Outcome(HOLDS)


def at_points(expression: Expression, points: Points) -> Array:
    """The value at every point: shape (POINTS, ...), vectors as columns; remembered for each tree."""
    known = points.trees.get(id(expression))
    if known is None:
        if len(points.trees) > REMEMBERED:
            points.trees.clear()
            points.parts.clear()
        known = points.trees[id(expression)] = expression, _at_points(expression, points)
    return known[1]


def _at_points(expression: Expression, points: Points) -> Array:
    value = np.asarray(quietly(expression, points, 1, points.parts))
    if isinstance(expression, Matrix) and expression.flat:
        value = value[..., np.newaxis]
    if value.shape == (POINTS,) and np.count_nonzero(value) == POINTS:
        return value
    if not value.all() and _vanishes(expression):
        value = np.where(value == 0, np.nan, value)
    if value.ndim == 0 or value.shape[0] != POINTS:
        value = np.broadcast_to(value, (POINTS, *value.shape[1:]))
    return value[:, 0, 0] if value.shape[1:] == (1, 1) else value


def _vanishes(expression: Expression) -> bool:
    """Whether a zero only comes from numbers too small for float64: a closed product without a zero in it."""
    parts = list(walk(expression))
    return not any(
        isinstance(part, Add | Name | Matrix | Compare | MatMul)
        or (isinstance(part, Number) and not part.numeral.value)
        or (isinstance(part, Call) and part.function != "exp")
        for part in parts
    )


def given_value(expression: Expression, points: Points) -> Array:
    """The value at the given point: shape () or (m, n)."""
    return np.asarray(at_points(expression, points)[0])


def lone_number(expression: Expression) -> Numeral | None:
    """The numeral of a side that is one number: 0.2, -0.2, -1/2, 2.1*10^{-3}."""
    match expression:
        case Number(numeral):
            return numeral
        case Neg(operand):
            inner = lone_number(operand)
            return None if inner is None else _negated(inner)
        case Div(Number(top), Number(bottom)) if top.whole and bottom.whole and bottom.value:
            text = f"{top.text}/{bottom.text}"
            return Numeral(text, top.value / bottom.value, None, 0, False)
        case Mul((Number(digits), Pow(Number(ten), exponent))) if ten.text == "10":
            power = lone_number(exponent)
            if power is not None and power.whole:
                return _scientific(digits.text, int(power.value))
        case Pow(Number(ten), exponent) if ten.text == "10":
            power = lone_number(exponent)
            if power is not None and power.whole and power.value < 0:
                scientific = _scientific("1", int(power.value))
                return None if scientific is None else _exact(scientific)
    return None


def _negated(numeral: Numeral) -> Numeral:
    text = numeral.text[1:] if numeral.text.startswith("-") else f"-{numeral.text}"
    return Numeral(text, -numeral.value, numeral.unit, numeral.digits, numeral.whole)


def _exact(numeral: Numeral) -> Numeral:
    return Numeral(numeral.text, numeral.value, None, numeral.digits, False)


def _scientific(digits: str, exponent: int) -> Numeral | None:
    try:
        return read_numeral(f"{digits}e{exponent}")
    except NumeralError:
        return None


def lone_value(expression: Expression) -> Written | None:
    """A side that is one number, or a matrix of numbers, with its digits."""
    if isinstance(expression, Matrix):
        numerals = [lone_number(entry) for row in expression.rows for entry in row]
        known = tuple(numeral for numeral in numerals if numeral is not None)
        if len(known) < len(numerals):
            return None
        shape = (len(known), 1) if expression.flat else (len(expression.rows), len(expression.rows[0]))
        return Written(np.array([_float(n) for n in known]).reshape(shape), known, 0.0)
    numeral = lone_number(expression)
    return None if numeral is None else Written(np.asarray(_float(numeral)), (numeral,), 0.0)


def _float(numeral: Numeral) -> float:
    """The nearest float64; nan where there is none near."""
    try:
        value = float(numeral.value)
    except OverflowError:
        return float("nan")
    return value if value or not numeral.value else float("nan")


def same_shapes(left: Array, right: Array, lists: bool) -> bool:
    """Whether two values may be equal; a vector written as a list has no orientation."""
    if left.shape == right.shape:
        return True
    flat = {1} <= {*left.shape} and {1} <= {*right.shape} and left.size == right.size
    return lists and left.ndim == right.ndim == 2 and flat


def judged(written: Written, truth: Array, start: Array | None = None) -> Outcome:
    """Digits as written against a value; a value that the digits could show exactly must be shown exactly."""
    if not np.isfinite(truth).all() or not np.isfinite(written.array).all():
        return Outcome(UNKNOWN, "no finite value")
    if start is None and written.array.shape == truth.shape and (written.array == truth).all():
        return EQUAL
    entries = judge_value(written, truth, start=start)
    parts = list(entries.each) or [entries.whole]
    flat = truth.reshape(-1)
    for position, part in enumerate(parts):
        if part.verdict == "close" and _is_shown_exactly(written.numerals[position], float(flat[position])):
            parts[position] = Judgement("wrong")
    found = worst([*parts, entries.whole])
    if found.verdict == "correct":
        exact = all(
            abs(numeral.value - Fraction(float(value))) <= Fraction(EXACT) * abs(numeral.value)
            for numeral, value in zip(written.numerals, flat, strict=True)
        )
        return EQUAL if exact else Outcome(ROUNDED)
    if found.verdict in {"close", "coarse"}:
        return Outcome(CLOSE, found.reason)
    return Outcome(WRONG, found.reason)


def _is_shown_exactly(numeral: Numeral, truth: float) -> bool:
    if numeral.unit is None:
        return True
    steps = Fraction(truth) / numeral.unit
    return abs(steps - round(steps)) * numeral.unit <= Fraction(EXACT) * abs(Fraction(truth))


def agree(
    left: Array, right: Array, noise: Callable[[], Array] | None = None, *, enough: int = ENOUGH
) -> Outcome:
    """Two values at points, the first axis; what is not finite decides nothing.

    noise   the rounding error at each point, asked for only where the values differ
    enough  points at which both must be finite
    """
    scale = np.maximum(np.abs(left), np.abs(right))
    distance = np.abs(left - right)
    size = scale.size
    if (
        size
        == np.count_nonzero(distance <= (SAME if enough > 1 else EXACT) * scale)
        == np.count_nonzero(scale < np.inf)
        and len(scale) >= enough
    ):
        return EQUAL
    finite = np.isfinite(left) & np.isfinite(right)
    differs = finite & ~(distance <= (SAME if enough > 1 else EXACT) * scale)
    if not differs.any():
        usable = finite if finite.ndim == 1 else finite.reshape(len(finite), -1).all(axis=1)
        if np.count_nonzero(usable) >= enough:
            return EQUAL
        return Outcome(UNKNOWN, "a side has no finite value at too many of the points tried")
    if noise is not None:
        bound = noise()
        if not np.any(differs & (distance > bound)):
            drowned = np.all((bound > 1e-6 * scale)[finite])
            return (
                Outcome(UNKNOWN, "rounding errors drown the two sides") if drowned and scale.any() else EQUAL
            )
    return Outcome(WRONG)


def rounding_noise(expressions: Iterable[Expression], points: Points) -> Array:
    """A bound on the float64 rounding error of expressions together, at each point."""
    total: Array | None = None
    rng = Random(1)  # noqa: S311
    for expression in expressions:
        exact = at_points(expression, points)
        spread = np.zeros_like(exact)
        for _ in range(DISTURBED):
            values = {
                name: points[name] * (1 + last_bits(rng, points[name].shape) * np.finfo(np.float64).eps)
                for name in names(expression)
            }
            value = np.asarray(evaluate(expression, values, lead=1, rng=rng))
            with np.errstate(all="ignore"):
                spread = np.maximum(
                    spread, np.abs(np.broadcast_to(value.reshape(_like(value, exact)), exact.shape) - exact)
                )
        total = spread if total is None else total + spread
    return SAFETY * total if total is not None else np.zeros(POINTS)


def _like(value: Array, exact: Array) -> tuple[int, ...]:
    """The shape of a value as `at_points` gives it."""
    lead = value.shape[0] if value.ndim else 1
    return (lead, *exact.shape[1:])


def equal_at_points(left: Expression, right: Expression, points: Points, *, careful: bool = True) -> Outcome:
    """Two sides with names as an identity.

    careful  False: a difference is not compared with the rounding error
    """
    a, b = at_points(left, points), at_points(right, points)
    lists = is_list(left) or is_list(right)
    if not same_shapes(a[0], b[0], lists):
        return Outcome(WRONG, f"{shape_text(a[0])} is not {shape_text(b[0])}")
    b = b.reshape(a.shape)
    return agree(a, b, (lambda: _both_noises(left, right, points, a.shape)) if careful else None)


def _both_noises(left: Expression, right: Expression, points: Points, shape: tuple[int, ...]) -> Array:
    first = rounding_noise((left,), points).reshape(shape)
    return first + rounding_noise((right,), points).reshape(shape)


def equal_at_given(left: Expression, right: Expression, points: Points, *, careful: bool = True) -> Outcome:
    """Two sides at the given values alone, digits not considered; `careful` as in `equal_at_points`."""
    a, b = given_value(left, points), given_value(right, points)
    if not same_shapes(a, b, is_list(left) or is_list(right)):
        return Outcome(WRONG, f"{shape_text(a)} is not {shape_text(b)}")
    a, b = a.reshape(1, *a.shape), b.reshape(1, *a.shape)
    shape = (POINTS, *a.shape[1:])
    return agree(a, b, (lambda: _both_noises(left, right, points, shape)[:1]) if careful else None, enough=1)


def shape_text(value: Array) -> str:
    """A shape in words."""
    return "a number" if not value.shape else show_shape(value.shape)


def is_list(expression: Expression) -> bool:
    """A vector written as a list, with commas or spaces."""
    return isinstance(expression, Matrix) and (
        expression.flat or 1 in {len(expression.rows), len(expression.rows[0])}
    )


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
        again = _replaced(part, {id(old): new for old, new in zip(literals, combination, strict=True)})
        if equal_at_points(whole, again, world.points, careful=False).verdict == HOLDS:
            return True
    return False


def _known_lineage(expression: Expression, world: World) -> list[str]:
    """The quantities that an expression depends on, derivatives along the way included."""
    lineage = [name for name in world.lineage(names(expression)) if world.has(name)]
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


def _replaced(expression: Expression, new: Mapping[int, Expression]) -> Expression:
    if id(expression) in new:
        return new[id(expression)]
    operands = children(expression)
    if not operands:
        return expression
    return rebuild(expression, tuple(_replaced(operand, new) for operand in operands))


def with_exact_parts(truth: Array, whole: Expression, closed: Expression, points: Points) -> bool:
    """Whether a closed side has the true value once its decimals stand for the parts that they round."""
    literals = [e for e in walk(closed) if isinstance(e, Number) and _is_decimal(e.numeral)]
    if not literals or len(literals) > 200:
        return False
    parts = _part_values(whole, points)
    choices = [_rounding_to(literal.numeral, parts) for literal in literals]
    if not any(len(choice) > 1 for choice in choices):
        return False
    for combination in itertools.islice(itertools.product(*choices), COMBINATIONS):
        new = {
            id(old): _literal(value)
            for old, value in zip(literals, combination, strict=True)
            if value is not None
        }
        value = given_value(_replaced(closed, new), points)
        if value.shape == truth.shape and agree(value[np.newaxis], truth[np.newaxis]).verdict != WRONG:
            with np.errstate(all="ignore"):
                if np.all(np.abs(value - truth) <= SAME * np.abs(truth)):
                    return True
    return False


def _is_decimal(numeral: Numeral) -> bool:
    return numeral.unit is not None and numeral.unit < 1


def _literal(value: float) -> Expression:
    exact = Fraction(abs(value))
    literal = Number(Numeral(repr(abs(value)), exact, None, 17, False))
    return Neg(literal) if value < 0 else literal


def _part_values(whole: Expression, points: Points) -> list[float]:
    """The numbers that occur on the way to a side's value."""
    found: set[float] = set()
    world = points.world
    subtrees = [part for part in walk(whole) if not isinstance(part, Number | Matrix)]
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


def _rounding_to(numeral: Numeral, values: list[float]) -> list[float | None]:
    """None for the literal itself, behind the values that it rounds, the nearest first."""
    unit, shown = float(numeral.unit or 1), float(numeral.value)
    sizes = dict.fromkeys(abs(value) for value in values if abs(abs(value) - shown) <= unit)
    near = [size for size in sizes if judge_number(numeral, size).verdict in {"correct", "close"}]
    distinct = sorted(near, key=lambda size: abs(size - shown))
    return [*distinct[:4], None]


@dataclass(frozen=True, slots=True)
class Slip:
    """Operands that differ although the results agree: a copy that went wrong where it does not show."""

    ours: Expression
    theirs: Expression


_FLAT = frozenset({"relu", "relu'", "step", "sign", "leaky_relu'"})  # equal results for different arguments


def hidden_slip(ours: Expression, theirs: Expression, points: Points, depth: int = 0) -> Slip | None:
    """The first operand of a closed side that was copied wrongly, behind relu or a factor that is zero."""
    if depth > 12 or not is_closed(theirs):
        return None
    if isinstance(ours, Name):
        node = points.world.nodes.get(ours.name)
        if node is None or not children(theirs) or lone_value(theirs) is not None:
            return None
        return hidden_slip(node.formula, theirs, points, depth + 6)
    if isinstance(ours, Call) and isinstance(theirs, Matrix):
        return _spread_call(ours, theirs, points, depth)
    if type(ours) is not type(theirs) or len(children(ours)) != len(children(theirs)):
        return None
    if isinstance(ours, Call) and isinstance(theirs, Call) and ours.function != theirs.function:
        return None
    if isinstance(ours, Matrix) and isinstance(theirs, Matrix) and len(ours.rows) != len(theirs.rows):
        return None
    return _operands(ours, theirs, points, depth)


def _operands(ours: Expression, theirs: Expression, points: Points, depth: int) -> Slip | None:
    pairs = list(zip(children(ours), children(theirs), strict=True))
    different = [pair for pair in pairs if not _alike(*pair, points)]
    if not different:
        slips = (hidden_slip(a, b, points, depth + 1) for a, b in pairs)
        return next((slip for slip in slips if slip), None)
    is_product = isinstance(ours, Mul | MatMul)
    is_flat = isinstance(ours, Call) and ours.function in _FLAT
    if isinstance(ours, Mul):
        different = _unmatched(pairs, points)
    if len(different) == 1 and (is_product or is_flat):
        return Slip(*different[0])
    return None


def _unmatched(
    pairs: list[tuple[Expression, Expression]], points: Points
) -> list[tuple[Expression, Expression]]:
    """What is left of two products when equal factors are paired off in any order."""
    ours, theirs = [a for a, _ in pairs], [b for _, b in pairs]
    left = []
    for factor in ours:
        match = next((other for other in theirs if _alike(factor, other, points)), None)
        if match is None:
            left.append(factor)
        else:
            theirs.remove(match)
    return list(zip(left, theirs, strict=False))


def _spread_call(ours: Call, theirs: Matrix, points: Points, depth: int) -> Slip | None:
    """f(Z) beside a matrix of f(11), f(5), ...: Z beside the matrix of arguments."""
    entries = [entry for row in theirs.rows for entry in row]
    if ours.function not in _FLAT or not all(
        isinstance(entry, Call) and entry.function == ours.function for entry in entries
    ):
        return None
    inner = rebuild(theirs, tuple(children(entry)[0] for entry in entries))
    operand = ours.arguments[0]
    if _alike(operand, inner, points):
        return hidden_slip(operand, inner, points, depth + 1)
    if not same_shapes(given_value(operand, points), given_value(inner, points), lists=True):
        return None
    return Slip(operand, inner)


def _alike(ours: Expression, theirs: Expression, points: Points) -> bool:
    """Equal at the given values, as far as digits show; a repeated column counts as its column."""
    a, b = given_value(ours, points), given_value(theirs, points)
    if not a.shape and not b.shape and a == b:
        return True
    if a.shape != b.shape:
        try:
            a, b = np.broadcast_arrays(a, b)
        except ValueError:
            return False
    written = lone_value(theirs)
    if written is not None and written.array.shape == b.shape:
        return judged(written, a).verdict in {HOLDS, ROUNDED, CLOSE, UNKNOWN}
    return agree(a[np.newaxis], b[np.newaxis], enough=1).verdict != WRONG


def terms_of(expression: Expression) -> tuple[Expression, ...]:
    """The terms of a sum; the expression itself otherwise."""
    return expression.terms if isinstance(expression, Add) else (expression,)
