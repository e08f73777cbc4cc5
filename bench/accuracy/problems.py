"""Random problems: scalar graphs as programs of the oracle's trees, and the TOML text that states them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from mpmath import mp

from bench.accuracy.oracle import (
    KINKED,
    ONE,
    TWO,
    ZERO,
    Tree,
    Value,
    add,
    call,
    derive,
    div,
    evaluate,
    mul,
    name,
    names,
    neg,
    num,
    power,
    put,
    real,
    text,
)
from bench.accuracy.rounding import exact

FAILED = (ValueError, ArithmeticError, TypeError)
SMOOTH = ("sigmoid", "tanh", "softplus", "sin", "cos", "gelu", "silu", "sinh", "cosh", "tan")
RECTIFIED = ("relu", "leaky_relu", "elu", "abs")


def partial(of: str, by: str) -> str:
    return f"{of}|{by}"


@dataclass(frozen=True)
class Program:
    """A scalar graph with its local partials, gradients and updates as formulas in order of dependence."""

    given: Mapping[str, Fraction]
    nodes: Mapping[str, Tree]
    parameters: tuple[str, ...]
    loss: str  # name of the loss: a node's, or Loss
    upstream: Fraction | None  # of the last node, where Loss is no node
    rate: Fraction
    formulas: Mapping[str, Tree] = field(default_factory=dict)  # every quantity; keys as `spelt` shows

    @property
    def toml(self) -> str:
        last = list(self.nodes)[-1]
        lines = [f"learning_rate = {float(self.rate)}"]
        if self.upstream is None:
            lines.append(f'loss = "{self.loss}"')
        lines.append(f"parameters = [{', '.join(chr(34) + p + chr(34) for p in self.parameters)}]")
        lines += ["[given]", *(f"{key} = {decimal(value)}" for key, value in self.given.items())]
        lines += ["[nodes]", *(f'{key} = "{text(tree)}"' for key, tree in self.nodes.items())]
        if self.upstream is not None:
            lines += ["[upstream]", f"{last} = {decimal(self.upstream)}"]
        return "\n".join(lines) + "\n"

    @cached_property
    def start(self) -> dict[str, Value]:
        env = {key: real(value) for key, value in self.given.items()}
        env["learning_rate"] = real(self.rate)
        if self.upstream is not None:
            env[f"d{self.loss}/d{list(self.nodes)[-1]}"] = real(self.upstream)
        return env

    @cached_property
    def truth(self) -> dict[str, Value]:
        return self.run(self.start, {}, self.formulas)

    def run(
        self, env: Mapping[str, Value], fixed: Mapping[str, Value], order: Mapping[str, Tree]
    ) -> dict[str, Value]:
        """Every quantity, some of them fixed to other values than their formulas give."""
        values = {**env, **fixed}
        for key, tree in order.items():
            if key not in fixed:
                values[key] = evaluate(tree, values)
        return values

    def changed(self, key: str, target: str, value: Value) -> Value:
        """The target's value where `key` has the value given, all else right."""
        if key == target:
            return value
        values = {**self.truth, key: value}
        for step in self.path(key, target):
            values[step] = evaluate(self.formulas[step], values)
        return values[target]

    def path(self, key: str, target: str) -> tuple[str, ...]:
        """The quantities from `key` to the target that change with it, in order."""
        known = self._paths.get((key, target))
        if known is None:
            above = self.ancestors(target) | {target}
            hit = {key}
            for step, tree in self.formulas.items():
                if step != key and step in above and hit.intersection(names(tree)):
                    hit.add(step)
            known = tuple(step for step in self.formulas if step in hit and step != key)
            self._paths[key, target] = known
        return known

    @cached_property
    def _paths(self) -> dict[tuple[str, str], tuple[str, ...]]:
        return {}

    def ancestors(self, target: str) -> set[str]:
        """The derived quantities that the target depends on."""
        found: set[str] = set()
        waiting = [target]
        while waiting:
            for used in names(self.formulas[waiting.pop()]):
                if used in self.formulas and used not in found:
                    found.add(used)
                    waiting.append(used)
        return found

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """The quantities that a file can ask for: no local partial of the loss, nothing constant."""
        return tuple(
            key
            for key, tree in self.formulas.items()
            if names(tree) and not key.startswith(f"{self.loss}|") and self.truth[key]
        )

    def kind(self, key: str) -> str:
        if key in self.nodes:
            return "value"
        return "partial" if "|" in key else "update" if key.endswith("_new") else "gradient"

    def before(self, key: str) -> Fraction | None:
        """Of an updated parameter: what it was."""
        return self.given[key[:-4]] if key.endswith("_new") else None

    def printable(self, tree: Tree) -> Tree:
        """With local partials named as people name them; those of the loss by their formulas."""
        replaced = {}
        for used in names(tree):
            if "|" in used:
                hidden = used.startswith(f"{self.loss}|")
                replaced[used] = self.printable(self.formulas[used]) if hidden else name(spelt(used))
        return put(tree, replaced)


