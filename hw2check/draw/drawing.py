"""What a picture of a computation graph shows: boxes with lines of text, arrows with labels, groups.

A box is a quantity: its formula, its value, and below it the gradient of the loss by it. An arrow leads from
an input to the node that uses it, and its label is the local partial. How it looks, the renderers say.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

DEEP = 8  # arrows one after the other, from which on a picture goes down the page


class Role(Enum):
    """What a box stands for."""

    GIVEN = "given"
    PARAMETER = "parameter"
    NODE = "node"
    LOSS = "loss"


class Part(Enum):
    """What a line of a box tells."""

    NAME = "name"
    FORMULA = "formula"
    VALUE = "value"
    GRADIENT = "gradient"
    UPDATE = "update"
    VERDICT = "verdict"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text."""

    part: Part
    text: str
    verdict: str = ""  # on what the line tells; empty where nothing was answered


@dataclass(frozen=True, slots=True)
class Box:
    """One quantity."""

    key: str  # unlike that of every other box
    name: str
    role: Role
    lines: tuple[Line, ...]
    verdict: str = (
        ""  # the worst of the answers about it: wrong, carried, ..., correct; empty without answers
    )
    on_path: bool = False
    again: bool = False  # a parameter that has its box elsewhere: repeated where it is used


@dataclass(frozen=True, slots=True)
class Arrow:
    """From an input to the node that uses it."""

    source: str  # keys of boxes
    target: str
    label: tuple[str, ...]  # the local partial: its formula, its value
    verdict: str = ""
    on_path: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Boxes that are drawn in a frame: a layer, or a step of a recurrent one."""

    title: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole picture."""

    title: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    groups: tuple[Group, ...] = ()
    path: str = ""  # the quantity whose way to the loss is marked
    has_gradients: bool = False
    judged: bool = False

    def box(self, key: str) -> Box:
        """The box of a key; raises StopIteration where there is none."""
        return next(box for box in self.boxes if box.key == key)

    @property
    def depth(self) -> int:
        """How many arrows follow on each other at most."""
        deep: dict[str, int] = {}
        for arrow in self.arrows:  # those into a box come before those out of it
            deep[arrow.target] = max(deep.get(arrow.target, 0), deep.get(arrow.source, 0) + 1)
        return max(deep.values(), default=0)

    @property
    def is_deep(self) -> bool:
        """Whether it is better drawn down the page than across."""
        return self.depth > DEEP

    @property
    def alternative(self) -> str:
        """What the picture shows, in words."""
        nodes = sum(box.role is Role.NODE for box in self.boxes)
        parts = [f"A computation graph of {nodes} {'node' if nodes == 1 else 'nodes'}."]
        told = (box.lines for box in self.boxes if not box.again)
        parts += ["; ".join(line.text.strip() for line in lines) + "." for lines in told]
        return " ".join(parts)
