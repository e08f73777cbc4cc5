"""Layered networks: `[[layer]]` tables become nodes, for a dense layer Z1 and A1."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from hw2check.calculus.values import counted
from hw2check.errors import HW2CheckError
from hw2check.formula.functions import Array
from hw2check.formula.names import canonical, did_you_mean
from hw2check.formula.notation import UserFunction
from hw2check.formula.numeral import is_text
from hw2check.problem.layers.builder import Network
from hw2check.reading.source import Source
from hw2check.reading.written import check_keys

KINDS: dict[str, tuple[str, ...]] = {  # kind of layer -> its keys, besides name and kind
    "dense": ("W", "b", "activation"),
    "embedding": ("E", "tokens", "vocabulary", "reduce"),
    "rnn": ("W", "U", "b", "b_h", "h0", "steps", "output", "activation"),
    "gru": ("W", "U", "b", "b_h", "h0", "steps", "output"),
    "lstm": ("W", "U", "b", "b_h", "h0", "c0", "steps", "output"),
    "residual": ("over", "from", "activation"),
    "layer_norm": ("gamma", "beta", "eps", "activation"),
    "rms_norm": ("gamma", "eps", "activation"),
    "batch_norm": ("gamma", "beta", "eps", "running_mean", "running_var", "activation"),
    "dropout": ("mask", "p", "activation"),
    "flatten": ("activation",),
    "attention": ("W_Q", "W_K", "W_V", "W_O", "mask", "activation"),
    "conv1d": ("W", "b", "kernel", "stride", "padding", "activation"),
    "max_pool1d": ("kernel", "stride", "padding", "activation"),
    "avg_pool1d": ("kernel", "stride", "padding", "activation"),
    "conv2d": ("W", "b", "channels", "filters", "stride", "padding", "activation"),
    "max_pool2d": ("kernel", "channels", "stride", "padding", "activation"),
    "avg_pool2d": ("kernel", "channels", "stride", "padding", "activation"),
}
MODULES = {  # where a kind is read, and by which function; a module is imported when it is needed
    "embedding": ("embedding", "add_embedding"),
    "rnn": ("recurrent", "add_recurrent"),
    "gru": ("recurrent", "add_recurrent"),
    "lstm": ("recurrent", "add_recurrent"),
    "residual": ("transforms", "add_residual"),
    "layer_norm": ("transforms", "add_norm"),
    "rms_norm": ("transforms", "add_rms_norm"),
    "batch_norm": ("transforms", "add_norm"),
    "dropout": ("transforms", "add_dropout"),
    "flatten": ("transforms", "add_flatten"),
    "attention": ("attention", "add_attention"),
    "conv1d": ("convolution", "add_conv1d"),
    "max_pool1d": ("convolution", "add_pool1d"),
    "avg_pool1d": ("convolution", "add_pool1d"),
    "conv2d": ("convolution", "add_conv2d"),
    "max_pool2d": ("convolution", "add_pool2d"),
    "avg_pool2d": ("convolution", "add_pool2d"),
}
LAYER_KEYS = tuple(dict.fromkeys(("name", "kind", *(key for keys in KINDS.values() for key in keys))))
SOURCES = ("tokens", "steps")  # keys of a layer that states its input itself


def expand_layers(
    source: Source,
    given: Mapping[str, Array],
    batch: str,
    in_out: bool,
    functions: Mapping[str, UserFunction],
) -> Network:
    """The givens and nodes of the file's `[[layer]]` tables.

    batch   "columns": one input per column, Z = W @ A + b; "rows": one per row, Z = A @ W.T + b
    in_out  whether weights are stored with one row per input: Z = W.T @ A + b and Z = A @ W + b
    Raises HW2CheckError, with the place, for whatever does not fit together.
    """
    layers = source.data["layer"]
    _check_input(source, given, layers)
    network = Network(source, given, batch, in_out, functions)
    for index, layer in enumerate(layers):
        reader = _reader(source, layer, index)
        network.taken.append(network.current)
        reader(network, layer, index)
        network.gave[str(layer.get("name", index + 1))] = network.current
    _check_use(network, layers)
    if not network.current:
        raise network.error(
            f"layer {len(layers)} gives a matrix for each step, and nothing takes them",
            ("layer", len(layers) - 1),
            'a recurrent layer takes a sequence: kind = "rnn"',
        )
    return network


def _check_input(source: Source, given: Mapping[str, Array], layers: Any) -> None:
    """Raises HW2CheckError where there are no layers, or nothing that they could take."""
    if not isinstance(layers, list) or not all(isinstance(layer, dict) for layer in layers) or not layers:
        raise HW2CheckError(
            "layer must be a list of tables", source.place(("layer",)), "write [[layer]] for each"
        )
    if "A_in" not in given and not any(key in layers[0] for key in SOURCES):
        raise HW2CheckError(
            "the network has no input",
            source.place(("layer", 0)),
            "state A_in in [given]: A_in = [[2, 1], [3, 4]]",
        )
    if "A_in" in given and not given["A_in"].shape:
        raise HW2CheckError(
            "A_in is a single number, but a network takes a matrix of inputs",
            source.place(("given", "A_in")),
            "write it in brackets: A_in = [[3]]",
        )


def _check_use(network: Network, layers: list[dict[str, Any]]) -> None:
    """Raises HW2CheckError where a layer states its input itself and what comes before it is lost."""
    for index, layer in enumerate(layers):
        taken = network.taken[index]
        if not taken or taken == "A_in" or not any(key in layer for key in SOURCES):
            continue
        mention = re.compile(rf"\b{re.escape(taken)}\b")
        if not any(mention.search(formula) for formula in network.formulas.values()):
            raise network.error(
                f"layer {index + 1} states its input itself, and nothing takes {taken}",
                ("layer", index),
                "a residual layer may add it to what comes later",
            )


Reader = Callable[[Network, dict[str, Any], int], None]


def _reader(source: Source, layer: dict[str, Any], index: int) -> Reader:
    """What reads a layer of its kind."""
    kind = layer.get("kind", "dense")
    path = ("layer", index)
    if not is_text(kind) or kind not in KINDS:
        raise HW2CheckError(
            f"there is no kind of layer {kind!r}" if is_text(kind) else "the kind of a layer is a word",
            source.value_place((*path, "kind")),
            did_you_mean(str(kind), KINDS),
        )
    check_keys(source, layer, ("name", "kind", *KINDS[kind]), path)
    if kind == "dense":
        return _dense
    module, function = MODULES[kind]
    reader: Reader = getattr(import_module(f"hw2check.problem.layers.{module}"), function)
    return reader


def _dense(network: Network, layer: dict[str, Any], index: int) -> None:
    """Z = W @ A + b, A = activation(Z)."""
    suffix = network.suffix(layer, index)
    if len(network.shapes.get(network.current, (1,))) != 1:
        network.matrix_before(index)
    previous = network.current or network.matrix_before(index)
    width = network.features(previous)
    weights, outputs = network.read_weights(
        layer, index, "W", width, f"{previous} has {width} entries per input"
    )
    bias = network.read_vector(
        layer,
        index,
        "b",
        canonical(f"b_{suffix}"),
        outputs,
        f"{weights} has {counted(outputs, 'column' if network.in_out else 'row')}",
    )
    vector = len(network.shapes[previous]) < 2 and not bias
    shape = (outputs,) if vector else network.shape(outputs, network.inputs(previous))
    product = network.product(weights, previous)
    path = ("layer", index, "name")
    z = network.define(canonical(f"Z_{suffix}"), f"{product} + {bias}" if bias else product, shape, path)
    activation = network.read_activation(layer, index)
    network.current = network.define(
        canonical(f"A_{suffix}"), activation.format(z), network.activated(shape), path
    )
    network.steps = ()
