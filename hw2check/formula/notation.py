"""Formulas in the notation of problem files: a tokenizer and a Pratt parser that build expression trees.

    comparison := sum (('>' | '<' | '>=' | '<=') sum)?            binding power 5
    sum        := product (('+' | '-') product)*                  10, unary minus 15
    product    := power (('*' | '/' | '@') power)*                20
    power      := postfix ('^' power)?                            30, to the right; a sign may follow ^
    postfix    := atom ('.T' | '[' positions ']')*                40
    atom       := NUMBER | NAME | FUNCTION '(' arguments ')' | '(' comparison ')' | '[' rows ']'
    positions  := position (',' position)?      position := INTEGER | INTEGER? ':' INTEGER?

Nothing that a person typed is ever given to eval or sympify.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from hw2check.formula.functions import ALIASES, FUNCTIONS, SHORT, SLOPES, WHOLE, WHOLE_ALIASES, Function
from hw2check.formula.names import WORD, canonical, did_you_mean
from hw2check.formula.numeral import NumeralError, read_numeral
from hw2check.formula.tree import (
    Add,
    Call,
    Compare,
    Constant,
    Div,
    Expression,
    Index,
    MatMul,
    Matrix,
    Mul,
    Name,
    Neg,
    Number,
    Position,
    Pow,
    Transpose,
    Whole,
    depth,
    substitute,
    walk,
)

MAX_TOKENS = 20_000  # of one formula
MAX_WORD = 150  # characters of a name or number
MAX_NESTING = 60  # brackets, signs and powers within each other
MAX_CHAIN = 200  # divisions or matrix products in a row
MAX_DEPTH = 250  # levels of one tree: deep trees are walked by recursion
MAX_SIZE_DIGITS = 8  # of a length or place in a matrix
MAX_SIZE = 20_000  # parts of one formula once user-defined functions are put in


class NotationError(ValueError):
    """A formula that cannot be read: what is wrong, at which character, and what would be right."""

    def __init__(self, message: str, offset: int, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset  # from 0, within the formula
        self.hint = hint


class UserFunction(NamedTuple):
    """A function that a problem file defines: f5(x) = 1/(1 + exp(-x))."""

    parameters: tuple[str, ...]
    body: Expression


def _nothing(_: str) -> str | None:
    return None


def _no_names() -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a formula may mention."""

    resolve: Callable[[str], str | None] = _nothing  # a spelling -> the quantity's name, if there is one
    known: Callable[[], Iterable[str]] = _no_names  # all names, for hints
    functions: Mapping[str, UserFunction] = field(default_factory=dict)
    axis: int = 0  # of softmax where none is written: 0 with one input per column, 1 with one per row
    relu_at_zero: Expression | None = None  # relu'(0) where it is not 0


class Token(NamedTuple):
    """One token of a formula, in either notation."""

    kind: str  # "number", "word", "end", or the operator itself
    text: str
    offset: int


_SPELLINGS = {
    "**": "^",
    "·": "*",
    "⋅": "*",
    "×": "*",
    "⊙": "*",
    "∗": "*",
    "÷": "/",
    "−": "-",
    "–": "-",
    "≥": ">=",
    "≤": "<=",
}
_TOKEN = re.compile(
    rf"""\s*(?:
    (?P<number>(?:\d[\d_]*(?:\.(?!T\b)\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<partial>[d∂]{WORD}\s*/\s*[d∂]{WORD})
  | (?P<word>{WORD}'*)
  | (?P<operator>\*\*|>=|<=|\.T\b|[-+*/@^()\[\],=<>:·⋅×⊙∗÷−–≥≤])
  | (?P<end>\Z)
  )""",
    re.VERBOSE,
)
_WORD = re.compile(rf"{WORD}'*")
_STEP = re.compile(r"@\d{1,4}\b(?!\.\d)")  # the quantity of a later step

_PLACES = "X[0] is the first row, X[:, 0] the first column, X[0, 1] an entry, X[0:2] the first two rows"

_FORBIDDEN = {
    ";": "a formula is one expression",
    "'": "quotes do not belong in a formula",
    '"': "quotes do not belong in a formula",
    "{": "write brackets as ( )",
    "$": "this is the notation of problem files, not LaTeX",
    "\\": "this is the notation of problem files, not LaTeX: write exp(x), x_5, a/b",
    ".": "only .T may follow a dot",
    "!": "there is no factorial here",
    "=": "an answer is the right side alone",
    "²": "write ^2 for a square",
    "³": "write ^3 for a cube",
    "%": "there is no % here",
}


