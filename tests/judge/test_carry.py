"""Errors carried forward, rounded intermediates, the three-way check, points, the self-check, --show."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from hw2check.check.file import Settings, check_file
from hw2check.errors import HW2CheckError
from hw2check.report.json import answers as render_json
from tests.support import FIXTURES, HOMEWORK, NETWORK, finding, judged, verdicts


def test_the_homework_as_handed_in() -> None:
    report = check_file(str(FIXTURES / "backprop.toml"))
    found = verdicts(report)
    assert found.pop("dLoss/dd") == "wrong"
    assert found.pop("d_new") == "carried"
    assert set(found.values()) == {"correct"} and len(found) == 27
    assert finding(report, "d_new").carried_from == ("dLoss/dd",)
    assert finding(report, "dLoss/dd").hints == ()  # one digit: too many mistakes give it


def test_matrices_are_carried_entry_by_entry(tmp_path: Path) -> None:
    report = judged(
        tmp_path,
        NETWORK
        + """[expected]
Z1 = [[11, 5], [18, 10], [-3, 2], [1, -4]]
A1 = [[11, 5], [18, 10], [0, 2], [1, 0]]
Z_out = [[1, 0], [3, -7]]
A_out = [[1, 0], [3, 0]]
""",
    )
    assert verdicts(report) == {"Z1": "wrong", "A1": "carried", "Z_out": "carried", "A_out": "carried"}
    assert finding(report, "Z1").entry_verdicts == ("correct",) * 5 + ("wrong",) + ("correct",) * 2
    assert finding(report, "A1").entry_verdicts == ("correct",) * 5 + ("carried",) + ("correct",) * 2
    assert finding(report, "A_out").carried_from == ("Z1",)


def test_a_new_slip_beside_a_carried_entry_is_wrong(tmp_path: Path) -> None:
    report = judged(
        tmp_path,
        NETWORK
        + "[expected]\nZ1 = [[11, 5], [18, 10], [-3, 2], [1, -4]]\n"
        + "A1 = [[11, 5], [18, 10], [0, 2], [1, 4]]\n",
    )
    assert verdicts(report) == {"Z1": "wrong", "A1": "wrong"}
    assert finding(report, "A1").entry_verdicts[-1] == "wrong"


def test_a_wrong_partial_formula_is_carried_into_the_gradient(tmp_path: Path) -> None:
    report = judged(
        tmp_path,
        HOMEWORK
        + '[expected]\n"dx5/dx1" = "sigmoid(x1)"\n'
        + '"dLoss/dx1" = "dLoss/dx8 * (-exp(x5+x6)/(exp(x5)+exp(x6)+exp(x7))^2) * sigmoid(x1)"\n',
    )
    assert verdicts(report) == {"dx5/dx1": "wrong", "dLoss/dx1": "carried"}
    assert finding(report, "dLoss/dx1").carried_from == ("dx5/dx1",)


def test_a_wrong_constant_formula_earns_no_carried_credit(tmp_path: Path) -> None:
    report = judged(
        tmp_path,
        HOMEWORK + '[expected]\n"dx6/dx2" = { formula = "0*1" }\n"dLoss/dx2" = { formula = "0*dLoss/dx6" }\n',
    )
    assert verdicts(report) == {"dx6/dx2": "wrong", "dLoss/dx2": "wrong"}


@pytest.mark.parametrize(
    ("gradient", "updated", "verdict"),
    [
        ("-0.001", "4.0001", "correct"),  # 4 - 0.1*(-0.001)
        ("-0.00100", "4.000100", "correct"),  # by its own rounded gradient; by the truth 4.000100162
        ("-0.0010", "4.00010", "correct"),
        ("-0.001", "4.0002", "wrong"),  # another learning rate: the digits shown do not excuse it
        ("-0.002", "4.0002", "carried"),
    ],
)
def test_updates_from_rounded_gradients(tmp_path: Path, gradient: str, updated: str, verdict: str) -> None:
    report = judged(tmp_path, HOMEWORK + f'[expected]\n"dLoss/db" = {gradient}\nb_new = {updated}\n')
    assert verdicts(report)["b_new"] == verdict


CHAIN = """learning_rate = 0.5
parameters = ["w"]
loss = "y"
[given]
w = 0.37
x = 2.9
[nodes]
z = "w*x"
h = "1000*z"
y = "h^2"
"""


def test_a_value_from_rounded_intermediates_is_correct_with_a_note(tmp_path: Path) -> None:
    report = judged(tmp_path, CHAIN + "[expected]\nz = 1.1\nh = 1100\ny = 1210000\n")
    assert verdicts(report) == {"z": "correct", "h": "correct", "y": "correct"}
    assert finding(report, "h").reason == "follows from the rounded z"
    assert finding(report, "y").reason == "follows from the rounded h"


def test_without_the_intermediate_the_same_value_is_wrong(tmp_path: Path) -> None:
    assert verdicts(judged(tmp_path, CHAIN + "[expected]\nh = 1100\n")) == {"h": "wrong"}


GRADIENT = '"dLoss/dd" = { formula = "-dLoss/dx8*exp(x6+x7)/(exp(x5)+exp(x6)+exp(x7))^2", '


@pytest.mark.parametrize(
    ("answer", "verdict", "reason", "codes"),
    [
        (GRADIENT + "value = -0.001 }", "correct", "", []),
        (
            GRADIENT + 'substitution = "-3*(exp(-2)+exp(6))/(exp(-2)+exp(1/2)+exp(6))^2", value = -0.007 }',
            "wrong",
            "formula correct, substitution wrong, arithmetic correct",
            ["exp-of-sum"],
        ),
        (
            GRADIENT + 'substitution = "-3*exp(-2+6)/(exp(-2)+exp(1/2)+exp(6))^2", value = -0.01 }',
            "wrong",
            "formula correct, substitution correct, arithmetic wrong",
            ["power-of-ten"],
        ),
        (GRADIENT + "value = 0.000998 }", "wrong", "formula correct, arithmetic wrong", ["sign"]),
    ],
)
def test_three_way_check(tmp_path: Path, answer: str, verdict: str, reason: str, codes: list[str]) -> None:
    found = finding(judged(tmp_path, HOMEWORK + f"[expected]\n{answer}\n"), "dLoss/dd")
    assert (found.verdict, found.reason) == (verdict, reason)
    assert [hint.code for hint in found.hints] == codes


def test_points_and_shares(tmp_path: Path) -> None:
    answers = "[expected]\nx5 = 3\nx6 = -2\n[points]\nx5 = 2\nx6 = 3\nx7 = 1\n"
    report = judged(tmp_path, HOMEWORK.partition("[points]")[0] + answers)
    assert verdicts(report) == {"x5": "wrong", "x6": "correct", "x7": "missing"}
    assert report.points == (Fraction(3), Fraction(6))


def test_marking_says_what_carried_and_entries_earn(tmp_path: Path) -> None:
    head = NETWORK.partition("[points]")[0]
    wrong = (
        "[expected]\nZ1 = [[11, 5], [18, 10], [-3, 2], [1, -4]]\nA1 = [[11, 5], [18, 10], [0, 2], [1, 0]]\n"
    )
    marking = "[points]\nZ1 = 4\nA1 = 4\n[marking]\ncarried = 0.25\n"
    assert judged(tmp_path, head + wrong + marking).points == (Fraction(1), Fraction(8))
    assert judged(tmp_path, head + wrong + marking + "per_entry = true\n").points == (
        Fraction(7, 2) + 4 * (Fraction(7, 8) + Fraction(1, 32)),
        Fraction(8),
    )


def test_a_submission_is_judged_and_the_key_checked(tmp_path: Path) -> None:
    problem = HOMEWORK.partition("[points]")[0] + '[expected]\nx5 = "1/2"\nx6 = -2\n'
    report = judged(tmp_path, problem, "[answers]\nx5 = 0.5\nx7 = 5\n")
    assert verdicts(report) == {"x5": "correct", "x7": "wrong", "x6": "missing"}
    with pytest.raises(HW2CheckError, match="the answer key of the problem is not right: x6"):
        judged(tmp_path, problem.replace("x6 = -2", "x6 = -3"), "[answers]\nx5 = 0.5\n")


KINK = """loss = "y"
{declared}[given]
w = 0
x = 3
[nodes]
y = "relu(w*x)"
[expected]
"dy/dw" = {answer}
"""


@pytest.mark.parametrize(
    ("declared", "answer", "verdict"),
    [
        ("", "0", "correct"),  # as PyTorch has it
        ("", "3", "undecided"),  # right with relu'(0) = 1
        ("relu_derivative_at_0 = 0\n", "3", "wrong"),
        ("relu_derivative_at_0 = 1\n", "3", "correct"),
        ("relu_derivative_at_0 = 0.5\n", "1.5", "correct"),
        ("relu_derivative_at_0 = 0.5\n", "3", "wrong"),
    ],
)
def test_at_a_kink_another_slope_is_undecided(
    tmp_path: Path, declared: str, answer: str, verdict: str
) -> None:
    report = judged(tmp_path, KINK.format(declared=declared, answer=answer))
    assert verdicts(report) == {"dy/dw": verdict}
    if verdict == "undecided":
        assert "y has a kink here (slope 0 on one side, 3 on the other)" in finding(report, "dy/dw").reason


def test_self_check_prints_three_numbers_that_agree(tmp_path: Path) -> None:
    report = judged(
        tmp_path, HOMEWORK + '[expected]\n"dLoss/da" = 0.002\n', settings=Settings(self_check=True)
    )
    rows = {row.name: row for row in report.self_check}
    assert set(rows) == {f"dLoss/d{name}" for name in ("a", "b", "c", "d", "x1", "x2", "x3", "x4")}
    for row in rows.values():
        assert row.agree
        assert row.reverse == pytest.approx(row.symbolic, rel=1e-12)
        assert row.differences == pytest.approx(row.symbolic, rel=1e-6)


def test_what_a_student_may_see(tmp_path: Path) -> None:
    expected = "[expected]\nx5 = 0.5\nx6 = 2\n"
    for show, hints, computed in (("none", 0, None), ("hint", 1, None), ("computed", 1, -2.0)):
        report = judged(tmp_path, HOMEWORK + expected, settings=Settings(show=show))
        quantity = next(
            q for q in json.loads(render_json([report]))["files"][0]["quantities"] if q["name"] == "x6"
        )
        assert len(quantity["answer"]["hints"]) == hints
        assert quantity["computed"] == computed
        assert (quantity["formula"] is None) == (show != "computed")


def test_a_very_long_answer_is_unreadable_at_once(tmp_path: Path) -> None:
    long = " + ".join(f"{i}.5*x1" for i in range(4000))
    found = finding(judged(tmp_path, HOMEWORK + f'[expected]\nx5 = "{long}"\n'), "x5")
    assert (found.verdict, found.reason) == ("unreadable", "the formula has more than 3,000 parts")


def test_a_long_wrong_answer_is_judged_soon(tmp_path: Path) -> None:
    long = " + ".join(f"{i}.5*x1" for i in range(700))
    found = finding(judged(tmp_path, HOMEWORK + f'[expected]\nx5 = "{long}"\n'), "x5")
    assert (found.verdict, found.hints) == ("wrong", ())


# --- values of functions, and the writer's own formula, as the way to a derivative

SQUASHED = """loss = "L"
parameters = ["w"]
learning_rate = 0.1
[functions]
"f(z)" = "1/(1 + exp(-z))"
[given]
w = 0.25
x = 2
t = 1
[nodes]
z = "w*x"
y = "{}"
L = "(y - t)^2"
[expected]
"""
BY_VALUE = [
    # function, y, its derivative as the writer computes it from this y
    ("sigmoid(z)", "0.62", "0.2356"),
    ("f(z)", "0.62", "0.2356"),
    ("1 - f(-z)", "0.62", "0.2356"),
    ("tanh(z)", "0.46", "0.7884"),
    ("exp(z)/3", "0.55", "0.55"),
    ("exp(3*z)", "4.5", "13.5"),
    ("sqrt(z)", "0.71", "0.7042254"),
    ("1/(z + 1)", "0.67", "-0.4489"),
]


@pytest.mark.parametrize(("function", "value", "slope"), BY_VALUE)
def test_a_derivative_from_the_rounded_value(tmp_path: Path, function: str, value: str, slope: str) -> None:
    problem = SQUASHED.format(function)
    chain = 2 * (float(value) - 1) * float(slope) * 2
    answers = f'y = {value}\n"dy/dz" = {slope}\n"dL/dw" = {chain:.4f}\n'
    assert set(verdicts(judged(tmp_path, problem + answers)).values()) == {"correct"}
    direct = f'y = {value}\n"dL/dw" = {chain:.4f}\n'
    assert set(verdicts(judged(tmp_path, problem + direct)).values()) == {"correct"}
    off = f'y = {value}\n"dy/dz" = {1.1 * float(slope):.4f}\n'
    assert verdicts(judged(tmp_path, problem + off)) == {"y": "correct", "dy/dz": "wrong"}


def test_a_derivative_from_a_wrong_value(tmp_path: Path) -> None:
    problem = SQUASHED.format("sigmoid(z)")
    found = verdicts(judged(tmp_path, problem + 'y = 0.65\n"dy/dz" = 0.2275\n"dL/dw" = -0.3185\n'))
    assert found == {"y": "wrong", "dy/dz": "carried", "dL/dw": "carried"}
    assert verdicts(judged(tmp_path, problem + 'y = 0.65\n"dL/dw" = -0.3385\n'))["dL/dw"] == "wrong"
    # any y that is printed as 0.65, with the slope by this y or by z
    assert verdicts(judged(tmp_path, problem + 'y = 0.65\n"dL/dw" = -0.3285\n'))["dL/dw"] == "carried"


GROWN = """loss = "L"
parameters = ["w"]
learning_rate = 0.1
[given]
w = 2
x = 3
y = 1
[nodes]
p = "exp(w)/x"
L = "(p - y)^2"
[expected]
"""  # p = 2.463, dL/dw = 7.20688
OWN_FORMULA = [
    # p, dL/dw as formula, as numbers, as value, verdict
    ("2.46", "2*(p - y)*p", "2.92*2.46", "7.18", "correct"),
    ("2.5", "2*(p - y)*p", "3*2.5", "7.5", "correct"),
    ("2.46", "2*(p - y)*p", "2.92*2.46", "7.28", "wrong"),
    ("2.64", "2*(p - y)*p", "3.28*2.64", "8.66", "carried"),
    ("2.64", "2*(p - y)*p", "3.28*2.64", "8.76", "wrong"),
    ("2.64", "2*(p - y)*p", "3.38*2.64", "8.92", "wrong"),
    ("2.64", "2*(p + y)*p", "3.28*2.64", "8.66", "wrong"),
    ("2.64", "2*(p - y)*p", "3.28*2.64", "7.21", "wrong"),  # not what these numbers give
    ("2.64", "2*(p - y)*p", "2*1.463*2.463", "8.66", "wrong"),
]


@pytest.mark.parametrize(("p", "formula", "numbers", "value", "verdict"), OWN_FORMULA)
def test_numbers_put_into_ones_own_formula(
    tmp_path: Path, p: str, formula: str, numbers: str, value: str, verdict: str
) -> None:
    answer = f'{{ formula = "{formula}", substitution = "{numbers}", value = {value} }}'
    report = judged(tmp_path, f'{GROWN}p = {p}\n"dL/dw" = {answer}\n')
    assert finding(report, "dL/dw").verdict == verdict


@pytest.mark.parametrize(
    ("numbers", "value"), [("(6 - 1)^2", "16"), ("(5 - 1)^2", "25"), ("(5 - 1)^2", "15")]
)
def test_what_the_numbers_put_in_do_not_give_is_not_carried(tmp_path: Path, numbers: str, value: str) -> None:
    problem = '[given]\nw = 2\n[nodes]\np = "3*w"\nL = "(p - 1)^2"\n[expected]\np = 5\n'
    answer = f'{{ formula = "(p - 1)^2", substitution = "{numbers}", value = {value} }}'
    assert verdicts(judged(tmp_path, f"{problem}L = {answer}\n")) == {"p": "wrong", "L": "wrong"}
    right = 'L = { formula = "(p - 1)^2", substitution = "(5 - 1)^2", value = 16 }\n'
    assert verdicts(judged(tmp_path, problem + right)) == {"p": "wrong", "L": "carried"}


def test_a_value_of_another_size_beside_a_formula(tmp_path: Path) -> None:
    problem = '[given]\nw = 2\n[nodes]\np = "3*w"\nL = "(p - 1)^2"\n[expected]\n'
    answers = 'p = { formula = "2*w", value = [4, 4] }\nL = 9\n'
    assert verdicts(judged(tmp_path, problem + answers)) == {"p": "wrong", "L": "carried"}


FEW_DIGITS = [
    # y, dL/dw, verdict: of y = 0.0451 the right gradient is 0.00451, of 0.05 it is 0.005, of 0.06 0.006
    ("0.05", "0.01", "coarse"),
    ("0.05", "0.00", "coarse"),
    ("0.05", "0.02", "wrong"),
    ("0.05", "0.005", "correct"),
    ("0.06", "0.02", "wrong"),
    ("0.06", "0.006", "carried"),
]


@pytest.mark.parametrize(("value", "slope", "verdict"), FEW_DIGITS)
def test_too_few_digits_of_what_follows_from_rounded_values(
    tmp_path: Path, value: str, slope: str, verdict: str
) -> None:
    text = (
        'loss = "L"\n[given]\nw = 0.451\nx = 0.1\n[nodes]\ny = "w*x"\nL = "y^2/2"\n'
        f'[expected]\ny = {value}\n"dL/dw" = {slope}\n'
    )
    assert verdicts(judged(tmp_path, text))["dL/dw"] == verdict


def test_too_few_digits_in_a_matrix_that_follows_from_rounded_ones(tmp_path: Path) -> None:
    text = (
        'loss = "L"\n[given]\nx = [[0.0849, 0.19]]\nu = [[0.8, -0.6], [0.8, -0.1]]\n'
        '[nodes]\ny = "x*0.1"\nz = "y @ u.T"\nL = "sum(z)"\n[expected]\ny = [[0.01, 0.02]]\n'
    )
    for written, verdict in {"[[0.00, 0.01]]": "coarse", "[[0.01, 0.01]]": "wrong"}.items():
        assert verdicts(judged(tmp_path, f"{text}z = {written}\n"))["z"] == verdict


@pytest.mark.parametrize(
    "between",
    [
        '"dLoss/dx6" = "dLoss/dx8 * dx8/dx6"',
        '"dx8/dx6" = "x8*(1 - x8)"',
        '"dx8/dx6" = "x8*(1 - x8)"\n"dLoss/dx6" = "dLoss/dx8 * dx8/dx6"\n"dx6/da" = "x2"',
        "",
    ],
)
@pytest.mark.parametrize(("gradient", "verdict"), [("3.671478e-5", "carried"), ("3.681478e-5", "wrong")])
def test_a_right_formula_has_the_value_that_follows_from_wrong_numbers(
    tmp_path: Path, between: str, gradient: str, verdict: str
) -> None:
    """dLoss/da from x6 = -6: 3*exp(-6)*(exp(0.5) + exp(6))/(exp(0.5) + exp(-6) + exp(6))^2 * 2."""
    report = judged(tmp_path, f'{HOMEWORK}[expected]\nx6 = -6\n{between}\n"dLoss/da" = {gradient}\n')
    assert verdicts(report)["dLoss/da"] == verdict
    assert finding(report, "dLoss/da").carried_from == (("x6",) if verdict == "carried" else ())


ALL_DIGITS = """\
learning_rate = 0.2
parameters = ["a"]
[given]
a = 0.48
x1 = 3
[nodes]
y1 = "exp(-(x1*a))"
y2 = "y1*cosh(x1)"
y3 = "exp(y2)/(exp(y2) + exp(y1))"
y4 = "sigmoid(y3)*tanh(y2)"
y5 = "(y4 - y2)^2/2"
y6 = "1/(1 + exp(-(y5*y1 + y2)))"
y7 = "1/(1 + exp(-(y6*y3 + y5)))"
y8 = "silu(y7*y5)"
y9 = "sigmoid(2*y8 + 2*y1 + y3)"
[upstream]
y9 = 1.26
[expected]
"y1" = 0.237
"y2" = 2.39
"y3" = 0.896
"y4" = 0.698
"y5" = 1.42
"y6" = 0.938
"y7" = 0.906
"y8" = 1.01
"y9" = 0.967
"dy1/dx1" = -0.114
"dy1/da" = -0.711
"dy2/dy1" = 10.1
"dy2/dx1" = 2.37
"dy3/dy2" = 0.0936
"dy3/dy1" = -0.0936
"dy4/dy3" = 0.202
"dy4/dy2" = 0.0237
"dy5/dy4" = -2.19
"dy5/dy2" = 1.69
"dy6/dy5" = 0.0137
"dy6/dy1" = 0.0823
"dy6/dy2" = 0.0579
"dy7/dy6" = 0.0764
"dy7/dy3" = 0.0800
"dy7/dy5" = 0.0853
"dy8/dy7" = 1.43
"dy8/dy5" = 0.908
"dy9/dy8" = 0.0630
"dy9/dy1" = 0.0630
"dy9/dy3" = 0.0315
"dLoss/dy8" = 0.0794
"dLoss/dy7" = 0.113
"dLoss/dy6" = 0.00866
"dLoss/dy5" = 0.0819
"dLoss/dy4" = -0.180
"dLoss/dy3" = 0.0124
"dLoss/dy2" = 0.136
"dLoss/dy1" = 1.44
"dLoss/da" = -1.03
"dLoss/dx1" = 0.158
"""


def test_a_student_who_keeps_all_digits_of_a_wrong_value_goes_on_from_any_of_them(tmp_path: Path) -> None:
    """dy5/dy4 is wrong; all later values follow from it with its digits that are not written."""
    report = judged(tmp_path, ALL_DIGITS)
    found = verdicts(report)
    assert found["dy5/dy4"] == "wrong"
    assert {found[f"dLoss/dy{n}"] for n in (1, 2, 3, 4)} == {"carried"}
    assert finding(report, "dLoss/dy1").carried_from == ("dy5/dy4",)
    again = judged(tmp_path, ALL_DIGITS.replace('"dLoss/dy1" = 1.44', '"dLoss/dy1" = 1.41'))
    assert verdicts(again)["dLoss/dy1"] == "wrong"
