"""A problem: what a file says, checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hw2check.formula.functions import Array
from hw2check.formula.graph import Graph
from hw2check.formula.names import canonical
from hw2check.formula.notation import Vocabulary
from hw2check.formula.numeral import Numeral
from hw2check.formula.quantity import (
    Kind,
    at_step,
    derivative_parts,
    is_local,
    local,
    quantity,
    spelt_step,
    total,
    updated,
)
from hw2check.problem.optimiser import ALIASES, DESCENT, RATE, Optimiser
from hw2check.reading.source import Path, Source

LOSS = "Loss"  # the name of the loss where no node has it


TARGET = "target"  # what the output of a dense network is compared with


RATE_NAMES = ("learning_rate", "eta", "lr")


@dataclass(frozen=True, slots=True)
class Problem:
    """What a problem file says, checked."""

    source: Source
    title: str
    dense: bool  # written as layers
    given: Mapping[str, Array]
    graph: Graph
    loss: str | None  # LOSS where upstream gradients are given, a node's name, or None
    upstream: Mapping[str, Array]  # dLoss/dnode as given
    learning_rate: Array | None
    parameters: tuple[str, ...]
    vocabulary: Vocabulary  # for formulas of nodes: givens and nodes
    places: Mapping[str, Path] = field(default_factory=dict)  # where each given and node stands
    digits: Mapping[str, tuple[Numeral, ...]] = field(default_factory=dict)  # of givens, as typed, row by row
    kept: Mapping[str, int | None] = field(default_factory=dict)  # givens whose entries may only change
    # places, along an axis or, for None, all of them: one-hot targets, the words of sentences, masks
    optimiser: Optimiser = DESCENT
    steps: int = 1  # how many updates are made one after the other
    state: Mapping[str, Array] = field(default_factory=dict)  # what the steps before left
    of_optimiser: frozenset[str] = frozenset()  # the state, and what is computed besides the new parameters
    moved: frozenset[str] = frozenset()  # the nodes that change when the parameters do

    def names(self) -> Iterable[str]:
        """The givens, then the nodes in order."""
        return (*self.given, *self.graph.by_name)

    def has(self, name: str) -> bool:
        """Whether a given or a node has this name."""
        return name in self.given or name in self.graph.by_name

    def resolve(self, spelt: str) -> str | None:
        """The quantity that a spelling means: a given, a node, dU/dV, p_new or the learning rate."""
        name = canonical(spelt)
        if self.has(name):
            return name
        if (spelt_at := spelt_step(name)) is not None:
            return self._of_step(*spelt_at)
        parsed = quantity(name)
        if parsed.is_derivative:
            return self._partial(parsed.of, parsed.by)
        if parsed.kind is Kind.UPDATED and parsed.of in self.parameters:
            return name
        if name in self.of_optimiser:
            return name
        if name.startswith("delta"):
            return self._delta(name)
        if self.optimiser is not DESCENT and (own := ALIASES.get(name, name)) in self.optimiser.constants:
            return own
        return RATE if name in RATE_NAMES and self.learning_rate is not None else None

    def _of_step(self, of: str, step: int) -> str | None:
        """The quantity X of the k-th step, X@k: what a step does not change has its own name."""
        base = self.resolve(of)
        if base is None or spelt_step(base) is not None or not 1 <= step <= self.steps:
            return None
        if base in self.parameters or base in self.state:
            return base if step == 1 else at_step(updated(base), step - 1)
        constant = base in self.optimiser.constants and base != "t"
        changes = base not in self.given and base != RATE and not constant
        fixed = base in self.graph.by_name and base not in self.moved
        return at_step(base, step) if changes and not fixed else base

    def _partial(self, of: str, by: str) -> str | None:
        if not self.has(by):
            return None
        if of in self.graph.by_name:
            return total(of, by)
        is_loss = of.lower() in {"loss", "l"} and of not in self.given
        return total(self.loss or LOSS, by) if is_loss else None

    def _delta(self, name: str) -> str | None:
        """dLoss/dZ1 for delta1, delta_1, δ^(1) and δ^{(1)}: the error of a layer, by its net input."""
        match = _DELTA.match(name)
        net = canonical(f"Z_{match[1]}") if match else ""
        return self._partial(self.loss or LOSS, net) if net in self.graph.by_name else None

    def mention(self, spelt: str) -> str | None:
        """The quantity that a spelling means within a written formula.

        dU/dV is the local partial ∂U/∂V where U's formula names V and U is not the loss.
        """
        if (spelt_at := spelt_step(spelt)) is not None:
            own, base = self.resolve(spelt), self.mention(spelt_at[0])
            if own is None or base is None or spelt_step(own) is None:
                return own
            return at_step(base, spelt_at[1]) if is_local(base) else own
        name = self.resolve(spelt)
        parts = derivative_parts(name) if name is not None else None
        if parts is None or parts[0] == self.loss:
            return name
        node = self.graph.by_name.get(parts[0])
        return local(*parts) if node and parts[1] in node.inputs else name

    def quantities(self) -> tuple[str, ...]:
        """The names that an answer may most naturally have, for hints."""
        names = list(self.graph.by_name)
        if self.loss is not None:
            names += [total(self.loss, name) for name in self.names()]
        names += [total(node.name, used) for node in self.graph.nodes for used in node.inputs]
        return (*names, *map(updated, self.parameters))


def _look_up(own: Mapping[str, str], spelt: str) -> str | None:
    return own.get(canonical(spelt))


_DELTA = re.compile(r"delta[_^]?\(?(\w+?)\)?\Z")
