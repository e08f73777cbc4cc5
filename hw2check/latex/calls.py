"""Calls of functions in LaTeX."""

from __future__ import annotations

from functools import lru_cache

from hw2check.calculus.adjoint import slope_formula
from hw2check.formula.functions import ALIASES, FUNCTIONS, SLOPES, Function
from hw2check.formula.names import canonical
from hw2check.formula.notation import Token, UserFunction
from hw2check.formula.tree import Call, Constant, Div, Expression, Name, Pow, substitute
from hw2check.latex.parser import LatexParser
from hw2check.latex.scope import UnclearError
from hw2check.latex.scripts import Script, read_script


def function_call(parser: LatexParser, token: Token, function: Function) -> Expression:
    r"""A built-in function: \sin^2 x, \sigma'(z), \log_2 x, \exp(-x)."""
    power: Script | None = None
    base: Script | None = None
    slope = False
    while parser.next.kind in {"^", "_", "'"}:
        kind = parser.take().kind
        if kind == "'":
            slope = True
        elif kind == "^":
            power = read_script(parser)
            slope, power = (True, None) if power.text in {"'", "′"} else (slope, power)
        else:
            base = read_script(parser)
    if power is not None and power.text.startswith("-"):
        raise UnclearError(f"{token.text}^{{-1}} may be the inverse function or the reciprocal")
    if base is not None and function.name != "log":
        raise UnclearError(f"a subscript at the function {token.text}")
    result = _slope(parser, token, function) if slope else parser.call(token, function)
    if base is not None:
        result = Div(result, Call("log", (parser.parsed(base.tokens),)))
    return result if power is None else Pow(result, parser.parsed(power.tokens))


def _slope(parser: LatexParser, token: Token, function: Function) -> Expression:
    own = FUNCTIONS.get(f"{function.name}'")
    if own is not None:
        return parser.call(token, own)
    if function.name not in SLOPES:
        raise UnclearError(f"the derivative of {token.text}")
    return parser.user_call(token, UserFunction(("x",), slope_formula(function.name)))


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
    for form in (base, base.lower(), base.lower().replace("_", "")):
        found = FUNCTIONS.get(ALIASES.get(form, form))
        if found is not None:
            return found
    return {"sgn": FUNCTIONS["sign"], "leakyrelu": FUNCTIONS["leaky_relu"]}.get(base.lower())


PI = Constant("pi")
