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

from hw2check.formula.functions import ALIASES, FUNCTIONS, SHORT, SLOPES, WHOLE, WHOLE_ALIASES, Function
from hw2check.formula.names import canonical, did_you_mean
from hw2check.formula.pratt import E, Pratt
from hw2check.formula.tree import (
    Call,
    Constant,
    Expression,
    Index,
    Name,
    Whole,
    depth,
    substitute,
    walk,
)
from hw2check.formula.vocabulary import (
    MAX_CHAIN,
    MAX_DEPTH,
    MAX_NESTING,
    MAX_SIZE,
    MAX_TOKENS,
    NotationError,
    Token,
    UserFunction,
    Vocabulary,
)
from hw2check.formula.words import split_words

__all__ = [
    "MAX_CHAIN",
    "MAX_DEPTH",
    "MAX_NESTING",
    "MAX_SIZE",
    "MAX_TOKENS",
    "NotationError",
    "Parser",
    "Token",
    "UserFunction",
    "Vocabulary",
    "parse",
]


def parse(text: str, vocabulary: Vocabulary | None = None) -> Expression:
    """The expression tree of a formula.

    Raises NotationError with the character where reading failed.
    """
    vocabulary = vocabulary or Vocabulary()
    return Parser(split_words(text, vocabulary), vocabulary, text).whole()


class Parser(Pratt):
    """Words and calls within the operators: the whole infix notation."""

    size = 0  # parts of functions of one's own that were put in
    keepdims = False  # of the arguments read last

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
            return E
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


def _function(spelt: str) -> Function | None:
    prime = "'" if spelt.endswith("'") else ""
    base = canonical(spelt.removesuffix("'"))
    return FUNCTIONS.get(ALIASES.get(base, base) + prime)


def _size(expression: Expression) -> int:
    return sum(1 for _ in walk(expression))
