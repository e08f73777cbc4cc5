"""Losses of layered networks: a `[loss]` table becomes the formula of the node Loss.

Kinds and reductions are those of PyTorch where it has them (https://docs.pytorch.org/docs/stable/nn.html:
MSELoss, L1Loss, BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, NLLLoss). Without class weights, its `mean`
divides by all entries for the first four, and by the number of inputs for the last two, which is `mean_batch`
here.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from hw2check.calculus.values import counted, with_article
from hw2check.errors import HW2CheckError
from hw2check.formula.functions import Array
from hw2check.formula.names import nearest
from hw2check.formula.numeral import is_text
from hw2check.formula.text import to_text
from hw2check.formula.tree import number
from hw2check.reading.source import Path, Source
from hw2check.reading.written import check_keys, read_number, read_written

LOSS_KEYS = ("kind", "target", "from", "reduction", "l1", "l2", "formula")
REDUCTIONS = ("sum", "mean_batch", "mean")
SCALES = ("logits", "probabilities", "log_probabilities")  # what the last activation may be


class Kind(NamedTuple):
    """One kind of loss."""

    term: str | dict[str, str]  # of one entry, {A} the last activation, {axis} of the classes; or by `from`
    reduction: str = "sum"  # where none is stated
    divisor: int = 1  # of the whole
    target: str = ""  # "classes": one-hot, or class numbers; "signs": -1 and 1; "shares": from 0 to 1


_SQUARE = "({A} - target)^2"
_CLASSES = {
    "logits": "-target*log_softmax({A}, axis={axis})",
    "probabilities": "-target*log({A})",
    "log_probabilities": "-target*{A}",
}
LOSSES = {
    "squared_error": Kind(_SQUARE),
    "half_squared_error": Kind(_SQUARE, divisor=2),
    "mean_squared_error": Kind(_SQUARE, "mean"),
    "absolute_error": Kind("abs({A} - target)"),
    "mean_absolute_error": Kind("abs({A} - target)", "mean"),
    "binary_cross_entropy": Kind(
        {
            "logits": "softplus({A}) - target*{A}",
            "probabilities": "-target*log({A}) - (1 - target)*log(1 - {A})",
        },
        "mean",
        target="shares",
    ),
    "cross_entropy": Kind(_CLASSES, "mean_batch", target="classes"),
    "negative_log_likelihood": Kind(_CLASSES, "mean_batch", target="classes"),
    "hinge": Kind("relu(1 - target*{A})", "mean", target="signs"),
}

# What an activation makes of its net input.
_MAKES = {
    "identity": "logits",
    "softmax": "probabilities",
    "sigmoid": "probabilities",
    "log_softmax": "log_probabilities",
}


class Output(NamedTuple):
    """What a loss is taken of."""

    name: str  # the last activation
    shape: tuple[int, ...]
    activation: str  # the function that made it, "identity" where there is none
    batch: str  # "columns" or "rows"
    weights: tuple[str, ...]  # what a penalty is taken of

    @property
    def class_axis(self) -> int:
        """The axis along which the entries of one input stand."""
        return 1 if self.batch == "rows" and len(self.shape) > 1 else 0

    @property
    def inputs(self) -> int:
        """The size of the batch."""
        return self.shape[1 - self.class_axis] if len(self.shape) > 1 else 1


class Loss(NamedTuple):
    """A `[loss]` table, read."""

    formula: str
    path: Path  # where the formula is stated
    target: Array | None
    kept: bool  # whether the target's entries are of a kind that no other numbers are: one-hot, signs
    axis: int | None  # along which such entries may change places; None: all of them


def read_loss(source: Source, table: dict[str, Any], output: Output) -> Loss:
    """The node Loss over the last activation and the given `target`.

    Raises HW2CheckError, with the place, for unknown words and for a target that does not fit the output.
    """
    check_keys(source, table, LOSS_KEYS, ("loss",))
    if "formula" in table:
        return _own_formula(source, table)
    kind = _one_of(source, table, "kind", LOSSES, "loss")
    if kind is None:
        raise HW2CheckError(
            "the loss has no kind", source.place(("loss",)), f"known kinds: {', '.join(LOSSES)}"
        )
    if "target" not in table:
        raise HW2CheckError("the loss has no target", source.place(("loss",)), "target = [[1, 0], [0, 1]]")
    stated = LOSSES[kind]
    reduction = _one_of(source, table, "reduction", REDUCTIONS, "reduction") or stated.reduction
    if kind.startswith("mean_") and reduction == "sum":
        raise HW2CheckError(
            f"{kind} is a mean, not a sum",
            source.value_place(("loss", "reduction")),
            f'kind = "{kind.removeprefix("mean_")}" is the sum',
        )
    term = stated.term if isinstance(stated.term, str) else stated.term[_scale(source, table, kind, output)]
    term = term.format(A=output.name, axis=output.class_axis)
    formula = _reduced(term, reduction, stated.divisor, output.inputs) + _penalties(source, table, output)
    target = _target(source, table["target"], stated.target, output)
    axis = output.class_axis if stated.target == "classes" else None
    return Loss(formula, ("loss",), target, _is_kept(target, stated.target), axis)


def _own_formula(source: Source, table: dict[str, Any]) -> Loss:
    for key in ("kind", "from", "reduction", "l1", "l2"):
        if key in table:
            raise HW2CheckError(
                f"a loss with a formula has no {key}",
                source.place(("loss", key)),
                "the formula says all of it",
            )
    if not is_text(table["formula"]) or not table["formula"].strip():
        raise HW2CheckError(
            "formula must be a formula in quotes",
            source.value_place(("loss", "formula")),
            'formula = "mean((A_out - target)^2)"',
        )
    target = read_written(source, ("loss", "target"), table["target"]).array if "target" in table else None
    return Loss(table["formula"], ("loss", "formula"), target, False, None)


def _one_of(source: Source, table: dict[str, Any], key: str, known: Any, what: str) -> str | None:
    word = table.get(key)
    if key not in table or word == "":
        return None
    if not is_text(word) or word not in known:
        raise HW2CheckError(
            f"there is no {what} {word!r}",
            source.place(("loss", key)),
            f"did you mean {near}?"
            if (near := nearest(str(word), known))
            else f"known {'kinds' if key == 'kind' else 'words'}: {', '.join(known)}",
        )
    return str(word)


def _scale(source: Source, table: dict[str, Any], kind: str, output: Output) -> str:
    """What the last activation is: stated by `from`, or known from its function."""
    terms = LOSSES[kind].term
    made = _MAKES.get(output.activation, "")
    if kind == "negative_log_likelihood" and made == "logits":
        made = ""
    stated = _one_of(source, table, "from", tuple(terms), "from")
    if stated is None and made not in terms:
        raise HW2CheckError(
            f"it is not known what {output.name} is to {kind}",
            source.place(("loss", "kind")),
            f"state from = {' or '.join(repr(word) for word in terms)}".replace("'", '"'),
        )
    if stated is not None and output.activation in {"softmax", "sigmoid", "log_softmax"} and stated != made:
        raise HW2CheckError(
            f"{output.name} is {output.activation} of its net input: not {stated} but {made}",
            source.value_place(("loss", "from")),
            f'from = "{made}", or leave the activation out' if made in terms else "choose another activation",
        )
    return stated or made


def _reduced(term: str, reduction: str, divisor: int, inputs: int) -> str:
    if reduction == "mean_batch":
        divisor *= inputs
    over = "mean" if reduction == "mean" else "sum"
    sign = ""
    if term.startswith("-target"):  # the sum of negated products, the sign in front
        sign, term = "-", term[1:].replace(" - (1 - target)", " + (1 - target)")
    return f"{sign}{over}({term})" + (f"/{divisor}" if divisor != 1 else "")


def _penalties(source: Source, table: dict[str, Any], output: Output) -> str:
    """l1 * (the absolute values of all weights) + l2 * (their squares), as it follows the loss."""
    text = ""
    for key, term in (("l1", "sum(abs({}))"), ("l2", "sum({}^2)")):
        if key not in table:
            continue
        factor = read_number(source, ("loss", key), table[key]).value
        if factor < 0 or not output.weights:
            message = f"{key} is negative" if factor < 0 else f"no layer has weights that {key} could be of"
            raise HW2CheckError(message, source.value_place(("loss", key)), f"{key} = 0.01")
        terms = " + ".join(term.format(name) for name in output.weights)
        several = len(output.weights) > 1
        if factor:
            text += f" + {to_text(number(factor))}*{f'({terms})' if several else terms}"
    return text


def _target(source: Source, raw: object, wanted: str, output: Output) -> Array:
    target = read_written(source, ("loss", "target"), raw).array
    if wanted == "classes":
        return _classes(source, raw, target, output)
    shape = output.shape
    try:
        fits = np.broadcast_shapes(shape, target.shape) == shape
    except ValueError:
        fits = False
    if not fits or math.prod(shape) != target.size:
        raise _misfit(source, target, output, f"the target needs one entry for each of {output.name}")
    allowed = {"signs": np.abs(target) == 1, "shares": (target >= 0) & (target <= 1)}.get(wanted)
    if allowed is not None and not np.all(allowed):
        place = tuple(int(i) for i in np.argwhere(~allowed)[0])
        right = "-1 or 1" if wanted == "signs" else "a number from 0 to 1"
        raise HW2CheckError(
            f"the target {target[place]:g} is not {right}",
            _entry(source, raw, place),
            "hinge compares signs" if wanted == "signs" else "the target is the probability of 1",
        )
    return target


def _entry(source: Source, raw: object, place: tuple[int, ...]) -> Any:
    return source.value_place(("loss", "target", *(place if isinstance(raw, list) else ())))


def _misfit(source: Source, target: Array, output: Output, hint: str) -> HW2CheckError:
    return HW2CheckError(
        f"the target is {with_article(target.shape)}, but {output.name} is {with_article(output.shape)}",
        source.place(("loss", "target")),
        hint,
    )


def _classes(source: Source, raw: object, target: Array, output: Output) -> Array:
    """The shares of the classes in the shape of the output, class numbers made one-hot."""
    axis, inputs = output.class_axis, output.inputs
    classes = output.shape[axis] if output.shape else 1
    if classes < 2:
        raise HW2CheckError(
            f"{output.name} has one entry per input, but this loss needs one for each class",
            source.place(("loss", "kind")),
            "binary_cross_entropy is the loss of one probability",
        )
    line = (1, inputs) if output.batch == "columns" else (inputs, 1)
    if target.shape in {(inputs,), line, *([()] if inputs == 1 else [])}:
        return _one_hot(source, raw, target.reshape(-1), classes, output)
    if target.shape != output.shape and not (inputs == 1 and target.shape == (classes,)):
        raise _misfit(
            source,
            target,
            output,
            f"one share of each of {classes} classes per input, or {counted(inputs, 'class number')}",
        )
    target = target.reshape(output.shape)
    sums = np.sum(target, axis=axis).reshape(-1)
    wrong = (np.abs(sums - 1) > 1e-6) | np.any(target < 0, axis=axis).reshape(-1)
    if np.any(wrong):
        first = int(np.argmax(wrong))
        negative = abs(sums[first] - 1) <= 1e-6
        raise HW2CheckError(
            f"the target of input {first + 1} {'has a negative share' if negative else ''}"
            f"{'' if negative else f'sums to {sums[first]:g}, not to 1'}",
            source.place(("loss", "target")),
            f"the shares of one input stand in one {'column' if output.batch == 'columns' else 'row'}: "
            "1 for its class, 0 for the others",
        )
    return target


def _one_hot(source: Source, raw: object, numbers: Array, classes: int, output: Output) -> Array:
    hot = np.zeros((len(numbers), classes))
    for i, value in enumerate(numbers):
        if value != int(value) or not 0 <= value < classes:
            flat = isinstance(raw, list) and not isinstance(raw[0], list)
            deep = isinstance(raw, list) and not flat
            row = (0, i) if output.batch == "columns" else (i, 0)
            raise HW2CheckError(
                f"{value:g} is no class: there are {classes}, numbered from 0 to {classes - 1}",
                source.value_place(("loss", "target", *((i,) if flat else row if deep else ()))),
                "the first class is 0",
            )
        hot[i, int(value)] = 1
    turned = hot.T if output.class_axis == 0 else hot
    return turned.reshape(output.shape)


def _is_kept(target: Array, wanted: str) -> bool:
    if wanted == "shares":
        return bool(np.all((target == 0) | (target == 1)))
    return wanted in {"classes", "signs"}
