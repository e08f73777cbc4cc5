"""Sides with names that stand for any number: identities, and equations that say what the names are."""

from __future__ import annotations

from hw2check.formula.tree import Expression, Name, children, is_closed, names, substitute
from hw2check.proofread.bindings import Bindings
from hw2check.proofread.closed import Rounded, compare_closed
from hw2check.proofread.sameness import (
    CLOSE,
    HOLDS,
    ROUNDED,
    UNKNOWN,
    WRONG,
    Outcome,
    equal_at_points,
)
from hw2check.proofread.world import World


def with_unknowns(
    world: World, bindings: Bindings, rounded: Rounded, left: Expression, right: Expression
) -> Outcome:
    """Sides with names that stand for any number: an identity, or an equation that says what they are."""
    outcome = equal_at_points(left, right, world.points)
    if outcome.verdict != WRONG:
        return outcome
    shown = with_shown(world, bindings, rounded, left, right)
    if shown is not None:
        return shown
    if is_closed(left) or is_closed(right):
        return Outcome(UNKNOWN, undeclared(world, left, right))
    used = names(left), names(right)
    firm = all(map(bindings.is_firm, (*used[0], *used[1])))
    firm = firm or bool(children(left) and children(right))
    same = firm or (
        set(used[0]) == set(used[1]) and not isinstance(left, Name) and not isinstance(right, Name)
    )
    if not outcome.misfit and same:
        return outcome
    return Outcome(UNKNOWN, undeclared(world, left, right))


def undeclared(world: World, left: Expression, right: Expression) -> str:
    """Which name stands for any number, in words."""
    used = (*names(left), *names(right))
    return f"{next(name for name in used if world.is_loose((name,)))} is not declared"


def with_shown(
    world: World, bindings: Bindings, rounded: Rounded, left: Expression, right: Expression
) -> Outcome | None:
    """The sides with the values that are stated for names whose formulas rest on undeclared ones."""
    known = bindings.known
    used = {name for name in (*names(left), *names(right)) if world.is_loose((name,))}
    shown = {name: known[name].shown[0] for name in used if name in known and known[name].shown}
    if not shown or shown.keys() < used:
        return None
    ours, theirs = substitute(left, shown), substitute(right, shown)
    if not is_closed(ours) or not is_closed(theirs):
        return None
    outcome = compare_closed(ours, theirs, "=", world.points, rounded)
    is_right = outcome.verdict in {HOLDS, ROUNDED, CLOSE}
    return Outcome(outcome.verdict, "with the stated values") if is_right else None
