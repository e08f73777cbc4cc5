"""Every function and every argument: the same in answers and in documents."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hw2check.calculus.values import evaluate
from hw2check.formula.functions import ARGUMENTS, FUNCTIONS, Function
from hw2check.formula.notation import parse
from hw2check.formula.vocabulary import Vocabulary
from tests.calculus.test_entrywise import CONSTANT, RULES
from tests.parity.both import same

ELEMENTWISE = [f for f in FUNCTIONS.values() if not f.along]
ALONG = [f for f in FUNCTIONS.values() if f.along]
POINTS = ((0.7, 0.3, 0.2), (-0.4, 0.6, 0.9))
WHOLE = {"factorial": (3.0,), "binomial": (5.0, 2.0)}  # defined, or asked for, at whole numbers
SEVERAL = 3  # arguments of functions that take any number
STEP = 1e-5
OVER = Vocabulary({name: name for name in ARGUMENTS}.get)


def arguments(function: Function) -> int:
    """How many arguments a call is tried with."""
    return min(function.most, SEVERAL)


def called(function: Function, values: tuple[float, ...]) -> str:
    """A problem about one call."""
    names = "xab"[: len(values)]
    given = "".join(f"{name} = {value}\n" for name, value in zip(names, values, strict=True))
    return f'[given]\n{given}[nodes]\ny = "{function.name}({", ".join(names)})"\n'


def slope(function: Function, values: tuple[float, ...], argument: int) -> float:
    """The derivative by central differences of the value."""
    ends = [
        float(function.value(*(v + sign * STEP * (i == argument) for i, v in enumerate(values))))
        for sign in (1, -1)
    ]
    return (ends[0] - ends[1]) / (2 * STEP)


def places(function: Function) -> list[tuple[float, ...]]:
    """Where a call is tried: wherever it has a value."""
    if function.name in WHOLE:
        return [WHOLE[function.name]]
    points = [point[: arguments(function)] for point in POINTS]
    with np.errstate(all="ignore"):
        return [point for point in points if np.isfinite(function.value(*point))]


CALLS = [
    pytest.param(function, values, argument, id=f"{function.name}-{argument}-{values[0]}")
    for function in ELEMENTWISE
    for values in places(function)
    for argument in range(len(values))
]


def digits(value: float) -> str:
    return f"{value:.6g}"


@pytest.mark.parametrize(("function", "values", "argument"), [p for p in CALLS if p.values[2] == 0])
def test_values(function: Function, values: tuple[float, ...], argument: int, tmp_path: Path) -> None:
    value = float(function.value(*values))
    same(called(function, values), "y", digits(value), "correct", tmp_path)
    same(called(function, values), "y", digits(1.37 * value + 0.11), "wrong", tmp_path)


@pytest.mark.parametrize(("function", "values", "argument"), CALLS)
def test_slopes_as_numbers(
    function: Function, values: tuple[float, ...], argument: int, tmp_path: Path
) -> None:
    if function.name in WHOLE:
        return
    name, value = f"dy/d{'xab'[argument]}", slope(function, values, argument)
    same(called(function, values), name, digits(round(value, 7)), "correct", tmp_path)
    same(called(function, values), name, digits(-2 * value - 0.1), "wrong", tmp_path)


def are_equal(form: str, other: str) -> bool:
    """Whether two formulas in ARGUMENTS have the same values nearly everywhere."""
    rng = np.random.default_rng(11)
    values = {name: rng.normal(size=200) for name in ARGUMENTS}
    first, second = (np.broadcast_to(evaluate(parse(text, OVER), values), 200) for text in (form, other))
    return bool(np.allclose(first, second, equal_nan=True))


def place_of(function: Function, form: str) -> tuple[float, ...]:
    """A place on the branch of a function where the slope is not 0, if there is one.

    A document may go on with what holds on the branch of the given values; a formula in answers may not.
    """
    found = places(function)
    for place in found:
        values = {name: np.asarray(value) for name, value in zip(ARGUMENTS, place, strict=False)}
        if evaluate(parse(form, OVER), values):
            return place
    return found[0]


FORMULAS = [
    pytest.param(function, values, argument, form, id=f"{function.name}-{argument}-{values[0]}")
    for function in ELEMENTWISE
    for argument, form in enumerate(function.slopes)
    if form != "0/0"
    for values in (place_of(function, form),)
]


@pytest.mark.parametrize("change", ["{}", "-({})", "2*({})", "({}) + 1", "({})*x"])
@pytest.mark.parametrize(("function", "values", "argument", "form"), FORMULAS)
def test_slopes_as_formulas(
    function: Function, values: tuple[float, ...], argument: int, form: str, change: str, tmp_path: Path
) -> None:
    """The rule, and other formulas; `a` is the second argument, as ARGUMENTS call it."""
    assert ARGUMENTS == ("x", "a")
    changed = change.format(form)
    verdict = "correct" if are_equal(form, changed) else "wrong"
    problem, name = called(function, values), f"dy/d{'xab'[argument]}"
    same(problem, name, f'"{changed}"', verdict, tmp_path)


def test_none_is_missing() -> None:
    """What works along axes stands among the rules for matrices, whose table is guarded by its own test."""
    tried = {(case.values[0].name, case.values[2]) for case in CALLS}  # type: ignore[union-attr]
    assert tried == {(row.name, i) for row in ELEMENTWISE for i in range(arguments(row))}
    assert {row.name for row in ALONG} <= RULES.keys() | CONSTANT
