"""The usual route: a script that compares numbers by isclose, and formulas by SymPy's simplify."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Sequence
from typing import Any

import sympy

from bench.classes.made_up import GRADIENTS, PARTIALS, Student, gradients

TOLERANCE = 1e-3


def seconds_a_submission(students: Sequence[Student]) -> float:
    """How long the script takes for a submission, its imports and the reading of the key left out."""
    key = {name: _formula(f'"{forms[0]}"') for name, forms in (*PARTIALS.items(), *GRADIENTS.items())}
    begun = time.perf_counter()
    for student in students:
        for name, text in student.answers.items():
            if name in key:
                _same_formula(text, key[name])
            else:
                _same_number(text, _right(name))
    return (time.perf_counter() - begun) / len(students)


def _right(name: str) -> float:
    values = gradients()
    start = {"a": 3.0, "b": 4.0, "c": 2.0, "d": 2.0}
    if name.startswith("dLoss/d"):
        return values[name.removeprefix("dLoss/d")]
    if name.endswith("_new"):
        own = name.removesuffix("_new")
        return start[own] - 0.1 * values[own]
    return {"x5": 0.5, "x6": -2.0, "x7": 6.0}[name]


def _formula(text: str) -> Any:
    """The formula as SymPy reads it; a derivative is a name, sigmoid its definition."""
    plain = re.sub(r"d(\w+)/d(\w+)", r"D_\1_\2", text.strip('"')).replace("^", "**")
    sigmoid = sympy.Lambda(sympy.Symbol("t"), 1 / (1 + sympy.exp(-sympy.Symbol("t"))))
    names = {"sigmoid": sigmoid}
    read = sympy.parse_expr(plain, local_dict=names)
    e5, e6, e7 = (sympy.exp(sympy.Symbol(name)) for name in ("x5", "x6", "x7"))
    total = e5 + e6 + e7
    values = {
        "x8": e6 / total,
        "D_x8_x5": -e5 * e6 / total**2,
        "D_x8_x6": e6 * (e5 + e7) / total**2,
        "D_x8_x7": -e6 * e7 / total**2,
        "D_Loss_x7": -3 * e6 * e7 / total**2,
        "D_Loss_x6": 3 * e6 * (e5 + e7) / total**2,
        "D_Loss_x5": -3 * e5 * e6 / total**2,
        "D_Loss_x8": sympy.Integer(3),
    }
    read = read.subs({sympy.Symbol(name): value for name, value in values.items()})
    return read.subs(sympy.Symbol("x5"), sigmoid(sympy.Symbol("x1")))


def _same_formula(text: str, key: Any) -> bool:
    try:
        return bool(sympy.simplify(_formula(text) - key) == 0)
    except (SyntaxError, TypeError, sympy.SympifyError):
        return False


def _same_number(text: str, right: float) -> bool:
    try:
        value = float(sympy.Rational(text.strip('"'))) if "/" in text else float(text.strip('"'))
    except (ValueError, TypeError):
        return False
    return math.isclose(value, right, rel_tol=TOLERANCE)
