"""Random dense networks: matrices in mpmath, the TOML that states them, mistakes in their forward pass."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from mpmath import mp

from bench.accuracy.oracle import FUNCTIONS, Value, real

Matrix = tuple[tuple[Value, ...], ...]

ACTIVATIONS = (
    "relu",
    "sigmoid",
    "tanh",
    "leaky_relu",
    "elu",
    "softplus",
    "gelu",
    "silu",
    "identity",
    "softmax",
)
SWAPPED = ("relu", "sigmoid", "tanh")


@dataclass(frozen=True, slots=True)
class Slip:
    """What one mistake makes of a matrix."""

    code: str
    where: str
    value: Matrix


@dataclass(frozen=True)
class Dense:
    """Layers W, b and activation; one input a column, or a row."""

    given: Mapping[str, Matrix]
    layers: tuple[tuple[str, str, bool], ...]  # name, activation, whether it has a bias
    rows: bool

    @property
    def toml(self) -> str:
        lines = [
            f'batch = "{"rows" if self.rows else "columns"}"',
            "[given]",
            f"A_in = {table(self.given['A_in'])}",
        ]
        for layer, activation, bias in self.layers:
            lines += ["[[layer]]", f'name = "{layer}"', f"W = {table(self.given[key('W', layer)])}"]
            if bias:
                entries = [str(mp.nstr(entry, 15)) for row in self.given[key("b", layer)] for entry in row]
                lines.append(f"b = [{', '.join(entries)}]")
            lines.append(f'activation = "{activation}"')
        return "\n".join(lines) + "\n"

    @property
    def asked(self) -> tuple[str, ...]:
        return tuple(key(letter, layer) for layer, _, _ in self.layers for letter in "ZA")

    @cached_property
    def truth(self) -> dict[str, Matrix]:
        return self.forward({})

    def forward(self, fixed: Mapping[str, Matrix]) -> dict[str, Matrix]:
        values = {**self.given, **fixed}
        before = values["A_in"]
        for layer, activation, bias in self.layers:
            z, a = key("Z", layer), key("A", layer)
            if z not in fixed:
                weights = values[key("W", layer)]
                product = times(before, turned(weights)) if self.rows else times(weights, before)
                values[z] = plus(product, values[key("b", layer)]) if bias else product
            if a not in fixed:
                values[a] = self.applied(activation, values[z])
            before = values[a]
        return values

    def applied(self, activation: str, z: Matrix, *, other_axis: bool = False) -> Matrix:
        if activation == "softmax":
            return softmax(z, by_row=self.rows != other_axis)
        return each(z, FUNCTIONS[activation]) if activation != "identity" else z

    def slips(self, target: str, *, reach: int) -> list[Slip]:
        """Every known mistake in the matrix, and in those before it."""
        found = list(_of_the_matrix(target, self.truth[target], rows=self.rows))
        order = self.asked
        at = order.index(target)
        for where in order[max(0, at - reach) : at + 1]:
            for code, value in self._faults(where):
                if shape(value) == shape(self.truth[where]):
                    later = value if where == target else self.forward({where: value})[target]
                    found.append(Slip(code, where, later))
        return found

    def _faults(self, where: str) -> Iterator[tuple[str, Matrix]]:
        index = self.asked.index(where) // 2
        layer, activation, bias = self.layers[index]
        before = self.truth["A_in" if index == 0 else key("A", self.layers[index - 1][0])]
        if where == key("A", layer):
            yield from self._activation_faults(activation, self.truth[key("Z", layer)])
            return
        weights = self.truth[key("W", layer)]
        added = self.truth[key("b", layer)] if bias else None
        product = times(before, turned(weights)) if self.rows else times(weights, before)
        right, left = (turned(weights), before) if self.rows else (before, weights)
        for code, changed in _product_faults(left, right, rows=self.rows):
            if changed is not None and shape(changed) == shape(product):
                yield code, plus(changed, added) if added else changed
        if added:
            yield "bias-missing", product
            yield "sign-of-term", plus(product, each(added, lambda x: -x))
            if len(product) == len(product[0]):
                yield "bias-wrong-axis", plus(product, turned(added))

    def _activation_faults(self, activation: str, z: Matrix) -> Iterator[tuple[str, Matrix]]:
        if activation == "identity":
            return
        yield "activation-missing", z
        if activation == "softmax":
            yield "softmax-axis", self.applied(activation, z, other_axis=True)
            return
        for other in SWAPPED:
            if other != activation:
                yield "wrong-activation", each(z, FUNCTIONS[other])
        if activation in {"sigmoid", "tanh"}:
            yield "sign-of-argument", each(z, lambda x: FUNCTIONS[activation](-x))


def _product_faults(left: Matrix, right: Matrix, *, rows: bool) -> Iterator[tuple[str, Matrix | None]]:
    yield "factors-swapped", _times(right, left)
    yield "factors-swapped", times(turned(right), turned(left))
    yield "transposed-factor", _times(turned(left), right)
    yield "transpose-missing" if rows else "transposed-factor", _times(left, turned(right))
    if shape(left) == shape(right):
        yield (
            "elementwise-product",
            tuple(tuple(a * b for a, b in zip(r, s, strict=True)) for r, s in zip(left, right, strict=True)),
        )


def _of_the_matrix(target: str, truth: Matrix, *, rows: bool) -> Iterator[Slip]:
    yield Slip("sign", target, each(truth, lambda x: -x))
    for shift in (1, -1, 2, -2):
        yield Slip("power-of-ten", target, each(truth, lambda x, by=shift: x * mp.mpf(10) ** by))  # type: ignore[misc]
    yield Slip("factor-2", target, each(truth, lambda x: x * 2))
    height, width = shape(truth)
    if height == width:
        yield Slip("transposed", target, turned(truth))
    for i in range(height):
        for j in range(i):
            code = "batch-swapped" if rows else "units-swapped"
            yield Slip(code, target, exchanged_rows(truth, i, j))
    for i in range(width):
        for j in range(i):
            code = "units-swapped" if rows else "batch-swapped"
            yield Slip(code, target, turned(exchanged_rows(turned(truth), i, j)))
    yield Slip("batch-swapped" if rows else "units-swapped", target, truth[::-1])
    yield Slip("units-swapped" if rows else "batch-swapped", target, tuple(row[::-1] for row in truth))
    cells = [(i, j) for i in range(height) for j in range(width)]
    for one in cells:
        for other in cells:
            if one < other:
                yield Slip("entries-swapped", target, exchanged(truth, one, other))


def key(letter: str, layer: str) -> str:
    return f"{letter}{layer}" if layer.isdigit() else f"{letter}_{layer}"


def shape(matrix: Matrix) -> tuple[int, int]:
    return len(matrix), len(matrix[0])


def turned(matrix: Matrix) -> Matrix:
    return tuple(zip(*matrix, strict=True))


def times(left: Matrix, right: Matrix) -> Matrix:
    columns = turned(right)
    return tuple(tuple(mp.fsum(a * b for a, b in zip(row, c, strict=True)) for c in columns) for row in left)


def _times(left: Matrix, right: Matrix) -> Matrix | None:
    return times(left, right) if shape(left)[1] == shape(right)[0] else None


def plus(matrix: Matrix, bias: Matrix) -> Matrix:
    """A column or a row added to each column or row."""
    tall = len(bias) > 1 or len(matrix) == 1
    column = shape(bias)[1] == 1 and tall
    return tuple(
        tuple(entry + (bias[i][0] if column else bias[0][j]) for j, entry in enumerate(row))
        for i, row in enumerate(matrix)
    )


def each(matrix: Matrix, change: Callable[[Value], Value]) -> Matrix:
    return tuple(tuple(change(entry) for entry in row) for row in matrix)


def softmax(z: Matrix, *, by_row: bool) -> Matrix:
    """Over each row, or over each column."""
    if not by_row:
        return turned(softmax(turned(z), by_row=True))
    powers = each(z, mp.exp)
    return tuple(tuple(entry / mp.fsum(row) for entry in row) for row in powers)


def exchanged_rows(matrix: Matrix, i: int, j: int) -> Matrix:
    rows = list(matrix)
    rows[i], rows[j] = rows[j], rows[i]
    return tuple(rows)


def exchanged(matrix: Matrix, one: tuple[int, int], other: tuple[int, int]) -> Matrix:
    rows = [list(row) for row in matrix]
    (i, j), (k, m) = one, other
    rows[i][j], rows[k][m] = rows[k][m], rows[i][j]
    return tuple(map(tuple, rows))


def table(matrix: Matrix) -> str:
    shown = (", ".join(str(mp.nstr(entry, 15)) for entry in row) for row in matrix)
    return f"[{', '.join(f'[{row}]' for row in shown)}]"


def random_dense(rng: random.Random) -> Dense:
    """1 to 4 layers of 1 to 4 units, a batch of 1 to 4."""
    while True:
        rows = rng.random() < 0.4
        count, batch = rng.randint(1, 4), rng.randint(1, 4)
        width = rng.randint(1, 4)
        integers = rng.random() < 0.4
        given = {"A_in": _matrix(rng, (batch, width) if rows else (width, batch), integers=integers)}
        layers = []
        for index in range(count):
            layer = "out" if index == count - 1 and rng.random() < 0.5 else str(index + 1)
            bias = rng.random() < 0.8
            units = rng.randint(1, 4)
            given[key("W", layer)] = _matrix(rng, (units, width), integers=integers)
            if bias:
                given[key("b", layer)] = _matrix(rng, (1, units) if rows else (units, 1), integers=integers)
            layers.append((layer, rng.choice(ACTIVATIONS), bias))
            width = units
        network = Dense(given, tuple(layers), rows)
        values = [abs(entry) for name in network.asked for row in network.truth[name] for entry in row]
        if all(entry < 5000 for entry in values) and all(
            mp.mpf(10) ** -6 < max(abs(e) for row in network.truth[name] for e in row)
            for name in network.asked
        ):
            return network


def _matrix(rng: random.Random, size: tuple[int, int], *, integers: bool) -> Matrix:
    def entry() -> Value:
        if integers:
            return mp.mpf(rng.randint(-5, 5))
        return real(Fraction(rng.randint(-300, 300), 100))

    return tuple(tuple(entry() for _ in range(size[1])) for _ in range(size[0]))
