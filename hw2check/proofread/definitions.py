"""What a document introduces: names for formulas and values, functions, other names for declared ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from hw2check.formula.names import GREEK, canonical
from hw2check.formula.notation import Token, UserFunction
from hw2check.formula.numeral import read_numeral
from hw2check.formula.tree import Add, Expression, MatMul, Matrix, Name, Number, is_closed, names, walk
from hw2check.latex.applications import is_operator
from hw2check.latex.calls import built_in
from hw2check.latex.scope import UnclearError
from hw2check.latex.scripts import INDICES, label_text
from hw2check.latex.shapes import shape_of
from hw2check.problem.optimiser import RATE
from hw2check.proofread.bindings import Bindings
from hw2check.proofread.literals import literal_of, lone_value
from hw2check.proofread.regions import Formula
from hw2check.proofread.sameness import HOLDS, WRONG, equal_at_given, equal_at_points, given_value
from hw2check.proofread.senses import comes_from, error_term
from hw2check.proofread.steps import Chain, Side, lone_name
from hw2check.proofread.world import World

WORDS = frozenset({"letters", "word", "textword"})
_SUBSCRIPTED = re.compile(r"([^\W\d_]+)_?\w+\Z")
_LOSSES = frozenset({"L", "E", "J", "C", "loss", "cost", "error"})
_LOSS_SLOPE = re.compile(r"(?:\\partial\s*|\bd)([LEJC])\b")
_RATES = frozenset({"alpha", "lambda", "epsilon", "gamma", "mu", "r", "lr"})


_NO_CHOICES: Mapping[str, tuple[str, ...]] = {}


class Read(NamedTuple):
    """One side as read."""

    side: Side
    expression: Expression | None
    fault: str = ""  # why it cannot be checked
    misfit: str = ""  # shapes that do not go together
    doubt: str = ""  # another meaning that is possible
    others: tuple[Read, ...] = ()  # as its side's other readings say
    lead: Read | None = None  # a first number from which it may go on
    unknown: tuple[str, ...] = ()  # names that stand for any number, as far as is known
    functions: tuple[str, ...] = ()  # of the document's own, that are used in it
    choices: Mapping[str, tuple[str, ...]] = _NO_CHOICES  # what is written -> its several meanings
    unfit: Expression | None = None  # with matrix products where shapes do not go together


class Pattern(NamedTuple):
    """f_5(x, y) on the left of a definition."""

    letter: str
    suffix: str
    arguments: tuple[str, ...]

    @property
    def key(self) -> str:
        """The name of the function."""
        return canonical(f"{self.letter}_{self.suffix}" if self.suffix else self.letter)


class Definitions:
    """The names that the document has introduced so far."""

    def __init__(self, world: World, formulas: Iterable[Formula]) -> None:
        self.world = world
        self.aliases: dict[str, Expression] = {}
        self.bindings = Bindings(self._is_declared, has_problem=bool(world.problems))
        self.last: dict[str, Expression] = {}  # names defined here -> what they were given last
        self.own_functions: set[str] = set()
        self.changes = 0  # how often a name has got a new meaning
        self.closed: dict[str, bool] = {}  # names defined here -> whether by a value
        self.usual_errors = False  # whether delta_1 has proved to be dLoss/dZ_1
        self.losses: set[str] = set()  # the letters by whose derivatives the document speaks of the loss
        self._namesakes: dict[str, list[str]] = {}  # a letter -> the declared nodes that it begins
        for name in world.nodes if world.problems else ():
            if (parts := _SUBSCRIPTED.match(name)) is not None:
                self._namesakes.setdefault(parts[1], []).append(name)
        if world.problems:
            formulas = tuple(formulas)
            self._from_prose(formulas)
            self.losses = {match[1] for formula in formulas for match in _LOSS_SLOPE.finditer(formula.text)}

    def _from_prose(self, formulas: Iterable[Formula]) -> None:
        """$B_1$ beside $b_1$ in one paragraph, and no B_1 declared: another form of b_1."""
        paragraphs: dict[int, set[str]] = {}
        for formula in formulas:
            if not formula.display and len(formula.text) <= 40:
                name = spelt_name(lone_name(formula.text))
                if name:
                    paragraphs.setdefault(formula.paragraph, set()).add(name)
        for spelt in paragraphs.values():
            for name in sorted(spelt):
                twin = self.twin(name)
                if twin is not None and twin in {self.world.resolve(other) for other in spelt}:
                    self.aliases.setdefault(canonical(name), self.repeated(twin))

    def twin(self, name: str) -> str | None:
        """The one declared array whose name differs only in capitals, for a name that is not declared."""
        if self.world.resolve(name) is not None:
            return None
        lower = canonical(name).lower()
        known = (*self.world.given, *self.world.nodes)
        found = [other for other in known if other.lower() == lower and self.world.shape(other)]
        return found[0] if len(found) == 1 else None

    def repeated(self, name: str) -> Expression:
        """A bias as the matrix that is added to a batch: repeated along it."""
        shape = self.world.shape(name)
        for node in self.world.nodes.values():
            if isinstance(node.formula, Add) and Name(name) in node.formula.terms:
                whole = self.world.shape(node.name)
                if shape != whole and shape[1:] == (1,):
                    return MatMul(Name(name), Matrix(((_ONE,) * whole[1],)))
                if shape != whole and shape[:1] == (1,):
                    return MatMul(Matrix(((_ONE,),) * whole[0]), Name(name))
        return Name(name)

    def guesses(self, used: Sequence[str], relations: Sequence[str]) -> dict[str, Expression]:
        """What undeclared names may mean: declared ones in other capitals, in an update the learning rate."""
        found: dict[str, Expression] = {}
        for name in used:
            if self.world.has(name) or not self.world.problems:
                continue
            twin = self.twin(name)
            if twin is not None:
                found[name] = self.repeated(twin)
            elif (
                name in _RATES
                and RATE in self.world.given
                and (relations[0] == "<-" or _has_parameter(used, self.world))
            ):
                found[name] = Name(RATE)
        return found

    def usual(self, used: Iterable[str]) -> dict[str, Expression]:
        """What undeclared names usually mean: L the loss, delta_1 is dLoss/dZ_1, dW_1 is dLoss/dW_1."""
        found: dict[str, Expression] = {}
        for name in used:
            if self.world.has(name) or name in self.aliases or name in self.closed:
                continue
            meant = error_term(self.world, name)
            if name in _LOSSES and len(self.world.losses) == 1:
                (meant,) = self.world.losses
            if meant is not None and self.world.has(meant):
                found[name] = Name(meant)
        return found

    def accept(self, guesses: dict[str, Expression]) -> None:
        """Guesses that proved right hold from here on."""
        self.aliases |= guesses
        self.changes += 1

    def define(self, name: str, value: Expression, known: bool) -> bool:
        """Takes over name = value; whether that is a definition rather than a claim."""
        name = self._over_index(name, value)
        if not known and self.sibling(name, value):
            return False
        own = name in self.closed
        if (known and not own) or name in names(value) or not _is_plain(name):
            return False
        if any(not self._may_use(used) for used in names(value)):
            return False
        if (own or name in self.world.loose) and comes_from(self.world, names(value), name):
            raise UnclearError(f"{name} would be explained by itself")
        if own and (self._is_same(name, value) or not self._is_redefined(name)):
            return False
        self.rebind(name, value)
        return True

    def rebind(self, name: str, value: Expression) -> None:
        """The name means this from here on; what it meant before is remembered."""
        self.bindings.bind(name, value, self.last.get(name))
        self.last[name] = value
        self.closed[name] = is_closed(value)
        self.changes += 1
        written = lone_value(value)
        if self.world.problems and is_closed(value):
            self.aliases[name] = value
        elif written is not None:
            self.world.state(name, np.asarray(given_value(value, self.world.points)))
        else:
            self.world.define(name, value)

    def redefine(self, name: str, value: Expression) -> None:
        """A name of the document's own that is stated otherwise than before: the newest counts."""
        is_own = name in self.closed and name not in names(value) and not self.world.problems
        is_known = all(self._may_use(used) for used in names(value))
        if is_own and is_known and not comes_from(self.world, names(value), name):
            self.rebind(name, value)

    def update(self, name: str, reads: Sequence[Read]) -> None:
        """W = w - 0.1 g = 0.42: w has its new value from here on."""
        trees = [read.expression for read in reads[1:] if read.expression is not None and not read.fault]
        value = next((tree for tree in reversed(trees) if is_closed(tree)), None)
        if value is None and trees and not self.world.is_loose(names(trees[0])):
            value = literal_of(given_value(trees[0], self.world.points))
        if value is not None:
            self.rebind(name, value)

    def _may_use(self, name: str) -> bool:
        return self.world.has(name) or (name in self.world.loose and not self.world.problems)

    def _is_redefined(self, name: str) -> bool:
        """Whether a name of the document's own may get another meaning here, rather than a claim about it."""
        if self.bindings.is_open(name):
            return True
        is_given = lone_value(self.last[name]) is not None
        return is_given or (self.closed[name] and not self.bindings.is_firm(name))

    def _is_declared(self, name: str) -> bool:
        """Whether the problem says what the name is, or nothing in the document can."""
        world = self.world
        if name in world.declared or name == RATE:
            return True
        derivative = world.derivatives.get(name)
        if derivative is not None:
            known = derivative.of in world.declared or derivative.of in world.losses
            return known and derivative.by in world.declared
        return name.startswith("⟨")

    def sibling(self, name: str, value: Expression) -> str:
        """A declared quantity of the same letter that has just this value: the name is likely a slip."""
        if not self.world.problems or is_closed(value) or any(not self.world.has(n) for n in names(value)):
            return ""
        letter = _SUBSCRIPTED.match(name)
        for other in self._namesakes.get(letter[1], ()) if letter else ():
            if equal_at_points(Name(other), value, self.world.points, careful=False).verdict == HOLDS:
                return other
        return ""

    def _over_index(self, name: str, value: Expression) -> str:
        """P for the p_i of p_i = e^{z_i}/..., where the value is a vector."""
        base, _, index = name.rpartition("_")
        if not base or index not in INDICES or any(not self.world.has(used) for used in names(value)):
            return name
        return base if len(shape_of(value, self.world)) == 2 else name

    def _is_same(self, name: str, value: Expression) -> bool:
        known = self.aliases.get(name) or Name(name)
        return equal_at_given(known, value, self.world.points).verdict != WRONG

    def formal_arguments(self, chain: Chain) -> dict[str, Expression]:
        """The undeclared arguments of f(x) or f'(x) on the left, as numbers that are not fixed."""
        left = chain.sides[0]
        pattern = called_pattern(left._replace(tokens=tuple(t for t in left.tokens if t.kind != "'")))
        if pattern is None or (built_in(pattern.key) is not None and any(map(_is_run, pattern.arguments))):
            return {}
        unknown = [
            name for name in pattern.arguments if not self.world.has(name) and name not in self.aliases
        ]
        if built_in(pattern.key) is not None:  # sin(x) = 0.5 and ln(e) = 1 say nothing for any argument
            others = {token.text for side in chain.sides[1:] for token in side.tokens}
            unknown = [name for name in unknown if name in others and name not in {"e", "pi"}]
        return {name: self.world.free(name) for name in unknown}

    def function_definition(self, chain: Chain, read: Callable[..., Read]) -> list[Read] | None:
        """The sides of f(x) = g(x) = formula once f and g are known; None where no function is defined."""
        patterns = [called_pattern(side) for side in chain.sides]
        heads: list[Pattern] = []
        for pattern in patterns:
            if pattern is None or pattern.arguments != (patterns[0] or pattern).arguments:
                break
            if heads and not self._is_new(pattern):
                break
            heads.append(pattern)
        new = [head for head in heads if self._is_new(head)]
        if not new or len(heads) == len(chain.sides) or chain.relations[0] == "<-":
            return None
        arguments = {name: self.world.free(name) for name in new[0].arguments}
        body = read(chain.sides[len(heads)], arguments)
        if body.fault or body.unknown or body.misfit or body.expression is None or is_closed(body.expression):
            return None  # h(3) = 1 is a value at this argument
        self.changes += 1
        for head in new:
            parameters = tuple(f"⟨{name}⟩" for name in head.arguments)
            self.world.functions[head.key] = UserFunction(parameters, body.expression)
            self.own_functions.add(head.key)
            self.bindings.bind(f"{head.key}()", None, None)
        return [read(side, arguments) for side in chain.sides]

    def forget_function(self, key: str) -> None:
        """A function of that name is declared, f: R -> R: it is another one than before."""
        if key in self.own_functions:
            self.own_functions.discard(key)
            self.world.functions.pop(key, None)
            self.changes += 1

    def _is_new(self, head: Pattern) -> bool:
        if head.key in self.own_functions:
            return self.bindings.is_open(f"{head.key}()")
        known = self.world.resolve(head.key) is not None or built_in(head.key) is not None
        return (
            not known
            and not is_operator(head.letter)
            and self.world.function(canonical(head.letter), head.suffix) is None
        )


