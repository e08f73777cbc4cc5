"""The grammar of LaTeX put together: for each kind of token the rule that reads it."""

from __future__ import annotations

from collections.abc import Mapping

from hw2check.formula.notation import Token
from hw2check.formula.tree import Expression
from hw2check.latex.arrays import read_environment
from hw2check.latex.brackets import (
    read_absolute,
    read_angles,
    read_boxed,
    read_bracket,
    read_labelled,
    read_length,
    read_norm,
    read_rounded,
)
from hw2check.latex.derivatives import read_derived, read_partial, read_without_value
from hw2check.latex.evaluations import read_bar
from hw2check.latex.fractions import read_binomial, read_fraction, read_root
from hw2check.latex.names import read_group, read_letters, read_name, read_operator
from hw2check.latex.parser import LatexParser, Rules
from hw2check.latex.powers import read_degrees, read_factorial, read_percent, read_scripted
from hw2check.latex.scope import Reading, Scope
from hw2check.latex.series import read_series

RULES = Rules.of(
    prefix={
        "letters": read_letters,
        **dict.fromkeys(("word", "textword", "accent"), read_name),
        "operator": read_operator,
        "{": read_group,
        **dict.fromkeys(("(", "[", "\\{"), read_bracket),
        "|": read_absolute,
        "norm": read_norm,
        "length": read_length,
        "derived": read_derived,
        **dict.fromkeys(("int", "inf", "mod"), read_without_value),
        "langle": read_angles,
        "frac": read_fraction,
        "binom": read_binomial,
        **dict.fromkeys(("lfloor", "lceil"), read_rounded),
        "sqrt": read_root,
        **dict.fromkeys(("sum", "prod"), read_series),
        "begin": read_environment,
        "brace": read_labelled,
        "box": read_boxed,
        **dict.fromkeys(("partial", "nabla"), read_partial),
    },
    postfix={
        **dict.fromkeys(("^", "_", "'"), read_scripted),
        "!": read_factorial,
        "degree": read_degrees,
        "percent": read_percent,
        "bar": read_bar,
    },
)


def parse_latex(
    tokens: list[Token],
    scope: Scope,
    reading: Reading | None = None,
    bound: Mapping[str, int] | None = None,
) -> Expression:
    """The expression tree of one side, its names resolved; an undeclared name stays as it is.

    reading  filled with what was noticed: doubts, and choices between several meanings
    bound    values of indices that stand for any entry
    Raises NotationError for what is no formula, UnclearError for what has no checkable meaning, and
    ShapeError for products and sums of matrices that do not fit.
    """
    end = tokens[-1].offset + len(tokens[-1].text) if tokens else 0
    parser = LatexParser([*tokens, Token("end", "", end)], RULES, scope, reading or Reading())
    parser.bound = dict(bound or {})
    if any(token.kind == "pm" for token in tokens):
        signs = "+-" if parser.chosen("±", "+", "-") == "+" else "-+"
        kinds = {"pm": signs[0], "±": signs[0], "mp": signs[1], "∓": signs[1]}
        parser.tokens = [
            Token(kinds[token.text], kinds[token.text], token.offset) if token.kind == "pm" else token
            for token in parser.tokens
        ]
    return parser.whole()
