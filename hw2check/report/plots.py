"""Small plots as SVG: a line of values, and bars in a row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from markupsafe import Markup

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 78, 14, 14, 34


def line_plot(values: Sequence[float], name: str) -> Markup:
    """The values over their numbers, from 1; those that are not finite are left out."""
    finite = [value for value in values if math.isfinite(value)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    span = (high - low) or 1.0
    across, up = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(number: int, value: float) -> tuple[float, float]:
        return LEFT + across * number / max(1, len(values) - 1), TOP + up * (high - value) / span

    points = [place(number, value) for number, value in enumerate(values) if math.isfinite(value)]
    way = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    told = f"{name} from {values[0]:.6g} at step 1 to {values[-1]:.6g} at step {len(values)}"
    dots = "".join(f'<circle class="tip" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in points[:200])
    texts = (
        (LEFT - 8, TOP + 4, "end", f"{high:.4g}"),
        (LEFT - 8, HEIGHT - BOTTOM + 4, "end", f"{low:.4g}"),
        (LEFT, HEIGHT - 10, "middle", "1"),
        (WIDTH - RIGHT - 4, HEIGHT - 10, "end", str(len(values))),
        (LEFT + across / 2, HEIGHT - 10, "middle", "step"),
    )
    labels = "".join(
        f'<text class="title" x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{escape(text)}</text>'
        for x, y, anchor, text in texts
    )
    axes = f"M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}"
    return Markup(  # noqa: S704  # numbers, and a name that is escaped
        f'<svg class="hw2" role="img" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' aria-label="{escape(told)}"><rect class="paper" width="100%" height="100%"/>'
        f'<path class="way" d="{axes}"/><g class="path"><polyline class="way" points="{way}"/></g>'
        f"{dots}{labels}</svg>"
    )


def bar(parts: Sequence[tuple[str, int]], whole: int, told: str) -> Markup:
    """A bar of parts beside each other.

    parts  the class of each, and its size
    whole  what the whole width stands for
    told   what it shows, in words
    """
    drawn, start = [], 0.0
    for kind, size in parts:
        width = 100 * size / whole if whole else 0.0
        if width:
            drawn.append(f'<rect class="{kind}" x="{start:.2f}" width="{width:.2f}" height="10"/>')
        start += width
    return Markup(  # noqa: S704  # numbers, and words that are escaped
        f'<svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{escape(told)}">'
        f"{''.join(drawn)}</svg>"
    )
