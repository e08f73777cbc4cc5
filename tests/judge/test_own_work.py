"""What is written with rounded numbers put in, rests on itself, or follows from an empty answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from hw2check.check.file import check_file
from tests.support import FIXTURES, HOMEWORK, NETWORK, finding, judged, verdicts

CHAIN = """loss = "L"
learning_rate = 0.1
parameters = ["a", "b"]
[given]
a = 4
b = 2
x = 3
[nodes]
h = "a*x/7"
g = "h/b"
L = "sqrt(g)"
[expected]
"""


@pytest.mark.parametrize(
    ("name", "written", "verdict"),
    [
        ("h", "(1.714)", "correct"),
        ("h", "+ 1.71", "correct"),
        ("h", "(1.715)", "close"),
        ("h", "-(1.714)", "wrong"),
        ("h", "17.14*10^-1", "correct"),
        ("h", "17.15 * 10^(-1)", "close"),
        ("h", "17.41*10^-1", "wrong"),
        ("h", "1.2*10^1/7", "correct"),  # worked out: exactly 12/7
        ("g", "1.714/2", "correct"),  # the rounded h
        ("g", "1.7/2", "correct"),
        ("g", "1.741/2", "wrong"),
        ("L", "sqrt(0.857)", "correct"),
        ("L", "sqrt(0.875)", "wrong"),
        ("L", "sqrt(1.714/2)", "correct"),
        ("L", "2.5980/2.8062", "correct"),  # numbers of no quantity, as good as their digits
        ("L", "2.5980/2.8602", "wrong"),
        ("dL/dg", "1/(2*0.926)", "correct"),
        ("a_new", "4 - 0.1*0.116", "correct"),  # dL/da = 0.11573...
        ("a_new", "4 - 0.1*0.1157", "correct"),
        ("a_new", "4 - 0.1*0.12", "correct"),
        ("a_new", "4 - 0.2*0.116", "wrong"),
        ("a_new", "4 + 0.1*0.116", "wrong"),
        ("a_new", "4 - 0.1*0.161", "wrong"),
        ("b_new", "2 - 0.1*(-0.231)", "correct"),
        ("b_new", "2 - 0.1*0.231", "wrong"),
    ],
)
def test_numbers_put_in(name: str, written: str, verdict: str, tmp_path: Path) -> None:
    assert verdicts(judged(tmp_path, f'{CHAIN}"{name}" = "{written}"\n')) == {name: verdict}


def test_a_rounded_number_put_in_is_named(tmp_path: Path) -> None:
    found = finding(judged(tmp_path, HOMEWORK + '[expected]\nb_new = "4 - 0.1*(-0.001)"\n'), "b_new")
    assert (found.verdict, found.reason) == ("correct", "follows from the rounded dLoss/db")


@pytest.mark.parametrize("written", ["4 - 0.2*(-0.001)", "4 - 0.1*(-0.002)", "4 - 0.1*0.001"])
def test_digits_excuse_no_wrong_number(written: str, tmp_path: Path) -> None:
    assert verdicts(judged(tmp_path, f'{HOMEWORK}[expected]\nb_new = "{written}"\n')) == {"b_new": "wrong"}


@pytest.mark.parametrize(
    ("written", "verdict"),
    [
        ("[0.333, 0.667]", "correct"),
        ("[0.333, 0.666]", "close"),
        ("[1/3, 0.667]", "correct"),
        ("[0.333, 0.676]", "wrong"),
    ],
)
def test_a_matrix_in_quotes_shows_its_digits(written: str, verdict: str, tmp_path: Path) -> None:
    problem = f'[given]\nx = [1, 2]\n[nodes]\ny = "x/3"\n[expected]\ny = "{written}"\n'
    assert verdicts(judged(tmp_path, problem)) == {"y": verdict}


def test_a_closed_formula_may_have_rounded_numbers(tmp_path: Path) -> None:
    for written, verdict in (("4 - 0.1*(-0.001)", "correct"), ("4 - 0.1*(-0.01)", "wrong")):
        text = f'{HOMEWORK}[expected]\nb_new = {{ formula = "{written}", value = 4.0001 }}\n'
        assert verdicts(judged(tmp_path, text)) == {"b_new": verdict}


def test_a_substitution_may_have_rounded_numbers(tmp_path: Path) -> None:
    answer = '{{ formula = "b - learning_rate*dLoss/db", substitution = "{}", value = 4.0001 }}'
    for written, verdict in (("4 - 0.1*(-0.001)", "correct"), ("4 - 0.1*(-0.01)", "wrong")):
        text = f"{HOMEWORK}[expected]\nb_new = {answer.format(written)}\n"
        assert verdicts(judged(tmp_path, text)) == {"b_new": verdict}


def test_a_substitution_may_have_the_writers_own_wrong_numbers(tmp_path: Path) -> None:
    answer = 'd_new = {{ formula = "d - learning_rate*dLoss/dd", substitution = "{}", value = {} }}'
    for written, value, verdict in (
        ("2 - 0.1*(-0.007)", "2.0007", "carried"),
        ("2 - 0.1*(-0.008)", "2.0008", "wrong"),
        ("2 - 0.1*(-0.007)", "2.0070", "wrong"),
        ("2 + 0.1*(-0.007)", "1.9993", "wrong"),
    ):
        text = f'{HOMEWORK}[expected]\n"dLoss/dd" = -0.007\n{answer.format(written, value)}\n'
        assert verdicts(judged(tmp_path, text)) == {"dLoss/dd": "wrong", "d_new": verdict}


def test_a_document_shows_in_which_step_the_mistake_is(tmp_path: Path) -> None:
    document = (FIXTURES / "homework.md").read_text("utf-8")
    written = r"\frac{e^{-2 + 6}}{(e^{1/2} + e^{-2} + e^6)^2} \approx -0.00099755"
    slipped = r"\frac{e^{-2} + e^6}{(e^{1/2} + e^{-2} + e^6)^2} \approx -0.00737339"
    assert document.count(written) == 1
    file = tmp_path / "homework.md"
    file.write_text(document.replace(written, slipped), encoding="utf-8")
    report = check_file(str(FIXTURES / "backprop-key.toml"), str(file))
    wrong = finding(report, "dLoss/dd")
    assert (wrong.verdict, [hint.code for hint in wrong.hints]) == ("wrong", ["exp-of-sum"])
    assert wrong.reason == "formula correct, substitution wrong, arithmetic correct"


CIRCLES = [
    ({"dL/dg": "dL/dh*b"}, {"dL/dg": "undecided"}),
    ({"dL/da": "(a - a_new)/learning_rate"}, {"dL/da": "undecided"}),
    ({"dL/dh": "dL/da*7/x", "dL/da": "dL/dh*x/7"}, {"dL/dh": "undecided", "dL/da": "undecided"}),
    ({"dL/dg": "dL/dh*b", "dL/dh": "1/(2*L*b)"}, {"dL/dg": "correct", "dL/dh": "correct"}),
    ({"g": "L^2", "L": "sqrt(g)"}, {"g": "undecided", "L": "undecided"}),
    (
        {"a_new": "a - learning_rate*dL/da", "dL/da": "(a - a_new)/learning_rate"},
        {"a_new": "undecided", "dL/da": "undecided"},
    ),
    (
        {"dL/dg": "dL/dh*b", "dL/dh": "dL/da*7/x", "dL/da": "dL/dg*x/(7*b)"},
        dict.fromkeys(("dL/dg", "dL/dh", "dL/da"), "undecided"),
    ),
    ({"dL/da": "-dL/db*b/a", "dL/db": "-dL/da*a/b"}, {"dL/da": "undecided", "dL/db": "undecided"}),
    ({"dL/da": "-dL/db*b/a", "dL/db": "-dL/dg*h/b^2"}, {"dL/da": "correct", "dL/db": "correct"}),
    ({"dL/da": "-2*dL/db*b/a", "dL/db": "-dL/da*a/b"}, {"dL/da": "wrong", "dL/db": "undecided"}),
    ({"dL/dh": "dL/dh", "dL/da": "dL/dh*x/7"}, {"dL/dh": "unreadable", "dL/da": "correct"}),
    (
        {"dL/da": "-dL/db*b/a", "dL/db": "-dL/da*a/b", "a_new": "a - learning_rate*dL/da"},
        {"dL/da": "undecided", "dL/db": "undecided", "a_new": "correct"},
    ),
    ({"a_new": "a - learning_rate*dL/da", "dL/da": "dL/dh*x/7"}, {"a_new": "correct", "dL/da": "correct"}),
]


@pytest.mark.parametrize(("answers", "expected"), CIRCLES)
def test_what_rests_on_itself_is_not_shown(
    answers: dict[str, str], expected: dict[str, str], tmp_path: Path
) -> None:
    lines = "".join(f'"{name}" = "{formula}"\n' for name, formula in answers.items())
    report = judged(tmp_path, CHAIN + lines)
    assert verdicts(report) == expected
    assert all(f.reason for f in report.findings if f.verdict == "undecided")


@pytest.mark.parametrize(
    ("root", "later", "verdict"),
    [
        ('{ formula = "0*x2" }', '{ formula = "0*dLoss/dx6" }', "wrong"),
        ('{ formula = "x2 - x2 + 5" }', '{ formula = "5*dLoss/dx6" }', "wrong"),
        ('{ formula = "a + 2*c*x3" }', '{ formula = "dLoss/dx6*(a + 2*c*x3)" }', "carried"),
        ("0", "0.00000", "wrong"),
        ("2", "0.002003", "carried"),
    ],
)
def test_empty_work_earns_no_credit(root: str, later: str, verdict: str, tmp_path: Path) -> None:
    report = judged(tmp_path, f'{HOMEWORK}[expected]\n"dx6/dx2" = {root}\n"dLoss/dx2" = {later}\n')
    assert verdicts(report) == {"dx6/dx2": "wrong", "dLoss/dx2": verdict}


def test_a_matrix_of_zeros_earns_no_credit(tmp_path: Path) -> None:
    zeros = "[[0, 0], [0, 0], [0, 0], [0, 0]]"
    report = judged(
        tmp_path, f"{NETWORK}[expected]\nZ1 = {zeros}\nA1 = {zeros}\nZ_out = [[12, 12], [3, 3]]\n"
    )
    assert verdicts(report) == {"Z1": "wrong", "A1": "wrong", "Z_out": "carried"}


MARKED = """[marking]
{}
[given]
q = 3
[nodes]
u = "q*2.33"
v = "q*1.5"
w = "q*2.331"
[expected]
"""


@pytest.mark.parametrize(
    ("rule", "name", "written", "verdict"),
    [
        ("decimals = 2", "u", "7", "coarse"),
        ("decimals = 2", "u", "7.0", "coarse"),
        ("decimals = 2", "u", "6.99", "correct"),
        ("decimals = 1", "u", "6.9", "close"),
        ("decimals = 2", "u", "6.9", "coarse"),
        ("decimals = 2", "v", "4.5", "correct"),  # exactly
        ("decimals = 3", "w", "6.99", "coarse"),
        ("decimals = 3", "w", "6.993", "correct"),
        ("significant = 3", "u", "7", "coarse"),
        ("significant = 3", "u", "7.0", "coarse"),
        ("significant = 3", "u", "6.99", "correct"),
        ("significant = 3", "v", "4.5", "correct"),
        ("significant = 3", "u", "7.1", "wrong"),
        ("significant = 3", "u", '"699/100"', "correct"),
    ],
)
def test_digits_asked_bind_every_number(
    rule: str, name: str, written: str, verdict: str, tmp_path: Path
) -> None:
    report = judged(tmp_path, MARKED.format(rule) + f"{name} = {written}\n")
    assert verdicts(report) == {name: verdict}
