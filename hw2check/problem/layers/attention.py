"""Scaled dot-product attention, one head, of the positions of one sequence to each other.

A. Vaswani et al., Attention is all you need (2017), 3.2: softmax(Q @ K.T / sqrt(d)) @ V,
one row per position.
With batch = "columns" all of it is transposed: one column per position.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hw2check.calculus.values import show_shape
from hw2check.formula.names import canonical
from hw2check.problem.layers.builder import Network
from hw2check.problem.layers.transforms import check_mask


def add_attention(network: Network, layer: dict[str, Any], index: int) -> None:
    """Nodes Q, K, V, the scores S, the weights P and the result A, or O before W_O is applied."""
    suffix, taken = network.suffix(layer, index), network.matrix_before(index)
    path, count = ("layer", index, "name"), network.inputs(taken)
    width = network.features(taken)
    sizes: dict[str, int] = {}
    names: dict[str, str] = {}
    for letter in "QKV":
        weights, sizes[letter] = network.read_weights(
            layer, index, f"W_{letter}", width, f"{taken} has {width} entries per input"
        )
        shape = network.shape(sizes[letter], count)
        names[letter] = network.define(
            canonical(f"{letter}_{suffix}"), network.product(weights, taken), shape, path
        )
    if sizes["Q"] != sizes["K"]:
        raise network.error(
            f"W_K gives {sizes['K']} entries, but W_Q gives {sizes['Q']}",
            ("layer", index, "W_K"),
            "queries and keys are multiplied with each other, so they need the same size",
        )
    query, key, value = names["Q"], names["K"], names["V"]
    product = f"{key}.T @ {query}" if network.columns else f"{query} @ {key}.T"
    scores = network.define(canonical(f"S_{suffix}"), f"{product}/sqrt({sizes['Q']})", (count, count), path)
    mask = _mask(network, layer, index, canonical(f"mask_{suffix}"), count)
    powers, along = f"{mask}*exp({scores})", f"axis={network.axis}"
    formula = f"{powers}/sum({powers}, {along}, keepdims=True)" if mask else f"softmax({scores}, {along})"
    share = network.define(canonical(f"P_{suffix}"), formula, (count, count), path)
    mixed = f"{value} @ {share}" if network.columns else f"{share} @ {value}"
    outputs = sizes["V"]
    if "W_O" in layer:
        mixed = network.define(canonical(f"O_{suffix}"), mixed, network.shape(outputs, count), path)
        weights, outputs = network.read_weights(
            layer, index, "W_O", outputs, f"W_V gives {outputs} entries per input"
        )
        mixed = network.product(weights, mixed)
    network.finish(layer, index, suffix, mixed, network.shape(outputs, count))


def _mask(network: Network, layer: dict[str, Any], index: int, name: str, count: int) -> str:
    """The formula of the mask: 1 where a position may attend to another; empty where all may."""
    if "mask" not in layer:
        return ""
    path = ("layer", index, "mask")
    array = network.read(layer, index, "mask").array
    if array.shape != (count, count):
        raise network.error(
            f"{name} is {show_shape(array.shape)}, but there are {count} positions",
            path,
            f"{count} x {count}: a row for each position, with 1 for those that it may attend to",
        )
    check_mask(network, array, index)
    if not np.all(array.any(axis=1)):
        blind = int(np.argmin(array.any(axis=1)))
        raise network.error(
            f"position {blind + 1} may attend to nothing", path, "each row of the mask needs a 1", value=True
        )
    network.give(name, array, path)
    network.kept[name] = 1
    return f"{name}.T" if network.columns else name
