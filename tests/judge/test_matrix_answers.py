"""Answers about gradients of vectors and matrices: formulas, values, carried errors, doubts and errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hw2check.check.file import Settings
from hw2check.errors import HW2CheckError
from tests.support import FIXTURES, finding, judged, verdicts

MAZUR = (FIXTURES / "mazur-dense.toml").read_text("utf-8").partition("[expected]")[0]

# Two inputs in columns, and all matrices square: a product in the wrong order has the right shape.
SQUARE = """learning_rate = 0.1
[given]
A_in = [[1, 2], [0.5, -1]]
[[layer]]
name = "1"
W = [[2, -1], [0.3, 1]]
b = [0.5, 1]
activation = "relu"
[[layer]]
name = "out"
W = [[1, -1], [0.2, 0.4]]
b = [0.1, -0.3]
activation = "sigmoid"
[loss]
kind = "half_squared_error"
target = [[1, 0], [0, 1]]
"""
ROWS = """batch = "rows"
learning_rate = 0.1
[given]
A_in = [[1, 2, 3], [0.5, -1, 0], [2, 2, -1]]
[[layer]]
name = "1"
W = [[2, -1, 1], [0.3, 1, 0.2]]
b = [0.5, 1]
activation = "tanh"
[loss]
kind = "squared_error"
target = [[1, 0], [0, 1], [0.5, 0.5]]
"""


def judged_formulas(folder: Path, problem: str, answers: dict[str, str]) -> dict[str, str]:
    lines = [f'"{name}" = "{formula}"' for name, formula in answers.items()]
    return verdicts(judged(folder, problem + "[expected]\n" + "\n".join(lines)))


RIGHT = [
    (SQUARE, "dLoss/dA_out", "A_out - target"),
    (SQUARE, "delta_out", "(A_out - target)*A_out*(1 - A_out)"),
    (SQUARE, "delta_out", "dLoss/dA_out * sigmoid'(Z_out)"),
    (SQUARE, "δ_{out}", "dLoss/dA_out * sigmoid'(Z_out)"),
    (SQUARE, "dLoss/dW_out", "delta_out @ A1.T"),
    (SQUARE, "dLoss/dW_out", "(A1 @ dLoss/dZ_out.T).T"),
    (SQUARE, "dLoss/dW_out", "outer(delta_out[:, 0], A1[:, 0]) + outer(delta_out[:, 1], A1[:, 1])"),
    (SQUARE, "dLoss/db_out", "sum(delta_out, axis=1)"),
    (SQUARE, "dLoss/db_out", "sum(delta_out, axis=1, keepdims=True)"),
    (SQUARE, "dLoss/db_out", "delta_out @ [[1], [1]]"),
    (SQUARE, "dLoss/db_out", "delta_out @ [1, 1]"),
    (SQUARE, "dLoss/db_out", "delta_out[:, 0] + delta_out[:, 1]"),
    (SQUARE, "dLoss/dA1", "W_out.T @ delta_out"),
    (SQUARE, "delta1", "(W_out.T @ delta_out)*relu'(Z1)"),
    (SQUARE, "delta_1", "(W_out.T @ delta_out)*(Z1 > 0)"),
    (SQUARE, "δ^{(1)}", "dLoss/dA1 * relu'(Z1)"),
    (SQUARE, "dLoss/dW1", "(W_out.T @ dLoss/dZ_out * relu'(Z1)) @ A_in.T"),
    (SQUARE, "dLoss/dW1", "delta1 @ A_in.T"),
    (SQUARE, "dL/dA_in", "W1.T @ delta_1"),
    (SQUARE, "W1_new", "W1 - learning_rate * delta1 @ A_in.T"),
    (SQUARE, "W1_new", "W1 - 0.1*dLoss/dW1"),
    (SQUARE, "b1_new", "b1 - 0.1*sum(delta1, axis=1, keepdims=True)"),
    (ROWS, "delta1", "2*(A1 - target)*(1 - A1^2)"),
    (ROWS, "dLoss/dW1", "delta1.T @ A_in"),
    (ROWS, "dLoss/db1", "sum(delta1, axis=0)"),
    (ROWS, "dLoss/db1", "sum(delta1, axis=0, keepdims=True)"),
    (ROWS, "dLoss/dA_in", "delta1 @ W1"),
    (MAZUR, "dLoss/dW_out", "outer(delta_out, A1)"),
    (MAZUR, "dLoss/db1", "delta1"),
]


@pytest.mark.parametrize(("problem", "name", "formula"), RIGHT)
def test_right_formulas(problem: str, name: str, formula: str, tmp_path: Path) -> None:
    (verdict,) = judged_formulas(tmp_path, problem, {name: formula}).values()
    assert verdict == "correct"


WRONG = [
    (SQUARE, "dLoss/dA1", "delta_out @ W_out.T", "differs"),
    (SQUARE, "dLoss/dA1", "W_out @ delta_out", "differs"),
    (SQUARE, "dLoss/dW1", "A_in.T @ delta1", "differs"),
    (SQUARE, "dLoss/dW1", "delta1 @ A_in", "differs"),
    (SQUARE, "dLoss/dW_out", "dLoss/dA_out @ A1.T", "differs"),
    (SQUARE, "dLoss/db_out", "sum(delta_out, axis=0)", "differs"),
    (SQUARE, "dLoss/db_out", "mean(delta_out, axis=1)", "differs"),
    (SQUARE, "dLoss/db_out", "delta_out", "its shape is 2 x 2, not 2 x 1"),
    (SQUARE, "dLoss/db_out", "sum(delta_out)", "its shape is scalar, not 2 x 1"),
    (SQUARE, "delta1", "dLoss/dA1 * relu'(A_in)", "differs"),
    (SQUARE, "W1_new", "W1 + 0.1*dLoss/dW1", "differs"),
    (ROWS, "dLoss/dW1", "A_in.T @ delta1", "its shape is 3 x 2, not 2 x 3"),
    (ROWS, "dLoss/dA_in", "W1 @ delta1", "its shape is 2 x 2, not 3 x 3"),
    (ROWS, "dLoss/dA_in", "delta1 @ W1.T", "the shapes of dLoss/dZ1 (3 x 2) and W1.T (3 x 2) do not go"),
    (ROWS, "dLoss/dA_in", "A_in[3]", "A_in[3]: A_in is 3 x 3, and places are counted from 0, here to 2"),
]


@pytest.mark.parametrize(("problem", "name", "formula", "reason"), WRONG)
def test_wrong_formulas(problem: str, name: str, formula: str, reason: str, tmp_path: Path) -> None:
    report = judged(tmp_path, f'{problem}[expected]\n"{name}" = "{formula}"\n')
    (found,) = report.findings
    assert found.verdict == "wrong"
    assert reason in found.reason


def test_gradients_are_printed_as_formulas(tmp_path: Path) -> None:
    formulas = {row.name: row.formula for row in judged(tmp_path, SQUARE + "[expected]\ndelta1 = 0").rows}
    assert {name: formulas[name] for name in formulas if "/" in name} == {
        "dLoss/dLoss": "1",
        "dLoss/dA_out": "A_out - target",
        "dLoss/dtarget": "-(A_out - target)",
        "dLoss/dZ_out": "dLoss/dA_out * A_out * (1 - A_out)",
        "dLoss/dW_out": "dLoss/dZ_out @ A1.T",
        "dLoss/db_out": "sum(dLoss/dZ_out, axis=1, keepdims=True)",
        "dLoss/dA1": "W_out.T @ dLoss/dZ_out",
        "dLoss/dZ1": "dLoss/dA1 * relu'(Z1)",
        "dLoss/dW1": "dLoss/dZ1 @ A_in.T",
        "dLoss/db1": "sum(dLoss/dZ1, axis=1, keepdims=True)",
        "dLoss/dA_in": "W1.T @ dLoss/dZ1",
    }
    rows = {row.name: row.formula for row in judged(tmp_path, ROWS + "[expected]\ndelta1 = 0").rows}
    assert rows["dLoss/dW1"] == "(dLoss/dZ1).T @ A_in"
    assert rows["dLoss/db1"] == "sum(dLoss/dZ1, axis=0, keepdims=True)"
    assert rows["dLoss/dZ1"] == "dLoss/dA1 * (1 - A1^2)"


def test_mazur_as_published(tmp_path: Path) -> None:
    """https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/"""
    answers = """[expected]
