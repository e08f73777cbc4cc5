"""The two emotion classifiers in fixtures: every figure recomputed by passes written out in NumPy."""

from __future__ import annotations

import tomllib
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hw2check.check.file import check_file
from tests.support import FIXTURES

Array = NDArray[np.float64]
Figures = dict[str, Array]


def softmax_of_columns(z: Array) -> Array:
    powers = np.exp(z)
    return np.asarray(powers / powers.sum(axis=0))


def numbers_of_words(layer: dict[str, Any]) -> list[list[int]]:
    return [[layer["vocabulary"].index(word) for word in sentence] for sentence in layer["tokens"]]


def dense(problem: dict[str, Any]) -> Figures:
    """The sum of the words' rows, tanh, softmax; mean cross-entropy. One column per sentence."""
    words, hidden, out = problem["layer"]
    e, w1, w2 = (np.array(a) for a in (words["E"], hidden["W"], out["W"]))
    b1, b2 = (np.array(layer["b"]).reshape(-1, 1) for layer in (hidden, out))
    sentences, classes = numbers_of_words(words), problem["loss"]["target"]
    count = len(sentences)
    a0 = np.array([sum(e[word] for word in sentence) for sentence in sentences]).T
    z1 = w1 @ a0 + b1
    a1 = np.tanh(z1)
    z2 = w2 @ a1 + b2
    a2 = softmax_of_columns(z2)
    loss = -np.log(a2[classes, range(count)]).mean()

    dz2 = (a2 - np.eye(len(a2))[classes].T) / count
    dz1 = (w2.T @ dz2) * (1 - a1**2)
    da0 = w1.T @ dz1
    de = np.zeros_like(e)
    for column, sentence in enumerate(sentences):
        for word in sentence:
            de[word] += da0[:, column]
    gradients = {
        "E_words": (e, de),
        "W_hidden": (w1, dz1 @ a0.T),
        "b_hidden": (b1, dz1.sum(axis=1, keepdims=True)),
        "W_out": (w2, dz2 @ a1.T),
        "b_out": (b2, dz2.sum(axis=1, keepdims=True)),
    }
    values = {"A_words": a0, "Z_hidden": z1, "A_hidden": a1, "Z_out": z2, "A_out": a2, "Loss": loss}
    deltas = {"dLoss/dZ_out": dz2, "dLoss/dZ_hidden": dz1, "dLoss/dA_words": da0}
    return values | deltas | stepped(problem, gradients)


def recurrent(problem: dict[str, Any]) -> Figures:
    """Two layers of tanh over the words, softmax of the last state. One row per sentence."""
    words, lower, upper, out = problem["layer"]
    e, w_out, b_out = np.array(words["E"]), np.array(out["W"]), np.array(out["b"])
    w, u, b = ([np.array(layer[key]) for layer in (lower, upper)] for key in ("W", "U", "b"))
    sentences, classes = np.array(numbers_of_words(words)), problem["loss"]["target"]
    count, length = sentences.shape
    figures: Figures = {}
    states: list[list[Array]] = []
    taken = [e[sentences[:, step]] for step in range(length)]
    figures |= {f"x_words_{step}": x for step, x in enumerate(taken, 1)}
    fed = [taken]
    for place, name in enumerate(("lower", "upper")):
        h = [np.zeros((count, len(b[place])))]
        for x in fed[place]:
            h.append(np.tanh(x @ w[place].T + h[-1] @ u[place].T + b[place]))
        states.append(h)
        fed.append(h[1:])
        figures |= {f"h_{name}_{step}": h[step] for step in range(1, length + 1)}
    z = states[1][-1] @ w_out.T + b_out
    figures["Z_out"], figures["A_out"] = z, softmax_of_columns(z.T).T
    figures["Loss"] = -np.log(figures["A_out"][range(count), classes]).mean()

    dz = (figures["A_out"] - np.eye(z.shape[1])[classes]) / count
    gradients = {"W_out": (w_out, dz.T @ states[1][-1]), "b_out": (b_out, dz.sum(axis=0))}
    figures["dLoss/dZ_out"] = dz
    above = [np.zeros_like(h) for h in states[1]]  # what each state gets from above, by step
    above[-1] = dz @ w_out
    for place, name in ((1, "upper"), (0, "lower")):
        dw, du, db = np.zeros_like(w[place]), np.zeros_like(u[place]), np.zeros_like(b[place])
        below = [np.zeros_like(x) for x in (fed[place][0], *fed[place])]
        dh = np.zeros_like(above[0])
        for step in range(length, 0, -1):
            dh = dh + above[step]
            figures[f"dLoss/dh_{name}_{step}"] = dh
            delta = dh * (1 - states[place][step] ** 2)
            dw += delta.T @ fed[place][step - 1]
            du += delta.T @ states[place][step - 1]
            db += delta.sum(axis=0)
            below[step] = delta @ w[place]
            dh = delta @ u[place]
        above = below
        gradients |= {
            f"W_{name}": (w[place], dw),
            f"U_{name}": (u[place], du),
            f"b_{name}": (b[place], db),
        }
    de = np.zeros_like(e)
    for step in range(length):
        np.add.at(de, sentences[:, step], above[step + 1])
    return figures | stepped(problem, gradients | {"E_words": (e, de)})


def stepped(problem: dict[str, Any], gradients: dict[str, tuple[Array, Array]]) -> Figures:
    """Gradients, and the parameters after one step downhill."""
    rate = problem["learning_rate"]
    found = {f"dLoss/d{name}": gradient for name, (_, gradient) in gradients.items()}
    return found | {f"{name}_new": value - rate * gradient for name, (value, gradient) in gradients.items()}


CLASSIFIERS = {"emotions-dense": dense, "emotions-recurrent": recurrent}
DIGITS = 6  # decimals of the figures in the fixtures


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_figure_is_that_of_numpy(name: str) -> None:
    problem = tomllib.loads((FIXTURES / f"{name}.toml").read_text("utf-8"))
    figures = CLASSIFIERS[name](problem)
    answers = problem["expected"]
    assert answers.keys() == figures.keys()
    for quantity, answer in answers.items():
        value = np.array(answer["value"] if isinstance(answer, dict) else answer, dtype=np.float64)
        wanted = np.asarray(figures[quantity])
        np.testing.assert_allclose(
            value.reshape(wanted.shape), wanted, rtol=0, atol=0.5001 * 10**-DIGITS, err_msg=quantity
        )


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_answer_is_correct(name: str) -> None:
    report = check_file(str(FIXTURES / f"{name}.toml"))
    assert len(report.findings) >= 19
    assert {
        finding.name: finding.verdict for finding in report.findings if finding.verdict != "correct"
    } == {}
