"""Copies that went wrong where the result does not show it: behind relu, or beside a factor that is zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hw2check.formula.functions import FLAT
from hw2check.formula.text import to_text
from hw2check.formula.tree import (
    Call,
    Expression,
    MatMul,
    Matrix,
    Mul,
    Name,
    Number,
    children,
    is_closed,
    rebuild,
    walk,
)
from hw2check.proofread.literals import lone_value
from hw2check.proofread.points import Points
from hw2check.proofread.sameness import (
    CLOSE,
    HOLDS,
    ROUNDED,
    UNKNOWN,
    WRONG,
    Outcome,
    agree,
    given_value,
    judged,
    same_shapes,
    show_value,
)


@dataclass(frozen=True, slots=True)
class Slip:
    """Operands that differ although the results agree: a copy that went wrong where it does not show."""

    ours: Expression
    theirs: Expression


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
    is_flat = isinstance(ours, Call) and ours.function in FLAT
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
    if ours.function not in FLAT or not all(
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
    if agree(a[np.newaxis], b[np.newaxis], enough=1).verdict != WRONG:
        return True
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(a - b) <= _rounding(theirs) * np.abs(a)))


def _rounding(closed: Expression) -> float:
    """How far, relatively, the decimals of a product may move it, since they are rounded."""
    decimals = [part.numeral for part in walk(closed) if isinstance(part, Number)]
    return sum(
        float(numeral.unit / abs(numeral.value))
        for numeral in decimals
        if numeral.unit is not None and numeral.unit < 1 and numeral.value and (numeral.digits or 0) > 3
    )


def told_slip(slip: Slip | None, points: Points) -> Outcome | None:
    """A slip in words."""
    if slip is None:
        return None
    ours, theirs = given_value(slip.ours, points), given_value(slip.theirs, points)
    if ours.shape == theirs.shape and ours.shape:
        at = np.argwhere(~np.isclose(ours, theirs, rtol=1e-9, atol=0))
        if len(at):
            row, column = (int(index) for index in at[0])
            entry = f"{show_value(theirs[row, column])} stands for {show_value(ours[row, column])}"
            return Outcome(WRONG, f"the results agree, but in row {row + 1}, column {column + 1} {entry}")
    return Outcome(WRONG, f"the results agree, but {to_text(slip.theirs)[:40]} stands for {show_value(ours)}")
