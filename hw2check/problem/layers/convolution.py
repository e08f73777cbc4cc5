"""Convolution and pooling of one sequence or one image, as PyTorch defines them.

https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html, Conv1d, MaxPool2d, AvgPool2d: convolution
is cross-correlation, the kernel is not turned; zeros of the padding count in averages, never in maxima.
A sequence has one input per position, as for recurrent layers. Of an image with several channels, these
stand one below the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hw2check.calculus.values import counted, show_shape
from hw2check.formula.names import canonical
from hw2check.problem.layers.builder import Network

MAX_WINDOWS = 800  # pieces of a matrix in one formula


def add_conv1d(network: Network, layer: dict[str, Any], index: int) -> None:
    """Z = W @ P + b, where a column of P has one window: channel by channel, as PyTorch flattens it."""
    suffix, taken = network.suffix(layer, index), network.matrix_before(index)
    path, width = ("layer", index, "name"), network.features(taken)
    size, stride = _required(network, layer, index, "kernel"), network.whole(layer, index, "stride", 1, 1)
    padding = network.whole(layer, index, "padding", 0)
    taken = _padded_steps(network, taken, suffix, index, padding)
    windows = _windows(network, index, network.inputs(taken), size, stride)
    shape, parts = network.shape(width * size, 1), []
    for start in windows:
        part = (
            f"{taken}[:, {start}:{start + size}]" if network.columns else f"{taken}[{start}:{start + size}].T"
        )
        parts.append(f"reshape({part}, {shape[0]}, {shape[1]})")
    windowed = _joined(parts, 1 - network.axis)
    patches = network.define(
        canonical(f"P_{suffix}"), windowed, network.shape(width * size, len(windows)), path
    )
    weights, outputs = network.read_weights(
        layer, index, "W", width * size, f"a window has {width * size} entries"
    )
    like = f"{weights} has {counted(outputs, 'column' if network.in_out else 'row')}"
    bias = network.read_vector(layer, index, "b", canonical(f"b_{suffix}"), outputs, like)
    product = network.product(weights, patches)
    formula = f"{product} + {bias}" if bias else product
    network.finish(
        {"activation": "identity", **layer}, index, suffix, formula, network.shape(outputs, len(windows))
    )


def add_pool1d(network: Network, layer: dict[str, Any], index: int) -> None:
    """The greatest entry, or the mean, of each feature in each window."""
    suffix, taken = network.suffix(layer, index), network.matrix_before(index)
    size, padding = _required(network, layer, index, "kernel"), network.whole(layer, index, "padding", 0)
    stride, largest = network.whole(layer, index, "stride", 1, size), layer["kind"].startswith("max")
    _check_padding(network, index, padding, size)
    inputs, shift = network.inputs(taken), padding if largest else 0
    if not largest:
        taken = _padded_steps(network, taken, suffix, index, padding)
    windows = _windows(network, index, inputs + 2 * padding, size, stride)
    axis, parts = 1 - network.axis, []
    for start in windows:
        span = f"{max(start - shift, 0)}:{min(start - shift + size, network.inputs(taken))}"
        part = f"{taken}[:, {span}]" if network.columns else f"{taken}[{span}]"
        parts.append(f"{'max' if largest else 'mean'}({part}, axis={axis}, keepdims=True)")
    shape = network.shape(network.features(taken), len(windows))
    network.finish(layer, index, suffix, _joined(parts, axis), shape)


def add_conv2d(network: Network, layer: dict[str, Any], index: int) -> None:
    """Z = the kernels, one per row, @ P + b, where a column of P has one window, channel by channel."""
    suffix, taken = network.suffix(layer, index), network.matrix_before(index)
    path, channels = ("layer", index, "name"), network.whole(layer, index, "channels", 1, 1)
    filters, stride = (
        network.whole(layer, index, "filters", 1, 1),
        network.whole(layer, index, "stride", 1, 1),
    )
    taken, height, width = _image(
        network, taken, suffix, index, channels, network.whole(layer, index, "padding", 0)
    )
    weights, tall, wide = _kernel(network, layer, index, canonical(f"W_{suffix}"), channels, filters)
    down, across = (
        _windows(network, index, length, size, stride) for length, size in ((height, tall), (width, wide))
    )
    entries, count = channels * tall * wide, len(down) * len(across)
    if stride == 1:
        windows = _taps(network, index, taken, (channels, height, tall, wide), (len(down), len(across)))
    else:
        _check_count(network, index, channels * count)
        windows = _strided(taken, (channels, height, tall, wide), down, across)
    patches = network.define(canonical(f"P_{suffix}"), windows, (entries, count), path)
    formula = f"reshape({weights}, {filters}, {entries}) @ {patches}"
    bias = network.read_vector(
        layer, index, "b", canonical(f"b_{suffix}"), filters, f"there are {counted(filters, 'filter')}"
    )
    if bias:
        formula += f" + {bias}{'' if network.columns else '.T'}"
    shape = (filters * len(down), len(across))
    network.finish(
        {"activation": "identity", **layer},
        index,
        suffix,
        f"reshape({formula}, {shape[0]}, {shape[1]})",
        shape,
    )


def _strided(taken: str, sizes: tuple[int, int, int, int], down: Iterable[int], across: Iterable[int]) -> str:
    """The windows that begin at these rows and columns, one a column, channel by channel.

    sizes  channels, height of the image, height and width of a window
    """
    channels, height, tall, wide = sizes
    columns = []
    for row in down:
        for column in across:
            pieces = [
                f"reshape({taken}[{c * height + row}:{c * height + row + tall}, "
                f"{column}:{column + wide}], {tall * wide}, 1)"
                for c in range(channels)
            ]
            columns.append(_joined(pieces, 0))
    return _joined(columns, 1)


def add_pool2d(network: Network, layer: dict[str, Any], index: int) -> None:
    """The greatest entry, or the mean, of each window of an image."""
    suffix, taken = network.suffix(layer, index), network.matrix_before(index)
    channels, size = network.whole(layer, index, "channels", 1, 1), _required(network, layer, index, "kernel")
    padding, stride = (
        network.whole(layer, index, "padding", 0),
        network.whole(layer, index, "stride", 1, size),
    )
    largest = layer["kind"].startswith("max")
    _check_padding(network, index, padding, size)
    shift = padding if largest else 0
    taken, height, width = _image(network, taken, suffix, index, channels, 0 if largest else padding)
    down, across = (_windows(network, index, length + 2 * shift, size, stride) for length in (height, width))
    _check_count(network, index, channels * len(down) * len(across))

    def span(start: int, length: int, offset: int = 0) -> str:
        return f"{offset + max(start - shift, 0)}:{offset + min(start - shift + size, length)}"

    rows = [
        ", ".join(
            f"{'max' if largest else 'mean'}({taken}[{span(row, height, c * height)}, {span(column, width)}])"
            for column in across
        )
        for c in range(channels)
        for row in down
    ]
    formula = f"[{', '.join(f'[{row}]' for row in rows)}]"
    network.finish(layer, index, suffix, formula, (channels * len(down), len(across)))


def _taps(
    network: Network, index: int, taken: str, kernel: tuple[int, int, int, int], windows: tuple[int, int]
) -> str:
    """The windows one step apart, by rows: where each entry of the kernel meets the image."""
    channels, height, tall, wide = kernel
    down, across = windows
    _check_count(network, index, channels * tall * wide)
    rows = [
        f"reshape({taken}[{start}:{start + down}, {column}:{column + across}], 1, {down * across})"
        for c in range(channels)
        for start in range(c * height, c * height + tall)
        for column in range(wide)
    ]
    return _joined(rows, 0)


def _joined(parts: list[str], axis: int) -> str:
    return f"concat({', '.join(parts)}, axis={axis})" if len(parts) > 1 else parts[0]


def _required(network: Network, layer: dict[str, Any], index: int, key: str) -> int:
    if key not in layer:
        raise network.error(
            f"layer {index + 1} has no {key}", ("layer", index), f"{key} = 2, the length of a window"
        )
    return network.whole(layer, index, key, 1)


def _windows(network: Network, index: int, length: int, size: int, stride: int) -> range:
    """Where the windows begin; raises HW2CheckError where not one fits."""
    if size > length:
        raise network.error(
            f"a window of {size} does not fit into {length}", ("layer", index), "a smaller kernel, or padding"
        )
    windows = range(0, length - size + 1, stride)
    _check_count(network, index, len(windows))
    return windows


def _check_count(network: Network, index: int, count: int) -> None:
    if count > MAX_WINDOWS:
        raise network.error(
            f"layer {index + 1} has {count:,} windows", ("layer", index), f"at most {MAX_WINDOWS:,}"
        )


def _check_padding(network: Network, index: int, padding: int, size: int) -> None:
    """As in PyTorch: so each window has an entry that is not of the padding."""
    if 2 * padding > size:
        raise network.error(
            f"the padding {padding} is more than half of the kernel {size}", ("layer", index, "padding")
        )


def _padded_steps(network: Network, taken: str, suffix: str, index: int, padding: int) -> str:
    """The sequence with so many zeros before its first and after its last position."""
    if not padding:
        return taken
    rows, columns = network.shape(network.features(taken), padding)
    zeros = f"zeros({rows}, {columns})"
    shape = network.shape(network.features(taken), network.inputs(taken) + 2 * padding)
    joined = _joined([zeros, taken, zeros], 1 - network.axis)
    return network.define(canonical(f"X_{suffix}"), joined, shape, ("layer", index, "name"))


def _image(
    network: Network, taken: str, suffix: str, index: int, channels: int, padding: int
) -> tuple[str, int, int]:
    """The image with zeros around each channel, and the height and width of one channel."""
    rows, width = network.shapes[taken]
    if rows % channels:
        raise network.error(
            f"{taken} has {counted(rows, 'row')}, which are not {channels} channels of one height",
            ("layer", index, "channels"),
            "the channels stand one below the other",
            value=True,
        )
    height = rows // channels
    if not padding:
        return taken, height, width
    wide = width + 2 * padding
    above, beside = f"zeros({padding}, {wide})", f"zeros({height}, {padding})"
    parts = []
    for channel in range(channels):
        own = f"{taken}[{channel * height}:{(channel + 1) * height}]" if channels > 1 else taken
        parts += [above, _joined([beside, own, beside], 1), above]
    tall = height + 2 * padding
    name = network.define(
        canonical(f"X_{suffix}"), _joined(parts, 0), (channels * tall, wide), ("layer", index, "name")
    )
    return name, tall, wide


def _kernel(
    network: Network, layer: dict[str, Any], index: int, name: str, channels: int, filters: int
) -> tuple[str, int, int]:
    """The kernels, and the height and width of one."""
    if "W" not in layer:
        raise network.error(
            f"layer {index + 1} has no W", ("layer", index), "W = [[1, 0], [0, -1]], the kernel"
        )
    path, array = ("layer", index, "W"), network.read(layer, index, "W").array
    if array.ndim != 2 or array.shape[0] % (channels * filters):
        raise network.error(
            f"{name} is {show_shape(array.shape)}, which is not {counted(channels * filters, 'kernel')}",
            path,
            "one below the other: a kernel for each channel, of the first filter, of the second, ...",
        )
    network.give(name, array, path, parameter=True)
    network.weights.append(name)
    return name, array.shape[0] // (channels * filters), array.shape[1]
