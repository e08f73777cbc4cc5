"""Random graphs of vectors and matrices, and dense networks, as problem files and as autograd's functions.

A tree is a pair: the text of a formula, and a function from values to its value. Nothing here uses hw2check.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd.extend import defvjp, primitive
from numpy.typing import NDArray

Array = NDArray[np.float64]
Shape = tuple[int, ...]
Value = Callable[[dict[str, Any]], Any]
Tree = tuple[str, Value]

LENGTHS = (1, 2, 3)


def sigmoid(x: Any) -> Any:
    return 1 / (1 + anp.exp(-x))


def softmax(x: Any, axis: int) -> Any:
    powers = anp.exp(x - anp.max(x, axis=axis, keepdims=True))
    return powers / anp.sum(powers, axis=axis, keepdims=True)


@primitive  # type: ignore[untyped-decorator]
def normal(x: Any) -> Any:
    """The standard normal distribution function."""
    return np.vectorize(lambda number: math.erfc(-number / math.sqrt(2)) / 2, otypes=[float])(x)


defvjp(normal, lambda _, x: lambda g: g * np.exp(-x * x / 2) / np.sqrt(2 * np.pi))


UNARY: dict[str, Callable[[Any], Any]] = {
    "tanh": anp.tanh,
    "sigmoid": sigmoid,
    "sin": anp.sin,
    "softplus": lambda x: anp.logaddexp(0.0, x),
    "relu": lambda x: anp.where(x > 0, x, 0 * x),
    "leaky_relu": lambda x: anp.where(x > 0, x, 0.01 * x),
    "elu": lambda x: anp.where(x > 0, x, anp.exp(anp.where(x > 0, 0 * x, x)) - 1),
    "silu": lambda x: x * sigmoid(x),
    "gelu": lambda x: x * normal(x),
    "abs": anp.abs,
    "silu'": lambda x: sigmoid(x) * (1 + x * (1 - sigmoid(x))),
    "elu'": lambda x: anp.where(x > 0, 1 + 0 * x, anp.exp(anp.where(x > 0, 0 * x, x))),
    "gelu'": lambda x: normal(x) + x * anp.exp(-x * x / 2) / np.sqrt(2 * np.pi),
}


@dataclass
class MatrixGraph:
    """A random graph; its last node, L, is the loss."""

    rng: Random
    given: dict[str, Array] = field(default_factory=dict)
    nodes: dict[str, Tree] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)

    def text(self) -> str:
        lines = ['loss = "L"', "[given]"]
        lines += [f"{name} = {array.tolist()}" for name, array in self.given.items()]
        lines += ["[nodes]", *(f'{name} = "{text}"' for name, (text, _) in self.nodes.items())]
        return "\n".join(lines) + "\n"

    def loss(self, given: dict[str, Any]) -> Any:
        values = dict(given)
        for name, (_, function) in self.nodes.items():
            values[name] = function(values)
        return values["L"]

    # --- trees of a wanted shape

    def name(self, shape: Shape) -> Tree:
        known = [name for name, own in self.shapes.items() if own == shape]
        if known and self.rng.random() < 0.75:
            name = self.rng.choice(known)
        else:
            name = f"g{len(self.given)}"
            numbers = [round(self.rng.uniform(-1.5, 1.5), 2) for _ in range(int(np.prod(shape)))]
            self.given[name] = np.array(numbers).reshape(shape)
            self.shapes[name] = shape
        return name, lambda v: v[name]

    def narrower(self, shape: Shape) -> Shape:
        """A shape that broadcasts to the other."""
        choices: list[Shape] = [shape, ()]
        if len(shape) == 2:
            choices += [(1, shape[1]), (shape[0], 1), (1, 1)]
            choices += [shape[1:]]
        return self.rng.choice(choices)

    def tree(self, shape: Shape, depth: int) -> Tree:
        if not depth:
            return self.name(shape)
        kinds = [
            "leaf",
            "unary",
            "sum",
            "sum",
            "product",
            "product",
            "quotient",
            "power",
            "extreme",
            "negative",
        ]
        kinds += ["reduce", "reduce", "index", "index", "matmul", "matmul"]
        if shape:
            kinds += ["softmax", "softmax", "concat", "reshape", "place", "literal"]
        if len(shape) == 2:
            kinds += ["matmul", "matmul", "transpose", "outer", "keepdims", "keepdims"]
        grown: Tree = getattr(self, f"a_{self.rng.choice(kinds)}")(shape, depth - 1)
        return grown

    def a_leaf(self, shape: Shape, _: int) -> Tree:
        return self.name(shape)

    def a_negative(self, shape: Shape, depth: int) -> Tree:
        text, f = self.tree(shape, depth)
        return f"(-{text})", lambda v: -f(v)

    def a_unary(self, shape: Shape, depth: int) -> Tree:
        name = self.rng.choice(list(UNARY))
        text, f = self.tree(shape, depth)
        return f"{name}({text})", lambda v: UNARY[name](f(v))

    def two(self, shape: Shape, depth: int) -> tuple[Tree, Tree]:
        pair = [self.tree(shape, depth), self.tree(self.narrower(shape), depth)]
        self.rng.shuffle(pair)
        return pair[0], pair[1]

    def a_sum(self, shape: Shape, depth: int) -> Tree:
        (a, f), (b, g) = self.two(shape, depth)
        if self.rng.random() < 0.5:
            return f"({a} - {b})", lambda v: f(v) - g(v)
        return f"({a} + {b} + 1)", lambda v: f(v) + g(v) + 1

    def a_product(self, shape: Shape, depth: int) -> Tree:
        (a, f), (b, g) = self.two(shape, depth)
        return f"({a}*{b}*0.5)", lambda v: f(v) * g(v) * 0.5

    def a_quotient(self, shape: Shape, depth: int) -> Tree:
        (a, f), (b, g) = self.two(shape, depth)
        return f"({a}/(({b})^2 + 1.5))", lambda v: f(v) / (g(v) ** 2 + 1.5)

    def a_power(self, shape: Shape, depth: int) -> Tree:
        (a, f), (b, g) = self.tree(shape, depth), self.tree(self.narrower(shape), depth)
        if self.rng.random() < 0.7:
            return f"({a})^3", lambda v: f(v) ** 3
        return f"(({a})^2 + 0.5)^sin({b})", lambda v: (f(v) ** 2 + 0.5) ** anp.sin(g(v))

    def a_extreme(self, shape: Shape, depth: int) -> Tree:
        (a, f), (b, g) = self.two(shape, depth)
        if self.rng.random() < 0.5:
            return f"max({a}, {b})", lambda v: anp.maximum(f(v), g(v))
        return f"min({a}, {b}, 0.3)", lambda v: anp.minimum(anp.minimum(f(v), g(v)), 0.3)

    def a_softmax(self, shape: Shape, depth: int) -> Tree:
        axis = self.rng.randrange(len(shape))
        text, f = self.tree(shape, depth)
        if self.rng.random() < 0.5:
            return f"softmax({text}, axis={axis})", lambda v: softmax(f(v), axis)
        return f"log_softmax({text}, axis={axis})", lambda v: anp.log(softmax(f(v), axis))

    def a_reduce(self, shape: Shape, depth: int) -> Tree:
        name = self.rng.choice(("sum", "mean", "max", "min"))
        reduce = getattr(anp, name)
        if not shape:
            inner = self.rng.choice([(3,), (2, 3), (3, 1), ()])
            text, f = self.tree(inner, depth)
            return f"{name}({text})", lambda v: reduce(f(v)) if inner else f(v)
        if len(shape) == 1:
            axis, length = self.rng.randrange(2), self.rng.choice(LENGTHS)
            text, f = self.tree((length, *shape) if axis == 0 else (*shape, length), depth)
            return f"{name}({text}, axis={axis})", lambda v: reduce(f(v), axis=axis)
        return self.a_sum(shape, depth)

    def a_keepdims(self, shape: Shape, depth: int) -> Tree:
        name = self.rng.choice(("sum", "mean", "max", "min"))
        reduce = getattr(anp, name)
        inner, axis = list(shape), [i for i, length in enumerate(shape) if length == 1]
        if not axis:
            return self.a_sum(shape, depth)
        for i in axis:
            inner[i] = self.rng.choice(LENGTHS)
        text, f = self.tree(tuple(inner), depth)
        if len(axis) == 2:
            return f"{name}({text}, keepdims=True)", lambda v: reduce(f(v), keepdims=True)
        return (
            f"{name}({text}, axis={axis[0]}, keepdims=True)",
            lambda v: reduce(f(v), axis=axis[0], keepdims=True),
        )

    def a_matmul(self, shape: Shape, depth: int) -> Tree:
        inner = self.rng.choice(LENGTHS)
        left: Shape
        right: Shape
        if len(shape) == 2:
            left, right = (shape[0], inner), (inner, shape[1])
        elif len(shape) == 1:
            left, right = self.rng.choice([((shape[0], inner), (inner,)), ((inner,), (inner, shape[0]))])
        else:
            left = right = (inner,)
        (a, f), (b, g) = self.tree(left, depth), self.tree(right, depth)
        return f"({a} @ {b})", lambda v: anp.dot(f(v), g(v))

    def a_transpose(self, shape: Shape, depth: int) -> Tree:
        text, f = self.tree(shape[::-1], depth)
        return f"({text}).T", lambda v: f(v).T

    def a_index(self, shape: Shape, depth: int) -> Tree:
        if not shape:
            inner: Shape = self.rng.choice([(3,), (2, 3)])
            place: Any = tuple(self.rng.randrange(length) for length in inner)
            written = ", ".join(map(str, place))
        elif len(shape) == 1:
            length = self.rng.choice(LENGTHS)
            row = self.rng.randrange(length)
            by_row = self.rng.random() < 0.5
            inner = (length, *shape) if by_row else (*shape, length)
            place, written = (row, str(row)) if by_row else ((slice(None), row), f":, {row}")
        else:
            start = self.rng.randrange(2)
            inner = (shape[0] + start + 1, shape[1])
            place = slice(start, start + shape[0])
            written = f"{start}:{start + shape[0]}"
        text, f = self.tree(inner, depth)
        return f"({text})[{written}]", lambda v: f(v)[place]

    def a_concat(self, shape: Shape, depth: int) -> Tree:
        axis = self.rng.randrange(len(shape))
        if shape[axis] < 2:
            return self.a_unary(shape, depth)
        cut = self.rng.randrange(1, shape[axis])
        sizes = [[*shape], [*shape]]
        sizes[0][axis], sizes[1][axis] = cut, shape[axis] - cut
        (a, f), (b, g) = (self.tree(tuple(size), depth) for size in sizes)
        return f"concat({a}, {b}, axis={axis})", lambda v: anp.concatenate([f(v), g(v)], axis=axis)

    def a_reshape(self, shape: Shape, depth: int) -> Tree:
        entries = int(np.prod(shape))
        text, f = self.tree(self.rng.choice([(entries,), (1, entries), (entries, 1), shape[::-1]]), depth)
        return f"reshape({text}, {', '.join(map(str, shape))})", lambda v: anp.reshape(f(v), shape)

    def a_outer(self, shape: Shape, depth: int) -> Tree:
        (a, f), (b, g) = self.tree(shape[:1], depth), self.tree((shape[1], 1), depth)
        return f"outer({a}, {b})", lambda v: anp.reshape(f(v), (-1, 1)) * anp.reshape(g(v), (1, -1))

    def a_place(self, shape: Shape, depth: int) -> Tree:
        row = self.rng.randrange(shape[0])
        (a, f), (b, _) = self.tree(shape[1:], depth), self.name(shape)
        one = np.zeros(shape)
        one[row] = 1
        return f"place({a}, {b}[{row}])", lambda v: one * f(v)

    def a_literal(self, shape: Shape, depth: int) -> Tree:
        entries = [self.tree((), min(depth, 1)) for _ in range(int(np.prod(shape)))]
        texts = [text for text, _ in entries]
        if len(shape) == 2:
            rows = [texts[i * shape[1] : (i + 1) * shape[1]] for i in range(shape[0])]
            written = f"[{', '.join('[' + ', '.join(row) + ']' for row in rows)}]"
        else:
            written = f"[{', '.join(texts)}]"
        return written, lambda v: anp.reshape(anp.stack([f(v) for _, f in entries]), shape)


def random_graph(rng: Random) -> MatrixGraph:
    """Two to five nodes of random shapes, and a loss that reaches them."""
    graph = MatrixGraph(rng)
    for number in range(rng.randint(1, 4)):
        rank = rng.choice((0, 1, 2, 2))
        shape = tuple(rng.choice(LENGTHS) for _ in range(rank))
        graph.nodes[f"n{number}"] = tree = graph.tree(shape, rng.randint(1, 3))
        if tree[0] in graph.shapes:  # a mere name
            graph.nodes[f"n{number}"] = (f"2*{tree[0]}", lambda v, f=tree[1]: 2 * f(v))  # type: ignore[misc]
        graph.shapes[f"n{number}"] = shape
    terms = [
        (f"mean(tanh({n}))" if s else f"tanh({n})", n) for n, s in graph.shapes.items() if n in graph.nodes
    ]
    used = list(terms)
    graph.nodes["L"] = (
        " + ".join(text for text, _ in used),
        lambda v: sum(anp.mean(anp.tanh(v[n])) for _, n in used),
    )
    return graph
