"""Recurrent layers, unrolled over time: every state is a node.

The formulas, and the order of gates in stacked weights, are those of PyTorch
(https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html, also GRU and RNN): W takes the input, U
the state before, b and b_h are their biases. An LSTM stacks the gates i, f, g, o, a GRU r, z, n.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from hw2check.calculus.values import counted, with_article
from hw2check.formula.names import canonical
from hw2check.formula.numeral import is_text
from hw2check.formula.shapes import Shape
from hw2check.problem.layers.builder import Network

GATES = {"rnn": 1, "gru": 3, "lstm": 4}
OUTPUTS = ("last", "all")


class _Cell(NamedTuple):
    """One layer, its parameters read."""

    network: Network
    layer: dict[str, Any]
    place: int  # among the layers
    units: int  # of the state
    shape: Shape  # of one state
    names: tuple[str, str, str, str]  # W, U, b, b_h; empty where there is no bias

    def name(self, letter: str, step: int) -> str:
        """h3, or h_out_3 in a layer that has a name."""
        return step_name(self.layer, letter, step)

    def node(self, letter: str, step: int, formula: str, parts: int = 1) -> str:
        shape = self.network.shape(parts * self.units, self.network.inputs(self.name("h", 0)))
        return self.network.define(self.name(letter, step), formula, shape, ("layer", self.place, "name"))

    def sums(self, taken: str, before: str) -> tuple[str, str]:
        """Both weighted sums, W @ x + b and U @ h + b_h."""
        weights, recurrent, bias, other = self.names
        fed, kept = self.network.product(weights, taken), self.network.product(recurrent, before)
        return fed + (f" + {bias}" if bias else ""), kept + (f" + {other}" if other else "")


def step_name(layer: dict[str, Any], letter: str, step: int) -> str:
    """The name of what a layer has at one step: h3, or h_out_3 in a layer that has a name."""
    return canonical(f"{letter}_{layer['name']}_{step}" if "name" in layer else f"{letter}{step}")


def add_recurrent(network: Network, layer: dict[str, Any], index: int) -> None:
    """The nodes of an rnn, gru or lstm layer.

    It takes the sequence of the layer before, the nodes that `steps` names, or the inputs of a
    matrix one by one.
    """
    kind = layer["kind"]
    taken = _sequence(network, layer, index)
    cell = _cell(network, layer, index, taken[0])
    unroll = {"rnn": _rnn, "gru": _gru, "lstm": _lstm}[kind]
    unroll(cell, [formula for formula, _, _ in taken])
    states = tuple(cell.name("h", step) for step in range(1, len(taken) + 1))
    output = layer.get("output", "last")
    if not is_text(output) or output not in OUTPUTS:
        raise network.error(
            f"output cannot be {output!r}",
            ("layer", index, "output"),
            'output = "last" is the last state, output = "all" has one for each step',
            value=True,
        )
    network.steps, network.current = states, states[-1]
    if kind != "rnn":
        network.activation = ""
    if output == "all":
        _join(cell, states)


def _join(cell: _Cell, states: tuple[str, ...]) -> None:
    network = cell.network
    if network.inputs(states[0]) > 1:
        raise network.error(
            "the states of several sequences do not make one matrix",
            ("layer", cell.place, "output"),
            "leave the line out: a recurrent layer that follows takes all states",
        )
    name = canonical(f"A_{network.suffix(cell.layer, cell.place)}")
    shape = network.shape(cell.units, len(states))
    joined = f"concat({', '.join(states)}, axis={1 - network.axis})" if len(states) > 1 else states[0]
    network.current = network.define(name, joined, shape, ("layer", cell.place, "name"))
    network.steps = ()


Step = tuple[str, Shape, str]  # the formula of the input of one step, its shape, and whose it is


def _sequence(network: Network, layer: dict[str, Any], index: int) -> list[Step]:
    if "steps" in layer:
        return _named_steps(network, layer, index)
    if network.steps:
        return [(name, network.shapes[name], name) for name in network.steps]
    matrix = network.matrix_before(index)
    shape = network.shape(network.features(matrix), 1)
    return [(network.input(matrix, place), shape, matrix) for place in range(network.inputs(matrix))]


def _named_steps(network: Network, layer: dict[str, Any], index: int) -> list[Step]:
    path = ("layer", index, "steps")
    stated = layer["steps"]
    hint = 'steps = ["x1", "x2"]: one given for each step, with one column per sequence'
    if not network.columns:
        hint = hint.replace("column", "row")
    if not isinstance(stated, list) or not stated or not all(is_text(name) for name in stated):
        raise network.error("steps must be a list of names", path, hint, value=True)
    names = [canonical(name) for name in stated]
    for place, name in enumerate(names):
        if name not in network.shapes:
            raise network.error(f"{stated[place]} is not in [given]", (*path, place), hint, value=True)
        shape = network.shapes[name]
        if len(shape) != 2 or shape != network.shapes[names[0]]:
            like = (
                "a matrix" if len(shape) != 2 else f"{names[0]} is {with_article(network.shapes[names[0]])}"
            )
            raise network.error(
                f"{name} is {with_article(shape)}, but {'a step is ' * (len(shape) != 2)}{like}",
                (*path, place),
                hint,
                value=True,
            )
    return [(name, network.shapes[name], name) for name in names]


def _cell(network: Network, layer: dict[str, Any], index: int, first: Step) -> _Cell:
    gates = GATES[layer["kind"]]
    _, shape, whose = first
    width, inputs = (shape if network.columns else shape[::-1])[:2]
    suffix = network.suffix(layer, index)
    weights, outputs = network.read_weights(
        layer, index, "W", width, f"{whose} has {width} entries per {'input' if network.steps else 'step'}"
    )
    units = outputs // gates
    if outputs % gates:
        order = {3: "r, z and n", 4: "i, f, g and o"}[gates]
        raise network.error(
            f"{weights} has {counted(outputs, 'output')}, which are not {gates} parts of one size",
            ("layer", index, "W"),
            f"the gates {order} stand one after the other",
        )
    recurrent, again = network.read_weights(
        layer, index, "U", units, f"the state has {counted(units, 'entry')}"
    )
    if again != outputs:
        raise network.error(
            f"{recurrent} has {counted(again, 'output')}, but {weights} has {outputs}",
            ("layer", index, "U"),
            "U and W have one output per entry of the state" + (" and gate" if gates > 1 else ""),
        )
    like = f"{weights} has {counted(outputs, 'output')}"
    biases = [
        network.read_vector(layer, index, key, canonical(f"{letter}_{suffix}"), outputs, like)
        for key, letter in (("b", "b"), ("b_h", "bh"))
    ]
    state = network.shape(units, inputs)
    for key in ("h0", "c0") if layer["kind"] == "lstm" else ("h0",):
        _first_state(network, layer, index, key, state)
    return _Cell(network, layer, index, units, state, (weights, recurrent, biases[0], biases[1]))


def _first_state(network: Network, layer: dict[str, Any], index: int, key: str, shape: Shape) -> None:
    name = step_name(layer, key[0], 0)
    if key not in layer:
        network.give(name, np.zeros(shape), ("layer", index, "name"))
        network.kept[name] = None
        return
    array = network.read(layer, index, key).array
    units, inputs = shape if network.columns else shape[::-1]
    if array.shape == (units,) and inputs == 1:
        array = array.reshape(shape)
    if array.shape != shape:
        raise network.error(
            f"{name} is {with_article(array.shape)}, but the state is {with_article(shape)}",
            ("layer", index, key),
            "leave the line out for zeros",
        )
    network.give(name, array, ("layer", index, key))


def _rnn(cell: _Cell, taken: list[str]) -> None:
    """State h = tanh(W @ x + b + U @ h + b_h)"""
    activation = cell.network.read_activation(cell.layer, cell.place, "tanh")
    for step, x in enumerate(taken, 1):
        fed, kept = cell.sums(x, cell.name("h", step - 1))
        cell.node("h", step, activation.format(cell.node("z", step, f"{fed} + {kept}")))


def _gru(cell: _Cell, taken: list[str]) -> None:
    """State h = (1 - z)*n + z*h, gates r and z, n = tanh(W_n @ x + b_n + r*(U_n @ h + b_hn))."""
    units, part = cell.units, cell.network.part
    for step, x in enumerate(taken, 1):
        before = cell.name("h", step - 1)
        fed, kept = cell.sums(x, before)
        u, v = cell.node("u", step, fed, 3), cell.node("v", step, kept, 3)
        r, z = (
            cell.node(
                letter,
                step,
                f"sigmoid({part(u, gate * units, (gate + 1) * units)} "
                f"+ {part(v, gate * units, (gate + 1) * units)})",
            )
            for gate, letter in enumerate("rz")
        )
        last = (2 * units, 3 * units)
        n = cell.node("n", step, f"tanh({part(u, *last)} + {r}*{part(v, *last)})")
        cell.node("h", step, f"(1 - {z})*{n} + {z}*{before}")


def _lstm(cell: _Cell, taken: list[str]) -> None:
    """States c = f*c + i*g and h = o*tanh(c), with the gates i, f, o and g = tanh(...)."""
    units = cell.units
    for step, x in enumerate(taken, 1):
        fed, kept = cell.sums(x, cell.name("h", step - 1))
        z = cell.node("z", step, f"{fed} + {kept}", 4)
        i, f, g, o = (
            cell.node(
                letter,
                step,
                f"{'tanh' if letter == 'g' else 'sigmoid'}"
                f"({cell.network.part(z, gate * units, (gate + 1) * units)})",
            )
            for gate, letter in enumerate("ifgo")
        )
        c = cell.node("c", step, f"{f}*{cell.name('c', step - 1)} + {i}*{g}")
        cell.node("h", step, f"{o}*tanh({c})")
