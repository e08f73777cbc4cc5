"""Residual, normalisation, dropout, attention, convolution and pooling, against tests/oracles/network.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hw2check.errors import HW2CheckError
from hw2check.formula.shapes import Shapes
from hw2check.problem.layers.builder import Network
from tests.oracles.network import CONVENTIONS, RandomNetwork
from tests.oracles.network_truth import assert_agrees, truth_of
from tests.support import judged


def a_residual(network: RandomNetwork) -> None:
    network.matrix(3)
    network.dense(3, "tanh")
    network.dense(3, "sigmoid")
    network.residual(network.rng.choice((1, 2)), network.rng.choice(("", "softplus")))


def a_layer_norm(network: RandomNetwork) -> None:
    network.matrix(3)
    network.norm("layer_norm", "tanh")
    network.dense(3, "identity")
    network.norm("layer_norm")


def an_rms_norm(network: RandomNetwork) -> None:
    network.matrix(3)
    network.rms_norm("tanh")
    network.dense(3, "identity")
    network.rms_norm()


def a_batch_norm(network: RandomNetwork) -> None:
    network.matrix(3)
    network.dense(2, "identity")
    network.norm("batch_norm", "softplus")
    network.dense(2, "identity")


def a_dropout(network: RandomNetwork) -> None:
    network.matrix(4)
    network.dropout(network.inputs)
    network.dense(2, "tanh")
    network.dropout(network.inputs)


def an_attention(network: RandomNetwork) -> None:
    network.matrix(3)
    network.attention(2, network.inputs, network.rng.choice(("", "tanh")))
    network.dense(2, "identity")


def a_conv1d(network: RandomNetwork) -> None:
    network.inputs = network.rng.randint(4, 7)
    network.matrix(2)
    network.conv1d(3, 3, network.rng.choice((1, 2)), network.rng.choice((0, 1)), "tanh")
    network.flatten()


def a_pool1d(network: RandomNetwork) -> None:
    network.inputs = network.rng.randint(4, 7)
    network.matrix(2)
    network.conv1d(2, 1, 1, 0, "identity")
    network.pool1d(
        network.rng.choice(("max_pool1d", "avg_pool1d")),
        2,
        network.rng.choice((1, 2)),
        network.rng.choice((0, 1)),
    )
    network.flatten()


def a_conv2d(network: RandomNetwork) -> None:
    channels, filters = network.rng.choice(((1, 1), (1, 2), (2, 1), (2, 3)))
    network.image(channels, 4, 5)
    network.conv2d(filters, channels, (2, 3), network.rng.choice((1, 2)), network.rng.choice((0, 1)), "tanh")
    network.flatten()
    network.dense(2, "identity")


def a_pool2d(network: RandomNetwork) -> None:
    channels = network.rng.choice((1, 2))
    network.image(channels, 5, 4)
    network.conv2d(channels, channels, (1, 1), 1, 0, "identity")
    network.pool2d(
        network.rng.choice(("max_pool2d", "avg_pool2d")),
        channels,
        2,
        network.rng.choice((1, 2)),
        network.rng.choice((0, 1)),
    )
    network.flatten()


NETWORKS: dict[str, Callable[[RandomNetwork], None]] = {
    "residual": a_residual,
    "layer_norm": a_layer_norm,
    "rms_norm": an_rms_norm,
    "batch_norm": a_batch_norm,
    "dropout": a_dropout,
    "attention": an_attention,
    "conv1d": a_conv1d,
    "pool1d": a_pool1d,
    "conv2d": a_conv2d,
    "pool2d": a_pool2d,
}


@pytest.mark.parametrize(("rows", "in_out"), CONVENTIONS)
@pytest.mark.parametrize("kind", NETWORKS)
def test_values_and_gradients(kind: str, rows: bool, in_out: bool, tmp_path: Path) -> None:
    for seed in range(6):
        network = RandomNetwork(seed, rows=rows, in_out=in_out, inputs=2 + seed % 3)
        NETWORKS[kind](network)
        network.loss("squared_error", "sum")
        assert_agrees(network, tmp_path)


MATRIX = "[given]\nA_in = [[1, 2, 4], [3, 5, -1]]\n"


@pytest.mark.parametrize(
    ("layer", "answers"),
    [
        ('kind = "residual"\nfrom = "A_in"', {"A1": "2*A_in"}),
        (
            'kind = "layer_norm"\neps = 0\ngamma = [2, 3]',
            {
                "A1": "[[-2, -2, 2], [3, 3, -3]]",
                "mu1": "mean(A_in, axis=0)",
                "Xhat1": "[[-1, -1, 1], [1, 1, -1]]",
            },
        ),
        (
            'kind = "rms_norm"\neps = 0\ngamma = [2, 3]',
            {
                "rms1": "[[sqrt(5), sqrt(29/2), sqrt(17/2)]]",
                "A1": "[[2/sqrt(5), 4/sqrt(29/2), 8/sqrt(17/2)], [9/sqrt(5), 15/sqrt(29/2), -3/sqrt(17/2)]]",
            },
        ),
        (
            'kind = "batch_norm"\neps = 0',
            {"mu1": "[[7/3], [7/3]]", "var1": "[[14/9], [56/9]]", "A1": "(A_in - mu1)/sqrt(var1)"},
        ),
        (
            'kind = "batch_norm"\nrunning_mean = [1, 0]\nrunning_var = [4, 9]\neps = 0',
            {"A1": "[[0, 1/2, 3/2], [1, 5/3, -1/3]]"},
        ),
        (
            'kind = "dropout"\np = "1/3"\nmask = [[1, 0, 1], [0, 1, 1]]',
            {"A1": "A_in*mask1*1.5", "dLoss/dA_in": "dLoss/dA1*mask1*3/2"},
        ),
        (
            (
                'kind = "attention"\nW_Q = [[1, 0]]\nW_K = [[0, 1]]\nW_V = [[1, 1]]\n'
                "mask = [[1, 0, 0], [1, 1, 0], [1, 1, 1]]"
            ),
            {"Q1": "A_in[0:1]", "S1": "K1.T @ Q1", "A1": "V1 @ P1", "dLoss/dP1": "V1.T @ dLoss/dA1"},
        ),
        (
            'kind = "conv1d"\nkernel = 2\nW = [[1, -1, 0, 2]]',
            {"Z1": "[[9, -4]]", "P1": "[[1, 2], [2, 4], [3, 5], [5, -1]]", "dLoss/dW1": "dLoss/dZ1 @ P1.T"},
        ),
        ('kind = "max_pool1d"\nkernel = 2\nstride = 1', {"A1": "[[2, 4], [5, 5]]"}),
        ('kind = "avg_pool1d"\nkernel = 2\npadding = 1', {"A1": "[[1/2, 3], [3/2, 2]]"}),
        ('kind = "max_pool1d"\nkernel = 2\npadding = 1', {"A1": "[[1, 4], [3, 5]]"}),
        ('kind = "conv2d"\nW = [[1, 0], [0, -1]]\nb = 1', {"Z1": "[[-3, 4]]", "A1": "Z1"}),
        (
            'kind = "conv2d"\nW = [[1, 0], [0, -1]]\npadding = 1',
            {"Z1": "[[-1, -2, -4, 0], [-3, -4, 3, 4], [0, 3, 5, -1]]"},
        ),
        ('kind = "conv2d"\nfilters = 2\nW = [[1], [2]]\nstride = 2', {"Z1": "[[1, 4], [2, 8]]"}),
        ('kind = "max_pool2d"\nkernel = 2\nstride = 1', {"A1": "[[5, 5]]"}),
        ('kind = "avg_pool2d"\nkernel = 2\npadding = 1', {"A1": "[[1/4, 3/2], [3/4, 1]]"}),
        ('kind = "flatten"', {"A1": "[[1], [2], [4], [3], [5], [-1]]"}),
    ],
)
def test_worked_by_hand(layer: str, answers: dict[str, str], tmp_path: Path) -> None:
    """As a person would write it; and another factor is wrong."""
    loss = '[loss]\nformula = "sum(sin(A1))"\n[expected]\n'
    for name, formula in answers.items():
        for factor, verdict in (("1", "correct"), ("1.01", "wrong")):
            text = f'{MATRIX}[[layer]]\n{layer}\n{loss}"{name}" = "{factor}*({formula})"\n'
            assert judged(tmp_path, text).findings[0].verdict == verdict, (name, factor)


@pytest.mark.parametrize(
    ("layer", "line", "message", "hint"),
    [
        (
            'W = [[1, 2]]\n[[layer]]\nkind = "embedding"\nE = [[1]]\ntokens = [0]',
            5,
            "layer 2 states its input itself, and nothing takes A1",
            "a residual layer may add it",
        ),
        ('kind = "residual"', 3, "layer 1 needs one of over and from", "over = 2 adds"),
        ('kind = "residual"\nover = 1', 5, "there are only 0 layers before this one", "a number"),
        (
            'kind = "residual"\nfrom = "out"',
            5,
            "there is no layer 'out' before this one",
            "known names: A_in",
        ),
        (
            'W = [[1, 2]]\n[[layer]]\nkind = "residual"\nover = 1',
            7,
            "A1 is 1 x 3, but A_in is 2 x 3",
            "both need the same shape",
        ),
        ('kind = "rms_norm"\neps = -1', 5, "eps is negative", "eps = 1e-5"),
        ('kind = "layer_norm"\neps = -1', 5, "eps is negative", "eps = 1e-5"),
        (
            'kind = "layer_norm"\ngamma = [1, 2, 3]',
            5,
            "gamma1 is a vector of 3, but A_in has 2 entries per input",
            "",
        ),
        (
            'kind = "batch_norm"\nrunning_mean = [1, 2]',
            5,
            "running_mean stands alone",
            "state running_mean and",
        ),
        (
            'kind = "batch_norm"\nrunning_mean = [1, 2]\nrunning_var = [1, -2]',
            6,
            "a variance is negative",
            "",
        ),
        ('kind = "dropout"\np = 0.5', 3, "layer 1 has no mask", "mask ="),
        (
            'kind = "dropout"\np = 1\nmask = [[1, 1, 1], [1, 1, 0]]',
            5,
            "p is a probability below 1",
            "p = 0.5",
        ),
        (
            'kind = "dropout"\np = 0\nmask = [[1, 1, 1], [1, 1, 2]]',
            6,
            "a mask has no entries but 0 and 1",
            "",
        ),
        ('kind = "dropout"\np = 0\nmask = [[1, 1]]', 6, "mask1 is 1 x 2, but A_in is 2 x 3", "one entry"),
        ('kind = "attention"\nW_Q = [[1, 0]]', 3, "layer 1 has no W_K", "W_K = [[...], ...]"),
        (
            'kind = "attention"\nW_Q = [[1, 0]]\nW_K = [[1, 0], [0, 1]]\nW_V = [[1, 1]]',
            6,
            "W_K gives 2 entries, but W_Q gives 1",
            "queries and keys",
        ),
        (
            'kind = "attention"\nW_Q = [[1, 0]]\nW_K = [[1, 0]]\nW_V = [[1, 1]]\nmask = [[1, 0]]',
            8,
            "mask1 is 1 x 2, but there are 3 positions",
            "3 x 3: a row for each position",
        ),
        (
            (
                'kind = "attention"\nW_Q = [[1, 0]]\nW_K = [[1, 0]]\nW_V = [[1, 1]]\n'
                "mask = [[1, 0, 0], [0, 0, 0], [1, 1, 1]]"
            ),
            8,
            "position 2 may attend to nothing",
            "each row of the mask needs a 1",
        ),
        ('kind = "conv1d"\nW = [[1, 2]]', 3, "layer 1 has no kernel", "kernel = 2"),
        (
            'kind = "conv1d"\nkernel = 4\nW = [[1, 2]]',
            3,
            "a window of 4 does not fit into 3",
            "a smaller kernel",
        ),
        (
            'kind = "conv1d"\nkernel = 2\nW = [[1, 2]]',
            6,
            "W1 is 1 x 2, but a window has 4 entries: W1 needs 4 columns",
            "",
        ),
        ('kind = "max_pool1d"\nkernel = 1.5', 5, "kernel must be a whole number", "1 or more: kernel = 1"),
        ('kind = "max_pool1d"\nkernel = 2\nstride = 0', 6, "stride must be a whole number", "1 or more"),
        (
            'kind = "max_pool2d"\nkernel = 2\npadding = 2',
            6,
            "the padding 2 is more than half of the kernel 2",
            "",
        ),
        (
            'kind = "max_pool2d"\nkernel = 1\nchannels = 3',
            6,
            "A_in has 2 rows, which are not 3 channels of one height",
            "the channels stand one below the other",
        ),
        ('kind = "conv2d"', 3, "layer 1 has no W", "W = [[1, 0], [0, -1]]"),
        (
            'kind = "conv2d"\nfilters = 2\nW = [[1]]',
            6,
            "W1 is 1 x 1, which is not 2 kernels",
            "one below the",
        ),
    ],
)
def test_messages(layer: str, line: int, message: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(HW2CheckError) as caught:
        truth_of(f"{MATRIX}[[layer]]\n{layer}\n", tmp_path)
    assert caught.value.place is not None
    assert (caught.value.message, caught.value.place.line) == (message, line)
    assert caught.value.hint.startswith(hint)


def test_a_layer_of_too_many_windows_is_refused(tmp_path: Path) -> None:
    row = str([0] * 5000)
    with pytest.raises(HW2CheckError, match="layer 1 has 4,999 windows"):
        truth_of(
            f'[given]\nA_in = [{row}]\n[[layer]]\nkind = "max_pool1d"\nkernel = 2\nstride = 1\n', tmp_path
        )


def test_words_and_their_places_are_added(tmp_path: Path) -> None:
    """An embedding may follow another layer where a residual layer takes up that layer's result."""
    text = """[[layer]]
kind = "embedding"
E = [[1, 2], [3, 4]]
tokens = [1, 0, 1]
reduce = "sequence"
[[layer]]
kind = "embedding"
E = [[0.5, 0], [0, 0.5], [1, 1]]
tokens = [0, 1, 2]
reduce = "sequence"
[[layer]]
kind = "residual"
from = "1"
"""
    truth = truth_of(text, tmp_path, with_gradients=False)
    np.testing.assert_array_equal(truth.values["A3"], np.array([[3.5, 1, 4], [4, 2.5, 5]]))


