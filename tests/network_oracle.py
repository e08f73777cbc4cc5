"""Random layered networks, as problem files and as functions for autograd. Nothing here uses hw2check.

An array is stored as the file has it. It is worked on with one row per input; weights by output.
The functions follow the definitions in PyTorch's documentation and the papers that it names.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import autograd.numpy as anp
import numpy as np
from numpy.typing import NDArray

from .matrix_oracle import UNARY, sigmoid, softmax

Array = NDArray[np.float64]
Given = dict[str, Any]  # what the file gives, by the names of hw2check
Values = dict[str, Any]  # what is computed, one row per input
Function = Callable[[Given], Any]
Layer = Callable[[Given, Any, Values], Any]  # of the input, or of a list with the input of each step

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "identity": lambda z: z,
    "softmax": lambda z: softmax(z, 1),
    "log_softmax": lambda z: anp.log(softmax(z, 1)),
    **{
        name: UNARY[name]
        for name in ("tanh", "sigmoid", "softplus", "relu", "leaky_relu", "elu", "silu", "gelu")
    },
}
LOSSES: dict[str, tuple[Callable[[Any, Any], Any], str]] = {  # by output and target, and what the target is
    "squared_error": (lambda a, t: (a - t) ** 2, "real"),
    "half_squared_error": (lambda a, t: (a - t) ** 2 / 2, "real"),
    "absolute_error": (lambda a, t: anp.abs(a - t), "real"),
    "cross_entropy": (lambda a, t: -t * anp.log(softmax(a, 1)), "classes"),
    "binary_cross_entropy": (
        lambda a, t: -t * anp.log(sigmoid(a)) - (1 - t) * anp.log(1 - sigmoid(a)),
        "bits",
    ),
    "hinge": (lambda a, t: anp.maximum(0, 1 - t * a), "signs"),
}
TARGETS = {"real": (0.3, -1.2, 0.9, 2.1), "bits": (0.0, 1.0), "signs": (-1.0, 1.0)}
WORDS = ("I", "we", "feel", "so", "happy", "sad", "today", "not")


class RandomNetwork:
    """A network of layers of the kinds asked for, the last of them with a loss."""

    def __init__(self, seed: int, *, rows: bool, in_out: bool, inputs: int) -> None:
        self.rng = Random(seed)
        self.rows, self.in_out, self.inputs = rows, in_out, inputs
        self.given: dict[str, Array] = {}
        self.lines = [
            f'batch = "{"rows" if rows else "columns"}"',
            f'weights = "{"in_out" if in_out else "out_in"}"',
        ]
        self.features = 0  # of what the next layer takes
        self.count = 0  # of layers
        self.layers: list[Layer] = []
        self.named: list[str] = []  # the givens that the next layer takes step by step
        self.of: Callable[[Any], Any] = anp.sum  # the loss, of what comes out

    # --- what stands in the file

    def numbers(self, *shape: int, scale: float = 1.0) -> Array:
        numbers = [round(self.rng.uniform(-scale, scale), 3) for _ in range(int(np.prod(shape)))]
        return np.array(numbers, dtype=np.float64).reshape(shape)

    def stored(self, array: Any) -> Any:
        """One row per input, as the file has it; and the other way round."""
        return array if self.rows else array.T

    def line(self, key: str, array: Any) -> None:
        self.lines.append(f"{key} = {array.tolist()}")

    def begin(self, kind: str) -> str:
        """The name of a new layer."""
        self.count += 1
        name = f"l{self.count}"
        self.lines += ["[[layer]]", f'kind = "{kind}"', f'name = "{name}"']
        return name

    def weights(self, layer: str, key: str, outputs: int, inputs: int) -> Function:
        name = f"{key}_{layer}"
        self.given[name] = self.numbers(*((inputs, outputs) if self.in_out else (outputs, inputs)))
        self.line(key, self.given[name])
        return lambda given: given[name].T if self.in_out else given[name]

    def vector(self, name: str, key: str, count: int) -> Function:
        """One number per feature; zeros where the layer goes without."""
        if self.rng.random() < 0.25:
            return lambda _: np.zeros((1, count))
        array = self.numbers(count)
        self.line(key, array)
        self.given[name] = array.reshape((1, -1) if self.rows else (-1, 1))
        return lambda given: anp.reshape(given[name], (1, -1))

    # --- layers

    def matrix(self, features: int) -> None:
        """What goes in: A_in."""
        self.features = features
        self.given["A_in"] = self.stored(self.numbers(self.inputs, features))
        self.lines.append("[given]")
        self.line("A_in", self.given["A_in"])
        self.layers.append(lambda given, *_: self.stored(given["A_in"]))

    def steps(self, features: int, count: int) -> None:
        """What goes in, step by step: s1, s2, ... for the layer that follows."""
        self.features = features
        self.lines.append("[given]")
        self.named = [f"s{step}" for step in range(1, count + 1)]
        for name in self.named:
            self.given[name] = self.stored(self.numbers(self.inputs, features))
            self.line(name, self.given[name])
        names = self.named
        self.layers.append(lambda given, *_: [self.stored(given[name]) for name in names])

    def dense(self, outputs: int, activation: str) -> None:
        layer = self.begin("dense")
        w, b = self.weights(layer, "W", outputs, self.features), self.vector(f"b_{layer}", "b", outputs)
        self.lines.append(f'activation = "{activation}"')
        self.features = outputs

        def run(given: Given, x: Any, values: Values) -> Any:
            z = values[f"Z_{layer}"] = anp.dot(x, w(given).T) + b(given)
            values[f"A_{layer}"] = ACTIVATIONS[activation](z)
            return values[f"A_{layer}"]

        self.layers.append(run)

    def embedding(self, size: int, reduce: str) -> None:
        layer = self.begin("embedding")
        self.features = size
        self.given[f"E_{layer}"] = self.numbers(len(WORDS), size)
        self.line("E", self.given[f"E_{layer}"])
        one_length = self.rng.randint(1, 4) if reduce == "sequence" else 0
        sentences = [
            [self.rng.randrange(len(WORDS)) for _ in range(one_length or self.rng.randint(1, 5))]
            for _ in range(self.inputs)
        ]
        written: list[Any] = sentences
        if self.rng.random() < 0.5:
            self.lines.append(f"vocabulary = {list(WORDS)}")
            written = [[WORDS[word] for word in sentence] for sentence in sentences]
        self.lines += [f"tokens = {written}", f'reduce = "{reduce}"']

        def run(given: Given, _: Any, values: Values) -> Any:
            rows = given[f"E_{layer}"]
            if reduce == "sequence":
                taken = [anp.stack([rows[s[step]] for s in sentences]) for step in range(one_length)]
                values.update({f"x_{layer}_{step}": x for step, x in enumerate(taken, 1)})
                return taken
            totals = [sum(rows[word] for word in s) / (len(s) if reduce == "mean" else 1) for s in sentences]
            values[f"A_{layer}"] = anp.stack(totals)
            return values[f"A_{layer}"]

        self.layers.append(run)

    def recurrent(self, kind: str, units: int, activation: str = "tanh", *, last: bool = True) -> None:
        """One of CELLS; with `last` the layer that follows takes the last state alone."""
        layer = self.begin(kind)
        if self.named:
            self.lines.append(f"steps = {self.named}")
            self.named = []
        gates = {"rnn": 1, "gru": 3, "lstm": 4}[kind]
        w = self.weights(layer, "W", gates * units, self.features)
        u = self.weights(layer, "U", gates * units, units)
        b, bh = (
            self.vector(f"{letter}_{layer}", key, gates * units)
            for letter, key in (("b", "b"), ("bh", "b_h"))
        )
        first: dict[str, Function] = {}
        for letter in "hc" if kind == "lstm" else "h":
            first[letter] = lambda _: np.zeros((self.inputs, units))
            if self.rng.random() < 0.5:
                name = f"{letter}_{layer}_0"
                self.given[name] = self.stored(self.numbers(self.inputs, units))
                self.line(f"{letter}0", self.given[name])
                first[letter] = lambda given, name=name: self.stored(given[name])  # type: ignore[misc]
        if kind == "rnn":
            self.lines.append(f'activation = "{activation}"')
        self.features = units

        def run(given: Given, sequence: Any, values: Values) -> Any:
            h, c = (first[letter](given) if letter in first else None for letter in "hc")
            states = []
            for step, x in enumerate(sequence, 1):
                fed = anp.dot(x, w(given).T) + b(given)
                kept = anp.dot(h, u(given).T) + bh(given)
                h, c = CELLS[kind](fed, kept, h, c, ACTIVATIONS[activation])
                values[f"h_{layer}_{step}"] = h
                if kind == "lstm":
                    values[f"c_{layer}_{step}"] = c
                states.append(h)
            return states[-1] if last else states

        self.layers.append(run)

    # --- loss

    def loss(self, kind: str, reduction: str) -> None:
        entry, what = LOSSES[kind]
        size = self.inputs, self.features
        if what == "classes":
            target = np.eye(size[1])[[self.rng.randrange(size[1]) for _ in range(size[0])]]
        else:
            target = np.array(
                [[self.rng.choice(TARGETS[what]) for _ in range(size[1])] for _ in range(size[0])]
            )
        self.lines += ["[loss]", f'kind = "{kind}"', f'reduction = "{reduction}"']
        self.line("target", self.stored(target))
        if kind in {"cross_entropy", "binary_cross_entropy"}:
            self.lines.append('from = "logits"')
        share = {"sum": 1, "mean_batch": size[0], "mean": size[0] * size[1]}[reduction]
        self.of = lambda output: anp.sum(entry(output, target)) / share

    def run(self, given: Given) -> tuple[Any, Values]:
        """The loss, and the values on the way to it."""
        values: Values = {}
        state: Any = None
        for layer in self.layers:
            state = layer(given, state, values)
        return self.of(state), values

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def _rnn(fed: Any, kept: Any, h: Any, c: Any, f: Any) -> tuple[Any, Any]:
    return f(fed + kept), c


def _gru(fed: Any, kept: Any, h: Any, c: Any, f: Any) -> tuple[Any, Any]:
    (r1, z1, n1), (r2, z2, n2) = anp.split(fed, 3, axis=1), anp.split(kept, 3, axis=1)
    r, z = sigmoid(r1 + r2), sigmoid(z1 + z2)
    n = anp.tanh(n1 + r * n2)
    return (1 - z) * n + z * h, c


def _lstm(fed: Any, kept: Any, h: Any, c: Any, f: Any) -> tuple[Any, Any]:
    i, f, g, o = anp.split(fed + kept, 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * anp.tanh(g)
    return sigmoid(o) * anp.tanh(c), c


CELLS = {"rnn": _rnn, "gru": _gru, "lstm": _lstm}