W1_new = [[0.149780716, 0.19956143], [0.24975114, 0.29950229]]
W_out_new = [[0.35891648, 0.408666186], [0.51130127, 0.561370121]]
delta_out = [[0.138498562], [-0.038098237]]
"dLoss/dA1" = [0.036350306, 0.041370322]
"""
    problem = MAZUR if "learning_rate" in MAZUR else "learning_rate = 0.5\n" + MAZUR
    report = judged(tmp_path, problem + answers)
    assert set(verdicts(report).values()) <= {"correct", "close"}, report.failed


def test_a_bias_is_stored_as_a_column_and_written_as_a_list(tmp_path: Path) -> None:
    report = judged(tmp_path, ROWS + '[expected]\n"dLoss/db1" = [0.0]\n')
    (row,) = [row for row in report.rows if row.name == "dLoss/db1"]
    assert row.value.shape == (1, 2)
    numbers = [round(float(number), 4) for number in row.value.reshape(-1)]
    for written in (numbers, [numbers]):
        assert set(verdicts(judged(tmp_path, f'{ROWS}[expected]\n"dLoss/db1" = {written}\n')).values()) == {
            "correct"
        }
    turned = [[number] for number in numbers]
    found = finding(judged(tmp_path, f'{ROWS}[expected]\n"dLoss/db1" = {turned}\n'), "dLoss/db1")
    assert (found.verdict, found.reason) == ("wrong", "its shape is 2 x 1, not 1 x 2")


BATCH = """loss = "L"
learning_rate = 1
parameters = ["W1", "b1", "W2", "b2"]
[given]
X = {X}
W1 = [[0.2, -0.4], [0.7, 0.1], [-0.3, 0.5]]
b1 = [[0.1], [0], [-0.2]]
W2 = [[0.6, -0.1, 0.3]]
b2 = [[0.05]]
T = {T}
[nodes]
Z1 = "W1 @ X + b1"
A1 = "tanh(Z1)"
Z2 = "W2 @ A1 + b2"
A2 = "sigmoid(Z2)"
L = "mean((A2 - T)^2)"
[expected]
"""


@pytest.mark.parametrize("batch", [2, 4])
def test_a_batch_in_columns_with_a_mean_loss(batch: int, tmp_path: Path) -> None:
    """Against NumPy written out by hand."""
    rng = np.random.default_rng(batch)
    x, t = np.round(rng.normal(size=(2, batch)), 2), np.round(rng.uniform(size=(1, batch)), 2)
    w1 = np.array([[0.2, -0.4], [0.7, 0.1], [-0.3, 0.5]])
    w2 = np.array([[0.6, -0.1, 0.3]])
    a1 = np.tanh(w1 @ x + np.array([[0.1], [0], [-0.2]]))
    a2 = 1 / (1 + np.exp(-(w2 @ a1 + 0.05)))
    d2 = 2 * (a2 - t) / batch * a2 * (1 - a2)
    d1 = (w2.T @ d2) * (1 - a1**2)
    values = {
        "dL/dZ2": d2,
        "delta2": d2,
        "dL/dW2": d2 @ a1.T,
        "dL/db2": d2.sum(axis=1, keepdims=True),
        "dL/dZ1": d1,
        "dL/dW1": d1 @ x.T,
        "dL/db1": d1.sum(axis=1),
        "W1_new": w1 - d1 @ x.T,
    }
    problem = BATCH.format(X=x.tolist(), T=t.tolist())
    for name, value in values.items():
        written = np.array2string(value, separator=",", formatter={"float": lambda v: f"{v:.7f}"})
        assert set(verdicts(judged(tmp_path, f'{problem}"{name}" = {written}\n')).values()) == {"correct"}, (
            name
        )
    formulas = {
        "dL/dA2": f"2*(A2 - T)/{batch}",
        "dL/dZ2": "dL/dA2 * A2*(1 - A2)",
        "dL/dW2": "dL/dZ2 @ A1.T",
        "dL/dX": "W1.T @ dL/dZ1",
    }
    assert set(judged_formulas(tmp_path, problem.removesuffix("[expected]\n"), formulas).values()) == {
        "correct"
    }


# --- errors carried forward


def test_a_wrong_error_of_a_layer_is_carried_to_the_update(tmp_path: Path) -> None:
    """dLoss/dZ_out without the derivative of the activation, and all that follows from it."""
    w1, w2 = np.array([[2, -1], [0.3, 1]]), np.array([[1, -1], [0.2, 0.4]])
    x, t = np.array([[1, 2], [0.5, -1]]), np.array([[1, 0], [0, 1]])
    z1 = w1 @ x + np.array([[0.5], [1]])
    a1 = np.maximum(z1, 0)
    a2 = 1 / (1 + np.exp(-(w2 @ a1 + np.array([[0.1], [-0.3]]))))
    wrong = a2 - t
    d1 = (w2.T @ wrong) * (z1 > 0)
    values = {
        "delta_out": wrong,
        "dLoss/dW_out": wrong @ a1.T,
        "dLoss/db_out": wrong.sum(axis=1),
        "delta1": d1,
        "dLoss/dW1": d1 @ x.T,
        "W_out_new": w2 - 0.1 * wrong @ a1.T,
        "W1_new": w1 - 0.1 * d1 @ x.T,
    }
    written = {
        name: np.array2string(value, separator=",", formatter={"float": lambda v: f"{v:.5f}"})
        for name, value in values.items()
    }
    text = SQUARE + "[expected]\n" + "\n".join(f'"{name}" = {value}' for name, value in written.items())
    report = judged(tmp_path, text)
    assert verdicts(report) == {
        "dLoss/dZ_out": "wrong",
        "dLoss/dW_out": "carried",
        "dLoss/db_out": "carried",
        "dLoss/dZ1": "carried",
        "dLoss/dW1": "carried",
        "W_out_new": "carried",
        "W1_new": "carried",
    }
    assert finding(report, "W1_new").carried_from == ("dLoss/dZ_out",)
    assert [hint.code for hint in finding(report, "dLoss/dZ_out").hints] == ["activation-derivative-missing"]


def test_one_wrong_entry_is_carried_entry_by_entry(tmp_path: Path) -> None:
    answers = """[expected]
