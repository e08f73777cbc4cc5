"""A slice of the generated sentences: no false alarm, and changed results are found."""

from __future__ import annotations

import random

import pytest

from bench.sentences import FOUND, KINDS, changed, measured, sentences


@pytest.mark.long
def test_right_sentences_are_never_called_wrong_and_changed_ones_are_found() -> None:
    count = 390
    false, missed = measured(count, seed=20)
    assert not false
    assert len(missed) <= (1 - FOUND) * count


def test_all_kinds_occur_and_a_change_is_one_digit_of_the_result() -> None:
    rng = random.Random(0)
    found = list(sentences(130, seed=3))
    assert len({sentence.kind for sentence in found}) == len(KINDS)
    for sentence in found:
        mistake = changed(sentence, rng)
        differing = [at for at, (a, b) in enumerate(zip(sentence.text, mistake.text, strict=True)) if a != b]
        assert len(differing) == 1
        assert sentence.start <= differing[0] < sentence.end
