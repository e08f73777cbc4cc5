"""HTML pages: true, whole, escaped, and without any request or script that is not theirs."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw2check.check.file import Settings, check_file
from hw2check.proofread.document import scan
from hw2check.proofread.proofreading import proofread
from hw2check.report.formats import View
from hw2check.report.html import answers, steps
from hw2check.report.marked_text import marked
from hw2check.report.plots import bar, line_plot
from tests.commands.running import Done
from tests.support import FIXTURES

VOID = {"meta", "br", "hr", "link", "img", "input"}


class Page(HTMLParser):
    """The elements of a page, its text, and whether each that opens closes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.pieces: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.pieces).split())

    @property
    def tags(self) -> set[str]:
        return {tag for tag, _ in self.elements}


def page_of(name: str, **settings: str) -> Page:
    report = check_file(
        str(FIXTURES / f"{name}.toml"),
        None,
        ("forward", "backward"),
        Settings(**settings),  # type: ignore[arg-type]
    )
    return Page(answers([report]))


HOSTILE = """\
title = "</title><script>alert(1)</script><img src=x onerror=alert(2)>"
loss = "y"
[given]
x = 3
[nodes]
y = "x^2"
[expected]
y = '</td><script>alert(3)</script><svg onload=alert(4)>" onmouseover="alert(5)'
"""
HOSTILE_DOCUMENT = """\
# <script>alert(1)</script>

Let $x = 3$. Then $x^2 = 8$ <img src=http://example.org/x onerror=alert(2)> and $2x = 7$.
</pre></div><script>alert(3)</script>
"""


