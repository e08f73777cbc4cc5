"""The oracle: small expression trees, their value in mpmath at 50 digits, and their derivatives.

Nothing here knows hw2check's expressions, derivation or judging.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

import mpmath
from mpmath import mp

mp.dps = 50

Value = Any  # an mpf


class Tree(NamedTuple):
    """One node: `op` is num, name, add, mul, neg, div, pow or a function's name."""

    op: str
    parts: tuple[Tree, ...] = ()
    leaf: str | Fraction = ""


def num(value: int | str | Fraction) -> Tree:
    return Tree("num", (), Fraction(value))


def name(spelt: str) -> Tree:
    return Tree("name", (), spelt)


def add(*parts: Tree) -> Tree:
    kept = [part for part in parts if part != ZERO]
    return Tree("add", tuple(kept)) if len(kept) > 1 else kept[0] if kept else ZERO


def mul(*parts: Tree) -> Tree:
    if ZERO in parts:
        return ZERO
    kept = [part for part in parts if part != ONE]
    return Tree("mul", tuple(kept)) if len(kept) > 1 else kept[0] if kept else ONE


def neg(part: Tree) -> Tree:
    return part.parts[0] if part.op == "neg" else ZERO if part == ZERO else Tree("neg", (part,))


def div(above: Tree, below: Tree) -> Tree:
    return above if below == ONE else ZERO if above == ZERO else Tree("div", (above, below))


def power(base: Tree, exponent: Tree | int) -> Tree:
    by = num(exponent) if isinstance(exponent, int) else exponent
    return base if by == ONE else Tree("pow", (base, by))


def call(function: str, *arguments: Tree) -> Tree:
    return Tree(function, arguments)


ZERO, ONE, TWO = num(0), num(1), num(2)


def _step(x: Value) -> Value:
    return mp.mpf(1) if x > 0 else mp.mpf(0)


def _sigmoid(x: Value) -> Value:
    return 1 / (1 + mp.exp(-x))


def _mean(*values: Value) -> Value:
    return sum(values) / len(values)


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "exp": mp.exp,
    "log": mp.log,
    "sqrt": mp.sqrt,
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "abs": abs,
    "sigmoid": _sigmoid,
    "relu": lambda x: x if x > 0 else mp.mpf(0),
    "relu'": _step,
    "step": _step,
    "sign": mp.sign,
    "leaky_relu": lambda x: x if x > 0 else x / 100,
    "leaky_relu'": lambda x: mp.mpf(1) if x > 0 else mp.mpf(1) / 100,
    "elu": lambda x: x if x > 0 else mp.expm1(x),
    "elu'": lambda x: mp.mpf(1) if x > 0 else mp.exp(x),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "gelu": lambda x: x * mp.ncdf(x),
    "gelu'": lambda x: mp.ncdf(x) + x * mp.npdf(x),
    "silu": lambda x: x * _sigmoid(x),
    "silu'": lambda x: _sigmoid(x) * (1 + x * (1 - _sigmoid(x))),
    "maximum": max,
    "minimum": min,
}
KINKED = ("abs", "relu", "leaky_relu", "elu", "maximum", "minimum")
HUGE = 10**6
PRIMED = ("relu", "leaky_relu", "elu", "gelu", "silu")


def real(value: Fraction | str) -> Value:
    exact = Fraction(value)
    return mp.mpf(exact.numerator) / exact.denominator


def evaluate(tree: Tree, env: Mapping[str, Value]) -> Value:
    """The value in mpmath; raises ArithmeticError or ValueError where there is none,
    TypeError where it is complex, OverflowError where a function's argument is huge."""
    op, parts, leaf = tree
    if op == "num":
        return real(leaf)
    if op == "name":
        return env[str(leaf)]
    values = [evaluate(part, env) for part in parts]
    if op == "add":
        return sum(values)
    if op == "neg":
        return -values[0]
    if op == "mul":
        return mpmath.fprod(values)
    if op == "div":
        return values[0] / values[1]
    if any(abs(value) > HUGE for value in values):
        raise OverflowError(op)
    result = values[0] ** values[1] if op == "pow" else FUNCTIONS[op](*values)
    if isinstance(result, mp.mpc):
        raise TypeError(op)
    return result


