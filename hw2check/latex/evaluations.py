r"""Values at a point: f(x) \big|_{x = 1}."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hw2check.calculus.rules import derivative_by_rules
from hw2check.calculus.values import evaluate
from hw2check.formula.names import derivative_names
from hw2check.formula.notation import Token
from hw2check.formula.tree import Expression, Name, is_closed, names, substitute, walk
from hw2check.latex.parser import LatexParser
from hw2check.latex.scope import Surroundings, UnclearError

MAX_SIZE = 2000  # parts of a tree in which definitions are put in


def read_bar(parser: LatexParser, left: Expression) -> Expression:
    r"""What stands before \big|_{x = 1}, at that point."""
    parser.position += 2
    group = parser.raw_group()
    if parser.next.kind == "^":
        raise UnclearError("a difference between two points")
    at: dict[str, Expression] = {}
    for condition in _conditions(group):
        relation = next((i for i, token in enumerate(condition) if token.kind == "rel"), 0)
        if not relation or condition[relation].text != "=":
            raise UnclearError("a bar that does not say at which value")
        name, value = parser.parsed(condition[:relation]), parser.parsed(condition[relation + 1 :])
        if isinstance(name, Name):
            at[name.name] = value
        elif name != value:
            raise UnclearError("a bar with a condition that is no value of a name")
    moved = {name: value for name, value in at.items() if not _is_given(parser.world, name, value)}
    return _at(parser.world, left, moved) if moved else left


def _conditions(tokens: list[Token]) -> list[list[Token]]:
    found: list[list[Token]] = [[]]
    for token in tokens:
        if token.kind in {",", ";", "quad"}:
            found.append([])
        else:
            found[-1].append(token)
    return found


def _is_given(world: Surroundings, name: str, value: Expression) -> bool:
    """Whether it has just this value at the given point."""
    if not world.has(name) or not is_closed(value):
        return False
    given, stated = world.points[name][0], np.asarray(evaluate(value, {}))
    return given.size == stated.size and bool(np.allclose(given.ravel(), stated.ravel(), rtol=1e-12, atol=0))


def _at(world: Surroundings, tree: Expression, at: Mapping[str, Expression]) -> Expression:
    """The tree with values put in for names, and for that the formulas of what depends on them."""
    replaced = dict(at)
    for name in names(tree):
        parts = derivative_names(name)
        if name in at:
            continue
        if parts is not None and world.has(name):
            replaced[name] = _at(world, _derived(world, *parts), at)
        elif name in world.nodes and _depends(world, name, at):
            replaced[name] = _at(world, world.nodes[name].formula, at)
        elif world.shape(name):
            raise UnclearError("the value of a matrix at a point")
    result = substitute(tree, replaced)
    if sum(1 for _ in walk(result)) > MAX_SIZE:
        raise UnclearError("a value at a point that is too large a formula")
    return result


def _depends(world: Surroundings, name: str, at: Mapping[str, Expression]) -> bool:
    node = world.nodes.get(name)
    return node is not None and any(other in at or _depends(world, other, at) for other in node.inputs)


def _derived(world: Surroundings, of: str, by: str) -> Expression:
    if of not in world.nodes or any(world.shape(name) for name in (of, by)):
        raise UnclearError("a derivative at a point that has no formula here")
    formula = world.nodes[of].formula
    for _ in range(60):
        inner = {
            n: world.nodes[n].formula for n in names(formula) if n != by and _depends(world, n, {by: formula})
        }
        if not inner:
            break
        formula = substitute(formula, inner)
        if sum(1 for _ in walk(formula)) > MAX_SIZE:
            raise UnclearError("a value at a point that is too large a formula")
    try:
        return derivative_by_rules(formula, by, world.relu_at_zero)
    except KeyError:
        raise UnclearError("a derivative at a point that has no formula here") from None
