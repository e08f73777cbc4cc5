"""Whether the steps of a document are true, by SymPy: no sample points, no reverse-mode derivatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from hw2check.calculus.symbolic import to_sympy
from hw2check.formula.tree import Expression, Name, names, substitute
from hw2check.latex.grammar import parse_latex
from hw2check.latex.scope import Scope
from hw2check.problem.model import Problem
from hw2check.proofread.document import scan
from hw2check.proofread.steps import Chain, chains
from hw2check.proofread.world import World

DIGITS = 40


def chain_at(text: str, offset: int, kind: str = "markdown") -> Chain | None:
    """The chain with a side at that offset of the text."""
    for formula in scan(text, "document", kind).formulas:
        for chain in chains(formula):
            for side in chain.sides:
                if formula.start + side.start <= offset <= formula.start + side.end:
                    return chain
    return None


def is_true(chain: Chain, problems: Sequence[Problem]) -> bool:
    """Whether all sides with names of a scalar chain are one function of what is given."""
    world = World(problems)
    composed = _composed(problems)
    sides = [parse_latex(list(side.tokens), Scope(world)) for side in chain.sides if side.tokens]
    values = [_in_givens(side, world, composed) for side in sides if names(side)]
    return all(_is_zero(value - values[0]) for value in values[1:])


def _composed(problems: Sequence[Problem]) -> dict[str, Any]:
    """Every scalar node as a function of the givens."""
    found: dict[str, Any] = {}
    for problem in problems:
        for node in problem.graph.nodes:
            if not problem.dense:
                inner = {sp.Symbol(name): found[name] for name in node.inputs if name in found}
                found[node.name] = to_sympy(node.formula).subs(inner)
    return found


def _in_givens(side: Expression, world: World, composed: Mapping[str, Any]) -> Any:
    derived = {name: Name(f"D{index}") for index, name in enumerate(names(side)) if name in world.derivatives}
    tree = to_sympy(substitute(side, derived))
    inner = {sp.Symbol(name): value for name, value in composed.items()}
    for name, symbol in derived.items():
        inner[sp.Symbol(symbol.name)] = _derivative(name, world, composed)
    return tree.subs(inner)


def _derivative(name: str, world: World, composed: Mapping[str, Any]) -> Any:
    """∂U/∂V of U's own formula where that names V, else along the graph."""
    of, by = world.derivatives[name].of, world.derivatives[name].by
    if of in world.seeds and of not in world.nodes:
        terms = [
            sp.Symbol(f"seed_{node}") * (1 if node == by else _total(node, by, world, composed))
            for node in world.seeds[of]
        ]
        return sp.Add(*terms)
    if by in world.nodes[of].inputs:
        partial = sp.diff(to_sympy(world.nodes[of].formula), sp.Symbol(by))
        return partial.subs({sp.Symbol(node): value for node, value in composed.items()})
    return sp.Integer(1) if of == by else _total(of, by, world, composed)


def _total(of: str, by: str, world: World, composed: Mapping[str, Any]) -> Any:
    if by in world.given:
        return sp.diff(composed[of], sp.Symbol(by))
    cut = {name: value for name, value in composed.items() if name != by}
    formula = to_sympy(world.nodes[of].formula)
    for node in sorted(world.nodes.values(), key=lambda node: -world.order[node.name]):
        if node.name in cut and node.name != by:
            formula = formula.subs(sp.Symbol(node.name), to_sympy(node.formula))
    derived = sp.diff(formula, sp.Symbol(by))
    return derived.subs({sp.Symbol(node): value for node, value in composed.items()})


def _is_zero(expression: Any) -> bool:
    """Zero to DIGITS digits at two rational points of no special meaning."""
    for shift in (3, 7):
        point = {
            symbol: sp.Rational(11 * position + shift, 37)
            for position, symbol in enumerate(sorted(expression.free_symbols, key=str), 1)
        }
        if abs(sp.N(expression.subs(point), DIGITS)) > sp.Float(10) ** (5 - DIGITS):
            return False
    return True