def names(tree: Tree) -> tuple[str, ...]:
    """In order of appearance, each once."""
    if tree.op == "name":
        return (str(tree.leaf),)
    return tuple(dict.fromkeys(found for part in tree.parts for found in names(part)))


def put(tree: Tree, replaced: Mapping[str, Tree]) -> Tree:
    if tree.op == "name":
        return replaced.get(str(tree.leaf), tree)
    return tree._replace(parts=tuple(put(part, replaced) for part in tree.parts))


def slope(function: str, x: Tree) -> Tree:
    """f'(x), away from kinks."""
    if function in PRIMED:
        return call(f"{function}'", x)
    own = call(function, x)
    return {
        "exp": own,
        "log": div(ONE, x),
        "sqrt": div(ONE, mul(TWO, own)),
        "sin": call("cos", x),
        "cos": neg(call("sin", x)),
        "tan": add(ONE, power(own, 2)),
        "sinh": call("cosh", x),
        "cosh": call("sinh", x),
        "tanh": add(ONE, neg(power(own, 2))),
        "abs": call("sign", x),
        "sigmoid": mul(own, add(ONE, neg(own))),
        "softplus": call("sigmoid", x),
    }[function]


def derive(tree: Tree, by: str) -> Tree:
    """The derivative, by the textbook rules."""
    if by not in names(tree):
        return ZERO
    op, parts, _ = tree
    if op == "name":
        return ONE
    slopes = [derive(part, by) for part in parts]
    if op == "add":
        return add(*slopes)
    if op == "neg":
        return neg(slopes[0])
    if op == "mul":
        return add(*(mul(*parts[:i], slopes[i], *parts[i + 1 :]) for i in range(len(parts))))
    if op == "div":
        (u, v), (du, dv) = parts, slopes
        if dv == ZERO:
            return div(du, v)
        return div(add(mul(du, v), neg(mul(u, dv))), power(v, 2))
    if op == "pow":
        base, exponent = parts
        lower = num(Fraction(exponent.leaf) - 1)
        return mul(exponent, power(base, lower), slopes[0])
    if op in {"maximum", "minimum"}:
        (a, b), sense = parts, 1 if op == "maximum" else -1
        ahead, behind = (add(a, neg(b)), add(b, neg(a)))[::sense]
        return add(mul(call("step", ahead), slopes[0]), mul(call("step", behind), slopes[1]))
    return mul(slope(op, parts[0]), slopes[0])


_TIGHT = {"add": 1, "neg": 2, "mul": 2, "div": 2, "pow": 3}


def text(tree: Tree) -> str:
    """As a person types it."""
    op, parts, leaf = tree
    if op == "num":
        shown = str(leaf)
        return f"({shown})" if Fraction(leaf).denominator > 1 else shown
    if op == "name":
        return str(leaf)
    if op == "add":
        return "".join(
            ("" if not i else " - " if part.op == "neg" else " + ")
            + (_inside(part.parts[0], 2) if part.op == "neg" and i else _inside(part, 1))
            for i, part in enumerate(parts)
        )
    if op == "neg":
        return f"-{_inside(parts[0], 3)}"
    if op == "mul":
        return "*".join(
            _inside(part, 3 if i or part.op in {"neg", "div"} else 2) for i, part in enumerate(parts)
        )
    if op == "div":
        return f"{_inside(parts[0], 2)}/{_inside(parts[1], 3)}"
    if op == "pow":
        return f"{_inside(parts[0], 4)}^{_inside(parts[1], 4)}"
    return f"{op}({', '.join(map(text, parts))})"


def _inside(tree: Tree, least: int) -> str:
    shown = text(tree)
    negative = tree.op == "num" and Fraction(tree.leaf) < 0
    return f"({shown})" if negative or _TIGHT.get(tree.op, 9) < least else shown
