"""hw2check's values and gradients of a network beside the oracle's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import autograd
import numpy as np

from hw2check.problem.reader import read_problem
from hw2check.reading.source import read_source
from hw2check.truth.derived import Truth
from tests.oracles.network import RandomNetwork


def truth_of(text: str, folder: Path, *, with_gradients: bool = True) -> Truth:
    file = folder / "p.toml"
    file.write_text(text, encoding="utf-8")
    return Truth(read_problem(read_source(str(file))), with_gradients=with_gradients)


def assert_agrees(network: RandomNetwork, folder: Path) -> None:
    """Every value that the oracle names, and the gradient of everything given, are hw2check's."""
    truth = truth_of(network.text(), folder)
    loss, values = network.run(network.given)
    np.testing.assert_allclose(truth.values["Loss"], loss, rtol=1e-10, err_msg=network.text())
    for name, value in values.items():
        np.testing.assert_allclose(
            truth.values[name], network.stored(value), rtol=1e-10, atol=1e-13, err_msg=name + network.text()
        )
    gradient: Any = autograd.grad(lambda given: network.run(given)[0])
    for name, wanted in gradient(network.given).items():
        np.testing.assert_allclose(
            truth.values[f"dLoss/d{name}"], wanted, rtol=1e-8, atol=1e-11, err_msg=name + network.text()
        )
