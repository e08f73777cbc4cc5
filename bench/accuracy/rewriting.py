"""Equal formulas written otherwise: each rewriting takes a tree, and gives an equal one or None."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from bench.accuracy.oracle import ONE, TWO, ZERO, Tree, add, call, div, mul, name, names, neg, num, power, put
from bench.accuracy.problems import Program

Rewriting = Callable[[Tree, Program, str], Tree | None]


def _everywhere(change: Callable[[Tree], Tree]) -> Rewriting:
    """The change at every place, from the leaves up."""

    def walk(tree: Tree) -> Tree:
        return change(tree._replace(parts=tuple(map(walk, tree.parts))))

    def rewriting(tree: Tree, _program: Program, _key: str) -> Tree | None:
        result = walk(tree)
        return None if result == tree else result

    return rewriting


def _commuted(tree: Tree) -> Tree:
    return tree._replace(parts=tree.parts[::-1]) if tree.op in {"add", "mul"} else tree


def _distributed(tree: Tree) -> Tree:
    """a*(b + c) -> a*b + a*c"""
    if tree.op != "mul":
        return tree
    for i, part in enumerate(tree.parts):
        if part.op == "add":
            rest = tree.parts[:i] + tree.parts[i + 1 :]
            return Tree("add", tuple(Tree("mul", (*rest, term)) for term in part.parts))
    return tree


def _factored(tree: Tree) -> Tree:
    """a*b + a*c -> a*(b + c), else 2*(a/2 + b/2)"""
    if tree.op != "add":
        return tree
    factors = [term.parts if term.op == "mul" else (term,) for term in tree.parts]
    for common in factors[0]:
        if all(common in others for others in factors[1:]):
            rest = []
            for others in factors:
                left = list(others)
                left.remove(common)
                rest.append(mul(*left))
            return Tree("mul", (common, Tree("add", tuple(rest))))
    return Tree("mul", (TWO, Tree("add", tuple(Tree("div", (term, TWO)) for term in tree.parts))))


def _exp_split(tree: Tree) -> Tree:
    if tree.op == "exp" and tree.parts[0].op == "add":
        return Tree("mul", tuple(call("exp", term) for term in tree.parts[0].parts))
    if tree.op == "exp" and tree.parts[0].op == "neg":
        return Tree("div", (ONE, call("exp", tree.parts[0].parts[0])))
    return tree


def _functions_expanded(tree: Tree) -> Tree:
    if not tree.parts:
        return tree
    x = tree.parts[0]
    up, down = call("exp", x), call("exp", neg(x))
    forms = {
        "sigmoid": lambda: div(ONE, add(ONE, down)),
        "tanh": lambda: div(add(up, neg(down)), add(up, down)),
        "sinh": lambda: div(add(up, neg(down)), TWO),
        "cosh": lambda: div(add(up, down), TWO),
        "softplus": lambda: call("log", add(ONE, up)),
        "silu": lambda: div(x, add(ONE, down)),
        "sqrt": lambda: power(x, num(Fraction(1, 2))),
        "tan": lambda: div(call("sin", x), call("cos", x)),
        "relu": lambda: call("maximum", ZERO, x),
        "abs": lambda: call("maximum", x, neg(x)),
    }
    return forms[tree.op]() if tree.op in forms else tree


def _negative_power(tree: Tree) -> Tree:
    return Tree("mul", (tree.parts[0], Tree("pow", (tree.parts[1], num(-1))))) if tree.op == "div" else tree


def _double_negation(tree: Tree) -> Tree:
    if tree.op != "add":
        return tree
    return Tree("neg", (Tree("add", tuple(neg(term) for term in tree.parts)),))


def _unfolded(tree: Tree) -> Tree:
    """3 -> 2 + 1: constants that may be folded."""
    if tree.op != "num" or tree in {ZERO, ONE}:
        return tree
    return Tree("add", (num(Fraction(tree.leaf) - 1), ONE))


def _nested_quotient(tree: Tree) -> Tree:
    """a/b -> 1/(b/a), or a*(1/b) where a is 1"""
    if tree.op != "div" or tree.parts[0] == ONE:
        return tree
    return Tree("div", (ONE, Tree("div", tree.parts[::-1])))


def _extended(tree: Tree) -> Tree:
    """a/b -> (3*a)/(3*b)"""
    if tree.op != "div":
        return tree
    return Tree("div", (Tree("mul", (num(3), tree.parts[0])), Tree("mul", (num(3), tree.parts[1]))))


def _powers_as_products(tree: Tree) -> Tree:
    if tree.op == "pow" and tree.parts[1].op == "num" and tree.parts[1].leaf in {2, 3}:
        return Tree("mul", (tree.parts[0],) * int(tree.parts[1].leaf))
    return tree


def _quotient_split(tree: Tree) -> Tree:
    """(a + b)/c -> a/c + b/c"""
    if tree.op == "div" and tree.parts[0].op == "add":
        return Tree("add", tuple(Tree("div", (term, tree.parts[1])) for term in tree.parts[0].parts))
    return tree


def _one_of(tree: Tree, _program: Program, _key: str) -> Tree:
    return Tree("mul", (ONE, tree))


def _plus_zero(tree: Tree, _program: Program, _key: str) -> Tree:
    return Tree("add", (tree, ZERO))


def _twice_halved(tree: Tree, _program: Program, _key: str) -> Tree:
    return Tree("neg", (Tree("neg", (Tree("div", (Tree("mul", (TWO, tree)), TWO)),)),))


def _names_resolved(tree: Tree, program: Program, _key: str) -> Tree | None:
    """The formulas of intermediate nodes put in for their names."""
    return _replaced(tree, {used: program.nodes[used] for used in names(tree) if used in program.nodes})


def _partials_resolved(tree: Tree, program: Program, _key: str) -> Tree | None:
    """The formulas of local partials put in for their names."""
    return _replaced(tree, {used: program.formulas[used] for used in names(tree) if "|" in used})


def _chain_resolved(tree: Tree, program: Program, _key: str) -> Tree | None:
    """The gradient that arrives, by its own chain rule."""
    used = [key for key in names(tree) if key.startswith(f"d{program.loss}/") and key in program.formulas]
    return _replaced(tree, {key: program.formulas[key] for key in used})


def _upstream_put_in(tree: Tree, program: Program, _key: str) -> Tree | None:
    if program.upstream is None:
        return None
    arriving = f"d{program.loss}/d{list(program.nodes)[-1]}"
    return _replaced(tree, {arriving: num(program.upstream)} if arriving in names(tree) else {})


def _rate_put_in(tree: Tree, program: Program, _key: str) -> Tree | None:
    rate = "learning_rate"
    return _replaced(tree, {rate: num(program.rate)} if rate in names(tree) else {})


def _nodes_named(tree: Tree, program: Program, key: str) -> Tree | None:
    """A whole part that is a node's own formula, by the node's name: s*(1 - s)."""
    known = {formula: name(node) for node, formula in program.nodes.items() if node != key}

    def walk(part: Tree) -> Tree:
        return known.get(part) or part._replace(parts=tuple(map(walk, part.parts)))

    result = walk(tree)
    return None if result == tree else result


def _replaced(tree: Tree, formulas: dict[str, Tree]) -> Tree | None:
    return put(tree, formulas) if formulas else None


REWRITINGS: dict[str, Rewriting] = {
    "commuted": _everywhere(_commuted),
    "distributed": _everywhere(_distributed),
    "factored": _everywhere(_factored),
    "exp split": _everywhere(_exp_split),
    "functions expanded": _everywhere(_functions_expanded),
    "division as a power": _everywhere(_negative_power),
    "double negation": _everywhere(_double_negation),
    "constants unfolded": _everywhere(_unfolded),
    "nested quotient": _everywhere(_nested_quotient),
    "quotient extended": _everywhere(_extended),
    "quotient split": _everywhere(_quotient_split),
    "powers as products": _everywhere(_powers_as_products),
    "times one": _one_of,
    "plus zero": _plus_zero,
    "doubled and halved": _twice_halved,
    "nodes' formulas put in": _names_resolved,
    "nodes' names put in": _nodes_named,
    "partials' formulas put in": _partials_resolved,
    "chain rule resolved": _chain_resolved,
    "upstream value put in": _upstream_put_in,
    "learning rate put in": _rate_put_in,
}
