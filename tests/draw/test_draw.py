"""Pictures: what they show is true, nothing lies over anything else, and no text in them is markup."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import numpy as np
import pygraphviz
import pytest

from hw2check.check.file import BACKWARD, FORWARD, Prepared, submitted
from hw2check.check.file import PLAIN as SETTINGS
from hw2check.draw.building import PLAIN, Options, draw
from hw2check.draw.diagrams import dot, mermaid
from hw2check.draw.drawing import Drawing, Part, Role
from hw2check.draw.layout import LABEL, PADDING, TEXT, Frame, lay_out
from hw2check.draw.png import light_style, png
from hw2check.draw.svg import STYLE, svg
from hw2check.problem.reader import read_problem
from hw2check.reading.source import read_source
from tests.commands.running import Done, Process
from tests.oracles.scalar import random_problem
from tests.support import FIXTURES, HOMEWORK

SVG = "{http://www.w3.org/2000/svg}"
PICTURED = (
    "backprop",
    "forward",
    "mazur",
    "mazur-dense",
    "micrograd",
    "emotions-dense",
    "emotions-recurrent",
)


def drawing_of(file: Path, options: Options = PLAIN, submission: str = "") -> Drawing:
    problem = read_problem(read_source(str(file)))
    passes = (FORWARD,) if problem.loss is None else (FORWARD, BACKWARD)
    answers, named = submitted(problem, submission, SETTINGS) if submission else (None, "")
    return draw(problem, Prepared(problem).report(answers, named, passes), options)


def drawing_of_text(folder: Path, text: str, options: Options = PLAIN) -> Drawing:
    file = folder / "problem.toml"
    file.write_text(text, encoding="utf-8")
    return drawing_of(file, options)


def lines(drawing: Drawing, key: str, part: Part) -> list[str]:
    return [line.text for line in drawing.box(key).lines if line.part is part]


def places(drawing: Drawing, *, vertical: bool) -> dict[str, Frame]:
    """Everything with text in it."""
    layout = lay_out(drawing, vertical=vertical)
    found = {f"box {key}": frame for key, frame in layout.boxes.items()}
    for arrow, curve in zip(drawing.arrows, layout.curves, strict=True):
        if curve.label is not None:
            found[f"label {arrow.source} -> {arrow.target}"] = curve.label
    for number, (_, title) in enumerate(layout.groups):
        found[f"title {number}"] = title
    return found


def assert_nothing_overlaps(drawing: Drawing) -> None:
    for vertical in (False, True):
        frames = places(drawing, vertical=vertical)
        over = [(a, b) for a, b in combinations(frames, 2) if frames[a].overlaps(frames[b])]
        assert not over


def test_values_gradients_partials_and_updates_of_the_homework() -> None:
    drawing = drawing_of(FIXTURES / "backprop-corrected.toml")
    assert lines(drawing, "x6", Part.FORMULA) == ["= a*x2 + b*x3 + c*x2*x3"]
    assert lines(drawing, "x6", Part.VALUE) == ["= -2 ✓"]
    assert lines(drawing, "a", Part.GRADIENT) == ["dLoss/da = 0.002003 ✓"]
    assert lines(drawing, "a", Part.UPDATE) == ["a_new = 2.9998 ✓"]  # digits enough to see that it moved
    labels = {(arrow.source, arrow.target): arrow.label for arrow in drawing.arrows}
    assert labels["x4", "x7"] == ("2*x4", "= 4")
    assert labels["x8", "Loss"] == ("dLoss/dx8", "= 3")
    assert drawing.box("a").role is Role.PARAMETER
    assert drawing.box("x1").role is Role.GIVEN
    assert len(drawing.arrows) == 12


def test_numbers_have_the_digits_asked_for() -> None:
    drawing = drawing_of(FIXTURES / "backprop-corrected.toml", Options(digits=10))
    assert lines(drawing, "d", Part.GRADIENT) == ["dLoss/dd = -0.0009975456151 ✓"]


def test_wrong_and_carried_answers_are_marked() -> None:
    drawing = drawing_of(FIXTURES / "backprop.toml")
    assert drawing.box("d").verdict == "wrong"
    assert lines(drawing, "d", Part.VERDICT) == ["✗ wrong: -0.007", "↳ carried: 2.0007"]
    assert {box.key for box in drawing.boxes if box.verdict not in {"correct", ""}} == {"d"}
    groups = ElementTree.fromstring(svg(drawing)).iter(f"{SVG}g")
    assert [group.get("class") for group in groups if "bad" in str(group.get("class"))] == ["parameter bad"]


def test_a_wrong_partial_is_marked_on_its_arrow(tmp_path: Path) -> None:
    text = f'{HOMEWORK}[expected]\n"dx6/dx2" = "a + c"\n'
    (wrong,) = [arrow for arrow in drawing_of_text(tmp_path, text).arrows if arrow.verdict == "wrong"]
    assert (wrong.source, wrong.target) == ("x2", "x6")
    assert wrong.label[-1] == "✗ wrong"


def test_answers_of_a_submission_are_marked(tmp_path: Path) -> None:
    submission = tmp_path / "submission.toml"
    submission.write_text("[answers]\nx7 = 8\n", encoding="utf-8")
    drawing = drawing_of(FIXTURES / "backprop-key.toml", submission=str(submission))
    assert drawing.box("x7").verdict == "wrong"
    assert lines(drawing, "x7", Part.VERDICT)[0] == "✗ wrong: 8"


@pytest.mark.parametrize("spelt", ["b", "dLoss/db", "b_new"])
def test_the_path_is_every_way_to_the_loss(spelt: str) -> None:
    drawing = drawing_of(FIXTURES / "backprop.toml", Options(path=spelt))
    assert {box.key for box in drawing.boxes if box.on_path} == {"b", "x6", "x8", "Loss"}
    marked = {(arrow.source, arrow.target) for arrow in drawing.arrows if arrow.on_path}
    assert marked == {("b", "x6"), ("x6", "x8"), ("x8", "Loss")}


@pytest.mark.parametrize("name", PICTURED)
def test_nothing_overlaps_in_the_fixtures(name: str) -> None:
    for entries in (True, False):
        assert_nothing_overlaps(drawing_of(FIXTURES / f"{name}.toml", Options(entries=entries)))


@pytest.mark.parametrize("nodes", [4, 6, 9, 14, 20, 28, 40, 60])
def test_nothing_overlaps_in_random_graphs(tmp_path: Path, nodes: int) -> None:
    problem = random_problem(Random(nodes), nodes)
    drawing = drawing_of_text(tmp_path, problem.text(["a", "b"]), Options(path="a"))
    assert sum(box.role in {Role.NODE, Role.LOSS} for box in drawing.boxes) == nodes
    assert_nothing_overlaps(drawing)


def test_text_fits_into_its_box_in_a_font_of_one_width() -> None:
    drawing = drawing_of(FIXTURES / "mazur-dense.toml")
    layout = lay_out(drawing)
    for box in drawing.boxes:
        frame = layout.boxes[box.key]
        assert max(len(line.text) for line in box.lines) * TEXT * 0.6 <= frame.width - PADDING
    for arrow, curve in zip(drawing.arrows, layout.curves, strict=True):
        if curve.label is not None:
            assert max(map(len, arrow.label)) * LABEL * 0.6 <= curve.label.width


def test_a_dense_network_is_drawn_layer_by_layer() -> None:
    drawing = drawing_of(FIXTURES / "mazur-dense.toml")
    groups = {group.title: set(group.keys) for group in drawing.groups}
    assert groups == {"layer 1": {"W1", "b1", "Z1", "A1"}, "layer out": {"W_out", "b_out", "Z_out", "A_out"}}
    assert lines(drawing, "Z1", Part.NAME) == ["Z1  2 × 1"]
    layout = lay_out(drawing)
    for group, (frame, _) in zip(drawing.groups, layout.groups, strict=True):
        for key in group.keys:
            box = layout.boxes[key]
            assert frame.x <= box.x and box.x + box.width <= frame.x + frame.width
            assert frame.y <= box.y and box.y + box.height <= frame.y + frame.height


def test_a_recurrent_network_is_unrolled_with_its_parameters_at_each_step() -> None:
    drawing = drawing_of(FIXTURES / "emotions-recurrent.toml")
    uses = [box for box in drawing.boxes if box.name == "U_lower"]
    assert [box.again for box in uses] == [False, True, True, True]
    assert {arrow.target for arrow in drawing.arrows if arrow.source.startswith("U_lower")} == {
        f"z_lower_{step}" for step in (1, 2, 3, 4)
    }
    assert {"layer lower_1", "layer upper_4"} <= {group.title for group in drawing.groups}


def test_matrices_are_shown_entry_by_entry_where_asked() -> None:
    shown = drawing_of(FIXTURES / "forward.toml", Options(entries=True))
    assert lines(shown, "A1", Part.VALUE) == ["11   5", "18  10", " 0   0", " 1   0 ✓"]
    hidden = drawing_of(FIXTURES / "forward.toml", Options(entries=False))
    assert lines(hidden, "W1", Part.VALUE) == []


HOSTILE = """\
title = '<script>alert(1)</script> & "quotes" ]]> `x` #35; -->'
[given]
x = 1
[nodes]
y = "x + 1"
[expected]
y = '</text><script>alert(2)</script>\\" ;\\n'
"""


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    drawing = drawing_of_text(tmp_path, HOSTILE)
    root = ElementTree.fromstring(svg(drawing))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "desc", "style", "rect", "g", "text", "path", "polygon"
    }  # fmt: skip
    assert "<script>alert(1)</script>" in str(root.findtext(f"{SVG}title"))
    assert not re.search(r"[<>`;]", re.sub(r"<br/>|#\d+;|-->|title: .*|classDef.*", "", mermaid(drawing)))
    graph = pygraphviz.AGraph(string=dot(drawing))
    assert sorted(graph.nodes()) == ["x", "y"]


def test_svg_needs_nothing_from_elsewhere() -> None:
    text = svg(drawing_of(FIXTURES / "backprop.toml"))
    assert re.findall(r"https?://[^\"]*", text) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"url\(|@import|href|<script|\son\w+=", text)


def test_the_same_picture_has_the_same_bytes() -> None:
    assert svg(drawing_of(FIXTURES / "mazur.toml")) == svg(drawing_of(FIXTURES / "mazur.toml"))


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot((0.2126, 0.7152, 0.0722), linear))


@pytest.mark.parametrize("theme", [0, 1])
def test_contrast_is_enough_in_both_themes(theme: int) -> None:
    """At least 4.5 to 1 for text, 3 to 1 for lines: WCAG 2.2, level AA."""
    block = re.split(r"@media", STYLE)[theme]
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))
    grounds = ("paper", "node", "given", "parameter", "group")

    def ratio(a: str, b: str) -> float:
        light, dark = sorted((_luminance(colours[a]), _luminance(colours[b])), reverse=True)
        return (light + 0.05) / (dark + 0.05)

    for ground in grounds:
        for ink in ("ink", "soft", "gradient", "update", "bad", "carried", "path"):
            assert ratio(ink, ground) >= 4.5, (ink, ground)
        assert ratio("frame", ground) >= 3, ground


def test_png_has_the_light_theme() -> None:
    raw = png(drawing_of(FIXTURES / "backprop.toml"))
    assert raw.startswith(b"\x89PNG\r\n")
    assert "var(" not in light_style() and "#1b1f24" in light_style()


def test_mermaid_and_dot_have_every_box_and_arrow() -> None:
    drawing = drawing_of(FIXTURES / "mazur-dense.toml")
    text = mermaid(drawing)
    assert len(re.findall(r"^ +n\d+\[", text, re.MULTILINE)) == len(drawing.boxes)
    assert text.count("-->") == len(drawing.arrows)
    assert text.count("subgraph") == 2
    graph = pygraphviz.AGraph(string=dot(drawing, vertical=True))
    assert (len(graph.nodes()), len(graph.edges())) == (len(drawing.boxes), len(drawing.arrows))


def test_the_tree_on_the_terminal() -> None:
    done = Done("draw", str(FIXTURES / "backprop.toml"), "--path", "d")
    assert done.code == 0
    assert "✗ wrong: -0.007" in done.out
    assert done.out.count("●") == 4
    assert re.search(r"└── x7 .*●", done.out) or "●" in done.out.split("x7")[1]


def test_a_repeated_node_is_written_out_once(tmp_path: Path) -> None:
    text = '[given]\nx = 2\n[nodes]\ny = "x^2"\nz = "y*x + y"\n'
    file = tmp_path / "p.toml"
    file.write_text(text, encoding="utf-8")
    out = Done("draw", str(file)).out
    assert out.count("= x^2") == 1
    assert "x  (as above)" in out


@pytest.mark.parametrize("width", ["60", "80", "200"])
def test_no_number_is_cut_on_any_terminal(width: str) -> None:
    out = Process("draw", str(FIXTURES / "backprop.toml"), "--digits", "10", COLUMNS=width).out
    assert all(len(line) <= int(width) for line in out.splitlines())
    assert "-0.0009975456151" in out


@pytest.mark.parametrize("name", ["a.svg", "a.png", "a.mmd", "a.dot"])
def test_the_name_of_the_output_says_what_is_drawn(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    assert Done("draw", str(FIXTURES / "backprop.toml"), "-o", str(target)).code == 0
    assert target.read_bytes()[:4] in {b"<svg", b"\x89PNG", b"---\n", b"digr"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-o", "a.jpg"), "its name does not say what to draw"),
        (("-f", "png"), "a PNG picture needs a file"),
        (("--path", "zz"), "--path zz: there is no such quantity"),
    ],
)
def test_what_cannot_be_drawn_is_said(arguments: tuple[str, ...], message: str) -> None:
    done = Done("draw", str(FIXTURES / "backprop.toml"), *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_a_graph_too_large_to_read_is_refused(tmp_path: Path) -> None:
    nodes = "".join(f'y{i} = "y{i - 1} + 1"\n' for i in range(1, 400))
    file = tmp_path / "long.toml"
    file.write_text(f"[given]\ny0 = 1\n[nodes]\n{nodes}", encoding="utf-8")
    done = Done("draw", str(file))
    assert done.code == 2
    assert "cannot be drawn readably" in done.err


def test_a_deep_graph_goes_down_the_page(tmp_path: Path) -> None:
    for count, wider in ((3, True), (20, False)):
        nodes = "".join(f'y{i} = "y{i - 1} + 1"\n' for i in range(1, count))
        file, target = tmp_path / "chain.toml", tmp_path / "chain.svg"
        file.write_text(f"[given]\ny0 = 1\n[nodes]\n{nodes}", encoding="utf-8")
        assert Done("draw", str(file), "-o", str(target)).code == 0
        root = ElementTree.fromstring(target.read_text("utf-8"))
        assert (int(root.attrib["width"]) > int(root.attrib["height"])) == wider
