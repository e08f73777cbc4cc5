"""What a failing step may mean by the words around it, so that it is not certain that it is a mistake."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hw2check.formula.tree import is_closed
from hw2check.proofread.bindings import Bindings
from hw2check.proofread.certainty import names_of
from hw2check.proofread.definitions import Read
from hw2check.proofread.steps import Chain

_BROKEN = re.compile(r"\d[.,][^\S\n]*\n[^\S\n]*\Z")  # a number goes on in the next line


def has_leeway(chain: Chain, index: int, reads: Sequence[Read], bindings: Bindings) -> bool:
    """Whether a step that fails for sure may be right as its writer means it.

    Its first number may begin in the line before; the sentence may be about what happens if a value changes;
    a function may be another one here, or be approximated, or have its values chosen.
    """
    left, right = reads[index], reads[index + 1]
    used = names_of(left, right)
    if not used:
        first = chain.sides[index].formula
        return first.notation == "plain" and bool(_BROKEN.search(first.part.text[: first.start]))
    if all(map(bindings.is_declared, used)):
        return False
    called = (*left.functions, *right.functions)
    primes = any("'" in token.text for read in (left, right) for token in read.side.tokens)
    if any(map(bindings.may_change, used)) or (primes and not all(map(bindings.is_of_section, called))):
        return True
    is_value = right.expression is not None and is_closed(right.expression)
    chosen = chain.relations[index] == "~" or bindings.mood.gives
    return bool(called) and chosen and is_value and len(chain.sides) == 2
