"""Where boxes, arrows and labels stand: laid out by Graphviz's dot, which comes with pygraphviz from PyPI.

The layered drawing is that of E. Gansner, E. Koutsofios, S. North and K. Vo, A technique for drawing directed
graphs (1993). Graphviz is told the size of every box and label, so that the layout does not depend on the
fonts of the machine, and what is drawn into them has room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from hw2check.draw.drawing import Arrow, Box, Drawing
from hw2check.errors import HW2CheckError

if TYPE_CHECKING:
    from pygraphviz import AGraph

CHARACTER = 7.4  # units of a character of a box's text: wider than those of the usual fonts at TEXT
SMALL = 6.2  # and of a label
TEXT = 12  # size of type, of boxes
LABEL = 10  # and of labels
LEADING = 16  # units from line to line
LABEL_LEADING = 13
PADDING = 9
INCH = 72  # units

Point = tuple[float, float]


class Frame(NamedTuple):
    """A rectangle by its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> Point:
        """Its centre."""
        return self.x + self.width / 2, self.y + self.height / 2

    def overlaps(self, other: Frame) -> bool:
        """Whether the two have a part in common."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


class Curve(NamedTuple):
    """An arrow's way: the points of cubic Bezier curves, and its tip."""

    points: tuple[Point, ...]
    tip: Point
    label: Frame | None


@dataclass(frozen=True, slots=True)
class Layout:
    """All places, y downwards."""

    width: float
    height: float
    boxes: dict[str, Frame]
    curves: tuple[Curve, ...]  # in the order of the arrows
    groups: tuple[tuple[Frame, Frame], ...]  # each with its title's


def box_size(box: Box) -> tuple[float, float]:
    """Width and height in units."""
    widest = max(len(line.text) for line in box.lines)
    return widest * CHARACTER + 2 * PADDING, len(box.lines) * LEADING + 2 * PADDING - 4


def label_size(lines: tuple[str, ...], character: float = SMALL) -> tuple[float, float]:
    """Width and height of an arrow's label, or of a title, in units."""
    return max(map(len, lines)) * character + 6, len(lines) * LABEL_LEADING + 4


def lay_out(drawing: Drawing, *, vertical: bool = False) -> Layout:
    """Raises HW2CheckError where pygraphviz is not installed."""
    graph = _graphviz(drawing, vertical)
    graph.layout(prog="dot")
    left, bottom, right, top = _numbers(graph.graph_attr["bb"])
    flip = _Flip(left, top)
    boxes = {}
    for box in drawing.boxes:
        width, height = box_size(box)
        (middle,) = flip.points(graph.get_node(box.key).attr["pos"])
        boxes[box.key] = _around(middle, width, height)
    curves = tuple(_curve(graph, arrow, str(number), flip) for number, arrow in enumerate(drawing.arrows))
    taken = [*boxes.values(), *(curve.label for curve in curves if curve.label is not None)]
    groups = []
    for number, group in enumerate(drawing.groups):
        attributes = graph.get_subgraph(f"cluster_{number}").graph_attr
        x, y, across, up = _numbers(attributes["bb"])
        frame = Frame(x - left, top - up, across - x, up - y)
        title = _free_place(frame, label_size((group.title,), CHARACTER), taken)
        taken.append(title)
        groups.append((frame, title))
    return Layout(right - left, top - bottom, boxes, curves, tuple(groups))


def _graphviz(drawing: Drawing, vertical: bool) -> AGraph:
    graph = _new_graph()
    graph.graph_attr.update(rankdir="TB" if vertical else "LR", nodesep="0.3", ranksep="0.45")
    for box in drawing.boxes:
        width, height = box_size(box)
        graph.add_node(
            box.key, label="", shape="box", fixedsize="true", width=width / INCH, height=height / INCH
        )
    for number, arrow in enumerate(drawing.arrows):
        attributes = {"label": _spacer(*label_size(arrow.label))} if arrow.label else {}
        graph.add_edge(arrow.source, arrow.target, key=str(number), **attributes)
    for number, group in enumerate(drawing.groups):
        label = _spacer(*label_size((group.title,), CHARACTER))
        graph.add_subgraph(group.keys, name=f"cluster_{number}", label=label, margin="10")
    return graph


def _new_graph() -> Any:
    try:
        from pygraphviz import AGraph
    except ImportError as error:
        raise HW2CheckError(
            f"pictures need pygraphviz: {error}",
            hint="pip install pygraphviz; -f tree, mermaid and dot do without",
        ) from None
    return AGraph(directed=True, strict=False)


def _spacer(width: float, height: float) -> str:
    """A label of a fixed size without text, as Graphviz's HTML-like labels have it."""
    size = f'FIXEDSIZE="TRUE" WIDTH="{width:.0f}" HEIGHT="{height:.0f}"'
    bare = 'BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0"'
    return f"<<TABLE {bare}><TR><TD {size}></TD></TR></TABLE>>"


class _Flip(NamedTuple):
    """Graphviz measures upwards from below."""

    left: float
    top: float

    def points(self, text: str) -> tuple[Point, ...]:
        pairs = (_numbers(pair) for pair in text.split())
        return tuple((x - self.left, self.top - y) for x, y in pairs)


def _curve(graph: AGraph, arrow: Arrow, key: str, flip: _Flip) -> Curve:
    attributes = graph.get_edge(arrow.source, arrow.target, key).attr
    way = attributes["pos"]
    end, *others = way.removeprefix("e,").split()  # Graphviz marks the end of each directed edge
    points = flip.points(" ".join(others))
    (tip,) = flip.points(end)
    label = None
    if arrow.label:
        (middle,) = flip.points(attributes["lp"])
        label = _around(middle, *label_size(arrow.label))
    return Curve(points, tip, label)


def _free_place(frame: Frame, size: tuple[float, float], taken: Sequence[Frame]) -> Frame:
    """A place for a title in the strip along the top of a group that nothing else has."""
    most = max(frame.width - size[0], 0.0)
    places = [Frame(frame.x + most * part / 20, frame.y + 2, *size) for part in range(21)]
    return next((place for place in places if not any(map(place.overlaps, taken))), places[0])


def _around(middle: Point, width: float, height: float) -> Frame:
    return Frame(middle[0] - width / 2, middle[1] - height / 2, width, height)


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.split(",")]
