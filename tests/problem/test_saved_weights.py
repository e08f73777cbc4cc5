"""hw2check import: saved weights become a problem file that computes what the framework does."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hw2check.errors import HW2CheckError
from hw2check.problem.reader import read_problem
from hw2check.problem.saved_weights import problem_text, read_layers
from hw2check.reading.source import read_source
from hw2check.truth.forward import forward
from tests.commands.running import Done

Weights = dict[str, NDArray[Any]]


def weights(sizes: tuple[int, ...], dtype: type = np.float32) -> Weights:
    rng = np.random.default_rng(7)
    saved: Weights = {}
    for number, (inputs, outputs) in enumerate(pairwise(sizes)):
        saved[f"net.{number}.weight"] = rng.normal(size=(outputs, inputs)).astype(dtype)
        saved[f"net.{number}.bias"] = rng.normal(size=outputs).astype(dtype)
    return saved


def save(folder: Path, suffix: str, arrays: Weights) -> Path:
    path = folder / f"model{suffix}"
    if suffix == ".npz":
        np.savez(path, **arrays)  # type: ignore[arg-type]
    else:
        pytest.importorskip("safetensors.numpy").save_file(arrays, path)
    return path


class Run(Done):
    """The command in that folder."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            super().__init__(*arguments)
        self.returncode, self.stdout, self.stderr = self.code, self.out, self.err


