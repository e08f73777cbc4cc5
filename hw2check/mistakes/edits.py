"""Mistakes as single edits of an expression tree: the trees that come out, each with the mistake's code."""

from __future__ import annotations

from collections.abc import Iterator

from hw2check.formula.tree import (
    ONE,
    Add,
    Call,
    Div,
    Expression,
    MatMul,
    Mul,
    Name,
    Neg,
    Number,
    Pow,
    Transpose,
    children,
    mul,
    rebuild,
)

Edit = tuple[str, Expression]

ACTIVATIONS = ("relu", "sigmoid", "tanh")


def edits(expression: Expression) -> Iterator[Edit]:
    """Every tree that differs from this one by one known mistake, at any place in it."""
    yield from _here(expression)
    operands = children(expression)
    for position, operand in enumerate(operands):
        for code, changed in edits(operand):
            yield code, rebuild(expression, (*operands[:position], changed, *operands[position + 1 :]))


def _here(expression: Expression) -> Iterator[Edit]:
    match expression:
        case Add(terms):
            yield from _sum(terms)
        case Mul(factors):
            yield from _product(factors)
        case Neg(operand):
            yield "sign-of-term", operand
        case Div(numerator, denominator):
            yield "reciprocal", Div(denominator, numerator)
            yield "denominator-missing", numerator
            yield "product-for-quotient", Mul((numerator, denominator))
        case Pow(base, exponent):
            yield from _power(base, exponent)
        case MatMul(left, right):
            yield from _matrix_product(left, right)
        case Transpose(operand):
            yield "transpose-missing", operand
        case Call():
            yield from _call(expression)


def _sum(terms: tuple[Expression, ...]) -> Iterator[Edit]:
    products = any(isinstance(_unsigned(term), MatMul) for term in terms)
    for position, term in enumerate(terms):
        flipped = term.operand if isinstance(term, Neg) else Neg(term)
        rest = (*terms[:position], *terms[position + 1 :])
        yield "sign-of-term", Add((*terms[:position], flipped, *terms[position + 1 :]))
        bias = products and isinstance(term, Name)
        yield "bias-missing" if bias else "missing-term", Add(rest) if len(rest) > 1 else rest[0]
        if bias:
            yield "bias-wrong-axis", Add((*terms[:position], Transpose(term), *terms[position + 1 :]))
    if len(terms) == 2 and not products:
        yield "product-for-sum", Mul((_unsigned(terms[0]), _unsigned(terms[1])))


def _unsigned(term: Expression) -> Expression:
    return term.operand if isinstance(term, Neg) else term


def _product(factors: tuple[Expression, ...]) -> Iterator[Edit]:
    for position in range(len(factors)):
        rest = (*factors[:position], *factors[position + 1 :])
        yield "missing-factor", Mul(rest) if len(rest) > 1 else rest[0]
    powers = [factor for factor in factors if isinstance(factor, Call) and factor.function == "exp"]
    others = tuple(factor for factor in factors if factor not in powers)
    if len(powers) > 1:
        yield "exp-of-sum", mul(*others, Add(tuple(powers)))
    if len(factors) == 2:
        yield "sum-for-product", Add(factors)


def _power(base: Expression, exponent: Expression) -> Iterator[Edit]:
    if isinstance(exponent, Number):
        yield "exponent-missing", base
        yield "exponent-as-factor", mul(exponent, base)
        if isinstance(base, Add):
            yield "power-of-sum", Add(tuple(_powered(term, exponent) for term in base.terms))


def _powered(term: Expression, exponent: Expression) -> Expression:
    return Neg(Pow(term.operand, exponent)) if isinstance(term, Neg) else Pow(term, exponent)


def _matrix_product(left: Expression, right: Expression) -> Iterator[Edit]:
    yield "factors-swapped", MatMul(right, left)
    yield (
        "transpose-missing" if isinstance(left, Transpose) else "transposed-factor",
        MatMul(_turned(left), right),
    )
    yield (
        "transpose-missing" if isinstance(right, Transpose) else "transposed-factor",
        MatMul(left, _turned(right)),
    )
    yield "factors-swapped", MatMul(_turned(right), _turned(left))
    yield "elementwise-product", Mul((left, right))


def _turned(expression: Expression) -> Expression:
    return expression.operand if isinstance(expression, Transpose) else Transpose(expression)


def _call(call: Call) -> Iterator[Edit]:
    function, arguments = call.function, call.arguments
    (argument, *_) = arguments
    if isinstance(argument, Add) and function in {"exp", "log", "sqrt"}:
        code = {"exp": "exp-of-sum", "log": "log-of-sum", "sqrt": "root-of-sum"}[function]
        yield code, Add(tuple(_applied(function, term) for term in argument.terms))
    if function == "log" and isinstance(argument, Mul):
        yield "log-of-product", Mul(tuple(Call("log", (factor,)) for factor in argument.factors))
    if function == "log" and isinstance(argument, Div):
        yield "log-of-product", Div(Call("log", (argument.numerator,)), Call("log", (argument.denominator,)))
    if function in {"exp", "sigmoid", "tanh", "log"}:
        flipped = argument.operand if isinstance(argument, Neg) else Neg(argument)
        yield "sign-of-argument", Call(function, (flipped, *arguments[1:]), call.axis, call.keepdims)
    yield from _other_function(call, argument)


def _applied(function: str, term: Expression) -> Expression:
    if isinstance(term, Neg) and function != "exp":
        return Neg(Call(function, (term.operand,)))
    return Call(function, (term,))


def _other_function(call: Call, argument: Expression) -> Iterator[Edit]:
    function = call.function
    if function in {"sum", "mean"}:
        yield (
            "sum-for-mean",
            Call("mean" if function == "sum" else "sum", call.arguments, call.axis, call.keepdims),
        )
        if call.axis is not None:
            yield "sum-axis", Call(function, call.arguments, 1 - call.axis)
    elif function in {"relu", "sigmoid", "tanh", "leaky_relu", "elu", "softplus", "gelu", "silu"}:
        yield "activation-missing", argument
        for other in ACTIVATIONS:
            if other != function:
                yield "wrong-activation", Call(other, (argument,))
    elif function in {"softmax", "log_softmax"}:
        yield "activation-missing", argument
        if call.axis is not None:
            yield "softmax-axis", Call(function, call.arguments, 1 - call.axis)
    elif function.endswith("'"):
        yield "activation-derivative-missing", ONE
    elif function in {"exp", "log", "sqrt", "abs", "sin", "cos", "tan"}:
        yield "function-missing", argument
