"""How sure it is that a step which fails is a mistake.

A step is wrong only if it fails under every reading that the document so far allows. Arithmetic without
names has one reading. A declared problem, or an earlier step that holds, makes a name's reading firm; what
was given in the same scope and never otherwise is as good where the step computes with it. In all other cases
a step that fails is doubtful, and not checked where the words around it say that it claims nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from hw2check.formula.names import canonical
from hw2check.formula.tree import (
    Call,
    Div,
    Expression,
    MatMul,
    Matrix,
    Name,
    Neg,
    Number,
    Pow,
    Transpose,
    children,
    is_closed,
    names,
    walk,
)
from hw2check.latex.powers import EULER
from hw2check.proofread.bindings import Bindings
from hw2check.proofread.definitions import Read, called_pattern
from hw2check.proofread.literals import lone_value
from hw2check.proofread.rounding import by_rounded_terms, rounding_of
from hw2check.proofread.sameness import CLOSE, DOUBTFUL, HOLDS, ROUNDED, UNKNOWN, WRONG, Outcome
from hw2check.proofread.steps import Chain

_ARRAYS = (Matrix, MatMul, Transpose)
_IMPLIES = re.compile(r"\\(?:Long|long)?(?:R|r|l|L)?(?:eft)?(?:r|R)ightarrow\b|\\implies\b|\\iff\b|[⇒⟹⇔]")

_CYCLES = re.compile(r"(?:\(\s*\d+(?:[\s,~]|\\[ ,;])*(?:\d+(?:[\s,~]|\\[ ,;])*)*\)\s*)+")


def graded(outcome: Outcome, chain: Chain, index: int, reads: Sequence[Read], bindings: Bindings) -> Outcome:
    """A failing link of a chain as wrong, doubtful or not checked; other outcomes stay.

    outcome  under the likeliest reading, other values of its names already tried
    """
    if outcome.verdict != WRONG:
        return outcome
    left, right = reads[index], reads[index + 1]
    used = names_of(left, right)
    if not used and (unlike := _is_no_calculation(chain, index, reads)):
        return Outcome(UNKNOWN, unlike)
    if not used and (found := _closed(outcome, chain, index, reads, bindings)) is not None:
        return found
    firm = all(bindings.is_firm(name) for name in (*used, *_spelt(left, bindings), *_spelt(right, bindings)))
    if _is_about_shapes(outcome, left, right) and not firm:
        return Outcome(UNKNOWN, outcome.reason)
    if _is_about_shapes(outcome, left, right) and not bindings.has_problem:
        return Outcome(DOUBTFUL, outcome.reason)
    is_declared = all(bindings.is_declared(name) for name in used)
    relation = chain.relations[index]
    lone = len(chain.sides) == 2
    formal = [name for name in used if name.startswith("⟨")]
    if formal and not bindings.has_problem and (len(_said_of(left)) == 0 or len(_said_of(right)) == 0):
        return Outcome(UNKNOWN, "a condition, or an equation to be solved")
    if formal and not bindings.has_problem and lone and len(formal) == len(used):
        return Outcome(DOUBTFUL, outcome.reason)
    if is_declared:
        return Outcome(DOUBTFUL, outcome.reason) if bindings.mood.supposes and lone else outcome
    implies = bindings.mood.supposes or _IMPLIES.search(chain.sides[0].formula.text)
    if lone and (implies or _is_zero(left) or _is_zero(right)):
        return Outcome(UNKNOWN, "a condition, or an equation to be solved")
    if relation == "~" and not _is_lone(left) and not _is_lone(right):
        return Outcome(UNKNOWN, "an approximation of a formula by another")
    if chain.sides[0].formula.notation == "plain" or (lone and _redefines(left, bindings)):
        return Outcome(DOUBTFUL, outcome.reason)
    if not bindings.has_problem and (why := _is_loose(outcome, left, right, bindings)):
        return Outcome(DOUBTFUL, outcome.reason or why)
    own = [name for name in used if name not in formal]
    sure = _is_local(own, right, bindings, firm=firm) or (firm and _contradicts(left, right, bindings))
    return outcome if sure or _computes(reads, index, bindings) else Outcome(DOUBTFUL, outcome.reason)


def _is_loose(outcome: Outcome, left: Read, right: Read, bindings: Bindings) -> str:
    """Why names that no problem declares may mean something else in a step that fails.

    A function may be another one in this example; a value that is moved a little, to see what it does, is
    told in words; and e may be a neutral element.
    """
    if not all(map(bindings.is_local, (*left.functions, *right.functions))):
        return "the function may be another one here"
    if outcome.near:
        return "the value may have been moved a little"
    trees = (read.expression for read in (left, right) if read.expression is not None)
    bare = any(
        part == EULER and not isinstance(around, Pow)
        for tree in trees
        for around, part in _with_parents(tree)
    )
    return "e may be a name" if bare else ""


def _with_parents(tree: Expression) -> Iterator[tuple[Expression | None, Expression]]:
    """Every part of a tree, with what it is a part of."""
    waiting: list[tuple[Expression | None, Expression]] = [(None, tree)]
    while waiting:
        found = waiting.pop()
        yield found
        waiting += [(found[1], part) for part in children(found[1])]


def _closed(
    outcome: Outcome, chain: Chain, index: int, reads: Sequence[Read], bindings: Bindings
) -> Outcome | None:
    """The grade of a failing link without names; None where arrays with names do not go together."""
    left, right = reads[index], reads[index + 1]
    misfits = _is_about_shapes(outcome, left, right) and not bindings.has_problem
    nameless = not _spelt(left, bindings) and not _spelt(right, bindings)
    if bindings.mood.modular or (misfits and nameless):
        return Outcome(DOUBTFUL, outcome.reason)
    if chain.relations[index] == "<-":
        return Outcome(UNKNOWN, "a number in the place of another")
    if left.misfit or right.misfit:
        return None
    if _is_nothing_by_nothing(left.expression) or _is_rounded_within(left.expression, right.expression):
        return Outcome(DOUBTFUL, outcome.reason)
    about = chain.relations[index] == "~"
    if about and right.expression is not None and not _is_number(right.expression):
        return Outcome(DOUBTFUL, outcome.reason)
    by_method = about and outcome.near
    calculated = not (_is_number(left.expression) or _is_number(right.expression))
    nearly = by_method and (len(chain.sides) == 2 or calculated)
    return Outcome(DOUBTFUL, outcome.reason) if bindings.mood.denies or nearly else outcome


def _is_nothing_by_nothing(side: Expression | None) -> bool:
    """Whether a side is 0/0: what it counts as may have been agreed."""
    return isinstance(side, Div) and all(
        isinstance(part, Number) and not part.numeral.value for part in (side.numerator, side.denominator)
    )


def _is_rounded_within(left: Expression | None, right: Expression | None) -> bool:
    """Whether the sides may differ by rounding on the way: of the terms of a sum, or of matrices' entries."""
    if left is None or right is None:
        return False
    written = lone_value(right)
    if written is not None and not written.array.shape:
        (numeral,) = written.numerals
        decimals = len(numeral.text.partition(".")[2])
        if not decimals or not numeral.text.replace(".", "").isdigit():
            return False
        rounded = by_rounded_terms(left, decimals)
        return rounded is not None and abs(rounded - float(written.array)) < 10.0**-decimals / 100
    ours, theirs = rounding_of(left), rounding_of(right)
    if ours is None or theirs is None or ours[0].shape != theirs[0].shape:
        return False
    return bool(np.all(np.abs(ours[0] - theirs[0]) <= ours[1] + theirs[1]))


