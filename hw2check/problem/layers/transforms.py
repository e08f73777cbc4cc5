"""Layers that transform what they take entry by entry: residual, normalisation, dropout, flatten.

Normalisation and dropout are PyTorch's (https://docs.pytorch.org/docs/stable/nn.html: LayerNorm, BatchNorm1d,
Dropout): variances are those of the entries at hand, not estimates, and dropout scales by 1/(1 - p).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from hw2check.calculus.values import counted, with_article
from hw2check.formula.functions import Array
from hw2check.formula.names import canonical, did_you_mean
from hw2check.problem.layers.builder import Network
from hw2check.reading.written import read_number


def add_residual(network: Network, layer: dict[str, Any], index: int) -> None:
    """A = activation(x + y), where x is what this layer takes and y what an earlier layer took or gave."""
    suffix, taken = network.suffix(layer, index), network.matrix_before(index)
    other, path = _earlier(network, layer, index)
    shape = network.shapes[taken]
    if network.shapes[other] != shape:
        raise network.error(
            f"{taken} is {with_article(shape)}, but {other} is {with_article(network.shapes[other])}",
            path,
            "both need the same shape to be added",
            value=True,
        )
    network.finish(layer, index, suffix, f"{taken} + {other}", shape)


def _earlier(network: Network, layer: dict[str, Any], index: int) -> tuple[str, tuple[Any, ...]]:
    """The matrix that is added, and where it is stated."""
    if ("over" in layer) == ("from" in layer):
        raise network.error(
            f"layer {index + 1} needs one of over and from",
            ("layer", index),
            'over = 2 adds what went into the 2 layers before, from = "1" what layer 1 gave',
        )
    if "over" in layer:
        count = network.whole(layer, index, "over", 1)
        if count > index:
            raise network.error(
                f"there are only {counted(index, 'layer')} before this one",
                ("layer", index, "over"),
                f"a number from 1 to {index}",
                value=True,
            )
        name, path = network.taken[index - count], ("layer", index, "over")
    else:
        stated, path = str(layer["from"]), ("layer", index, "from")
        name = network.gave.get(stated, stated if stated == "A_in" else "?")
        if name not in network.shapes and name:
            raise network.error(
                f"there is no layer {stated!r} before this one",
                path,
                did_you_mean(stated, ["A_in", *network.gave]),
                value=True,
            )
    if not name:
        raise network.error("a sequence cannot be added to a matrix", path, "name another layer", value=True)
    return name, path


def add_norm(network: Network, layer: dict[str, Any], index: int) -> None:
    """A = gamma*Xhat + beta, where Xhat = (x - mu)/sqrt(var + eps).

    The mean and variance are those of the features of each input (layer_norm), or of each feature over the
    batch (batch_norm), unless running_mean and running_var are stated.
    """
    suffix, taken = network.suffix(layer, index), network.matrix_before(index)
    path, whole = ("layer", index, "name"), network.shapes[taken]
    features = network.features(taken)
    by_layer = layer["kind"] == "layer_norm"
    along = f"axis={network.axis if by_layer else 1 - network.axis}, keepdims=True"
    mean, variance = canonical(f"mu_{suffix}"), canonical(f"var_{suffix}")
    like = f"{taken} has {counted(features, 'entry')} per input"
    stated = [key for key in ("running_mean", "running_var") if key in layer]
    if len(stated) == 1:
        raise network.error(
            f"{stated[0]} stands alone", ("layer", index, stated[0]), "state running_mean and running_var"
        )
    if stated:
        for key, name in zip(stated, (mean, variance), strict=True):
            network.read_vector(layer, index, key, name, features, like, parameter=False)
        if np.any(network.given[variance] < 0):
            raise network.error("a variance is negative", ("layer", index, "running_var"), value=True)
    else:
        shape = network.shape(1, network.inputs(taken)) if by_layer else network.shape(features, 1)
        network.define(mean, f"mean({taken}, {along})", shape, path)
        network.define(variance, f"mean(({taken} - {mean})^2, {along})", shape, path)
    eps = _literal(network, layer, index, "eps", "0.00001")
    normal = network.define(
        canonical(f"Xhat_{suffix}"), f"({taken} - {mean})/sqrt({variance} + {eps})", whole, path
    )
    gamma, beta = (
        network.read_vector(layer, index, key, canonical(f"{key}_{suffix}"), features, like)
        for key in ("gamma", "beta")
    )
    formula = (f"{gamma}*" if gamma else "") + normal + (f" + {beta}" if beta else "")
    network.finish(layer, index, suffix, formula, whole)


def add_rms_norm(network: Network, layer: dict[str, Any], index: int) -> None:
    """A = gamma*Xhat, where Xhat = x/rms and rms = sqrt(mean(x^2) + eps) over the features of each input.

    Source: B. Zhang, R. Sennrich, Root Mean Square Layer Normalization, 2019; without its bias, and with eps
    below the root, as in LLaMA.
    """
    suffix, taken = network.suffix(layer, index), network.matrix_before(index)
    path, whole, features = ("layer", index, "name"), network.shapes[taken], network.features(taken)
    eps = _literal(network, layer, index, "eps", "0.00001")
    rms = network.define(
        canonical(f"rms_{suffix}"),
        f"sqrt(mean({taken}^2, axis={network.axis}, keepdims=True) + {eps})",
        network.shape(1, network.inputs(taken)),
        path,
    )
    normal = network.define(canonical(f"Xhat_{suffix}"), f"{taken}/{rms}", whole, path)
    like = f"{taken} has {counted(features, 'entry')} per input"
    gamma = network.read_vector(layer, index, "gamma", canonical(f"gamma_{suffix}"), features, like)
    network.finish(layer, index, suffix, f"{gamma}*{normal}" if gamma else normal, whole)


def _literal(network: Network, layer: dict[str, Any], index: int, key: str, default: str) -> str:
    """A number of a layer that stands in its formula as it is."""
    if key not in layer:
        return default
    path = ("layer", index, key)
    value = read_number(network.source, path, layer[key]).value
    if value < 0 or (key == "p" and value >= 1):
        what = "p is a probability below 1" if key == "p" else f"{key} is negative"
        raise network.error(what, path, f"{key} = {'0.5' if key == 'p' else '1e-5'}", value=True)
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    return format(decimal, "f") if Fraction(decimal) == value else f"({value})"


def add_dropout(network: Network, layer: dict[str, Any], index: int) -> None:
    """A = x*mask/(1 - p), where the mask is 0 for what is dropped and 1 for what is kept."""
    suffix, taken = network.suffix(layer, index), network.matrix_before(index)
    name, path, shape = canonical(f"mask_{suffix}"), ("layer", index, "mask"), network.shapes[taken]
    for key in ("mask", "p"):
        if key not in layer:
            raise network.error(
                f"layer {index + 1} has no {key}",
                ("layer", index),
                "mask = [[1, 0], [0, 1]], 0 for what is dropped, and p = 0.5",
            )
    array = network.read(layer, index, "mask").array
    if array.shape == (network.features(taken),) and network.inputs(taken) == 1:
        array = array.reshape(shape)
    if array.shape != shape:
        raise network.error(
            f"{name} is {with_article(array.shape)}, but {taken} is {with_article(shape)}",
            path,
            "one entry for each that may be dropped",
        )
    check_mask(network, array, index)
    network.give(name, array, path)
    network.kept[name] = None
    network.finish(
        layer, index, suffix, f"{taken}*{name}/(1 - {_literal(network, layer, index, 'p', '')})", shape
    )


def check_mask(network: Network, array: Array, index: int) -> None:
    """Raises HW2CheckError for what is not 0 or 1."""
    if not np.all((array == 0) | (array == 1)):
        raise network.error("a mask has no entries but 0 and 1", ("layer", index, "mask"), value=True)


def add_flatten(network: Network, layer: dict[str, Any], index: int) -> None:
    """A matrix, row by row, as the one input of the layer that follows."""
    suffix, taken = network.suffix(layer, index), network.matrix_before(index)
    shape = network.shape(int(np.prod(network.shapes[taken])), 1)
    network.finish(layer, index, suffix, f"reshape({taken}, {shape[0]}, {shape[1]})", shape)
