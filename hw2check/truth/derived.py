"""The truth about a problem: every quantity's value, its rounding error, and its values at sample points."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hw2check.calculus.values import ShapeError, TooLargeError, evaluate, last_bits, with_article
from hw2check.errors import HW2CheckError
from hw2check.formula.functions import Array
from hw2check.formula.graph import Graph, Node, ancestors, descendants
from hw2check.formula.notation import parse
from hw2check.formula.quantity import Kind, at_step, derivative_parts, label, local, quantity
from hw2check.formula.tree import Expression, Name, names, substitute, walk
from hw2check.problem.model import Problem
from hw2check.reading.written import is_worked
from hw2check.truth.backward import (
    Backward,
    backward,
    derivative_nodes,
    extended,
    with_partials,
)
from hw2check.truth.forward import MAX_TOTAL, forward, given_values, run

if TYPE_CHECKING:
    from random import Random

SAMPLES = 16  # points at which formulas are compared; the first is the given one
FEWEST = 6  # of these, where matrices are so large that even a few points tell them apart
PLENTY = 8  # sample points at which all is defined, below which others are tried
NEAR = 0.1  # of a given value: how far from it they may lie
MANY_ENTRIES = 1_000_000  # of all values together at all points, beyond which there are fewer points
DISTURBED = 6  # repetitions with disturbed rounding
SAFETY = 4.0  # times the spread seen is taken as the rounding error
SEED = 4705
MAX_TOGETHER = 1_000_000  # entries of all values that are disturbed at once, not one after the other
MAX_KEPT = 4_000_000  # numbers with disturbed rounding that are kept for later answers
MAX_WORK = 100_000  # parts of formulas, times entries, that are computed to many digits

_NOWHERE = np.zeros(1, dtype=np.bool_)
_WRITTEN = " "  # no quantity has this name


class Truth:
    """What hw2check derives from a problem; each part is computed when it is first asked for."""

    def __init__(self, problem: Problem, *, with_gradients: bool, needs_loss: bool = True) -> None:
        """Runs the forward pass, and derives the backward pass where asked.

        Raises HW2CheckError where the problem does not allow it.
        """
        self.problem = problem
        self._troubled: dict[str, bool] = {}  # nodes in which float64 overflows, vanishes or is undefined
        self._settled: dict[str, bool] = {}
        self._exact: dict[str, Array] = {}  # values to many digits, of nodes
        self._work_left = MAX_WORK
        self._sample_trouble: dict[str, set[str]] = {}  # what goes wrong in float64 at the sample points
        self._defined: dict[str, NDArray[np.bool_]] = {}  # at which sample points a node has a value
        self._held: dict[tuple[frozenset[str], ...], dict[str, Array]] = {}  # by the givens that are kept
        self._held_size = 0
        self.values: dict[str, Array] = forward(problem, self._troubled)
        self.backward: Backward | None = None
        self.graph: Graph = problem.graph
        if with_gradients:
            self.backward = backward(problem, self.values, needs_loss=needs_loss)
            self.graph = extended(problem, self.backward)
            self._run(self.graph.nodes)

    def _run(self, nodes: Iterable[Node]) -> None:
        try:
            added = [node for node in nodes if node.name not in self.values]
            run(added, self.values, troubled=self._troubled)
        except ShapeError as error:  # too large: the shapes of what is derived go together
            raise HW2CheckError(f"{error.__notes__[-1]}: {error}", self.problem.source.place(())) from None

    def not_derived(self, name: str) -> str:
        """Why a derivative is not derived; empty where it is."""
        of, _ = derivative_parts(name) or ("", "")
        shape = self.values[of].shape if of in self.problem.graph.by_name else ()
        if not shape:
            return ""
        return f"{of} is {with_article(shape)}, and only derivatives of a scalar are derived here"

    def key(self, name: str) -> str | None:
        """The node that an answer's name asks for: a local partial where the formula names the input.

        A derivative of the loss is always the total one. None where the backward pass is not there.
        """
        parsed = quantity(name)
        if parsed.step > 1:
            base = self.key(parsed.base)
            return base and self._at_step(base, parsed.step)
        if not parsed.is_derivative:
            return name if name in self.values else None
        if self.backward is None or self.not_derived(name):
            return None
        one = local(parsed.of, parsed.by)
        return one if one in self.backward.partials and parsed.of != self.problem.loss else self._total(name)

    def lacks(self, names: Iterable[str]) -> str | None:
        """The first of the names that has no value, once the total derivatives among them are derived."""
        return next((name for name in names if name not in self.values and self._derived(name) is None), None)

    def _derived(self, name: str) -> str | None:
        parsed = quantity(name)
        if parsed.step > 1:
            base = self._derived(parsed.base)
            return base and self._at_step(base, parsed.step)
        known = parsed.kind is Kind.TOTAL and parsed.of in self.problem.graph.by_name
        return self._total(name) if self.backward and known and not self.not_derived(name) else None

    def parts(self, key: str) -> tuple[str, str] | None:
        """U and V of a derivative, as they are called in its step: of dz/dw@2 z@2 and w_new."""
        parsed = quantity(key)
        if not parsed.is_derivative:
            return None
        names = (at_step(part, parsed.step) for part in (parsed.of, parsed.by))
        of, by = (self.problem.resolve(name) or quantity(name).base for name in names)
        return of, by

    def other_sense(self, key: str) -> str | None:
        """The total derivative for a local partial and the reverse, where both exist and differ."""
        parts = derivative_parts(key)
        if parts is None or self.backward is None or local(*parts) not in self.backward.partials:
            return None
        return local(*parts) if key != local(*parts) else self._total(label(key))

    def _total(self, name: str) -> str:
        if name not in self.values and self.backward is not None:
            self._add(derivative_nodes(self.problem, self.backward.partials, name, self.values))
        return name

    def _at_step(self, base: str, step: int) -> str:
        """The node of a quantity of the first step in a later one: itself where no step changes it.

        Of the total derivatives of other nodes than the loss only those that are asked for are derived.
        """
        own = at_step(base, step)
        of, _ = derivative_parts(base) or ("", "")
        if own in self.values or self.backward is None or of not in self.problem.graph.by_name:
            return own if own in self.values else base
        chain = derivative_nodes(self.problem, self.backward.partials, base, self.values)
        later = {}
        for node in chain.values():
            meant = {name: Name(self._name_at_step(name, step, chain)) for name in node.inputs}
            formula = substitute(node.formula, meant)
            name = at_step(node.name, step)
            later[name] = Node(name, formula, names(formula))
        self._add(later)
        return own if own in self.values else base

    def _name_at_step(self, name: str, step: int, chain: Mapping[str, Node]) -> str:
        own = at_step(name, step)
        if name in chain or own in self.graph.by_name:
            return own
        return self.problem.resolve(own) or name

    def _add(self, nodes: Mapping[str, Node]) -> None:
        """More nodes, and their values."""
        new = {key: node for key, node in nodes.items() if key not in self.values}
        self._run(new.values())
        self.graph = Graph({**self.graph.by_name, **new})
        for cached in ("_errors", "_suspect"):
            self.__dict__.pop(cached, None)
        self._held.clear()
        self._held_size = 0
        try:
            run(new.values(), self.__dict__.get("samples", {}), lead=1)
        except TooLargeError:
            self.__dict__.pop("samples", None)

    def formula(self, key: str) -> Expression | None:
        """The formula by which a quantity is defined; None for a given one."""
        node = self.graph.by_name.get(key)
        return node.formula if node else None

    @cached_property
    def samples(self) -> dict[str, Array]:
        """Every quantity at SAMPLES points, or fewer: shape (SAMPLES, ...); raises TooLargeError."""
        if SAMPLES * self._size > MAX_TOTAL:
            raise TooLargeError("the values are too large to compare formulas at sample points")
        problem = self.problem
        state = problem.optimiser.state
        given = {**problem.given, **{name: array for name, array in state.items() if np.any(array)}}
        points = self._points(given)
        for name in problem.optimiser.positive & points.keys():
            points[name] = np.abs(points[name])
        values = self.at(points)
        return self.at(more) if (more := self._inner_points(given, points, values)) else values

    def _inner_points(
        self, given: Mapping[str, Array], points: Mapping[str, Array], values: Mapping[str, Array]
    ) -> dict[str, Array]:
        """The points and others instead of those at which nodes are undefined; empty where enough are left.

        What makes them undefined where it alone is moved keeps its signs at them, or lies near what is given.
        """
        nodes = self.problem.graph.nodes
        lost = _undefined(nodes, values)
        undefined = np.any([np.broadcast_to(bad, self._count) for bad in lost.values()], axis=0)
        if not lost or np.count_nonzero(~undefined) >= PLENTY:
            return {}
        still = {name: array[np.newaxis] for name, array in given_values(self.problem).items()}
        moving = ancestors(self.problem.graph, lost) & given.keys() - self.problem.kept.keys()
        inner = {}
        for name, drawn in points.items():
            signed = near = others = drawn[undefined]
            if name in moving and _undefined(nodes, run(nodes, {**still, name: drawn}, lead=1)):
                zero = given[name] == 0
                signed = np.where(zero, others, np.copysign(others, given[name]))
                near = given[name] + NEAR * others * np.where(zero, 1.0, np.abs(given[name]))
            inner[name] = np.concatenate([drawn, signed, near])
        return inner

    def samples_holding(self, held: Iterable[Iterable[str]]) -> dict[str, Array]:
        """As `samples`, once for each choice of givens that keep their value, one after the other."""
        chosen = tuple(frozenset(names) for names in held)
        if chosen in self._held:
            return self._held[chosen]
        points = {}
        for name, array in self.problem.given.items():
            drawn = self.samples[name]
            kept = np.broadcast_to(array, drawn.shape)
            points[name] = np.concatenate([kept if name in names else drawn for names in chosen])
        values = self.at(points)
        size = sum(array.size for array in values.values())
        if self._held_size + size <= MAX_KEPT:
            self._held[chosen] = values
            self._held_size += size
        return values

    def inside(self, key: str, values: Mapping[str, Array]) -> NDArray[np.bool_]:
        """At which sample points a quantity and all that it comes from are defined: shape (points,) or (1,).

        A derivative comes from what is derived: that of log(x) is not defined at a negative x.
        """
        reached = ancestors(self.graph, [key])
        derived = [parts[0] for name in reached if (parts := derivative_parts(name))]
        sources = [*(self.problem.upstream if self.problem.loss in derived else ()), *derived]
        known = ancestors(self.graph, [*reached, *(name for name in sources if name in values)])
        kept = self._defined if values is self.__dict__.get("samples") else {}
        defined = np.ones(1, dtype=np.bool_)
        for name in known:
            if name in values and values[name].ndim:
                if name not in kept:
                    array = values[name]
                    kept[name] = np.asarray(~np.isnan(array.reshape(array.shape[0], -1)).any(axis=1))
                defined = defined & kept[name]
        return defined

    def named_in_full(self, key: str) -> tuple[str, ...]:
        """The names in a quantity's formula once local partials are put in."""
        formula = self.formula(key)
        if formula is None or self.backward is None:
            return ()
        return names(with_partials(formula, self.backward.partials))

    def givens_behind(self, name: str) -> frozenset[str]:
        """The givens that a quantity depends on."""
        return ancestors(self.graph, [name]) & self.problem.given.keys()

    def at(self, points: Mapping[str, Array]) -> dict[str, Array]:
        """Every quantity at points with one leading axis; givens without one keep their value."""
        values = {name: array[np.newaxis] for name, array in given_values(self.problem).items()}
        values |= points
        return run(self.graph.nodes, values, lead=1)

    def _points(self, varied: Mapping[str, Array]) -> dict[str, Array]:
        rng = _seeded()
        kept = self.problem.kept
        return {
            name: _rearranged(array, kept[name], rng, self._count)
            if name in kept
            else _drawn(array, rng, self._count)
            for name, array in varied.items()
        }

    def error(self, key: str) -> Array:
        """A bound on the float64 rounding error of a quantity's value, entry by entry."""
        return np.zeros_like(self.values[key]) if self._settled.get(key) else self.float_error(key)

    def float_error(self, key: str) -> Array:
        """The same, of float64 even where the value is known to many digits."""
        return self._errors.get(key, np.zeros_like(self.values[key]))

    def settle_if_troubled(self, key: str) -> bool:
        """Settles a quantity if something overflowed, vanished or was undefined on the way to it.

        Returns False where it cannot be settled and its value cannot be trusted.
        """
        if not self._troubled or key not in self._suspect:
            return True
        return self.settle(key) or not self._suspect[key]

    @cached_property
    def _suspect(self) -> dict[str, bool]:
        """The quantities that depend on a troubled node; False where values have only vanished."""
        lost = descendants(self.graph, (name for name, serious in self._troubled.items() if serious))
        return {name: name in lost for name in descendants(self.graph, self._troubled)}

    def settle(self, key: str) -> bool:
        """Puts a quantity's value, computed to many digits, in the place of the one that float64 gives.

        Returns whether that could be done. An entry that is not finite becomes nan.
        """
        if key not in self._settled:
            self._settled[key] = self._settle(key)
        return self._settled[key]

    def _settle(self, key: str) -> bool:
        behind = ancestors(self.graph, [key])
        nodes = [node for node in self.graph.nodes if node.name in behind and node.name not in self._exact]
        found = self._precisely([*self._worked_given, *nodes], {**self._exact_given, **self._exact})
        if found is not None:
            self._exact |= {node.name: found[node.name] for node in nodes}
        if key not in self._exact:
            return False
        self.values[key] = _as_floats(self._exact[key])
        return True

    def _precisely(self, nodes: list[Node], given: Mapping[str, Array]) -> dict[str, Array] | None:
        """`precise_values`, as long as all such computations together stay within MAX_WORK."""
        from hw2check.calculus.precise import precise_values

        sizes = (self.values[node.name].size if node.name in self.values else 1 for node in nodes)
        work = sum(size * sum(1 for _ in walk(node.formula)) for size, node in zip(sizes, nodes, strict=True))
        if work > self._work_left:
            return None
        self._work_left -= work
        return precise_values(nodes, given)

    @cached_property
    def _worked_given(self) -> list[Node]:
        """Givens that are stated as expressions without names: x = "sqrt(2)"."""
        stated = {name: numerals for name, numerals in self.problem.digits.items() if len(numerals) == 1}
        return [
            Node(name, parse(numeral.text), ())
            for name, (numeral,) in stated.items()
            if is_worked(numeral) and not self.values[name].shape
        ]

    @cached_property
    def _exact_given(self) -> dict[str, Array]:
        from hw2check.calculus.precise import exactly, typed

        digits = self.problem.digits
        return {
            name: typed(digits[name], array.shape) if digits.get(name) else exactly(array)
            for name, array in given_values(self.problem).items()
        }

    def agrees(self, written: Expression, key: str, values: Mapping[str, Array], point: int) -> bool | None:
        """Whether a formula gives a quantity at one sample point, to many digits; None: it cannot be told."""
        from hw2check.calculus.precise import same

        behind = ancestors(self.graph, [key, *names(written)])
        nodes = [node for node in self.graph.nodes if node.name in behind]
        given = {
            name: values[name][point if values[name].shape[0] > 1 else 0]
            for name in given_values(self.problem)
            if name in behind
        }
        found = self._precisely([*nodes, Node(_WRITTEN, written, names(written))], given)
        return None if found is None else same(found[_WRITTEN], found[key] if key in found else given[key])

    @property
    def _count(self) -> int:
        """How many sample points there are."""
        return max(FEWEST, min(SAMPLES, MANY_ENTRIES // max(1, self._size)))

    @property
    def _size(self) -> int:
        return sum(array.size for array in self.values.values())

    @cached_property
    def _errors(self) -> dict[str, Array]:
        rng = _seeded()
        together = DISTURBED if DISTURBED * self._size <= MAX_TOGETHER else 1
        errors: dict[str, Array] = {}
        for _ in range(0, DISTURBED, together):
            for name, array in self.disturbed(given_values(self.problem), together, rng).items():
                if name in self.values:
                    with np.errstate(all="ignore"):
                        spread = np.max(np.abs(array - self.values[name]), axis=0)
                    errors[name] = np.maximum(errors[name], spread) if name in errors else spread
        return {name: SAFETY * spread for name, spread in errors.items()}

    def disturbed(self, values: Mapping[str, Array], times: int, rng: Random) -> dict[str, Array]:
        """Every quantity, computed `times` over with disturbed rounding, from values without sample axis."""
        start = {
            name: _jittered(np.repeat(array[np.newaxis], times, axis=0), rng)
            for name, array in values.items()
        }
        return run(self.graph.nodes, start, lead=1, rng=rng)

    def overflows(self, written: Expression, key: str, values: Mapping[str, Array]) -> bool:
        """Whether something on the way to a formula or a quantity is too large or small at the points."""
        kept = self._sample_trouble if values is self.__dict__.get("samples") else {}
        reached = ancestors(self.graph, [key, *names(written)])
        kinds = _trouble(written, values)
        for node in self.graph.nodes:
            if node.name in reached and node.name in values:
                if node.name not in kept:
                    kept[node.name] = _trouble(node.formula, values)
                kinds |= kept[node.name]
        return not kinds.isdisjoint({"overflow", "underflow", "divide by zero"})

    def noise(self, written: Expression, key: str, values: Mapping[str, Array]) -> Array:
        """A bound on the rounding error of a formula and of a quantity together, at sample points."""
        found = evaluate(written, values, lead=1)
        noise = np.zeros(np.broadcast_shapes(shaped(found, values[key], lead=1).shape, values[key].shape))
        reached = ancestors(self.graph, [key, *names(written)])
        nodes = [node for node in self.graph.nodes if node.name in reached]
        kept = values is self.__dict__.get("samples") and DISTURBED * SAMPLES * self._size <= MAX_KEPT
        for again, rng in self._disturbed_samples if kept else self._disturbed_starts(values):
            run([node for node in nodes if node.name not in again], again, lead=1, rng=rng)
            with np.errstate(all="ignore"):
                own = shaped(np.abs(evaluate(written, again, lead=1, rng=rng) - found), values[key], lead=1)
                spread = own + np.abs(again[key] - values[key])
            noise = np.maximum(noise, spread)
        if (
            noise.ndim and max(len(array) for array in (found, values[key]) if array.ndim) == 1
        ):  # the same at all points
            noise = noise.max(axis=0, keepdims=True)
        return SAFETY * noise

    @cached_property
    def _disturbed_samples(self) -> list[tuple[dict[str, Array], Random]]:
        """The sample points with disturbed rounding; what has been computed from them is kept."""
        return list(self._disturbed_starts(self.samples))

    def _disturbed_starts(self, values: Mapping[str, Array]) -> Iterator[tuple[dict[str, Array], Random]]:
        """What is given, with disturbed rounding, DISTURBED times over."""
        rng = _seeded()
        count = max((array.shape[0] for array in values.values() if array.ndim), default=1)
        for _ in range(DISTURBED):
            start = {name: _jittered(values[name], rng) for name in given_values(self.problem)}
            yield (
                {name: np.broadcast_to(array, (count, *array.shape[1:])) for name, array in start.items()},
                rng,
            )


def _undefined(nodes: Iterable[Node], values: Mapping[str, Array]) -> dict[str, NDArray[np.bool_]]:
    """Nodes with a value at the first sample point and none at others: at which they have none."""
    found: dict[str, NDArray[np.bool_]] = {}
    for array, name in ((values[node.name], node.name) for node in nodes if node.name in values):
        bad = np.asarray(~np.isfinite(array.reshape(len(array), -1)).all(axis=1)) if array.ndim else _NOWHERE
        if bad.any() and not bad[0]:
            found[name] = bad
    return found


def _trouble(formula: Expression, values: Mapping[str, Array]) -> set[str]:
    """What goes wrong in float64 where a formula is evaluated at sample points."""
    kinds: set[str] = set()
    evaluate(formula, values, lead=1, on_trouble=lambda kind, _flag: kinds.add(kind))
    return kinds


def same_shape(written: tuple[int, ...], truth: tuple[int, ...]) -> bool:
    """Whether two shapes differ in axes of length 1 at most, and are not a row and a column."""
    if len(written) == len(truth) > 1:
        return written == truth
    return [length for length in written if length > 1] == [length for length in truth if length > 1]


def shaped(found: Array, like: Array, lead: int = 0) -> Array:
    """An array in the shape of a quantity, behind `lead` axes, where `same_shape` holds; else as it is."""
    own, wanted = found.shape[lead:], like.shape[lead:]
    if own == wanted or not same_shape(own, wanted):
        return found
    return found.reshape((*(found.shape[:lead] or (1,) * lead), *wanted))


def _as_floats(array: Array) -> Array:
    """Exact numbers as float64, nan for those that are not finite."""
    flat = [_as_float(entry) for entry in array.astype(object).reshape(-1)]
    return np.asarray(flat, dtype=np.float64).reshape(array.shape)


def _as_float(exact: Any) -> float:
    try:
        return math.nan if exact is None else float(exact)
    except OverflowError:
        return math.nan


def _drawn(array: Array, rng: Random, count: int) -> Array:
    """Values around and away from one: the first is itself, half are near, the rest of both signs.

    Entries of large arrays are small, so that sums of many products stay near 1 and nothing saturates.
    """
    shape = (count, *array.shape)
    size = min(1.0, 2 / math.sqrt(max(array.shape, default=1)))
    near = array * (1 + _uniform(rng, -0.4, 0.4, shape)) + size * _uniform(rng, -0.3, 0.3, shape)
    far = _uniform(rng, -2.0, 2.0, shape)
    far = size * (far + np.copysign(0.2, far))
    drawn = np.where(np.arange(count).reshape(-1, *[1] * array.ndim) <= count // 2, near, far)
    drawn[0] = array
    return drawn


def _rearranged(array: Array, axis: int | None, rng: Random, count: int) -> Array:
    """As many arrays with the entries of one moved along an axis, or anywhere; the first is itself."""
    points = [array]
    for _ in range(count - 1):
        order = list(range(array.size if axis is None else array.shape[axis]))
        rng.shuffle(order)
        moved = array.reshape(-1)[order] if axis is None else np.take(array, order, axis=axis)
        points.append(moved.reshape(array.shape))
    return np.stack(points)


def _jittered(array: Array, rng: Random) -> Array:
    with np.errstate(over="ignore"):
        exact = array * 2.0**20 == np.rint(array * 2.0**20)
    return np.where(exact, array, array * (1 + last_bits(rng, array.shape)))


def _seeded() -> Random:
    from random import Random

    return Random(SEED)  # noqa: S311  nothing here is secret


def _uniform(rng: Random, low: float, high: float, shape: tuple[int, ...]) -> Array:
    bits = np.frombuffer(rng.randbytes(8 * math.prod(shape)), np.uint64).reshape(shape)
    return np.asarray(low + (high - low) * ((bits >> np.uint64(11)) * 2.0**-53), dtype=np.float64)