def test_an_image_of_usual_size(tmp_path: Path) -> None:
    """32 x 32 with a kernel of 3 x 3 and pooling: more windows than operations that may stand in a row."""
    rng = np.random.default_rng(1)
    image, kernel = rng.normal(size=(32, 32)), rng.normal(size=(3, 3))
    text = f"""[given]
A_in = {image.tolist()}
[[layer]]
kind = "conv2d"
W = {kernel.tolist()}
[[layer]]
kind = "max_pool2d"
kernel = 2
[loss]
formula = "sum(A2)"
"""
    truth = truth_of(text, tmp_path)
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3))
    sums = (windows * kernel).sum(axis=(2, 3))
    np.testing.assert_allclose(truth.values["A1"], sums, rtol=1e-12, atol=1e-12)
    blocks = sums.reshape(15, 2, 15, 2).transpose(0, 2, 1, 3).reshape(15, 15, 4)
    np.testing.assert_allclose(truth.values["A2"], blocks.max(axis=2), rtol=1e-12, atol=1e-12)
    wanted = sum(
        windows[2 * i + place // 2, 2 * j + place % 2]
        for i in range(15)
        for j in range(15)
        for place in [int(blocks[i, j].argmax())]
    )
    np.testing.assert_allclose(truth.values["dLoss/dW1"], wanted, rtol=1e-9)


def test_penalties_are_taken_of_all_weights(tmp_path: Path) -> None:
    text = """[given]
A_in = [[1, 2]]
[[layer]]
kind = "rnn"
W = [[2]]
U = [[3]]
b = [7]
[[layer]]
kind = "layer_norm"
gamma = [5]
[loss]
kind = "squared_error"
target = [[0]]
l2 = 1
"""
    assert truth_of(text, tmp_path).values["Loss"] == 13


@pytest.mark.parametrize(("rows", "in_out"), CONVENTIONS)
@pytest.mark.parametrize("kind", NETWORKS)
def test_the_shapes_that_layers_state(
    kind: str, rows: bool, in_out: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a layer says of its nodes is what the inference finds in their formulas, and what they have."""
    stated: dict[str, tuple[int, ...]] = {}
    define = Network.define

    def noted(network: Network, name: str, formula: str, shape: tuple[int, ...], path: Any) -> str:
        stated[name] = shape
        return define(network, name, formula, shape, path)

    monkeypatch.setattr(Network, "define", noted)
    drawn = RandomNetwork(3, rows=rows, in_out=in_out, inputs=3)
    NETWORKS[kind](drawn)
    drawn.loss("squared_error", "sum")
    truth = truth_of(drawn.text(), tmp_path)
    known = Shapes({name: value.shape for name, value in truth.values.items()})
    assert stated
    for name, shape in stated.items():
        assert shape == truth.values[name].shape == known.shape(truth.graph.by_name[name].formula), name