def _is_local(own: Sequence[str], right: Read, bindings: Bindings, *, firm: bool) -> bool:
    """Whether a number is said of names that were just given, each with one reading."""
    if not own or not (bindings.mood.concludes or firm):
        return False
    plain = _is_lone(right) and not any("/" in name for name in own)
    known = all(bindings.is_local(name) or bindings.is_declared(name) for name in own)
    return known and (plain or bindings.has_problem)


def _contradicts(left: Read, right: Read, bindings: Bindings) -> bool:
    """Whether the document has just said what one of two formulas of numbers is equal to: not the other one.

    Both are about the same one or two names, or one is a derivative: with more names a relation between them
    may be meant that is stated in words.
    """
    first, second = left.expression, right.expression
    if first is None or second is None or is_closed(first) or is_closed(second):
        return False
    parts = (*walk(first), *walk(second))
    if any(isinstance(part, _ARRAYS) for part in parts):
        return False
    if not all(map(bindings.is_local, (*left.functions, *right.functions))):
        return False
    if any(isinstance(part, Call) and part.function == "log" for part in parts):
        return False  # to whatever base
    derived = any(isinstance(tree, Name) and "/" in tree.name for tree in (first, second))
    same = set(names(first)) == set(names(second)) and len(names(first)) <= 2
    composed = (tree for tree in (first, second) if children(tree) or derived)
    return (derived or same) and any(bindings.has_just_said(tree) for tree in composed)