delta1 = [[0.0, 0.0], [0.0, 0.0]]
"""
    right = {row.name: row.value for row in judged(tmp_path, SQUARE + answers).rows}
    wrong = right["dLoss/dW1"].copy()
    wrong[1, 0] += 0.5
    updated = np.array([[2, -1], [0.3, 1]]) - 0.1 * wrong
    shown = [
        np.array2string(value, separator=",", formatter={"float": lambda v: f"{v:.6f}"})
        for value in (wrong, updated)
    ]
    report = judged(tmp_path, f'{SQUARE}[expected]\n"dLoss/dW1" = {shown[0]}\nW1_new = {shown[1]}\n')
    assert finding(report, "dLoss/dW1").entry_verdicts == ("correct", "correct", "wrong", "correct")
    assert finding(report, "W1_new").entry_verdicts == ("correct", "correct", "carried", "correct")


# --- where a derivative is a matter of choice

KINK = """{declared}learning_rate = 1
[given]
A_in = [[1], [2]]
[[layer]]
name = "1"
W = [[2, -1], [1, 1]]
b = [0, 0]
activation = "relu"
[loss]
kind = "half_squared_error"
target = [[1], [1]]
[expected]
"""


@pytest.mark.parametrize(
    ("declared", "name", "answer", "verdict"),
    [
        ("", "delta1", "[[0], [2]]", "correct"),  # relu'(0) = 0
        ("", "delta1", "[[-1], [2]]", "undecided"),  # relu'(0) = 1
        ("", "dLoss/dW1", "[[-1, -2], [2, 4]]", "undecided"),
        ("", "dLoss/dW1", "[[0, 0], [2, 4]]", "correct"),
        ("", "dLoss/dW1", "[[-1, -2], [2, 5]]", "wrong"),  # another entry is wrong anyway
        ("", "dLoss/dA1", "[[1], [2]]", "wrong"),  # before the kink
        ("", "delta1", '"dLoss/dA1 * relu\'(Z1)"', "correct"),
        ("", "delta1", '"dLoss/dA1 * (Z1 >= 0)"', "undecided"),
        ("", "delta1", '"dLoss/dA1 * (Z1 < 0)"', "wrong"),
        ("relu_derivative_at_0 = 1\n", "delta1", "[[-1], [2]]", "correct"),
        ("relu_derivative_at_0 = 0\n", "delta1", "[[-1], [2]]", "wrong"),
        ("relu_derivative_at_0 = 0.5\n", "delta1", "[[-0.5], [2]]", "correct"),
        ("relu_derivative_at_0 = 0.5\n", "dLoss/dW1", "[[0, 0], [2, 4]]", "wrong"),
    ],
)
def test_relu_at_zero(declared: str, name: str, answer: str, verdict: str, tmp_path: Path) -> None:
    report = judged(tmp_path, KINK.format(declared=declared) + f'"{name}" = {answer}\n')
    assert set(verdicts(report).values()) == {verdict}


def test_a_tie_of_max_is_undecided(tmp_path: Path) -> None:
    problem = 'loss = "L"\n[given]\nx = [3, 1, 3]\n[nodes]\nm = "max(x)"\nL = "2*m"\n[expected]\n"dL/dx" = '
    assert verdicts(judged(tmp_path, problem + "[1, 0, 1]\n")) == {"dL/dx": "correct"}
    found = finding(judged(tmp_path, problem + "[2, 0, 0]\n"), "dL/dx")
    assert found.verdict == "undecided"
    assert found.reason == "dL/dx: a function has a kink here, and other slopes are as good"
    assert verdicts(judged(tmp_path, problem + "[1, 1, 1]\n")) == {"dL/dx": "wrong"}


# --- derivatives of inner nodes


INNER = """[given]
a = 2
x = [1, 2, 3]
W = [[1, 2, 0], [0, 1, -1]]
[nodes]
v = "a*x"
u = "sum(v^2)"
z = "W @ v"
s = "z[0]*z[1]"
[expected]
"""


def test_derivatives_of_scalars_through_vectors(tmp_path: Path) -> None:
    answers = """"du/da" = 56
