"""The problem that a document implies, as a file: what is given, how the rest is computed, and the answers.

It is a draft: what the document says in words, or cannot be written in a problem file, is left to the reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from hw2check.errors import HW2CheckError
from hw2check.formula.functions import Array
from hw2check.formula.text import to_text
from hw2check.formula.tree import Expression, Matrix, Neg, Number, is_closed, names
from hw2check.proofread.document import Document
from hw2check.proofread.proof import Proof, Stated
from hw2check.proofread.proofreading import proofread
from hw2check.proofread.world import World

_NAME = re.compile(r"[^\W\d_]\w*\Z")
_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
_LOSSES = ("Loss", "loss", "L", "J", "E", "C", "cost")
_RATES = frozenset({"eta", "alpha", "lr", "learning_rate"})
MAX_ENTRIES = 10_000  # of a matrix that is written out


def problem_text(document: Document) -> str:
    """A problem file in TOML; raises HW2CheckError where the document states no value and no formula."""
    proof = proofread(document, [])
    world = proof.world
    known = [name for name in (*world.given, *world.nodes) if _NAME.match(name)]
    nodes = {name: node.formula for name, node in world.nodes.items() if name in world.written}
    usable = _usable(nodes, set(known))
    if not usable and not world.given:
        hint = "it must state values ($x = 2$) or formulas ($z = wx + b$)"
        raise HW2CheckError(f"{document.file}: no problem can be seen in this document", hint=hint)
    loss = _loss(proof, usable)
    blocks = (
        _head(document.file),
        _top(proof, loss),
        _table("given", "What the document gives.", _given(world, usable)),
        _table("nodes", "How it computes the rest.", _nodes(nodes, usable)),
        _table(
            "expected", "What it states: values and formulas, right or wrong.", _expected(proof, usable, loss)
        ),
    )
    return "\n".join(block for block in blocks if block)


def _usable(nodes: Mapping[str, Expression], known: set[str]) -> list[str]:
    """The nodes whose names are all given or nodes, in order."""
    usable = {name for name in nodes if name in known}
    given = known - nodes.keys()
    while open_ := {name for name in usable if not set(names(nodes[name])) <= given | usable}:
        usable -= open_
    return [name for name in nodes if name in usable]


def _head(file: str) -> str:
    name = " ".join(file.split())
    return (
        f"# The problem that {name} implies, for hw2check. It is a draft: correct it by hand, then run\n"
        f"#   hw2check check FILE                      judges the answers at its end\n"
        f"#   hw2check proofread -p FILE {name}   checks every step of the document by it\n"
    )


def _loss(proof: Proof, usable: Sequence[str]) -> str:
    """The node whose derivatives the document states, or one that is called so."""
    derivatives = proof.world.derivatives
    stated = {s.quantity for s in proof.stated}
    derived = {derivatives[name].of for name in stated if name in derivatives}
    return next((name for name in _LOSSES if name in usable), next((n for n in usable if n in derived), ""))


def _top(proof: Proof, loss: str) -> str:
    world = proof.world
    lines = []
    rate = next((name for name in world.given if name in _RATES and not world.given[name].shape), "")
    if loss and rate:
        by = [world.derivatives[s.quantity].by for s in proof.stated if s.quantity in world.derivatives]
        parameters = [name for name in dict.fromkeys(by) if name in world.given]
        lines += [f"learning_rate = {_written(world.given[rate])}"]
        lines += [f"parameters = [{', '.join(map(_quoted, parameters))}]"] if parameters else []
    lines += [f"loss = {_quoted(loss)}"] if loss else []
    return "".join(f"{line}\n" for line in lines)


def _given(world: World, usable: Sequence[str]) -> Iterator[str]:
    for name, array in world.given.items():
        if name in usable:
            continue
        if not _NAME.match(name) or array.size > MAX_ENTRIES:
            yield f"# {' '.join(name.split())} is not written here"
        else:
            yield f"{_key(name)} = {_written(array)}"


def _nodes(nodes: Mapping[str, Expression], usable: Sequence[str]) -> Iterator[str]:
    for name, formula in nodes.items():
        line = f"{_key(name)} = {_quoted(to_text(formula))}"
        yield line if name in usable else f"# {' '.join(line.split())}   # uses names without a value"


def _expected(proof: Proof, usable: Sequence[str], loss: str) -> Iterator[str]:
    world = proof.world
    by_name: dict[str, list[Stated]] = {}
    for stated in proof.stated:
        by_name.setdefault(stated.quantity, []).append(stated)
    for name, found in by_name.items():
        derivative = world.derivatives.get(name)
        if name not in usable and (derivative is None or derivative.of not in {loss, *usable}):
            continue
        value = next((_value(s.expression) for s in reversed(found) if is_closed(s.expression)), "")
        known = {*usable, *world.given, *world.derivatives}
        open_ = (stated.expression for stated in found if not is_closed(stated.expression))
        formulas = [formula for formula in open_ if set(names(formula)) <= known]
        formula = _quoted(to_text(formulas[-1])) if formulas and name not in usable else ""
        if formula and value:
            yield f"{_key(name)} = {{ formula = {formula}, value = {value} }}"
        elif formula or value:
            yield f"{_key(name)} = {formula or value}"


def _value(tree: Expression) -> str:
    """A value with the digits that are written."""
    if isinstance(tree, Number):
        return tree.numeral.text if _is_toml(tree.numeral.text) else _quoted(tree.numeral.text)
    if isinstance(tree, Neg) and isinstance(tree.operand, Number) and _is_toml(tree.operand.numeral.text):
        return f"-{tree.operand.numeral.text}"
    if isinstance(tree, Matrix):
        rows = [f"[{', '.join(_value(entry) for entry in row)}]" for row in tree.rows]
        return rows[0] if tree.flat and len(rows) == 1 else f"[{', '.join(rows)}]"
    return _quoted(to_text(tree))


def _is_toml(number: str) -> bool:
    return re.fullmatch(r"(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?", number) is not None


def _written(array: Array) -> str:
    if array.ndim:
        return f"[{', '.join(_written(part) for part in array)}]"
    value = float(array)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _table(title: str, comment: str, lines: Iterator[str]) -> str:
    body = "".join(f"{line}\n" for line in lines)
    return f"# {comment}\n[{title}]\n{body}" if body else ""


def _key(name: str) -> str:
    return name if _BARE.match(name) else _quoted(name)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
