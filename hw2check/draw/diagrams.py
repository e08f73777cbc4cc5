"""A picture in the languages of other programs: Mermaid for Markdown pages, DOT for Graphviz."""

from __future__ import annotations

import json
from collections.abc import Iterator

from hw2check.draw.drawing import Arrow, Box, Drawing, Role
from hw2check.errors import plain

MERMAID_CLASSES = """\
    classDef given fill:#f3f4f6,stroke:#768390,color:#1b1f24
    classDef parameter fill:#e8f1fb,stroke:#768390,color:#1b1f24
    classDef node fill:#ffffff,stroke:#768390,color:#1b1f24
    classDef loss fill:#ffffff,stroke:#57606a,stroke-width:3px,color:#1b1f24
    classDef path stroke:#0a58ca,stroke-width:4px
    classDef wrong stroke:#b3261e,stroke-width:4px
    classDef carried stroke:#7a4d00,stroke-width:3px,stroke-dasharray:7 3
"""
_FILLS = {Role.GIVEN: "#f3f4f6", Role.PARAMETER: "#e8f1fb", Role.NODE: "#ffffff", Role.LOSS: "#ffffff"}
_STROKES = {"wrong": "#b3261e", "unreadable": "#b3261e", "missing": "#b3261e", "carried": "#7a4d00"}


def mermaid(drawing: Drawing, *, vertical: bool = False) -> str:
    """A flowchart as Mermaid has it, for a code block of that name in Markdown."""
    ids = {box.key: f"n{number}" for number, box in enumerate(drawing.boxes)}
    lines = [
        "---",
        f"title: {json.dumps(plain(drawing.title), ensure_ascii=False)}",
        "---",
        f"flowchart {'TB' if vertical else 'LR'}",
        *MERMAID_CLASSES.splitlines(),
    ]
    grouped = {key for group in drawing.groups for key in group.keys}
    for number, group in enumerate(drawing.groups):
        lines.append(f'    subgraph g{number}["{_entities(group.title)}"]')
        lines += ["    " + _mermaid_box(box, ids[box.key]) for box in drawing.boxes if box.key in group.keys]
        lines.append("    end")
    lines += [_mermaid_box(box, ids[box.key]) for box in drawing.boxes if box.key not in grouped]
    for arrow in drawing.arrows:
        label = f'|"{_breaks(arrow.label)}"|' if arrow.label else ""
        way = "==>" if arrow.on_path else "-->"
        lines.append(f"    {ids[arrow.source]} {way}{label} {ids[arrow.target]}")
    for box in drawing.boxes:
        lines += [f"    class {ids[box.key]} {name}" for name in _mermaid_classes(box)]
    return "\n".join(lines) + "\n"


def _mermaid_box(box: Box, name: str) -> str:
    return f'    {name}["{_breaks(tuple(line.text for line in box.lines))}"]'


def _mermaid_classes(box: Box) -> Iterator[str]:
    yield box.role.value
    if box.on_path:
        yield "path"
    if box.verdict in _STROKES:
        yield "carried" if box.verdict == "carried" else "wrong"


def _breaks(lines: tuple[str, ...]) -> str:
    return "<br/>".join(map(_entities, lines))


def _entities(text: str) -> str:
    """Text in which nothing is markup to Mermaid: all but letters, digits and a few signs by number."""
    return "".join(c if c.isalnum() or c in " .,=+-/()_" else f"#{ord(c)};" for c in plain(text))


def dot(drawing: Drawing, *, vertical: bool = False) -> str:
    """The picture for Graphviz."""
    lines = [
        "digraph {",
        f"  graph [rankdir={'TB' if vertical else 'LR'}, label={_quoted(drawing.title)}, labelloc=t];",
        '  node [shape=box, style="rounded,filled", fontname="monospace", fontsize=12];',
        '  edge [fontname="monospace", fontsize=10, color="#57606a", fontcolor="#57606a"];',
    ]
    grouped = {key for group in drawing.groups for key in group.keys}
    for number, group in enumerate(drawing.groups):
        lines.append(f"  subgraph cluster_{number} {{")
        lines.append(f"    label={_quoted(group.title)}; style=dashed;")
        lines += ["  " + _dot_box(box) for box in drawing.boxes if box.key in group.keys]
        lines.append("  }")
    lines += [_dot_box(box) for box in drawing.boxes if box.key not in grouped]
    lines += map(_dot_arrow, drawing.arrows)
    return "\n".join([*lines, "}"]) + "\n"


def _dot_box(box: Box) -> str:
    label = "".join(_escaped(line.text) + r"\l" for line in box.lines)
    stroke = _STROKES.get(box.verdict, "#0a58ca" if box.on_path else "#768390")
    width = 3 if box.on_path or box.verdict in _STROKES else 1
    return (
        f'  {_quoted(box.key)} [label="{label}", fillcolor="{_FILLS[box.role]}",'
        f' color="{stroke}", penwidth={width}];'
    )


def _dot_arrow(arrow: Arrow) -> str:
    label = r"\n".join(map(_escaped, arrow.label))
    thick = ', penwidth=3, color="#0a58ca"' if arrow.on_path else ""
    return f'  {_quoted(arrow.source)} -> {_quoted(arrow.target)} [label="{label}"{thick}];'


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return plain(text).replace("\\", "\\\\").replace('"', '\\"')
