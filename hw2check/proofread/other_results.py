"""Results in sentences that differ from the arithmetic before them for a reason, and so are no mistakes."""

from __future__ import annotations

from hw2check.formula.tree import Add, Expression, Mul, Neg, Number, is_closed, walk
from hw2check.proofread.literals import constant, lone_value
from hw2check.proofread.points import Points
from hw2check.proofread.put_in import replaced
from hw2check.proofread.sameness import given_value

MAX_DECIMALS = 12  # numbers of one side that may have been rounded


def why_other(left: Expression, right: Expression, points: Points) -> str:
    """Why a result need not be what is computed; empty where it is a mistake."""
    written = lone_value(right)
    if written is None or written.array.shape or not is_closed(left):
        return ""
    value = given_value(left, points)
    if value.shape:
        return ""
    off = abs(float(value) - float(written.array))
    if all(numeral.whole for numeral in written.numerals):
        # 11 / 4 = 2 full boxes, or 3 to hold them all
        return "a whole number in place of one that is not" if float(value) % 1 and off < 1 else ""
    unit = float(written.numerals[0].unit or 0)
    shown = _decimals(left)
    if not unit or shown is None or unit * 10**shown > 0.5:
        return ""
    return "the numbers before it may be rounded" if off <= _spread(left, points) + unit / 2 else ""


def _decimals(tree: Expression) -> int | None:
    """How many decimals sums and products of the decimals written can have; None for other arithmetic."""
    match tree:
        case Number(numeral):
            return None if numeral.unit is None else len(numeral.text.partition(".")[2])
        case Neg(operand):
            return _decimals(operand)
        case Add(terms) | Mul(terms):
            counts = [_decimals(term) for term in terms]
            known = [count for count in counts if count is not None]
            if len(known) < len(counts):
                return None
            return max(known) if isinstance(tree, Add) else sum(known)
    return None


def _spread(tree: Expression, points: Points) -> float:
    """How far the value may be off where each decimal is off by half a unit."""
    literals = [part for part in walk(tree) if isinstance(part, Number) and not part.numeral.whole]
    if len(literals) > MAX_DECIMALS:
        return 0.0
    value, total = float(given_value(tree, points)), 0.0
    for part in literals:
        half = float(part.numeral.unit or 0) / 2
        moved = replaced(tree, {id(part): constant(float(part.numeral.value) + half)})
        total += abs(float(given_value(moved, points)) - value)
    return total
