"""Mistakes in scalar graphs, made by the oracle on its own trees: each gives the code and what comes out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from mpmath import mp

from bench.accuracy.oracle import (
    ONE,
    ZERO,
    Tree,
    Value,
    add,
    call,
    derive,
    div,
    evaluate,
    mul,
    names,
    neg,
    num,
    power,
    slope,
)
from bench.accuracy.problems import FAILED, Program

Fault = tuple[str, Tree]

ACTIVATIONS = frozenset({"relu", "sigmoid", "tanh", "leaky_relu", "elu", "softplus", "gelu", "silu"})


@dataclass(frozen=True, slots=True)
class Mistaken:
    """What one mistake makes of a quantity."""

    code: str
    where: str  # the quantity in whose formula it is made
    value: Value
    formula: Tree | None = None  # the mistaken formula, of that quantity


def mistakes(program: Program, key: str, *, reach: int) -> list[Mistaken]:
    """Every known mistake in the quantity itself, and in what it depends on up to some steps back."""
    truth = program.truth[key]
    found = list(_of_the_number(key, truth))
    level, seen = [key], {key}
    for _ in range(reach + 1):
        following: list[str] = []
        for where in level:
            for code, tree in faults(program, where):
                value = _value(program, key, where, tree)
                if value is not None:
                    found.append(Mistaken(code, where, value, tree))
            for used in names(program.formulas[where]):
                if used in program.formulas and used not in seen:
                    seen.add(used)
                    following.append(used)
        level = following
    if program.kind(key) == "update":
        found += _updated_early(program, key)
    return [m for m in found if mp.isfinite(m.value)]


def _value(program: Program, key: str, where: str, tree: Tree) -> Value | None:
    try:
        value = program.changed(where, key, evaluate(tree, program.truth))
    except FAILED:
        return None
    return None if isinstance(value, mp.mpc) else value


def _of_the_number(key: str, truth: Value) -> Iterator[Mistaken]:
    yield Mistaken("sign", key, -truth)
    for shift in (1, -1, 2, -2, 3, -3):
        yield Mistaken("power-of-ten", key, truth * mp.mpf(10) ** shift)
    yield Mistaken("factor-2", key, truth * 2)
    yield Mistaken("factor-2", key, truth / 2)
    if truth:
        yield Mistaken("reciprocal", key, 1 / truth)


def _updated_early(program: Program, key: str) -> Iterator[Mistaken]:
    """The gradient taken where other parameters are already updated."""
    own = key[:-4]
    others = [p for p in program.parameters if p != own and f"{p}_new" in program.formulas]
    before = [p for p in others if program.parameters.index(p) < program.parameters.index(own)]
    for chosen in {tuple(before), *((p,) for p in others)} - {()}:
        start = {**program.start, **{p: program.truth[f"{p}_new"] for p in chosen}}
        try:
            values = program.run(start, {}, program.formulas)
        except FAILED:
            continue
        yield Mistaken("updated-value-used", key, values[key])


def faults(program: Program, key: str) -> Iterator[Fault]:
    """Faulty formulas of one quantity."""
    kind, tree = program.kind(key), program.formulas[key]
    if kind == "value":
        yield from edited(tree)
    elif kind == "partial":
        of, _, by = key.partition("|")
        yield from edited(tree)
        yield from derived_wrongly(program.nodes[of], by)
        code = "softmax-derivative-swapped" if _is_softmax(program.nodes[of]) else "wrong-partial"
        for other in names(program.nodes[of]):
            if other != by:
                yield code, program.formulas[f"{of}|{other}"]
    elif kind == "gradient":
        yield from _chained_wrongly(program, tree)
    else:
        parameter, step = tree.parts
        rate, gradient = step.parts[0].parts
        yield "learning-rate-missing", add(parameter, neg(gradient))
        yield "plus-for-minus", add(parameter, mul(rate, gradient))
        yield "gradient-missing", add(parameter, neg(rate))


def _is_softmax(tree: Tree) -> bool:
    if tree.op != "div" or tree.parts[1].op != "add":
        return False
    terms = tree.parts[1].parts
    return tree.parts[0] in terms and all(term.op == "exp" for term in terms)


def _chained_wrongly(program: Program, tree: Tree) -> Iterator[Fault]:
    terms = tree.parts if tree.op == "add" else (tree,)

    def total(position: int, changed: Tree) -> Tree:
        return add(*terms[:position], changed, *terms[position + 1 :])

    for i, term in enumerate(terms):
        if len(terms) > 1:
            yield "one-path-only", term
            if len(terms) > 2:
                yield "one-path-only", add(*terms[:i], *terms[i + 1 :])
            yield "sign-of-term", total(i, neg(term))
        if term.op == "name" and "|" in str(term.leaf):
            node = program.nodes[str(term.leaf).partition("|")[0]]
            bare = node.op in ACTIVATIONS and node.parts[0].op == "name"
            yield "activation-derivative-missing" if bare else "missing-chain-factor", total(i, ONE)
        if term.op != "mul":
            continue
        for j, factor in enumerate(term.parts):
            rest = mul(*term.parts[:j], *term.parts[j + 1 :])
            missing = total(i, rest)
            if "|" not in str(factor.leaf):
                yield "local-for-total", missing
            else:
                node = program.nodes[str(factor.leaf).partition("|")[0]]
                bare = node.op in ACTIVATIONS and node.parts[0].op == "name"
                yield "activation-derivative-missing" if bare else "missing-chain-factor", missing
            yield "extra-chain-factor", total(i, mul(*term.parts, factor))


@lru_cache(maxsize=4096)
def edited(tree: Tree) -> tuple[Fault, ...]:
    """One slip at one place of a formula."""
    found = list(_slips(tree))
    for i, part in enumerate(tree.parts):
        for code, changed in edited(part):
            found.append((code, tree._replace(parts=(*tree.parts[:i], changed, *tree.parts[i + 1 :]))))
    return tuple(found)


def _slips(tree: Tree) -> Iterator[Fault]:
    op, parts, _ = tree
    if op == "add":
        for i, term in enumerate(parts):
            rest = parts[:i] + parts[i + 1 :]
            yield "sign-of-term", add(*parts[:i], neg(term), *parts[i + 1 :])
            yield "missing-term", add(*rest)
        if len(parts) == 2:
            yield "product-for-sum", Tree("mul", tuple(t.parts[0] if t.op == "neg" else t for t in parts))
    elif op == "mul":
        for i in range(len(parts)):
            yield "missing-factor", mul(*parts[:i], *parts[i + 1 :])
        if len(parts) == 2:
            yield "sum-for-product", Tree("add", parts)
        powers = [part for part in parts if part.op == "exp"]
        if len(powers) > 1:
            yield "exp-of-sum", mul(*(part for part in parts if part.op != "exp"), add(*powers))
    elif op == "neg":
        yield "sign-of-term", parts[0]
    elif op == "div":
        yield "reciprocal", div(parts[1], parts[0])
        yield "denominator-missing", parts[0]
        yield "product-for-quotient", Tree("mul", parts)
    elif op == "pow":
        base, exponent = parts
        yield "exponent-missing", base
        yield "exponent-as-factor", mul(exponent, base)
        if base.op == "add":
            yield "power-of-sum", _termwise(base, lambda term: power(term, exponent))
    elif parts:
        yield from _function_slips(tree)


def _function_slips(tree: Tree) -> Iterator[Fault]:
    op, (x, *_), _ = tree
    if x.op == "add" and op in {"exp", "log", "sqrt"}:
        code = {"exp": "exp-of-sum", "log": "log-of-sum", "sqrt": "root-of-sum"}[op]
        if op == "exp":
            yield code, add(*(call(op, term) for term in x.parts))
        else:
            yield code, _termwise(x, lambda term: call(op, term))
    if op == "log" and x.op == "mul":
        yield "log-of-product", mul(*(call("log", factor) for factor in x.parts))
    if op in {"exp", "sigmoid", "tanh", "log"}:
        yield "sign-of-argument", call(op, neg(x))
    if op in ACTIVATIONS:
        yield "activation-missing", x
        for other in ("relu", "sigmoid", "tanh"):
            if other != op:
                yield "wrong-activation", call(other, x)
    elif op in {"exp", "log", "sqrt", "abs", "sin", "cos", "tan"}:
        yield "function-missing", x


def _termwise(total: Tree, change: object) -> Tree:
    apply = change if callable(change) else None
    assert apply is not None  # noqa: S101
    return add(*(neg(apply(t.parts[0])) if t.op == "neg" else apply(t) for t in total.parts))


@lru_cache(maxsize=4096)
def derived_wrongly(tree: Tree, by: str) -> tuple[Fault, ...]:
    """Derivatives with one step of deriving gone wrong."""
    if by not in names(tree) or tree.op == "name":
        return ()
    op, parts, _ = tree
    slopes = [derive(part, by) for part in parts]
    found: list[Fault] = []
    if op == "mul":
        found += _product_rule(parts, slopes)
    elif op == "div":
        found += _quotient_rule(parts, slopes)
    elif op == "pow":
        base, exponent = parts
        lower = power(base, num(Fraction(exponent.leaf) - 1))
        found.append(("power-rule", mul(lower, slopes[0])))
        found.append(("power-rule", mul(exponent, power(base, exponent), slopes[0])))
        if slopes[0] != ONE:
            found.append(("missing-inner-derivative", mul(exponent, lower)))
    elif op not in {"add", "neg", "maximum", "minimum"}:
        found += _function_rule(op, parts[0], slopes[0])
    for i, part in enumerate(parts):
        for code, wrong in derived_wrongly(part, by):
            found.append((code, _rule(tree, [*slopes[:i], wrong, *slopes[i + 1 :]])))
    return tuple(found)


def _rule(tree: Tree, slopes: list[Tree]) -> Tree:
    """The derivative of the outermost operation, given those of its operands."""
    op, parts, _ = tree
    if op == "add":
        return add(*slopes)
    if op == "neg":
        return neg(slopes[0])
    if op == "mul":
        return add(*(mul(*parts[:i], s, *parts[i + 1 :]) for i, s in enumerate(slopes)))
    if op == "div":
        (u, v), (du, dv) = parts, slopes
        if dv == ZERO:
            return div(du, v)
        return div(add(mul(du, v), neg(mul(u, dv))), power(v, 2))
    if op == "pow":
        return mul(parts[1], power(parts[0], num(Fraction(parts[1].leaf) - 1)), slopes[0])
    if op in {"maximum", "minimum"}:
        (a, b), sense = parts, 1 if op == "maximum" else -1
        ahead, behind = (add(a, neg(b)), add(b, neg(a)))[::sense]
        return add(mul(call("step", ahead), slopes[0]), mul(call("step", behind), slopes[1]))
    return mul(slope(op, parts[0]), slopes[0])


def _product_rule(parts: tuple[Tree, ...], slopes: list[Tree]) -> Iterator[Fault]:
    depending = [i for i, s in enumerate(slopes) if s != ZERO]
    if len(depending) < 2:
        return
    for i in depending:
        yield "product-rule", mul(*parts[:i], slopes[i], *parts[i + 1 :])
    yield "product-rule", mul(*(slopes[i] if i in depending else part for i, part in enumerate(parts)))


def _quotient_rule(parts: tuple[Tree, ...], slopes: list[Tree]) -> Iterator[Fault]:
    (u, v), (du, dv) = parts, slopes
    if dv == ZERO:
        return
    over, squared = add(mul(du, v), neg(mul(u, dv))), power(v, 2)
    yield "denominator-not-squared", div(over, v)
    yield "quotient-rule-sign", div(add(mul(du, v), mul(u, dv)), squared)
    if du != ZERO:
        yield "quotient-rule-term", div(mul(du, v), squared)
        yield "quotient-rule-term", div(neg(mul(u, dv)), squared)
        yield "quotient-rule-term", div(du, dv)


def _function_rule(op: str, x: Tree, dx: Tree) -> Iterator[Fault]:
    own = call(op, x)
    activation = op in ACTIVATIONS
    if activation:
        yield "activation-derivative-missing", dx
    if op != "exp":
        yield "function-not-derived", mul(own, dx)
    if dx != ONE:
        yield "missing-inner-derivative", slope(op, x)
    if op in {"sin", "cos"}:
        yield "derivative-sign", mul(neg(ONE), slope(op, x), dx)
    if op == "sigmoid":
        yield "sigmoid-derivative-half", mul(own, dx)
        yield "sigmoid-derivative-half", mul(add(ONE, neg(own)), dx)
        yield "derivative-at-activation", mul(x, add(ONE, neg(x)), dx)
        yield "derivative-at-activation", mul(slope(op, own), dx)
    if op == "tanh":
        yield "tanh-derivative-half", mul(add(ONE, neg(own)), dx)
        yield "derivative-at-activation", mul(slope(op, own), dx)
        yield "derivative-at-activation", mul(add(ONE, neg(power(x, 2))), dx)