run = Run


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("sizes", [(3, 4, 2), (30, 20, 4)])
def test_the_network_computes_the_same(
    suffix: str, dtype: type, sizes: tuple[int, ...], tmp_path: Path
) -> None:
    saved = weights(sizes, dtype)
    save(tmp_path, suffix, saved)
    batch: NDArray[Any] = np.random.default_rng(8).normal(size=(5, sizes[0])).astype(dtype)
    np.save(tmp_path / "batch.npy", batch)
    done = run(
        tmp_path,
        *("import", f"model{suffix}", "--layers", "net.0:tanh, net.1:softmax"),
        *("--input", "batch.npy", "-o", "network.toml"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    problem = read_problem(read_source(str(tmp_path / "network.toml")))
    hidden = np.tanh(batch.astype(float) @ saved["net.0.weight"].astype(float).T + saved["net.0.bias"])
    logits = hidden @ saved["net.1.weight"].astype(float).T + saved["net.1.bias"]
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    values = forward(problem)
    assert np.allclose(values["A_net_1"], expected, rtol=1e-12, atol=0)


def test_a_small_network_stands_in_the_text(tmp_path: Path) -> None:
    save(tmp_path, ".npz", {"fc.weight": np.array([[1.5, -2.0]]), "fc.bias": np.array([0.25])})
    done = run(tmp_path, "import", "model.npz", "--layers", "fc:relu")
    assert done.returncode == 0
    assert 'name = "fc"' in done.stdout
    assert 'W = [[1.5, -2.0]]\nb = [0.25]\nactivation = "relu"' in done.stdout
    (tmp_path / "p.toml").write_text(done.stdout.replace("# A_in = [[1, 2], [3, 4]]", "A_in = [[1, 2]]"))
    problem = read_problem(read_source(str(tmp_path / "p.toml")))
    assert forward(problem)["Z_fc"].tolist() == [[-2.25]]


def test_without_an_input_the_file_says_what_is_missing(tmp_path: Path) -> None:
    save(tmp_path, ".npz", {"fc.weight": np.array([[1.5, -2.0]])})
    (tmp_path / "p.toml").write_text(run(tmp_path, "import", "model.npz", "--layers", "fc").stdout)
    assert "the network has no input" in run(tmp_path, "forward", "p.toml").stderr


def test_single_precision_is_kept(tmp_path: Path) -> None:
    save(tmp_path, ".npz", weights((30, 20)))
    run(tmp_path, "import", "model.npz", "--layers", "net.0", "-o", "network.toml")
    with np.load(tmp_path / "network.npz") as arrays:
        assert arrays["W_net_0"].dtype == np.float32
    assert 'W = { file = "network.npz", key = "W_net_0" }' in (tmp_path / "network.toml").read_text()


def test_files_are_replaced_only_when_asked(tmp_path: Path) -> None:
    save(tmp_path, ".npz", weights((3, 2)))
    target = tmp_path / "network.toml"
    target.write_text("mine")
    arguments = ("import", "model.npz", "--layers", "net.0", "-o", "network.toml")
    assert run(tmp_path, *arguments).returncode == 2
    assert target.read_text() == "mine"
    assert run(tmp_path, *arguments, "--force").returncode == 0
    assert target.read_text() != "mine"


def test_the_weights_are_never_written_over(tmp_path: Path) -> None:
    path = save(tmp_path, ".npz", weights((30, 20)))
    before = path.read_bytes()
    done = run(tmp_path, "import", "model.npz", "--layers", "net.0", "-o", "model.toml", "--force")
    assert done.returncode == 2
    assert "it is an input" in done.stderr
    assert path.read_bytes() == before


BAD = [
    ("model.pt", "net.0", "weights are read from .npz and .safetensors files"),
    ("none.npz", "net.0", "there is no such file"),
    ("model.npz", "", "the file has net.0, net.1"),
    ("model.npz", "net.7", "there is no net.7.weight in it"),
    ("model.npz", "net.0:relu,:tanh", "a layer has no name"),
    ("model.npz", "conv", "has 4 axes"),
    ("model.npz", "net.0:rleu", "did you mean relu?"),
    ("broken.npz", "net.0", "damaged"),
    ("broken.safetensors", "net.0", "damaged"),
]


@pytest.mark.parametrize(("file", "layers", "message"), BAD)
def test_bad_input_is_one_clear_error(file: str, layers: str, message: str, tmp_path: Path) -> None:
    pytest.importorskip("safetensors")
    save(tmp_path, ".npz", {**weights((3, 4, 2)), "conv.weight": np.zeros((2, 2, 3, 3))})
    for name in ("broken.npz", "broken.safetensors", "model.pt"):
        (tmp_path / name).write_bytes(b"PK\x03\x04 nothing of use")
    done = run(tmp_path, "import", file, *(["--layers", layers] if layers else []))
    assert done.returncode == 2
    assert done.stdout == ""
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_pickle_in_an_npz_file_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "model.npz", **{"fc.weight": np.array([object()])})  # type: ignore[arg-type]
    with pytest.raises(HW2CheckError):
        problem_text(str(tmp_path / "model.npz"), read_layers("fc"), None, None)


def test_a_kernel_has_one_row_per_input(tmp_path: Path) -> None:
    save(tmp_path, ".npz", {"fc.kernel": np.array([[1.0, 2.0], [3.0, 4.0]]), "x": np.array([[1.0, 10.0]])})
    text = run(tmp_path, "import", "model.npz", "--layers", "fc", "--input", "x").stdout
    (tmp_path / "p.toml").write_text(text)
    assert forward(read_problem(read_source(str(tmp_path / "p.toml"))))["Z_fc"].tolist() == [[31, 42]]


@pytest.mark.parametrize("layers", ["fc,fc", "fc-1,fc_1", "in,in_", "fc,fc_2,fc", "2,fc-1,\u00fc"])
def test_each_layer_has_a_name_of_its_own(layers: str, tmp_path: Path) -> None:
    names = [f"{name}.weight" for name in layers.split(",")]
    save(tmp_path, ".npz", {name: np.eye(9) * (i + 2) for i, name in enumerate(dict.fromkeys(names))})
    assert run(tmp_path, "import", "model.npz", "--layers", layers, "-o", 'a"b.toml').returncode == 0
    text = (tmp_path / 'a"b.toml').read_text(encoding="utf-8")
    (tmp_path / "p.toml").write_text(text.replace("[given]", f"[given]\nA_in = {np.eye(9).tolist()}"))
    problem = read_problem(read_source(str(tmp_path / "p.toml")))
    sizes = {name: i + 2 for i, name in enumerate(dict.fromkeys(names))}
    assert forward(problem)[problem.graph.nodes[-1].name][0, 0] == math.prod(sizes[name] for name in names)
