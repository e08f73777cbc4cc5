"""Formulas as MathML: well-formed, and read back element by element they are the same formula."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings

from hw2check.calculus.values import evaluate
from hw2check.formula.functions import FUNCTIONS
from hw2check.formula.notation import Vocabulary, parse
from hw2check.formula.tree import Expression
from hw2check.latex.mathml import name_in_mathml, to_mathml
from tests.latex.test_writer import TYPESET, VALUES, VOCABULARY, trees

SHAPES = {name: value.shape for name, value in VALUES.items()}
SIGNS = {"−": "-", "·": "*", "⊙": "*", "×": ",", "\u2061": ""}
GREEK = {"α": "alpha", "π": "pi", "η": "learning_rate"}


def infix(element: ElementTree.Element) -> str:
    """What a reader of the page takes the element for, in infix notation."""
    inner = list(element)
    match element.tag:
        case "mn":
            return str(element.text).replace("𝟏", "1").replace("𝟎", "0")
        case "mi" | "mtext":
            text = str(element.text)
            return GREEK.get(text, text).replace("′", "'")
        case "mo":
            return SIGNS.get(str(element.text), str(element.text))
        case "mfrac":
            above, below = map(infix, inner)
            return f"(({above})/({below}))"
        case "msqrt":
            return f"sqrt({row(inner)})"
        case "msup":
            base, exponent = map(infix, inner)
            return f"({base}).T" if exponent == "⊤" else f"(({base})^({exponent}))"
        case "msub":
            base, below = map(infix, inner)
            axis = below.removeprefix("axis ")
            return f"{base}@{axis}@" if axis != below else f"{base}_{below}"
        case "mtable":
            return ",".join(infix(each) for each in inner)
        case "mtr":
            return f"[{','.join(row(list(cell)) for cell in inner)}]"
    return row(inner)


def row(elements: list[ElementTree.Element]) -> str:
    """Elements beside each other; where two operands stand side by side, a product of matrices."""
    text, before = "", None
    for element in elements:
        part = infix(element)
        is_index = element.tag == "mrow" and [e.tag for e in element][1:2] == ["mtext"]
        if before is not None and before.text == "𝟏":  # 1 where what stands in brackets holds, else 0
            text = f"{text[:-1]}({part[1:-1]})"
        elif before is None or before.tag == "mo" or element.tag == "mo" or is_index:
            text += part
        else:
            text += f" @ {part}"
        before = element
    return text


def read_back(mathml: str) -> str:
    text = infix(ElementTree.fromstring(mathml))
    while "@0@" in text or "@1@" in text:  # the axis of a function stands below its name
        before, axis, after = text.partition("@0@") if "@0@" in text else text.partition("@1@")
        end = _closing(after)
        text = f"{before}{after[:end]}, axis={axis[1]}{after[end:]}"
    return text


def _closing(text: str) -> int:
    depth = 0
    for position, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if letter == ")" and depth == 0:
            return position
    raise AssertionError(text)


@settings(max_examples=300, deadline=None)
@given(trees())
def test_what_is_set_is_read_as_the_same_scalar(tree: Expression) -> None:
    assert_same(tree)


@settings(max_examples=200, deadline=None)
@given(trees(shape=(2, 2)))
def test_what_is_set_is_read_as_the_same_matrix(tree: Expression) -> None:
    assert_same(tree)


def assert_same(tree: Expression) -> None:
    text = read_back(to_mathml(tree, SHAPES))
    names = {"alpha_1": "alpha1", "net_h1": "net_h1"}
    vocabulary = Vocabulary(lambda spelt: names.get(spelt) or (spelt if spelt in VALUES else None))
    with np.errstate(all="ignore"):
        expected, found = evaluate(tree, VALUES), evaluate(parse(text, vocabulary), VALUES)
    assert np.shape(expected) == np.shape(found)
    assert np.allclose(expected, found, rtol=1e-9, atol=0, equal_nan=True), text


@pytest.mark.parametrize("formula", [formula for formula, _ in TYPESET])
def test_every_kind_of_tree_is_well_formed(formula: str) -> None:
    assert ElementTree.fromstring(to_mathml(parse(formula, VOCABULARY), {})).tag == "math"


def test_every_function_is_set() -> None:
    for name, function in FUNCTIONS.items():
        arguments = ", ".join(["x", "y"][: function.least])
        assert "<mi>x</mi>" in to_mathml(parse(f"{name}({arguments})", VOCABULARY), {})


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("x5", "<msub><mi>x</mi><mi>5</mi></msub>"),
        ("alpha1", "<msub><mi>α</mi><mi>1</mi></msub>"),
        ("Loss", "<mi>Loss</mi>"),
        ("W1_new", "<msup><mrow><msub><mi>W</mi><mi>1</mi></msub></mrow><mtext>new</mtext></msup>"),
        ("dLoss/da", "<mfrac><mrow><mo>∂</mo><mi>Loss</mi></mrow><mrow><mo>∂</mo><mi>a</mi></mrow></mfrac>"),
    ],
)
def test_names(name: str, inside: str) -> None:
    assert name_in_mathml(name) == f"<math>{inside}</math>"
