r"""Formulas in LaTeX: the second tokenizer's parser, over the grammar of notation.py.

    factor := atom ('^' group | '^T' | "'")*
    atom   := NUMBER | name | FUNCTION '(' arguments ')' | brackets | \frac group group | \frac{D u}{D v}
            | \sum_{i=a}^{b} product | matrix | cases | \sqrt
    name   := (declared word | letter) ('_' group)? ('^(' .. ')')?
    group  := '{' sum '}' | one TeX token

A product needs no sign before an operand; the body of a sum runs to the next + or -.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from hw2check.formula.functions import ALIASES, FUNCTIONS, SLOPES, Function
from hw2check.formula.names import canonical
from hw2check.formula.notation import MAX_CHAIN, NotationError, Parser, Token, UserFunction, Vocabulary
from hw2check.formula.tree import (
    ONE,
    Add,
    Call,
    Compare,
    Constant,
    Div,
    Expression,
    MatMul,
    Matrix,
    Mul,
    Name,
    Neg,
    Number,
    Pow,
    Transpose,
    mul,
    number,
    substitute,
)
from hw2check.latex.scope import Surroundings, UnclearError
from hw2check.latex.scripts import Script, read_script
from hw2check.latex.shapes import check_sum, column, product, shape_of

MAX_MATRIX_POWER = 9
EULER = Call("exp", (ONE,))

_MATRICES = frozenset({"bmatrix", "pmatrix", "matrix", "Bmatrix", "smallmatrix", "array"})
_OPENING = {"(": ")", "[": "]", "\\{": "\\}", "{": "}"}
_STARTS = frozenset(
    [
        "number",
        "letters",
        "word",
        "textword",
        "(",
        "[",
        "\\{",
        "{",
        "frac",
        "sqrt",
        "sum",
        "prod",
        "partial",
        "nabla",
        "accent",
        "begin",
        "brace",
        "norm",
    ]
)
_POWERS = {
    **dict.fromkeys((">", "<", ">=", "<="), 5),
    **dict.fromkeys(("+", "-"), 10),
    **dict.fromkeys(("*", "odot", "/", *_STARTS), 20),
    **dict.fromkeys(("^", "_", "'"), 30),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean here beyond the declared ones."""

    world: Surroundings
    aliases: Mapping[str, Expression] = field(
        default_factory=dict
    )  # canonical spelling -> what it stands for
    known: dict[tuple[str, ...], tuple[Expression, bool, bool]] = field(
        default_factory=dict
    )  # fractions read


@dataclass(slots=True)
class Reading:
    """What was noticed while one side was read."""

    doubts: list[str] = field(default_factory=list)  # why another meaning is possible
    steps: int = 0  # tokens read for sums
    unknown: bool = False  # whether an undeclared name was met


