"""The names of a problem file as they are declared, and the functions that it states."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

import numpy as np

from hw2check.calculus.values import evaluate
from hw2check.errors import HW2CheckError
from hw2check.formula.functions import FUNCTIONS, WHOLE
from hw2check.formula.names import canonical, is_name
from hw2check.formula.notation import NotationError, UserFunction, Vocabulary, parse
from hw2check.formula.numeral import is_text
from hw2check.formula.text import to_text
from hw2check.formula.tree import ZERO, Expression, Pow, is_closed, number, walk
from hw2check.problem.model import _look_up
from hw2check.reading.source import Path, Source
from hw2check.reading.written import read_number, read_table

_HEAD = re.compile(r"\s*([^\W\d]\w*)\s*\(([^()]*)\)\s*\Z")
_FUNCTION_HINT = '"f5(x)" = "1/(1 + exp(-x))"'


class Declarations:
    """What a problem file has named so far."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.data = source.data
        self.places: dict[str, Path] = {}
        self.spelt: dict[str, str] = {}

    def error(self, message: str, path: Path, hint: str = "") -> HW2CheckError:
        return HW2CheckError(message, self.source.place(path), hint)

    def text(self, key: str) -> str:
        value = self.data.get(key, "")
        if not is_text(value):
            raise self.error(f"{key} must be text in quotes", (key,))
        return value

    def declare(self, spelt: str, path: Path) -> str:
        if not is_name(spelt):
            raise self.error(
                f"{spelt!r} cannot name a quantity",
                path,
                "a name is a letter, then letters, digits and underscores",
            )
        name = canonical(spelt)
        if name in self.places:
            first = self.source.place(self.places[name])
            also = "" if self.spelt[name] == spelt else f" ({self.spelt[name]} and {spelt} are one name)"
            raise self.error(
                f"{name} is defined twice{also}", path, f"its first definition is in line {first.line}"
            )
        self.places[name] = path
        self.spelt[name] = spelt
        return name

    def known(self, spelt: str) -> str | None:
        name = canonical(spelt)
        return name if name in self.places else None

    def parsed(self, text: str, path: Path, vocabulary: Vocabulary) -> Expression:
        try:
            expression = parse(text, vocabulary)
        except NotationError as error:
            raise HW2CheckError(error.message, self.source.place(path, error.offset), error.hint) from None
        self.check_literals(expression, path)
        return expression

    def check_literals(self, expression: Expression, path: Path) -> None:
        """No literal part may overflow: 9^9^9^9 is a slip, or meant to harm."""
        for part in walk(expression):
            if isinstance(part, Pow) and is_closed(part) and not np.all(np.isfinite(evaluate(part, {}))):
                raise self.error(f"{to_text(part)[:60]} has no finite value", path)

    def functions(self) -> dict[str, UserFunction]:
        functions: dict[str, UserFunction] = {}
        for head, body in read_table(self.source, self.data, "functions").items():
            path = ("functions", head)
            match = _HEAD.match(head)
            if match is None or not is_text(body):
                raise self.error(
                    "a function is not stated as a formula of its arguments", path, _FUNCTION_HINT
                )
            name, parameters = match[1], tuple(part.strip() for part in match[2].split(","))
            if not all(is_name(parameter) for parameter in parameters) or len(set(parameters)) < len(
                parameters
            ):
                raise self.error(f"the arguments of {name} must be different names", path, _FUNCTION_HINT)
            if name in functions or name in FUNCTIONS or name in WHOLE:
                why = "is defined twice" if name in functions else "is built in"
                raise self.error(f"the function {name} {why}", path, "choose another name")
            own = {canonical(parameter): parameter for parameter in parameters}
            vocabulary = Vocabulary(partial(_look_up, own), own.values, functions)
            functions[name] = UserFunction(parameters, self.parsed(body, path, vocabulary))
        return functions | self.slopes(functions)

    def slopes(self, functions: Mapping[str, UserFunction]) -> dict[str, UserFunction]:
        """F' for each function f of one argument whose derivative the rules of calculus give."""
        slopes = {}
        for name, function in functions.items():
            if len(function.parameters) == 1:
                (parameter,) = function.parameters
                from hw2check.calculus.rules import derivative_by_rules

                with suppress(KeyError):
                    derived = derivative_by_rules(function.body, parameter, self.relu_at_zero())
                    slopes[f"{name}'"] = UserFunction((parameter,), derived)
        return slopes

    def relu_at_zero(self) -> Expression | None:
        key = "relu_derivative_at_0"
        if key not in self.data:
            return None
        value = number(read_number(self.source, (key,), self.data[key]).value)
        return None if value == ZERO else value
