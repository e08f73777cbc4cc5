"""Answers that explain each other in a circle: each may be true, and none is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from hw2check.formula.quantity import label
from hw2check.formula.tree import names
from hw2check.problem.answers import Answer
from hw2check.truth.derived import Truth


def circles(truth: Truth, answers: Mapping[str, Answer]) -> dict[str, str]:
    """The answers whose formula rests on themselves, each with the reason.

    An answer with a formula rests on the names in it, any other quantity on what it is derived from: a value,
    an update and a gradient alike.
    """
    mentions = {key: names(answer.formula) for key, answer in answers.items() if answer.formula is not None}

    def rests_on(name: str) -> Iterable[str]:
        if name in mentions:
            return mentions[name]
        node = truth.graph.by_name.get(name)
        return node.inputs if node else ()

    reasons = {}
    for group in _rings(mentions, rests_on):
        for key in (name for name in group if name in mentions):
            others = sorted(label(name) for name in mentions[key] if name in group)
            if len(group & mentions.keys()) > 1:
                reasons[key] = f"it and {', '.join(others)} are explained by each other"
            else:
                reasons[key] = f"it is explained by {others[0]}, which itself follows from {label(key)}"
    return reasons


def _rings(starts: Iterable[str], rests_on: Callable[[str], Iterable[str]]) -> list[set[str]]:
    """The groups of names that all rest on each other (R. Tarjan 1972), without recursion."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    waiting: list[str] = []
    inside: set[str] = set()
    rings: list[set[str]] = []
    for start in starts:
        if start in number:
            continue
        number[start] = lowest[start] = len(number)
        waiting.append(start)
        inside.add(start)
        path = [(start, iter(rests_on(start)))]
        while path:
            name, rest = path[-1]
            following = next(rest, None)
            if following is None:
                path.pop()
                if path:
                    lowest[path[-1][0]] = min(lowest[path[-1][0]], lowest[name])
                if lowest[name] == number[name]:
                    ring = {waiting.pop()}
                    while name not in ring:
                        ring.add(waiting.pop())
                    inside -= ring
                    if len(ring) > 1 or name in rests_on(name):
                        rings.append(ring)
            elif following not in number:
                number[following] = lowest[following] = len(number)
                waiting.append(following)
                inside.add(following)
                path.append((following, iter(rests_on(following))))
            elif following in inside:
                lowest[name] = min(lowest[name], number[following])
    return rings