class LatexParser(Parser):
    """Reads one list of tokens; the last is of kind "end". What names mean, latex_names.py adds."""

    def __init__(
        self, tokens: list[Token], scope: Scope, reading: Reading, vocabulary: Vocabulary | None = None
    ) -> None:
        super().__init__(tokens, vocabulary or Vocabulary(axis=scope.world.axis))
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
        parser = type(self)([*tokens, end], self.scope, self.reading, self.vocabulary)
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

    def binding(self) -> int:
        kind = self.tokens[self.position].kind
        if kind == "|":
            return -1 if self.bars else 20
        return _POWERS.get(kind, -1)

    def prefix(self, power: int) -> Expression:
        token = self.tokens[self.position]
        rule = _PREFIXES.get(token.kind)
        if rule is not None:
            self.position += 1
            read: Callable[[Token], Expression] = getattr(self, rule)
            return read(token)
        if token.kind in {"-", "+", "number"}:
            return super().prefix(power)
        if token.kind == "end":
            raise NotationError("the formula ends too early", token.offset)
        if token.kind in {"dots", "text"}:
            raise UnclearError(f"{token.text!r} has no meaning that can be computed")
        raise self.surplus()

    def infix(self, left: Expression) -> Expression:
        kind = self.next.kind
        if kind in {"^", "_", "'"}:
            return self.scripted(left)
        if kind == "/":
            return self.quotient(left)
        if kind in {"*", "odot"} or kind in _STARTS or kind == "|":
            return self.product(left)
        result = super().infix(left)
        if self.arrays and isinstance(result, Add):
            result = Add(tuple(column(term) for term in result.terms))
            check_sum(result, self.world)
        return result

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
            if not self.arrays:
                factors.append(right)
            elif sign.kind == "odot":
                factors.append(column(right))
            else:
                factors = [self.joined(factors, right, sign)]
        return Mul(tuple(factors)) if len(factors) > 1 else factors[0]

    def joined(self, factors: list[Expression], right: Expression, sign: Token) -> Expression:
        self.chain += 1
        if self.chain > MAX_CHAIN:
            raise NotationError(f"more than {MAX_CHAIN} products", sign.offset)
        left = factors[0] if len(factors) == 1 else Mul(tuple(column(factor) for factor in factors))
        shapes = shape_of(left, self.world), shape_of(right, self.world)
        if (
            shapes[0] == shapes[1]
            and shapes[0][1:] == (1,)
            and shapes[0][0] > 1
            and sign.text in {"cdot", "·"}
        ):
            self.reading.doubts.append(
                "the product of two columns may be entry by entry or their inner product"
            )
        return product(left, right, self.world)

    def group(self, opening: Token) -> Expression:
        inner = self.next
        if inner.kind in {"letters", "word", "textword"} and self.tokens[self.position + 1].kind == "}":
            self.take()
            self.take()
            return self.word(inner)
        result = self.expression(0)
        self.expect("}", opening)
        return result

    def bracket(self, opening: Token) -> Expression:
        """Grouping, or a vector where commas or mere spaces divide it."""
        closing = _OPENING[opening.kind]
        if opening.kind == "[" and (entries := self.spaced_numbers()):
            self.arrays = True
            return Matrix((tuple(entries),), flat=True)
        bars, self.bars = self.bars, 0
        entries = [self.expression(0)]
        while self.next.kind in {",", ";"}:
            self.take()
            entries.append(self.expression(0))
        self.expect_closing(closing, opening)
        self.bars = bars
        return entries[0] if len(entries) == 1 else self.listed(entries)

    def expect_closing(self, closing: str, opening: Token) -> None:
        if self.next.kind != closing:
            if self.next.kind == "end":
                raise NotationError(f"this {opening.text} is never closed", opening.offset)
            raise self.surplus()
        self.take()

    def listed(self, entries: list[Expression]) -> Expression:
        self.arrays = True
        if all(isinstance(entry, Matrix) and entry.flat for entry in entries):
            rows = tuple(entry.rows[0] for entry in entries if isinstance(entry, Matrix))
            if len({len(row) for row in rows}) == 1:
                return Matrix(rows)
        if any(shape_of(entry, self.world) for entry in entries):
            raise UnclearError("a list of matrices")
        return Matrix((tuple(entries),), flat=True)

    def spaced_numbers(self) -> list[Expression]:
        """The entries of [1 2 3] behind its bracket; none where it is anything else."""
        position, entries = self.position, []
        while self.tokens[position].kind == "number":
            entries.append(self.number(self.tokens[position]))
            position += 1
        if len(entries) < 2 or self.tokens[position].kind != "]":
            return []
        self.position = position + 1
        return entries

    def absolute(self, opening: Token) -> Expression:
        self.bars += 1
        inner = self.expression(0)
        self.bars -= 1
        if self.next.kind != "|":
            raise NotationError("this | is never closed", opening.offset)
        self.take()
        if shape_of(inner, self.world):
            raise UnclearError("|...| of a matrix may be its determinant, its norm or its absolute values")
        return Call("abs", (inner,))

    def norm(self, opening: Token) -> Expression:
        r"""\lVert v \rVert_2: of a vector the length, _1 the sum and _\infty the greatest absolute value."""
        end = next((i for i in range(self.position, len(self.tokens)) if self.tokens[i].kind == "norm"), None)
        if end is None:
            raise NotationError("this norm is never closed", opening.offset)
        inner = self.parsed(self.tokens[self.position : end])
        self.position = end + 1
        which = "2"
        if self.next.kind == "_":
            self.take()
            which = read_script(self).text
        sizes = shape_of(inner, self.world)
        if len(sizes) == 2 and 1 not in sizes and which != "F":
            raise UnclearError("the norm of a matrix, if it is not \\lVert A \\rVert_F")
        if which in {"2", "F"}:
            return Call("sqrt", (Call("sum", (Pow(inner, number(2)),)),))
        if which == "1":
            return Call("sum", (Call("abs", (inner,)),))
        if which.startswith((r"\infty", "∞", "max")):
            return Call("max", (Call("abs", (inner,)),))
        raise UnclearError(f"the norm with the subscript {which}")

    def labelled(self, _: Token) -> Expression:
        r"""\underbrace{x}_{a remark}: x alone."""
        result = self.parsed(self.raw_group())
        if self.next.kind in {"_", "^"}:
            self.take()
            self.raw_group()
        return result

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

    def word(self, token: Token) -> Expression:
        raise NotImplementedError

    def letters(self, token: Token) -> Expression:
        raise NotImplementedError

    def scripted(self, base: Expression) -> Expression:
        """A power, a transpose, or a prime behind something that is no name."""
        kind = self.take().kind
        if kind == "_":
            raise UnclearError("a subscript behind something that is no name")
        if kind == "'":
            if shape_of(base, self.world):
                return Transpose(column(base))
            raise UnclearError("a prime that is neither a transpose nor the derivative of a function")
        return self.raised(base, read_script(self))

    def raised(self, base: Expression, script: Script) -> Expression:
        if script.is_transpose and self.world.resolve("T") is None:
            is_list = isinstance(base, Matrix) and base.flat  # which has no orientation
            return base if is_list else Transpose(column(base))
        if script.cut:
            raise UnclearError(f"TeX reads ^{script.text} as ^{script.text[0]} followed by {script.text[1:]}")
        exponent = self.parsed(script.tokens)
        if base == EULER:
            return Call("exp", (exponent,))
        shape = shape_of(base, self.world) if self.arrays else ()
        if len(shape) == 2 and shape[0] == shape[1] > 1 and exponent != Neg(ONE):
            return self.matrix_power(base, exponent)
        if shape and exponent == Neg(ONE):
            raise UnclearError("the inverse of a matrix is not computed")
        return Pow(column(base), exponent)

    def matrix_power(self, base: Expression, exponent: Expression) -> Expression:
        """A square matrix times itself; where that does not fit, the power of its entries may be meant."""
        doubt = "a power of a square matrix may be its matrix power or that of its entries"
        if not isinstance(exponent, Number) or exponent.numeral.value not in range(2, MAX_MATRIX_POWER + 1):
            raise UnclearError(doubt)
        self.reading.doubts.append(doubt)
        result = base
        for _ in range(int(exponent.numeral.value) - 1):
            result = MatMul(result, base)
        return result

    def fraction(self, _: Token) -> Expression:
        top = self.fraction_part()
        bottom = self.fraction_part()
        if self.bound or self.running or not top:
            return self.divided(top, bottom)
        key = (*[part.text for part in top], "/", *[part.text for part in bottom])
        known = self.scope.known.get(key)
        if known is None:
            doubts = len(self.reading.doubts)
            result = self.divided(top, bottom)
            if len(self.reading.doubts) > doubts or len(top) == 1:
                return result
            known = self.scope.known[key] = result, self.arrays, self.reading.unknown
        self.arrays |= known[1]
        self.reading.unknown |= known[2]
        return known[0]

    def derivative(self, top: list[Token], bottom: list[Token]) -> Expression | None:
        raise NotImplementedError

    def divided(self, top: list[Token], bottom: list[Token]) -> Expression:
        derived = self.derivative(top, bottom)
        if derived is not None:
            return derived
        return Div(column(self.parsed(top)), self.parsed(bottom))

    def fraction_part(self) -> list[Token]:
        r"""\frac12 is 1/2; \frac123 leaves the 3, which nobody means."""
        is_cut = self.next.kind == "number" and len(self.next.text) > 2
        if is_cut and self.next.text.isdigit():
            raise UnclearError(f"\\frac{self.next.text} without braces")
        return self.raw_group()

    def root(self, token: Token) -> Expression:
        if self.next.kind == "[":
            self.take()
            degree = self.expression(0)
            self.expect_closing("]", token)
            return Pow(self.parsed(self.raw_group()), Div(ONE, degree))
        if self.next.kind == "(":
            return Call("sqrt", (self.bracket(self.take()),))
        return Call("sqrt", (self.parsed(self.raw_group()),))

    def series(self, token: Token) -> Expression:
        raise NotImplementedError

    def environment(self, token: Token) -> Expression:
        if token.text == "cases":
            return self.cases(token)
        if token.text not in _MATRICES:
            raise UnclearError(f"the environment {token.text} has no value")
        self.arrays = True
        rows = self.rows(token)
        if len({len(row) for row in rows}) != 1:
            raise NotationError("the rows of the matrix differ in length", token.offset)
        if any(shape_of(entry, self.world) for row in rows for entry in row):
            raise UnclearError("a matrix within a matrix")
        return Matrix(tuple(tuple(row) for row in rows))

    def rows(self, token: Token) -> list[list[Expression]]:
        rows: list[list[Expression]] = [[]]
        while True:
            if self.next.kind == "end-env" and not rows[-1] and len(rows) > 1:
                rows.pop()
                break
            rows[-1].append(self.expression(0))
            if self.next.kind == "row":
                rows.append([])
            elif self.next.kind == "end-env":
                break
            elif self.next.kind != "&":
                raise self.surplus()
            self.take()
        self.expect_closing("end-env", token)
        return rows

    def cases(self, token: Token) -> Expression:
        """Branches and their conditions, as a sum of products with comparisons."""
        result: Expression | None = None
        rest: Expression = ONE
        while self.next.kind != "end-env":
            value = self.expression(0)
            while self.next.kind in {"&", ",", "text", "textword", "quad"}:
                self.take()
            condition: Expression = ONE
            if self.next.kind not in {"row", "end-env"}:
                condition = self.expression(0)
                if not isinstance(condition, Compare):
                    raise UnclearError("a case whose condition is no comparison")
            while self.next.kind in {"row", ",", "stop"}:
                self.take()
            branch = mul(value, condition, rest)
            result = branch if result is None else Add((result, branch))
            rest = mul(rest, Add((ONE, Neg(condition)))) if condition != ONE else number(0)
        self.expect_closing("end-env", token)
        if result is None or rest == ONE:
            raise UnclearError("cases without branches")
        return result

    def slope_sign(self, token: Token) -> Expression:
        raise NotImplementedError

    def arguments(self) -> tuple[list[Expression], int | None]:
        """The arguments of a function; without brackets the next factor alone."""
        opening = self.next
        if opening.kind not in _OPENING:
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
        self.expect_closing(_OPENING[opening.kind], opening)
        self.bars = bars
        return arguments, None

    def function_call(self, token: Token, function: Function) -> Expression:
        r"""A built-in function: \sin^2 x, \sigma'(z), \log_2 x, \exp(-x)."""
        power: Script | None = None
        base: Script | None = None
        slope = False
        while self.next.kind in {"^", "_", "'"}:
            kind = self.take().kind
            if kind == "'":
                slope = True
            elif kind == "^":
                power = read_script(self)
                slope, power = (True, None) if power.text in {"'", "′"} else (slope, power)
            else:
                base = read_script(self)
        if power is not None and power.text.startswith("-"):
            raise UnclearError(f"{token.text}^{{-1}} may be the inverse function or the reciprocal")
        if base is not None and function.name != "log":
            raise UnclearError(f"a subscript at the function {token.text}")
        result = self.slope(token, function) if slope else self.call(token, function)
        if base is not None:
            result = Div(result, Call("log", (self.parsed(base.tokens),)))
        return result if power is None else Pow(result, self.parsed(power.tokens))

    def slope(self, token: Token, function: Function) -> Expression:
        own = FUNCTIONS.get(f"{function.name}'")
        if own is not None:
            return self.call(token, own)
        if function.name not in SLOPES:
            raise UnclearError(f"the derivative of {token.text}")
        from hw2check.calculus.adjoint import slope_formula

        return self.user_call(token, UserFunction(("x",), slope_formula(function.name)))

    def node_call(self, token: Token, function: UserFunction) -> Expression:
        """f_6(x_2, x_3) for the node x6: by the names of its inputs, or in their order."""
        arguments, _ = self.arguments()
        spelt = [argument.name for argument in arguments if isinstance(argument, Name)]
        if len(spelt) == len(arguments) and set(spelt) == set(function.parameters):
            return function.body
        if len(arguments) != len(function.parameters) or sorted(function.parameters) != list(
            function.parameters
        ):
            raise UnclearError(f"the order of the arguments of {token.text} is not known")
        return substitute(function.body, dict(zip(function.parameters, arguments, strict=True)))


@lru_cache(maxsize=4096)
def built_in(spelt: str) -> Function | None:
    """The function of that name, whatever its capitals."""
    base = canonical(spelt)
    for form in (base, base.lower(), base.lower().replace("_", "")):
        found = FUNCTIONS.get(ALIASES.get(form, form))
        if found is not None:
            return found
    return {"sgn": FUNCTIONS["sign"], "leakyrelu": FUNCTIONS["leaky_relu"]}.get(base.lower())


PI = Constant("pi")

_PREFIXES: Mapping[str, str] = {
    "letters": "letters",
    "word": "word",
    "textword": "word",
    "accent": "word",
    "{": "group",
    "(": "bracket",
    "[": "bracket",
    "\\{": "bracket",
    "|": "absolute",
    "norm": "norm",
    "frac": "fraction",
    "sqrt": "root",
    "sum": "series",
    "prod": "series",
    "begin": "environment",
    "brace": "labelled",
    "partial": "slope_sign",
    "nabla": "slope_sign",
}
