"""Answers that would be judged falsely where functions rest, numbers are long or short, or work is empty."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import mpmath
import pytest

from tests.support import judged, verdicts


def verdict(tmp_path: Path, given: str, nodes: str, name: str, written: str, head: str = "") -> str:
    text = f"{head}[given]\n{given}\n[nodes]\n{nodes}\n[expected]\n{name} = {written}\n"
    (found,) = verdicts(judged(tmp_path, text)).values()
    return found


SIZES = ("1e-6", "-3e-3", "0.7", "-40", "255", "1000", "-1e6")
RESTING = [
    # node, what is asked, right, wrong
    ("sigmoid(x)", "y", "1/(1 + exp(-x))", "sigmoid(2*x)"),
    ("sigmoid(x)", '"dy/dx"', "y*(1 - y)", "y*(y - 1)"),
    ("sigmoid(x)", '"dy/dx"', "sigmoid(x)*sigmoid(-x)", "sigmoid(x)^2"),
    ("tanh(x)", "y", "2*sigmoid(2*x) - 1", "tanh(-x)"),
    ("tanh(x)", '"dy/dx"', "(1 - y)*(1 + y)", "1 - y"),
    ("tanh(3000*x)", '"dy/dx"', "3000*(1 - y^2)", "1 - y^2"),
    ("sigmoid(x/2000)", "y", "sigmoid(0.0005*x)", "sigmoid(0.0006*x)"),
    ("sigmoid(x + 90)", "y", "1/(1 + exp(-90 - x))", "sigmoid(2*x + 180)"),
    ("softplus(5*x - 700)", "y", "log(1 + exp(5*x - 700))", "softplus(10*x - 1400)"),
    ("softplus(40900*x)", "y", "log(1 + exp(40900*x))", "-softplus(40900*x)"),
    ("sigmoid(x/1000000 - 187)", '"dy/dx"', "y*(1 - y)/1000000", "y*(1 + y)/1000000"),
    ("relu(x + 5000)", "y", "maximum(0, x + 5000)", "x + 5000"),
    ("abs(x - 3000)", "y", "sqrt((x - 3000)^2)", "3000 - x"),
    ("maximum(x, 100)", "y", "100 + relu(x - 100)", "100 + x - x"),
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("node", "asked", "right", "wrong"), RESTING, ids=[str(case[2:]) for case in RESTING]
)
def test_formulas_where_functions_rest(
    node: str, asked: str, right: str, wrong: str, size: str, tmp_path: Path
) -> None:
    given, nodes = f"x = {size}", f'y = "{node}"'
    assert verdict(tmp_path, given, nodes, asked, f'"{right}"') in {"correct", "undecided"}
    assert verdict(tmp_path, given, nodes, asked, f'"{wrong}"') in {"wrong", "undecided"}


def test_where_no_point_moves_a_function_nobody_can_tell(tmp_path: Path) -> None:
    nodes = 'y = "tanh(sigmoid(x) + 800)"'
    assert verdict(tmp_path, "x = 2", nodes, "y", '"tanh(2*sigmoid(x) + 1600)"') == "undecided"
    assert verdict(tmp_path, "x = 2", nodes, "y", '"tanh(sigmoid(x) + 800)"') == "correct"


PIXELS = """[given]
A_in = [[255, 0, 128], [12, 255, 200]]
[[layer]]
W = [[1, 2], [3, -1]]
b = [1, 1]
activation = "ACTIVATION"
[[layer]]
W = [[1, -1]]
[loss]
kind = "squared_error"
target = [[1, 0, 1]]
[expected]
"""


@pytest.mark.parametrize(
    ("activation", "slope", "other"),
    [
        ("sigmoid", "A1*(1 - A1)", "A1*(1 + A1)"),
        ("tanh", "(1 - A1^2)", "(1 - A1)"),
        ("relu", "(Z1 > 0)", "(Z1 < 0)"),
    ],
)
def test_raw_pixels(activation: str, slope: str, other: str, tmp_path: Path) -> None:
    problem = PIXELS.replace("ACTIVATION", activation)
    for written, expected in (
        (f"dLoss/dA1*{slope}", {"correct"}),
        (f"-dLoss/dA1*{slope}", {"wrong"}),
        (f"dLoss/dA1*{other}", {"wrong"}),
    ):
        assert set(verdicts(judged(tmp_path, f'{problem}"dLoss/dZ1" = "{written}"\n')).values()) == expected


@pytest.mark.parametrize(
    ("x", "node", "written", "expected"),
    [
        ("-3", "log(x^2)", "2*log(x)", "wrong"),
        ("3", "log(x^2)", "2*log(x)", "correct"),
        ("-3", "log(x^2)", "2*log(abs(x))", "correct"),
        ("-2", "x^2", "sqrt(x)^4", "wrong"),
        ("2", "x^2", "sqrt(x)^4", "correct"),
        ("0", "3*x", "3*x^2/x", "wrong"),
        ("2", "3*x", "3*x^2/x", "correct"),
        ("-800", "sigmoid(x)", "exp(x)/(1 + exp(x))", "correct"),
        (
            "800",
            "sigmoid(x)",
            "exp(x)/(1 + exp(x))",
            "correct",
        ),  # float64 has no value for it, mathematics has
    ],
)
def test_a_formula_has_its_value_at_the_given_numbers(
    x: str, node: str, written: str, expected: str, tmp_path: Path
) -> None:
    assert verdict(tmp_path, f"x = {x}", f'y = "{node}"', "y", f'"{written}"') == expected


@pytest.mark.parametrize("product", [(94906267, 94906267), (3**33, 7), (123456789012, 987654321098)])
def test_whole_numbers_beyond_float64(product: tuple[int, int], tmp_path: Path) -> None:
    a, b = product
    for off, expected in ((0, "correct"), (1, "wrong"), (-1, "wrong"), (10, "wrong")):
        assert verdict(tmp_path, f"a = {a}\nb = {b}", 'y = "a*b"', "y", str(a * b + off)) == expected


@pytest.mark.parametrize("count", [9, 12, 15, 17, 20, 30, 40])
@pytest.mark.parametrize("function", ["exp", "log", "sin", "sqrt", "tanh"])
def test_many_digits(function: str, count: int, tmp_path: Path) -> None:
    with mpmath.workdps(70):
        truth = getattr(mpmath, function)(mpmath.mpf(17) / 10)
        right = mpmath.nstr(truth, count, strip_zeros=False)
        unit = Fraction(1, 10 ** len(right.partition(".")[2]))
        off = mpmath.nstr(truth + 3 * mpmath.mpf(unit.numerator) / unit.denominator, count, strip_zeros=False)
    assert verdict(tmp_path, "x = 1.7", f'y = "{function}(x)"', "y", right) == "correct"
    assert verdict(tmp_path, "x = 1.7", f'y = "{function}(x)"', "y", off) == "wrong"


@pytest.mark.parametrize(
    ("nodes", "written", "expected"),
    [
        ("exp(-800)*x", "3.7e-348", "correct"),
        ("exp(-800)*x", "3.9e-348", "wrong"),
        ("exp(-800)*x", "0", "coarse"),
        ("exp(-800)*x", "0.000", "coarse"),
        ("(1e-200*x)^2", "1e-400", "correct"),
        ("(1e-200*x)^2", "2e-400", "wrong"),
        ("1e-310*x", "1.0e-310", "correct"),  # subnormal
        ("1e-310*x", "1.1e-310", "wrong"),
        ("(1 + exp(-400*x)) - 1", "1.9152e-174", "correct"),
        ("(1 + exp(-400*x)) - 1", "0.0", "coarse"),
        ("softplus(-520*x)", "1.468e-226", "correct"),
        ("exp(-1e7*x)", "0", "undecided"),
        ("x - x", "0", "correct"),
    ],
)
def test_values_too_small_for_float64(nodes: str, written: str, expected: str, tmp_path: Path) -> None:
    assert verdict(tmp_path, "x = 1", f'y = "{nodes}"', "y", written) == expected


@pytest.mark.parametrize(
    ("written", "head", "expected"),
    [
        ("7", "", "coarse"),
        ("6", "", "wrong"),
        ("8", "", "wrong"),
        ("7.0", "", "correct"),
        ("7", "[marking]\ndecimals = 0\n", "correct"),
        ("7", "[marking]\nsignificant = 1\n", "correct"),
        ("6", "[marking]\ndecimals = 0\n", "wrong"),
    ],
)
def test_whole_numbers_for_what_is_not_whole(written: str, head: str, expected: str, tmp_path: Path) -> None:
    assert verdict(tmp_path, "x = 6.97", 'y = "x*1"', "y", written, head) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("[0.97, 0.02, 5]", "correct"),
        ("[1, 0.02, 5]", "wrong"),  # 1.00 for 0.97
        ("[0.97, 0, 5]", "wrong"),
        ("[1.0, 0, 5]", "correct"),  # one decimal: 0.0
        ("[1, 0, 5]", "coarse"),
        ("[0.97, 0.02, 6]", "wrong"),
    ],
)
def test_a_whole_number_among_decimals_has_as_many(written: str, expected: str, tmp_path: Path) -> None:
    assert verdict(tmp_path, "x = [0.97, 0.02, 5]", 'y = "x*1"', "y", written) == expected


def test_what_is_coarse_excuses_nothing(tmp_path: Path) -> None:
    text = '[given]\na = 0.9933\nb = 0.5\n[nodes]\np = "a*1"\nq = "p*b"\n[expected]\np = 1\nq = 0.5000\n'
    assert verdicts(judged(tmp_path, text)) == {"p": "coarse", "q": "carried"}


@pytest.mark.parametrize(
    ("written", "expected"), [("-1.1", "correct"), ("-1.1000001", "wrong"), ("-1", "wrong")]
)
@pytest.mark.parametrize("rule", ["rtol = 0", "atol = 0", "rtol = 0\natol = 0"])
def test_a_tolerance_of_0_is_exact(rule: str, written: str, expected: str, tmp_path: Path) -> None:
    head = f"[marking]\n{rule}\n"
    assert verdict(tmp_path, "x = -1.1", 'y = "x"', "y", written, head) == expected
    assert verdict(tmp_path, "x = -0.55", 'y = "3*x - x"', "y", written, head) == expected


LINE = """loss = "L"
learning_rate = 0.1
parameters = ["w"]
[given]
w = 0.5
x = 2
t = 3
[nodes]
z = "w*x"
L = "(z - t)^2"
[expected]
"""


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (
            {"dL/dz": "0", "dL/dw": "0", "w_new": "0.5"},
            {"dL/dz": "wrong", "dL/dw": "wrong", "w_new": "coarse"},
        ),
        ({"dL/dw": "0.0", "w_new": "0.5"}, {"dL/dw": "wrong", "w_new": "coarse"}),
        (
            {"dL/dz": "4", "dL/dw": "8", "w_new": "-0.3"},
            {"dL/dz": "wrong", "dL/dw": "carried", "w_new": "carried"},
        ),
        ({"z": "0", "L": "9"}, {"z": "wrong", "L": "carried"}),  # a zero that others have to work with
    ],
)
def test_a_zero_is_empty_work(answers: dict[str, str], expected: dict[str, str], tmp_path: Path) -> None:
    lines = "".join(f'"{name}" = {value}\n' for name, value in answers.items())
    found = verdicts(judged(tmp_path, LINE + lines))
    assert all(
        found[name] in {right, "wrong"} if right == "coarse" else found[name] == right
        for name, right in expected.items()
    )


@pytest.mark.parametrize(
    ("slope", "expected"), [("0.000159", "carried"), ("0.000299", "wrong"), ("0.00", "carried")]
)
def test_a_carried_value_lies_where_its_root_lets_it(slope: str, expected: str, tmp_path: Path) -> None:
    """1.00 for tanh(5.06) may be 0.9999, but not 0.996, though that is printed so too."""
    text = '[given]\nx = 0.7\nw = 2\n[nodes]\nz = "w*x"\ny = "tanh(z)"\n[expected]\nz = 5.06\ny = 1.00\n'
    found = verdicts(judged(tmp_path, f'{text}"dy/dz" = {slope}\n'))
    assert found["z"] == "wrong"
    assert found["y"] == "carried"
    assert found["dy/dz"] in ({"carried", "wrong", "coarse"} if slope == "0.00" else {expected})


@pytest.mark.parametrize("h", ["1.41e3", "1414"])
def test_a_carried_value_may_be_written_with_an_exponent(h: str, tmp_path: Path) -> None:
    text = '[given]\nx = 3.67\n[nodes]\np = "x*1"\nh = "(1 - p)^2"\n[expected]\np = 38.6\n'
    assert verdicts(judged(tmp_path, f"{text}h = {h}\n")) == {"p": "wrong", "h": "carried"}


PAIR = '[given]\nx = 1.234\nu = 3.456\n[nodes]\no = "x*1"\nc = "u*1"\nh = "o*c"\n[expected]\n'


@pytest.mark.parametrize(
    ("h", "expected"),
    [
        ("1.405", "carried"),  # 0.517 * 2.718
        ("1.408", "wrong"),  # beyond what 0.517 and 2.718 leave open
        ("1.404", "carried"),  # 0.5167 * 2.7178
        ("3.354", "wrong"),  # the true x and the wrong c
        ("1.787", "wrong"),  # the wrong o and the true u
        ("4.265", "correct"),  # from the true ones
    ],
)
def test_carried_means_from_all_that_is_wrong(h: str, expected: str, tmp_path: Path) -> None:
    found = verdicts(judged(tmp_path, f"{PAIR}o = 0.517\nc = 2.718\nh = {h}\n"))
    assert found == {"o": "wrong", "c": "wrong", "h": expected}


@pytest.mark.parametrize("printed", ["-0.84", "-0.840", "-0.8396"])
def test_the_digits_behind_a_rounded_print(printed: str, tmp_path: Path) -> None:
    """tanh for sigmoid: what follows may come from any number that is printed so, and from no other."""
    text = '[given]\nz = -1.2197\nt = -0.1\n[nodes]\na = "sigmoid(z)"\nL = "(a - t)^2/2"\n[expected]\n'
    text += f"a = {printed}\n"
    half = float(Fraction(1, 2 * 10 ** len(printed.partition(".")[2])))
    low, high = sorted((float(printed) + d + 0.1) ** 2 / 2 for d in (-half, half))
    unit = 10**-5
    for value, expected in (
        (low + unit, "carried"),
        (high - unit, "carried"),
        (low - 3 * unit, "wrong"),
        (high + 3 * unit, "wrong"),
    ):
        found = verdicts(judged(tmp_path, f"{text}L = {value:.5f}\n"))
        assert found == {"a": "wrong", "L": expected}, value
