"""The mistakes that are made in the chain rule, with their rows of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator

from hw2check.formula.quantity import is_local
from hw2check.formula.tree import Add, Expression, Mul, Name, Neg, mul
from hw2check.mistakes.mistake import Chain, Mistake

Results = Iterator[Expression]


def slope_missing(chain: Chain) -> Results:
    """dL/dA for dL/dZ: the slope of an activation is left out, with all else or alone"""
    yield from map(Name, chain.inputs)

    def alone(term: Mul) -> Results:
        derivatives = [factor for factor in term.factors if isinstance(factor, Name) and "/" in factor.name]
        if len(derivatives) == 1 and derivatives[0].name in chain.after:
            yield derivatives[0]
        yield from (rest for factor, rest in _left_out(term) if _is_in(factor, chain.slopes))

    yield from chain.with_links(alone)


def factor_missing(chain: Chain) -> Results:
    """dL/dy for dL/dy*dy/dx"""

    def change(term: Mul) -> Results:
        for factor, rest in _left_out(term):
            if not _is_in(factor, chain.slopes) and not _is_last(factor, term):
                yield rest

    yield from chain.with_links(change)


def local_for_total(chain: Chain) -> Results:
    """dy/dx for dL/dy*dy/dx"""

    def change(term: Mul) -> Results:
        yield from (rest for factor, rest in _left_out(term) if _is_last(factor, term))

    yield from chain.with_links(change)


def factor_twice(chain: Chain) -> Results:
    """dL/dy*(dy/dx)^2 for dL/dy*dy/dx"""
    yield from chain.with_links(lambda term: (mul(*term.factors, factor) for factor in term.factors))


def one_path(chain: Chain) -> Results:
    """One of several paths alone, and all but one"""
    for position, term in enumerate(chain.terms) if len(chain.terms) > 1 else ():
        others = (*chain.terms[:position], *chain.terms[position + 1 :])
        yield Add(others) if len(others) > 1 else others[0]
        yield term


def sign_of_path(chain: Chain) -> Results:
    """a*b - c*d for a*b + c*d"""
    for position, term in enumerate(chain.terms) if len(chain.terms) > 1 else ():
        yield chain.with_term(position, Neg(term))


def _left_out(term: Mul) -> Iterator[tuple[Expression, Expression]]:
    """Each factor, and the product without it."""
    for position, factor in enumerate(term.factors):
        yield factor, mul(*term.factors[:position], *term.factors[position + 1 :])


def _is_in(factor: Expression, named: frozenset[str]) -> bool:
    return isinstance(factor, Name) and factor.name in named


def _is_last(factor: Expression, term: Mul) -> bool:
    """Whether a whole derivative has only one other factor, which is then a local partial."""
    return len(term.factors) == 2 and isinstance(factor, Name) and not is_local(factor.name)


ROWS = (
    Mistake(
        "missing-chain-factor",
        2,
        "one factor of the chain rule is missing",
        "dL/dx written as dL/dy",
        chaining=factor_missing,
    ),
    Mistake(
        "extra-chain-factor",
        2,
        "one factor of the chain rule is taken twice",
        "dL/dy*dy/dx written as dL/dy*(dy/dx)^2",
        chaining=factor_twice,
    ),
    Mistake(
        "one-path-only",
        2,
        "not all paths of the chain rule are summed",
        "two paths lead from x to the loss, one is counted",
        chaining=one_path,
    ),
    Mistake(
        "local-for-total",
        2,
        "the local partial is given for the total derivative",
        "dL/dx written as dy/dx",
        chaining=local_for_total,
    ),
)
