"""Written formulas and their verdicts: what is equal however it is written, and what only looks so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import HOMEWORK, finding, judged, verdicts

S = "(exp(x5)+exp(x6)+exp(x7))"

RIGHT = [
    ("dx5/dx1", "sigmoid(x1)*(1-sigmoid(x1))"),
    ("dx5/dx1", "x5*(1-x5)"),
    ("dx5/dx1", "x5 - x5^2"),
    ("dx5/dx1", "exp(-x1)/(1+exp(-x1))^2"),
    ("dx5/dx1", "exp(x1)/(1+exp(x1))^2"),
    ("dx5/dx1", "1/(2 + exp(x1) + exp(-x1))"),
    ("dx5/dx1", "sigmoid'(x1)"),
    ("dx5/dx1", "sigmoid(x1)*sigmoid(-x1)"),
    ("dx5/dx1", "(1 - tanh(x1/2)^2)/4"),
    ("dx6/dx2", "a + c*x3"),
    ("dx6/dx2", "c*x_3 + a"),
    ("dx6/dx2", "a + c × x_{3}"),
    ("dx6/dx2", "(a^2 - (c*x3)^2)/(a - c*x3)"),
    ("dx6/dx2", "a + 2*x3"),
    ("dx6/dx2", "3 + c*x3"),
    ("dx6/dx3", "b + c*x2"),
    ("dx6/dx3", "b+2*c"),
    ("dx6/dc", "x2*x3"),
    ("dx7/dx4", "2*x4"),
    ("dx7/dx4", "x4+x4"),
    ("dx7/dx4", "4*x4/2"),
    ("dx7/dd", "1"),
    ("dx5/dx2", "0"),
    ("dx7/dx1", "0*x1"),
    ("dx8/dx7", f"-exp(x6+x7)/{S}^2"),
    ("dx8/dx7", f"-exp(x6)*exp(x7)/{S}^2"),
    ("dx8/dx7", f"-x8*exp(x7)/{S}"),
    ("dx8/dx7", "-x8^2*exp(x7-x6)"),
    ("dx8/dx6", "x8*(1-x8)"),
    ("dx8/dx6", "x8 - x8*x8"),
    ("dx8/dx6", f"exp(x6)/{S} - exp(2*x6)/{S}^2"),
    ("dx8/dx6", f"exp(x6)*(exp(x5)+exp(x7))/{S}**2"),
    ("dx8/dx6", f"(exp(x6)*{S} - exp(x6)^2)*{S}^(-2)"),
    ("dx8/dx5", f"-e^(x5+x6)/{S}^2"),
    ("dLoss/dx7", "dLoss/dx8 * dx8/dx7"),
    ("dLoss/dx7", "∂Loss/∂x_8 * ∂x_8/∂x_7"),
    ("dLoss/dx7", f"-3*exp(x6+x7)/{S}^2"),
    ("dLoss/dx7", f"-dLoss/dx8*exp(x6+x7)/{S}^2"),
    ("dLoss/dx6", "3*x8*(1-x8)"),
    ("dLoss/dx4", "dLoss/dx7*2*x4"),
    ("dLoss/dx4", "dLoss/dx8*dx8/dx7*dx7/dx4"),
    ("dLoss/dx4", "4*dLoss/dx7"),
    ("dLoss/dx3", "dLoss/dx6*dx6/dx3"),
    ("dLoss/dx3", "dLoss/dx6*(b+c*x2)"),
    ("dLoss/dx2", "dLoss/dx8*dx8/dx6*(a+2*x3)"),
    ("dLoss/dx2", "dLoss/dx8*(dx8/dx5*dx5/dx2 + dx8/dx6*dx6/dx2 + dx8/dx7*dx7/dx2)"),
    ("dLoss/dx1", "dLoss/dx5*x5*(1-x5)"),
    ("dLoss/dx1", f"-3*exp(sigmoid(x1)+x6)/{S}^2 * exp(-x1)/(1+exp(-x1))^2"),
    ("dLoss/da", "dLoss/dx6*x2"),
    ("dLoss/db", "dLoss/dx6*x3"),
    ("dLoss/dd", "dLoss/dx7"),
    ("a_new", "a - learning_rate*dLoss/da"),
    ("a_new", "a - eta*dLoss/da"),
    ("a_new", "a - 0.1*dLoss/da"),
    ("d_new", "d - dLoss/dd/10"),
    ("x8", f"exp(x6)/{S}"),
    ("x8", "1/(1 + exp(x5-x6) + exp(x7-x6))"),
    ("x6", "a*x2 + x3*(b + c*x2)"),
    ("x5", "1/(1+e^-x1)"),
]

WRONG = [
    ("dx5/dx1", "x5/2"),  # equal at the given point alone: x5 is 1/2 there
    ("dx5/dx1", "sigmoid(x1)^2"),
    ("dx5/dx1", "x5"),
    ("dx5/dx1", "1/4*exp(x1)"),
    ("dx5/dx1", "-exp(-x1)/(1+exp(-x1))^2"),
    ("dx5/dx1", "exp(-x1)/(1+exp(-x1))"),
    ("dx6/dx2", "a + b*x3"),
    ("dx6/dx2", "a - c*x3"),
    ("dx6/dx2", "a*x2 + c*x3"),
    ("dx6/dx2", "c*x3"),
    ("dx6/dx3", "2*b"),  # 8 at the given point
    ("dx6/dx3", "b*c"),
    ("dx6/dx3", "b + c^2"),  # c and x2 are both 2
    ("dx6/dx3", "b + d*x2"),  # c and d are both 2
    ("dx7/dx4", "d*x4"),
    ("dx7/dx4", "x4^2"),
    ("dx7/dx4", "2*d"),
    ("dx7/dd", "d/2"),
    ("dx7/dd", "d"),
    ("dx8/dx7", f"exp(x6+x7)/{S}^2"),
    ("dx8/dx7", f"-exp(x6+x7)/{S}"),
    ("dx8/dx7", f"-(exp(x6)+exp(x7))/{S}^2"),
    ("dx8/dx7", f"-exp(x5+x7)/{S}^2"),
    ("dx8/dx6", "x8*(1+x8)"),
    ("dx8/dx6", f"exp(x6)/{S} - exp(x6)/{S}^2"),
    ("dLoss/dx7", "dLoss/dx8 * dx8/dx6"),
    ("dLoss/dx7", "dx8/dx7"),
    ("dLoss/dx4", "dLoss/dx7*x4"),
    ("dLoss/dx4", "dLoss/dx7*d*2"),
    ("dLoss/dx1", "dLoss/dx5*x5"),
    ("dLoss/dx1", "dLoss/dx5/4*exp(x1)"),
    ("dLoss/da", "dLoss/dx6*x3"),
    ("dLoss/da", "dLoss/dx6*c"),  # c and x2 are both 2
    ("dLoss/dd", "dLoss/dx8"),
    ("a_new", "a + 0.1*dLoss/da"),
    ("a_new", "a - dLoss/da"),
    ("b_new", "b - 0.1*dLoss/da"),
    ("d_new", "2 - 0.2*dLoss/dd"),
    ("x7", "x4^2 + c"),
    ("x7", "x4^2 + x4"),
    ("x6", "a*x2 + b*x3 + c*x2"),
]

UNREADABLE = [
    ("dx6/dx2", "a + c*x9"),
    ("dx6/dx2", "a + + "),
    ("dx6/dx2", "a + (c*x3"),
    ("dx6/dx2", "a + 2x3"),
    ("dx6/dx2", "__import__('os')"),
    ("dx6/dx2", "lambda: 1"),
    ("x5", "sgmoid(x1)"),
]


def verdict(folder: Path, name: str, formula: str) -> tuple[str, str]:
    found = finding(judged(folder, HOMEWORK + f'[expected]\n"{name}" = {{ formula = "{formula}" }}\n'), name)
    return found.verdict, found.reason


@pytest.mark.parametrize(("name", "formula"), RIGHT)
def test_right_in_any_writing(tmp_path: Path, name: str, formula: str) -> None:
    found, reason = verdict(tmp_path, name, formula)
    assert found == "correct", reason


@pytest.mark.parametrize(("name", "formula"), WRONG)
def test_wrong_however_plausible(tmp_path: Path, name: str, formula: str) -> None:
    assert verdict(tmp_path, name, formula)[0] == "wrong"


@pytest.mark.parametrize(("name", "formula"), UNREADABLE)
def test_unreadable_with_a_reason(tmp_path: Path, name: str, formula: str) -> None:
    found, reason = verdict(tmp_path, name, formula)
    assert found == "unreadable" and reason


@pytest.mark.parametrize(
    ("name", "formula", "expected"),
    [
        ("dx5/dx1", "x5", ("wrong", "at the given values it gives 0.5, not 0.25")),
        ("dx6/dx2", "a + 2*x3", ("correct", "with given values put in")),
        (
            "dx6/dx2",
            "a - c",  # x3 is -1
            ("undecided", "right for the given values, but it cannot be told whether they are meant"),
        ),
        ("dx6/dx2", "1", ("undecided", "this is its value at the given numbers, not its formula")),
        ("dx6/dx2", "a + c*x9", ("unreadable", "'x9' is not defined; did you mean x8?")),
        ("x5", "sgmoid(x1)", ("unreadable", "there is no function 'sgmoid'; did you mean sigmoid?")),
        (
            "dx6/dx2",
            "a + 2x3",
            ("unreadable", "an operator is missing before 'x3'; write 2*x3 for a product"),
        ),
    ],
)
def test_reasons(tmp_path: Path, name: str, formula: str, expected: tuple[str, str]) -> None:
    assert verdict(tmp_path, name, formula) == expected


PATHS = """loss = "y"
[given]
a = 2
x = 3
[nodes]
u = "a*x"
v = "u^2 + x"
y = "v*u + x"
[expected]
"""


@pytest.mark.parametrize(
    ("name", "answer", "expected"),
    [
        ("dy/dx", '"v*a + u*(2*u*a + 1) + 1"', "correct"),
        ("dy/dx", '"1"', "wrong"),  # the local partial; the derivative of the loss is the total one
        ("dv/dx", '"1"', "correct"),  # local
        ("dv/dx", '"2*u*a + 1"', "wrong"),  # total, but v's formula names x
        ("dv/da", '"2*u*x"', "correct"),  # v does not name a: the total derivative
        ("dv/da", "36", "correct"),
        ("dy/du", '"v + 2*u*u"', "correct"),
    ],
)
def test_local_and_total_derivatives(tmp_path: Path, name: str, answer: str, expected: str) -> None:
    found = finding(judged(tmp_path, PATHS + f'"{name}" = {answer}\n'), name)
    assert found.verdict == expected
    if expected == "wrong":
        asked = "total derivative" if name.startswith("dy") else "local partial"
        assert found.reason.endswith(f"but the {asked} is asked")


# --- dx/dt, where dx and dt are quantities of their own

STEPS = '[given]\ndx = 2\ndt = 4\nt = 3\n[nodes]\nx = "t^2"\ny = "dx/dt + x"\n[expected]\n'


@pytest.mark.parametrize(
    ("quantity", "written", "verdict"),
    [
        ("y", "dx/dt + t^2", "unreadable"),
        ("y", "(dx)/(dt) + t^2", "correct"),
        ("y", "dx / (dt) + t^2", "correct"),
        ("y", "∂x/∂t + t^2", "wrong"),
        ("dx/dt", "2*t", "correct"),
        ("dx/dt", "∂x/∂t", "unreadable"),  # explained by itself
        ("dx/dt", "(dx)/(dt)", "wrong"),
        ("dy/dt", "∂x/∂t", "correct"),
        ("dy/ddt", "-dx/dt^2", "unreadable"),
        ("dy/ddt", "-(dx)/dt^2", "correct"),
    ],
)
def test_a_quotient_that_looks_like_a_derivative(
    tmp_path: Path, quantity: str, written: str, verdict: str
) -> None:
    report = judged(tmp_path, f'{STEPS}"{quantity}" = "{written}"\n')
    assert verdicts(report) == {quantity: verdict}
    if "dx/dt" in written:
        assert finding(report, quantity).reason == (
            "dx/dt may be the derivative or dx divided by dt; write ∂x/∂t or (dx)/(dt)"
        )


PLAIN = '[given]\ndx = 2\ndt = 4\nk = 3\n[nodes]\nw = "k^2"\ny = "dx/dt + w"\n[expected]\n'


def test_a_quotient_that_can_be_no_derivative(tmp_path: Path) -> None:
    assert verdicts(judged(tmp_path, f'{PLAIN}y = "dx/dt + k^2"\n')) == {"y": "correct"}


@pytest.mark.parametrize(
    ("written", "verdict"),
    [("dx/dt^2/4 + 1", "correct"), ("dx/dt + 1", "wrong"), ("dLoss/dt", "undecided"), ("dy/dt + x", "wrong")],
)
def test_a_value_explained_by_derivatives_alone(tmp_path: Path, written: str, verdict: str) -> None:
    text = f'[given]\nt = 3\n[nodes]\nx = "t^2"\ny = "x + 1"\nz = "y"\n[expected]\ny = "{written}"\nz = 10\n'
    assert verdicts(judged(tmp_path, text)) == {"y": verdict, "z": "correct"}


OWN_FUNCTIONS = """loss = "L"
[given]
x = 2
w = 0.5
[functions]
"g(t)" = "t^3 + sigmoid(t)"
"k(s, t)" = "s*t"
[nodes]
z = "w*x"
h = "g(z)"
L = "k(h, h)"
[expected]
"""


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        ("g'(z)", "correct"),
        ("3*z^2 + g'(z) - 3*z*z", "correct"),
        ("g(z)", "wrong"),
        ("g'(w)", "wrong"),
        ("k'(z, z)", "unreadable"),
    ],
)
def test_a_prime_is_the_derivative_of_ones_own_function(formula: str, verdict: str, tmp_path: Path) -> None:
    report = judged(tmp_path, f'{OWN_FUNCTIONS}"dh/dz" = "{formula}"\n')
    assert verdicts(report) == {"dh/dz": verdict}
