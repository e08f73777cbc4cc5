"""Problem files from the saved weights of a framework: .npz by NumPy, .safetensors by its own library.

A linear layer of PyTorch is saved as NAME.weight, one row per output, and NAME.bias (torch.nn.Linear); Keras
and Flax call the weight NAME.kernel and store one row per input (keras.layers.Dense).
Nothing is unpickled.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from itertools import chain, count
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hw2check.errors import HW2CheckError, plain
from hw2check.formula.functions import ALIASES
from hw2check.formula.names import canonical, did_you_mean, is_name
from hw2check.problem.layers.builder import IDENTITY, known_activations
from hw2check.reading.arrays import ArrayError, read_array
from hw2check.reading.files import remember_input, write_bytes

SUFFIXES = (".npz", ".safetensors")
MAX_BYTES = 512 << 20  # of a .safetensors file
MAX_INLINE = 64  # entries of a matrix that is written out; a larger one goes into a file
PER_INPUT = "kernel"  # of the weights, what has one row per input
WEIGHT, BIAS = ("weight", PER_INPUT, "W"), ("bias", "b")

NO_INPUT = """\
# A_in = [[1, 2], [3, 4]]           # state the input batch here, one input per row
# A_in = { file = "inputs.csv" }    # or in a file beside this one"""

Stored = NDArray[np.floating[Any]]


class LayerName(NamedTuple):
    """One layer to import: its prefix in the file, and its activation."""

    prefix: str
    activation: str


def read_layers(text: str) -> tuple[LayerName, ...]:
    """The layers that an option names: "fc1:relu, fc2:softmax"; without an activation it is none.

    Raises HW2CheckError where a name is missing, and for an activation that is not known.
    """
    known = (*known_activations(), *ALIASES)
    layers = []
    for part in text.split(","):
        prefix, _, activation = part.strip().partition(":")
        if not prefix:
            raise HW2CheckError(f"--layers {text}: a layer has no name", hint=_LAYERS_HINT)
        activation = activation.strip() or IDENTITY[0]
        if activation not in known:
            raise HW2CheckError(
                f"--layers {text}: there is no activation {activation!r}",
                hint=did_you_mean(activation, known),
            )
        layers.append(LayerName(prefix.strip(), activation))
    return tuple(layers)


_LAYERS_HINT = "name the layers in their order, each with its activation: --layers fc1:relu,fc2:softmax"


def problem_text(
    state: str, layers: tuple[LayerName, ...], beside: str | None, inputs: str | None
) -> tuple[str, dict[str, Stored]]:
    """A problem file with the weights of some layers, and the arrays that belong into a file beside it.

    state   the .npz or .safetensors file
    beside  the name of that other file; None where there can be none, then all numbers stand in the text
    inputs  the input batch, one input per row: a .npy, .npz or .csv file, or a key of `state`
    Raises HW2CheckError where a file cannot be read or holds no such layer.
    """
    names, load = _opened(state)
    if not layers:
        found = _prefixes(names)
        raise HW2CheckError(
            f"{state}: which layers, in which order?",
            hint=f"{_LAYERS_HINT}; the file has {', '.join(found) or 'no weights'}",
        )
    apart: dict[str, Stored] = {}
    lines = [
        "# The activations and the order of the layers are as they were named, not as the file knows them."
    ]
    lines += ['batch = "rows"  # one input per row, Z = A @ W.T + b, as PyTorch computes', "", "[given]"]
    lines.append(_input_line(names, load, inputs, beside, apart))
    used: list[str] = []
    for position, layer in enumerate(layers, 1):
        weight, bias = _parts(state, names, layer.prefix)
        suffix = _suffix(layer.prefix, position, used)
        matrix = _matrix(load(weight), weight)
        if weight.endswith(f".{PER_INPUT}"):
            matrix = matrix.T
        lines += ["", "[[layer]]", f'name = "{suffix}"  # {plain(layer.prefix)}']
        lines.append(f"W = {_written(f'W_{suffix}', matrix, beside, apart)}")
        if bias is not None:
            lines.append(f"b = {_written(f'b_{suffix}', load(bias), beside, apart)}")
        lines.append(f'activation = "{layer.activation}"')
    return "\n".join([*lines, ""]), apart


def write_arrays(path: str, arrays: Mapping[str, Stored]) -> None:
    """An .npz file with the arrays, in the types that they have; raises HW2CheckError."""
    stream = io.BytesIO()
    np.savez(stream, **arrays)  # type: ignore[arg-type]  # the stubs read ** as the option allow_pickle
    write_bytes(path, stream.getvalue())


