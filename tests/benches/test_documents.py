"""Measuring on documents: a tiny folder whose findings are known."""

from __future__ import annotations

import json
import random
import re
import time
from collections import Counter
from pathlib import Path

import pytest

from bench.documents.__main__ import main
from bench.documents.corpus import LIST, Entry, entries, run, timed
from bench.documents.findings import adjudications, findings, key_of, kind_of, precision, tally
from bench.documents.planted import CLOSED, NAMED, plant
from bench.documents.report import not_checked, summary

EGGS = r"""# Eggs

Three hens lay $3 \cdot 5 = 15$ eggs, two of them lay $2 \cdot 5 = 11$.

The share is $\frac{3}{8} = 0.375$ and $\int_0^1 q = 4$.
"""
LIST_OF_TWO = """
[[repository]]
name = "somebody/hens"
commit = "0000000000000000000000000000000000000000"
paths = ["eggs.md", "later.ipynb"]
"""
NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": ["Then\n", "$7 \\cdot 8 = 56$."]},
        {"cell_type": "code", "metadata": {}, "source": ["x = 1"], "outputs": [], "execution_count": None},
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "somebody" / "hens"
    home.mkdir(parents=True)
    (home / "eggs.md").write_text(EGGS, encoding="utf-8")
    (home / "later.ipynb").write_text(json.dumps(NOTEBOOK), encoding="utf-8")
    (tmp_path / "documents.toml").write_text(LIST_OF_TWO, encoding="utf-8")
    (tmp_path / "adjudicated.toml").write_text("", encoding="utf-8")
    return tmp_path


def test_the_list_names_many_documents_by_commit() -> None:
    listed = entries(LIST)
    assert len(listed) >= 80
    assert len({entry.repository for entry in listed}) >= 40
    assert len(set(listed)) == len(listed)
    assert all(re.fullmatch("[0-9a-f]{40}", entry.commit) for entry in listed)


def test_adjudications_are_of_listed_documents() -> None:
    assert {document for document, _ in adjudications()} <= {entry.name for entry in entries()}