def parse(text: str, vocabulary: Vocabulary | None = None) -> Expression:
    """The expression tree of a formula.

    Raises NotationError with the character where reading failed.
    """
    vocabulary = vocabulary or Vocabulary()
    return Parser(_tokens(text, vocabulary), vocabulary, text).whole()


def _tokens(text: str, vocabulary: Vocabulary) -> list[Token]:
    tokens: list[Token] = []
    position, end, brackets = 0, len(text), 0
    match_at = _TOKEN.match
    while True:
        match = match_at(text, position)
        if match is None:
            raise _unexpected_character(text, position)
        kind: str = match.lastgroup  # type: ignore[assignment]
        start, position = match.span(kind)
        if kind == "operator":
            spelt = text[start:position]
            brackets += (spelt == "[") - (spelt == "]")
            if spelt == ":" and brackets <= 0:
                raise _unexpected_character(text, start)
            tokens.append(Token(_SPELLINGS.get(spelt, spelt), spelt, start))
            continue
        if kind == "end":
            tokens.append(Token(kind, "", end))
            return tokens
        spelt = text[start:position]
        if kind == "partial" and vocabulary.resolve(spelt) is None:
            kind, match = "word", _WORD.match(text, start) or match
            spelt, position = match[0], match.end()
        elif kind == "partial":
            _check_reading(spelt, vocabulary, start)
        step = _STEP.match(text, position) if kind != "number" and text.startswith("@", position) else None
        if step and vocabulary.resolve(spelt + step[0]) is not None:  # W@2 is no product: 2 is a scalar
            spelt, position = spelt + step[0], step.end()
        if len(spelt) > MAX_WORD:
            raise NotationError("a name or number is too long", start)
        tokens.append(Token(kind, spelt, start))
        if len(tokens) > MAX_TOKENS:
            raise NotationError(f"the formula is longer than {MAX_TOKENS:,} tokens", start)


def _check_reading(spelt: str, vocabulary: Vocabulary, start: int) -> None:
    """dx/dt is a derivative, but not where dx and dt are quantities of their own."""
    above, below = (part.strip() for part in spelt.split("/"))
    if "∂" not in spelt and vocabulary.resolve(above) is not None and vocabulary.resolve(below) is not None:
        raise NotationError(
            f"{spelt} may be the derivative or {above} divided by {below}",
            start,
            f"write ∂{above[1:]}/∂{below[1:]} or ({above})/({below})",
        )


def _unexpected_character(text: str, position: int) -> NotationError:
    while position < len(text) and text[position].isspace():
        position += 1
    character = text[position]
    return NotationError(f"{character!r} cannot stand in a formula", position, _FORBIDDEN.get(character, ""))


_numeral = lru_cache(maxsize=4096)(read_numeral)
_POWERS = {
    **dict.fromkeys((">", "<", ">=", "<="), 5),
    **dict.fromkeys(("+", "-"), 10),
    **dict.fromkeys(("*", "/", "@"), 20),
    "^": 30,
    **dict.fromkeys((".T", "["), 40),
}


