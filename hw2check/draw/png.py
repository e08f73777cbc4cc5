"""A picture as PNG: the SVG in its light theme, drawn by resvg."""

from __future__ import annotations

import re

from hw2check.draw.drawing import Drawing
from hw2check.draw.svg import STYLE, svg
from hw2check.errors import HW2CheckError

ZOOM = 2  # pixels of a unit, so that it is sharp on a dense screen


def png(drawing: Drawing, *, vertical: bool = False) -> bytes:
    """Raises HW2CheckError where resvg-py is not installed."""
    try:
        from resvg_py import svg_to_bytes
    except ImportError as error:
        raise HW2CheckError(
            f"PNG needs resvg-py: {error}", hint='pip install "hw2check[png]"; -f svg does without'
        ) from None
    text = svg(drawing, vertical=vertical, style=False)
    styled = text.replace("</desc>", f"</desc>\n<style>{light_style()}</style>", 1)
    return bytes(svg_to_bytes(svg_string=styled, zoom=ZOOM, font_family="monospace"))


def light_style() -> str:
    """STYLE in the light theme without variables, which resvg does not know."""
    light, _, rest = STYLE.partition("@media")
    colours = dict(re.findall(r"(--\w+): (#\w+);", light))
    rules = rest[rest.index("} }") + 3 :]
    return re.sub(r"var\((--\w+)\)", lambda match: colours[match[1]], rules)
