r"""A name before a bracket: a product, or what a function or operator gives that nobody defined.

E(X), P(A \mid B), D(a, n), h(x) are then one name, spelt as it is written; a node before its own inputs is
the node.
"""

from __future__ import annotations

from typing import NamedTuple

from hw2check.formula.names import GREEK, canonical
from hw2check.formula.notation import NotationError, Token
from hw2check.formula.tree import Expression, Name
from hw2check.latex.indices import entry_of
from hw2check.latex.parser import OPENING, LatexParser
from hw2check.latex.scope import Surroundings, UnclearError
from hw2check.latex.scripts import label_text

# Operators of statistics and of information theory: no names, unless they are declared.
_OPERATORS = frozenset(
    [
        *("E", "Var", "var", "V", "Cov", "cov", "Corr", "corr", "sd", "SD", "std", "SE", "se", "Bias", "MSE"),
        *("P", "Pr", "Prob", "H", "I", "KL", "D_KL", "D_{KL}", "N", "U", "Bin", "Poisson", "Normal"),
        *("argmax", "argmin", "rank", "diag", "dim", "span", "Re", "Im", "gcd", "lcm", "deg", "card"),
    ]
)
_FUNCTION_LETTERS = frozenset(["f", "g", "h", "F", "G", "P", "Q", "phi", "psi", "Phi", "Psi"])
_WORDS = frozenset({"letters", "word", "textword", "operator"})
# One spelling for several in what a bracket holds.
_SPELT = {
    "mid": "|",
    "cap": "∩",
    "cup": "∪",
    "le": "<=",
    "leq": "<=",
    "ge": ">=",
    "geq": ">=",
    "gt": ">",
    "lt": "<",
}
# In a bracket they are no part of a product's factor.
_APPLYING = frozenset({",", ";", "mid", "rel", "colon", "set", "quad"})


def is_operator(base: str) -> bool:
    """Whether what stands before a bracket is usually an operator such as E, Var, P."""
    return base in _OPERATORS


class _Head(NamedTuple):
    """What stands before the bracket."""

    base: str
    spelt: str  # with its subscripts and primes
    found: Expression | None  # what it stands for where it is a quantity


def read_applied(parser: LatexParser, base: str, spelt: str, found: Expression | None) -> Expression | None:
    """What a name and the bracket behind it mean together; None for a product.

    found  the quantity that the name alone stands for, if it is one
    """
    opening = parser.next
    if opening.kind not in {"(", "["}:
        return None
    inner = _inside(parser.tokens, parser.position, opening)
    if inner is None:
        return None
    head = _Head(base, spelt, found)
    if opening.kind == "[":
        return _indexed(parser, head, inner)
    if not _is_applied(parser, head, inner):
        return None
    parser.position += len(inner) + 2
    node = _own_node(parser.world, head, inner)
    return node if node is not None else _opaque(parser, head, inner, opening)


def _inside(tokens: list[Token], start: int, opening: Token) -> list[Token] | None:
    """The tokens up to the bracket that closes the one at a position; None where none does."""
    depth, closing = 0, OPENING[opening.kind]
    for position in range(start, len(tokens)):
        depth += (tokens[position].kind == opening.kind) - (tokens[position].kind == closing)
        if not depth:
            return tokens[start + 1 : position]
    return None


def _is_applied(parser: LatexParser, head: _Head, inner: list[Token]) -> bool:
    if _must_apply(inner):
        return True
    is_word = len(canonical(head.base)) > 1 and head.base not in GREEK
    if head.found is None:
        if is_operator(head.base) or "'" in head.spelt or is_word:
            return True
        likely = head.base in _FUNCTION_LETTERS or _is_lone(inner)
    elif _own_node(parser.world, head, inner) is not None:
        likely = True
    elif any(token.text == head.base for token in inner):  # h(1 - h)
        return False
    else:
        likely = isinstance(head.found, Name) and _is_name(inner)
        if not likely and not is_word and head.base not in _FUNCTION_LETTERS and not is_operator(head.base):
            return False
    meanings = ("application", "product") if likely else ("product", "application")
    return parser.chosen(f"{head.spelt}(", *meanings) == "application"


