"""Names in LaTeX: which letters are one name, which quantity it is, what a fraction of partials means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from hw2check.calculus.rules import derivative_by_rules
from hw2check.formula.names import canonical
from hw2check.formula.notation import NotationError, Token, UserFunction
from hw2check.formula.tree import (
    Call,
    Constant,
    Expression,
    Name,
    Transpose,
    number,
)
from hw2check.latex.applications import read_applied
from hw2check.latex.calls import PI, built_in, function_call, node_call
from hw2check.latex.derivatives import read_differential, read_fraction_in_line
from hw2check.latex.indices import entry_of, indices_in
from hw2check.latex.parser import LatexParser
from hw2check.latex.powers import EULER
from hw2check.latex.scope import UnclearError
from hw2check.latex.scripts import INDICES, Script, read_script

_MARKS = frozenset({"*", "ast", "star", "∗", "dagger", "ddagger"})  # w^* is a name


class _Scripts(NamedTuple):
    sub: Script | None
    label: Script | None  # a superscript that is part of the name
    new: bool
    primes: int


def read_letters(parser: LatexParser, token: Token) -> Expression:
    """A run of letters: one declared word, or the longest declared beginning and the rest as factors.

    A number right behind it belongs to the name: w5.
    """
    number, behind = parser.next, parser.tokens[parser.position + 1 : parser.position + 2]
    if (
        number.kind == "number"
        and number.text.isdecimal()
        and number.offset == token.offset + len(token.text)
        and not (behind and behind[0].kind == "^")
    ):
        parser.take()
        return read_name(parser, Token("letters", token.text + number.text, token.offset))
    length = _first_length(parser, token.text)
    if length < len(token.text):
        derived = read_differential(parser, token)
        if derived is not None:
            return derived
        parser.position -= 1
        parser.split(length)
        token = parser.take()
    return read_name(parser, token)


def _first_length(parser: LatexParser, run: str) -> int:
    if len(run) == 1 or _resolves_whole(parser, run):
        return len(run)
    for length in range(len(run) - 1, 0, -1):
        if _resolved(parser, run[:length]) is not None or run[:length] in parser.bound:
            return length
    if run[0] == "e" and parser.next.kind == "^" and len(run) > 1:
        return len(run)
    return len(run)


def _resolves_whole(parser: LatexParser, run: str) -> bool:
    if _resolved(parser, run) is not None or built_in(run) is not None:
        return True
    if parser.next.kind not in {"_", "^", "accent"}:
        return False
    start = parser.position
    scripts = _read_scripts(parser, run)
    parser.position = start
    if any(_resolved(parser, spelt) is not None for spelt in _spellings(run, scripts)):
        return True
    sub = scripts.sub.text if scripts.sub else ""
    return bool(sub) and parser.world.function(canonical(run), sub) is not None


def _resolved(parser: LatexParser, spelt: str) -> Expression | None:
    """What a name stands for: an alias, or a declared quantity."""
    alias = parser.scope.aliases.get(canonical(spelt))
    if alias is not None:
        return alias
    name = parser.world.resolve(spelt)
    return None if name is None else Name(name)


def _spellings(base: str, scripts: _Scripts) -> Iterator[str]:
    """The spellings that a name with scripts may have in a problem file, the most literal first."""
    sub = scripts.sub.text if scripts.sub else ""
    label = (scripts.label.label or scripts.label.text) if scripts.label else ""
    new = "_new" if scripts.new else ""
    if sub and label:
        for spelt in (
            f"{base}{sub}_{label}",
            f"{base}_{label}_{sub}",
            f"{base}_{sub}_{label}",
            f"{base}{label}{sub}",
        ):
            yield spelt + new
    elif sub or label:
        yield f"{base}_{sub or label}{new}"
        if "," in sub:  # w_{1,1} is w11
            yield f"{base}{sub.replace(',', '')}{new}"
            yield f"{base}_{sub.replace(',', '_')}{new}"
        yield f"{base}{sub or label}{new}"
    else:
        yield base + new


def _read_scripts(parser: LatexParser, base: str) -> _Scripts:
    sub = label = None
    new, primes = False, 0
    while parser.next.kind in {"_", "^", "'"} or (age := _age(parser)):
        start = parser.position
        kind = parser.take().kind
        if kind == "(":
            parser.position += 2
            new = new or age == "new"
            continue
        if kind == "'":
            primes += 1
            continue
        if kind == "_":
            if sub is not None:
                raise NotationError("two subscripts at one name", parser.next.offset)
            sub = read_script(parser, lambda text: _resolved(parser, f"{base}_{text}") is not None)
            if sub.is_new and _resolved(parser, base) is not None:
                new, sub = True, None
            continue
        script = read_script(parser)
        if script.primes:
            primes += script.primes
        elif script.is_new:
            new = True
        elif script.is_old:
            continue
        elif script.label or script.text in _MARKS or _is_label(parser, base, sub, script):
            label = script
        else:
            parser.position = start
            break
    return _Scripts(sub, label, new, primes)


def _age(parser: LatexParser) -> str:
    """The word new or old where w(new) stands."""
    ahead = parser.tokens[parser.position : parser.position + 3]
    is_age = [token.kind for token in ahead[::2]] == ["(", ")"] and ahead[1].text in {"new", "old"}
    return ahead[1].text if is_age else ""


def _is_label(parser: LatexParser, base: str, sub: Script | None, script: Script) -> bool:
    """A superscript without brackets is part of the name only where that name alone is declared."""
    if script.text in {"", "T", "'"} or not script.text.isalnum():
        return False
    plain = _Scripts(sub, None, False, 0)
    if any(_resolved(parser, spelt) is not None for spelt in _spellings(base, plain)):
        return False
    labelled = _Scripts(sub, script, False, 0)
    return any(_resolved(parser, spelt) is not None for spelt in _spellings(base, labelled))


def read_name(parser: LatexParser, token: Token) -> Expression:
    """A name with its scripts: a quantity, a function with its arguments, a constant, or no declared name."""
    bases = list(_bases(parser, token))
    function = built_in(bases[0]) if token.kind != "accent" else None
    if function is not None and _resolved(parser, bases[0]) is None:
        is_called = parser.next.kind in {"(", "[", "\\{", "{"} or token.kind != "letters" or len(bases[0]) > 1
        if is_called and not _is_undeclared_sigma(parser, bases[0]):
            return function_call(parser, token, function)
    scripts = _read_scripts(parser, bases[0])
    for base in bases:
        for spelt in _spellings(base, scripts):
            found = _resolved(parser, spelt)
            if found is not None:
                applied = None if scripts.primes else read_applied(parser, base, spelt, found)
                return applied or _known(parser, found, scripts)
    return _unknown(parser, token, bases, scripts)


def read_operator(parser: LatexParser, token: Token) -> Expression:
    r"""\operatorname{..} and the like: a name or function that is known, or one that nobody can compute."""
    if token.kind == "operator" and not _resolves_whole(parser, token.text):
        while parser.next.kind == "operator" or (token.text == "arg" and parser.next.text in {"max", "min"}):
            token = Token("operator", token.text + parser.take().text, token.offset)
        start = parser.position
        while parser.next.kind in {"_", "^"}:
            parser.take()
            parser.raw_group()
        behind, parser.position = parser.next.kind, start
        if behind in parser.rules.prefix and behind not in {"(", "["}:
            raise UnclearError(f"what the operator {token.text} gives is not known")
    return read_name(parser, token)


def _is_undeclared_sigma(parser: LatexParser, base: str) -> bool:
    r"""\sigma without an argument, or with a subscript, is no sigmoid; \sigma^2 is a variance."""
    if base != "sigma":
        return False
    start = parser.position
    while parser.next.kind in {"^", "'"}:
        if parser.take().kind == "^":
            read_script(parser)
    behind, parser.position = parser.next.kind, start
    return behind not in {"(", "[", "\\{", "{"}


def _bases(parser: LatexParser, token: Token) -> Iterator[str]:
    if token.kind != "accent":
        yield token.text
        return
    inner = parser.raw_group()
    if len(inner) > 2 and inner[1].kind == "_":
        parser.tokens[parser.position : parser.position] = inner[1:]
    elif len(inner) != 1 or inner[0].kind not in {"letters", "word", "textword"}:
        raise UnclearError(f"\\{token.text} over more than a name")
    for form in ("{0}_{1}", "{0}{1}", "{1}_{0}", "{1}{0}"):
        yield form.format(inner[0].text, token.text)


def _known(parser: LatexParser, found: Expression, scripts: _Scripts) -> Expression:
    if scripts.sub is not None and scripts.sub.cut:
        first = scripts.sub.text[0]
        if scripts.sub.text.isdecimal() and not first:
            raise UnclearError("a subscript without braces")
    if isinstance(found, Name) and not parser.world.has(found.name):
        return found
    if not isinstance(found, Name) or parser.world.shape(found.name):
        parser.arrays = True
    if not scripts.primes:
        return found
    if isinstance(found, Name):
        if parser.world.shape(found.name):
            if parser.chosen(f"{found.name}'", "transpose", "name") == "name":
                parser.reading.unknown = True
                return Name(f"{found.name}'")
            return Transpose(found)
        if parser.world.resolve(f"{found.name}_new") is not None:
            return Name(f"{found.name}_new")
    raise UnclearError("a prime at a quantity")


def _unknown(parser: LatexParser, token: Token, bases: list[str], scripts: _Scripts) -> Expression:
    base, sub = bases[0], scripts.sub.text if scripts.sub else ""
    suffix = sub or (scripts.label.label if scripts.label else "")
    called = _called(parser, token, base, suffix, scripts.primes)
    if called is not None:
        return called
    constant = _constant(parser, base) if scripts == _Scripts(None, None, new=False, primes=0) else None
    spelt = next(_spellings(base, scripts))
    if re.fullmatch(r"\d(,\d)+", sub):  # w_{1,1} is w11
        spelt = spelt.replace(sub, sub.replace(",", ""))
    if constant is None or isinstance(constant, (Call, Constant)):
        applied = read_applied(parser, base, spelt + "'" * scripts.primes, constant)
        if applied is not None:
            return applied
    if constant is not None:
        return constant
    if scripts.sub is not None:
        label = (scripts.label.label or scripts.label.text) if scripts.label else ""
        indexed = _indexed(parser, [f"{b}_{label}" for b in bases] if label else bases, scripts.sub)
        if indexed is not None:
            return indexed
    if scripts.sub is not None and scripts.sub.cut and _resolved(parser, f"{base}_{sub[0]}") is not None:
        raise UnclearError(f"TeX reads {base}_{sub} as {base}_{sub[0]} followed by {sub[1:]}")
    parser.reading.unknown = True
    return Name(canonical(spelt) + "'" * scripts.primes)


def _constant(parser: LatexParser, base: str) -> Expression | None:
    """The value of a bound index, e and pi."""
    if base in parser.bound:
        return number(parser.bound[base])
    return EULER if base == "e" else PI if base == "pi" else None


def _called(parser: LatexParser, token: Token, base: str, suffix: str, primes: int) -> Expression | None:
    world = parser.world
    function = world.function(canonical(base), suffix)
    if primes and function is not None:
        return _slope_called(parser, token, function, primes)
    if parser.next.kind in {"(", "[", "\\{"} and function is not None:
        node = world.node_of(canonical(base), suffix)
        shown = Token("word", f"{base}_{suffix}" if suffix else base, token.offset)
        if node is not None and function.body == world.nodes[node].formula:
            return node_call(parser, shown, function)
        return parser.user_call(shown, function)
    node = world.node_of(canonical(base), suffix)
    if primes and node is not None:
        raise UnclearError("a prime that is not the derivative of a function of one number")
    return None if node is None else Name(node)


def _slope_called(parser: LatexParser, token: Token, function: UserFunction, primes: int) -> Expression:
    """f'(x): the derivative of a function of one number, by its argument."""
    if parser.next.kind not in {"(", "[", "\\{"} or len(function.parameters) != 1:
        raise UnclearError("a prime that is not the derivative of a function of one number")
    (parameter,), body = function.parameters, function.body
    try:
        for _ in range(primes):
            body = derivative_by_rules(body, parameter, parser.world.relu_at_zero)
    except KeyError:
        raise UnclearError(f"the derivative of {token.text}") from None
    return parser.user_call(token, UserFunction((parameter,), body))


