"""Networks with inputs of every size: gradients by complex steps in mpmath, written rightly and wrongly."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from mpmath import mp

from bench.accuracy.rounding import digits, exact, first_place, rounded, spelt
from bench.traps.case import RIGHT, RIGHT_FORMULA, WRONG, WRONG_FORMULA, Case, quoted, size

Matrix = Any  # an array of mpf or mpc
Values = dict[str, Matrix]
STEP = mp.mpf(10) ** -45
CLOSE_TOO = frozenset({"correct", "close"})

tanh, exp, sqrt = (np.frompyfunc(function, 1, 1) for function in (mp.tanh, mp.exp, mp.sqrt))


def sigmoid(z: Matrix) -> Matrix:
    return 1 / (1 + exp(-z))


class Net(NamedTuple):
    """A network twice: as hw2check reads it, and as a function here."""

    kind: str
    given: Mapping[str, tuple[int, ...]]  # shapes
    nodes: Mapping[str, str]
    loss: Callable[[Values], Any]
    right: Mapping[str, tuple[str, ...]]  # formulas that are right
    wrong: Mapping[str, tuple[str, ...]]


def _dense(v: Values) -> Any:
    a = sigmoid(v["W1"] @ v["X"] + v["b1"])
    out = v["W2"] @ a
    return np.sum((out - v["T"]) ** 2) / 2


def _recurrent(v: Values) -> Any:
    h = tanh(v["U"] @ v["x1"] + v["V"] @ v["h0"] + v["b"])
    h = tanh(v["U"] @ v["x2"] + v["V"] @ h + v["b"])
    h = tanh(v["U"] @ v["x3"] + v["V"] @ h + v["b"])
    return np.sum((h - v["t"]) ** 2)


def _softmax(s: Matrix) -> Matrix:
    top = np.array([[max(row, key=lambda z: mp.re(z))] for row in s])
    powers = exp(s - top)
    return powers / np.sum(powers, axis=1, keepdims=True)


def _attention(v: Values) -> Any:
    p = _softmax(v["Q"] @ v["K"].T / 2)
    return np.sum((p @ v["V"]) * v["T"])


def _convolution(v: Values) -> Any:
    x, k = v["x"], v["k"]
    z = k[0] * x[0:3] + k[1] * x[1:4] + k[2] * x[2:5] + v["b"]
    return np.sum((tanh(z) - v["t"]) ** 2)


NETS = (
    Net(
        "dense",
        {"X": (3, 2), "W1": (2, 3), "b1": (2, 1), "W2": (1, 2), "T": (1, 2)},
        {"Z1": "W1 @ X + b1", "A1": "sigmoid(Z1)", "Z2": "W2 @ A1", "L": "sum((Z2 - T)^2)/2"},
        _dense,
        {
            "dL/dZ2": ("Z2 - T", "W2 @ A1 - T", "-(T - Z2)"),
            "dL/dZ1": ("(W2.T @ (Z2 - T)) * A1 * (1 - A1)", "dL/dA1*sigmoid(Z1)*(1 - A1)"),
            "dL/dW1": ("dL/dZ1 @ X.T", "(X @ dL/dZ1.T).T"),
            "A1": ("1/(1 + exp(-Z1))", "sigmoid(W1 @ X + b1)"),
        },
        {
            "dL/dZ2": ("T - Z2", "2*(Z2 - T)"),
            "dL/dZ1": (
                "(W2.T @ (Z2 - T)) * A1 * (A1 - 1)",
                "dL/dA1*A1",
                "dL/dA1*(1 - A1)",
                "dL/dA1*A1*(1 + A1)",
                "-dL/dA1*A1*(1 - A1)",
            ),
            "dL/dW1": ("-dL/dZ1 @ X.T", "dL/dA1 @ X.T"),
            "A1": ("sigmoid(2*Z1)", "sigmoid(-Z1)", "tanh(Z1)"),
        },
    ),
    Net(
        "recurrent",
        {"x1": (2,), "x2": (2,), "x3": (2,), "h0": (2,), "U": (2, 2), "V": (2, 2), "b": (2,), "t": (2,)},
        {
            "h1": "tanh(U @ x1 + V @ h0 + b)",
            "h2": "tanh(U @ x2 + V @ h1 + b)",
            "h3": "tanh(U @ x3 + V @ h2 + b)",
            "L": "sum((h3 - t)^2)",
        },
        _recurrent,
        {
            "dL/dh3": ("2*(h3 - t)",),
            "dL/dh2": ("V.T @ (dL/dh3*(1 - h3^2))",),
            "dL/dx3": ("U.T @ (dL/dh3*(1 - h3^2))", "U.T @ (dL/dh3*(1 - h3)*(1 + h3))"),
            "h2": ("tanh(b + V @ h1 + U @ x2)",),
        },
        {
            "dL/dh3": ("2*(t - h3)", "h3 - t"),
            "dL/dh2": ("V @ (dL/dh3*(1 - h3^2))", "V.T @ (dL/dh3*(h3^2 - 1))", "V.T @ (dL/dh3*(1 - h3))"),
            "dL/dx3": ("U.T @ dL/dh3", "U.T @ (dL/dh3*(1 - h2^2))"),
            "h2": ("tanh(2*(b + V @ h1 + U @ x2))", "tanh(U @ x2 + V @ h0 + b)"),
        },
    ),
    Net(
        "attention",
        {"Q": (2, 3), "K": (3, 3), "V": (3, 2), "T": (2, 2)},
        {"S": "Q @ K.T / 2", "P": "softmax(S, axis=1)", "O": "P @ V", "L": "sum(O*T)"},
        _attention,
        {
            "dL/dV": ("P.T @ T", "P.T @ dL/dO"),
            "dL/dP": ("T @ V.T",),
            "dL/dQ": ("dL/dS @ K / 2",),
            "dL/dK": ("dL/dS.T @ Q / 2",),
        },
        {
            "dL/dV": ("P @ T", "-P.T @ T", "softmax(2*S, axis=1).T @ T"),
            "dL/dP": ("-T @ V.T", "2*T @ V.T"),
            "dL/dQ": ("dL/dS @ K", "dL/dP @ K / 2", "-dL/dS @ K / 2"),
            "dL/dK": ("dL/dS.T @ Q",),
            "P": ("softmax(2*S, axis=1)", "softmax(-S, axis=1)"),
        },
    ),
    Net(
        "convolution",
        {"x": (5,), "k": (3,), "b": (), "t": (3,)},
        {"z": "k[0]*x[0:3] + k[1]*x[1:4] + k[2]*x[2:5] + b", "a": "tanh(z)", "L": "sum((a - t)^2)"},
        _convolution,
        {
            "dL/da": ("2*(a - t)",),
            "dL/dz": ("2*(a - t)*(1 - a^2)", "dL/da*(1 - tanh(z)^2)"),
            "dL/db": ("sum(dL/dz)",),
        },
        {
            "dL/da": ("2*(t - a)",),
            "dL/dz": ("2*(a - t)*(1 - a)", "dL/da*(a^2 - 1)"),
            "dL/db": ("sum(dL/da)", "-sum(dL/dz)"),
        },
    ),
)


def networks(rng: random.Random) -> Iterator[Case]:
    """Formulas and numbers; the inputs are of any size, from 1e-6 to 1e6, or pixels."""
    net = rng.choice(NETS)
    inputs = {
        "dense": ("X",),
        "recurrent": ("x1", "x2", "x3"),
        "attention": ("Q", "K"),
        "convolution": ("x",),
    }[net.kind]
    scale = rng.choice((Fraction(255), abs(size(rng)), abs(size(rng, -1, 1)), Fraction(1)))
    given = {
        key: _entries(rng, shape, scale if key in inputs else Fraction(1)) for key, shape in net.given.items()
    }
    toml = 'loss = "L"\n[given]\n' + "".join(f"{key} = {_toml(array)}\n" for key, array in given.items())
    toml += "[nodes]\n" + "".join(f'{key} = "{formula}"\n' for key, formula in net.nodes.items())
    for formulas, verdicts in ((net.right, RIGHT_FORMULA), (net.wrong, WRONG_FORMULA)):
        for key, written in formulas.items():
            yield Case(net.kind, toml, {key: quoted(rng.choice(written))}, {key: verdicts})
    yield from _numbers(net, toml, given, rng)


def _numbers(net: Net, toml: str, given: Mapping[str, Matrix], rng: random.Random) -> Iterator[Case]:
    values = {key: _real(array) for key, array in given.items()}
    with mp.workdps(100):
        key = rng.choice([name for name in given if name not in {"T", "t"}])
        gradient = [[exact(entry) for entry in row] for row in _rows(_gradient(net, values, key))]
    largest = max(abs(entry) for row in gradient for entry in row)
    if not Fraction(1, 10**200) < largest < 10**200:
        return
    unit = Fraction(10) ** (first_place(largest) - rng.randint(3, 6))
    figures = [[rounded(entry, unit, ties_up=True) for entry in row] for row in gradient]
    shape = given[key].shape
    name = f"dL/d{key}"
    yield Case(net.kind, toml, {name: _text(figures, unit, shape)}, {name: RIGHT})
    i, j = rng.randrange(len(figures)), rng.randrange(len(figures[0]))
    off = [row[:] for row in figures]
    off[i][j] += unit * rng.choice((-7, -4, 4, 9, 1000))
    yield Case(net.kind, toml, {name: _text(off, unit, shape)}, {name: WRONG})
    turned = [[-entry for entry in row] for row in figures]
    yield Case(net.kind, toml, {name: _text(turned, unit, shape)}, {name: WRONG})


def _gradient(net: Net, values: Values, key: str) -> Matrix:
    array = np.asarray(values[key], dtype=object)
    result = np.empty(array.shape, dtype=object)
    for place in np.ndindex(array.shape) if array.shape else [()]:
        moved = np.array(array, dtype=object)
        moved[place] = mp.mpc(moved[place], STEP)
        result[place] = mp.im(net.loss({**values, key: moved if array.shape else moved[()]})) / STEP
    return result


def _entries(rng: random.Random, shape: tuple[int, ...], scale: Fraction) -> Matrix:
    array = np.empty(shape, dtype=object)
    for place in np.ndindex(shape) if shape else [()]:
        array[place] = digits(Fraction(rng.randint(-200, 200), 100) * scale, 3).value
    return array


def _real(array: Matrix) -> Matrix:
    result = np.empty(array.shape, dtype=object)
    for place in np.ndindex(array.shape) if array.shape else [()]:
        entry = array[place]
        result[place] = mp.mpf(entry.numerator) / entry.denominator
    return result if array.shape else result[()]


def _rows(array: Matrix) -> list[list[Any]]:
    array = np.asarray(array, dtype=object)
    return [list(row) for row in array] if array.ndim == 2 else [list(array.reshape(-1))]


def _toml(array: Matrix) -> str:
    rows = [[digits(entry, 3).text for entry in row] for row in _rows(array)]
    return _nested(rows, np.shape(array))


def _nested(rows: list[list[str]], shape: tuple[int, ...]) -> str:
    if not shape:
        return rows[0][0]
    lines = [f"[{', '.join(row)}]" for row in rows]
    return lines[0] if len(shape) == 1 else f"[{', '.join(lines)}]"


def _text(figures: list[list[Fraction]], unit: Fraction, shape: tuple[int, ...]) -> str:
    return _nested([[spelt(entry, unit).text if entry else "0.0" for entry in row] for row in figures], shape)