def _must_apply(inner: list[Token]) -> bool:
    depth = 0
    bars = 0
    for token in inner:
        depth += (token.kind in {*OPENING, "begin"}) - (token.kind in {*OPENING.values(), "end-env"})
        bars += token.kind == "|" and not depth
        if not depth and token.kind in _APPLYING:
            return True
    return not inner or bars % 2 == 1


def _is_lone(inner: list[Token]) -> bool:
    """One name or number, with a sign at most."""
    rest = inner[1:] if inner[:1] and inner[0].kind in {"-", "+"} else inner
    return _is_name(rest) or (len(rest) == 1 and rest[0].kind == "number")


def _is_name(tokens: list[Token]) -> bool:
    if not tokens or tokens[0].kind not in {*_WORDS, "accent"}:
        return False
    return (
        len(tokens) == 1 or (tokens[0].kind == "accent" and len(tokens) == 4) or tokens[1].kind in {"_", "^"}
    )


def _own_node(world: Surroundings, head: _Head, inner: list[Token]) -> Expression | None:
    """Q of q(z), where q is a node that depends on z."""
    found = head.found
    if not isinstance(found, Name) or found.name not in world.nodes:
        return None
    arguments = "".join(token.text for token in inner if token.kind not in {"{", "}"}).split(",")
    names = [world.resolve(argument) for argument in arguments]
    lineage = _lineage(world, found.name)
    return found if all(name is not None and name in lineage for name in names) else None


def _lineage(world: Surroundings, name: str) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        node = world.nodes.get(waiting.pop())
        if node is not None:
            waiting += [other for other in node.inputs if other not in found]
            found.update(node.inputs)
    return found


def _opaque(parser: LatexParser, head: _Head, inner: list[Token], opening: Token) -> Expression:
    bad = next((token for token in inner if token.kind == "bad"), None)
    if bad is not None:
        raise NotationError(bad.text, bad.offset)
    if parser.running:
        raise UnclearError(f"{head.spelt}(..) within a sum over entries")
    marks = [token._replace(text=_SPELT.get(token.text, token.text)) for token in inner]
    text = f"{canonical(head.spelt)}{opening.kind}{label_text(marks, parser.bound)}{OPENING[opening.kind]}"
    name = parser.world.resolve(text)
    alias = parser.scope.aliases.get(canonical(text))
    if alias is not None:
        return alias
    if name is None:
        parser.reading.unknown = True
    elif parser.world.shape(name):
        parser.arrays = True
    return Name(name or canonical(text))


def _indexed(parser: LatexParser, head: _Head, inner: list[Token]) -> Expression | None:
    """O[0,0], x[1]: entries, counted from 0 as in programs or from 1; E[X]."""
    numbers = [token.text for token in inner if token.kind == "number"]
    is_entry = bool(numbers) and all(token.kind == ("number", ",")[at % 2] for at, token in enumerate(inner))
    is_entry = is_entry and all(text.isdecimal() and len(text) < 5 for text in numbers)
    opening = parser.next
    if head.found is None:
        if not is_entry and not is_operator(head.base) and not _must_apply(inner):
            return None
        parser.position += len(inner) + 2
        return _opaque(parser, head, inner, opening)
    shape = parser.world.shape(head.found.name) if isinstance(head.found, Name) else ()
    if not is_entry or not shape or not isinstance(head.found, Name):
        if _must_apply(inner):
            raise UnclearError(f"{head.spelt}[..] of something that is no array")
        return None
    parser.position += len(inner) + 2
    return _entry(parser, head.found, [int(text) for text in numbers], shape)


def _entry(parser: LatexParser, name: Name, places: list[int], shape: tuple[int, ...]) -> Expression:
    first = parser.chosen("entries in [ ]", "from 0", "from 1")
    return entry_of(name, [place + (first == "from 0") for place in places], shape)
