"""What each name has meant so far, in which scope, and how sure that is.

A reading is firm once it is declared by a problem, or once a step that says something holds with it. It is
live in its own scope, and only likely behind its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from hw2check.formula.tree import Expression, Matrix, is_closed
from hw2check.proofread.scopes import CLAIM, Mood, Path, is_within

MAX_SAID = 50_000
JUST = 2  # formulas back
MAX_OLDER = 3  # earlier readings of a name that are still tried


@dataclass(slots=True)
class Binding:
    """The newest reading of one name."""

    scope: Path
    is_value: bool  # a number or an array of numbers was given, not a formula
    is_array: bool = False
    confirmed: Path | None = None  # where a step that holds has confirmed it
    paragraph: int = -1  # in which it was confirmed last
    given: int = -1  # the paragraph in which it was given
    formula: int = -9  # in which it was given or confirmed last
    older: tuple[Expression, ...] = ()  # what it was before, the newest first
    supposed: bool = False  # given by a sentence such as "if x = 3, then"
    shown: tuple[Expression, ...] = ()  # the rounded or doubtful values that are stated for it, newest first


@dataclass(slots=True)
class Bindings:
    """The readings of all names, asked for at the present place."""

    is_declared: Callable[[str], bool]  # by a problem
    has_problem: bool = False
    here: Path = (0, 0)
    mood: Mood = CLAIM
    paragraph: int = 0
    known: dict[str, Binding] = field(default_factory=dict)
    said: dict[Expression, tuple[Path, int]] = field(default_factory=dict)  # sides of steps that hold: where
    formula: int = 0  # how many formulas there were

    def bind(self, name: str, value: Expression | None, before: Expression | None) -> None:
        """A new reading; `before` is the one that it replaces, where the name had one."""
        old = self.known.get(name)
        older = (before, *(old.older if old else ()))[:MAX_OLDER] if before is not None else ()
        is_value = value is not None and is_closed(value)
        self.known[name] = Binding(
            self.here,
            is_value,
            isinstance(value, Matrix),
            older=older,
            given=self.paragraph,
            formula=self.formula,
            supposed=self.mood.changes,
        )

    def confirm(self, used: Iterable[str]) -> None:
        """A step that says something holds with the present readings of these names."""
        for name in used:
            if self.is_declared(name):
                continue
            binding = self.known.setdefault(name, Binding(self.here, is_value=False))
            binding.confirmed, binding.paragraph = self.here, self.paragraph
            binding.formula = self.formula

    def say(self, sides: Iterable[Expression | None]) -> None:
        """These are sides of a step that holds."""
        for side in sides:
            if side is not None and len(self.said) < MAX_SAID:
                self.said[side] = self.here, self.formula

    def has_just_said(self, side: Expression) -> bool:
        """Whether one of the last formulas of this scope says what the side is equal to."""
        where, formula = self.said.get(side, (None, 0))
        return where is not None and self.formula - formula <= JUST and is_within(self.here, where)

    def is_array(self, name: str) -> bool:
        """Whether a matrix or vector was given for the name."""
        binding = self.known.get(name)
        return binding is not None and binding.is_array

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

    def is_fresh(self, name: str) -> bool:
        """Whether a step in this very paragraph has confirmed what the name is."""
        binding = self.known.get(name)
        return binding is not None and binding.paragraph == self.paragraph and self.is_firm(name)

    def is_local(self, name: str) -> bool:
        """Whether the name has one reading, given in this paragraph or, for a function, just before."""
        binding = self.known.get(name)
        if binding is None or binding.older:
            return False
        is_function = name.endswith("()")
        just = self.formula - binding.formula <= JUST and is_within(self.here, binding.scope)
        return (just and is_function) or self.paragraph in {binding.given, binding.paragraph}

    def is_of_section(self, name: str) -> bool:
        """Whether the name has one reading, given under this very heading."""
        binding = self.known.get(name)
        return binding is not None and not binding.older and binding.scope[:-2] == self.here[:-2]

    def may_change(self, name: str) -> bool:
        """Whether the sentence is about what happens if things change, and does not give the name itself."""
        binding = self.known.get(name)
        return self.mood.changes and not (binding is not None and binding.supposed)

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