def assert_harmless(text: str) -> None:
    page = Page(text)
    assert not page.tags & {
        "script",
        "img",
        "iframe",
        "object",
        "embed",
        "link",
        "form",
        "base",
        "foreignobject",
    }
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        for name in ("href", "src", "action", "xlink:href", "data"):
            value = attributes.get(name)
            assert value is None or value.startswith("#"), (tag, value)
    (policy,) = [a["content"] for t, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert str(policy).startswith(
        "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-"
    )
    assert "unsafe" not in str(policy)
    assert not re.search(r"url\(|@import", text)


def test_hostile_answers_stay_text(tmp_path: Path) -> None:
    file = tmp_path / "a<b>&.toml"
    file.write_text(HOSTILE, encoding="utf-8")
    text = answers([check_file(str(file), None, ("forward", "backward"))])
    assert_harmless(text)
    shown = Page(text).text
    assert "<script>alert(1)</script>" in shown and "<script>alert(3)</script>" in shown


def test_hostile_documents_stay_text() -> None:
    text = steps([proofread(scan(HOSTILE_DOCUMENT, "<b>.md"), [])])
    assert_harmless(text)
    assert "<img src=http://example.org/x onerror=alert(2)>" in Page(text).text


def test_the_policy_allows_the_page_its_own_style() -> None:
    text = answers([check_file(str(FIXTURES / "backprop.toml"))])
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in text.replace("&#39;", "'")


def test_what_is_wrong_stands_first_and_leads_to_its_row() -> None:
    page = page_of("backprop")
    shown = page.text
    first = shown.index("✗ wrong dLoss/dd : written -0.007 , computed -0.0009975456151")
    assert first < shown.index("The graph") < shown.index("Local partial derivatives")
    targets = {a.get("id") for _, a in page.elements}
    links = [str(a["href"])[1:] for tag, a in page.elements if tag == "a"]
    assert len(links) == 3 and set(links) <= targets
    assert "17 of 19 points" in shown and "expected: as written in the answer; computed: by hw2check" in shown


def test_every_quantity_has_its_row_with_its_formula_set() -> None:
    page = page_of("backprop")
    report = check_file(str(FIXTURES / "backprop.toml"), None, ("forward", "backward"))
    assert sum(tag == "math" for tag, _ in page.elements) == len(report.rows) - sum(
        not r.formula for r in report.rows
    )
    for row in report.rows:
        assert f" {row.name} " in f" {page.text} "


def test_entries_that_are_off_are_marked_in_words_too(tmp_path: Path) -> None:
    text = (FIXTURES / "forward.toml").read_text("utf-8").replace("[18, 10]", "[18, 11]", 1)
    file = tmp_path / "p.toml"
    file.write_text(text, encoding="utf-8")
    page = Page(answers([check_file(str(file))]))
    assert sum(a.get("class") == "off" for _, a in page.elements) == 1
    assert "✗ 11 wrong" in page.text


@pytest.mark.parametrize(("show", "hidden"), [("none", True), ("hint", True), ("computed", False)])
def test_what_a_student_may_not_see_is_not_there(show: str, hidden: bool) -> None:
    text = page_of("backprop", show=show).text
    assert ("-0.0009975456151" not in text) == hidden
    assert ("exp(" not in text) == hidden
    assert "dLoss/dd" in text


def test_a_page_of_several_files(tmp_path: Path) -> None:
    done = Done("check", *(str(FIXTURES / f"{name}.toml") for name in ("backprop", "forward")), "-f", "html")
    page = Page(done.out)
    assert done.code == 1
    assert "2 files, 1 of them not all correct" in page.text
    ids = [a["id"] for _, a in page.elements if a.get("id")]
    assert len(ids) == len(set(ids))


def test_the_losses_of_steps_are_plotted(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text(
        'loss = "y"\nlearning_rate = 0.1\nparameters = ["w"]\nsteps = 3\n'
        '[given]\nw = 1\n[nodes]\ny = "w^2"\n',
        encoding="utf-8",
    )
    page = Page(answers([check_file(str(file), None, ("forward", "backward"))]))
    assert "Loss by step" in page.text
    (plot,) = [a for _, a in page.elements if str(a.get("aria-label")).startswith("loss from")]
    assert plot["aria-label"] == "loss from 1 at step 1 to 0.4096 at step 3"  # 1, 0.8^2, 0.64^2


def test_values_that_are_not_finite_are_no_points_of_a_plot() -> None:
    page = Page(line_plot([1.0, float("inf"), float("nan"), 2.0], "loss"))
    assert sum(tag == "circle" for tag, _ in page.elements) == 2
    assert "nan" not in "".join(str(a.get("points")) for _, a in page.elements)


def test_a_bar_is_as_wide_as_its_parts() -> None:
    page = Page(bar((("good", 3), ("bad", 1), ("else", 0)), 4, "3 right, 1 wrong"))
    widths = {a["class"]: a["width"] for tag, a in page.elements if tag == "rect"}
    assert widths == {"good": "75.00", "bad": "25.00"}


# --- documents

DOCUMENTS = st.lists(
    st.sampled_from(
        [
            "Let $x = 3$.",
            "Then $x^2 = 9$ and $x + 1 = 5$.",
            "",
            "$$\ny = 2x = 6\n$$",
            "# A heading",
            "<b> & $2 + 2 = 5$",
        ]
    ),
    max_size=12,
).map("\n".join)


@given(DOCUMENTS)
def test_the_document_is_shown_whole_and_as_it_is(text: str) -> None:
    proof = proofread(scan(text, "hw.md"), [])
    for part in marked(proof, 1, View()).parts:
        lines = ["".join(piece.text for piece in line.pieces) for line in part.lines]
        assert lines == text.split("\n")
    told = [piece for part in marked(proof, 1, View()).parts for line in part.lines for piece in line.pieces]
    assert sum(piece.last for piece in told) == len(proof.links)


def test_the_verdict_on_a_step_stands_in_its_place() -> None:
    proof = proofread(scan("Let $x = 3$. Then $x^2 = 8$ holds.", "hw.md"), [])
    text = steps([proof])
    assert re.search(
        r'<mark class="bad" id="s1-\d+">8 ?<span class="s bad" aria-hidden="true">✗</span>', text
    )
    shown = Page(text).text
    assert "✗ wrong line 1 : " in shown
    assert "left 9, right 8" in shown


def test_of_a_huge_document_the_lines_around_its_faults_are_shown() -> None:
    lines = ["plain text"] * 6000
    lines[3000] = "$2 + 2 = 5$"
    (part,) = marked(proofread(scan("\n".join(lines), "hw.md"), []), 1, View()).parts
    assert [line.number for line in part.lines] == list(range(2998, 3005))
