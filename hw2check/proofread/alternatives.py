"""Other values that the names of a failing step may have: what the document said before, or shows rounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from hw2check.proofread.bindings import Bindings
from hw2check.proofread.literals import literal_of
from hw2check.proofread.points import Points
from hw2check.proofread.world import World

MAX_TRIED = 6  # names whose other values are tried one by one
MAX_TRIES = 3000  # in one document


class Alternative(NamedTuple):
    """A reading that the document allows beside the likeliest one."""

    points: Points
    reason: str


def alternatives(
    world: World, bindings: Bindings, used: Iterable[str], updated: set[str]
) -> Iterator[Alternative]:
    """The readings that some names, or what they depend on, may have here, the likelier first.

    updated  parameters whose update the document has already made
    """
    direct = set(used)
    lineage = world.lineage(direct)
    new = {name: literal_of(world.points[f"{name}_new"][0]) for name in sorted(updated & lineage)}
    known_new = {name: value for name, value in new.items() if value is not None}
    if known_new:
        yield Alternative(world.with_stated(known_new), "with the updated values")
    bound = [name for name in sorted(lineage) if name in bindings.known]
    shown = {name: bindings.known[name].shown[0] for name in bound if bindings.known[name].shown}
    if shown:
        yield Alternative(world.with_stated(shown), "with the rounded values that are stated")
    if len(shown) > 1:
        for name in list(shown)[:MAX_TRIED]:
            yield Alternative(world.with_stated({name: shown[name]}), f"with the stated value of {name}")
    settled = {name for name in direct if bindings.is_firm(name)}
    earlier = [name for name in bound if bindings.known[name].older and name not in settled]
    for name in earlier[:MAX_TRIED]:
        for before in bindings.known[name].older:
            yield Alternative(world.with_stated({name: before}), f"with an earlier value of {name}")
