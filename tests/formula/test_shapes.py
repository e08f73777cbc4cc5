"""The one inference of shapes, against the shapes of values."""

from __future__ import annotations

import numpy as np
import pytest

from hw2check.calculus.values import evaluate
from hw2check.formula.shapes import Columns, Shape, Shapes
from tests.calculus.test_entrywise import FORMULAS, VALUES, of

SHAPES = {name: value.shape for name, value in VALUES.items()}
TEXTS = sorted({text for _, text in FORMULAS})


@pytest.mark.parametrize("text", TEXTS)
def test_shapes_are_those_of_values(text: str) -> None:
    assert Shapes(SHAPES).shape(of(text)) == np.shape(evaluate(of(text), VALUES))


def test_a_derivative_has_the_shape_of_what_it_is_by() -> None:
    shapes = Shapes({"L": (), "A": (2, 3), "∂L/∂A": (2, 3)})
    assert shapes.of_name("dL/dA") == shapes.of_name("A") == (2, 3)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("u", (3, 1)),
        ("[s, 2, 3]", (3, 1)),
        ("sum(A, axis=1)", (2, 1)),
        ("sum(A, axis=0)", (3, 1)),
        ("sum(A)", ()),
        ("A @ u", (2, 1)),
        ("u.T @ u", (1, 1)),
        ("u*3 + u", (3, 1)),
        ("A.T", (3, 2)),
        ("s @ A", (2, 3)),
        ("softmax(u)", (3, 1)),
    ],
)
def test_vectors_are_columns_in_written_mathematics(text: str, shape: Shape) -> None:
    columns = {name: (*own, 1) if len(own) == 1 else own for name, own in SHAPES.items()}
    assert Columns(lambda name: columns.get(name, ())).shape(of(text)) == shape
