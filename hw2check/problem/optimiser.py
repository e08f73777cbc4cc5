"""Optimisers: how parameters follow from gradients, as formulas that are nodes like any other.

The algorithms, their options and defaults are those of PyTorch (https://docs.pytorch.org/docs/stable/optim.html):
SGD with momentum (Sutskever et al., 2013), Adagrad (Duchi et al., 2011), RMSprop (Hinton, 2012), Adam
(Kingma and Ba, 2015) and AdamW (Loshchilov and Hutter, 2019). Other conventions are switches: `averaged` (the
velocity is a mean), `rate_inside` (the learning rate is in it, as in Sutskever et al.), `eps_inside` (eps is
under the root).

Names, for a parameter w: v_w is the velocity of momentum, s_w the sum or mean of squared gradients, m_w and
v_w the first and second moments of Adam; v_w_new and so on are what they become. mhat_w and vhat_w are the
moments without bias, g_w is the gradient with weight decay, or negated where the loss is maximised.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from hw2check.calculus.values import with_article
from hw2check.errors import HW2CheckError
from hw2check.formula.functions import Array
from hw2check.formula.names import canonical, did_you_mean
from hw2check.formula.notation import Vocabulary, parse
from hw2check.formula.numeral import Numeral, is_text, read_numeral
from hw2check.formula.quantity import Kind, quantity, updated
from hw2check.formula.tree import Expression, Name, Number, number, substitute
from hw2check.reading.source import Path, Source
from hw2check.reading.written import check_keys, read_number, read_table, read_written

RATE = "learning_rate"
_MOMENTUM = {"momentum": "0.9", "dampening": "0", "weight_decay": "0"}
_ADAM = {"beta1": "0.9", "beta2": "0.999", "eps": "1e-8", "weight_decay": "0"}
OPTIONS: Mapping[str, Mapping[str, str]] = {  # kind -> its numbers and their defaults
    "sgd": {**_MOMENTUM, "momentum": "0"},
    "momentum": _MOMENTUM,
    "nesterov": {"momentum": "0.9", "weight_decay": "0"},
    "adagrad": {"lr_decay": "0", "weight_decay": "0", "initial_accumulator_value": "0", "eps": "1e-10"},
    "rmsprop": {"alpha": "0.99", "eps": "1e-8", "weight_decay": "0", "momentum": "0"},
    "adam": _ADAM,
    "adamw": {**_ADAM, "weight_decay": "0.01"},
}
SWITCHES: Mapping[str, tuple[str, ...]] = {  # kind -> what can be true or false
    "sgd": ("nesterov", "averaged", "rate_inside"),
    "momentum": ("averaged", "rate_inside"),
    "nesterov": ("averaged", "rate_inside"),
    "adagrad": ("eps_inside",),
    "rmsprop": ("centered", "eps_inside"),
    "adam": ("amsgrad",),
    "adamw": ("amsgrad",),
}
COMMON_KEYS = ("kind", RATE, "lr", "maximize", "t", "state")
OPTIMISER_KEYS = tuple(
    dict.fromkeys(
        (
            *COMMON_KEYS,
            "betas",
            *(key for keys in OPTIONS.values() for key in keys),
            *(key for keys in SWITCHES.values() for key in keys),
        )
    )
)
BELOW_ONE = ("momentum", "dampening", "alpha", "beta1", "beta2")
ALIASES = {"epsilon": "eps", "mu": "momentum", "rho": "alpha"}  # as formulas may call them
MAX_STEPS = 1_000


class Optimiser(NamedTuple):
    """How parameters are updated."""

    kind: str
    options: Mapping[str, Numeral]  # the numbers, as typed or by default
    switches: frozenset[str] = frozenset()  # what is true
    t: int = 1  # the number of the step: 1 for the first
    state: Mapping[str, Array] = {}  # what came out of the steps before, as stated: v_w, m_w, ...
    digits: Mapping[str, tuple[Numeral, ...]] = {}  # of the state, as typed

    @property
    def is_plain(self) -> bool:
        """Whether an update is w - learning_rate * dLoss/dw."""
        kept = any(map(self.has, ("momentum", "weight_decay")))
        return self.kind == "sgd" and not kept and "maximize" not in self.switches

    @property
    def constants(self) -> dict[str, Numeral]:
        """The numbers by their names in formulas."""
        return {**self.options, "t": read_numeral(str(self.t))}

    @property
    def positive(self) -> frozenset[str]:
        """The stated values that cannot be negative: sums of squares."""
        first = {"adagrad": ("s_",), "rmsprop": ("s_",), "adam": ("v_", "vmax_"), "adamw": ("v_", "vmax_")}
        return frozenset(name for name in self.state if name.startswith(first.get(self.kind, ("\0",))))

    def before(self, parameter: str) -> tuple[str, ...]:
        """The names of what the steps before left for a parameter."""
        return tuple(f"{letter}_{parameter}" for letter in self._letters())

    def _letters(self) -> tuple[str, ...]:
        if self.kind in {"adam", "adamw"}:
            return ("m", "v", "vmax") if "amsgrad" in self.switches else ("m", "v")
        squares = ("s",) if self.kind in {"adagrad", "rmsprop"} else ()
        averages = ("a",) if "centered" in self.switches else ()
        return (*squares, *averages, *(("v",) if self.has("momentum") else ()))

    def has(self, option: str) -> bool:
        """Whether a number is there that changes something."""
        return option in self.options and self.options[option].value != 0

    def formulas(self, parameter: str, gradient: str, t: int | None = None) -> dict[str, Expression]:
        """Every quantity of one step, in order, the updated parameter last.

        t  the number of the step, where it is a later one
        """
        plain = PLAIN_ASCENT if "maximize" in self.switches else PLAIN_DESCENT
        own = {"P": parameter, "G": gradient}
        if self.kind == "sgd" and not self.has("momentum") and not self.has("weight_decay"):
            return {updated(parameter): self._tree(plain, own, 1)}
        texts: dict[str, str] = {}
        if "maximize" in self.switches or (self.has("weight_decay") and self.kind != "adamw"):
            sign = "-" if "maximize" in self.switches else ""
            texts["g"] = f"{sign}G" + (" + weight_decay*P" if self._has_coupled_decay() else "")
            own["g"] = f"g_{parameter}"
        g = "g" if texts else "G"
        rules = {"adagrad": self._adagrad, "rmsprop": self._rmsprop, "adam": self._adam, "adamw": self._adam}
        later = rules.get(self.kind, self._sgd)(g, f"s_{parameter}" in self.state, t or self.t)
        texts |= later
        for letter in texts:
            own[letter] = _of(parameter, letter)
        own["P_new"] = updated(parameter)
        for letter in self._letters():
            own[letter] = _of(parameter, letter)
        return {own[letter]: self._tree(text, own, t or self.t) for letter, text in texts.items()}

    def _has_coupled_decay(self) -> bool:
        return self.has("weight_decay") and self.kind != "adamw"

    def _tree(self, text: str, own: Mapping[str, str], t: int) -> Expression:
        tree = parse(text, Vocabulary(lambda spelt: spelt if spelt not in _FUNCTIONS else None))
        numbers: dict[str, Expression] = {name: Number(value) for name, value in self.options.items()}
        meant: dict[str, Expression] = {letter: Name(name) for letter, name in own.items()}
        return substitute(tree, {**numbers, "t": number(t), **meant})

    def _sgd(self, g: str, _stated: bool, t: int) -> dict[str, str]:
        first = t == 1 and not self.state and self.has("dampening")
        share = "*(1 - dampening)" if self.has("dampening") else ""
        if not self.has("momentum"):
            return {"P_new": f"P - {RATE}*{g}"}
        share = "*(1 - momentum)" if "averaged" in self.switches else share
        inside = f"{RATE}*" if "rate_inside" in self.switches else ""
        new = f"{inside}{g}" if first else f"momentum*v + {inside}{g}{share}"
        outside = "" if inside else f"{RATE}*"
        ahead = f"({inside}{g}{share if 'averaged' in self.switches else ''} + momentum*v_new)"
        return {"v_new": new, "P_new": f"P - {outside}{ahead if self._is_nesterov else 'v_new'}"}

    @property
    def _is_nesterov(self) -> bool:
        return self.kind == "nesterov" or "nesterov" in self.switches

    def _adagrad(self, g: str, stated: bool, t: int) -> dict[str, str]:
        start = " + initial_accumulator_value" if self.has("initial_accumulator_value") else ""
        sums = f"s + {g}^2" + (start if t == 1 and not stated else "")
        slower = "(1 + (t - 1)*lr_decay)*" if self.has("lr_decay") else ""
        return {"s_new": sums, "P_new": f"P - {RATE}*({g}/({slower}({self._root('s_new')})))"}

    def _rmsprop(self, g: str, _stated: bool, _t: int) -> dict[str, str]:
        texts = {"s_new": f"alpha*s + (1 - alpha)*{g}^2"}
        spread = "s_new"
        if "centered" in self.switches:
            texts["a_new"] = f"alpha*a + (1 - alpha)*{g}"
            spread = "s_new - a_new^2"
        way = f"{g}/({self._root(spread)})"
        if self.has("momentum"):
            texts["v_new"] = f"momentum*v + {way}"
            way = "v_new"
        return {**texts, "P_new": f"P - {RATE}*({way})"}

    def _root(self, square: str) -> str:
        """What a gradient is divided by: the root and eps, or the root of both."""
        return f"sqrt({square} + eps)" if "eps_inside" in self.switches else f"sqrt({square}) + eps"

    def _adam(self, g: str, _stated: bool, _t: int) -> dict[str, str]:
        texts = {"m_new": f"beta1*m + (1 - beta1)*{g}", "v_new": f"beta2*v + (1 - beta2)*{g}^2"}
        second = "v_new"
        if "amsgrad" in self.switches:
            texts["vmax_new"], second = "maximum(vmax, v_new)", "vmax_new"
        texts |= {"mhat": "m_new/(1 - beta1^t)", "vhat": f"{second}/(1 - beta2^t)"}
        way = "mhat/(sqrt(vhat) + eps)"
        decay = "weight_decay*P + " if self.kind == "adamw" and self.has("weight_decay") else ""
        return {**texts, "P_new": f"P - {RATE}*({decay}{way})"}


PLAIN_DESCENT = f"P - {RATE}*G"
PLAIN_ASCENT = f"P + {RATE}*G"
DESCENT = Optimiser("sgd", {})
_FUNCTIONS = frozenset({"sqrt", "maximum"})


def read_optimiser(
    source: Source, parameters: tuple[str, ...], given: Mapping[str, Array]
) -> tuple[Optimiser, Numeral | None]:
    """The `[optimiser]` table, or `[optimizer]`, and the learning rate that it states.

    Without a table it is plain gradient descent. Raises HW2CheckError for what it cannot mean.
    """
    spelt = [key for key in ("optimiser", "optimizer") if key in source.data]
    if not spelt:
        return DESCENT, None
    key = spelt[-1]
    if len(spelt) > 1:
        raise HW2CheckError("the optimiser is stated twice", source.place((key,)), "keep one of the tables")
    table = read_table(source, source.data, key)
    if not parameters:
        raise HW2CheckError(
            "there is nothing to optimise", source.place((key,)), 'state parameters = ["w", "b"]'
        )
    kind = _kind(source, table, key)
    options = _options(source, table, key, kind)
    switches = frozenset(
        switch for switch in (*SWITCHES.get(kind, ()), "maximize") if _switch(source, table, (key, switch))
    )
    _check_switches(source, key, options, switches)
    t = read_number(source, (key, "t"), table.get("t", 1)).value
    if t.denominator != 1 or not 1 <= t <= 1_000_000:
        raise HW2CheckError(
            "t is the number of the step: 1, 2, 3 ...", source.value_place((key, "t")), "1 is the first"
        )
    optimiser = Optimiser(kind, options, switches, int(t))
    state, digits = _state(source, table, key, optimiser, parameters, given)
    return optimiser._replace(state=state, digits=digits), _rate(source, table, key)


def _check_switches(
    source: Source, key: str, options: Mapping[str, Numeral], switches: frozenset[str]
) -> None:
    if "nesterov" in switches and (not options["momentum"].value or options["dampening"].value):
        raise HW2CheckError(
            "Nesterov's method needs momentum and no dampening",
            source.place((key, "nesterov")),
            "momentum = 0.9",
        )
    if "averaged" in switches and "dampening" in options and options["dampening"].value:
        raise HW2CheckError(
            "a momentum that is a mean has no dampening of its own",
            source.place((key, "averaged")),
            "averaged = true is v = momentum*v + (1 - momentum)*gradient",
        )


def _kind(source: Source, table: Mapping[str, Any], key: str) -> str:
    """The kind of optimiser; raises HW2CheckError for an unknown one, and for keys that it does not have."""
    kind = table.get("kind", "sgd")
    if not is_text(kind) or kind not in OPTIONS:
        path = (key, "kind")
        raise HW2CheckError(f"kind cannot be {kind!r}", source.place(path), did_you_mean(str(kind), OPTIONS))
    allowed = (
        *COMMON_KEYS,
        *OPTIONS[kind],
        *SWITCHES.get(kind, ()),
        *(["betas"] * ("beta1" in OPTIONS[kind])),
    )
    check_keys(source, table, allowed, (key,))
    return kind


def _options(source: Source, table: Mapping[str, Any], key: str, kind: str) -> dict[str, Numeral]:
    options = {}
    betas = table.get("betas")
    if betas is not None and (not isinstance(betas, list) or len(betas) != 2):
        raise HW2CheckError(
            "betas are two numbers", source.value_place((key, "betas")), "betas = [0.9, 0.999]"
        )
    for name, default in OPTIONS[kind].items():
        path: Path = (key, name)
        raw: Any = table.get(name)
        if betas is not None and name in {"beta1", "beta2"}:
            if raw is not None:
                raise HW2CheckError(f"{name} is stated twice", source.place(path), "betas has it already")
            place = int(name == "beta2")
            path, raw = (key, "betas", place), betas[place]
        numeral = read_numeral(default) if raw is None else read_number(source, path, raw)
        most = name in BELOW_ONE and numeral.value >= 1 and name != "dampening"
        if numeral.value < 0 or most:
            bound = "from 0 to below 1" if most or name in BELOW_ONE else "at least 0"
            raise HW2CheckError(f"{name} is {bound}", source.value_place(path), f"the default is {default}")
        options[name] = numeral
    return options


def _switch(source: Source, table: Mapping[str, Any], path: tuple[str, str]) -> bool:
    value = table.get(path[-1], False)
    if not isinstance(value, bool):
        raise HW2CheckError(f"{path[-1]} is true or false", source.value_place(path))
    return value


def _rate(source: Source, table: Mapping[str, Any], key: str) -> Numeral | None:
    stated = [name for name in (RATE, "lr") if name in table]
    if len(stated) > 1 or (stated and RATE in source.data):
        raise HW2CheckError(
            "the learning rate is stated twice", source.place((key, stated[-1])), "keep one of them"
        )
    if not stated and RATE not in source.data:
        raise HW2CheckError("the optimiser has no learning rate", source.place((key,)), f"{RATE} = 0.01")
    return read_number(source, (key, stated[0]), table[stated[0]]) if stated else None


def _state(
    source: Source,
    table: Mapping[str, Any],
    key: str,
    optimiser: Optimiser,
    parameters: tuple[str, ...],
    given: Mapping[str, Array],
) -> tuple[dict[str, Array], dict[str, tuple[Numeral, ...]]]:
    stated = read_table(source, table, "state")
    known = {name: parameter for parameter in parameters for name in optimiser.before(parameter)}
    state, digits = {}, {}
    for spelt, raw in stated.items():
        path = (key, "state", spelt)
        name = canonical(spelt)
        if name not in known:
            hint = did_you_mean(name, known) if known else f"{optimiser.kind} keeps nothing from step to step"
            raise HW2CheckError(f"{spelt} is no state of {optimiser.kind}", source.place(path), hint)
        written, shape = read_written(source, path, raw), given[known[name]].shape
        array = written.array
        if array.shape != shape and array.size == np.prod(shape) and array.squeeze().ndim < 2:
            array = array.reshape(shape)
        if array.shape != shape:
            raise HW2CheckError(
                f"{spelt} is {with_article(array.shape)}, but {known[name]} is {with_article(shape)}",
                source.value_place(path),
            )
        state[name], digits[name] = array, written.numerals
    for name, array in state.items():
        if name in optimiser._replace(state=state).positive and np.any(array < 0):
            raise HW2CheckError(
                f"{name} is a sum of squares and cannot be negative", source.value_place((key, "state", name))
            )
    _check_whole(source, table, key, optimiser, parameters, state)
    return state, digits


def _check_whole(
    source: Source,
    table: Mapping[str, Any],
    key: str,
    optimiser: Optimiser,
    parameters: tuple[str, ...],
    state: Mapping[str, Array],
) -> None:
    """Half a state, or one whose step is not known, would give other numbers without a word."""
    if optimiser.t > 1 and not state and optimiser.before(parameters[0]):
        lacking = optimiser.before(parameters[0])[0]
        raise HW2CheckError(
            f"step {optimiser.t} needs the state that the steps before it left",
            source.value_place((key, "t")),
            f"{lacking} and so on in [{key}.state]",
        )
    for parameter in parameters:
        names = optimiser.before(parameter)
        lacking = next((name for name in names if name not in state), "")
        if lacking and any(name in state for name in names):
            raise HW2CheckError(
                f"the state lacks {lacking}",
                source.place((key, "state")),
                f"for {parameter}: {', '.join(names)}",
            )
    counts = optimiser.kind in {"adam", "adamw"} or optimiser.has("lr_decay")
    if counts and "t" not in table and any(np.any(array != 0) for array in state.values()):
        raise HW2CheckError(
            "there is a state from earlier steps, but not the number of this step",
            source.place((key, "state")),
            f"t = 2 in [{key}] after one step",
        )


def read_steps(source: Source) -> int:
    """`steps`, how many updates are made one after the other; raises HW2CheckError for what it cannot be."""
    steps = read_number(source, ("steps",), source.data.get("steps", 1)).value
    if steps.denominator != 1 or not 1 <= steps <= MAX_STEPS:
        raise HW2CheckError(
            f"steps is a whole number from 1 to {MAX_STEPS:,}", source.value_place(("steps",)), "steps = 3"
        )
    return int(steps)


def _of(parameter: str, letter: str) -> str:
    """The name of an optimiser's own quantity for one parameter: v_w of v, v_w_new of v_new."""
    parsed = quantity(letter)
    name = f"{parsed.of}_{parameter}"
    return updated(name) if parsed.kind is Kind.UPDATED else name
