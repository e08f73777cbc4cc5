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

from tests.oracles.matrix import UNARY, sigmoid, softmax

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
    "mean_squared_error": (lambda a, t: (a - t) ** 2, "real"),
    "mean_absolute_error": (lambda a, t: anp.abs(a - t), "real"),
    "cross_entropy": (lambda a, t: -t * anp.log(softmax(a, 1)), "classes"),
    "cross_entropy probabilities": (lambda a, t: -t * anp.log(a), "classes"),
    "negative_log_likelihood log_probabilities": (lambda a, t: -t * a, "classes"),
    "binary_cross_entropy probabilities": (
        lambda a, t: -t * anp.log(a) - (1 - t) * anp.log(1 - a),
        "bits",
    ),
    "binary_cross_entropy": (
        lambda a, t: -t * anp.log(sigmoid(a)) - (1 - t) * anp.log(1 - sigmoid(a)),
        "bits",
    ),
    "hinge": (lambda a, t: anp.maximum(0, 1 - t * a), "signs"),
}
TARGETS = {"real": (0.3, -1.2, 0.9, 2.1), "bits": (0.0, 1.0), "signs": (-1.0, 1.0)}
CONVENTIONS = [(rows, in_out) for rows in (False, True) for in_out in (False, True)]
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
        self.went_in: list[Any] = []  # what each layer took
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

    def vector(self, name: str, key: str, count: int, absent: float = 0.0) -> Function:
        """One number per feature; what it is where the layer goes without."""
        if self.rng.random() < 0.25:
            return lambda _: np.full((1, count), absent)
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

    def finish(self, layer: str, activation: str = "") -> Callable[[Any, Values], Any]:
        """What a layer gives, with an activation or without one."""
        if activation:
            self.lines.append(f'activation = "{activation}"')

        def run(z: Any, values: Values) -> Any:
            if activation:
                values[f"Z_{layer}"] = z
            values[f"A_{layer}"] = ACTIVATIONS[activation or "identity"](z)
            return values[f"A_{layer}"]

        return run

    def residual(self, layers: int, activation: str = "") -> None:
        """Adds what went into so many layers before, or the same by its name."""
        layer = self.begin("residual")
        place = len(self.layers) - layers
        first = self.count - layers  # of the layers that are passed over
        name = f"l{first - 1}" if first > 1 else "A_in"
        self.lines.append(f"over = {layers}" if self.inputs % 2 else f'from = "{name}"')
        finish = self.finish(layer, activation)
        self.layers.append(lambda _, x, values: finish(x + self.went_in[place], values))

    def norm(self, kind: str, activation: str = "") -> None:
        layer, features = self.begin(kind), self.features
        gamma = self.vector(f"gamma_{layer}", "gamma", features, absent=1.0)
        beta = self.vector(f"beta_{layer}", "beta", features)
        eps, running = 1e-5, kind == "batch_norm" and self.rng.random() < 0.3
        if self.rng.random() < 0.5:
            eps = 0.01
            self.lines.append("eps = 0.01")
        if running:
            for key, name in (("running_mean", f"mu_{layer}"), ("running_var", f"var_{layer}")):
                array = np.abs(self.numbers(features)) + 0.1
                self.line(key, array)
                self.given[name] = array.reshape((1, -1) if self.rows else (-1, 1))
        finish = self.finish(layer, activation)
        axis = 1 if kind == "layer_norm" else 0

        def run(given: Given, x: Any, values: Values) -> Any:
            if running:
                mean, variance = (anp.reshape(given[f"{name}_{layer}"], (1, -1)) for name in ("mu", "var"))
            else:
                mean, variance = anp.mean(x, axis=axis, keepdims=True), anp.var(x, axis=axis, keepdims=True)
                values[f"mu_{layer}"], values[f"var_{layer}"] = mean, variance
            values[f"Xhat_{layer}"] = (x - mean) / anp.sqrt(variance + eps)
            return finish(values[f"Xhat_{layer}"] * gamma(given) + beta(given), values)

        self.layers.append(run)

    def rms_norm(self, activation: str = "") -> None:
        layer, features = self.begin("rms_norm"), self.features
        gamma = self.vector(f"gamma_{layer}", "gamma", features, absent=1.0)
        eps = self.rng.choice((1e-5, 0.01))
        if eps != 1e-5:
            self.lines.append(f"eps = {eps}")
        finish = self.finish(layer, activation)

        def run(given: Given, x: Any, values: Values) -> Any:
            values[f"rms_{layer}"] = anp.sqrt(anp.sum(x * x, axis=1, keepdims=True) / features + eps)
            values[f"Xhat_{layer}"] = x / values[f"rms_{layer}"]
            return finish(values[f"Xhat_{layer}"] * gamma(given), values)

        self.layers.append(run)

    def dropout(self, inputs: int) -> None:
        layer = self.begin("dropout")
        mask = np.array([[self.rng.choice((0, 1, 1)) for _ in range(self.features)] for _ in range(inputs)])
        self.line("mask", self.stored(mask))
        p = self.rng.choice((0.5, 0.2))
        self.lines.append(f"p = {p}")
        self.given[f"mask_{layer}"] = self.stored(mask.astype(float))
        finish = self.finish(layer)
        self.layers.append(
            lambda given, x, values: finish(x * self.stored(given[f"mask_{layer}"]) / (1 - p), values)
        )

    def attention(self, size: int, positions: int, activation: str = "") -> None:
        layer, width = self.begin("attention"), self.features
        q, k = (self.weights(layer, f"W_{letter}", size, width) for letter in "QK")
        v = self.weights(layer, "W_V", size + 1, width)
        o = self.weights(layer, "W_O", width, size + 1) if self.rng.random() < 0.6 else None
        self.features = width if o else size + 1
        mask = ""
        if self.rng.random() < 0.5:
            mask = f"mask_{layer}"
            self.given[mask] = np.tril(np.ones((positions, positions)))
            self.line("mask", self.given[mask].astype(int))
        finish = self.finish(layer, activation)

        def run(given: Given, x: Any, values: Values) -> Any:
            queries, keys, items = (anp.dot(x, w(given).T) for w in (q, k, v))
            scores = anp.dot(queries, keys.T) / np.sqrt(size)
            values[f"S_{layer}"] = scores
            powers = anp.exp(scores) * (given[mask] if mask else 1.0)
            values[f"P_{layer}"] = powers / anp.sum(powers, axis=1, keepdims=True)
            mixed = anp.dot(values[f"P_{layer}"], items)
            return finish(anp.dot(mixed, o(given).T) if o else mixed, values)

        self.layers.append(run)

    def window(self, stride: int, padding: int, *, default: int = 1) -> None:
        """The lines of a window, left out where they say what holds anyway."""
        if stride != default:
            self.lines.append(f"stride = {stride}")
        if padding:
            self.lines.append(f"padding = {padding}")

    def conv1d(self, outputs: int, size: int, stride: int, padding: int, activation: str) -> None:
        layer, width = self.begin("conv1d"), self.features
        self.lines.append(f"kernel = {size}")
        self.window(stride, padding)
        w, b = self.weights(layer, "W", outputs, width * size), self.vector(f"b_{layer}", "b", outputs)
        finish = self.finish(layer, activation)
        self.features = outputs

        def run(given: Given, x: Any, values: Values) -> Any:
            zeros = np.zeros((padding, width))
            x, kernels = anp.concatenate([zeros, x, zeros]), w(given)
            places = range(0, len(x) - size + 1, stride)
            sums = [
                sum(
                    kernels[:, channel * size + tap] * x[place + tap, channel]
                    for channel in range(width)
                    for tap in range(size)
                )
                for place in places
            ]
            return finish(anp.stack(sums) + b(given), values)

        self.layers.append(run)

    def pool1d(self, kind: str, size: int, stride: int, padding: int) -> None:
        layer = self.begin(kind)
        self.lines.append(f"kernel = {size}")
        self.window(stride, padding, default=size)
        finish = self.finish(layer)

        def run(_: Given, x: Any, values: Values) -> Any:
            image = POOLS[kind[:3]](
                anp.reshape(x.T, (x.shape[1], 1, -1)), (1, size), (1, stride), (0, padding)
            )
            return finish(anp.reshape(image, (x.shape[1], -1)).T, values)

        self.layers.append(run)

    def conv2d(
        self, filters: int, channels: int, size: tuple[int, int], stride: int, padding: int, activation: str
    ) -> None:
        """Of an image with its channels one below the other, whatever the convention."""
        layer, name = self.begin("conv2d"), f"W_l{self.count}"
        self.given[name] = self.numbers(filters * channels * size[0], size[1])
        self.line("W", self.given[name])
        self.lines += [f"filters = {filters}"] * (filters > 1) + [f"channels = {channels}"] * (channels > 1)
        self.window(stride, padding)
        b, finish = self.vector(f"b_{layer}", "b", filters), self.finish(layer, activation)

        def run(given: Given, x: Any, values: Values) -> Any:
            image = padded(
                anp.reshape(self.stored(x), (channels, -1, self.stored(x).shape[1])), padding, padding
            )
            kernels, bias = anp.reshape(given[name], (filters, channels, *size)), b(given)
            places = [range(0, image.shape[i + 1] - size[i] + 1, stride) for i in (0, 1)]
            rows = [
                anp.stack(
                    [anp.sum(kernels[f] * image[:, i : i + size[0], j : j + size[1]]) for j in places[1]]
                )
                + bias[0, f]
                for f in range(filters)
                for i in places[0]
            ]
            return finish(self.stored(anp.stack(rows)), values)

        self.layers.append(run)

    def pool2d(self, kind: str, channels: int, size: int, stride: int, padding: int) -> None:
        layer = self.begin(kind)
        self.lines += [f"kernel = {size}"] + [f"channels = {channels}"] * (channels > 1)
        self.window(stride, padding, default=size)
        finish = self.finish(layer)

        def run(_: Given, x: Any, values: Values) -> Any:
            image = anp.reshape(self.stored(x), (channels, -1, self.stored(x).shape[1]))
            pooled = POOLS[kind[:3]](image, (size, size), (stride, stride), (padding, padding))
            return finish(self.stored(anp.reshape(pooled, (-1, pooled.shape[2]))), values)

        self.layers.append(run)

    def image(self, channels: int, height: int, width: int) -> None:
        """What goes in: channels one below the other."""
        self.given["A_in"] = self.numbers(channels * height, width)
        self.lines.append("[given]")
        self.line("A_in", self.given["A_in"])
        self.layers.append(lambda given, *_: self.stored(given["A_in"]))

    def flatten(self) -> None:
        """All that comes in, as one input."""
        arriving, _ = self.forward(self.given)
        layer = self.begin("flatten")
        self.features, self.inputs = arriving.size, 1
        finish = self.finish(layer)
        self.layers.append(lambda _, x, values: finish(anp.reshape(self.stored(x), (1, -1)), values))

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
        kind, _, scale = kind.partition(" ")
        self.lines += ["[loss]", f'kind = "{kind}"', f'reduction = "{reduction}"']
        self.line("target", self.stored(target))
        if "cross_entropy" in kind or scale:
            self.lines.append(f'from = "{scale or "logits"}"')
        share = {"sum": 1, "mean_batch": size[0], "mean": size[0] * size[1]}[reduction]
        self.of = lambda output: anp.sum(entry(output, target)) / share

    def run(self, given: Given) -> tuple[Any, Values]:
        """The loss, and the values on the way to it."""
        state, values = self.forward(given)
        return self.of(state), values

    def forward(self, given: Given) -> tuple[Any, Values]:
        """What comes out, and the values on the way to it."""
        values: Values = {}
        state: Any = None
        self.went_in = []
        for layer in self.layers:
            self.went_in.append(state)
            state = layer(given, state, values)
        return state, values

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def padded(image: Any, down: int, across: int, filling: float = 0.0) -> Any:
    """Each channel with a frame."""
    channels, height, width = image.shape
    beside = np.full((channels, height, across), filling)
    image = anp.concatenate([beside, image, beside], axis=2)
    above = np.full((channels, down, width + 2 * across), filling)
    return anp.concatenate([above, image, above], axis=1)


def _pool(function: Callable[..., Any], filling: float) -> Callable[..., Any]:
    def pool(image: Any, size: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]) -> Any:
        image = padded(image, *padding, filling)
        down, across = (range(0, image.shape[i + 1] - size[i] + 1, stride[i]) for i in (0, 1))
        return anp.stack(
            [
                anp.stack(
                    [
                        anp.stack([function(channel[i : i + size[0], j : j + size[1]]) for j in across])
                        for i in down
                    ]
                )
                for channel in image
            ]
        )

    return pool


POOLS = {"max": _pool(anp.max, -1e300), "avg": _pool(anp.mean, 0.0)}


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
