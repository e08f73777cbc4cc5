"""Calls of functions in LaTeX."""

from __future__ import annotations

import re
from functools import lru_cache

from hw2check.calculus.rules import slope_form
from hw2check.formula.functions import ALIASES, FUNCTIONS, SLOPES, Function
from hw2check.formula.names import canonical
from hw2check.formula.notation import Token, UserFunction
from hw2check.formula.tree import Call, Constant, Div, Expression, Name, Pow, names, number, substitute
from hw2check.latex.indices import with_entries_of
from hw2check.latex.parser import LatexParser
from hw2check.latex.scope import UnclearError
from hw2check.latex.scripts import Script, read_script
from hw2check.latex.shapes import shape_of


def function_call(parser: LatexParser, token: Token, function: Function) -> Expression:
    r"""A built-in function: \sin^2 x, \sigma'(z), \log_2 x, \exp(-x)."""
    power: Script | None = None
    base: Script | None = None
    primes = 0
    while parser.next.kind in {"^", "_", "'"}:
        kind = parser.take().kind
        if kind == "'":
            primes += 1
        elif kind == "^":
            script = read_script(parser)
            power = power if script.primes else script
            primes += script.primes
        else:
            base = read_script(parser)
    slope = primes > 0
    if primes > 1:
        raise UnclearError(f"a second derivative of {token.text}")
    if power is not None and power.text.startswith("-"):
        raise UnclearError(f"{token.text}^{{-1}} may be the inverse function or the reciprocal")
    if parser.next.text == "+" or (power is not None and parser.next.text in {"-", "−"}):
        raise UnclearError(f"{token.text} stands without its argument")
    axis = _axis(base) if base is not None and function.along and not function.square else None
    if base is not None and axis is None and function.name != "log":
        raise UnclearError(f"a subscript at the function {token.text}")
    result = _slope(parser, token, function) if slope else _of_entry(parser, parser.call(token, function))
    if axis is not None and isinstance(result, Call):
        result = Call(result.function, result.arguments, axis, keepdims=function.along == "reduce")
    elif base is not None:
        result = Div(result, Call("log", (parser.parsed(base.tokens),)))
    elif function.name == "log" and token.text.lower() in {"log", "lg"} and not slope:
        result = _logarithm(parser, token, result)
    return result if power is None else Pow(result, parser.parsed(power.tokens))


def _axis(script: Script) -> int | None:
    """The axis that a sum, a greatest entry or a softmax is taken along, 1 of "axis 1"; or None."""
    found = re.fullmatch(r"axis\s*=?\s*([01])", script.text)
    return int(found[1]) if found else None


def _of_entry(parser: LatexParser, called: Expression) -> Expression:
    """softmax(z_i) is the entry i of softmax(z)."""
    if not isinstance(called, Call) or FUNCTIONS[called.function].along not in {"keep", "reduce"}:
        return called
    argument = called.arguments[0]
    if FUNCTIONS[called.function].square:
        sizes = shape_of(argument, parser.world)
        if not sizes or sizes[0] != sizes[1]:
            raise UnclearError(f"{called.function} of something that is no square matrix")
        return called
    if FUNCTIONS[called.function].along == "reduce":
        return called
    if shape_of(argument, parser.world):
        return called
    array = next((Name(name) for name in names(argument) if parser.world.shape(name)), None)
    whole = None if array is None else Call(called.function, (array,), called.axis)
    entry = None if whole is None else with_entries_of(argument, whole)
    if entry is None:
        raise UnclearError(f"{called.function} of a number")
    return entry


def _logarithm(parser: LatexParser, token: Token, natural: Expression) -> Expression:
    r"""\log without a base is natural here, unless that does not fit; \lg has the base 10."""
    base = "base 10"
    if token.text != "lg":
        base = parser.chosen("log", "natural", "base 10", "base 2")
    if base == "natural":
        return natural
    return Div(natural, Call("log", (number(10 if base == "base 10" else 2),)))


def _slope(parser: LatexParser, token: Token, function: Function) -> Expression:
    own = FUNCTIONS.get(f"{function.name}'")
    if own is not None:
        return parser.call(token, own)
    if function.name not in SLOPES:
        raise UnclearError(f"the derivative of {token.text}")
    return parser.user_call(token, UserFunction(("x",), slope_form(function.name)))


def node_call(parser: LatexParser, token: Token, function: UserFunction) -> Expression:
    """f_6(x_2, x_3) for the node x6: by the names of its inputs, or in their order."""
    arguments, _ = parser.arguments()
    spelt = [argument.name for argument in arguments if isinstance(argument, Name)]
    if len(spelt) == len(arguments) and set(spelt) == set(function.parameters):
        return function.body
    if len(arguments) != len(function.parameters) or sorted(function.parameters) != list(function.parameters):
        raise UnclearError(f"the order of the arguments of {token.text} is not known")
    return substitute(function.body, dict(zip(function.parameters, arguments, strict=True)))


@lru_cache(maxsize=4096)
def built_in(spelt: str) -> Function | None:
    """The function of that name, whatever its capitals."""
    base = canonical(spelt)
    if base == "Sigma":  # a matrix
        return None
    for form in (base, base.lower(), base.lower().replace("_", "")):
        found = FUNCTIONS.get(ALIASES.get(form, form))
        if found is not None:
            return found
    return FUNCTIONS["log"] if base.lower() == "lg" else None


PI = Constant("pi")
