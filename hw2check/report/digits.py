"""Computed numbers, shapes and places of entries as all formats show them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def place(position: Iterable[object]) -> str:
    """The place of an entry, counted from 1: [3, 4]."""
    return f"[{', '.join(str(int(str(i)) + 1) for i in position)}]"


def show_number(value: object) -> str:
    """A computed number: ten significant digits, no negative zero."""
    return f"{float(np.asarray(value)) + 0.0:.10g}"


def show_shape(shape: tuple[int, ...]) -> str:
    """4 x 2; a vector's length."""
    return " x ".join(map(str, shape)) if len(shape) > 1 else f"vector of {shape[0]}"
