"""A layered network while its layer tables are being read: what stands in them, and the nodes they stand for.

A matrix of activations has one column per input where batch = "columns", and one row per input where it is
"rows". The entries of one input are its features.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hw2check.calculus.values import counted, show_shape, with_article
from hw2check.errors import HW2CheckError
from hw2check.formula.functions import ALIASES, FUNCTIONS, Array
from hw2check.formula.names import canonical, did_you_mean, is_name
from hw2check.formula.notation import UserFunction
from hw2check.formula.numeral import is_text
from hw2check.formula.shapes import Shape, Shapes
from hw2check.reading.source import Path, Source
from hw2check.reading.written import Written, read_number, read_written

IDENTITY = ("identity", "linear", "none")

MAX_COUNT = 2**20  # of a stride and the like


def known_activations(functions: Iterable[str] = ()) -> tuple[str, ...]:
    """The names of what an activation may be, a file's own functions among them."""
    built_in = (f.name for f in FUNCTIONS.values() if f.least == 1 and f.along != "reduce" and not f.square)
    return (*IDENTITY, *functions, *built_in)


class Network:
    """The layers up to the one that is being read."""

    def __init__(
        self,
        source: Source,
        given: Mapping[str, Array],
        batch: str,
        in_out: bool,
        functions: Mapping[str, UserFunction],
    ) -> None:
        self.source = source
        self.stated = given  # [given]
        self.columns = batch == "columns"
        self.in_out = in_out  # whether weights have one row per input: A @ W, not A @ W.T
        self.functions = functions
        self.given: dict[str, Array] = {}  # of the layers: W1 as written; b1 as a column or as a row
        self.formulas: dict[str, str] = {}  # Z1 = W1 @ A_in + b1, A1 = relu(Z1), ...
        self.places: dict[str, Path] = {}  # where each of these names is stated
        self.parameters: list[str] = []  # W1, b1, ...
        self.weights: list[str] = []  # those of the parameters that a penalty on weights is taken of
        self.kept: dict[str, int | None] = {}  # as Problem.kept
        self.shapes: dict[str, Shape] = {name: array.shape for name, array in given.items()}
        self.current = "A_in" if "A_in" in given else ""  # what the next layer takes
        self.steps: tuple[str, ...] = ()  # one for each step in time, where the last layer gave a sequence
        self.activation = "identity"  # the function that made `current`
        self.taken: list[str] = []  # what each layer up to this one takes; empty for a sequence
        self.gave: dict[str, str] = {}  # what each layer gave, by its name

    # --- shapes

    def shape(self, features: int, inputs: int) -> Shape:
        """The shape of so many inputs of so many features."""
        return (features, inputs) if self.columns else (inputs, features)

    @property
    def axis(self) -> int:
        """Along which the features of one input stand."""
        return 0 if self.columns else 1

    def features(self, name: str) -> int:
        """The entries of one input."""
        shape = self.shapes[name]
        return shape[0] if self.columns or len(shape) < 2 else shape[1]

    def inputs(self, name: str) -> int:
        """The size of the batch."""
        shape = self.shapes[name]
        return shape[1 - self.axis] if len(shape) > 1 else 1

    def matrix_before(self, index: int) -> str:
        """The name of the matrix that a layer takes; raises HW2CheckError where there is none."""
        if not self.current:
            raise self.error(
                f"layer {index + 1} takes one matrix, but the layer before it gives one for each step",
                ("layer", index),
                'a recurrent layer takes a sequence: kind = "rnn"',
            )
        if len(self.shapes[self.current]) < 2:
            line = "[[1], [2]]" if self.columns else "[[1, 2]]"
            is_input = len(self.shapes.get("A_in", (1, 1))) < 2  # then all after it are vectors too
            stated = "A_in" if is_input else self.current
            raise self.error(
                f"{self.current} is {with_article(self.shapes[self.current])}, "
                "but this layer takes a matrix of inputs",
                self.places.get(stated, ("given", stated)),
                f"write one input as {stated} = {line}",
            )
        return self.current

    # --- formulas

    def product(self, weights: str, of: str) -> str:
        """The formula of the weighted sums of each input."""
        if self.columns:
            return f"{weights}{'.T' if self.in_out else ''} @ {of}"
        return f"{of} @ {weights}{'' if self.in_out else '.T'}"

    def part(self, name: str, start: int, stop: int) -> str:
        """The formula of some of the features."""
        return f"{name}[{start}:{stop}]" if self.columns else f"{name}[:, {start}:{stop}]"

    def input(self, name: str, place: int) -> str:
        """The formula of one of the inputs, as a matrix."""
        return f"{name}[:, {place}:{place + 1}]" if self.columns else f"{name}[{place}:{place + 1}]"

    # --- names

    def error(self, message: str, path: Path, hint: str = "", *, value: bool = False) -> HW2CheckError:
        place = self.source.value_place(path) if value else self.source.place(path)
        return HW2CheckError(message, place, hint)

    def define(self, name: str, formula: str, shape: Shape, path: Path) -> str:
        """Adds a node."""
        self.declare(name, path)
        self.formulas[name] = formula
        self.shapes[name] = shape
        return name

    def give(self, name: str, array: Array, path: Path, *, parameter: bool = False) -> str:
        """Adds a given."""
        self.declare(name, path)
        self.given[name] = array
        self.shapes[name] = array.shape
        if parameter:
            self.parameters.append(name)
        return name

    def declare(self, name: str, path: Path) -> None:
        if name in self.places:
            raise self.error(f"{name} is defined twice", path, "every layer needs a name of its own")
        self.places[name] = path

    def suffix(self, layer: dict[str, Any], index: int) -> str:
        """A layer's name, its number where it has none."""
        name = layer.get("name", str(index + 1))
        if (
            isinstance(name, dict | list | float | bool)
            or not is_name(f"W_{name}")
            or canonical(f"W_{name}") == "W_in"
        ):
            raise self.error(
                "a layer's name must be a word or number",
                ("layer", index, "name"),
                'name = "1" gives W1, b1, Z1, A1',
                value=True,
            )
        return str(name)

    # --- what a layer table gives

    def read(self, layer: dict[str, Any], index: int, key: str) -> Written:
        return read_written(self.source, ("layer", index, key), layer[key])

    def read_weights(
        self, layer: dict[str, Any], index: int, key: str, width: int, of: str
    ) -> tuple[str, int]:
        """The name of a matrix of weights, and how many outputs it has.

        width  the entries of what it is multiplied by; `of` says whose they are
        """
        path: Path = ("layer", index, key)
        name = canonical(f"{key}_{self.suffix(layer, index)}")
        if key not in layer:
            line = "one row per input" if self.in_out else "one row per output"
            raise self.error(
                f"layer {index + 1} has no {key}", ("layer", index), f"{key} = [[...], ...], {line}"
            )
        written = self.read(layer, index, key)
        shape = written.shape
        if len(shape) != 2:
            line = "input" if self.in_out else "output"
            raise self.error(f"{name} must be a matrix", path, f"one row per {line}: [[1, 2], [3, 4]]")
        own, other = (shape[0], shape[1]) if self.in_out else (shape[1], shape[0])
        if own != width:
            turned = " (transposed?)" if other == width else ""
            lines = "rows" if self.in_out else "columns"
            raise self.error(
                f"{name} is {show_shape(shape)}, but {of}: {name} needs {width} {lines}{turned}",
                path,
                f'weights = "in_out": {key} has one row per input and one column per output'
                if self.in_out
                else f"{key} has one row per output and one column per input",
            )
        self.give(name, written.array, path, parameter=True)
        self.weights.append(name)
        return name, other

    def read_vector(
        self,
        layer: dict[str, Any],
        index: int,
        key: str,
        name: str,
        count: int,
        like: str,
        *,
        parameter: bool = True,
    ) -> str:
        """The name of one number per feature, such as a bias; empty where the layer has none.

        like  what needs so many of them: "W1 has 3 rows"
        """
        if key not in layer:
            return ""
        path: Path = ("layer", index, key)
        self.declare(name, path)
        written = self.read(layer, index, key)
        allowed = {(count,), self.shape(count, 1)}
        if written.shape not in allowed | ({()} if count == 1 else set()):
            raise self.error(
                f"{name} is {with_article(written.shape)}, but {like}",
                path,
                f"{name} needs {counted(count, 'entry')}, one per output",
            )
        del self.places[name]
        return self.give(name, written.array.reshape(self.shape(count, 1)), path, parameter=parameter)

    def whole(self, layer: dict[str, Any], index: int, key: str, least: int, default: int = 0) -> int:
        """A whole number that a layer states."""
        if key not in layer:
            return default
        path: Path = ("layer", index, key)
        value = read_number(self.source, path, layer[key]).value
        if value != int(value) or not least <= value < MAX_COUNT:
            raise self.error(
                f"{key} must be a whole number", path, f"{least} or more: {key} = {max(least, 1)}", value=True
            )
        return int(value)

    def finish(self, layer: dict[str, Any], index: int, suffix: str, formula: str, shape: Shape) -> None:
        """Defines what a layer gives: A, or Z and A = activation(Z) where an activation is stated."""
        path: Path = ("layer", index, "name")
        activation = self.read_activation(layer, index)
        if "activation" in layer:
            formula = activation.format(self.define(canonical(f"Z_{suffix}"), formula, shape, path))
            shape = self.activated(shape)
        self.current, self.steps = self.define(canonical(f"A_{suffix}"), formula, shape, path), ()

    def read_activation(self, layer: dict[str, Any], index: int, default: str = "identity") -> str:
        """The formula of the activation, {} standing for its argument; its name is kept."""
        name = layer.get("activation", default)
        path = ("layer", index, "activation")
        if not is_text(name):
            raise self.error("activation must be the name of a function", path, '"relu"', value=True)
        self.activation = "identity" if name in IDENTITY else ALIASES.get(name, name)
        if name in IDENTITY:
            return "{}"
        spelt = ALIASES.get(name, name)
        function = FUNCTIONS.get(spelt)
        if name in self.functions and len(self.functions[name].parameters) == 1:
            self.activation = name
            return f"{name}({{}})"
        if function is None or function.least > 1 or function.along == "reduce" or function.square:
            hint = did_you_mean(name, known_activations(self.functions))
            raise self.error(f"there is no activation {name!r}", path, hint, value=True)
        return f"{spelt}({{}})"

    def activated(self, shape: Shape) -> Shape:
        """The shape that the activation gives: one of the file's own functions may be a sum."""
        function = self.functions.get(self.activation)
        if function is None:
            return shape
        try:
            return Shapes({canonical(function.parameters[0]): shape}).shape(function.body) or shape
        except (KeyError, ValueError, IndexError):
            return shape  # the forward pass says what is wrong
