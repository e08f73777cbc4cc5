"""The local partials of nodes of arrays, as they are shown: against differences of each node by itself."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from hw2check.calculus.values import evaluate
from hw2check.formula.functions import Array
from hw2check.formula.notation import Vocabulary, parse
from hw2check.truth.derived import Truth
from hw2check.truth.local_partials import ENTRYWISE, WHOLE, local_partials_of_arrays
from tests.commands.running import Done
from tests.oracles.network_truth import truth_of

INPUT = "[given]\nA_in = [[0.5, -1, 2], [1.5, 0.25, -0.75]]\n"
SQUARED = '[loss]\nkind = "squared_error"\ntarget = {}\n'
DENSE = '[[layer]]\nname = "1"\nW = [[1, -1], [4, 0.5]]\nb = [-1, 2]\nactivation = "{}"\n'
CASES = {
    "dense": INPUT + DENSE.format("relu") + SQUARED.format("[[1, 0, 2], [0, 1, 1]]"),
    "rows": 'batch = "rows"\n[given]\nA_in = [[1, 2], [0.5, 3]]\n'
    + DENSE.format("gelu")
    + SQUARED.format("[[1, 0], [2, 1]]"),
    "softmax": INPUT
    + DENSE.format("softmax")
    + '[loss]\nkind = "cross_entropy"\ntarget = [[1, 0, 0], [0, 1, 1]]\n',
    "log_softmax": INPUT
    + DENSE.format("log_softmax")
    + '[loss]\nkind = "negative_log_likelihood"\nfrom = "log_probabilities"\n'
    + "target = [[1, 0, 0], [0, 1, 1]]\n",
    "recurrent": "[given]\ns1 = [[1], [2]]\ns2 = [[0.5], [-1]]\n"
    '[[layer]]\nkind = "rnn"\nW = [[1, 0.5], [0.25, 1]]\nU = [[0.25, 1], [1, 0.5]]\nb = [0, 1]\n'
    'steps = ["s1", "s2"]\n' + SQUARED.format("[[1], [0]]"),
    "convolution": INPUT
    + '[[layer]]\nkind = "conv1d"\nW = [[1, -1, 0, 2]]\nkernel = 2\nb = [1]\nactivation = "tanh"\n'
    + '[[layer]]\nkind = "max_pool1d"\nkernel = 2\n'
    + SQUARED.format("[[1]]"),
    "attention": INPUT
    + '[[layer]]\nkind = "attention"\nW_Q = [[1, 0.5]]\nW_K = [[0.5, 1]]\nW_V = [[1, 1]]\n'
    + SQUARED.format("[[1, 0, 1]]"),
    "layer_norm": INPUT
    + '[[layer]]\nkind = "layer_norm"\ngamma = [2, 3]\n'
    + SQUARED.format("[[1, 0, 1], [2, 1, 0]]"),
}


@pytest.mark.parametrize("case", CASES)
def test_each_does_to_a_gradient_what_the_node_does(case: str, tmp_path: Path) -> None:
    truth = truth_of(CASES[case], tmp_path)
    shown = {partial.name: partial for partial in local_partials_of_arrays(truth)}
    arrays = [n for n in truth.problem.graph.nodes if any(truth.values[i].shape for i in (n.name, *n.inputs))]
    assert {f"d{node.name}/d{name}" for node in arrays for name in node.inputs} <= shown.keys()
    rng = np.random.default_rng(9)
    for node in arrays:
        arriving = rng.normal(size=truth.values[node.name].shape)
        for name in node.inputs:
            partial = shown[f"d{node.name}/d{name}"]
            found = value_of(partial.formula, truth, arriving)
            if partial.acts in {ENTRYWISE, WHOLE}:
                found = found * arriving
            wanted = by_differences(truth, node.name, name, arriving)
            assert np.broadcast_to(found, wanted.shape) == pytest.approx(wanted, rel=1e-6, abs=1e-7), partial


def value_of(formula: str, truth: Truth, arriving: Array) -> Array:
    vocabulary = Vocabulary(lambda name: name if name in truth.values or name == "arriving" else None)
    tree = parse(formula.replace("·", "arriving"), vocabulary)
    return evaluate(tree, {**truth.values, "arriving": arriving})


def by_differences(truth: Truth, node: str, name: str, arriving: Array) -> Array:
    """The derivative of the node times what arrives, by each entry of an input."""
    formula, value, step = truth.problem.graph.by_name[node].formula, truth.values[name], 1e-6
    result = np.zeros(value.shape)
    for place in np.ndindex(value.shape):
        way = np.zeros(value.shape)
        way[place] = step
        above, below = (evaluate(formula, {**truth.values, name: value + sign * way}) for sign in (1, -1))
        result[place] = np.sum(arriving * (above - below)) / (2 * step)
    return result


@pytest.mark.parametrize(
    ("case", "name", "formula", "acts"),
    [
        ("dense", "dA1/dZ1", "relu'(Z1)", "entrywise"),
        ("dense", "dZ1/dW1", "· @ A_in.T", "pullback"),
        ("dense", "dZ1/dA_in", "W1.T @ ·", "pullback"),
        ("dense", "dZ1/db1", "sum(·, axis=1, keepdims=True)", "pullback"),
        ("rows", "dZ1/dW1", "·.T @ A_in", "pullback"),
        ("rows", "dZ1/dA_in", "· @ W1", "pullback"),
        ("rows", "dA1/dZ1", "gelu'(Z1)", "entrywise"),
        ("softmax", "dA1/dZ1", "A1*(· - sum(·*A1, axis=0, keepdims=True))", "pullback"),
        ("attention", "dA1/dP1", "V1.T @ ·", "pullback"),
        ("recurrent", "dh2/dz2", "1 - h2^2", "entrywise"),
    ],
)
def test_written_as_in_the_books(case: str, name: str, formula: str, acts: str, tmp_path: Path) -> None:
    shown = {
        partial.name: partial[1:] for partial in local_partials_of_arrays(truth_of(CASES[case], tmp_path))
    }
    assert shown[name] == (formula, acts)


def written(text: str, folder: Path) -> str:
    file = folder / "p.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_in_every_report_of_backprop(tmp_path: Path) -> None:
    file = written(CASES["dense"], tmp_path)
    lines = [line.split() for line in Done("backprop", file).out.splitlines()]
    assert ["dZ1/dW1", "·", "@", "A_in.T", "of", "the", "gradient", "·"] in lines
    assert "| dA1/dZ1 | relu'(Z1) | entry by entry |" in Done("backprop", file, "-f", "markdown").out
    (report,) = json.loads(Done("backprop", file, "-f", "json").out)["files"]
    assert {"name": "dZ1/dA_in", "formula": "W1.T @ ·", "acts": "pullback"} in report["local_partials"]


@pytest.mark.parametrize("arguments", [("backprop", "--show", "hint"), ("forward",), ("check",)])
def test_not_where_nothing_computed_is_shown(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = Done(*arguments, written(CASES["dense"], tmp_path), "-f", "json")
    (report,) = json.loads(done.out)["files"]
    assert report["local_partials"] == []


def test_many_are_cut_short_and_all_are_shown_on_demand(tmp_path: Path) -> None:
    nodes = "".join(f'M{i} = "tanh(M{i - 1})"\n' for i in range(1, 131))
    text = f'loss = "L"\n[given]\nM0 = [1, 2]\n[nodes]\n{nodes}L = "sum(M130)"\n'
    file = written(text, tmp_path)
    brief, whole = Done("backprop", file).out, Done("backprop", file, "-v").out
    assert "dM100/dM99 " in brief and "dM101/dM100 " not in brief and "and 31 more: -v shows them" in brief
    assert "dM130/dM129 " in whole
