"""Embedding layers: each word of a sentence is looked up in a table with one row per word."""

from __future__ import annotations

from typing import Any

import numpy as np

from hw2check.calculus.values import counted, with_article
from hw2check.formula.functions import Array
from hw2check.formula.names import canonical, did_you_mean
from hw2check.formula.numeral import NumeralError, RawNumber, is_text, read_numeral
from hw2check.problem.layers.builder import Network
from hw2check.problem.layers.recurrent import step_name

REDUCE = ("sum", "mean", "sequence")

_TOKENS = 'tokens = [[0, 2], [1]], or words = a vocabulary: tokens = ["so", "happy"]'


def add_embedding(network: Network, layer: dict[str, Any], index: int) -> None:
    """A = E.T @ X (columns) or X @ E (rows), where X counts the words of each sentence.

    `reduce = "mean"` divides by the number of words. With "sequence" the words of one sentence are
    the inputs of one matrix, and several sentences of one length make one matrix x1, x2, ... for each step.
    """
    suffix = network.suffix(layer, index)
    table = _table(network, layer, index, canonical(f"E_{suffix}"))
    words = network.shapes[table][0]
    flat, sentences = _sentences(network, layer, index, words)
    reduce = layer.get("reduce", "sum")
    if not is_text(reduce) or reduce not in REDUCE:
        raise network.error(
            f"reduce cannot be {reduce!r}",
            ("layer", index, "reduce"),
            f"known words: {', '.join(REDUCE)}",
            value=True,
        )
    network.steps, network.activation = (), ""
    path = ("layer", index, "name")
    if reduce == "sequence" and not flat:
        _steps(network, layer, index, table, sentences)
        return
    if reduce == "sequence":
        sentences = [[word] for word in sentences[0]]
    x = _counts(network, canonical(f"X_{suffix}"), sentences, words, index)
    formula = _looked_up(network, table, x)
    if reduce == "mean":
        formula += f"/sum({x}, axis={network.axis}, keepdims=True)"
    shape = network.shape(network.shapes[table][1], len(sentences))
    network.current = network.define(canonical(f"A_{suffix}"), formula, shape, path)


def _looked_up(network: Network, table: str, x: str) -> str:
    return f"{table}.T @ {x}" if network.columns else f"{x} @ {table}"


def _steps(
    network: Network, layer: dict[str, Any], index: int, table: str, sentences: list[list[int]]
) -> None:
    for place, sentence in enumerate(sentences):
        if len(sentence) != len(sentences[0]):
            raise network.error(
                f"sentence {place + 1} has {counted(len(sentence), 'word')}, "
                f"the first has {len(sentences[0])}",
                ("layer", index, "tokens", place),
                "a sequence needs sentences of one length; a word for padding may fill them up",
                value=True,
            )
    shape = network.shape(network.shapes[table][1], len(sentences))
    names = []
    for step, words in enumerate(zip(*sentences, strict=True), 1):
        one_each = [[word] for word in words]
        x = _counts(network, step_name(layer, "X", step), one_each, network.shapes[table][0], index)
        names.append(
            network.define(
                step_name(layer, "x", step), _looked_up(network, table, x), shape, ("layer", index, "name")
            )
        )
    network.steps, network.current = tuple(names), ""


def _counts(network: Network, name: str, sentences: list[list[int]], words: int, index: int) -> str:
    """How often each word of the vocabulary stands in each sentence."""
    counts: Array = np.zeros((len(sentences), words))
    for row, sentence in enumerate(sentences):
        np.add.at(counts[row], sentence, 1)
    network.give(name, counts.T.copy() if network.columns else counts, ("layer", index, "tokens"))
    network.kept[name] = network.axis
    return name


def _table(network: Network, layer: dict[str, Any], index: int, name: str) -> str:
    if "E" not in layer:
        raise network.error(
            f"layer {index + 1} has no E", ("layer", index), "E = [[...], ...], one row per word"
        )
    written = network.read(layer, index, "E")
    if len(written.shape) != 2:
        raise network.error(
            f"{name} is {with_article(written.shape)}, not a matrix",
            ("layer", index, "E"),
            "E has one row per word: [[1, 2], [3, 4]]",
        )
    return network.give(name, written.array, ("layer", index, "E"), parameter=True)


def _sentences(
    network: Network, layer: dict[str, Any], index: int, words: int
) -> tuple[bool, list[list[int]]]:
    """The numbers of the words of each sentence, and whether one sentence is stated without brackets."""
    vocabulary = _vocabulary(network, layer, index, words)
    path = ("layer", index, "tokens")
    tokens = layer.get("tokens")
    if not isinstance(tokens, list) or not tokens:
        raise network.error(
            "tokens must be a list of words or of sentences"
            if tokens is not None
            else f"layer {index + 1} has no tokens",
            path if tokens is not None else ("layer", index),
            _TOKENS,
        )
    flat = not any(isinstance(token, list) for token in tokens)
    sentences = [tokens] if flat else tokens
    found = []
    for i, sentence in enumerate(sentences):
        here = path if flat else (*path, i)
        if not isinstance(sentence, list) or not sentence:
            what = f"sentence {i + 1} is {'empty' if sentence == [] else 'a single word'}"
            raise network.error(what, here, _TOKENS, value=True)
        found.append(
            [_word(network, token, vocabulary, words, (*here, j)) for j, token in enumerate(sentence)]
        )
    return flat, found


def _vocabulary(network: Network, layer: dict[str, Any], index: int, words: int) -> dict[str, int] | None:
    stated = layer.get("vocabulary")
    if stated is None:
        return None
    path = ("layer", index, "vocabulary")
    if not isinstance(stated, list) or not all(is_text(word) for word in stated):
        raise network.error("vocabulary must be a list of words", path, '["so", "happy"]', value=True)
    numbers: dict[str, int] = {}
    for place, word in enumerate(stated):
        if word in numbers:
            raise network.error(
                f"{word!r} is listed twice", (*path, place), "each word has one row of E", value=True
            )
        numbers[word] = place
    if len(numbers) != words:
        raise network.error(
            f"the vocabulary has {counted(len(numbers), 'word')}, but E has {counted(words, 'row')}",
            path,
            "E has one row per word, in the order of the vocabulary",
        )
    return numbers


def _word(
    network: Network, token: object, vocabulary: dict[str, int] | None, words: int, path: tuple[Any, ...]
) -> int:
    if is_text(token) and not isinstance(token, RawNumber):
        if vocabulary is None:
            raise network.error(
                f"{token!r} is a word, but there is no vocabulary",
                path,
                'vocabulary = ["so", "happy"], one word for each row of E',
                value=True,
            )
        if token not in vocabulary:
            raise network.error(
                f"{token!r} is not in the vocabulary", path, did_you_mean(str(token), vocabulary), value=True
            )
        return vocabulary[str(token)]
    try:
        value = read_numeral(str(token)).value if not isinstance(token, bool) else -1
    except NumeralError:
        value = -1
    if value != int(value) or not 0 <= value < words:
        raise network.error(
            f"{token} is no word: there are {words}, numbered from 0 to {words - 1}",
            path,
            "the first row of E is word 0",
            value=True,
        )
    return int(value)
