"""Names of quantities: which spellings mean the same, and which known name a misspelt one is near."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

GREEK = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "omicron",
    "pi",
    "rho",
    "sigma",
    "tau",
    "upsilon",
    "phi",
    "chi",
    "psi",
    "omega",
]
_GREEK_LETTERS = {
    unicodedata.lookup(f"GREEK SMALL LETTER {'lamda' if n == 'lambda' else n}"): n for n in GREEK
}
_GREEK_LETTERS["\N{GREEK SMALL LETTER FINAL SIGMA}"] = "sigma"

# Letters, digits and underscores; raised figures and fractions are no part of a name: x² is a power.
_IN_WORD = r"(?:(?![\u00b2\u00b3\u00b9\u00bc-\u00be])(?![\u2070-\u2079])\w)"
WORD = rf"(?!\d){_IN_WORD}+(?:\{{{_IN_WORD}+\}}{_IN_WORD}*)*"
_NAME = re.compile(rf"{WORD}\Z")
_PARTIAL = re.compile(rf"[d∂]({WORD})\s*/\s*[d∂]({WORD})\Z")
_ONE_SUBSCRIPT = re.compile(r"([^_]+)_(\d+)\Z")


def is_name(text: str) -> bool:
    """Whether the text can name a given or a node: a letter, then letters, digits and underscores."""
    return bool(_NAME.match(text)) and len(text) <= 64


@lru_cache(maxsize=4096)
def canonical(text: str) -> str:
    """One spelling for all that mean the same: `x_5` and `x_{5}` are `x5`, a Greek letter its name.

    A derivative is `dU/dV`, an updated parameter `p_new`.
    """
    partial = _PARTIAL.match(text.strip())
    if partial:
        return f"d{canonical(partial[1])}/d{canonical(partial[2])}"
    plain = unicodedata.normalize("NFKC", text.strip()).replace("{", "").replace("}", "")
    plain = "".join(_GREEK_LETTERS.get(letter, letter) for letter in plain)
    if plain.endswith("_new") and len(plain) > 4:
        return f"{canonical(plain[:-4])}_new"
    subscript = _ONE_SUBSCRIPT.match(plain)
    return subscript[1] + subscript[2] if subscript else plain


def derivative_names(name: str) -> tuple[str, str] | None:
    """(U, V) of a derivative dU/dV, in canonical spelling; None for any other name."""
    partial = _PARTIAL.match(name.strip())
    return (canonical(partial[1]), canonical(partial[2])) if partial else None


_SPELT = {  # what people, books and frameworks write, and the name that it has here
    "lr": "learning_rate",
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "bce": "binary_cross_entropy",
    "crossentropy": "cross_entropy",
    "ce": "cross_entropy",
    "logistic": "sigmoid",
    "lrelu": "leaky_relu",
    "leakyrelu": "leaky_relu",
    "swish": "silu",
    "ln": "log",
    "momentum_sgd": "momentum",
    "expected_answers": "expected",
    "params": "parameters",
    "inputs": "given",
    "optimizer": "optimiser",
}
_TRANSPOSE = re.compile(rf"({WORD})['\u2019]\Z|(?:transpose|transposed|trans)\Z", re.IGNORECASE)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that a misspelt one most likely means, if any is near.

    The same letters in another case come first, then usual spellings (`lr`, `mse`, dW1 for dLoss/dW1), then
    what is spelt nearly so.
    """
    import difflib

    choices = list(known)
    folded = name.casefold()
    for meant in (folded, _SPELT.get(folded, folded), folded.replace("_", "").replace("-", "")):
        for choice in choices:
            if meant in {choice.casefold(), choice.casefold().replace("_", "")}:
                return choice
    if folded.startswith("d") and len(folded) > 1:
        gradients = [choice for choice in choices if choice.casefold().endswith(f"/{folded}")]
        if gradients:
            return next((choice for choice in gradients if choice.startswith("dLoss/")), gradients[-1])
    if len(name) < 2:  # one letter is near to every short word
        return None
    matches = difflib.get_close_matches(name, choices, n=1, cutoff=0.5)
    return matches[0] if matches else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint that offers the nearest known name, or lists the known ones."""
    turned = _TRANSPOSE.match(name)
    if turned:
        return f"the transpose of {turned[1] or 'W'} is written {turned[1] or 'W'}.T"
    choices = list(known)
    match = nearest(name, choices)
    if match:
        return f"did you mean {match}?"
    return f"known names: {', '.join(choices[:12])}{', ...' if len(choices) > 12 else ''}" if choices else ""
