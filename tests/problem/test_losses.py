"""Losses of layered networks, against formulas written out for autograd."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from hw2check.errors import HW2CheckError
from hw2check.formula.text import to_text
from hw2check.problem.reader import read_problem
from hw2check.reading.source import read_source
from hw2check.truth.derived import Truth
from tests.oracles.matrix import sigmoid, softmax
from tests.support import judged


def truth_of(text: str, folder: Path) -> Truth:
    file = folder / "p.toml"
    file.write_text(text, encoding="utf-8")
    return Truth(read_problem(read_source(str(file))), with_gradients=True)


# Each of one input, with the net input z and the target t as vectors; what the definition says, no shortcut.
ENTRIES: dict[str, tuple[str, str, Callable[[Any, Any], Any]]] = {
    "squared_error": ("tanh", "real", lambda a, t: (a - t) ** 2),
    "half_squared_error": ("tanh", "real", lambda a, t: (a - t) ** 2 / 2),
    "mean_squared_error": ("tanh", "real", lambda a, t: (a - t) ** 2),
    "absolute_error": ("tanh", "real", lambda a, t: anp.abs(a - t)),
    "mean_absolute_error": ("tanh", "real", lambda a, t: anp.abs(a - t)),
    "binary_cross_entropy": (
        "sigmoid",
        "bits",
        lambda a, t: -(t * anp.log(a) + (1 - t) * anp.log(1 - a)),
    ),
    "binary_cross_entropy logits": (
        "identity",
        "bits",
        lambda a, t: -(t * anp.log(sigmoid(a)) + (1 - t) * anp.log(1 - sigmoid(a))),
    ),
    "cross_entropy": ("softmax", "classes", lambda a, t: -t * anp.log(a)),
    "cross_entropy logits": ("identity", "classes", lambda a, t: -t * anp.log(softmax(a, 0))),
    "cross_entropy relu": ("relu", "classes", lambda a, t: -t * anp.log(softmax(a, 0))),
    "negative_log_likelihood": ("log_softmax", "classes", lambda a, t: -t * a),
    "hinge": ("tanh", "signs", lambda a, t: anp.maximum(0, 1 - t * a)),
}
ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "identity": lambda z: z,
    "tanh": anp.tanh,
    "sigmoid": sigmoid,
    "relu": lambda z: anp.maximum(z, 0),
    "softmax": lambda z: softmax(z, 0),
    "log_softmax": lambda z: anp.log(softmax(z, 0)),
}
DEFAULTS = {
    "squared_error": "sum",
    "half_squared_error": "sum",
    "absolute_error": "sum",
    "cross_entropy": "mean_batch",
    "negative_log_likelihood": "mean_batch",
}


def targets(what: str, rng: np.random.Generator, shape: tuple[int, int]) -> Any:
    """One column per input."""
    if what == "classes":
        return np.eye(shape[0])[rng.integers(0, shape[0], shape[1])].T
    bits = rng.integers(0, 2, shape)
    return {"bits": bits.astype(float), "signs": 2.0 * bits - 1, "real": rng.normal(size=shape)}[what]


@pytest.mark.parametrize("rows", [False, True])
@pytest.mark.parametrize("reduction", ["", "sum", "mean_batch", "mean"])
@pytest.mark.parametrize("case", ENTRIES)
def test_values_and_gradients_as_autograd_has_them(
    case: str, reduction: str, rows: bool, tmp_path: Path
) -> None:
    kind, _, scale = case.partition(" ")
    if kind.startswith("mean_") and reduction == "sum":
        return
    activation, what, entry = ENTRIES[case]
    for inputs in (1, 2, 4):
        rng = np.random.default_rng(inputs)
        a_in, w, b = rng.normal(size=(2, inputs)), rng.normal(size=(3, 2)), rng.normal(size=(3, 1))
        target = targets(what, rng, (3, inputs))

        def loss(w: Any, b: Any, a_in: Any = a_in, target: Any = target, inputs: int = inputs) -> Any:
            a = ACTIVATIONS[activation](anp.dot(w, a_in) + b)
            whole = anp.sum(entry(a, target))
            share = {"sum": 1, "mean_batch": inputs, "mean": target.size}
            penalty = 0.25 * anp.sum(anp.abs(w)) + 0.5 * anp.sum(w**2)
            return whole / share[reduction or DEFAULTS.get(kind, "mean")] + penalty

        def turned(array: Any) -> Any:
            return array.T if rows else array

        in_out = bool(inputs % 2)
        text = f"""batch = "{"rows" if rows else "columns"}"
