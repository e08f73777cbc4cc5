"""Embeddings and recurrent layers, against what tests/oracles/network.py computes and autograd derives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hw2check.errors import HW2CheckError
from hw2check.truth.derived import Truth
from tests.oracles.network import CONVENTIONS, RandomNetwork
from tests.oracles.network_truth import assert_agrees, truth_of
from tests.support import judged, verdicts


@pytest.mark.parametrize(("rows", "in_out"), CONVENTIONS)
@pytest.mark.parametrize("reduce", ["sum", "mean"])
def test_embedding(reduce: str, rows: bool, in_out: bool, tmp_path: Path) -> None:
    for inputs in (1, 2, 5):
        network = RandomNetwork(inputs, rows=rows, in_out=in_out, inputs=inputs)
        network.embedding(3, reduce)
        network.dense(2, "tanh")
        network.dense(4, "identity")
        network.loss("cross_entropy", "mean_batch")
        assert_agrees(network, tmp_path)


@pytest.mark.parametrize(("rows", "in_out"), CONVENTIONS)
@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_two_recurrent_layers_on_an_embedding(kind: str, rows: bool, in_out: bool, tmp_path: Path) -> None:
    for inputs in (1, 2, 4):
        network = RandomNetwork(inputs, rows=rows, in_out=in_out, inputs=inputs)
        network.embedding(3, "sequence")
        network.recurrent(kind, 2, last=False)
        network.recurrent("rnn", 3, "softplus")
        network.dense(2, "identity")
        network.loss("binary_cross_entropy", "mean")
        assert_agrees(network, tmp_path)


@pytest.mark.parametrize(("rows", "in_out"), CONVENTIONS)
@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_steps_that_are_given(kind: str, rows: bool, in_out: bool, tmp_path: Path) -> None:
    for inputs in (1, 3):
        network = RandomNetwork(inputs, rows=rows, in_out=in_out, inputs=inputs)
        network.steps(2, 3)
        network.recurrent(kind, 2)
        network.loss("squared_error", "sum")
        assert_agrees(network, tmp_path)


def forward(text: str, folder: Path) -> Truth:
    return truth_of(text, folder, with_gradients=False)


TABLE = "[[1, 2], [0.5, -1], [0, 3]]"
ONE_SENTENCE = f"""[[layer]]
kind = "embedding"
E = {TABLE}
vocabulary = ["so", "happy", "today"]
tokens = ["so", "so", "happy"]
"""
CELL = """[[layer]]
kind = "rnn"
W = [[1, 0.5]]
U = [[0.25]]
"""


def states(taken: Any) -> list[Any]:
    found: list[Any] = [0.0]
    for x in taken:
        found.append(np.tanh(np.dot([1, 0.5], x) + 0.25 * found[-1]))
    return found[1:]


@pytest.mark.parametrize("batch", ["columns", "rows"])
def test_a_matrix_is_one_sequence(batch: str, tmp_path: Path) -> None:
    """Its inputs are taken one by one; with output = "all" the states are the inputs of what follows."""
    given = "A_in = [[1, 0, 0.5], [2, 1, -1]]" if batch == "columns" else "A_in = [[1, 2], [0, 1], [0.5, -1]]"
    wanted = states([[1, 2], [0, 1], [0.5, -1]])
    start = f'batch = "{batch}"\n[given]\n{given}\n{CELL}'
    last = forward(start + "[[layer]]\nW = [[2]]\n", tmp_path)
    assert last.values["h3"] == pytest.approx(wanted[2], rel=1e-12)
    assert last.values["A2"] == pytest.approx(2 * wanted[2], rel=1e-12)
    every = forward(f'{start}output = "all"\n[[layer]]\nW = [[2]]\n', tmp_path)
    twice = 2 * np.array([wanted])
    np.testing.assert_allclose(every.values["A2"], twice if batch == "columns" else twice.T, rtol=1e-12)


def test_one_sentence_is_a_sequence(tmp_path: Path) -> None:
    text = ONE_SENTENCE + 'reduce = "sequence"\n'
    truth = forward(text + CELL, tmp_path)
    np.testing.assert_allclose(truth.values["A1"], np.array([[1, 1, 0.5], [2, 2, -1]]))
    assert truth.values["h3"] == pytest.approx(states([[1, 2], [1, 2], [0.5, -1]])[2], rel=1e-12)


def test_words_are_counted(tmp_path: Path) -> None:
    truth = forward(ONE_SENTENCE.replace('["so", "so", "happy"]', '[["so", "so"], ["happy"]]'), tmp_path)
    np.testing.assert_array_equal(truth.values["X1"], [[2, 0], [0, 1], [0, 0]])
    np.testing.assert_array_equal(truth.values["A1"], [[2, 0.5], [4, -1]])


def test_counts_stay_counts_at_sample_points(tmp_path: Path) -> None:
    """As many words in each sentence, so that dividing by their number is right as a formula."""
    text = ONE_SENTENCE.replace('["so", "so", "happy"]', '[["so", "so"], ["happy", "so"]]')
    truth = forward(text, tmp_path)
    samples = truth.samples["X1"]
    assert samples.shape[1:] == (3, 2)
    np.testing.assert_array_equal(
        np.sort(samples, axis=1), np.sort(truth.values["X1"], axis=0)[np.newaxis] + 0 * samples
    )
    assert len({sample.tobytes() for sample in samples}) > 1
    text = text.replace('"so"]]', '"so"]]\nreduce = "mean"') + "[expected]\n"
    for formula, verdict in (("E1.T @ X1 / 2", "correct"), ("E1.T @ X1", "wrong"), ("X1.T @ E1/2", "wrong")):
        assert verdicts(judged(tmp_path, f'{text}A1 = "{formula}"\n')) == {"A1": verdict}


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("z1", "W2 @ x_words_1"),
        ("h2", "tanh(W2 @ x_words_2 + U2 @ h1)"),
        ("dLoss/dh1", "U2.T @ dLoss/dz2"),
        ("dLoss/dz2", "dLoss/dh2*(1 - h2^2)"),
        ("dLoss/dU2", "dLoss/dz1 @ h0.T + dLoss/dz2 @ h1.T"),
        ("dLoss/dW2", "dLoss/dz1 @ x_words_1.T + dLoss/dz2 @ x_words_2.T"),
        ("dLoss/dE_words", "X_words_1 @ dLoss/dx_words_1.T + X_words_2 @ dLoss/dx_words_2.T"),
        ("W2_new", "W2 - 0.1*dLoss/dW2"),
    ],
)
def test_backpropagation_through_time_by_formula(name: str, formula: str, tmp_path: Path) -> None:
    text = "learning_rate = 0.1\n" + ONE_SENTENCE.replace(
        'tokens = ["so", "so", "happy"]', 'tokens = [["so", "happy"]]\nreduce = "sequence"\nname = "words"'
    )
    text += f'{CELL}[loss]\nkind = "squared_error"\ntarget = [[0.5]]\n[expected]\n'
    report = judged(tmp_path, f'{text}"{name}" = "{formula}"\n')
    assert report.findings[0].verdict == "correct"
    report = judged(tmp_path, f'{text}"{name}" = "1.1*({formula})"\n')
    assert report.findings[0].verdict == "wrong"


LSTM = (
    '[given]\nA_in = [[1, 2]]\n[[layer]]\nkind = "lstm"\nW = [[1], [1], [1], [1]]\nU = [[1], [1], [1], [1]]\n'
)


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        (
            ONE_SENTENCE.replace('"so", "so"', '"so", "sad"'),
            5,
            "'sad' is not in the vocabulary",
            "known names: so, happy, today",
        ),
        (
            ONE_SENTENCE.replace(', "today"', ""),
            4,
            "the vocabulary has 2 words, but E has 3 rows",
            "E has one row per word, in the order of the vocabulary",
        ),
        (ONE_SENTENCE.replace('"today"', '"so"'), 4, "'so' is listed twice", "each word has one row of E"),
        (
            ONE_SENTENCE.replace('["so", "happy", "today"]', "3"),
            4,
            "vocabulary must be a list of words",
            '["so"',
        ),
        (
            ONE_SENTENCE.replace('vocabulary = ["so", "happy", "today"]\n', ""),
            4,
            "'so' is a word, but there is no vocabulary",
            'vocabulary = ["so", "happy"], one word for each row of E',
        ),
        (
            ONE_SENTENCE.replace('["so", "so", "happy"]', "[0, 3]"),
            5,
            "3 is no word: there are 3, numbered from 0 to 2",
            "the first row of E is word 0",
        ),
        (ONE_SENTENCE.replace('["so", "so", "happy"]', "[[0], []]"), 5, "sentence 2 is empty", "tokens ="),
        (
            ONE_SENTENCE.replace('["so", "so", "happy"]', "[[0], 1]"),
            5,
            "sentence 2 is a single word",
            "tokens =",
        ),
        (
            ONE_SENTENCE.replace('["so", "so", "happy"]', "[]"),
            5,
            "tokens must be a list of words or of sentences",
            "",
        ),
        (ONE_SENTENCE.replace(TABLE, "[1, 2, 3]"), 3, "E1 is a vector of 3, not a matrix", "E has one row"),
        (
            ONE_SENTENCE.replace(f"E = {TABLE}\n", ""),
            1,
            "layer 1 has no E",
            "E = [[...], ...], one row per word",
        ),
        (ONE_SENTENCE + 'reduce = "max"', 6, "reduce cannot be 'max'", "known words: sum, mean, sequence"),
        (
            ONE_SENTENCE.replace('["so", "so", "happy"]', "[[0], [1, 2]]") + 'reduce = "sequence"',
            5,
            "sentence 2 has 2 words, the first has 1",
            "a sequence needs sentences of one length; a word for padding may fill them up",
        ),
        (
            ONE_SENTENCE.replace('["so", "so", "happy"]', "[[0], [1]]") + 'reduce = "sequence"',
            1,
            "layer 1 gives a matrix for each step, and nothing takes them",
            'a recurrent layer takes a sequence: kind = "rnn"',
        ),
        (
            ONE_SENTENCE.replace('["so", "so", "happy"]', "[[0], [1]]")
            + 'reduce = "sequence"\n[[layer]]\nW = [[1, 2]]',
            7,
            "layer 2 takes one matrix, but the layer before it gives one for each step",
            'a recurrent layer takes a sequence: kind = "rnn"',
        ),
        (CELL, 1, "the network has no input", "state A_in in [given]"),
        (CELL + 'steps = ["s1"]', 5, "s1 is not in [given]", 'steps = ["x1", "x2"]: one given for each step'),
        (
            "[given]\ns1 = 3\n" + CELL + 'steps = ["s1"]',
            7,
            "s1 is a scalar, but a step is a matrix",
            "steps =",
        ),
        (
            "[given]\ns1 = [[1], [2]]\ns2 = [[1, 2], [2, 3]]\n" + CELL + 'steps = ["s1", "s2"]',
            8,
            "s2 is 2 x 2, but s1 is 2 x 1",
            "steps =",
        ),
        (
            LSTM.replace("[[1], [1], [1], [1]]", "[[1], [1], [1]]", 1),
            5,
            "W1 has 3 outputs, which are not 4 parts of one size",
            "the gates i, f, g and o stand one after the other",
        ),
        (
            LSTM.replace("U = [[1], [1], [1], [1]]", "U = [[1], [1]]"),
            6,
            "U1 has 2 outputs, but W1 has 4",
            "U and W have one output per entry of the state and gate",
        ),
        (
            LSTM + "c0 = [[1], [2]]",
            7,
            "c0 is 2 x 1, but the state is 1 x 1",
            "leave the line out for zeros",
        ),
        (LSTM + 'output = "first"', 7, "output cannot be 'first'", 'output = "last" is the last state'),
        (LSTM + 'activation = "relu"', 7, "unknown key 'activation' in [layer.0]", "known"),
        (
            LSTM + LSTM[LSTM.index("[[layer") :],
            7,
            "h0 is defined twice",
            "every layer needs a name of its own",
        ),
    ],
)
def test_messages(text: str, line: int, message: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(HW2CheckError) as caught:
        forward(text, tmp_path)
    assert caught.value.place is not None
    assert (caught.value.message, caught.value.place.line) == (message, line)
    assert caught.value.hint.startswith(hint)
