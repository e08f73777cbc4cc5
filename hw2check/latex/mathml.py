"""Formulas as MathML, which browsers set without a script, written from the tree in few bytes.

The elements are those of MathML Core (W3C).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from html import escape

from hw2check.formula.functions import FUNCTIONS
from hw2check.formula.names import GREEK
from hw2check.formula.quantity import Kind, quantity
from hw2check.formula.shapes import Shape
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
)
from hw2check.latex.writer import (
    ATOM,
    POWER,
    PRODUCT,
    SIGN,
    SUBSCRIPTED,
    SUM,
    Typesetter,
    are_defaults,
)

_LETTERS = {
    name: unicodedata.lookup(f"GREEK SMALL LETTER {'lamda' if name == 'lambda' else name}") for name in GREEK
}
_COMPARISONS = {">": "&gt;", "<": "&lt;", ">=": "≥", "<=": "≤"}
_PRODUCT_SIGN = "<mo>·</mo>"
_APPLIED = "<mo>&#x2061;</mo>"


def to_mathml(expression: Expression, shapes: Mapping[str, Shape]) -> str:
    """A `math` element.

    shapes  of the names that are no scalars; a derivative dU/dV has the shape of V
    """
    return f"<math>{_MathML(shapes).text(expression)[0]}</math>"


def name_in_mathml(name: str) -> str:
    """A `math` element with a quantity: W_out with its subscript, dLoss/dW1 as a quotient."""
    return f"<math>{_name(name)}</math>"


def _name(name: str) -> str:
    parsed = quantity(name)
    if parsed.step > 1:
        return f"<msub><mrow>{_name(parsed.base)}<mo>|</mo></mrow><mn>{parsed.step}</mn></msub>"
    if parsed.is_derivative:
        above, below = (f"<mrow><mo>∂</mo>{_name(part)}</mrow>" for part in (parsed.of, parsed.by))
        return f"<mfrac>{above}{below}</mfrac>"
    if name == "learning_rate":
        return "<mi>η</mi>"
    if parsed.kind is Kind.UPDATED:
        return f"<msup>{_row(_name(parsed.of))}<mtext>new</mtext></msup>"
    match = SUBSCRIPTED.match(name)
    base, below = (match[1], match[2]) if match else (name, "")
    letter = f"<mi>{escape(_LETTERS.get(base, base))}</mi>"
    return f"<msub>{letter}<mi>{escape(below)}</mi></msub>" if below else letter


def _row(content: str) -> str:
    return f"<mrow>{content}</mrow>"


def _bracketed(content: str, left: str = "(", right: str = ")") -> str:
    return f"<mrow><mo>{left}</mo>{content}<mo>{right}</mo></mrow>"


def _listed(parts: Iterable[str]) -> str:
    return "<mo>,</mo>".join(parts)


class _MathML(Typesetter):
    """The rules of LaTeX's writer, with other marks."""

    def text(self, expression: Expression) -> tuple[str, int]:
        return _RULES[type(expression)](self, expression)

    def at_least(self, expression: Expression, level: int) -> str:
        text, own = self.text(expression)
        return text if own >= level else _bracketed(text)

    def number(self, expression: Number) -> tuple[str, int]:
        digits, _, power = expression.numeral.text.lower().partition("e")
        sign, bare = ("<mo>−</mo>", digits[1:]) if digits.startswith("-") else ("", digits)
        text = f"{sign}<mn>{bare}</mn>"
        if power:
            return f"{text}{_PRODUCT_SIGN}<msup><mn>10</mn><mn>{int(power)}</mn></msup>", PRODUCT
        return text, SIGN if sign else ATOM

    def add(self, expression: Add) -> tuple[str, int]:
        text = self.at_least(expression.terms[0], SIGN)
        for term in expression.terms[1:]:
            sign, bare = ("−", term.operand) if isinstance(term, Neg) else ("+", term)
            text += f"<mo>{sign}</mo>{self.at_least(bare, PRODUCT)}"
        return text, SUM

    def neg(self, expression: Neg) -> tuple[str, int]:
        return f"<mo>−</mo>{self.at_least(expression.operand, PRODUCT)}", SIGN

    def mul(self, expression: Mul) -> tuple[str, int]:
        factors = expression.factors
        text, arrays = self.at_least(factors[0], POWER), self.is_array(factors[0])
        for factor in factors[1:]:
            is_array = self.is_array(factor)
            sign = "<mo>⊙</mo>" if arrays and is_array else _PRODUCT_SIGN
            text += sign + self.at_least(factor, POWER)
            arrays |= is_array
        return text, PRODUCT

    def matmul(self, expression: MatMul) -> tuple[str, int]:
        left = expression.left
        head = self.text(left)[0] if isinstance(left, MatMul) else self.at_least(left, POWER)
        return head + self.at_least(expression.right, POWER), PRODUCT

    def div(self, expression: Div) -> tuple[str, int]:
        above, below = self.text(expression.numerator)[0], self.text(expression.denominator)[0]
        return f"<mfrac>{_row(above)}{_row(below)}</mfrac>", POWER

    def pow(self, expression: Pow) -> tuple[str, int]:
        return self._above(expression.base, self.text(expression.exponent)[0])

    def transpose(self, expression: Transpose) -> tuple[str, int]:
        return self._above(expression.operand, "<mi>⊤</mi>")

    def _above(self, base: Expression, exponent: str) -> tuple[str, int]:
        return f"<msup>{_row(self.at_least(base, ATOM))}{_row(exponent)}</msup>", POWER

    def compare(self, expression: Compare) -> tuple[str, int]:
        left, right = self.text(expression.left)[0], self.text(expression.right)[0]
        test = f"{left}<mo>{_COMPARISONS[expression.operator]}</mo>{right}"
        return f"<mn>𝟏</mn>{_bracketed(test, '[', ']')}", ATOM

    def call(self, expression: Call) -> tuple[str, int]:
        function, arguments = expression.function, expression.arguments
        if function == "sqrt":
            return f"<msqrt>{self.text(arguments[0])[0]}</msqrt>", ATOM
        if function.endswith("'") and are_defaults(function, arguments):
            arguments = arguments[:1]
        head = f"<mi>{escape(function.removesuffix(chr(39)))}{'′' * function.endswith(chr(39))}</mi>"
        if expression.axis is not None and FUNCTIONS[function].along == "reduce":
            head = f"<msub>{head}<mtext>axis {expression.axis}</mtext></msub>"
        inside = _listed(self.text(argument)[0] for argument in arguments)
        return f"{head}{_APPLIED}{_bracketed(inside)}", ATOM

    def matrix(self, expression: Matrix) -> tuple[str, int]:
        rows = [[entry] for entry in expression.rows[0]] if expression.flat else expression.rows
        cells = ("".join(f"<mtd>{self.text(entry)[0]}</mtd>" for entry in row) for row in rows)
        table = "".join(f"<mtr>{row}</mtr>" for row in cells)
        return _bracketed(f"<mtable>{table}</mtable>", "[", "]"), ATOM

    def index(self, expression: Index) -> tuple[str, int]:
        positions = [
            str(p) if isinstance(p, int) else ":".join("" if end is None else str(end) for end in p)
            for p in expression.positions
        ]
        inside = _listed(f"<mtext>{position}</mtext>" for position in positions)
        return self.at_least(expression.operand, ATOM) + _bracketed(inside, "[", "]"), ATOM

    def whole(self, expression: Whole) -> tuple[str, int]:
        function, sizes = expression.function, [f"<mn>{size}</mn>" for size in expression.sizes]
        if function in {"ones", "zeros"}:
            digit = "𝟏" if function == "ones" else "𝟎"
            return f"<msub><mn>{digit}</mn>{_row('<mo>×</mo>'.join(sizes))}</msub>", ATOM
        if function == "outer":
            left = self.at_least(expression.arguments[0], POWER)
            return left + self._above(expression.arguments[1], "<mi>⊤</mi>")[0], PRODUCT
        inside = [self.text(argument)[0] for argument in expression.arguments]
        return f"<mi>{escape(function)}</mi>{_APPLIED}{_bracketed(_listed([*inside, *sizes]))}", ATOM


_RULES: Mapping[type, Callable[..., tuple[str, int]]] = {
    Number: _MathML.number,
    Constant: lambda _, e: (f"<mi>{_LETTERS.get(e.name, e.name)}</mi>", ATOM),
    Name: lambda _, e: (_name(e.name), POWER if quantity(e.name).kind is not Kind.VALUE else ATOM),
    Neg: _MathML.neg,
    Add: _MathML.add,
    Mul: _MathML.mul,
    Div: _MathML.div,
    MatMul: _MathML.matmul,
    Pow: _MathML.pow,
    Transpose: _MathML.transpose,
    Compare: _MathML.compare,
    Call: _MathML.call,
    Matrix: _MathML.matrix,
    Index: _MathML.index,
    Whole: _MathML.whole,
}
