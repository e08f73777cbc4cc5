"""Pratt's top-down operator precedence: operators, brackets, matrices and places in them."""

from __future__ import annotations

from functools import lru_cache

from hw2check.formula.numeral import NumeralError, read_numeral
from hw2check.formula.tree import (
    Add,
    Call,
    Compare,
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
    depth,
)
from hw2check.formula.vocabulary import (
    MAX_CHAIN,
    MAX_DEPTH,
    MAX_NESTING,
    MAX_SIZE_DIGITS,
    NotationError,
    Token,
    Vocabulary,
)
from hw2check.formula.words import FORBIDDEN, PLACES

_numeral = lru_cache(maxsize=4096)(read_numeral)
_POWERS = {
    **dict.fromkeys((">", "<", ">=", "<="), 5),
    **dict.fromkeys(("+", "-"), 10),
    **dict.fromkeys(("*", "/", "@"), 20),
    "^": 30,
    **dict.fromkeys((".T", "["), 40),
}


E = Call("exp", (Number(read_numeral("1")),))


class Pratt:
    """Pratt's top-down operator precedence over one list of tokens (V. Pratt, POPL 1973)."""

    def __init__(self, tokens: list[Token], vocabulary: Vocabulary, text: str = "") -> None:
        self.vocabulary = vocabulary
        self.text = text  # as written, where a message may speak of it
        self.tokens = tokens  # the last of kind "end"
        self.position = 0
        self.nesting = 0
        self.chain = 0

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
            f"{token.text!r} is not expected here", token.offset, FORBIDDEN.get(token.text, "")
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
            f"{token.text!r} is not expected here", token.offset, FORBIDDEN.get(token.text, "")
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
                    "a place in a matrix is a whole number, counted from 0", self.next.offset, PLACES
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
        if base == E:
            return Call("exp", (exponent,))
        return Pow(base, exponent)

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

    def word(self, token: Token) -> Expression:
        """A name, a constant or a call; raises NotationError where the notation has no such word."""
        raise NotationError(f"{token.text!r} is not expected here", token.offset)
