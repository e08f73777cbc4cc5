"""What was written down: the `[expected]` of a problem file, or the `[answers]` of a submission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import islice
from typing import Any

from hw2check.errors import HW2CheckError
from hw2check.formula.names import canonical, nearest
from hw2check.formula.notation import NotationError, Vocabulary, parse
from hw2check.formula.numeral import NumeralError, is_text, read_numeral
from hw2check.formula.quantity import Kind, quantity
from hw2check.formula.tree import Expression, is_closed, walk
from hw2check.problem.marking import PLAIN, Rules
from hw2check.problem.model import Problem
from hw2check.reading.source import Path, Source
from hw2check.reading.written import (
    Written,
    check_keys,
    closed_matrix,
    closed_numeral,
    number_hint,
    read_number,
    read_table,
    read_written,
)

MAX_READ = 20_000  # answers that are kept to be taken again
MAX_PARTS = 3_000  # of one written formula
SUBMISSION_KEYS = ("title", "description", "answers", "$schema")
DEFAULT_SHARES = {"close": Fraction(1), "carried": Fraction(1), "coarse": Fraction(1, 2)}
SHARES = tuple(DEFAULT_SHARES)
MARKING_KEYS = ("decimals", "significant", "rtol", "atol", "strict", "per_entry", *SHARES)


@dataclass(frozen=True, slots=True)
class Answer:
    """One expected quantity. Neither formula nor value: it could not be read, and `unreadable` says why."""

    name: str  # the quantity, in canonical spelling
    source: Source
    path: Path
    text: str  # as written, for one line
    formula: Expression | None = None
    formula_text: str = ""
    substitution: Expression | None = None  # the formula with numbers put in, not worked out
    value: Written | None = None
    unreadable: str = ""


@dataclass(frozen=True, slots=True)
class Marking:
    """How a problem file wants its answers judged."""

    rules: Rules = PLAIN
    strict: bool = False  # `close` is not enough
    shares: Mapping[str, Fraction] = field(  # of the points, by verdict; other verdicts earn none
        default_factory=lambda: {"correct": Fraction(1), **DEFAULT_SHARES}
    )
    per_entry: bool = False  # the entries of a matrix share its points


def vocabulary(problem: Problem) -> Vocabulary:
    """What a written formula may mention: every quantity of the problem."""
    own = problem.vocabulary
    return Vocabulary(problem.mention, problem.quantities, own.functions, own.axis, own.relu_at_zero)


def read_expected(problem: Problem) -> tuple[Answer, ...]:
    """The answers in the problem's own `[expected]`; raises HW2CheckError where it is not a table."""
    return _answers(problem, problem.source, "expected")


Known = dict[tuple[str, str], Answer]  # answers by quantity and text, as read before


def read_submission(problem: Problem, source: Source, read: Known | None = None) -> tuple[Answer, ...]:
    """The `[answers]` of a submission file; raises HW2CheckError where it has none.

    read  answers in quotes that were read before for this problem, and now these too
    """
    check_keys(source, source.data, SUBMISSION_KEYS)
    if "answers" not in source.data:
        raise HW2CheckError(
            "the submission has no [answers]",
            source.place(()),
            "write [answers] and below it the same keys as in [expected]",
        )
    return _answers(problem, source, "answers", read)


def read_points(problem: Problem) -> dict[str, Fraction]:
    """Points by quantity; raises HW2CheckError for unknown quantities and negative points."""
    points = {}
    source = problem.source
    for spelt, raw in read_table(source, source.data, "points").items():
        path = ("points", spelt)
        name = problem.resolve(spelt)
        if name is None:
            near = nearest(spelt, problem.quantities())
            raise HW2CheckError(
                f"there is no quantity {spelt}", source.place(path), f"did you mean {near}?" if near else ""
            )
        value = read_number(source, path, raw).value
        if value < 0:
            raise HW2CheckError(f"{spelt} has negative points", source.value_place(path))
        if name in points:
            raise HW2CheckError(f"{name} has points twice", source.place(path))
        points[name] = value
    return points


def read_marking(problem: Problem) -> Marking:
    """The `[marking]` table; raises HW2CheckError for what it cannot mean."""
    source = problem.source
    table = read_table(source, source.data, "marking")
    check_keys(source, table, MARKING_KEYS, ("marking",))
    for key in ("strict", "per_entry"):
        if not isinstance(table.get(key, False), bool):
            raise HW2CheckError(f"{key} is true or false", source.value_place(("marking", key)))
    digits: dict[str, int | None] = {}
    for key in ("decimals", "significant"):
        value = read_number(source, ("marking", key), table.get(key, 0)).value
        if value.denominator != 1 or not 0 <= value <= 30:
            raise HW2CheckError(f"{key} is a number of digits, 0 to 30", source.value_place(("marking", key)))
        digits[key] = int(value) if key in table else None
    tolerances = {
        key: float(read_number(source, ("marking", key), table[key]))
        for key in ("rtol", "atol")
        if key in table
    }
    for key, tolerance in tolerances.items():
        if tolerance < 0:
            raise HW2CheckError(f"{key} cannot be negative", source.value_place(("marking", key)))
    rules = Rules(digits["decimals"], digits["significant"], tolerances.get("rtol"), tolerances.get("atol"))
    shares = {"correct": Fraction(1), **DEFAULT_SHARES}
    for key in SHARES:
        if key in table:
            shares[key] = read_number(source, ("marking", key), table[key]).value
            if not 0 <= shares[key] <= 1:
                raise HW2CheckError(
                    f"{key} is a share of the points, 0 to 1", source.value_place(("marking", key))
                )
    return Marking(rules, table.get("strict", False), shares, table.get("per_entry", False))