def test_an_answer_that_is_none_of_the_three(tmp_path: Path) -> None:
    file = tmp_path / "adjudicated.toml"
    file.write_text('["a/b/c.md"]\n0123456789 = ["maybe", "?"]\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"^a/b/c\.md, 0123456789: 'maybe' is none of true mistake, "):
        adjudications(file)


def test_a_run_has_the_links(folder: Path) -> None:
    runs = [run(folder, entry) for entry in entries(folder / "documents.toml")]
    assert [run.failure for run in runs] == ["", ""]
    (finding,) = findings(runs)
    assert finding.document == "somebody/hens/eggs.md"
    assert (finding.link.left.text, finding.link.right.text) == (r"2 \cdot 5", "11")
    assert finding.link.left.place.line == 3


@pytest.mark.parametrize(
    ("answer", "counts", "share"),
    [
        (None, {"not read": 1}, None),
        ("true mistake", {"true mistake": 1}, 100.0),
        ("false alarm", {"false alarm": 1}, 0.0),
        ("unclear", {"unclear": 1}, None),
    ],
)
def test_the_precision_is_of_what_was_decided(
    folder: Path, answer: str | None, counts: dict[str, int], share: float | None
) -> None:
    found = findings([run(folder, entry) for entry in entries(folder / "documents.toml")])
    answers = {} if answer is None else {(found[0].document, found[0].key): answer}
    assert tally(found, answers) == counts
    assert precision(counts) == share


def test_the_key_is_the_content_and_not_the_place(folder: Path) -> None:
    (entry, _) = entries(folder / "documents.toml")
    before = findings([run(folder, entry)])[0].key
    (folder / entry.name).write_text(
        "Before.\n\n" + EGGS.replace(r"2 \cdot 5 = 11", r"2\cdot  5=11"), encoding="utf-8"
    )
    assert findings([run(folder, entry)])[0].key == before
    (folder / entry.name).write_text(EGGS.replace("5 = 11", "5 = 12"), encoding="utf-8")
    assert findings([run(folder, entry)])[0].key != before


def test_the_summary(folder: Path) -> None:
    runs = [run(folder, entry) for entry in entries(folder / "documents.toml")]
    finding = findings(runs)[0]
    lines = list(summary(runs, {(finding.document, finding.key): "true mistake"}))
    assert lines[0] == "2 documents from 1 repositories"
    assert lines[1].startswith("5 links, ")
    assert lines[2] == "checked: 4 (80.0 %)"
    assert Counter(lines[3].removeprefix("verdicts: ").split(", ")) == Counter(
        ["3 holds", "1 wrong", "1 unchecked"]
    )
    assert lines[-2:] == [
        "wrong: 1 (1 true mistake)",
        "precision of wrong: 100.0 %, 0.0 false alarms in 10,000 links",
    ]
    (reason,) = not_checked(runs)
    assert re.match(r" +1 .*e\.g\. \\int_0\^1 q = 4", reason)


def test_a_crash_and_a_hang_are_counted() -> None:
    entry = Entry("a/b", "c.md", "0" * 40)

    def crash() -> None:
        raise ZeroDivisionError("no")

    assert timed(entry, crash, 5).failure == "crashed: ZeroDivisionError: no"  # type: ignore[arg-type]
    start = time.perf_counter()
    hung = timed(entry, lambda: time.sleep(20), 0.2)  # type: ignore[arg-type, return-value]
    assert hung.failure == "took more than 0 s"
    assert time.perf_counter() - start < 10


def test_a_missing_document_is_a_failure(tmp_path: Path) -> None:
    assert run(tmp_path, Entry("a/b", "c.md", "0" * 40)).failure.startswith("cannot be read: ")


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("x_3 is not declared", "NAME is not declared"),
        ("1 x 2 is not 3 x 1", "N is not N"),
        ("cannot be read: 'q' is not expected here", "cannot be read: '..' is not expected here"),
        ("a second derivative", "a second derivative"),
    ],
)
def test_the_kind_of_a_reason(reason: str, kind: str) -> None:
    assert kind_of(reason) == kind


def test_planted_mistakes_in_numbers_are_found(folder: Path) -> None:
    rng = random.Random(4)
    planted = [
        one
        for _ in range(8)
        for entry in entries(folder / "documents.toml")
        for one in plant(folder, entry, 3, rng)
    ]
    assert len(planted) >= 16
    assert {one.group for one in planted} == {CLOSED}
    assert {one.verdict for one in planted} == {"wrong"}
    assert all(one.before != one.after for one in planted)


def test_an_edit_that_leaves_the_link_true_is_none(folder: Path) -> None:
    (entry, _) = entries(folder / "documents.toml")
    (folder / entry.name).write_text("$0 \\cdot 5 = 0$", encoding="utf-8")
    planted = [one for seed in range(12) for one in plant(folder, entry, 1, random.Random(seed))]
    assert planted
    assert not any(re.fullmatch(r"0 \\cdot \d = 0", one.after) for one in planted)


def test_names_are_a_group_of_their_own(folder: Path) -> None:
    (entry, _) = entries(folder / "documents.toml")
    (folder / entry.name).write_text("$a = 2$ and $b = 7$, so $a + b = 9$.", encoding="utf-8")
    planted = [one for seed in range(12) for one in plant(folder, entry, 3, random.Random(seed))]
    named = [one for one in planted if one.group == NAMED]
    assert named
    assert all(one.before == "a + b = 9" for one in named)


def test_the_program(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(folder), "--planted", "2", "--findings", "wrong"])
    shown = capsys.readouterr().out
    key = key_of(findings([run(folder, entry) for entry in entries(folder / "documents.toml")])[0].link)
    assert "wrong: 1 (1 not read)\n" in shown
    assert f"somebody/hens/eggs.md:3 {key} [not read]\n" in shown
    assert re.search(r"closed arithmetic: (\d) of \1 found \(100\.0 %\)", shown)
