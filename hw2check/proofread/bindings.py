"""What each name has meant so far, in which scope, and how sure that is.

A reading is firm once it is declared by a problem, or once a step that says something holds with it. It is
live in its own scope, and only likely behind its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from hw2check.formula.tree import Expression
from hw2check.proofread.scopes import CLAIM, Mood, Path, is_within

MAX_OLDER = 3  # earlier readings of a name that are still tried


@dataclass(slots=True)
class Binding:
    """The newest reading of one name."""

    scope: Path
    is_value: bool  # a number or an array of numbers was given, not a formula
    confirmed: Path | None = None  # where a step that holds has confirmed it
    older: tuple[Expression, ...] = ()  # what it was before, the newest first
    shown: tuple[Expression, ...] = ()  # the rounded or doubtful values that are stated for it, newest first


@dataclass(slots=True)
class Bindings:
    """The readings of all names, asked for at the present place."""

    is_declared: Callable[[str], bool]  # by a problem
    here: Path = (0, 0)
    mood: Mood = CLAIM
    known: dict[str, Binding] = field(default_factory=dict)

    def bind(self, name: str, *, is_value: bool, before: Expression | None) -> None:
        """A new reading; `before` is the one that it replaces, where the name had one."""
        old = self.known.get(name)
        older = (before, *(old.older if old else ()))[:MAX_OLDER] if before is not None else ()
        self.known[name] = Binding(self.here, is_value, older=older)

    def confirm(self, used: Iterable[str]) -> None:
        """A step that says something holds with the present readings of these names."""
        for name in used:
            if self.is_declared(name):
                continue
            binding = self.known.get(name)
            if binding is None:
                self.known[name] = Binding(self.here, is_value=False, confirmed=self.here)
            elif binding.confirmed != self.here:
                binding.confirmed = self.here

    def show(self, name: str, value: Expression) -> None:
        """A value that is stated for a name with a formula."""
        binding = self.known.setdefault(name, Binding(self.here, is_value=False))
        binding.shown = (value, *binding.shown)[:MAX_OLDER]

    def is_firm(self, name: str) -> bool:
        """Whether the name surely has its present reading here."""
        if self.is_declared(name):
            return True
        binding = self.known.get(name)
        return (
            binding is not None and binding.confirmed is not None and is_within(self.here, binding.confirmed)
        )

    def is_live(self, name: str) -> bool:
        """Whether the name has one reading here, which was given in this scope."""
        if self.is_firm(name):
            return True
        binding = self.known.get(name)
        return binding is not None and is_within(self.here, binding.scope) and not binding.older

    def is_open(self, name: str) -> bool:
        """Whether the name may be given another reading here without contradiction."""
        binding = self.known.get(name)
        if binding is None or self.mood.gives or self.mood.supposes:
            return True
        elsewhere = binding.scope[:-2] != self.here[:-2] or not is_within(self.here, binding.scope)
        return elsewhere or binding.scope[-1] not in {0, self.here[-1]}
