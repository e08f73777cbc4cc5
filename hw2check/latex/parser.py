r"""Formulas in LaTeX: the second tokenizer's parser, over the grammar of notation.py.

    whole  := sum ('|_' '{' name '=' value '}')?
    factor := atom ('^' group | '^T' | "'" | '!' | '\%')*
    atom   := NUMBER | name | FUNCTION '(' arguments ')' | brackets | \frac group group | \frac{D u}{D v}
            | \sum_{i=a}^{b} product | matrix | cases | \sqrt
    name   := (declared word | letter) ('_' group)? ('^(' .. ')')?
    group  := '{' sum '}' | one TeX token

A product needs no sign before an operand; the body of a sum runs to the next + or -.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from hw2check.formula.notation import MAX_CHAIN, NotationError, Parser, Token, Vocabulary
from hw2check.formula.tree import Add, Call, Compare, Div, Expression, MatMul, Mul, Neg
from hw2check.latex.progressions import is_mixed, left_out
from hw2check.latex.scope import Reading, Scope, UnclearError
from hw2check.latex.shapes import check_sum, column, product, product_as_written, shape_of

OPENING = {"(": ")", "[": "]", "\\{": "\\}", "{": "}"}


class Rules(NamedTuple):
    """What the parser does at a token, by its kind."""

    prefix: Mapping[str, Callable[[LatexParser, Token], Expression]]  # it begins an operand; already taken
    postfix: Mapping[str, Callable[[LatexParser, Expression], Expression]]  # it stands behind one
    powers: Mapping[str, int]  # with which it binds what stands before it

    @classmethod
    def of(
        cls,
        prefix: Mapping[str, Callable[[LatexParser, Token], Expression]],
        postfix: Mapping[str, Callable[[LatexParser, Expression], Expression]],
    ) -> Rules:
        """The rules with the powers that follow: whatever begins an operand may be a factor."""
        powers = {
            **dict.fromkeys((">", "<", ">=", "<="), 5),
            **dict.fromkeys(("+", "-"), 10),
            **dict.fromkeys(("*", "odot", "/", "number", *prefix), 20),
            **dict.fromkeys(postfix, 30),
            "over": 1,
        }
        return cls(prefix, postfix, powers)


class LatexParser(Parser):
    """Reads one list of tokens; the last is of kind "end". What each kind of token means, the rules say."""

    def __init__(self, tokens: list[Token], rules: Rules, scope: Scope, reading: Reading) -> None:
        super().__init__(tokens, Vocabulary(axis=scope.world.axis))
        self.rules = rules
        self.scope = scope
        self.world = scope.world
        self.reading = reading
        self.bound: dict[str, int] = {}  # sum indices
        self.running: dict[str, bool] = {}  # indices that run over a vector -> whether one was met
        self.arrays = False  # whether a matrix was met
        self.bars = 0

    def part(self, tokens: list[Token]) -> LatexParser:
        """A parser for some of the tokens, with the same names."""
        end = Token("end", "", self.tokens[self.position].offset)
        parser = LatexParser([*tokens, end], self.rules, self.scope, self.reading)
        parser.bound, parser.running, parser.nesting = self.bound, self.running, self.nesting
        return parser

    def parsed(self, tokens: list[Token]) -> Expression:
        """The tree of some of the tokens; its depth is bounded with that of the whole side."""
        parser = self.part(tokens)
        if not tokens:
            raise NotationError("the formula is empty", 0)
        result = parser.expression(0)
        if parser.tokens[parser.position].kind != "end":
            raise parser.surplus()
        self.arrays |= parser.arrays
        return result

    def surplus(self) -> NotationError:
        token = self.next
        if token.kind == "bad":
            return NotationError(token.text, token.offset)
        return NotationError(f"{token.text!r} is not expected here", token.offset)

    def chosen(self, what: str, *meanings: str) -> str:
        """Which of several meanings is taken, the likeliest unless the scope says otherwise."""
        self.reading.choices.setdefault(what, meanings)
        taken = self.scope.choices.get(what, "")
        return taken if taken in meanings else meanings[0]

    def binding(self) -> int:
        kind = self.tokens[self.position].kind
        if kind == "|":
            if self.bars:
                return -1
            return 4 if self.tokens[self.position + 1].kind == "_" else 20
        return self.rules.powers.get(kind, -1)

    def prefix(self, power: int) -> Expression:
        token = self.tokens[self.position]
        read = self.rules.prefix.get(token.kind)
        if read is not None:
            self.position += 1
            return read(self, token)
        if token.kind in {"-", "+", "number"}:
            return super().prefix(power)
        if token.kind == "end":
            raise NotationError("the formula ends too early", token.offset)
        if token.kind in {"dots", "text"}:
            raise UnclearError(f"{token.text!r} has no meaning that can be computed")
        raise self.surplus()

    def infix(self, left: Expression) -> Expression:
        kind = self.next.kind
        behind = self.rules.postfix.get(kind)
        if behind is not None:
            return behind(self, left)
        if kind == "/":
            return self.quotient(left)
        if kind == "|" and self.binding() == 4:
            return self.rules.postfix["bar"](self, left)
        if kind == "over":
            self.take()
            return Div(column(left), self.expression(1))
        if self.rules.powers[kind] == 20:
            return self.product(left)
        result = super().infix(left)
        if self.arrays and isinstance(result, Add):
            result = Add(tuple(column(term) for term in result.terms))
            if self.scope.fitting:
                check_sum(result, self.world)
        return result

    def number(self, token: Token) -> Expression:
        if self.next.kind == "dots" and "." in token.text:  # 0.333... shows some of its digits
            self.take()
        if "," in token.text:
            is_clear = token.text.count(",") > 1
            meaning = "thousands" if is_clear else self.chosen("a comma in a number", "thousands", "point")
            mark = "" if meaning == "thousands" else "."
            token = token._replace(text=token.text.replace(",", mark))
        return super().number(token)

    def sum(self, left: Expression, operator: Token) -> Expression:
        """As everywhere; what three dots stand for is added where the terms say what it is."""
        terms = [left]
        while True:
            if self.next.kind == "dots" and operator.kind == "+" and len(terms) > 1:
                self.take()
                self.expect_closing("+", operator)
                terms.append(left_out(terms, self.expression(10)))
            else:
                term = self.expression(10)
                terms.append(Neg(term) if operator.kind == "-" else term)
            if self.next.kind not in {"+", "-"}:
                return Add(tuple(terms))
            operator = self.take()

    def quotient(self, left: Expression) -> Expression:
        self.take()
        self.chain += 1
        if self.chain > MAX_CHAIN:
            raise NotationError(f"more than {MAX_CHAIN} divisions", self.next.offset)
        return Div(column(left), self.expression(20))

    def product(self, left: Expression) -> Expression:
        """Factors up to the next + or -; a number needs a sign before it."""
        factors = [left]
        while self.binding() == 20 and self.next.kind != "/":
            sign = self.next
            if sign.kind in {"*", "odot"}:
                self.take()
            elif sign.kind == "number" and self.tokens[self.position - 1].kind not in {")", "}", "]"}:
                raise UnclearError(f"an operator is missing before {sign.text}")
            right = self.expression(20)
            if sign.kind == "(" and isinstance(right, Compare) and not self.arrays:
                raise UnclearError("a condition in brackets")
            if sign.text in {"bullet", "•"} and not self.arrays:
                raise UnclearError("a product with \\bullet of what may be numbers or columns")
            if sign.kind == "frac" and is_mixed(factors[-1], right) and self.is_mixed_number():
                factors[-1] = Add((factors[-1], right))
            elif not self.arrays:
                factors.append(right)
            elif sign.kind == "odot":
                factors.append(column(right))
            else:
                factors = [self.joined(factors, right, sign)]
        return Mul(tuple(factors)) if len(factors) > 1 else factors[0]

    def is_mixed_number(self) -> bool:
        return self.chosen("a number before a fraction", "product", "mixed number") == "mixed number"

    def joined(self, factors: list[Expression], right: Expression, sign: Token) -> Expression:
        self.chain += 1
        if self.chain > MAX_CHAIN:
            raise NotationError(f"more than {MAX_CHAIN} products", sign.offset)
        left = factors[0] if len(factors) == 1 else Mul(tuple(column(factor) for factor in factors))
        shape = shape_of(left, self.world)
        if sign.kind == "*" and shape == shape_of(right, self.world) and shape[1:] == (1,) and shape[0] > 1:
            if sign.text in {"times", "×"}:
                raise UnclearError("the product of two columns with \\times may be their cross product")
            if self.chosen("a product of columns", "entrywise", "inner") == "inner":
                return Call("sum", (Mul((column(left), column(right))),))
        if not self.scope.fitting:
            return product_as_written(left, right, self.world)
        result = product(left, right, self.world)
        if (
            len(shape) == 2
            and 1 not in shape
            and not isinstance(result, MatMul)
            and shape_of(right, self.world)
        ):
            self.reading.entrywise = True
        return result

    def expect_closing(self, closing: str, opening: Token) -> None:
        if self.next.kind != closing:
            if self.next.kind == "end":
                raise NotationError(f"this {opening.text} is never closed", opening.offset)
            raise self.surplus()
        self.take()

    def raw_group(self) -> list[Token]:
        """The tokens of a group, without its braces, or the one token that TeX takes."""
        opening = self.next
        if opening.kind == "end":
            raise NotationError("the formula ends too early", opening.offset)
        if opening.kind != "{":
            self.split(1)
            return [self.take()]
        depth, start = 0, self.position
        for position in range(start, len(self.tokens)):
            kind = self.tokens[position].kind
            if kind == "{":
                depth += 1
            elif kind == "}":
                depth -= 1
                if not depth:
                    self.position = position + 1
                    return self.tokens[start + 1 : position]
        raise NotationError("this { is never closed", opening.offset)

    def split(self, length: int) -> None:
        """Cuts the next token, if it is a longer number or run of letters, after some characters."""
        token = self.next
        if token.kind in {"number", "letters"} and len(token.text) > length:
            head = Token(token.kind, token.text[:length], token.offset)
            tail = Token(token.kind, token.text[length:], token.offset + length)
            self.tokens[self.position : self.position + 1] = [head, tail]

    def arguments(self) -> tuple[list[Expression], int | None]:
        """The arguments of a function; without brackets the next factor alone."""
        opening = self.next
        if opening.kind not in OPENING:
            argument = self.expression(25)
            if self.binding() == 20:  # another factor, which may belong to the argument
                self.reading.doubts.append("a function without brackets is taken of the next factor alone")
            return [argument], None
        self.take()
        bars, self.bars = self.bars, 0
        arguments = [self.expression(0)]
        while self.next.kind == ",":
            self.take()
            arguments.append(self.expression(0))
        self.expect_closing(OPENING[opening.kind], opening)
        self.bars = bars
        return arguments, None
