"""Sides that are one number, or a matrix of numbers, with the digits they show."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from hw2check.formula.functions import Array
from hw2check.formula.numeral import Numeral, NumeralError, read_numeral
from hw2check.formula.tree import (
    Div,
    Expression,
    Matrix,
    Mul,
    Neg,
    Number,
    Pow,
)
from hw2check.reading.written import Written

MAX_ENTRIES = 10_000  # of a matrix that is written as a literal


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


def is_list(expression: Expression) -> bool:
    """A vector written as a list, with commas or spaces."""
    return isinstance(expression, Matrix) and (
        expression.flat or 1 in {len(expression.rows), len(expression.rows[0])}
    )


def constant(value: float) -> Expression:
    """A literal with all the digits of a number."""
    exact = Fraction(abs(value))
    literal = Number(Numeral(repr(abs(value)), exact, None, 17, False))
    return Neg(literal) if value < 0 else literal


def literal_of(value: Array) -> Expression | None:
    """A number, or a small matrix, as a literal; None where it is not finite, or too large."""
    if not np.all(np.isfinite(value)) or value.ndim not in {0, 2} or value.size > MAX_ENTRIES:
        return None
    if not value.ndim:
        return constant(float(value))
    return Matrix(tuple(tuple(constant(float(entry)) for entry in row) for row in value))
