"""Trees as text that the infix notation reads back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hw2check.formula.functions import FUNCTIONS
from hw2check.formula.tree import (
    _ATOM,
    _COMPARE,
    _POWER,
    _PRODUCT,
    _SIGN,
    _SUM,
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


def to_text(expression: Expression) -> str:
    """The expression in the notation that problem files use; reading it back gives an equal value."""
    return _text(expression)[0]


def _text(expression: Expression) -> tuple[str, int]:
    return _PRINTERS[type(expression)](expression)


def _at_least(expression: Expression, level: int) -> str:
    text, own = _text(expression)
    return text if own >= level else f"({text})"


def _print_number(expression: Number) -> tuple[str, int]:
    text = expression.numeral.text
    return text, _ATOM if text[0].isdigit() or text[0] == "." else _SIGN


def _print_add(expression: Add) -> tuple[str, int]:
    parts = [_at_least(expression.terms[0], _SIGN)]
    for term in expression.terms[1:]:
        if isinstance(term, Neg):
            parts.append(f" - {_at_least(term.operand, _PRODUCT)}")
        elif isinstance(term, Number) and not _text(term)[0][0].isdigit() and term.numeral.value < 0:
            parts.append(f" - {term.numeral.text[1:]}")
        else:
            parts.append(f" + {_at_least(term, _PRODUCT)}")
    return "".join(parts), _SUM


def _print_mul(expression: Mul) -> tuple[str, int]:
    first, *rest = expression.factors
    head = _at_least(first, _PRODUCT)
    spaced = " * " in head or any(_is_derivative(factor) for factor in expression.factors)
    parts = (factor.name if isinstance(factor, Name) else _factor(factor) for factor in rest)
    return (" * " if spaced else "*").join([head, *parts]), _PRODUCT


def _is_derivative(expression: Expression) -> bool:
    return isinstance(expression, Name) and "/" in expression.name


def _factor(expression: Expression) -> str:
    """An operand that stands right of `*`, `/` or `@`."""
    return _at_least(expression, _POWER)


def _print_matmul(expression: MatMul) -> tuple[str, int]:
    left, right = expression.left, expression.right
    head = _text(left)[0] if isinstance(left, MatMul | Name) else _factor(left)
    return f"{head} @ {right.name if isinstance(right, Name) else _factor(right)}", _PRODUCT


def _print_pow(expression: Pow) -> tuple[str, int]:
    exponent = _at_least(expression.exponent, _POWER)
    return f"{_at_least(expression.base, _ATOM)}^{exponent}", _POWER


def _print_call(expression: Call) -> tuple[str, int]:
    arguments = [to_text(argument) for argument in _without_defaults(expression)]
    if expression.axis is not None:
        arguments.append(f"axis={expression.axis}")
    if expression.keepdims:
        arguments.append("keepdims=True")
    function = {"maximum": "max", "minimum": "min"}.get(expression.function, expression.function)
    return f"{function}({', '.join(arguments)})", _ATOM


def _without_defaults(expression: Call) -> tuple[Expression, ...]:
    function = FUNCTIONS[expression.function]
    arguments = expression.arguments
    for default in reversed(function.defaults):
        if len(arguments) == function.least or to_text(arguments[-1]) != default:
            break
        arguments = arguments[:-1]
    return arguments


def _print_matrix(expression: Matrix) -> tuple[str, int]:
    rows = ["[" + ", ".join(to_text(entry) for entry in row) + "]" for row in expression.rows]
    return rows[0] if expression.flat else "[" + ", ".join(rows) + "]", _ATOM


def _print_index(expression: Index) -> tuple[str, int]:
    positions = [
        str(position)
        if isinstance(position, int)
        else ":".join("" if p is None else str(p) for p in position)
        for position in expression.positions
    ]
    return f"{_at_least(expression.operand, _ATOM)}[{', '.join(positions)}]", _ATOM


def _print_whole(expression: Whole) -> tuple[str, int]:
    arguments = [to_text(argument) for argument in expression.arguments]
    sizes = [f"axis={size}" if expression.function == "concat" else str(size) for size in expression.sizes]
    return f"{expression.function}({', '.join([*arguments, *sizes])})", _ATOM


def _print_name(expression: Name) -> tuple[str, int]:
    return expression.name, _PRODUCT if _is_derivative(expression) else _ATOM


_PRINTERS: Mapping[type, Callable[..., tuple[str, int]]] = {
    Number: _print_number,
    Constant: lambda e: (e.name, _ATOM),
    Name: _print_name,
    Neg: lambda e: (f"-{_at_least(e.operand, _PRODUCT)}", _SIGN),
    Add: _print_add,
    Mul: _print_mul,
    Div: lambda e: (f"{_at_least(e.numerator, _PRODUCT)}/{_factor(e.denominator)}", _PRODUCT),
    MatMul: _print_matmul,
    Pow: _print_pow,
    Transpose: lambda e: (f"{_at_least(e.operand, _ATOM)}.T", _ATOM),
    Compare: lambda e: (f"{_at_least(e.left, _SUM)} {e.operator} {_at_least(e.right, _SUM)}", _COMPARE),
    Call: _print_call,
    Matrix: _print_matrix,
    Index: _print_index,
    Whole: _print_whole,
}