def _indexed(parser: LatexParser, bases: list[str], sub: Script) -> Expression | None:
    """An entry of a declared vector or matrix, or all its entries for an index that runs."""
    found = next((found for base in bases if (found := _resolved(parser, base)) is not None), None)
    if not isinstance(found, Name) or not parser.world.has(found.name):
        return None
    shape = parser.world.shape(found.name)
    if not shape:
        return None
    if shape[1] == 1 and (sub.text in parser.running or sub.text in INDICES):
        if sub.text in parser.running:
            parser.running[sub.text] = True
        parser.arrays = True
        return found
    indices = indices_in(sub, shape, parser.bound)
    is_number = all(token.kind in {"number", ",", "script"} for token in sub.tokens)
    if not indices or (is_number and parser.chosen(f"{found.name}_", "entry", "name") == "name"):
        return None
    return entry_of(found, indices, shape)


def read_group(parser: LatexParser, opening: Token) -> Expression:
    """{x}: a name alone is one word here, and scripts may follow the brace; {} is nothing."""
    inner = parser.next
    if inner.kind == "}":
        parser.take()
        return parser.prefix(20)
    if inner.kind in {"letters", "word", "textword"} and parser.tokens[parser.position + 1].kind == "}":
        parser.position += 2
        return read_name(parser, inner)
    derived = read_fraction_in_line(parser)
    if derived is not None:
        return derived
    result = parser.expression(0)
    parser.expect("}", opening)
    return result
