"""Numbers, vectors and matrices as they stand in a file, digits kept."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from hw2check.calculus.values import counted, evaluate
from hw2check.errors import HW2CheckError
from hw2check.formula.functions import Array
from hw2check.formula.names import did_you_mean
from hw2check.formula.notation import NotationError, Vocabulary, parse
from hw2check.formula.numeral import MAX_EXPONENT, Numeral, NumeralError, RawNumber, is_text, read_numeral
from hw2check.formula.text import to_text
from hw2check.formula.tree import Expression, Matrix, Mul, Neg, Number, Pow, is_closed
from hw2check.reading.source import Path, Source

MAX_EXACT_DIGITS = 17  # digits of a float64
LARGEST = Fraction(sys.float_info.max)


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A value as written: scalar, vector or matrix."""

    array: Array  # the value, of shape (), (n,) or (m, n)
    numerals: tuple[Numeral, ...]  # the digits, row by row; empty where the file is binary
    precision: float  # relative precision of a binary file's numbers; 0 where digits are typed

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the array."""
        return tuple(self.array.shape)


def check_keys(source: Source, table: Mapping[str, Any], known: Iterable[str], path: Path = ()) -> None:
    """Raises HW2CheckError at the first key that is not known, with the nearest known one."""
    known = tuple(known)
    for key in table:
        if key == "answers" and "nodes" in known:
            hint = "name them [expected]; [answers] stands in a submission, which is a file of its own"
            raise HW2CheckError("a problem has no [answers]", source.place((*path, key)), hint)
        if key not in known:
            where = f" in [{'.'.join(map(str, path))}]" if path else ""
            raise HW2CheckError(
                f"unknown key {key!r}{where}", source.place((*path, key)), did_you_mean(key, known)
            )


def read_table(source: Source, data: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The table of that key; empty where there is none.

    Raises HW2CheckError where something else stands there.
    """
    table = data.get(key, {})
    if not isinstance(table, dict):
        raise HW2CheckError(
            f"{key} must be a table", source.place((key,)), f"write [{key}] and its entries below"
        )
    return table


def read_number(source: Source, path: Path, raw: object, vocabulary: Vocabulary | None = None) -> Numeral:
    """One number: an integer, a decimal, a fraction in quotes or a closed expression in quotes.

    Raises HW2CheckError, with the place, for anything else and for what is not finite.
    """
    if isinstance(raw, RawNumber) or (isinstance(raw, int) and not isinstance(raw, bool)):
        return _numeral(source, path, str(raw))
    if isinstance(raw, str):
        return _closed(source, path, raw, vocabulary or Vocabulary())
    kinds = {bool: "true or false", dict: "a table", list: "a list", type(None): "null"}
    kind = kinds.get(type(raw), "a date or time")
    raise HW2CheckError(f"a number must stand here, not {kind}", source.value_place(path), _NUMBER_HINT)


_NUMBER_HINT = 'write a number like 3, -0.25 or 1e-3, or in quotes "1/2" or "exp(-2)/3"'


_POWER = re.compile(r"([-+]?\d*\.?\d+)\s*[xX\u00d7*\u00b7]\s*10\s*(?:\^|\*\*)\s*[({]?([-+]?\d+)[)}]?\Z")
_GROUPED = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?\Z")
_SPREAD = re.compile(r"(.*?\d)\s*(?:\u00b1|\+/-|\+-)\s*[\d.]+\Z")
_PERCENT = re.compile(r"([-+]?\d*\.?\d+)\s*%\Z")


def number_hint(text: str) -> str:
    """How a number that people write in another way is written here; empty for any other text."""
    text = text.strip().replace("\N{MINUS SIGN}", "-")
    if power := _POWER.match(text):
        return f"write {power[1]}e{int(power[2])}"
    if percent := _PERCENT.match(text):
        return f"write {Decimal(percent[1]).scaleb(-2).normalize():f}: there is no % here"
    if _GROUPED.match(text):
        return f"write {text.replace(',', '')}: a comma separates entries"
    if spread := _SPREAD.match(text):
        return f"write {spread[1]} alone: a tolerance stands in [marking] as atol"
    return ""


def _numeral(source: Source, path: Path, text: str) -> Numeral:
    try:
        numeral = read_numeral(text)
    except NumeralError as error:
        hint = "nan and inf are not numbers that can be judged" if "n" in text.lower() else _NUMBER_HINT
        raise HW2CheckError(str(error), source.value_place(path), hint) from None
    return _finite(source, path, numeral)


def _finite(source: Source, path: Path, numeral: Numeral) -> Numeral:
    try:
        float(numeral.value)
    except OverflowError:
        raise HW2CheckError(f"{numeral.text} is too large", source.value_place(path)) from None
    return numeral


def _closed(source: Source, path: Path, text: str, vocabulary: Vocabulary) -> Numeral:
    try:
        return _finite(source, path, read_numeral(text))
    except NumeralError as not_a_numeral:
        try:
            expression = parse(text, Vocabulary(functions=vocabulary.functions))
        except NotationError as error:
            plain = error.message if any(character in text for character in "+*/^(") else str(not_a_numeral)
            hint = number_hint(text) or error.hint or _NUMBER_HINT
            raise HW2CheckError(plain, source.place(path, error.offset), hint) from None
    try:
        return closed_numeral(expression, text)
    except ValueError as error:
        raise HW2CheckError(str(error), source.place(path, 0)) from None


