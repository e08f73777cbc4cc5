"""Updates by optimisers, computed here step by step in exact or long numbers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction

from mpmath import mp

from bench.accuracy.oracle import real
from bench.accuracy.rounding import digits, exact
from bench.traps.case import RIGHT, RIGHT_FORMULA, WRONG, WRONG_FORMULA, Case, quoted, shown, size

MOMENTUM, BETA1, BETA2, EPS = (real(value) for value in ("0.9", "0.9", "0.999", "1e-8"))
FORMULAS = {  # right ones and wrong ones
    "sgd": (("w - learning_rate*dL/dw",), ("w + learning_rate*dL/dw", "w - dL/dw")),
    "momentum": (("w - learning_rate*v_w_new",), ("w - v_w_new", "w - learning_rate*momentum*v_w_new")),
    "adam": (
        ("w - learning_rate*mhat_w/(sqrt(vhat_w) + eps)",),
        ("w - learning_rate*mhat_w/(vhat_w + eps)", "w - learning_rate*mhat_w/sqrt(vhat_w)"),
    ),
}


def optimisers(rng: random.Random) -> Iterator[Case]:
    """One update of w in L = (w*x - t)^2, with x of any size."""
    kind = rng.choice(("sgd", "momentum", "adam"))
    w, t = (Fraction(rng.randint(3, 29), 10) for _ in range(2))
    x = size(rng, -2, 2)
    toml = f'loss = "L"\nparameters = ["w"]\n[given]\nw = {shown(w)}\nx = {shown(x)}\nt = {shown(t)}\n'
    toml += f'[nodes]\nz = "w*x"\nL = "(z - t)^2"\n[optimiser]\nkind = "{kind}"\nlearning_rate = 0.01\n'
    gradient = 2 * (real(w) * real(x) - real(t)) * real(x)
    if not gradient:
        return
    steps = {"sgd": gradient, "momentum": gradient, "adam": gradient / (mp.sqrt(gradient**2) + EPS)}
    change = -real("0.01") * steps[kind]
    new = exact(real(w) + change)
    number = digits(new, 4 + max(0, int(mp.log10(abs(real(w) / change)))))
    if number.whole or abs(change) > 10**6:
        return
    yield Case(kind, toml, {"w_new": number.text}, {"w_new": RIGHT})
    other = digits(exact(real(w) - change), number.significant)
    yield Case(kind, toml, {"w_new": other.text}, {"w_new": WRONG})
    for formulas, verdicts in zip(FORMULAS[kind], (RIGHT_FORMULA, WRONG_FORMULA), strict=True):
        for formula in formulas:
            yield Case(kind, toml, {"w_new": quoted(formula)}, {"w_new": verdicts})
