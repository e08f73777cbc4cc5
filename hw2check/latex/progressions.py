"""Numbers that are left out where dots stand, and mixed numbers."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hw2check.formula.tree import Div, Expression, Neg, Number, number
from hw2check.latex.scope import UnclearError

MAX_TERMS = 10_000


def left_out(terms: list[Expression], last: Expression) -> Expression:
    """The sum of what dots stand for and of the last term: 3 + .. + 10 in 1 + 2 + .. + 10.

    Raises UnclearError where the terms are no numbers, or their rule is not clear.
    """
    known = [exact(term) for term in terms]
    end = exact(last)
    if end is None or None in known or len(known) < 2:
        raise UnclearError("'...' has no meaning that can be computed")
    start = [value for value in known if value is not None]
    found = {sum(rest) for rest in (_arithmetic(start, end), _geometric(start, end)) if rest}
    if len(found) != 1:
        raise UnclearError("'...' does not say how the terms go on")
    return number(found.pop())


def _arithmetic(terms: list[Fraction], last: Fraction) -> list[Fraction]:
    step = terms[1] - terms[0]
    if not step or any(after - before != step for before, after in pairwise(terms)):
        return []
    count = (last - terms[-1]) / step
    if count.denominator != 1 or not 0 < count <= MAX_TERMS:
        return []
    return [terms[-1] + step * (at + 1) for at in range(int(count))]


def _geometric(terms: list[Fraction], last: Fraction) -> list[Fraction]:
    if 0 in terms or terms[1] == terms[0]:
        return []
    ratio = terms[1] / terms[0]
    if ratio == -1 or any(after != before * ratio for before, after in pairwise(terms)):
        return []
    rest = [terms[-1] * ratio]
    while rest[-1] != last:
        if len(rest) > 200 or (abs(rest[-1]) > abs(last)) == (abs(ratio) > 1):
            return []
        rest.append(rest[-1] * ratio)
    return rest


def exact(tree: Expression) -> Fraction | None:
    """The value of an integer, a decimal or a fraction, signed or not; None for anything else."""
    match tree:
        case Number(numeral):
            return numeral.value
        case Neg(operand):
            inner = exact(operand)
            return None if inner is None else -inner
        case Div(Number(top), Number(bottom)) if bottom.value:
            return top.value / bottom.value
    return None


def is_mixed(whole: Expression, part: Expression) -> bool:
    """Whether two operands side by side may be a mixed number, as 2 1/3 is."""
    if not isinstance(whole, Number) or not whole.numeral.whole or not isinstance(part, Div):
        return False
    value = exact(part)
    return value is not None and 0 < value < 1