weights = "{"in_out" if in_out else "out_in"}"
given = {{ A_in = {turned(a_in).tolist()} }}
[[layer]]
W = {(w.T if in_out else w).tolist()}
b = {b.reshape(-1).tolist()}
activation = "{activation}"
[loss]
kind = "{kind}"
target = {turned(target).tolist()}
l1 = 0.25
l2 = "1/2"
"""
        text += f'reduction = "{reduction}"\n' * bool(reduction) + 'from = "logits"\n' * bool(scale)
        truth = truth_of(text, tmp_path)
        assert truth.values["Loss"] == pytest.approx(loss(w, b), rel=1e-12), text
        gradient: Any = autograd.grad(loss, (0, 1))
        dw, db = gradient(w, b)
        np.testing.assert_allclose(truth.values["dLoss/dW1"], dw.T if in_out else dw, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(truth.values["dLoss/db1"], turned(db), rtol=1e-9, atol=1e-12)


NETWORK = """[given]
A_in = [[1, 2], [0.5, -1]]
[[layer]]
W = [[1, 2], [0.5, -1], [1, 0]]
activation = "softmax"
[loss]
"""


@pytest.mark.parametrize(
    ("lines", "formula"),
    [
        ('kind = "cross_entropy"\ntarget = [0, 2]', "-sum(target*log(A1))/2"),
        ('kind = "cross_entropy"\ntarget = [[0, 2]]\nreduction = "sum"', "-sum(target*log(A1))"),
        ('kind = "cross_entropy"\ntarget = [1, 1]\nreduction = "mean"', "-mean(target*log(A1))"),
        (
            'kind = "cross_entropy"\ntarget = [1, 1]\nl2 = 0.01',
            "-sum(target*log(A1))/2 + 0.01*sum(W1^2)",
        ),
        (
            'kind = "half_squared_error"\ntarget = [[1, 0], [0, 1], [0, 0]]\nreduction = "mean_batch"',
            "sum((A1 - target)^2)/4",
        ),
        ('formula = "mean((A1 - 2*target)^2)"\ntarget = 3', "mean((A1 - 2*target)^2)"),
        ('formula = "sum(A1[0])"', "sum(A1[0])"),
    ],
)
def test_formulas_are_written_as_people_write_them(lines: str, formula: str, tmp_path: Path) -> None:
    truth = truth_of(NETWORK + lines, tmp_path)
    assert to_text(truth.graph.by_name["Loss"].formula) == formula


@pytest.mark.parametrize("batch", ["columns", "rows"])
def test_class_numbers_are_one_hot(batch: str, tmp_path: Path) -> None:
    text = NETWORK.replace("[given]", f'batch = "{batch}"\n[given]')
    text = text.replace("[0.5, -1], [1, 0]]\nact", "[0.5, -1], [1, 1]]\nact")
    truth = truth_of(text + 'kind = "cross_entropy"\ntarget = [0, 2]', tmp_path)
    hot = np.array([[1, 0, 0], [0, 0, 1]])
    np.testing.assert_array_equal(truth.values["target"], hot if batch == "rows" else hot.T)


def test_gradient_of_softmax_with_cross_entropy_may_be_simplified(tmp_path: Path) -> None:
    """A - target is right as far as the targets of an input sum to 1, and they do."""
    text = NETWORK + 'kind = "cross_entropy"\ntarget = [0, 2]\n[expected]\n'
    for formula, verdict in (
        ("(A1 - target)/2", "correct"),
        ("(A1 - target)", "wrong"),
        ("(A1 - [[1, 0], [0, 0], [0, 1]])/2", "correct"),
        ("(A1 - [[1, 0], [0, 1], [0, 0]])/2", "wrong"),
    ):
        report = judged(tmp_path, f'{text}"dLoss/dZ1" = "{formula}"\n')
        assert report.findings[0].verdict == verdict, formula


@pytest.mark.parametrize(
    ("lines", "line", "message", "hint"),
    [
        (
            'kind = "crossentropy"\ntarget = [0, 1]',
            7,
            "there is no loss 'crossentropy'",
            "did you mean cross_entropy?",
        ),
        (
            'kind = "hinge"\ntarget = [0]\nreduction = "all"',
            9,
            "there is no reduction 'all'",
            "known words: s",
        ),
        (
            'kind = "cross_entropy"\ntarget = [1, 0]\nfrom = "logits"',
            9,
            "A1 is softmax of its net input: not logits but probabilities",
            'from = "probabilities", or leave the activation out',
        ),
        (
            'kind = "cross_entropy"\ntarget = [3, 0]',
            8,
            "3 is no class: there are 3, numbered from 0 to 2",
            "the first class is 0",
        ),
        (
            'kind = "cross_entropy"\ntarget = [[0], [1]]',
            8,
            "the target is 2 x 1, but A1 is 3 x 2",
            "one share of each of 3 classes per input, or 2 class numbers",
        ),
        (
            'kind = "cross_entropy"\ntarget = [[1, 0], [0, 1], [0, 1]]',
            8,
            "the target of input 2 sums to 2, not to 1",
            "the shares of one input stand in one column: 1 for its class, 0 for the others",
        ),
        (
            'kind = "cross_entropy"\ntarget = [[2, 0], [-1, 1], [0, 0]]',
            8,
            "the target of input 1 has a negative share",
            "the shares of one input stand in one column: 1 for its class, 0 for the others",
        ),
        (
            'kind = "squared_error"\ntarget = [[1, 0]]',
            8,
            "the target is 1 x 2, but A1 is 3 x 2",
            "the target needs one entry for each of A1",
        ),
        (
            'kind = "hinge"\ntarget = [[1, -1], [1, 0], [1, 1]]',
            8,
            "the target 0 is not -1 or 1",
            "hinge compares signs",
        ),
        (
            'kind = "binary_cross_entropy"\ntarget = [[1, 1], [1, 0], [1, 2]]',
            8,
            "the target 2 is not a number from 0 to 1",
            "the target is the probability of 1",
        ),
        (
            'kind = "mean_squared_error"\nreduction = "sum"\ntarget = 1',
            8,
            "mean_squared_error is a mean, not a sum",
            'kind = "squared_error" is the sum',
        ),
        (
            'kind = "squared_error"\nl2 = -1\ntarget = [[1, 1], [1, 0], [1, 2]]',
            8,
            "l2 is negative",
            "l2 = 0.01",
        ),
        ('formula = "sum(A1)"\nl2 = 1', 8, "a loss with a formula has no l2", "the formula says all of it"),
        ('formula = "sum(A7)"', 7, "'A7' is not defined", "did you mean A1?"),
        ("formula = 3", 7, "formula must be a formula in quotes", 'formula = "mean((A_out - target)^2)"'),
        ("target = 3", 6, "the loss has no kind", "known kinds: squ"),
    ],
)
def test_messages(lines: str, line: int, message: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(HW2CheckError) as caught:
        truth_of(NETWORK + lines, tmp_path)
    assert caught.value.place is not None
    assert (caught.value.message, caught.value.place.line) == (message, line)
    assert caught.value.hint.startswith(hint)


def test_what_an_output_is_has_to_be_stated_where_its_function_does_not_say(tmp_path: Path) -> None:
    text = NETWORK.replace("softmax", "relu") + 'kind = "cross_entropy"\ntarget = [0, 1]\n'
    with pytest.raises(HW2CheckError) as caught:
        truth_of(text, tmp_path)
    assert caught.value.message == "it is not known what A1 is to cross_entropy"
    assert caught.value.hint == 'state from = "logits" or "probabilities" or "log_probabilities"'


def test_one_entry_per_input_is_no_class(tmp_path: Path) -> None:
    text = (
        NETWORK.replace("[[1, 2], [0.5, -1], [1, 0]]", "[[1, 2]]") + 'kind = "cross_entropy"\ntarget = [0, 0]'
    )
    with pytest.raises(HW2CheckError) as caught:
        truth_of(text, tmp_path)
    assert caught.value.message == "A1 has one entry per input, but this loss needs one for each class"
