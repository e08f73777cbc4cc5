"""A quantity by its name: the value of a node, a derivative, or an updated parameter, at a step.

`x5` is a value, `∂u/∂v` a local partial (u's formula by v, all else held), `du/dv` a total derivative,
`p_new` the parameter p after its update, and `X@2` the quantity X of the second step. The name is taken
apart here and put together here, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

from hw2check.formula.names import derivative_names
from hw2check.formula.text import to_text
from hw2check.formula.tree import Expression

_NEW = "_new"


class Kind(Enum):
    """What a quantity is of its node."""

    VALUE = "value"
    LOCAL = "local partial"
    TOTAL = "total derivative"
    UPDATED = "updated parameter"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A name taken apart; `str` puts it together again."""

    kind: Kind
    of: str  # the node, U of a derivative dU/dV, or the parameter that is updated
    by: str = ""  # V of a derivative
    step: int = 1  # the first is 1

    def __str__(self) -> str:
        """The name, as files, graphs and formulas have it."""
        match self.kind:
            case Kind.LOCAL:
                name = f"∂{self.of}/∂{self.by}"
            case Kind.TOTAL:
                name = f"d{self.of}/d{self.by}"
            case Kind.UPDATED:
                name = self.of + _NEW
            case Kind.VALUE:
                name = self.of
        return name if self.step == 1 else f"{name}@{self.step}"

    @property
    def is_derivative(self) -> bool:
        """Of either sense."""
        return bool(self.by)

    @property
    def base(self) -> str:
        """The name of the same quantity in the first step."""
        return str(self.at(1))

    def at(self, step: int) -> Quantity:
        """The same quantity in another step."""
        return replace(self, step=step)


@lru_cache(maxsize=1 << 16)
def quantity(name: str) -> Quantity:
    """The name taken apart. What only looks like an updated parameter is for the problem to tell."""
    base, _, step = name.rpartition("@")
    if not base or not step.isdecimal() or int(step) < 1:
        base, step = name, "1"
    parts = derivative_names(base)
    if parts is not None:
        return Quantity(Kind.LOCAL if base.lstrip().startswith("∂") else Kind.TOTAL, *parts, int(step))
    if base.endswith(_NEW) and len(base) > len(_NEW):
        return Quantity(Kind.UPDATED, base.removesuffix(_NEW), "", int(step))
    return Quantity(Kind.VALUE, base, "", int(step))


def spelt_step(name: str) -> tuple[str, int] | None:
    """(X, k) of a name that is spelt X@k, k = 0 where that is no step; None where no step is spelt."""
    base, at, step = name.rpartition("@")
    if not at:
        return None
    return base, int(step) if step.isdecimal() else 0


def derivative_parts(name: str) -> tuple[str, str] | None:
    """(U, V) of a derivative of either sense, in canonical spelling; None for any other name."""
    parsed = quantity(name)
    return (parsed.of, parsed.by) if parsed.is_derivative else None


def is_local(name: str) -> bool:
    """Whether the name is that of a local partial, ∂u/∂v."""
    return quantity(name).kind is Kind.LOCAL


def local(of: str, by: str) -> str:
    """The name of a local partial."""
    return str(Quantity(Kind.LOCAL, of, by))


def total(of: str, by: str) -> str:
    """The name of a total derivative."""
    return str(Quantity(Kind.TOTAL, of, by))


def updated(parameter: str) -> str:
    """The name of an updated parameter."""
    return str(Quantity(Kind.UPDATED, parameter))


def at_step(name: str, step: int) -> str:
    """The name of a quantity of the first step in the k-th: X@k, in the first step X."""
    return name if step == 1 else str(quantity(name).at(step))


def before_update(name: str) -> str:
    """The parameter that an update starts from: w for w_new, w_new@2 for w_new@3."""
    parsed = quantity(name)
    return parsed.of if parsed.step == 1 else str(parsed.at(parsed.step - 1))


def label(name: str) -> str:
    """A quantity's name as people write it: dx6/dx2 for local partials too."""
    return name.replace("∂", "d") if name.startswith("∂") else name


def shown_text(formula: Expression) -> str:
    """A formula as text, local partials written as people write them."""
    return to_text(formula).replace("∂", "d")