def closed_numeral(expression: Expression, text: str) -> Numeral:
    """The exact number of an expression without names.

    Raises ValueError where it is not one finite number.
    """
    if not is_closed(expression):
        raise ValueError(f"{text} is a formula, not a number")
    decimal = _with_digits(expression, text)
    if decimal is not None and abs(decimal.value) <= LARGEST:
        return decimal
    value = evaluate(expression, {})
    if np.ndim(value):
        raise ValueError(f"{text} is not a single number")
    if not math.isfinite(value):
        raise ValueError(f"{text} has no finite value")
    return Numeral(text, Fraction(float(value)), None, MAX_EXACT_DIGITS, False)


def is_worked(numeral: Numeral) -> bool:
    """Whether a number is stated as an expression that has to be worked out."""
    return numeral.unit is None and (numeral.digits == MAX_EXACT_DIGITS or "." in numeral.text)


def closed_matrix(expression: Expression) -> Written | None:
    """A vector or matrix in brackets whose entries have no names; None for anything else.

    Raises ValueError for an entry that is not one finite number.
    """
    if not isinstance(expression, Matrix) or not is_closed(expression):
        return None
    entries = [entry for row in expression.rows for entry in row]
    numerals = tuple(closed_numeral(entry, to_text(entry)) for entry in entries)
    array = np.array([float(numeral) for numeral in numerals])
    shape = (len(entries),) if expression.flat else (len(expression.rows), len(expression.rows[0]))
    return Written(array.reshape(shape), numerals, 0.0)


def _with_digits(expression: Expression, text: str) -> Numeral | None:
    """A decimal written with a sign or a power of ten: (-0.020), -2.0*10^-2; None for anything else."""
    if isinstance(expression, Neg):
        size = _with_digits(expression.operand, text)
        return None if size is None else size._replace(value=-size.value)
    if isinstance(expression, Mul) and len(expression.factors) == 2:
        size, power = _with_digits(expression.factors[0], text), _power_of_ten(expression.factors[1])
        if size is None or size.unit is None or power is None:
            return None
        return size._replace(value=size.value * power, unit=size.unit * power, whole=False)
    return expression.numeral._replace(text=text) if isinstance(expression, Number) else None


def _power_of_ten(expression: Expression) -> Fraction | None:
    if not isinstance(expression, Pow) or not isinstance(expression.base, Number):
        return None
    negative = isinstance(expression.exponent, Neg)
    exponent = expression.exponent.operand if isinstance(expression.exponent, Neg) else expression.exponent
    whole = isinstance(exponent, Number) and exponent.numeral.whole and exponent.numeral.value <= MAX_EXPONENT
    if not whole or not isinstance(exponent, Number) or expression.base.numeral.value != 10:
        return None
    return Fraction(10) ** int(-exponent.numeral.value if negative else exponent.numeral.value)


def read_written(source: Source, path: Path, raw: object, vocabulary: Vocabulary | None = None) -> Written:
    """A scalar, a vector (list), a matrix (list of rows) or `{ file = ..., key = ... }`.

    Raises HW2CheckError, with the place, for ragged or empty matrices and whatever is not a number.
    """
    if isinstance(raw, dict):
        return _from_file(source, path, raw)
    if not isinstance(raw, list):
        numeral = read_number(source, path, raw, vocabulary)
        return Written(np.asarray(float(numeral)), (numeral,), 0.0)
    if not raw:
        raise HW2CheckError(
            "the matrix is empty", source.value_place(path), "write its rows: [[1, 2], [3, 4]]"
        )
    if not any(isinstance(entry, list) for entry in raw):
        numerals = [read_number(source, (*path, i), entry, vocabulary) for i, entry in enumerate(raw)]
        return Written(np.array([float(n) for n in numerals]), tuple(numerals), 0.0)
    return _matrix(source, path, raw, vocabulary)


def _matrix(source: Source, path: Path, rows: list[object], vocabulary: Vocabulary | None) -> Written:
    numerals: list[Numeral] = []
    width = 0
    for i, row in enumerate(rows):
        here = (*path, i)
        if not isinstance(row, list):
            raise HW2CheckError(
                f"row {i + 1} is a single number",
                source.value_place(here),
                "write every row in brackets: [[1, 2], [3, 4]]",
            )
        if not row:
            raise HW2CheckError(f"row {i + 1} is empty", source.value_place(here))
        width = width or len(row)
        if len(row) != width:
            raise HW2CheckError(
                f"row {i + 1} has {counted(len(row), 'entry')}, row 1 has {width}",
                source.value_place(here),
                "every row of a matrix has the same number of entries",
            )
        numerals += [read_number(source, (*here, j), entry, vocabulary) for j, entry in enumerate(row)]
    array = np.array([float(n) for n in numerals]).reshape(len(rows), width)
    return Written(array, tuple(numerals), 0.0)


def _from_file(source: Source, path: Path, table: dict[str, object]) -> Written:
    check_keys(source, table, ("file", "key"), path)
    from hw2check.reading.arrays import ArrayError, read_array

    file, key = table.get("file"), table.get("key")
    if not is_text(file) or not (key is None or is_text(key)):
        raise HW2CheckError(
            "a matrix in a file is named by text", source.value_place(path), '{ file = "w.npz", key = "W1" }'
        )
    try:
        loaded = read_array(source.folder, file, key)
        numerals = tuple(read_numeral(text) for text in loaded.texts or ())
    except (ArrayError, NumeralError) as error:
        raise HW2CheckError(str(error), source.value_place(path)) from None
    return Written(loaded.values.reshape(loaded.shape), numerals, loaded.precision)
