"""Values to many digits, and the verdicts that float64 alone would get wrong."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from mpmath import mpf

from hw2check.calculus.exact import MAX_BITS
from hw2check.calculus.precise import precise_values
from hw2check.calculus.values import evaluate
from hw2check.formula.functions import FUNCTIONS
from hw2check.formula.graph import make_graph
from hw2check.formula.notation import Vocabulary, parse
from hw2check.problem.reader import read_problem
from hw2check.reading.source import read_source
from hw2check.truth.forward import forward, given_values
from tests.oracles.scalar import random_problem
from tests.support import finding, judged, verdicts

NAMES = Vocabulary(lambda spelt: None if spelt == "pi" else spelt)


def precisely(formula: str, **given: Any) -> list[Any] | None:
    graph = make_graph({"result": parse(formula, NAMES)})
    values = {name: np.asarray(array, dtype=np.float64) for name, array in given.items()}
    found = precise_values(graph.nodes, values)
    return None if found is None else found["result"].reshape(-1).tolist()


@pytest.mark.parametrize(
    ("formula", "given", "expected"),
    [
        ("(a + b) - a", {"a": 1e16, "b": 1.3}, Fraction(13, 10)),
        ("0.1*x - 0.3", {"x": 3}, Fraction(0)),
        ("1/3*x", {"x": 3}, Fraction(1)),
        ("x^10 - x*x^9", {"x": 1.1}, Fraction(0)),
        ("(2/3)^-2", {}, Fraction(9, 4)),
        ("sqrt(x)", {"x": 2.25}, Fraction(3, 2)),
        ("sqrt(x)^2 - x", {"x": 2}, Fraction(0)),
        ("log(exp(x)) - x", {"x": 700}, Fraction(0)),
        ("exp(x)/exp(x + 1)*exp(1)", {"x": 5000}, Fraction(1)),
        ("step(0.1*x - 0.3)", {"x": 3}, Fraction(1, 2)),
        ("0.1*x > 0.3", {"x": 3}, Fraction(0)),
        ("max([0.3, 0.1*x]) - 0.3", {"x": 3}, Fraction(0)),
        ("mean([1, 2, 4])", {}, Fraction(7, 3)),
        ("cos(pi/2 - pi/2)", {}, Fraction(1)),
    ],
)
def test_what_float64_loses_is_kept(formula: str, given: dict[str, float], expected: Fraction) -> None:
    (found,) = precisely(formula, **given) or [None]
    assert found is not None
    assert abs(found - expected) <= Fraction(1, 10**50)


@pytest.mark.parametrize("argument", ["0.3", "7.25", "250", "0.000123"])
def test_exp_log_and_sqrt_to_fifty_digits(argument: str) -> None:
    with localcontext() as context:
        context.prec = 70
        x = Decimal(argument)
        for formula, expected in (("exp(x)", x.exp()), ("log(x)", x.ln()), ("sqrt(x)", x.sqrt())):
            (found,) = precisely(formula, x=float(argument)) or [None]
            assert found is not None
            assert abs(found - Fraction(expected)) <= abs(found) / 10**50


@pytest.mark.parametrize("name", [name for name, function in FUNCTIONS.items() if not function.square])
def test_every_function_agrees_with_float64(name: str) -> None:
    function = FUNCTIONS[name]
    points = (0.25, 1.5, 3.75) if name in {"log", "sqrt"} else (-3.75, -0.25, 0.25, 1.5)
    graph = make_graph({"y": parse(f"{name}(x)" if function.least == 1 else f"{name}(x, 0.125)", NAMES)})
    array = np.array(points)
    found = precise_values(graph.nodes, {"x": array})
    assert found is not None
    further = [0] if function.along else [float(default) for default in function.defaults]
    expected = function.value(array, *(further if function.least == 1 else [np.array(0.125)]))
    assert np.allclose(found["y"].astype(float), expected, rtol=1e-14, atol=0)


ARRAYS = {"W": [[1.5, -2, 0.25], [3, 0.1, -0.7]], "x": [0.3, -1.1, 2], "b": [0.5, 4]}


@pytest.mark.parametrize(
    "formula",
    [
        "W @ x + b",
        "W.T @ b",
        "W * x",
        "W[0] * W[:, 0:3]",
        "W[1, 2] * ones(2, 2)",
        "zeros(3) + x",
        "concat(x, b)",
        "reshape(W, 3, 2) @ b",
        "outer(b, x) / 3",
        "place(b, W[:, 1])",
        "sum(W, axis=0, keepdims=True)",
        "mean(W, axis=1, keepdims=True) * W",
        "max(W, axis=1, keepdims=True) - W",
        "min(W, axis=0)",
        "softmax(W, axis=1)",
        "[x[0]/3, 1] + b",
    ],
)
def test_arrays_agree_with_float64(formula: str) -> None:
    expression = parse(formula, NAMES)
    values = {name: np.asarray(array) for name, array in ARRAYS.items()}
    found = precise_values(make_graph({"y": expression}).nodes, values)
    assert found is not None
    expected = evaluate(expression, values)
    assert found["y"].shape == expected.shape
    assert all(isinstance(entry, Fraction) for entry in found["y"].reshape(-1))
    assert np.allclose(found["y"].astype(float), expected, rtol=1e-14, atol=0)


@pytest.mark.parametrize("seed", range(40))
def test_random_graphs_agree_with_float64(seed: int, tmp_path: Path) -> None:
    file = tmp_path / "problem.toml"
    file.write_text(random_problem(Random(seed), 6).text([]), encoding="utf-8")
    problem = read_problem(read_source(str(file)))
    values = forward(problem)
    found = precise_values(problem.graph.nodes, given_values(problem))
    assert found is not None
    for node in problem.graph.nodes:
        exact = found[node.name].reshape(-1)[0]
        assert exact is not None
        assert float(exact) == pytest.approx(float(values[node.name]), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("formula", "given"),
    [
        ("1/x", {"x": 0}),
        ("1/(1/x)", {"x": 0}),
        ("log(x)", {"x": -1}),
        ("sqrt(x)", {"x": -1}),
        ("x^0.5", {"x": -2}),
    ],
)
def test_what_is_undefined_has_no_value(formula: str, given: dict[str, float]) -> None:
    assert precisely(formula, **given) == [None]


@pytest.mark.parametrize("formula", ["exp(exp(exp(x)))", "x^x^x^x", "relu(exp(log(x)) - x)", "sin(exp(x))"])
def test_what_would_take_too_long_is_left(formula: str) -> None:
    assert precisely(formula, x=99.9) is None


def test_exact_fractions_do_not_grow_without_end() -> None:
    nodes = {f"y{i + 1}": parse(f"y{i}*y{i}/2 + 1/3", NAMES) for i in range(40)}
    found = precise_values(make_graph(nodes).nodes, {"y0": np.asarray(0.3)})
    assert found is not None
    (last,) = found["y40"].reshape(-1)
    value = 0.3
    for _ in range(40):
        value = value * value / 2 + 1 / 3
    assert float(last) == pytest.approx(value, rel=1e-9)


# The value written, the digits float64 gives away, and what a marker with enough digits says.
VERDICTS = [
    ("(a + b) - a", "a = 1e16\nb = 1.3", "7.0", "wrong"),
    ("(a + b) - a", "a = 1e16\nb = 1.3", "2", "wrong"),
    ("(a + b) - a", "a = 1e16\nb = 1.3", "1.3", "correct"),
    ("0.1*x - 0.3", "x = 3", "0", "correct"),
    ("0.1*x - 0.3", "x = 3", "1e-17", "wrong"),
    ("0.1*x - 0.3 > 0", "x = 3", "3.0", "wrong"),
    ("0.1*x - 0.3 > 0", "x = 3", "0", "correct"),
    ("exp(a)/(exp(a) + exp(b))", "a = 700\nb = 710", "4.54e-5", "correct"),
    ("exp(a)/(exp(a) + exp(b))", "a = 700\nb = 710", "0.5", "wrong"),
    ("exp(a)/(exp(a) + exp(b))", "a = 700\nb = 710", "0.000", "coarse"),
    ("exp(a)/(exp(a) + exp(b))", "a = 705\nb = 710", "0.00669", "correct"),
    ("exp(-800)*exp(a)", "a = 700", "3.72e-44", "correct"),
    ("exp(-800)*exp(a)", "a = 700", "0.5", "wrong"),
    ("1/(1/x)", "x = 0", "0", "undecided"),
    ("log(exp(x)) - x", "x = 700", "0", "correct"),
    ("x - 1/3", 'x = "1/3"', "0", "correct"),
    ("x^2 - 2", 'x = "sqrt(2)"', "0", "correct"),
    ("exp(exp(exp(x)))", "x = 9", "1", "undecided"),
]


@pytest.mark.parametrize(("formula", "given", "written", "verdict"), VERDICTS)
def test_verdict_where_float64_gives_digits_away(
    formula: str, given: str, written: str, verdict: str, tmp_path: Path
) -> None:
    problem = f'[given]\n{given}\n[nodes]\ny = "{formula}"\n[expected]\ny = {written}\n'
    assert verdicts(judged(tmp_path, problem)) == {"y": verdict}


def test_the_value_shown_is_the_one_judged_by(tmp_path: Path) -> None:
    problem = '[given]\na = 1e16\nb = 1.3\n[nodes]\ny = "(a + b) - a"\n[expected]\ny = 7.0\n'
    (row,) = [row for row in judged(tmp_path, problem).rows if row.name == "y"]
    assert float(row.value) == 1.3


def test_a_saturated_slope_has_its_own_size(tmp_path: Path) -> None:
    problem = '[given]\nx = 40\n[nodes]\ny = "sigmoid(x)"\n[expected]\n"dy/dx" = {}\n'
    for written, verdict in (("4.248e-18", "correct"), ("-9.9e-17", "wrong"), ("0.0", "coarse")):
        assert verdicts(judged(tmp_path, problem.format(written))) == {"dy/dx": verdict}


NEARLY = """loss = "L"
learning_rate = 0.1
parameters = ["w"]
[given]
w = 0.1
x = 3
b = -0.3
[nodes]
z = "w*x + b"
h = "7.7*relu(z)"
L = "h*2"
[expected]
"""


@pytest.mark.parametrize(
    ("name", "written", "verdict"),
    [
        ("dL/dz", "0", "correct"),  # the convention: relu'(0) = 0
        ("dL/dz", "15.4", "undecided"),  # the slope on the other side
        ("dL/dz", "7.7", "undecided"),  # between both
        ("dL/dz", "-7.7", "wrong"),  # beyond both
        ("dL/dz", "77", "wrong"),
        ("w_new", "0.1", "correct"),
        ("w_new", "-4.52", "undecided"),
        ("w_new", "2.34", "wrong"),
        ("dh/dz", '"7.7*(z > 0)"', "correct"),
        ("dh/dz", '"7.6*(z >= 0)"', "wrong"),
    ],
)
def test_a_kink_that_rounding_hides(name: str, written: str, verdict: str, tmp_path: Path) -> None:
    assert verdicts(judged(tmp_path, f'{NEARLY}"{name}" = {written}\n')) == {name: verdict}


@pytest.mark.parametrize(("written", "verdict"), [("0.5", "correct"), ("1", "undecided"), ("0", "undecided")])
def test_a_step_at_0_goes_by_the_book(written: str, verdict: str, tmp_path: Path) -> None:
    problem = f'[given]\nx = 0\n[nodes]\ny = "step(x)"\nz = "2*y"\n[expected]\ny = {written}\n'
    found = judged(tmp_path, problem)
    assert verdicts(found) == {"y": verdict}
    if verdict == "undecided":
        assert "step function is taken at 0" in finding(found, "y").reason


# Formulas whose difference float64 cannot see, or that overflow at the points tried.
FORMULAS = [
    ("x + 1e12", "1e12 + 2*x", "wrong"),
    ("x + 1e12", "1e12 + x", "correct"),
    ("x + 1e16", "1e16 + 2*x", "wrong"),
    ("x + 1e16", "x - (-1e16)", "correct"),
    ("x^2 + 1e-10", "x^2", "wrong"),
    ("x^2 + 1e-10", "1e-10 + x*x", "correct"),
    ("(x + 1e16) - 1e16", "x", "correct"),
    ("(x + 1e16) - 1e16", "2*x", "wrong"),
    ("exp(a)/(exp(a) + exp(b))", "1/(1 + exp(b - a))", "correct"),
    ("exp(a)/(exp(a) + exp(b))", "1/(1 + exp(a - b))", "wrong"),
]


@pytest.mark.parametrize(("formula", "written", "verdict"), FORMULAS)
def test_a_formula_that_float64_cannot_tell(formula: str, written: str, verdict: str, tmp_path: Path) -> None:
    problem = f'[given]\nx = 0.4\na = 705\nb = 710\n[nodes]\ny = "{formula}"\n[expected]\ny = "{written}"\n'
    assert verdicts(judged(tmp_path, problem)) == {"y": verdict}


def test_what_follows_from_an_undefined_value_is_undecided(tmp_path: Path) -> None:
    problem = '[given]\nx = 0\n[nodes]\ny = "1/(1/x)"\nz = "y + 1"\n[expected]\ny = 0\nz = 1\n'
    assert verdicts(judged(tmp_path, problem)) == {"y": "undecided", "z": "undecided"}


def test_a_long_graph_of_lost_digits_is_settled_soon_or_left(tmp_path: Path) -> None:
    nodes = "".join(f'y{i + 1} = "(y{i} + 1e16) - 1e16 + 0.1"\n' for i in range(3000))
    answers = "".join(f"y{i} = {0.3 + i / 10:.1f}\n" for i in range(1, 3001))
    report = judged(tmp_path, f"[given]\ny0 = 0.3\n[nodes]\n{nodes}[expected]\n{answers}")
    assert set(verdicts(report).values()) <= {"correct", "undecided"}
    assert verdicts(report)["y100"] == "correct"


def test_long_values_are_rounded_before_they_are_worked_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty nodes that each square the one before have values of a million bits: none is converted whole."""
    converted: list[int] = []

    def counted(value: Any) -> Any:
        if isinstance(value, int):
            converted.append(value.bit_length())
        return mpf(value)

    monkeypatch.setattr("hw2check.calculus.exact.mpf", counted)
    nodes = "\n".join(f'z{i} = "z{i - 1}*z{i - 1} + z{i - 1}"' for i in range(1, 21))
    problem = f'loss = "z20"\n[given]\nz0 = 1\n[nodes]\n{nodes}\n[expected]\n"dz20/dz0" = 1\n'
    assert verdicts(judged(tmp_path, problem)) == {"dz20/dz0": "undecided"}
    assert 0 < max(converted) < 3 * MAX_BITS
