r"""Steps with sums to a letter, \sum_{i=1}^n i = n(n+1)/2: checked with several numbers put in for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from hw2check.formula.notation import Token
from hw2check.formula.tree import is_closed
from hw2check.latex.series import NOT_IN_NUMBERS
from hw2check.proofread.definitions import Read
from hw2check.proofread.sameness import DOUBTFUL, HOLDS, UNKNOWN, WRONG, Outcome
from hw2check.proofread.steps import Chain, Side

FIRST = 4  # the least number that is put in: with fewer terms, dots stand for none
NUMBERS = 5  # how many are put in
MAX_LETTERS = 2  # that stand for such numbers in one chain
MAX_GROUP = 8  # tokens of an upper end

Reader = Callable[[Side, Mapping[str, int]], Read]
Compare = Callable[[Read, Read, str], Outcome]


def instances(
    chain: Chain, reads: Sequence[Read], is_free: Callable[[str], bool], read: Reader, compare: Compare
) -> list[Outcome] | None:
    """One outcome for each link of a chain with sums to a letter; None where nothing can be told of it.

    is_free  whether a letter has no meaning in the document
    read     a side, with numbers for letters
    compare  two sides, by a relation
    """
    if not set(chain.relations) <= {"="} or all(found.fault != NOT_IN_NUMBERS for found in reads):
        return None
    letters = [letter for letter in dict.fromkeys(_ends(chain)) if is_free(letter)]
    if not 1 <= len(letters) <= MAX_LETTERS:
        return None
    family = [[read(side, numbers) for side in chain.sides] for numbers in _numbers(letters)]
    outcomes = [_link(chain, index, family, letters, compare) for index in range(len(chain.relations))]
    return outcomes if any(outcome.verdict != UNKNOWN for outcome in outcomes) else None


def _numbers(letters: Sequence[str]) -> Iterator[dict[str, int]]:
    """Numbers for all the letters, in ever other combinations."""
    for turn in range(NUMBERS):
        yield {letter: FIRST + (turn * (at + 1) + at) % NUMBERS for at, letter in enumerate(letters)}


def _ends(chain: Chain) -> Iterator[str]:
    """The single letters in the upper ends of sums and products."""
    for side in chain.sides:
        for position, token in enumerate(side.tokens):
            if token.kind in {"sum", "prod"}:
                yield from _letters_in(_upper(side.tokens, position + 1))


def _letters_in(end: Sequence[Token]) -> Iterator[str]:
    """The letter of n, of n-1 and of 2n; of nothing longer."""
    letters = [token.text for token in end if token.kind == "letters"]
    if len(letters) == 1 and len(letters[0]) == 1:
        yield letters[0]


def _upper(tokens: Sequence[Token], position: int) -> Sequence[Token]:
    """The tokens of the upper end of a sum whose scripts begin there."""
    for _ in range(2):
        if position >= len(tokens) or tokens[position].kind not in {"_", "^"}:
            break
        end = _group_end(tokens, position + 1)
        if tokens[position].kind == "^":
            inner = tokens[position + 1 : end]
            return inner if len(inner) <= MAX_GROUP else ()
        position = end
    return ()


def _group_end(tokens: Sequence[Token], position: int) -> int:
    depth = 0
    for at in range(position, len(tokens)):
        depth += (tokens[at].kind == "{") - (tokens[at].kind == "}")
        if not depth:
            return at + 1
    return len(tokens)


def _link(
    chain: Chain, index: int, family: Sequence[Sequence[Read]], letters: Sequence[str], compare: Compare
) -> Outcome:
    """It holds if it does for all the numbers; it is doubtful if no other name stands in it and all fail."""
    pairs = [(reads[index], reads[index + 1]) for reads in family]
    fault = next((read.fault for pair in pairs for read in pair if read.fault), "")
    if fault:
        return Outcome(UNKNOWN, fault)
    found = [compare(left, right, chain.relations[index]) for left, right in pairs]
    told = ", ".join(letters)
    verdicts = {outcome.verdict for outcome in found}
    if verdicts == {HOLDS}:
        return Outcome(HOLDS, f"tried with {NUMBERS} numbers for {told}")
    is_about_all = all(_mentions(side, letters) for side in chain.sides[index : index + 2])
    closed = all(read.expression is not None and is_closed(read.expression) for p in pairs for read in p)
    is_plain = not any(map(_may_end_later, chain.sides[index : index + 2]))
    if verdicts == {WRONG} and is_about_all and closed and is_plain:
        return Outcome(DOUBTFUL, f"tried with {NUMBERS} numbers for {told}")
    return Outcome(UNKNOWN, NOT_IN_NUMBERS)


def _mentions(side: Side, letters: Sequence[str]) -> bool:
    """Whether all the letters stand in a side, alone or beside others."""
    text = "".join(token.text for token in side.tokens if token.kind == "letters")
    return all(letter in text for letter in letters)


def _may_end_later(side: Side) -> bool:
    """Whether + or - stands behind a sum without brackets: some mean what follows as a part of its terms."""
    depth, sums = 0, [False]
    for token in side.tokens:
        if token.kind in {"(", "[", "{", "\\{"}:
            depth += 1
            sums.append(False)
        elif token.kind in {")", "]", "}", "\\}"} and depth:
            depth -= 1
            sums.pop()
        elif token.kind in {"sum", "prod"}:
            sums[-1] = True
        elif token.kind in {"+", "-"} and sums[-1]:
            return True
    return False