def _answers(problem: Problem, source: Source, key: str, read: Known | None = None) -> tuple[Answer, ...]:
    known = vocabulary(problem)
    table = read_table(source, source.data, key)
    answers: dict[str, Answer] = {}
    for spelt, raw in table.items():
        answer = _once(problem, source, (key, spelt), raw, known, read)
        if answer.name in answers:
            first = source.place(answers[answer.name].path).line
            raise HW2CheckError(
                f"{answer.name} is answered twice",
                source.place(answer.path),
                f"its first answer is in line {first}",
            )
        answers[answer.name] = answer
    return tuple(answers.values())


def _once(
    problem: Problem, source: Source, path: Path, raw: object, known: Vocabulary, read: Known | None
) -> Answer:
    """The answer, which is not read again where its text was before."""
    if read is None or not is_text(raw):
        return _answer(problem, source, path, raw, known)
    said = str(path[-1]), raw
    if said not in read:
        if len(read) >= MAX_READ:
            read.clear()
        read[said] = _answer(problem, source, path, raw, known)
    return replace(read[said], source=source, path=path)


def _answer(problem: Problem, source: Source, path: Path, raw: object, known: Vocabulary) -> Answer:
    spelt = str(path[-1])
    name = problem.resolve(spelt)
    text = _one_line(raw)
    if name is None:
        return Answer(canonical(spelt), source, path, text, unreadable=_unknown(problem, spelt))
    try:
        if isinstance(raw, dict) and "file" not in raw:
            check_keys(source, raw, ("formula", "substitution", "value"), path)
            return _both(name, source, path, raw, known)
        if is_text(raw):
            return _text(name, source, path, raw, known)
        return Answer(name, source, path, text, value=read_written(source, path, raw, known))
    except HW2CheckError as error:
        reason = f"{error.message}; {error.hint}" if error.hint else error.message
        return Answer(name, source, path, text, unreadable=reason)


def _unknown(problem: Problem, spelt: str) -> str:
    """Why a quantity does not exist, and what was meant or would have to be added."""
    name = canonical(spelt)
    reason = f"there is no quantity {spelt}"
    parameter = quantity(name).of
    if (
        quantity(name).kind is Kind.UPDATED
        and parameter in problem.given
        and parameter not in problem.parameters
    ):
        listed = ", ".join(f'"{known}"' for known in (*problem.parameters, parameter))
        return f"{reason}; the problem updates {parameter} if it has parameters = [{listed}]"
    near = nearest(name, problem.quantities())
    return f"{reason}; did you mean {near}?" if near else reason


def _one_line(raw: object) -> str:
    if isinstance(raw, dict):
        return ", ".join(f"{key} = {_one_line(value)}" for key, value in raw.items())
    if isinstance(raw, list):
        return f"[{', '.join(_one_line(entry) for entry in raw)}]"
    if raw is None or isinstance(raw, bool):
        return {None: "null", True: "true", False: "false"}[raw]
    return " ".join(str(raw).split())


def _text(name: str, source: Source, path: Path, text: str, known: Vocabulary) -> Answer:
    """An answer in quotes: a number, a closed expression, or a formula."""
    shown = _one_line(text)
    try:
        read_numeral(text)
    except NumeralError:
        expression = _parsed(source, path, text, known)
        if not is_closed(expression):
            return Answer(name, source, path, shown, expression, shown)
        if _is_scalar_text(expression, text):
            return Answer(name, source, path, shown, value=read_written(source, path, text, known))
        entries = _entries(expression)
        if entries is not None:
            return Answer(name, source, path, shown, value=entries)
        return Answer(name, source, path, shown, expression, shown)
    return Answer(name, source, path, shown, value=read_written(source, path, text, known))


def _entries(expression: Expression) -> Written | None:
    try:
        return closed_matrix(expression)
    except ValueError:
        return None


def _is_scalar_text(expression: Expression, text: str) -> bool:
    try:
        closed_numeral(expression, text)
    except ValueError:
        return False
    return True


def _parsed(source: Source, path: Path, text: str, known: Vocabulary) -> Expression:
    try:
        expression = parse(text, known)
    except NotationError as error:
        hint = number_hint(text) or error.hint
        raise HW2CheckError(error.message, source.place(path, error.offset), hint) from None
    if sum(1 for _ in islice(walk(expression), MAX_PARTS + 1)) > MAX_PARTS:
        raise HW2CheckError(f"the formula has more than {MAX_PARTS:,} parts", source.place(path, 0))
    return expression


def _both(name: str, source: Source, path: Path, raw: Mapping[str, Any], known: Vocabulary) -> Answer:
    formula, substitution, value = raw.get("formula"), raw.get("substitution"), raw.get("value")
    if formula is None and value is None:
        raise HW2CheckError(
            "the answer is empty", source.value_place(path), '{ formula = "...", value = ... }'
        )
    for part, text in (("formula", formula), ("substitution", substitution)):
        if text is not None and not is_text(text):
            raise HW2CheckError(f"a {part} is text in quotes", source.value_place((*path, part)))
    return Answer(
        name,
        source,
        path,
        _one_line(raw),
        None if formula is None else _parsed(source, (*path, "formula"), formula, known),
        _one_line(formula) if formula else "",
        None if substitution is None else _parsed(source, (*path, "substitution"), substitution, known),
        None if value is None else read_written(source, (*path, "value"), value, known),
    )