def _said_of(read: Read) -> tuple[str, ...]:
    return names(read.expression) if read.expression is not None else ()


def _is_lone(read: Read) -> bool:
    return read.expression is not None and lone_value(read.expression) is not None


def _redefines(left: Read, bindings: Bindings) -> bool:
    """Whether a lone name, or a function of variables, may be given another meaning by the step."""
    head = left.expression
    if isinstance(head, Name) and "/" not in head.name:
        return not bindings.is_declared(head.name) and not bindings.is_fresh(head.name)
    pattern = called_pattern(left.side) if left.functions else None
    return pattern is not None and not bindings.is_fresh(f"{pattern.key}()")


def _is_zero(read: Read) -> bool:
    return isinstance(read.expression, Number) and not read.expression.numeral.value


def _is_no_calculation(chain: Chain, index: int, reads: Sequence[Read]) -> str:
    """Why two sides without names are no arithmetic: two numbers, or cycles of a permutation."""
    sides = [reads[index].expression, reads[index + 1].expression]
    is_plain = chain.sides[0].formula.notation == "plain"
    if len(chain.sides) == 2 and not is_plain and all(_is_number(side) for side in sides):
        return "a number that is said to be another"
    texts = [chain.sides[at].text for at in (index, index + 1)]
    if all(_CYCLES.fullmatch(text) for text in texts) and any(text.count("(") > 1 for text in texts):
        return "brackets of whole numbers, which may be cycles"
    return ""


def _is_number(side: Expression | None) -> bool:
    number = side.operand if isinstance(side, Neg) else side
    return isinstance(number, Number) and number.numeral.text.replace(".", "").isdigit()


def names_of(left: Read, right: Read) -> tuple[str, ...]:
    """The names and the functions of the document's own that two sides use."""
    trees = [read.expression for read in (left, right) if read.expression is not None]
    used = (name for tree in trees for name in names(tree))
    return tuple(dict.fromkeys((*used, *left.functions, *right.functions)))


def _spelt(read: Read, bindings: Bindings) -> tuple[str, ...]:
    """The names of the document's own in a side that has no tree, since its shapes do not go together."""
    if not read.misfit:
        return ()
    words = (canonical(part.text) for part in read.side.tokens)
    spelt = [name for word in words for name in ((word,) if word in bindings.known else word)]
    return tuple(name for name in spelt if name in bindings.known)


def _is_about_shapes(outcome: Outcome, left: Read, right: Read) -> bool:
    return outcome.misfit or bool(left.misfit or right.misfit)


def _computes(reads: Sequence[Read], index: int, bindings: Bindings) -> bool:
    """Whether the link puts live values into a formula."""
    left, right = reads[index].expression, reads[index + 1].expression
    if left is None or right is None or not is_closed(right) or is_closed(left) or not children(left):
        return False
    used = names_of(reads[index], reads[index + 1])
    if not _is_lone(reads[index + 1]):
        return False  # other numbers may be put in than those that were given last
    begins = index > 0 and isinstance(reads[0].expression, Name)
    if not begins and not (len(reads) == 2 and _is_claim(reads, used, bindings)):
        return False
    return all(bindings.is_live(name) for name in used)


def _is_claim(reads: Sequence[Read], used: Sequence[str], bindings: Bindings) -> bool:
    """Whether a formula and a number are no equation to be solved: in one row of a table, or of arrays."""
    first, second = reads[0].side.formula, reads[1].side.formula
    between = (
        first.part.text[first.start + len(first.text) : second.start] if first.part is second.part else ""
    )
    in_a_row = ("|" in between or "&" in between) and "\n" not in between
    return in_a_row or all(bindings.is_array(name) for name in used)


def confirmed(outcome: Outcome, left: Read, right: Read) -> tuple[str, ...]:
    """The names whose readings a link confirms: it holds as it stands, and says something."""
    if outcome.verdict not in {HOLDS, ROUNDED, CLOSE} or outcome.reason:
        return ()
    if left.expression == right.expression and not left.functions:
        return ()
    trees = [read.expression for read in (left, right)]
    if all(tree is None or isinstance(tree, Name) or not children(tree) for tree in trees):
        return ()
    return names_of(left, right)
