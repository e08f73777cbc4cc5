"""Formulas as LaTeX: products of matrices side by side, products entry by entry with ⊙.

What is written here can be read again by the parser of LaTeX, but for slices, and the functions that
arrange arrays anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from hw2check.formula.functions import FUNCTIONS
from hw2check.formula.names import GREEK
from hw2check.formula.quantity import Kind, quantity
from hw2check.formula.shapes import Shape, Shapes
from hw2check.formula.text import to_text
from hw2check.formula.tree import (
    Add,
    Call,
    Compare,
    Constant,
    Div,
    Expression,
    Index,
    MatMul,
    Matrix,
    Mul,
    Name,
    Neg,
    Number,
    Pow,
    Transpose,
    Whole,
    number,
)

SUM, SIGN, PRODUCT, POWER, ATOM = range(5)
TWO = number(2)

_COMPARISONS = {">": ">", "<": "<", ">=": r"\ge", "<=": r"\le"}
SUBSCRIPTED = re.compile(r"([^\W\d_]+)_?(\w*)\Z")


def to_latex(expression: Expression, shapes: Mapping[str, Shape]) -> str:
    """The formula in LaTeX.

    shapes  of its names that are no scalars; a derivative dU/dV has the shape of V
    """
    return Typesetter(shapes).text(expression)[0]


def name_in_latex(name: str) -> str:
    r"""A quantity: W_out as W_{out}, dLoss/dW1 as a quotient, W1_new as W_1^{\text{new}}."""
    parsed = quantity(name)
    if parsed.step > 1:
        return rf"\left.{name_in_latex(parsed.base)}\right|_{{{parsed.step}}}"
    if parsed.is_derivative:
        return rf"\frac{{\partial {name_in_latex(parsed.of)}}}{{\partial {name_in_latex(parsed.by)}}}"
    if name == "learning_rate":
        return r"\eta"
    if parsed.kind is Kind.UPDATED:
        return rf"{name_in_latex(parsed.of)}^{{\text{{new}}}}"
    match = SUBSCRIPTED.match(name)
    if match is None:
        return rf"\mathrm{{{_escaped(name)}}}"
    base, below = match[1], match[2]
    if base in GREEK and base != "omicron":
        base = rf"\{base}"
    elif len(base) > 1:
        base = rf"\mathrm{{{base}}}"
    return f"{base}_{{{_escaped(below)}}}" if below else base


def _escaped(text: str) -> str:
    return text.replace("_", r"\_")


def are_defaults(function: str, arguments: tuple[Expression, ...]) -> bool:
    """Whether the arguments behind the first are what is meant without them."""
    texts = tuple(to_text(argument) for argument in arguments[1:])
    return texts == FUNCTIONS[function].defaults[: len(texts)]


class _Known(Shapes):
    """Shapes of formulas where a name without one is a number."""

    def of_name(self, name: str) -> Shape:
        return self.shapes.get(name) or self.shapes.get(quantity(name).by, ())


class Typesetter:
    """Writes trees as LaTeX; what a formula looks like elsewhere is for classes below it to say."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self.known = _Known(shapes)

    def text(self, expression: Expression) -> tuple[str, int]:
        """The LaTeX of an expression, and how tightly it binds."""
        return _RULES[type(expression)](self, expression)

    def at_least(self, expression: Expression, level: int) -> str:
        text, own = self.text(expression)
        return text if own >= level else rf"\left({text}\right)"

    def is_array(self, expression: Expression) -> bool:
        """Whether the value is no scalar, as far as the names say."""
        return isinstance(expression, Whole) or bool(self.known.shape(expression))

    def number(self, expression: Number) -> tuple[str, int]:
        digits, _, power = expression.numeral.text.lower().partition("e")
        text = rf"{digits} \cdot 10^{{{int(power)}}}" if power else digits
        return text, PRODUCT if power else ATOM if text[0].isdecimal() or text[0] == "." else SIGN

    def add(self, expression: Add) -> tuple[str, int]:
        text = self.at_least(expression.terms[0], SIGN)
        for term in expression.terms[1:]:
            sign, bare = ("-", term.operand) if isinstance(term, Neg) else ("+", term)
            text += f" {sign} {self.at_least(bare, PRODUCT)}"
        return text, SUM

    def neg(self, expression: Neg) -> tuple[str, int]:
        return f"-{self.at_least(expression.operand, PRODUCT)}", SIGN

    def mul(self, expression: Mul) -> tuple[str, int]:
        factors = expression.factors
        text, arrays = self.at_least(factors[0], POWER), self.is_array(factors[0])
        for factor in factors[1:]:
            own, is_array = self.at_least(factor, POWER), self.is_array(factor)
            text += f"{self.sign(own, arrays and is_array)}{own}"
            arrays |= is_array
        return text, PRODUCT

    def sign(self, right: str, both: bool) -> str:
        if both:
            return r" \odot "
        return r" \cdot " if right[0].isdecimal() or right.startswith((r"\left", "-", ".")) else " "

    def matmul(self, expression: MatMul) -> tuple[str, int]:
        left = expression.left
        head = self.text(left)[0] if isinstance(left, MatMul) else self.at_least(left, POWER)
        return f"{head} {self.at_least(expression.right, POWER)}", PRODUCT

    def div(self, expression: Div) -> tuple[str, int]:
        above, below = self.text(expression.numerator)[0], self.text(expression.denominator)[0]
        return rf"\frac{{{above}}}{{{below}}}", POWER

    def pow(self, expression: Pow) -> tuple[str, int]:
        if self.is_array(expression.base) and expression.exponent == TWO:  # of a matrix, A^2 may be A A
            return self.mul(Mul((expression.base, expression.base)))
        return f"{self.at_least(expression.base, ATOM)}^{{{self.text(expression.exponent)[0]}}}", POWER

    def transpose(self, expression: Transpose) -> tuple[str, int]:
        return rf"{self.at_least(expression.operand, ATOM)}^{{\top}}", POWER

    def compare(self, expression: Compare) -> tuple[str, int]:
        left, right = self.text(expression.left)[0], self.text(expression.right)[0]
        return rf"\mathbf{{1}}\left[{left} {_COMPARISONS[expression.operator]} {right}\right]", ATOM

    def call(self, expression: Call) -> tuple[str, int]:
        function, arguments = expression.function, expression.arguments
        if function == "sqrt":
            return rf"\sqrt{{{self.text(arguments[0])[0]}}}", ATOM
        if function.endswith("'") and are_defaults(function, arguments):
            arguments = arguments[:1]
        command, base = FUNCTIONS[function].latex, function.removesuffix("'")
        head = rf"\{command}" if command else rf"\operatorname{{{_escaped(base)}}}"
        head += "'" if function.endswith("'") else ""
        if expression.axis is not None and FUNCTIONS[function].along == "reduce":
            head += rf"_{{\text{{axis }}{expression.axis}}}"
        inside = ", ".join(self.text(argument)[0] for argument in arguments)
        return rf"{head}\left({inside}\right)", ATOM

    def matrix(self, expression: Matrix) -> tuple[str, int]:
        if expression.flat:
            entries = r" \\ ".join(self.text(entry)[0] for entry in expression.rows[0])
        else:
            entries = r" \\ ".join(" & ".join(self.text(e)[0] for e in row) for row in expression.rows)
        return rf"\begin{{bmatrix}} {entries} \end{{bmatrix}}", ATOM

    def index(self, expression: Index) -> tuple[str, int]:
        positions = [
            str(p) if isinstance(p, int) else ":".join("" if end is None else str(end) for end in p)
            for p in expression.positions
        ]
        return f"{self.at_least(expression.operand, ATOM)}[{', '.join(positions)}]", ATOM

    def whole(self, expression: Whole) -> tuple[str, int]:
        function, sizes = expression.function, [str(size) for size in expression.sizes]
        if function in {"ones", "zeros"}:
            shape = r" \times ".join(sizes)
            return rf"\mathbf{{{int(function == 'ones')}}}_{{{shape}}}", ATOM
        if function == "outer":
            left = self.at_least(expression.arguments[0], POWER)
            right = self.at_least(expression.arguments[1], ATOM)
            return rf"{left} {right}^{{\top}}", PRODUCT
        inside = [self.text(argument)[0] for argument in expression.arguments]
        sizes = [rf"\text{{axis }}{sizes[0]}"] if function == "concat" else sizes
        return rf"\operatorname{{{function}}}\left({', '.join([*inside, *sizes])}\right)", ATOM


_RULES: Mapping[type, Callable[..., tuple[str, int]]] = {
    Number: Typesetter.number,
    Constant: lambda _, e: (rf"\{e.name}", ATOM),
    Name: lambda _, e: (name_in_latex(e.name), POWER if quantity(e.name).kind is not Kind.VALUE else ATOM),
    Neg: Typesetter.neg,
    Add: Typesetter.add,
    Mul: Typesetter.mul,
    Div: Typesetter.div,
    MatMul: Typesetter.matmul,
    Pow: Typesetter.pow,
    Transpose: Typesetter.transpose,
    Compare: Typesetter.compare,
    Call: Typesetter.call,
    Matrix: Typesetter.matrix,
    Index: Typesetter.index,
    Whole: Typesetter.whole,
}
