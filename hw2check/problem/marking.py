"""What a problem asks of its answers."""

from __future__ import annotations

from typing import NamedTuple


class Rules(NamedTuple):
    """What a problem asks of a number beyond the digits that are written."""

    decimals: int | None = None  # at least as many
    significant: int | None = None  # at least as many significant digits
    rtol: float | None = None  # set: |written - truth| <= atol + rtol*|truth| decides, nothing else
    atol: float | None = None


PLAIN = Rules()