"du/dv" = "2*v"
"du/dx" = [8, 16, 24]
"ds/dz" = "[z[1], z[0]]"
"ds/dv" = "W.T @ ds/dz"
"ds/da" = -20
"ds/dW" = "outer(ds/dz, v)"
"""
    assert set(verdicts(judged(tmp_path, INNER + answers)).values()) == {"correct"}
    wrong = judged(tmp_path, INNER + '"du/da" = 55\n"du/dv" = "v"\n"ds/dv" = "ds/dz @ W"\n')
    assert verdicts(wrong) == {"du/da": "wrong", "du/dv": "wrong", "ds/dv": "correct"}


def test_derivatives_of_vectors_are_not_derived(tmp_path: Path) -> None:
    report = judged(tmp_path, INNER + '"dv/da" = [1, 2, 3]\n"dz/dv" = "W"\n"du/da" = "2*v @ dv/da"\n')
    assert verdicts(report) == {"dv/da": "undecided", "dz/dv": "undecided", "du/da": "undecided"}
    reason = "v is a vector of 3, and only derivatives of a scalar are derived here"
    assert finding(report, "dv/da").reason == reason
    assert finding(report, "du/da").reason == "dv/da is not derived here"


# --- self-check


def test_self_check_moves_entries_of_matrices(tmp_path: Path) -> None:
    report = judged(tmp_path, SQUARE + "[expected]\ndelta1 = 0\n", settings=Settings(self_check=True))
    rows = {row.name: row for row in report.self_check}
    assert {f"dLoss/dW1, entry [{i}, {j}]" for i in (1, 2) for j in (1, 2)} <= rows.keys()
    assert len(rows) == 4 * 4 + 2 * 2
    for row in rows.values():
        assert row.agree
        assert row.reverse == pytest.approx(row.symbolic, rel=1e-12, abs=1e-15)
        assert row.differences == pytest.approx(row.symbolic, rel=1e-5, abs=1e-9)


def test_self_check_without_a_loss_is_empty(tmp_path: Path) -> None:
    problem = '[given]\nx = 2\n[nodes]\ny = "x^2"\n[expected]\n"dy/dx" = 4\n'
    report = judged(tmp_path, problem, settings=Settings(self_check=True))
    assert (verdicts(report), report.self_check) == ({"dy/dx": "correct"}, ())


# --- what does not fit together


@pytest.mark.parametrize(
    ("problem", "message", "hint"),
    [
        (
            SQUARE.replace("target = [[1, 0], [0, 1]]", "target = [[1, 0]]"),
            "the target is 1 x 2, but A_out is 2 x 2",
            "the target needs one entry for each of A_out",
        ),
        (
            MAZUR.replace("target = [[0.01], [0.99]]", "target = [[1, 0]]"),
            "the target is 1 x 2, but A_out is 2 x 1",
            "the target needs one entry for each of A_out",
        ),
        (
            ROWS.replace("target = [[1, 0], [0, 1], [0.5, 0.5]]", "target = [1, 0]"),
            "the target is a vector of 2, but A1 is 3 x 2",
            "the target needs one entry for each of A1",
        ),
        (
            SQUARE.partition("[loss]")[0] + "[upstream]\nA_out = [[1, 2]]\n",
            "A_out is 2 x 2, but its upstream gradient is 1 x 2",
            "",
        ),
        (
            'loss = "y"\n[given]\nx = [1, 2]\n[nodes]\ny = "2*x"\n',
            "y is a vector of 2, but a loss is a scalar",
            "sum or mean over its entries makes it a scalar",
        ),
    ],
)
def test_shapes_that_do_not_fit(problem: str, message: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(HW2CheckError) as caught:
        judged(
            tmp_path,
            problem
            + "[expected]\n"
            + '"dLoss/dA_in" = 0\n'.replace("dLoss/dA_in", "dL/dx" if "x = [" in problem else "dLoss/dA_in"),
        )
    assert (caught.value.message, caught.value.hint) == (message, hint)
    assert caught.value.place is not None


def test_an_upstream_matrix(tmp_path: Path) -> None:
    problem = SQUARE.partition("[loss]")[0] + "[upstream]\nZ_out = [[1, 2], [0, -1]]\n"
    answers = {"dLoss/dW_out": "dLoss/dZ_out @ A1.T", "delta1": "(W_out.T @ delta_out)*relu'(Z1)"}
    assert set(judged_formulas(tmp_path, problem, answers).values()) == {"correct"}
    given = judged(tmp_path, problem + '[expected]\n"dLoss/dW_out" = "[[1, 2], [0, -1]] @ A1.T"\n')
    assert set(verdicts(given).values()) == {"correct"}


# --- large networks


def large_network(folder: Path) -> str:
    """A network of 120 inputs and 40 hidden units on a batch of 30, its arrays in a file."""
    rng = np.random.default_rng(3)
    np.savez(
        folder / "arrays.npz",
        X=rng.normal(size=(120, 30)),
        W1=rng.normal(size=(40, 120)) / 11,
        b1=rng.normal(size=40),
        W2=rng.normal(size=(4, 40)) / 6,
        T=rng.uniform(size=(4, 30)),
    )
    return """learning_rate = 0.1
