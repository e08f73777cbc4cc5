"""A picture as a tree of text: the loss first, below each node what it is computed from."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from hw2check.draw.drawing import Arrow, Box, Drawing, Line, Part
from hw2check.errors import plain

COLOURS = {
    Part.NAME: "bold",
    Part.FORMULA: "default",
    Part.VALUE: "default",
    Part.GRADIENT: "magenta",
    Part.UPDATE: "cyan",
    Part.VERDICT: "bold red",
}


def print_tree(drawing: Drawing, console: Console) -> None:
    """Prints the tree of each quantity that nothing else uses; what stands above already is only named."""
    console.print(Text(plain(drawing.title), style="bold"), soft_wrap=True)
    boxes = {box.key: box for box in drawing.boxes}
    into: dict[str, list[Arrow]] = {}
    for arrow in drawing.arrows:
        into.setdefault(arrow.target, []).append(arrow)
    used = {arrow.source for arrow in drawing.arrows}
    seen: set[str] = set()
    for box in drawing.boxes:
        if box.key not in used:
            tree = Tree(_label(box, None), guide_style="default")
            _grow(tree, box, boxes, into, seen)
            console.print(tree, highlight=False)


def _grow(tree: Tree, box: Box, boxes: dict[str, Box], into: dict[str, list[Arrow]], seen: set[str]) -> None:
    waiting = [(tree, box.key)]
    while waiting:
        branch, key = waiting.pop()
        for arrow in into.get(key, ()):
            source = boxes[arrow.source]
            is_new = source.name not in seen
            seen.add(source.name)
            grown = branch.add(_label(source if is_new else None, arrow, source.name))
            if is_new:
                waiting.append((grown, source.key))


def _label(box: Box | None, arrow: Arrow | None, name: str = "") -> Text:
    """The lines of a box in one, and the partial by which the node above takes it in."""
    if box is None:
        text = Text.assemble((plain(name), "bold"), "  (as above)")
    else:
        text = Text()
        is_array = sum(line.part is Part.VALUE for line in box.lines) > 1
        before: Part | None = None
        for line in box.lines:
            own = line.part in _OWN_LINES or (line.part is Part.VALUE and is_array)
            text.append("\n" if own else "" if before is None else " " if before is line.part else "  ")
            shown = line.text.strip() if line.part is Part.FORMULA else line.text
            text.append(plain(shown), style=_colour(line))
            before = line.part
        if box.on_path:
            text.append("  ●", style="blue")
    if arrow is not None and arrow.label:
        text.append(f"\n∂: {plain('  '.join(arrow.label))}", style="dim")
    return text


_OWN_LINES = {Part.GRADIENT, Part.UPDATE, Part.VERDICT}


def _colour(line: Line) -> str:
    return "yellow" if line.verdict == "carried" else COLOURS[line.part]
