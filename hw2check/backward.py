"""The backward pass: local partials, gradients and updates, as formulas that are nodes like any other.

Only local partials are ever derived. A gradient is the sum, over the nodes that use a quantity, of their
own gradient times the local partial (the chain rule in reverse order), so cost grows with the number of
edges and never with the size of a composed expression.

Names: `∂u/∂v` is the local partial (u's formula by v, all else held), `dU/dV` the total derivative.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from hw2check.differentiate import derivative_by_rules, derived_size
from hw2check.errors import HW2CheckError
from hw2check.evaluate import with_article
from hw2check.expression import ONE, ZERO, Add, Expression, Name, Neg, mul, names, substitute
from hw2check.functions import Array
from hw2check.graph import Graph, Node, ancestors, make_graph
from hw2check.names import partial_parts
from hw2check.problem import RATE, Problem

MAX_DERIVED = 100_000  # parts of one derivative


class Backward(NamedTuple):
    """What the backward pass adds to the graph, each a formula over what stands before it."""

    partials: Mapping[str, Node]  # ∂u/∂v
    gradients: Mapping[str, Node]  # dLoss/dv, for all that the loss depends on
    updates: Mapping[str, Node]  # p_new


def local(of: str, by: str) -> str:
    """The name of a local partial."""
    return f"∂{of}/∂{by}"


def label(name: str) -> str:
    """A quantity's name as people write it: dx6/dx2 for local partials too."""
    return name.replace("∂", "d") if name.startswith("∂") else name


def check_differentiable(problem: Problem, values: Mapping[str, Array]) -> None:
    """Raises HW2CheckError where the backward pass cannot work on the problem.

    values  of the forward pass
    """
    if problem.loss is None:
        raise HW2CheckError(
            "backpropagation needs to know where the gradient comes from",
            problem.source.place(()),
            'state loss = "y" (a scalar node), or the gradient that arrives: [upstream] with y = 1',
        )
    for name in (*problem.upstream, *((problem.loss,) if problem.loss in problem.graph.by_name else ())):
        path = ("upstream", name) if name in problem.upstream else ("loss",)
        expected = problem.upstream[name].shape if name in problem.upstream else ()
        if values[name].shape != expected:
            what = "its upstream gradient" if name in problem.upstream else "a loss"
            raise HW2CheckError(
                f"{name} is {with_article(values[name].shape)}, but {what} is {with_article(expected)}",
                problem.source.place(path),
            )
    for node in _leading_to_loss(problem):
        wide = next((name for name in (node.name, *node.inputs) if values[name].shape), None)
        if wide is not None:
            raise HW2CheckError(
                f"backpropagation works on scalar nodes, but {wide} is {with_article(values[wide].shape)}",
                problem.source.place(problem.places[node.name]),
                "state the network with one node per unit",
            )


def _leading_to_loss(problem: Problem) -> list[Node]:
    targets = problem.upstream or ([problem.loss] if problem.loss else [])
    reached = ancestors(problem.graph, targets)
    return [node for node in problem.graph.nodes if node.name in reached]


def local_partials(problem: Problem, values: Mapping[str, Array]) -> dict[str, Node]:
    """Every scalar node's partial by each of its scalar inputs, derived by SymPy.

    A formula that SymPy would take long over (MANAGEABLE) is derived by the rules of calculus alone. Raises
    HW2CheckError for a derivative that is too large to be of use.
    """
    from hw2check.symbolic import derivative, is_manageable

    partials = {}
    at_zero = problem.vocabulary.relu_at_zero
    for node in problem.graph.nodes:
        if any(values[name].shape for name in (node.name, *node.inputs)):
            continue
        derive = derivative if is_manageable(node.formula) else partial(_by_rules, problem, node)
        for name in node.inputs:
            partials[local(node.name, name)] = _node(
                local(node.name, name), derive(node.formula, name, at_zero)
            )
    return partials


