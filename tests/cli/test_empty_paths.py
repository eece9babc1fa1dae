"""An empty word is no place: what a shell makes of an unset variable is refused."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (["simulate", ""], "'TARGET'"),
        (["simulate", "it.h5", "--opacities", ""], "'--opacities'"),
        (["opacities", "fit", "ariel-mini", "-o", ""], "'--output' / '-o'"),
        (["opacities", "describe", ""], "'DIR'"),
        (["predict", "latest", ""], "'SPECTRUM'"),
        (["runs", "list", "--home", ""], "'--home'"),
    ],
)
def test_it_is_said_which_is_empty(invoke, tmp_path, monkeypatch, command, named):
    monkeypatch.chdir(tmp_path)
    result = invoke(*command)
    assert result.exit_code == 2
    assert f"Invalid value for {named}: it is empty; give the path of a file or folder" in result.stderr
    assert list(tmp_path.iterdir()) == []