def spelt(key: str) -> str:
    of, bar, by = key.partition("|")
    return f"d{of}/d{by}" if bar else key


def decimal(value: Fraction) -> str:
    return repr(float(value)) if value.denominator > 1 else str(value.numerator)


def complete(program: Program) -> Program:
    """With the backward pass."""
    formulas: dict[str, Tree] = dict(program.nodes)
    for key, tree in program.nodes.items():
        for used in names(tree):
            formulas[partial(key, used)] = derive(tree, used)
    last = list(program.nodes)[-1]
    sums: dict[str, list[Tree]] = {}
    for key in reversed(list(program.nodes)):
        gradient = f"d{program.loss}/d{key}"
        if key == last:
            above: Tree = ONE if program.upstream is None else name(gradient)
        elif key in sums:
            formulas[gradient] = add(*sums[key])
            above = name(gradient)
        else:
            continue
        for used in names(program.nodes[key]):
            local = formulas[partial(key, used)]
            factor = local if local in (ZERO, ONE) else name(partial(key, used))
            if factor != ZERO:
                sums.setdefault(used, []).append(mul(above, factor))
    for key in program.given:
        if key in sums:
            formulas[f"d{program.loss}/d{key}"] = add(*sums[key])
    for key in program.parameters:
        gradient = f"d{program.loss}/d{key}"
        if gradient in formulas:
            formulas[f"{key}_new"] = add(name(key), neg(mul(name("learning_rate"), name(gradient))))
    return Program(
        program.given,
        program.nodes,
        program.parameters,
        program.loss,
        program.upstream,
        program.rate,
        formulas,
    )


def random_program(rng: random.Random) -> Program:
    """A graph of 2 to 10 nodes, all values moderate and away from kinks."""
    while True:
        program = complete(_drawn(rng))
        try:
            values = program.truth
        except FAILED:
            continue
        if _moderate(program, values) and _smooth_here(program):
            return program


def _drawn(rng: random.Random) -> Program:
    parameters = list("abcdkw")[: rng.randint(1, 5)]
    inputs = [f"x{i + 1}" for i in range(rng.randint(1, 3))]
    given = {key: _decimal(rng) for key in (*parameters, *inputs)}
    nodes: dict[str, Tree] = {}
    unused = [*parameters, *inputs]
    count = rng.randint(2, 10)
    for index in range(count):
        pool = [*given, *nodes]
        wanted = [rng.choice(unused)] if unused else []
        if index == count - 1:
            wanted = [key for key in unused if key in nodes][:4] or wanted
        others = [key for key in pool if key not in wanted]
        rng.shuffle(others)
        chosen = (wanted + sorted(others[:3], key=lambda key: key not in nodes))[: max(3, len(wanted))]
        tree = template(rng, [name(key) for key in chosen], fitting=index == count - 1)
        key = f"y{index + 1}" if index < count - 1 or rng.random() < 0.5 else "E"
        nodes[key] = tree
        used = names(tree)
        unused = [key for key in unused if key not in used or (key in nodes and rng.random() < 0.2)] + [key]
    last = list(nodes)[-1]
    upstream = None if rng.random() < 0.5 else _decimal(rng)
    return Program(
        given,
        nodes,
        tuple(parameters),
        last if upstream is None else "Loss",
        upstream,
        rng.choice([Fraction(1, 10), Fraction(1, 2), Fraction(1, 100), Fraction(1, 20), Fraction(1, 5)]),
    )


