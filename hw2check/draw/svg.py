"""A picture as SVG: one file without scripts or anything from elsewhere, in a light and a dark theme."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from hw2check.draw.drawing import Arrow, Box, Drawing, Part, Role
from hw2check.draw.layout import (
    LABEL,
    LABEL_LEADING,
    LEADING,
    PADDING,
    TEXT,
    Curve,
    Frame,
    Layout,
    lay_out,
)
from hw2check.errors import plain

NAMESPACE = "http://www.w3.org/2000/svg"
MARGIN = 16.0
TITLE = 30.0  # height of the line with the title
LEGEND = 26.0  # height of the line below
STYLE = """\
.hw2 { --ink: #1b1f24; --soft: #57606a; --paper: #ffffff; --node: #ffffff; --given: #f3f4f6;
  --parameter: #e8f1fb; --gradient: #6f42c1; --update: #0b5a52; --bad: #b3261e; --carried: #7a4d00;
  --path: #0a58ca; --frame: #768390; --group: #f8fafc; }
@media (prefers-color-scheme: dark) {
  .hw2 { --ink: #e6edf3; --soft: #a5b0bb; --paper: #0d1117; --node: #161b22; --given: #21262d;
    --parameter: #12263f; --gradient: #d2a8ff; --update: #7ee2d1; --bad: #ff9a91; --carried: #f0b955;
    --path: #79b8ff; --frame: #6e7681; --group: #11161d; } }
.hw2 text { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, "Liberation Mono", monospace;
  font-size: 12px; fill: var(--ink); white-space: pre; }
.hw2 .paper { fill: var(--paper); }
.hw2 .box { fill: var(--node); stroke: var(--frame); stroke-width: 1.2; }
.hw2 .given .box { fill: var(--given); }
.hw2 .parameter .box { fill: var(--parameter); }
.hw2 .again .box { stroke-dasharray: 2 3; }
.hw2 .loss .box { stroke-width: 2.4; }
.hw2 .group { fill: var(--group); stroke: var(--frame); stroke-width: 1; stroke-dasharray: 6 4; }
.hw2 .name, .hw2 .heading { font-weight: bold; }
.hw2 .heading { font-size: 14px; }
.hw2 .formula, .hw2 .label, .hw2 .title { fill: var(--soft); }
.hw2 .label { font-size: 10px; }
.hw2 .gradient { fill: var(--gradient); }
.hw2 .update { fill: var(--update); }
.hw2 .way { fill: none; stroke: var(--soft); stroke-width: 1.2; }
.hw2 .tip { fill: var(--soft); }
.hw2 .path .way { stroke: var(--path); stroke-width: 3; }
.hw2 .path .tip { fill: var(--path); }
.hw2 .path .box { stroke: var(--path); stroke-width: 3; }
.hw2 .path .label { fill: var(--path); }
.hw2 .bad .box { stroke: var(--bad); stroke-width: 3; }
.hw2 .verdict { font-weight: bold; }
.hw2 .verdict.bad, .hw2 .bad .label { fill: var(--bad); }
.hw2 .carried .box { stroke: var(--carried); stroke-width: 2.4; stroke-dasharray: 7 3; }
.hw2 .verdict.carried, .hw2 .carried .label { fill: var(--carried); }
"""
_CLASSES = {"correct": "right", "close": "right", "": "", "carried": "carried", "undecided": "carried"}


def svg(drawing: Drawing, *, vertical: bool = False, style: bool = True) -> str:
    """The picture as text.

    vertical  from top to bottom, not from left to right
    style     with its own style sheet; without it, where the page around it has STYLE
    Raises HW2CheckError where pygraphviz is not installed.
    """
    layout = lay_out(drawing, vertical=vertical)
    legend = _legend(drawing)
    width = max(layout.width, len(legend) * LABEL * 0.62, len(drawing.title) * 8.8) + 2 * MARGIN
    height = layout.height + 2 * MARGIN + TITLE + LEGEND
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    title = plain(drawing.title)
    parts = [
        f'<svg xmlns="{NAMESPACE}" class="hw2" {size} role="img" aria-label={quoteattr(title)}>',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(plain(drawing.alternative))}</desc>",
    ]
    if style:
        parts.append(f"<style>{STYLE}</style>")
    parts += [
        '<rect class="paper" width="100%" height="100%"/>',
        _text(MARGIN, MARGIN + 12, title, "heading"),
        f'<g transform="translate({MARGIN:.0f} {MARGIN + TITLE:.0f})">',
        *_body(drawing, layout),
        "</g>",
        _text(MARGIN, height - MARGIN, legend, "label"),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _legend(drawing: Drawing) -> str:
    parts = ["in boxes: the value"]
    if drawing.has_gradients:
        parts = ["in boxes: the value, below it the gradient of the loss", "on arrows: the local partial"]
    if drawing.path:
        parts.append(f"thick: the way of {plain(drawing.path)} to the loss")
    if drawing.judged:
        parts.append("✓ ✗ ↳: the answers")
    return "; ".join(parts)


def _body(drawing: Drawing, layout: Layout) -> Iterator[str]:
    for group, (frame, title) in zip(drawing.groups, layout.groups, strict=True):
        yield _rectangle(frame, "group", 8)
        yield _text(title.middle[0], title.y + TEXT + 2, group.title, "title", middle=True)
    for arrow, curve in zip(drawing.arrows, layout.curves, strict=True):
        yield from _arrow(arrow, curve)
    for box in drawing.boxes:
        yield from _box(box, layout.boxes[box.key])


def _box(box: Box, frame: Frame) -> Iterator[str]:
    roles = {Role.GIVEN: "given", Role.PARAMETER: "parameter", Role.NODE: "node", Role.LOSS: "loss"}
    classes = [roles[box.role], _CLASSES.get(box.verdict, "bad")]
    classes += ["path"] * box.on_path + ["again"] * box.again
    yield f'<g class="{" ".join(filter(None, classes))}">'
    yield _rectangle(frame, "box", 6)
    for number, line in enumerate(box.lines):
        y = frame.y + PADDING + number * LEADING + TEXT - 2
        kind = line.part.value
        if line.part is Part.VERDICT:
            kind = f"verdict {_CLASSES.get(line.verdict, 'bad')}"
        yield _text(frame.x + PADDING, y, line.text, kind)
    yield "</g>"


def _arrow(arrow: Arrow, curve: Curve) -> Iterator[str]:
    classes = ["arrow", _CLASSES.get(arrow.verdict, "bad"), "path" if arrow.on_path else ""]
    yield f'<g class="{" ".join(filter(None, classes))}">'
    (x, y), *rest = curve.points
    curves = " ".join(f"{a:.1f} {b:.1f}" for a, b in rest)
    yield f'<path class="way" d="M{x:.1f} {y:.1f} C{curves}"/>'
    yield _tip(curve.points[-1], curve.tip)
    if curve.label is not None:
        for number, line in enumerate(arrow.label):
            y = curve.label.y + LABEL + 1 + number * LABEL_LEADING
            yield _text(curve.label.middle[0], y, line, "label", middle=True)
    yield "</g>"


def _tip(start: tuple[float, float], tip: tuple[float, float]) -> str:
    """A triangle from the end of the way to its tip."""
    dx, dy = tip[0] - start[0], tip[1] - start[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    ux, uy = -dy / length * 4, dx / length * 4
    corners = ((start[0] + ux, start[1] + uy), (start[0] - ux, start[1] - uy), tip)
    return f'<polygon class="tip" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in corners)}"/>'


def _rectangle(frame: Frame, kind: str, radius: int) -> str:
    place = f'x="{frame.x:.1f}" y="{frame.y:.1f}" width="{frame.width:.1f}" height="{frame.height:.1f}"'
    return f'<rect class="{kind}" {place} rx="{radius}"/>'


def _text(x: float, y: float, text: str, kind: str, *, middle: bool = False) -> str:
    anchor = ' text-anchor="middle"' if middle else ""
    place = f'x="{x:.1f}" y="{y:.1f}"{anchor}'
    return f'<text class="{kind}" {place} xml:space="preserve">{escape(plain(text))}</text>'
