"""What a student may well write and a marker by sampling may well misjudge, on five graphs."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from hw2check.check.assess import assess
from hw2check.check.memory import Memory
from hw2check.formula.notation import NotationError, parse
from hw2check.problem.answers import Answer, Marking, vocabulary
from hw2check.problem.reader import read_problem
from hw2check.reading.source import read_source
from hw2check.truth.derived import Truth
from tests.support import HOMEWORK

ALL = "(exp(x5) + exp(x6) + exp(x7))"
NUMBERS = "(exp(0.5) + exp(-2) + exp(6))"

# A quantity used twice, along a short and a long path.
TWO_PATHS = """loss = "L"
[given]
x = 3
w = 0.5
[nodes]
z = "x^2"
y = "x*z + w"
L = "y^2"
"""

# One unit with cross entropy, a weight shared by two inputs, a hidden relu.
UNIT = """loss = "E"
learning_rate = 0.5
parameters = ["w", "b"]
[given]
w = 0.7
b = -0.2
p = 1.5
q = -0.5
t = 1
[nodes]
h = "relu(w*p + b)"
z = "w*q + h"
s = "sigmoid(z)"
E = "-(t*log(s) + (1 - t)*log(1 - s))"
"""

# Two outputs with a gradient from above each.
TWO_OUTPUTS = """[given]
u = 0.4
v = -1.2
[nodes]
m = "tanh(u*v)"
y1 = "m^2 + u"
y2 = "exp(m)/v"
[upstream]
y1 = 2
y2 = -1.5
"""

PROBLEMS = {"homework": HOMEWORK, "two paths": TWO_PATHS, "unit": UNIT, "two outputs": TWO_OUTPUTS}

VERDICTS = [
    ("homework", "x5", "1 - sigmoid(-x1)", "correct"),
    ("homework", "x5", "(1 + tanh(x1/2))/2", "correct"),
    ("homework", "x5", "σ(x_1)", "correct"),
    ("homework", "x5", "1/(1 + exp(x1))", "wrong"),  # agrees at x1 = 0
    ("homework", "x5", "x1 + 1/2", "wrong"),
    ("homework", "dx5/dx1", "1/(4*cosh(x1/2)^2)", "correct"),
    ("homework", "dx5/dx1", "x5^2*exp(-x1)", "correct"),
    ("homework", "dx5/dx1", "(1 - x5)^2", "wrong"),
    ("homework", "dx5/dx1", "x5*(1 + x5)/3", "wrong"),
    ("homework", "dx5/dx1", "x1*(1 - x1)", "wrong"),
    ("homework", "dx6/dx2", "(x6 - b*x3)/x2", "correct"),
    ("homework", "dx6/dx3", "b + c*x4", "wrong"),  # x2 and x4 are both 2
    ("homework", "dx6/dc", "x3*x4", "wrong"),
    ("homework", "dx7/dx4", "2*(x7 - d)/x4", "correct"),
    ("homework", "dx7/dx4", "x4 + 2", "wrong"),
    ("homework", "dx7/dx4", "2*abs(x4)", "wrong"),
    ("homework", "dx7/dx4", "2*sqrt(x7 - d)", "undecided"),  # right for positive x4 alone
    ("homework", "dx7/dd", "d/d", "correct"),
    ("homework", "dx8/dx7", "-x8*(1 - x8 - exp(x5)/" + ALL + ")", "correct"),
    ("homework", "dx8/dx6", "exp(x6)/" + ALL + " - exp(x6^2)/" + ALL + "^2", "wrong"),
    ("homework", "dx8/dx5", "-exp(x5*x6)/" + ALL + "^2", "wrong"),
    ("homework", "dx8/dx1", "dx8/dx5*dx5/dx1", "correct"),
    ("homework", "dx8/da", "x8*(1 - x8)*x2", "correct"),
    ("homework", "dLoss/dx8", "3", "correct"),
    ("homework", "dLoss/dx7", "-dLoss/dx5 - dLoss/dx6", "correct"),
    ("homework", "dLoss/dx7", "-dLoss/dx6", "wrong"),
    ("homework", "dLoss/dx7", "-3*(exp(-2) + exp(6))/" + NUMBERS + "^2", "wrong"),
    ("homework", "dLoss/dx7", "-3*exp(-2 + 6)/" + NUMBERS + "^2", "correct"),
    ("homework", "dLoss/dx4", "dLoss/dx7*x4*c", "wrong"),
    ("homework", "dLoss/dx4", "3*dx8/dx7*(x7 - d)", "undecided"),  # x4^2 for 2*x4, beside an unrelated number
    ("homework", "dLoss/dx3", "dLoss/dx6*(4 + 2*2)", "correct"),
    ("homework", "dLoss/dx3", "dLoss/dx6*(4 + 2*3)", "wrong"),
    ("homework", "dLoss/dx2", "3 * dx8/dx2", "correct"),
    ("homework", "dLoss/dx2", "dL/dx8 * dx8/dx6 * (a + c*x3)", "correct"),
    ("homework", "dLoss/dx2", "dLoss/dx6*(3 + 2*(-1))", "correct"),
    ("homework", "dLoss/dx2", "dLoss/dx6*(3 + 2*x3)", "correct"),
    ("homework", "dLoss/dx2", "dLoss/dx8*dx8/dx6*dx6/dx3", "wrong"),
    ("homework", "dLoss/dx2", "dLoss/dx8*dx8/dx7*dx7/dx2", "wrong"),
    ("homework", "dLoss/dx1", "dLoss/dx5*0.5*(1 - 0.5)", "correct"),
    ("homework", "dLoss/dx1", "dLoss/dx5*(x5 - 0.25)", "wrong"),
    ("homework", "dLoss/dx1", "0", "wrong"),
    ("homework", "dLoss/db", "dLoss/dx6*(-1)", "correct"),
    ("homework", "dLoss/db", "dLoss/da*x3/x2", "correct"),
    ("homework", "dLoss/dc", "x3*dLoss/da", "correct"),
    ("homework", "dLoss/dc", "dLoss/dx6*(x2 + x3)", "wrong"),
    ("homework", "a_new", "3 - learning_rate*dLoss/da", "correct"),
    ("homework", "a_new", "a*(1 - 0.1*dLoss/da)", "wrong"),
    ("homework", "d_new", "d + 0.1*3*exp(x6 + x7)/" + ALL + "^2", "correct"),
    ("two paths", "dL/dx", "6*x^2*y", "correct"),
    ("two paths", "dL/dx", "2*y*(z + 2*x*x)", "correct"),
    ("two paths", "dL/dx", "dL/dy*z + dL/dz*2*x", "correct"),
    ("two paths", "dL/dx", "dL/dy*z + dL/dz*dz/dx", "correct"),
    ("two paths", "dL/dx", "dL/dy*(dy/dx + dy/dz*dz/dx)", "correct"),
    ("two paths", "dL/dx", "6*x^2*(x^3 + 0.5)", "correct"),
    ("two paths", "dL/dx", "dL/dy*z", "wrong"),  # one path alone
    ("two paths", "dL/dx", "dL/dz*dz/dx", "wrong"),
    ("two paths", "dL/dx", "2*y*3*x", "wrong"),
    ("two paths", "dL/dx", "54*y", "undecided"),  # x = 3 put in
    ("two paths", "dL/dx", "6*x^2*y*w/0.5", "wrong"),  # names every given
    ("two paths", "dL/dx", "6*x^5 + w", "wrong"),
    ("two paths", "dL/dx", "6*x^5 + w*x", "wrong"),
    ("two paths", "dL/dz", "2*y*x", "correct"),
    ("two paths", "dL/dw", "dL/dy", "correct"),
    ("two paths", "dL/dL", "1", "correct"),
    ("two paths", "dy/dx", "z", "correct"),
    ("two paths", "dy/dx", "x^2", "correct"),
    ("two paths", "dy/dx", "3*x^2", "wrong"),
    ("unit", "dE/dz", "s - t", "correct"),
    ("unit", "dE/dz", "s - 1", "correct"),  # t = 1 put in
    ("unit", "dE/dz", "-(1 - s)", "correct"),
    ("unit", "dE/dz", "t - s", "wrong"),
    ("unit", "dE/ds", "(s - t)/(s*(1 - s))", "correct"),
    ("unit", "dE/ds", "-t/s + (1 - t)/(1 - s)", "correct"),
    ("unit", "dE/ds", "-1/s", "correct"),
    ("unit", "dE/ds", "-t/s", "wrong"),  # the other half is 0 at t = 1 alone, and t is left to vary
    ("unit", "dE/dw", "(s - t)*(q + p*(h > 0))", "correct"),
    ("unit", "dE/dw", "(s - t)*(q + p*relu'(w*p + b))", "correct"),
    ("unit", "dE/dw", "(s - t)*(q + p*step(w*p + b))", "correct"),
    ("unit", "dE/dw", "(s - t)*(q + p)", "wrong"),  # the relu is open at the given values alone
    ("unit", "dE/dw", "(s - t)*q", "wrong"),
    ("unit", "dE/dw", "(s - t)*p*(h > 0)", "wrong"),
    ("unit", "dE/db", "dE/dh*(w*p + b > 0)", "correct"),
    ("unit", "dE/db", "dE/dh*h", "wrong"),
    ("unit", "w_new", "w - 0.5*dE/dw", "correct"),
    ("unit", "w_new", "w - dE/dw/2", "correct"),
    ("unit", "w_new", "w - 0.25*dE/dw", "wrong"),
    ("unit", "dE/dt", "log(1 - s) - log(s)", "correct"),
    ("unit", "dE/dt", "-z", "correct"),
    ("unit", "dE/dt", "z", "wrong"),
    ("two outputs", "dLoss/dm", "2*2*m - 1.5*exp(m)/v", "correct"),
    ("two outputs", "dLoss/dm", "dLoss/dy1*dy1/dm + dLoss/dy2*dy2/dm", "correct"),
    ("two outputs", "dLoss/dm", "4*m - 1.5*y2", "correct"),
    ("two outputs", "dLoss/dm", "dLoss/dy1*dy1/dm", "wrong"),
    ("two outputs", "dLoss/dm", "4*m + 1.5*y2", "wrong"),
    ("two outputs", "dLoss/du", "dLoss/dm*(1 - m^2)*v + dLoss/dy1", "correct"),
    ("two outputs", "dLoss/du", "dLoss/dm*(1 - m^2)*v + 2", "correct"),
    ("two outputs", "dLoss/du", "dLoss/dm*v/cosh(u*v)^2 + 2", "correct"),
    ("two outputs", "dLoss/du", "dLoss/dm*(1 - m^2)*v", "wrong"),
    ("two outputs", "dLoss/du", "dLoss/dm*(1 - m)*v + 2", "wrong"),
    ("two outputs", "dLoss/dv", "dLoss/dm*(1 - m^2)*u + 1.5*exp(m)/v^2", "correct"),
    ("two outputs", "dLoss/dv", "dLoss/dm*(1 - m^2)*u + 1.5*y2/v", "correct"),
    ("two outputs", "dLoss/dv", "dLoss/dm*(1 - m^2)*u - 1.5*y2/v", "wrong"),
]

UNREADABLE = [
    ("dLoss/dx6", "3*x9", "'x9' is not defined"),
    ("dLoss/dx6", "dLoss/dx8*dx9/dx6", "'dx9' is not defined"),
    ("dLoss/dx6", "3*x8*(1 - x8", "this ( is never closed"),
    ("dLoss/dx6", "3x8*(1 - x8)", "an operator is missing before 'x8'"),
    ("dLoss/dx6", "x8(1 - x8)*3", "x8 is a quantity, not a function"),
    ("dLoss/dx6", "softmx(x6)", "there is no function 'softmx'"),
    ("dLoss/dx6", "", "the formula is empty"),
    ("dLoss/dx1", "dLoss/dx5*x5'", '"x5\'" is not defined'),
    ("dLoss/dx1", "x5 = 1/2", "'=' is not expected here"),
]


@cache
def truth_of(text: str) -> Truth:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "problem.toml"
        file.write_text(text, encoding="utf-8")
        return Truth(read_problem(read_source(str(file))), with_gradients=True)


def judged(text: str, name: str, formula: str) -> tuple[str, str]:
    """Verdict and reason for one written formula."""
    truth = truth_of(text)
    problem = truth.problem
    resolved = problem.resolve(name)
    assert resolved is not None
    key = truth.key(resolved)
    assert key is not None
    try:
        written = parse(formula, vocabulary(problem))
    except NotationError as error:
        return "unreadable", str(error)
    answer = Answer(resolved, problem.source, (), formula, written, formula)
    found = assess(truth, {key: answer}, Marking(), Memory())[key]
    return found.verdict, found.judgement.reason


@pytest.mark.parametrize(("problem", "name", "formula", "verdict"), VERDICTS)
def test_verdict(problem: str, name: str, formula: str, verdict: str) -> None:
    found, reason = judged(PROBLEMS[problem], name, formula)
    assert found == verdict
    assert found == "correct" or reason


@pytest.mark.parametrize(("name", "formula", "reason"), UNREADABLE)
def test_unreadable_is_not_wrong(name: str, formula: str, reason: str) -> None:
    assert judged(HOMEWORK, name, formula) == ("unreadable", reason)


@pytest.mark.parametrize("name", ["dLoss/dd", "dLoss/dx1", "dx5/dx1", "x5", "a_new"])
@pytest.mark.parametrize("form", ["{0}", "3*{0}/3", "{0} + 0", "-(-{0})"])
def test_a_quantity_in_terms_of_itself_says_nothing(name: str, form: str) -> None:
    assert judged(HOMEWORK, name, form.format(f"({name})"))[0] in {"wrong", "undecided", "unreadable"}


@pytest.mark.parametrize(
    ("name", "value"), [("dLoss/da", "0.002003"), ("dLoss/dd", "-0.0009975"), ("dLoss/dd", "-0.000997546")]
)
def test_a_value_is_no_formula_whatever_its_sign(name: str, value: str) -> None:
    reason = "this is its value at the given numbers, not its formula"
    assert judged(HOMEWORK, name, value) == ("undecided", reason)


@pytest.mark.parametrize(
    ("name", "formula"),
    [("a_new", "3 - 0.1*0.0021"), ("dLoss/dx1", "dLoss/dx5*x5*(1 - x5)*1.0000001")],
)
def test_a_difference_that_is_named_can_be_seen(name: str, formula: str) -> None:
    """Never "it gives 2.9998, not 2.9998"."""
    verdict, reason = judged(HOMEWORK, name, formula)
    given, _, right = reason.partition(" it gives ")[2].partition(", not ")
    assert verdict == "wrong"
    assert given != right


@pytest.mark.parametrize(("name", "formula"), [("dx6/dx2", "a - c"), ("dLoss/db", "-dLoss/dx6")])
def test_a_sign_may_be_a_given_value_put_in(name: str, formula: str) -> None:
    """x3 is -1, so the minus sign can be its value: never wrong."""
    assert judged(HOMEWORK, name, formula)[0] in {"correct", "undecided"}


DEAD = """loss = "y"
[given]
w = 2
x = 3
b = -100
[nodes]
z = "w*x + b"
y = "relu(z)"
"""


@pytest.mark.parametrize(
    ("formula", "verdicts"),
    [
        ("x*(z > 0)", {"correct"}),
        ("x*relu'(z)", {"correct"}),
        ("w*(z > 0)", {"wrong", "undecided"}),  # both are 0 wherever x or b keeps its value
        ("b*relu'(z)", {"wrong", "undecided"}),
        ("x", {"wrong"}),
        ("0", {"undecided", "wrong"}),
    ],
)
def test_a_dead_relu_proves_nothing(formula: str, verdicts: set[str]) -> None:
    assert judged(DEAD, "dy/dw", formula)[0] in verdicts


SATURATED = """loss = "y"
[given]
w = {w}
x = 20
[nodes]
z = "w*x"
s = "sigmoid(z)"
y = "s^2"
"""


@pytest.mark.parametrize("w", ["0.9", "9", "-9", "30"])
@pytest.mark.parametrize(
    "formula",
    [
        "2*s*s*(1 - s)*x",
        "2*s^2*x*sigmoid(-z)",  # exact where 1 - s has lost all its digits
        "2*s^2*x*s*exp(-z)",
        "2*s^2*x*exp(-z)/(1 + exp(-z))",
    ],
)
def test_saturation_makes_nothing_wrong(w: str, formula: str) -> None:
    assert judged(SATURATED.format(w=w), "dy/dw", formula)[0] != "wrong"


@pytest.mark.parametrize("formula", ["2*s*s*(1 - s)*w", "2*s*(1 - s)*x", "s*s*(1 - s)*x"])
def test_saturation_makes_nothing_right(formula: str) -> None:
    assert judged(SATURATED.format(w="9"), "dy/dw", formula)[0] in {"wrong", "undecided"}


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [("n*x^(n - 1)", "correct"), ("n*y/x", "correct"), ("2*x", "correct"), ("n*x", "wrong"), ("x", "wrong")],
)
def test_a_power_of_a_negative_number(formula: str, verdict: str) -> None:
    problem = 'loss = "y"\n[given]\nn = 2\nx = -3\n[nodes]\ny = "x^n"\n'
    assert judged(problem, "dy/dx", formula)[0] == verdict


@pytest.mark.parametrize(
    ("name", "formula", "verdict"),
    [
        ("dy/db", "2*u*a", "correct"),
        ("dy/db", "u*a", "wrong"),
        ("dy/du", "2*u", "correct"),
        ("dy/du", "u", "wrong"),
    ],
)
def test_a_stationary_point_is_no_kink(name: str, formula: str, verdict: str) -> None:
    problem = 'loss = "y"\n[given]\na = 0\nb = 0\n[nodes]\nu = "a*b"\ny = "u^2"\n'
    assert judged(problem, name, formula)[0] == verdict


ONE_GIVEN = 'loss = "L"\n[given]\nx = 3\n[nodes]\nz = "x^2"\ny = "x*z"\nL = "y^2"\n'


def test_a_wrong_formula_that_names_every_given_is_judged() -> None:
    """No given is left that could have been put in."""
    assert judged(ONE_GIVEN, "dL/dx", "5*x^5")[0] == "wrong"


def test_a_total_derivative_for_a_local_one_is_told_so() -> None:
    assert judged(ONE_GIVEN, "dy/dx", "3*x^2") == (
        "wrong",
        "right as the total derivative, but the local partial is asked",
    )


def test_a_chain_of_total_derivatives_is_not_wrong() -> None:
    """dy/dx within a formula may be meant as the total one, and then dL/dx = dL/dy * dy/dx holds.

    Meant as the local one it misses a path, so it is not right either.
    """
    reason = "right if dy/dx is meant as the total derivative, not as the local partial"
    assert judged(TWO_PATHS, "dL/dx", "dL/dy*dy/dx") == ("undecided", reason)


@pytest.mark.parametrize(
    ("formula", "verdicts"),
    [("3*x^2", {"correct"}), ("3*x²", {"correct", "unreadable"}), ("3*x2", {"wrong"})],
)
def test_a_raised_two_is_no_subscript(formula: str, verdicts: set[str]) -> None:
    problem = 'loss = "y"\n[given]\nx = 1.5\nx2 = 5\n[nodes]\ny = "x^3 + x2"\n'
    assert judged(problem, "dy/dx", formula)[0] in verdicts


def test_nothing_defined_nothing_decided() -> None:
    problem = 'loss = "y"\n[given]\nx = 1\n[nodes]\ny = "log(x - 5)^2 + sqrt(-x)"\n'
    assert judged(problem, "dy/dx", "7*x")[0] == "undecided"


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [("x*y/5", "correct"), ("x/5*exp(x^2/10)", "correct"), ("2*x*y/10", "correct"), ("x*y", "wrong")],
)
def test_large_values(formula: str, verdict: str) -> None:
    problem = 'loss = "y"\n[given]\nx = 50\n[nodes]\ny = "exp(x^2/10)"\n'
    assert judged(problem, "dy/dx", formula)[0] == verdict


def test_constants_on_both_sides() -> None:
    problem = '[given]\nx = 2\n[nodes]\ny = "x + 2*x"\nE = "y + 2*y"\n[upstream]\nE = 0.8\n'
    assert judged(problem, "dLoss/dy", "dE/dy")[0] == "wrong"
    assert judged(problem, "dLoss/dy", "3*dLoss/dE")[0] == "correct"
