"""Dense networks: `[[layer]]` tables become the nodes Z1, A1, ..., Z_out, A_out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from hw2check.errors import HW2CheckError
from hw2check.evaluate import counted, show_shape, with_article
from hw2check.functions import ALIASES, FUNCTIONS, Array
from hw2check.names import canonical, did_you_mean, is_name
from hw2check.notation import UserFunction
from hw2check.numeral import is_text
from hw2check.source import Path, Source
from hw2check.values import check_keys, read_written

LAYER_KEYS = ("name", "W", "b", "activation")
IDENTITY = ("identity", "linear", "none")

# Losses of a dense network: the formula over the last activation A and the target.
LOSSES = {
    "squared_error": "sum(({A} - target)^2)",
    "half_squared_error": "sum(({A} - target)^2)/2",
}


class Expansion(NamedTuple):
    """What layer tables stand for."""

    given: dict[str, Array]  # W1 (outputs, inputs) as written; b1 as a column, or as a row for batch = "rows"
    formulas: dict[str, str]  # Z1 = W1 @ A_in + b1, A1 = relu(Z1), ...
    places: dict[str, Path]  # where each of these names is stated
    parameters: tuple[str, ...]  # W1, b1, ...
    output: str  # the last activation


def expand_layers(
    source: Source, given: Mapping[str, Array], batch: str, functions: Mapping[str, UserFunction]
) -> Expansion:
    """The givens and nodes of the file's `[[layer]]` tables.

    batch  "columns": one input per column, Z = W @ A + b; "rows": one per row, Z = A @ W.T + b
    Raises HW2CheckError, with the place, for whatever does not fit together.
    """
    layers = source.data["layer"]
    if not isinstance(layers, list) or not all(isinstance(layer, dict) for layer in layers) or not layers:
        raise HW2CheckError(
            "layer must be a list of tables", source.place(("layer",)), "write [[layer]] for each"
        )
    if "A_in" not in given:
        raise HW2CheckError(
            "the network has no input",
            source.place(("layer", 0)),
            "state A_in in [given]: A_in = [[2, 1], [3, 4]]",
        )
    if not given["A_in"].shape:
        raise HW2CheckError(
            "A_in is a single number, but a network takes a matrix of inputs",
            source.place(("given", "A_in")),
            "write it in brackets: A_in = [[3]]",
        )
    expansion = Expansion({}, {}, {}, (), "A_in")
    previous, width = "A_in", _inputs(given["A_in"], batch)
    parameters: list[str] = []
    for index, layer in enumerate(layers):
        suffix = _suffix(source, layer, index)
        weights, bias = canonical(f"W_{suffix}"), canonical(f"b_{suffix}")
        _check_width(source, index, layer, weights, previous, width)
        width = _read_parameters(source, layer, index, (weights, bias), batch, expansion)
        parameters += [name for name in (weights, bias) if name in expansion.given]
        product = f"{weights} @ {previous}" if batch == "columns" else f"{previous} @ {weights}.T"
        z, a = canonical(f"Z_{suffix}"), canonical(f"A_{suffix}")
        expansion.formulas[z] = f"{product} + {bias}" if bias in expansion.given else product
        expansion.formulas[a] = _activation(source, layer, index, functions).format(z)
        expansion.places[z] = expansion.places[a] = ("layer", index, "name")
        previous = a
    return Expansion(expansion.given, expansion.formulas, expansion.places, tuple(parameters), previous)


def _inputs(array: Array, batch: str) -> int:
    return int(array.shape[0] if batch == "columns" or array.ndim < 2 else array.shape[1])


def _suffix(source: Source, layer: dict[str, Any], index: int) -> str:
    path = ("layer", index)
    check_keys(source, layer, LAYER_KEYS, path)
    name = layer.get("name", str(index + 1))
    if (
        isinstance(name, dict | list | float | bool)
        or not is_name(f"W_{name}")
        or canonical(f"W_{name}") == "W_in"
    ):
        raise HW2CheckError(
            "a layer's name must be a word or number",
            source.value_place((*path, "name")),
            'name = "1" gives W1, b1, Z1, A1',
        )
    return str(name)


def _check_width(
    source: Source, index: int, layer: dict[str, Any], weights: str, previous: str, width: int
) -> None:
    path: Path = ("layer", index, "W")
    if "W" not in layer:
        raise HW2CheckError(
            f"layer {index + 1} has no W",
            source.place(("layer", index)),
            "W = [[...], ...], one row per output",
        )
    shape = read_written(source, path, layer["W"]).shape
    if len(shape) != 2:
        raise HW2CheckError(
            f"{weights} must be a matrix", source.place(path), "one row per output: [[1, 2], [3, 4]]"
        )
    if shape[1] != width:
        turned = " (transposed?)" if shape[0] == width else ""
        raise HW2CheckError(
            f"{weights} is {show_shape(shape)}, but {previous} has {width} entries per input: "
            f"{weights} needs {width} columns{turned}",
            source.place(path),
            "W has one row per output and one column per input",
        )


def _read_parameters(
    source: Source, layer: dict[str, Any], index: int, names: tuple[str, str], batch: str, into: Expansion
) -> int:
    weights, bias = names
    path = ("layer", index)
    _declare(source, into, weights, (*path, "W"))
    array = read_written(source, (*path, "W"), layer["W"]).array
    into.given[weights] = array
    outputs = int(array.shape[0])
    if "b" in layer:
        _declare(source, into, bias, (*path, "b"))
        written = read_written(source, (*path, "b"), layer["b"])
        allowed = {(outputs,), (outputs, 1) if batch == "columns" else (1, outputs)}
        if written.shape not in allowed | ({()} if outputs == 1 else set()):
            raise HW2CheckError(
                f"{bias} is {with_article(written.shape)}, but {weights} has {counted(outputs, 'row')}",
                source.place((*path, "b")),
                f"{bias} needs {counted(outputs, 'entry')}, one per output",
            )
        into.given[bias] = written.array.reshape((outputs, 1) if batch == "columns" else (1, outputs))
    return outputs


def _declare(source: Source, into: Expansion, name: str, path: Path) -> None:
    if name in into.places:
        raise HW2CheckError(
            f"{name} is defined twice", source.place(path), "every layer needs a name of its own"
        )
    into.places[name] = path


def _activation(
    source: Source, layer: dict[str, Any], index: int, functions: Mapping[str, UserFunction]
) -> str:
    """The formula of the activation, {} standing for its argument."""
    name = layer.get("activation", "identity")
    path = ("layer", index, "activation")
    if not is_text(name):
        raise HW2CheckError("activation must be the name of a function", source.value_place(path), '"relu"')
    if name in IDENTITY:
        return "{}"
    spelt = ALIASES.get(name, name)
    function = FUNCTIONS.get(spelt)
    if name in functions and len(functions[name].parameters) == 1:
        return f"{name}({{}})"
    if function is None or function.least > 1 or function.along == "reduce":
        known = [
            *IDENTITY,
            *functions,
            *(f.name for f in FUNCTIONS.values() if f.least == 1 and f.along != "reduce"),
        ]
        raise HW2CheckError(
            f"there is no activation {name!r}", source.value_place(path), did_you_mean(name, known)
        )
    return f"{spelt}({{}})"


def loss_formula(source: Source, table: dict[str, Any], output: str) -> str:
    """The formula of the node Loss over the last activation and the given `target`.

    Raises HW2CheckError for an unknown kind.
    """
    check_keys(source, table, ("kind", "target"), ("loss",))
    kind = table.get("kind")
    if not is_text(kind) or kind not in LOSSES:
        raise HW2CheckError(
            f"there is no loss {kind!r}" if kind else "the loss has no kind",
            source.place(("loss", "kind") if "kind" in table else ("loss",)),
            f"known kinds: {', '.join(LOSSES)}",
        )
    if "target" not in table:
        raise HW2CheckError("the loss has no target", source.place(("loss",)), "target = [[1, 0], [0, 1]]")
    return LOSSES[kind].format(A=output)