def _by_rules(
    problem: Problem, node: Node, formula: Expression, name: str, at_zero: Expression | None
) -> Expression:
    if derived_size(formula, name) > MAX_DERIVED:
        raise HW2CheckError(
            f"the derivative of {node.name} by {name} would have more than {MAX_DERIVED:,} parts",
            problem.source.place(problem.places[node.name], 0),
            "split the formula into several nodes",
        )
    return derivative_by_rules(formula, name, at_zero)


def _node(name: str, formula: Expression) -> Node:
    return Node(name, formula, names(formula))


def gradients(
    graph: Graph, of: str, seeds: Mapping[str, Expression], partials: Mapping[str, Node]
) -> dict[str, Node]:
    """The total derivatives d`of`/dv for every v that the seeds depend on, last node first.

    seeds     node -> the derivative by it that is known from the start
    partials  as `local_partials` gives them
    """
    sums: dict[str, list[Expression]] = {name: [seed] for name, seed in seeds.items()}
    result: dict[str, Node] = {}
    for node in reversed(graph.nodes):
        if node.name not in sums:
            continue
        total = f"d{of}/d{node.name}"
        result[total] = _node(total, _sum(sums.pop(node.name)))
        for name in node.inputs:
            partial = partials[local(node.name, name)]
            if partial.formula != ZERO:
                sums.setdefault(name, []).append(mul(Name(total), _unless_one(partial)))
    for name, terms in sums.items():
        result[f"d{of}/d{name}"] = _node(f"d{of}/d{name}", _sum(terms))
    return {name: node for name, node in result.items() if node.inputs != (name,)}


def _unless_one(partial: Node) -> Expression:
    return ONE if partial.formula == ONE else Name(partial.name)


def _sum(terms: list[Expression]) -> Expression:
    return terms[0] if len(terms) == 1 else Add(tuple(terms))


def backward(problem: Problem, values: Mapping[str, Array], *, needs_loss: bool = True) -> Backward:
    """Local partials, gradients of the loss, and updated parameters, as formulas.

    values      of the forward pass
    needs_loss  False where local partials and derivatives between nodes will do
    Raises HW2CheckError where the problem does not say where the gradient comes from, or has matrix nodes
    on the way to the loss.
    """
    if problem.loss is None and not needs_loss:
        return Backward(local_partials(problem, values), {}, {})
    check_differentiable(problem, values)
    partials = local_partials(problem, values)
    loss = problem.loss or ""
    seeds: dict[str, Expression] = {name: Name(f"d{loss}/d{name}") for name in problem.upstream}
    if loss in problem.graph.by_name:
        seeds[loss] = ONE
    derived = gradients(problem.graph, loss, seeds, partials)
    for name in problem.names():
        if f"d{loss}/d{name}" not in derived and name not in problem.upstream:
            derived[f"d{loss}/d{name}"] = _node(f"d{loss}/d{name}", ZERO)
    return Backward(partials, derived, _updates(problem))


def _updates(problem: Problem) -> dict[str, Node]:
    if problem.learning_rate is None:
        return {}
    return {
        f"{name}_new": _node(
            f"{name}_new", Add((Name(name), Neg(mul(Name(RATE), Name(f"d{problem.loss}/d{name}")))))
        )
        for name in problem.parameters
    }


def derivative_nodes(problem: Problem, partials: Mapping[str, Node], name: str) -> dict[str, Node]:
    """The nodes that a total derivative dU/dV of a node that is not the loss needs, itself the last."""
    parts = partial_parts(name)
    if parts is None:
        return {}
    of, by = parts
    chain = gradients(problem.graph, of, {of: ONE}, partials)
    return {**chain, name: chain.get(name) or _node(name, ONE if of == by else ZERO)}


def with_partials(formula: Expression, partials: Mapping[str, Node]) -> Expression:
    """The formula with the local partials' own formulas put in for their names."""
    used = (name for name in names(formula) if name in partials)
    return substitute(formula, {name: partials[name].formula for name in used})


def extended(problem: Problem, result: Backward) -> Graph:
    """All quantities in one graph, ordered."""
    nodes = [
        *problem.graph.nodes,
        *result.partials.values(),
        *result.gradients.values(),
        *result.updates.values(),
    ]
    return make_graph({node.name: node.formula for node in nodes})