class Parser:
    """Pratt's top-down operator precedence over one list of tokens (V. Pratt, POPL 1973)."""

    def __init__(self, tokens: list[Token], vocabulary: Vocabulary, text: str = "") -> None:
        self.vocabulary = vocabulary
        self.text = text  # as written, where a message may speak of it
        self.tokens = tokens  # the last of kind "end"
        self.position = 0
        self.nesting = 0
        self.chain = 0
        self.size = 0
        self.keepdims = False  # of the arguments read last

    def whole(self) -> Expression:
        if self.next.kind == "end":
            raise NotationError("the formula is empty", 0)
        if any(mark in self.text for mark in "\a\b\f\v"):
            hint = "in double quotes a backslash starts an escape: use single quotes, and no LaTeX here"
            raise NotationError("a backslash has eaten a letter of the formula", 0, hint)
        result = self.expression(0)
        if self.next.kind != "end":
            raise self.surplus()
        if depth(result) > MAX_DEPTH:
            raise NotationError(f"nested deeper than {MAX_DEPTH} levels", 0)
        return result

    @property
    def next(self) -> Token:
        return self.tokens[self.position]

    def take(self) -> Token:
        token = self.tokens[self.position]
        self.position += 1
        return token

    def surplus(self) -> NotationError:
        token = self.next
        before = self.tokens[self.position - 1]
        if token.kind == ")":
            return NotationError("this ) closes nothing", token.offset)
        if token.kind in {"number", "word", "partial", "(", "["}:
            return NotationError(
                f"an operator is missing before {token.text!r}",
                token.offset,
                f"write {before.text}*{token.text} for a product",
            )
        return NotationError(
            f"{token.text!r} is not expected here", token.offset, _FORBIDDEN.get(token.text, "")
        )

    def expression(self, power: int) -> Expression:
        self.nesting += 1
        if self.nesting > MAX_NESTING * 2:
            raise NotationError(f"nested deeper than {MAX_NESTING} levels", self.next.offset)
        left = self.prefix(power)
        while self.binding() > power:
            left = self.infix(left)
        self.nesting -= 1
        return left

    def binding(self) -> int:
        """The power with which the next token binds what stands before it; -1 where it does not."""
        return _POWERS.get(self.next.kind, -1)

    def prefix(self, power: int) -> Expression:
        token = self.take()
        if token.kind == "number":
            return self.number(token)
        if token.kind == "partial":
            return Name(self.vocabulary.resolve(token.text) or token.text)
        if token.kind == "word":
            return self.word(token)
        if token.kind == "-":
            return Neg(self.expression(max(power, 15)))
        if token.kind == "+":
            return self.expression(max(power, 15))
        if token.kind == "(":
            inner = self.expression(0)
            self.expect(")", token)
            return inner
        if token.kind == "[":
            return self.matrix(token)
        if token.kind == "end":
            raise NotationError("the formula ends too early", token.offset)
        raise NotationError(
            f"{token.text!r} is not expected here", token.offset, _FORBIDDEN.get(token.text, "")
        )

    def expect(self, kind: str, opening: Token) -> None:
        if self.next.kind != kind:
            if self.next.kind == "end" or self.next.kind in "])":
                raise NotationError(f"this {opening.text} is never closed", opening.offset, f"add {kind}")
            raise self.surplus()
        self.take()

    def number(self, token: Token) -> Expression:
        try:
            return Number(_numeral(token.text))  # a tree of its own: places are told apart by identity
        except NumeralError as error:
            raise NotationError(str(error), token.offset) from None

    def infix(self, left: Expression) -> Expression:
        token = self.take()
        if token.kind in "+-":
            return self.sum(left, token)
        if token.kind == "*":
            return self.product(left)
        if token.kind == "^":
            return self.power(left)
        self.chain += 1
        if self.chain > MAX_CHAIN:
            raise NotationError(f"more than {MAX_CHAIN} divisions and matrix products", token.offset)
        if token.kind == ".T":
            return Transpose(left)
        if token.kind == "[":
            return Index(left, tuple(self.positions(token)))
        if token.kind in "/@":
            right = self.expression(20)
            return Div(left, right) if token.kind == "/" else MatMul(left, right)
        return Compare(token.kind, left, self.expression(5))

    def positions(self, opening: Token) -> list[Position]:
        found = [self.place()]
        while self.next.kind == "," and len(found) < 2:
            self.take()
            found.append(self.place())
        self.expect("]", opening)
        return found

    def place(self) -> Position:
        start = self.integer()
        if self.next.kind != ":":
            if start is None:
                raise NotationError(
                    "a place in a matrix is a whole number, counted from 0", self.next.offset, _PLACES
                )
            return start
        self.take()
        return (start, self.integer())

    def integer(self) -> int | None:
        """A literal integer, if one stands here."""
        negative = self.next.kind == "-"
        token = self.tokens[self.position + negative]
        if token.kind != "number" or not token.text.isdecimal() or len(token.text) > MAX_SIZE_DIGITS:
            return None
        self.position += 1 + negative
        return -int(token.text) if negative else int(token.text)

    def sum(self, left: Expression, operator: Token) -> Expression:
        terms = [left]
        while True:
            term = self.expression(10)
            terms.append(Neg(term) if operator.kind == "-" else term)
            if self.next.kind not in {"+", "-"}:
                return Add(tuple(terms))
            operator = self.take()

    def product(self, left: Expression) -> Expression:
        factors = [left, self.expression(20)]
        while self.next.kind == "*":
            self.take()
            factors.append(self.expression(20))
        return Mul(tuple(factors))

    def power(self, base: Expression) -> Expression:
        if self.next.kind == "word" and self.next.text == "T" and self.vocabulary.resolve("T") is None:
            self.take()
            return Transpose(base)
        exponent = self.expression(29)
        if base == _E:
            return Call("exp", (exponent,))
        return Pow(base, exponent)

    def word(self, token: Token) -> Expression:
        if self.next.kind == "(" and (called := self.called(token)) is not None:
            return called
        name = self.vocabulary.resolve(token.text)
        if name is not None:
            if self.next.kind == "(":
                raise NotationError(
                    f"{token.text} is a quantity, not a function",
                    token.offset,
                    f"write {token.text}*( for a product",
                )
            return Name(name)
        if token.text in {"pi", "π"}:
            return Constant("pi")
        if token.text == "e":
            return _E
        if self.is_function(token.text):
            raise NotationError(f"{token.text} is a function: give its argument in brackets", token.offset)
        if self.next.kind == "(":
            known = [*FUNCTIONS, *WHOLE, *self.vocabulary.functions]
            raise NotationError(
                f"there is no function {token.text!r}", token.offset, did_you_mean(token.text, known)
            )
        raise NotationError(
            f"{token.text!r} is not defined", token.offset, did_you_mean(token.text, self.vocabulary.known())
        )

    def is_function(self, spelt: str) -> bool:
        whole = WHOLE_ALIASES.get(spelt, spelt) in WHOLE
        return whole or spelt in SHORT or _function(spelt) is not None or spelt in self.vocabulary.functions

    def called(self, token: Token) -> Expression | None:
        user = self.vocabulary.functions.get(token.text)
        if user is not None:
            return self.user_call(token, user)
        whole = WHOLE_ALIASES.get(token.text, token.text)
        if whole in WHOLE:
            return self.whole_call(token, whole)
        function = _function(token.text)
        if function is not None:
            return self.call(token, function)
        base = canonical(token.text.removesuffix("'"))
        slope = SLOPES.get(ALIASES.get(base, base)) if token.text.endswith("'") else None
        if slope is None:
            slope = SHORT.get(token.text)
        if slope is None:
            return None
        body = parse(slope, Vocabulary(lambda name: name if name == "x" else None))
        return self.user_call(token, UserFunction(("x",), body))

    def call(self, token: Token, function: Function) -> Expression:
        arguments, axis = self.arguments()
        if function.name in {"max", "min"} and len(arguments) > 1:
            function = FUNCTIONS[f"{function.name}imum"]
        if not function.least <= len(arguments) <= function.most:
            needed = (
                "one argument"
                if function.most == 1
                else f"{function.least} arguments"
                if function.most == function.least
                else f"{function.least} to {function.most} arguments"
            )
            raise NotationError(f"{token.text} takes {needed}, not {len(arguments)}", token.offset)
        if axis is not None and function.square:
            raise NotationError(f"{token.text} works on a square matrix and has no axis", token.offset)
        if axis is not None and not function.along:
            raise NotationError(f"{token.text} works on each entry and has no axis", token.offset)
        if self.keepdims and (function.along != "reduce" or function.square):
            raise NotationError(
                f"{token.text} has no keepdims", token.offset, "sum, mean, max and min have it"
            )
        keepdims = self.keepdims
        if (
            function.along == "keep"
            and axis is None
            and not function.square
            and not function.name.endswith("'")
        ):
            axis = self.vocabulary.axis
        for default in function.defaults[len(arguments) - function.least :]:
            arguments.append(self.default(function, default))
        return Call(function.name, tuple(arguments), axis, keepdims)

    def whole_call(self, token: Token, function: str) -> Expression:
        """A call of one of WHOLE."""
        opening = self.next
        if function in {"ones", "zeros", "eye"}:
            self.take()
            sizes = self.sizes(opening)
            return Whole(function, (), sizes * 2 if function == "eye" and len(sizes) == 1 else sizes)
        if function == "reshape":
            self.take()
            operand = self.expression(0)
            if self.next.kind != ",":
                raise NotationError("reshape needs the new shape", token.offset, WHOLE[function])
            self.take()
            return Whole(function, (operand,), self.sizes(opening, least=-1))
        arguments, axis = self.arguments()
        if self.keepdims or (axis is not None and function != "concat"):
            raise NotationError(
                f"{token.text} has no {'keepdims' if self.keepdims else 'axis'}", token.offset
            )
        if len(arguments) < 2 or (len(arguments) > 2 and function != "concat"):
            needed = "two arguments or more" if function == "concat" else "two arguments"
            raise NotationError(f"{token.text} takes {needed}", token.offset, WHOLE[function])
        if function == "place" and not isinstance(arguments[1], Index):
            raise NotationError(
                "the second argument of place is X[0] or the like", token.offset, WHOLE[function]
            )
        return Whole(function, tuple(arguments), (axis or 0,) if function == "concat" else ())

    def sizes(self, opening: Token, least: int = 1) -> tuple[int, ...]:
        """The rest of a call: one or two lengths, with `least` -1 one of them may be -1, as in NumPy."""
        found: list[int] = []
        while not found or (self.next.kind == "," and len(found) < 2):
            if found:
                self.take()
            token, size = self.next, self.integer()
            if size is None or size < least or size == 0 or (size < 0 and size in found):
                raise NotationError(
                    "a shape is one or two whole numbers above 0", token.offset, "reshape(X, 2, 3)"
                )
            found.append(size)
        self.expect(")", opening)
        return tuple(found)

    def default(self, function: Function, text: str) -> Expression:
        if function.name == "relu'" and self.vocabulary.relu_at_zero is not None:
            return self.vocabulary.relu_at_zero
        return parse(text)

    def user_call(self, token: Token, function: UserFunction) -> Expression:
        arguments, axis = self.arguments()
        if axis is not None or len(arguments) != len(function.parameters):
            raise NotationError(
                f"{token.text} takes {len(function.parameters)} arguments, not {len(arguments)}", token.offset
            )
        given = dict(zip(function.parameters, arguments, strict=True))
        sizes = {name: _size(argument) for name, argument in given.items()}
        parts = walk(function.body)
        self.size += sum(sizes.get(part.name, 1) if isinstance(part, Name) else 1 for part in parts)
        if self.size > MAX_SIZE:
            raise NotationError(f"the formula has more than {MAX_SIZE:,} parts", token.offset)
        called = substitute(function.body, given)
        if depth(called) > MAX_DEPTH:
            raise NotationError(f"functions within functions, deeper than {MAX_DEPTH} levels", token.offset)
        return called

    def arguments(self) -> tuple[list[Expression], int | None]:
        opening, chain = self.take(), self.chain
        arguments: list[Expression] = []
        axis, keepdims = None, False
        while self.next.kind != ")":
            if self.next.text == "axis" and self.tokens[self.position + 1].kind == "=":
                axis = self.axis()
            elif self.next.text == "keepdims" and self.tokens[self.position + 1].kind == "=":
                keepdims = self.switch()
            else:
                arguments.append(self.beside(chain))
            if self.next.kind != ",":
                break
            self.take()
        self.expect(")", opening)
        self.keepdims = keepdims
        return arguments, axis

    def switch(self) -> bool:
        self.position += 2
        token = self.take()
        if token.text not in {"True", "False", "true", "false"}:
            raise NotationError("keepdims is True or False", token.offset)
        return token.text in {"True", "true"}

    def axis(self) -> int:
        self.position += 2
        token = self.take()
        if token.text not in {"0", "1"}:
            raise NotationError("axis is 0 (down the columns) or 1 (along the rows)", token.offset)
        return int(token.text)

    def matrix(self, opening: Token) -> Expression:
        chain = self.chain
        if self.next.kind != "[":
            return Matrix((tuple(self.row(opening, chain)),), flat=True)
        rows = []
        while self.next.kind == "[":
            start = self.take()
            rows.append(tuple(self.row(start, chain)))
            if len(rows[-1]) != len(rows[0]):
                raise NotationError(
                    f"row {len(rows)} has {len(rows[-1])} entries, row 1 has {len(rows[0])}", start.offset
                )
            if self.next.kind == ",":
                self.take()
        self.expect("]", opening)
        return Matrix(tuple(rows))

    def beside(self, chain: int) -> Expression:
        """An argument or entry: what stands beside it, not around it, is not in a row with it."""
        others, self.chain = self.chain, chain
        entry = self.expression(0)
        self.chain = max(others, self.chain)
        return entry

    def row(self, opening: Token, chain: int) -> list[Expression]:
        entries = []
        while self.next.kind != "]":
            entries.append(self.beside(chain))
            if self.next.kind != ",":
                break
            self.take()
        self.expect("]", opening)
        if not entries:
            raise NotationError("a matrix needs at least one entry", opening.offset)
        return entries


_E = Call("exp", (Number(read_numeral("1")),))


def _function(spelt: str) -> Function | None:
    prime = "'" if spelt.endswith("'") else ""
    base = canonical(spelt.removesuffix("'"))
    return FUNCTIONS.get(ALIASES.get(base, base) + prime)


def _size(expression: Expression) -> int:
    return sum(1 for _ in walk(expression))
