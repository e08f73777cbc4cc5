"""Other ways to the same quantity: found once for all answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from hw2check.truth import routes
from tests.support import judged


@pytest.mark.parametrize("nodes", [20, 60])
def test_work_grows_with_the_nodes_not_with_their_square(
    nodes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong values of all gradients of a chain, each of which asks for the ways of all that are behind it."""
    tried: list[object] = []
    factor = routes._factor

    def counted(*arguments: object) -> object:
        tried.append(arguments)
        return factor(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(routes, "_factor", counted)
    chain = "\n".join(f'h{i} = "h{i - 1} + sin(h{i - 1})/9"' for i in range(1, nodes + 1))
    answers = "\n".join(f'"dh{nodes}/dh{i}" = 0.37{i}' for i in range(nodes))
    judged(tmp_path, f'loss = "h{nodes}"\n[given]\nh0 = 0.3\n[nodes]\n{chain}\n[expected]\n{answers}\n')
    assert 0 < len(tried) <= nodes * len(routes.FORMS)