def _opened(state: str) -> tuple[list[str], Callable[[str], Stored]]:
    """The names of the arrays in a file, and a function that reads one."""
    path = Path(state)
    if path.suffix not in SUFFIXES:
        hint = "save the weights without pickle: numpy.savez(...), or safetensors.torch.save_file(...)"
        raise HW2CheckError(f"{state}: weights are read from .npz and .safetensors files", hint=hint)
    if not path.is_file():
        raise HW2CheckError(f"{state}: there is no such file")
    remember_input(path)
    return _opened_npz(path) if path.suffix == ".npz" else _opened_safetensors(path)


def _opened_npz(path: Path) -> tuple[list[str], Callable[[str], Stored]]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist()]
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        raise HW2CheckError(f"{path}: damaged, or not what its name says") from None
    return names, lambda name: _loaded(path, path.name, name)


def _loaded(path: Path, file: str, key: str | None) -> Stored:
    try:
        found = read_array(path.parent, file, key)
    except ArrayError as error:
        raise HW2CheckError(str(error)) from None
    single = found.precision == np.finfo(np.float32).eps
    return found.values.astype(np.float32) if single else found.values


def _opened_safetensors(path: Path) -> tuple[list[str], Callable[[str], Stored]]:
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError:
        hint = 'install it with: pip install "hw2check[safetensors]"'
        raise HW2CheckError(f"{path}: the package safetensors is needed to read it", hint=hint) from None
    if path.stat().st_size > MAX_BYTES:
        raise HW2CheckError(f"{path}: larger than {MAX_BYTES >> 20} MiB")
    try:
        tensors: Any = safe_open(str(path), framework="numpy")
        names = list(tensors.keys())
    except (SafetensorError, OSError) as error:
        raise HW2CheckError(
            f"{path}: damaged, or not what its name says: {plain(str(error))[:200]}"
        ) from None

    def load(name: str) -> Stored:
        try:
            array = np.asarray(tensors.get_tensor(name))
        except (SafetensorError, TypeError, AttributeError) as error:
            raise HW2CheckError(f"{path}: {plain(name)} cannot be read: {plain(str(error))[:200]}") from None
        if array.dtype.kind not in "fiub" or not np.all(np.isfinite(array)):
            raise HW2CheckError(f"{path}: {plain(name)} is not an array of finite real numbers")
        kept = array.dtype in (np.dtype(np.float32), np.dtype(np.float64))
        return array if kept else array.astype(np.float64)

    return names, load


def _prefixes(names: Iterable[str]) -> list[str]:
    ends = tuple(f".{part}" for part in WEIGHT)
    return [plain(name.rpartition(".")[0]) for name in names if name.endswith(ends)]


def _parts(state: str, names: list[str], prefix: str) -> tuple[str, str | None]:
    """The names of a layer's weight and bias in the file."""

    def first(parts: Iterable[str]) -> str | None:
        return next((name for part in parts if (name := f"{prefix}.{part}") in names), None)

    weight = first(WEIGHT)
    if weight is None:
        near = did_you_mean(prefix, _prefixes(names))
        raise HW2CheckError(f"{state}: there is no {plain(prefix)}.weight in it", hint=near)
    return weight, first(BIAS)


def _matrix(array: Stored, name: str) -> Stored:
    if array.ndim != 2:
        axes = "1 axis" if array.ndim == 1 else f"{array.ndim} axes"
        raise HW2CheckError(
            f"{plain(name)} has {axes}, but the weight of a dense layer has 2",
            hint="only dense layers are imported",
        )
    return array


def _suffix(prefix: str, position: int, used: list[str]) -> str:
    """The layer's name in the problem file: its own where that can be one and no other layer has it."""
    own = re.sub(r"\W", "_", prefix)
    if not is_name(f"W_{own}") or not own.isascii():
        own = str(position)
    choices = chain([own], (f"{own}_{again}" for again in count(position)))
    suffix = next(name for name in choices if canonical(f"A_{name}") not in {"A_in", *used})
    used.append(canonical(f"A_{suffix}"))
    return suffix


def _input_line(
    names: list[str],
    load: Callable[[str], Stored],
    inputs: str | None,
    beside: str | None,
    apart: dict[str, Stored],
) -> str:
    if inputs is None:
        return NO_INPUT
    if inputs in names:
        array = load(inputs)
    else:
        path = Path(inputs)
        array = _loaded(path, path.name, None)
    return f"A_in = {_written('A_in', array, beside, apart)}"


def _written(name: str, array: Stored, beside: str | None, apart: dict[str, Stored]) -> str:
    """An array as it stands in the problem file: its numbers, or where they are."""
    if array.ndim > 2 or not array.size:
        raise HW2CheckError(f"{name} has {array.ndim} axes and {array.size} entries: it cannot be a matrix")
    if beside is not None and array.size > MAX_INLINE:
        apart[name] = array
        return f'{{ file = {json.dumps(beside, ensure_ascii=False)}, key = "{name}" }}'
    rows = [f"[{', '.join(repr(float(x)) for x in row)}]" for row in np.atleast_2d(array)]
    return rows[0] if array.ndim == 1 else f"[{', '.join(rows)}]"
