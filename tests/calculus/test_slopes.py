"""The derivative of each function by each argument: by rules as formulas, as values, and by SymPy."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from hw2check.calculus.adjoint import Cotangents, pull
from hw2check.calculus.matrix_rules import Rules
from hw2check.calculus.partials import derivative
from hw2check.calculus.precise import precise_values
from hw2check.calculus.rules import derivative_by_rules
from hw2check.calculus.values import evaluate
from hw2check.formula.functions import FUNCTIONS
from hw2check.formula.graph import make_graph
from hw2check.formula.notation import parse
from hw2check.formula.tree import ONE, Add, Call, Expression, Name
from tests.calculus.test_values import OF_TWO, ORACLES, mp

POINTS = (-2.75, -0.625, 0.375, 1.75)
POSITIVE = {"log", "sqrt"}
SCALAR = [name for name, function in FUNCTIONS.items() if not function.along]
ARITIES = [
    (name, count)
    for name in SCALAR
    for count in range(FUNCTIONS[name].least, min(FUNCTIONS[name].most, 4) + 1)
]
UNDEFINED = ("0/0",)  # the slope of what is meant for whole numbers
SLOPES = [(name, count, position) for name, count in ARITIES for position in range(count)]


def true_slope(name: str, point: tuple[float, ...], position: int) -> float:
    """By differences at 40 digits, of the functions as mpmath has them."""
    function = (OF_TWO if len(point) > 1 else ORACLES)[name]
    with mp.workdps(40):

        def along(x: object) -> object:
            return function(*(x if i == position else mp.mpf(p) for i, p in enumerate(point)))

        return float(mp.diff(along, mp.mpf(point[position])))


def points(name: str, count: int) -> list[tuple[float, ...]]:
    """Points without ties."""
    numbers = [abs(p) for p in POINTS] if name in POSITIVE else POINTS
    return [point for point in product(numbers, repeat=count) if len(set(point)) == count][:24]


def slopes(call: Call, by: str, values: dict[str, float]) -> dict[str, float]:
    """The derivative by each of the ways."""
    forms: dict[str, Expression] = {
        "rules": derivative_by_rules(call, by),
        "sympy": derivative(call, by),
        "matrix rules": Rules(dict.fromkeys(values, ())).pull("y", call, ONE).get(by, ONE),
    }
    arrays = {name: np.array(value) for name, value in values.items()}
    here = {**arrays, "y": evaluate(call, arrays)}
    found = {way: float(evaluate(form, here)) for way, form in forms.items()}
    into: Cotangents = {}
    pull(call, np.ones(1), {name: np.array([value]) for name, value in values.items()}, into)
    return {**found, "values": float(into.get(by, np.zeros(1))[0])}


@pytest.mark.parametrize(("name", "count", "position"), SLOPES)
def test_the_slope_by_each_argument(name: str, count: int, position: int) -> None:
    names = "uvwz"[:count]
    call = Call(
        name, (*map(Name, names), *map(parse, FUNCTIONS[name].defaults[count - FUNCTIONS[name].least :]))
    )
    for point in points(name, count):
        found = slopes(call, names[position], dict(zip(names, point, strict=True)))
        if FUNCTIONS[name].slopes[position : position + 1] == UNDEFINED:
            assert all(np.isnan(slope) for slope in found.values())
            continue
        expected = true_slope(name, point, position)
        if expected == 0 and FUNCTIONS[name].slopes[position : position + 1] == ("0",):
            found.pop("matrix rules")  # which then leaves the name out
        for way, slope in found.items():
            assert slope == pytest.approx(expected, rel=1e-12, abs=1e-14), (name, point, position, way)


@pytest.mark.parametrize("name", [name for name, f in FUNCTIONS.items() if f.definition])
def test_a_definition_is_the_function(name: str) -> None:
    count = FUNCTIONS[name].most
    names = "uv"[:count]
    graph = make_graph({"y": Call(name, tuple(map(Name, names)))})
    for point in points(name, count):
        function = (OF_TWO if count > 1 else ORACLES)[name]
        with mp.workdps(60):
            expected = function(*map(mp.mpf, point))
        found = precise_values(graph.nodes, {n: np.array(p) for n, p in zip(names, point, strict=True)})
        assert found is not None
        with mp.workdps(60):
            exact: Any = found["y"].item()
            value = mp.mpf(exact.numerator) / exact.denominator
            assert abs(value - expected) <= abs(expected) * mp.mpf(10) ** -40, (name, point)


@pytest.mark.parametrize(("x", "expected"), [(-4.0, 0.0), (-2.5, -1 / 3), (2.5, 4 / 3), (4.0, 1.0)])
def test_hardswish_on_each_of_its_pieces(x: float, expected: float) -> None:
    for way, slope in slopes(Call("hardswish", (Name("u"),)), "u", {"u": x}).items():
        assert slope == pytest.approx(expected, rel=1e-12, abs=1e-15), way


TIES = [
    ((1.0, 1.0, 1.0), (1 / 3, 1 / 3, 1 / 3), (1 / 3, 1 / 3, 1 / 3)),
    ((2.0, 1.0, 2.0), (1 / 2, 0.0, 1 / 2), (0.0, 1.0, 0.0)),
    ((1.0, 2.0, 1.0), (0.0, 1.0, 0.0), (1 / 2, 0.0, 1 / 2)),
    ((3.0, 1.0, 3.0, 3.0), (1 / 3, 0.0, 1 / 3, 1 / 3), (0.0, 1.0, 0.0, 0.0)),
    ((0.5, 0.5, 0.5, 0.5, 0.5), (1 / 5,) * 5, (1 / 5,) * 5),
    ((-1.0, -1.0), (1 / 2, 1 / 2), (1 / 2, 1 / 2)),
]


@pytest.mark.parametrize(("point", "greatest", "least"), TIES)
def test_equal_arguments_share_the_slope_evenly(
    point: tuple[float, ...], greatest: tuple[float, ...], least: tuple[float, ...]
) -> None:
    values = dict(zip("uvwzs", point, strict=False))
    for name, expected in (("maximum", greatest), ("minimum", least)):
        call = Call(name, tuple(map(Name, values)))
        found = {by: slopes(call, by, values) for by in values}
        for by, share in zip(values, expected, strict=True):
            assert found[by] == pytest.approx(dict.fromkeys(found[by], share), rel=1e-15, abs=0), (name, by)


def test_equal_arguments_of_which_two_depend_on_one_name() -> None:
    inner = Call("maximum", (Add((Name("u"), Name("u"))), Add((Name("u"), Name("v"))), Name("v")))
    for way, slope in slopes(inner, "u", {"u": 1.0, "v": 1.0}).items():
        assert slope == pytest.approx(3 / 2, rel=1e-15), way