[given]
A_in = { file = "arrays.npz", key = "X" }
[[layer]]
W = { file = "arrays.npz", key = "W1" }
b = { file = "arrays.npz", key = "b1" }
activation = "sigmoid"
[[layer]]
W = { file = "arrays.npz", key = "W2" }
activation = "sigmoid"
[loss]
kind = "squared_error"
target = { file = "arrays.npz", key = "T" }
[expected]
"""


@pytest.mark.parametrize(
    ("formula", "verdict", "code"),
    [
        ("delta1 @ A_in.T", "correct", ""),
        ("((W2.T @ delta2) * A1*(1 - A1)) @ A_in.T", "correct", ""),
        ("2*delta1 @ A_in.T", "wrong", "factor-2"),
        ("A_in @ delta1.T", "wrong", "factors-swapped"),
        ("dLoss/dA1 @ A_in.T", "wrong", "activation-derivative-missing"),
    ],
)
def test_formulas_of_large_matrices(formula: str, verdict: str, code: str, tmp_path: Path) -> None:
    """Nothing saturates at the sample points, so that rounding errors leave nothing undecided."""
    report = judged(tmp_path, f'{large_network(tmp_path)}"dLoss/dW1" = "{formula}"\n')
    (found,) = report.findings
    assert found.verdict == verdict
    assert (code in [hint.code for hint in found.hints]) == bool(code)


# answer to a question about SQUARE; the mistake that it looks like
SLIPS = [
    ("dLoss/dW1", "delta1 @ A_in", "transpose-missing"),
    ("dLoss/dA1", "W_out @ delta_out", "transpose-missing"),
    ("dLoss/dA1", "delta_out @ W_out.T", "factors-swapped"),
    ("delta1", "dLoss/dA1", "activation-derivative-missing"),
    ("dLoss/db1", "mean(delta1, axis=1)", "sum-for-mean"),
    ("W1_new", "W1 + 0.1*dLoss/dW1", "plus-for-minus"),
    ("dLoss/dA_out", "target - A_out", "sign"),
    ("dLoss/dW_out", "delta_out*A1.T", "elementwise-product"),
]


@pytest.mark.parametrize(("name", "formula", "code"), SLIPS)
def test_slips_with_matrices_are_named(name: str, formula: str, code: str, tmp_path: Path) -> None:
    report = judged(tmp_path, f'{SQUARE}[expected]\n"{name}" = "{formula}"\n')
    (found,) = report.findings
    assert (found.verdict, code in [hint.code for hint in found.hints]) == ("wrong", True), found.hints