def _decimal(rng: random.Random) -> Fraction:
    size = rng.choice(
        [Fraction(rng.randint(1, 5)), Fraction(rng.randint(3, 29), 10), Fraction(rng.randint(11, 199), 100)]
    )
    return size * rng.choice([1, 1, -1])


def template(rng: random.Random, args: list[Tree], *, fitting: bool) -> Tree:
    """A formula over some of the names; over all of them where `fitting`."""
    if len(args) > 3 or (fitting and len(args) > 1):
        weights = [num(rng.randint(2, 4)) if rng.random() < 0.5 else ONE for _ in args]
        total = add(*(mul(w, a) for w, a in zip(weights, args, strict=True)))
        return rng.choice(
            [total, call("tanh", total), call("sigmoid", total), power(total, 2), call("softplus", total)]
        )
    a = args[0]
    b = args[1] if len(args) > 1 else num(rng.randint(2, 5))
    c = args[2] if len(args) > 2 else num(rng.randint(2, 5))
    number = num(rng.randint(2, 5))
    smooth, rectified = rng.choice(SMOOTH), rng.choice(RECTIFIED)
    forms = (
        lambda: call(rng.choice(["sigmoid", "tanh", "relu"]), add(mul(a, b), c)),
        lambda: add(mul(a, b), c),
        lambda: add(mul(a, b), mul(number, a, c)),
        lambda: mul(a, b, c),
        lambda: add(a, neg(b)),
        lambda: add(power(a, 2), b),
        lambda: power(add(a, b), 2),
        lambda: div(power(add(a, neg(b)), 2), TWO),
        lambda: div(call("exp", a), add(call("exp", a), call("exp", b), call("exp", c))),
        lambda: div(call("exp", a), add(call("exp", a), call("exp", b))),
        lambda: call("exp", add(a, b)),
        lambda: call("exp", neg(mul(a, b))),
        lambda: mul(call("exp", neg(a)), b),
        lambda: call("log", add(power(a, 2), power(b, 2), ONE)),
        lambda: call("log", add(ONE, call("exp", a))),
        lambda: call("sqrt", add(power(a, 2), number)),
        lambda: div(a, add(ONE, power(b, 2))),
        lambda: div(mul(a, b), add(number, power(a, 2))),
        lambda: div(ONE, add(ONE, call("exp", neg(add(mul(a, b), c))))),
        lambda: mul(a, call(smooth, b)),
        lambda: call(smooth, mul(a, b)),
        lambda: call(rectified, add(mul(a, b), c)),
        lambda: mul(call("sigmoid", a), call("tanh", b)),
        lambda: mul(number, power(a, 3)),
        lambda: add(mul(number, power(a, 2)), mul(b, c), neg(a)),
        lambda: call("maximum", a, b),
        lambda: call("minimum", mul(a, c), b),
    )
    return rng.choice(forms)()


def _moderate(program: Program, values: Mapping[str, Value]) -> bool:
    reached = f"d{program.loss}/d{next(iter(program.given))}" in program.formulas
    sizes = [abs(values[key]) for key in program.formulas]
    return reached and all(mp.isfinite(size) and (size == 0 or 1e-5 < size < 2e4) for size in sizes)


def _smooth_here(program: Program) -> bool:
    """Every kinked function has its argument away from the kink."""

    def fine(tree: Tree) -> bool:
        if tree.op in KINKED:
            values = [evaluate(part, program.truth) for part in tree.parts]
            off = values[0] - (values[1] if len(values) > 1 else 0)
            if abs(off) < 0.02:
                return False
        return all(fine(part) for part in tree.parts)

    return all(fine(tree) for tree in program.nodes.values())


def is_short(value: Value) -> bool:
    """Whether the value is a decimal of few digits."""
    return exact(value).denominator < 10**6
