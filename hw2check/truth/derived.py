"""The truth about a problem: every quantity's value, its rounding error, and its values at sample points."""

from __future__ import annotations

from collections.abc import Iterable

from hw2check.formula.functions import Array
from hw2check.formula.graph import Node
from hw2check.formula.quantity import before_update
from hw2check.problem.model import Problem
from hw2check.truth.derivation import Derivation
from hw2check.truth.precision import Precision
from hw2check.truth.samples import Samples


class Truth(Derivation):
    """What hw2check derives from a problem; each part is computed when it is first asked for."""

    def __init__(self, problem: Problem, *, with_gradients: bool, needs_loss: bool = True) -> None:
        """As of a derivation."""
        super().__init__(problem, with_gradients=with_gradients, needs_loss=needs_loss)
        self.sampled = Samples(self)
        self.precision = Precision(self)
        self.by_value: dict[str, Node | None] = {}  # local partials by the value of their node (routes.py)

    def start_of(self, key: str) -> Array | None:
        """The parameter before its update, where the quantity is an updated parameter."""
        is_update = self.backward is not None and key in self.backward.updates
        return self.values[before_update(key)] if is_update else None

    def _added(self, nodes: Iterable[Node]) -> None:
        self.precision.added()
        self.sampled.added(nodes)

    @property
    def samples(self) -> dict[str, Array]:
        """Every quantity at the sample points: shape (points, ...); raises TooLargeError."""
        return self.sampled.values
