"""What a document states about a quantity of a problem, over the problem's own names."""

from __future__ import annotations

from hw2check.formula.tree import Expression, Matrix, Name, children, is_closed, names, rebuild, substitute
from hw2check.problem.model import Problem
from hw2check.proofread.world import World

MAX_DEFINITIONS = 10  # of the document, put into one another


def as_lists(expression: Expression) -> Expression:
    """The formula with lists where columns are written: vectors of problems have no orientation."""
    operands = tuple(map(as_lists, children(expression)))
    if isinstance(expression, Matrix) and len(expression.rows[0]) == 1:
        return Matrix((operands,), flat=True)
    return rebuild(expression, operands) if operands else expression


def over_names_of(problem: Problem, world: World, stated: Expression) -> Expression | None:
    """The formula with definitions of the document put in; None for a value, and for other names."""
    if is_closed(stated):
        return None
    tree = stated
    for _ in range(MAX_DEFINITIONS):
        own = {name: world.nodes[name].formula for name in names(tree) if name in world.written}
        if not own:
            break
        tree = substitute(tree, own)
    spelt = {name: problem.mention(name) for name in names(tree)}
    if any(meant is None for meant in spelt.values()):
        return None
    return substitute(tree, {name: Name(meant) for name, meant in spelt.items() if meant is not None})