_DECLARED = re.compile(
    r"\s*([^\W\d_])(?:_\{?(\w+)\}?)?\s*(?:\\colon\b|:(?!=)).*(?:\\(?:long)?(?:to|rightarrow|mapsto)\b|→)",
    re.DOTALL,
)


def declared_function(text: str) -> str:
    """The name of the function that a formula declares by where it leads from and to; else empty."""
    match = _DECLARED.match(text)
    return canonical(f"{match[1]}_{match[2]}" if match[2] else match[1]) if match else ""


def called_pattern(side: Side) -> Pattern | None:
    """The side as f_5(x, y), if that is its form."""
    tokens = [token for token in side.tokens if token.kind != "textword" or token is side.tokens[0]]
    if len(tokens) < 4 or tokens[0].kind not in WORDS or tokens[-1].kind != ")":
        return None
    opening = next((i for i, token in enumerate(tokens) if token.kind == "("), 0)
    head, inner = tokens[:opening], tokens[opening + 1 : -1]
    if not opening or any(token.kind in {"(", ")"} for token in inner) or any(t.kind == "'" for t in head):
        return None
    suffix = label_text(head[2:], {}) if len(head) > 2 and head[1].kind in {"_", "^"} else ""
    if len(head) > 1 and not suffix:
        return None
    arguments = []
    for part in _split(inner):
        name = spelt_name(tuple(part))
        if not name:
            return None
        arguments.append(canonical(name))
    return Pattern(head[0].text, suffix.strip("()[]"), tuple(arguments))


def _split(tokens: list[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.kind == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def spelt_name(tokens: Sequence[Token]) -> str:
    """The name that tokens spell: x, x_5, W_{out}; empty for anything else."""
    if not tokens or tokens[0].kind not in WORDS:
        return ""
    if len(tokens) == 1:
        return tokens[0].text
    if tokens[1].kind != "_" or any(t.kind not in {*WORDS, "number", "{", "}", "script"} for t in tokens[2:]):
        return ""
    return f"{tokens[0].text}_{label_text(list(tokens[2:]), {})}"


_ONE = Number(read_numeral("1"))


def _is_run(name: str) -> bool:
    """Whether letters without a subscript, which may be several names."""
    return len(name) > 1 and name.isalpha() and name not in GREEK


def _is_plain(name: str) -> bool:
    return "/" not in name and not name.startswith("⟨") and not name.endswith(("'", "_new"))


def _has_parameter(used: Sequence[str], world: World) -> bool:
    return any(name in world.parameters for name in used)


def mentions(expression: Expression, name: str) -> bool:
    """Whether the name occurs."""
    return any(isinstance(part, Name) and part.name == name for part in walk(expression))
