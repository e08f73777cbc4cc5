"""Random networks of every kind of layer: every value and gradient as the oracle and autograd have them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from hw2check.problem.layers.kinds import KINDS
from hw2check.problem.losses import LOSSES
from tests.oracles.network import ACTIVATIONS, RandomNetwork
from tests.oracles.network import LOSSES as ORACLES
from tests.oracles.network_truth import assert_agrees

ENTRYWISE = sorted(ACTIVATIONS.keys() - {"softmax", "log_softmax"})
SMOOTH = ("identity", "tanh", "sigmoid", "softplus", "silu", "gelu")  # also where a norm gives exactly 0
LAST = {  # the last activation that a loss needs; any where it is not named
    "cross_entropy": "identity",
    "binary_cross_entropy": "identity",
    "cross_entropy probabilities": "softmax",
    "negative_log_likelihood log_probabilities": "log_softmax",
    "binary_cross_entropy probabilities": "sigmoid",
}
STEMS = ("matrix", "words", "sequence", "steps", "positions", "signal", "image")


def random_network(seed: int) -> RandomNetwork:
    """One to about six layers and a loss."""
    network = RandomNetwork(seed, rows=bool(seed & 1), in_out=bool(seed & 2), inputs=1 + seed // 4 % 8)
    rng, stem = network.rng, STEMS[seed % len(STEMS)]
    if stem == "matrix":
        network.matrix(rng.randint(1, 4))
    elif stem == "words":
        network.embedding(rng.randint(1, 4), rng.choice(("sum", "mean")))
    elif stem == "sequence":
        network.embedding(rng.randint(1, 3), "sequence")
        read(network)
    elif stem == "steps":
        network.steps(rng.randint(1, 3), rng.randint(1, 4))
        read(network)
    elif stem == "positions":
        network.matrix(rng.randint(1, 4))
        network.attention(rng.randint(1, 3), network.inputs, rng.choice(("", "tanh", "relu")))
    elif stem == "signal":
        network.inputs = rng.randint(4, 8)
        signal(network)
    else:
        image(network)
    for _ in range(rng.randint(0, 3)):
        more(network)
    loss = rng.choice(sorted(ORACLES))
    network.dense(rng.randint(2, 4), LAST.get(loss, rng.choice(ENTRYWISE)))
    means = loss.startswith("mean_")
    network.loss(loss, rng.choice(("mean_batch", "mean") if means else ("sum", "mean_batch", "mean")))
    return network


def read(network: RandomNetwork) -> None:
    """One or two recurrent layers."""
    rng = network.rng
    if rng.random() < 0.5:
        network.recurrent(rng.choice(("rnn", "gru", "lstm")), rng.randint(1, 3), last=False)
    network.recurrent(rng.choice(("rnn", "gru", "lstm")), rng.randint(1, 3), rng.choice(ENTRYWISE))


def signal(network: RandomNetwork) -> None:
    rng = network.rng
    network.matrix(rng.randint(1, 3))
    network.conv1d(
        rng.randint(1, 3), rng.randint(1, 3), rng.randint(1, 2), rng.randint(0, 2), rng.choice(ENTRYWISE)
    )
    if rng.random() < 0.7:
        network.pool1d(rng.choice(("max_pool1d", "avg_pool1d")), 2, rng.randint(1, 2), rng.randint(0, 1))
    network.flatten()


def image(network: RandomNetwork) -> None:
    rng = network.rng
    channels, filters = rng.randint(1, 2), rng.randint(1, 3)
    network.image(channels, rng.randint(3, 5), rng.randint(3, 5))
    size = rng.randint(1, 3), rng.randint(1, 3)
    network.conv2d(filters, channels, size, rng.randint(1, 2), rng.randint(0, 1), rng.choice(ENTRYWISE))
    if rng.random() < 0.7:
        network.pool2d(rng.choice(("max_pool2d", "avg_pool2d")), filters, 2, rng.randint(1, 2), 1)
    network.flatten()


def more(network: RandomNetwork) -> None:
    """A layer of matrices that any other may follow."""
    rng = network.rng
    kind = rng.choice(("dense", "softmax", "residual", "layer_norm", "batch_norm", "rms_norm", "dropout"))
    if kind == "dense":
        network.dense(rng.randint(1, 4), rng.choice(ENTRYWISE))
    elif kind == "softmax":
        network.dense(rng.randint(1, 4), rng.choice(("softmax", "log_softmax")))
    elif kind == "residual":
        network.dense(network.features, rng.choice(ENTRYWISE))
        network.dense(network.features, rng.choice(ENTRYWISE))
        network.residual(1, rng.choice(("", "relu", "tanh")))
    elif kind == "dropout":
        network.dropout(network.inputs)
    elif kind == "rms_norm":
        network.rms_norm(rng.choice(("", *SMOOTH)))
    else:
        network.norm(kind, rng.choice(("", *SMOOTH)))


COUNT, SLICES = 560, 8


@pytest.mark.long
@pytest.mark.parametrize("part", range(SLICES))
def test_values_and_gradients_of_random_networks(part: int, tmp_path: Path) -> None:
    for seed in range(part, COUNT, SLICES):
        try:
            assert_agrees(random_network(seed), tmp_path)
        except BaseException as error:
            error.add_note(f"random_network({seed})")
            raise


def test_the_random_networks_have_everything() -> None:
    lines = Counter(line for seed in range(COUNT) for line in set(random_network(seed).lines))
    wanted = [f'kind = "{name}"' for name in (*KINDS, *LOSSES)]
    wanted += [f'activation = "{name}"' for name in ACTIVATIONS]
    wanted += [f'reduction = "{name}"' for name in ("sum", "mean_batch", "mean")]
    wanted += [f'batch = "{name}"' for name in ("columns", "rows")]
    wanted += [f'weights = "{name}"' for name in ("out_in", "in_out")]
    assert [line for line in wanted if lines[line] < 15] == []
    assert {random_network(seed).inputs for seed in range(COUNT)} == set(range(1, 9))
