"""The backward pass: local partials, gradients and updates, as formulas that are nodes like any other.

Only local partials are ever derived. A gradient is the sum, over the nodes that use a quantity, of their
own gradient times the local partial (the chain rule in reverse order), so cost grows with the number of
edges and never with the size of a composed expression. A node of vectors or matrices has no local partial
that could be written down: its gradient is drawn through its formula, a vector-Jacobian product (vjp.py).

Names: `∂u/∂v` is the local partial (u's formula by v, all else held), `dU/dV` the total derivative.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from hw2check.calculus.matrix_rules import MAX_DERIVED, NoRuleError, Rules
from hw2check.calculus.partials import is_manageable, partials, save
from hw2check.calculus.rules import derivative_by_rules, derived_size
from hw2check.calculus.values import with_article
from hw2check.errors import HW2CheckError
from hw2check.formula.functions import FUNCTIONS, Array
from hw2check.formula.graph import Graph, Node, graph_of
from hw2check.formula.quantity import at_step, derivative_parts, local, total, updated
from hw2check.formula.tree import (
    ONE,
    ZERO,
    Add,
    Call,
    Expression,
    Index,
    MatMul,
    Matrix,
    Name,
    Transpose,
    Whole,
    add,
    mul,
    names,
    substitute,
    walk,
)
from hw2check.problem.model import Problem
from hw2check.problem.optimiser import RATE

MAX_REPEATED = 20_000  # quantities of all later steps


class Backward(NamedTuple):
    """What the backward pass adds to the graph, each a formula over what stands before it."""

    partials: Mapping[str, Node]  # ∂u/∂v
    gradients: Mapping[str, Node]  # dLoss/dv, for all that the loss depends on
    updates: Mapping[str, Node]  # p_new, of all steps
    steps: Mapping[str, Node] = {}  # what else the optimiser computes, and all else of later steps


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
                "sum or mean over its entries makes it a scalar" if name == problem.loss else "",
            )


def is_scalar(node: Node, values: Mapping[str, Array]) -> bool:
    """Whether a node and all within its formula are scalars, so that each partial derivative is one."""
    if any(values[name].shape for name in (node.name, *node.inputs)):
        return False
    arrays = MatMul | Transpose | Matrix | Index | Whole
    return not any(
        isinstance(part, arrays) or (isinstance(part, Call) and FUNCTIONS[part.function].along == "keep")
        for part in walk(node.formula)
    )


def local_partials(problem: Problem, values: Mapping[str, Array]) -> dict[str, Node]:
    """Every scalar node's partial by each of its inputs.

    Where these are scalars too, SymPy derives it, or, for a formula that SymPy would take long over
    (MANAGEABLE), the rules of calculus. The partial by a matrix is a matrix of its shape, by the rules of
    vjp.py; that of a loss is its gradient and left to `gradients`. Raises HW2CheckError for a derivative that
    is too large to be of use, or not known.
    """
    found: dict[str, Node] = {}
    for node in problem.graph.nodes:
        if is_scalar(node, values):
            found |= _scalar_partials(problem, node)
        elif not values[node.name].shape and node.name != problem.loss:
            pull = Pull(problem, values)
            for name, slope in pull(node, ONE).items():
                found[local(node.name, name)] = _node(
                    local(node.name, name), pull.rules.full(slope, values[name].shape)
                )
    save()
    return found


def _scalar_partials(problem: Problem, node: Node) -> dict[str, Node]:
    found: dict[str, list[Expression]] = {name: [] for name in node.inputs}
    at_zero = problem.vocabulary.relu_at_zero
    for term in node.formula.terms if isinstance(node.formula, Add) else (node.formula,):
        derived = (
            partials(term, names(term), at_zero) if is_manageable(term) else _by_rules(problem, node, term)
        )
        for name, slope in derived.items():
            found[name].append(slope)
    return {
        local(node.name, name): _node(local(node.name, name), add(*slopes)) for name, slopes in found.items()
    }


def _by_rules(problem: Problem, node: Node, formula: Expression) -> dict[str, Expression]:
    for name in names(formula):
        if derived_size(formula, name) > MAX_DERIVED:
            raise HW2CheckError(
                f"the derivative of {node.name} by {name} would have more than {MAX_DERIVED:,} parts",
                problem.source.place(problem.places[node.name], 0),
                "split the formula into several nodes",
            )
    at_zero = problem.vocabulary.relu_at_zero
    return {name: derivative_by_rules(formula, name, at_zero) for name in names(formula)}


def _node(name: str, formula: Expression) -> Node:
    return Node(name, formula, names(formula))


class Pull:
    """Draws the cotangent of a node of vectors or matrices through its formula."""

    def __init__(self, problem: Problem, values: Mapping[str, Array]) -> None:
        """Takes the shapes of the values of the forward pass."""
        self.problem = problem
        self.values = values
        shapes = {name: values[name].shape for name in problem.names()}
        self.rules = Rules(shapes, problem.vocabulary.relu_at_zero)

    def __call__(self, node: Node, cotangent: Expression) -> dict[str, Expression]:
        """The cotangent of each input; raises HW2CheckError, at the node, where it has no derivative."""
        try:
            found = self.rules.pull(node.name, node.formula, cotangent)
        except NoRuleError as error:
            raise HW2CheckError(
                f"{node.name}: {error}",
                self.problem.source.place(self.problem.places[node.name], 0),
                "split the formula into several nodes" if "parts" in str(error) else "",
            ) from None
        return {name: found.get(name, ZERO) for name in node.inputs}


def gradients(
    graph: Graph, of: str, seeds: Mapping[str, Expression], partials: Mapping[str, Node], pull: Pull
) -> dict[str, Node]:
    """The total derivatives d`of`/dv for every v that the seeds depend on, last node first.

    seeds     node -> the derivative by it that is known from the start
    partials  as `local_partials` gives them
    pull      for nodes that are no scalars
    """
    scalar = {node.name for node in graph.nodes if is_scalar(node, pull.values)}
    sums: dict[str, list[Expression]] = {name: [seed] for name, seed in seeds.items()}
    result: dict[str, Node] = {}
    for node in reversed(graph.nodes):
        if node.name not in sums:
            continue
        whole = total(of, node.name)
        result[whole] = _node(whole, _total(sums.pop(node.name), pull, node.name))
        if node.name not in scalar:
            own = ONE if result[whole].formula == ONE else Name(whole)
            for name, share in pull(node, own).items():
                if share != ZERO:
                    sums.setdefault(name, []).append(share)
            continue
        for name in node.inputs:
            partial = partials[local(node.name, name)]
            if partial.formula != ZERO:
                sums.setdefault(name, []).append(mul(Name(whole), _unless_one(partial)))
    for name, terms in sums.items():
        result[total(of, name)] = _node(total(of, name), _total(terms, pull, name))
    return {name: node for name, node in result.items() if node.inputs != (name,)}


def _unless_one(partial: Node) -> Expression:
    return ONE if partial.formula == ONE else Name(partial.name)


def _total(terms: list[Expression], pull: Pull, name: str) -> Expression:
    """The sum over all paths, in the shape of the quantity."""
    shape = pull.values[name].shape
    if shape:
        return pull.rules.full(pull.rules.add(terms), shape)
    return terms[0] if len(terms) == 1 else Add(tuple(terms))


def backward(problem: Problem, values: Mapping[str, Array], *, needs_loss: bool = True) -> Backward:
    """Local partials, gradients of the loss, and updated parameters, as formulas.

    values      of the forward pass
    needs_loss  False where local partials and derivatives between nodes will do
    Raises HW2CheckError where the problem does not say where the gradient comes from.
    """
    if problem.loss is None and not needs_loss:
        return Backward(local_partials(problem, values), {}, {})
    check_differentiable(problem, values)
    partials = local_partials(problem, values)
    loss = problem.loss or ""
    seeds: dict[str, Expression] = {name: Name(total(loss, name)) for name in problem.upstream}
    if loss in problem.graph.by_name:
        seeds[loss] = ONE
    pull = Pull(problem, values)
    derived = gradients(problem.graph, loss, seeds, partials, pull)
    for name in problem.names():
        if total(loss, name) not in derived and name not in problem.upstream:
            derived[total(loss, name)] = _node(total(loss, name), pull.rules.full(ZERO, values[name].shape))
    updates, others = _updates(problem, 1)
    first = Backward(partials, derived, updates, others)
    return _later_steps(problem, first) if problem.steps > 1 else first


def _updates(problem: Problem, step: int) -> tuple[dict[str, Node], dict[str, Node]]:
    """The updated parameters, and what else the optimiser computes for them, as in the first step."""
    updates: dict[str, Node] = {}
    others: dict[str, Node] = {}
    optimiser = problem.optimiser
    if problem.learning_rate is None:
        return updates, others
    for name in problem.parameters:
        formulas = optimiser.formulas(name, total(problem.loss or "", name), optimiser.t + step - 1)
        for key, formula in formulas.items():
            (updates if key == updated(name) else others)[key] = _node(key, formula)
    return updates, others


def _later_steps(problem: Problem, first: Backward) -> Backward:
    """All steps: each begins with the parameters, and the state, that the step before has left."""
    repeated = [node for node in problem.graph.nodes if node.name in problem.moved]
    repeated += [*first.partials.values(), *first.gradients.values()]
    kept = (*problem.parameters, *problem.state)
    if problem.learning_rate is None:
        raise HW2CheckError(
            "there are steps, but no learning rate", problem.source.place(("steps",)), f"{RATE} = 0.1"
        )
    count = (problem.steps - 1) * (len(repeated) + len(first.updates) + len(first.steps))
    if count > MAX_REPEATED:
        raise HW2CheckError(
            f"{problem.steps} steps of this problem would have more than {MAX_REPEATED:,} quantities",
            problem.source.place(("steps",)),
            "make fewer steps",
        )
    updates, others = dict(first.updates), dict(first.steps)
    for step in range(2, problem.steps + 1):
        of_step = _updates(problem, step)
        nodes = [*repeated, *of_step[0].values(), *of_step[1].values()]
        meant = {node.name: Name(at_step(node.name, step)) for node in nodes}
        meant |= {name: Name(at_step(updated(name), step - 1)) for name in kept}
        for node in nodes:
            own = at_step(node.name, step)
            later = _node(own, substitute(node.formula, meant))
            (updates if node.name in of_step[0] else others)[own] = later
    return first._replace(updates=updates, steps=others)


def derivative_nodes(
    problem: Problem, partials: Mapping[str, Node], name: str, values: Mapping[str, Array]
) -> dict[str, Node]:
    """The nodes that a total derivative dU/dV of a scalar that is not the loss needs, itself the last."""
    parts = derivative_parts(name)
    if parts is None:
        return {}
    of, by = parts
    pull = Pull(problem, values)
    chain = gradients(problem.graph, of, {of: ONE}, partials, pull)
    zero = pull.rules.full(ZERO, values[by].shape)
    return {**chain, name: chain.get(name) or _node(name, ONE if of == by else zero)}


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
        *result.steps.values(),
    ]
    return graph_of(nodes)
