"""Random problems, and what is true of them by ways that share no code with hw2check.

A formula is kept as nested tuples and written out as the text of a problem file, and as a Python function
over any module: autograd's NumPy, mpmath, complex numbers, SymPy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

UNARY = (
    "exp",
    "tanh",
    "sigmoid",
    "sin",
    "cos",
    "relu",
    "softplus",
    "silu",
    "square",
    "abs",
    "leaky_relu",
    "elu",
)
Tree = tuple[Any, ...]


@dataclass(frozen=True)
class Problem:
    """A random scalar graph: the last node is the loss."""

    given: dict[str, float]
    nodes: dict[str, Tree]

    def text(self, parameters: list[str]) -> str:
        """The problem file."""
        quoted = ", ".join(f'"{name}"' for name in parameters)
        lines = [
            f'loss = "{list(self.nodes)[-1]}"',
            "learning_rate = 0.1",
            f"parameters = [{quoted}]",
            "[given]",
        ]
        lines += [f"{name} = {value!r}" for name, value in self.given.items()]
        lines += ["[nodes]", *(f'{name} = "{written(tree)}"' for name, tree in self.nodes.items())]
        return "\n".join(lines) + "\n"

    def values(self, module: Mapping[str, Callable[..., Any]], given: Mapping[str, Any]) -> dict[str, Any]:
        """Every node's value with the functions of a module."""
        values = dict(given)
        for name, tree in self.nodes.items():
            values[name] = computed(tree, values, module)
        return values


def random_problem(rng: Random, nodes: int) -> Problem:
    """Up to `nodes` nodes with fan-out, several paths and shared parameters."""
    given = {name: round(rng.uniform(-1.5, 1.5), 3) or 0.5 for name in ("a", "b", "c", "x1", "x2")}
    trees: dict[str, Tree] = {}
    for index in range(1, nodes + 1):
        names = [*given, *list(trees)[-4:]]
        trees[f"y{index}"] = random_tree(rng, names, 3, list(trees)[-1:])
    return Problem(given, trees)


def random_tree(rng: Random, names: list[str], depth: int, wanted: list[str]) -> Tree:
    """A tree over the names, the wanted one among them."""
    tree = _random_tree(rng, names, depth)
    return ("+", tree, ("*", ("name", wanted[0]), ("name", rng.choice(names)))) if wanted else tree


def _random_tree(rng: Random, names: list[str], depth: int) -> Tree:
    kind = rng.choice("nnlbbbuu") if depth else "n"
    if kind == "n":
        return ("name", rng.choice(names))
    if kind == "l":
        return ("number", round(rng.uniform(0.2, 3), 2))
    if kind == "u":
        return (rng.choice(UNARY), _random_tree(rng, names, depth - 1))
    left, right = _random_tree(rng, names, depth - 1), _random_tree(rng, names, depth - 1)
    operator = rng.choice("++-**/")
    return (operator, left, ("+", ("square", right), ("number", 1.5)) if operator == "/" else right)


def written(tree: Tree) -> str:
    """The formula as a problem file has it."""
    kind, *parts = tree
    if kind == "name":
        return str(parts[0])
    if kind == "number":
        return repr(parts[0])
    if kind == "square":
        return f"({written(parts[0])})^2"
    if len(parts) == 1:
        return f"{kind}({written(parts[0])})"
    return f"({written(parts[0])} {kind} {written(parts[1])})"


def computed(tree: Tree, values: Mapping[str, Any], module: Mapping[str, Callable[..., Any]]) -> Any:
    """The formula's value with the functions of a module."""
    kind, *parts = tree
    if kind == "name":
        return values[parts[0]]
    if kind == "number":
        return module["number"](parts[0])
    operands = [computed(part, values, module) for part in parts]
    return module[kind](*operands)


def arithmetic(functions: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """A module's exp, log1p-free building blocks completed to all functions used here."""
    exp, log = functions["exp"], functions["log"]
    own: dict[str, Callable[..., Any]] = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
        "square": lambda a: a * a,
        "sigmoid": lambda a: 1 / (1 + exp(-a)),
        "softplus": lambda a: log(1 + exp(a)),
        "silu": lambda a: a / (1 + exp(-a)),
        "relu": lambda a: a if a > 0 else 0 * a,
        "leaky_relu": lambda a: a if a > 0 else a * functions["number"](0.01),
        "elu": lambda a: a if a > 0 else exp(a) - 1,
        "abs": lambda a: a if a > 0 else -a,
    }
    return {**own, **functions}
