"""Jobs of Slurm: profiles as people write them, and a Slurm that takes none of the jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dask
import pytest

from conftest import Invoke

pytest.importorskip("dask_jobqueue")  # its own settings are there before a test adds some, and stay after it

PROFILE = {"cores": 1, "processes": 1, "memory": "1GB"}


@pytest.mark.parametrize(
    ("profile", "sbatch", "said"),
    [
        (PROFILE, "echo 'sbatch: error: no such account' >&2; exit 1", "sbatch: error: no such account"),
        (PROFILE, None, "the command sbatch is not on this machine"),
        ({**PROFILE, "que": "main"}, None, "sets que, which dask-jobqueue does not know"),
        ({"memory": "1GB"}, None, "does not say how much cores a job has"),
        (None, None, "There is no profile 'gpu' of Slurm"),
    ],
)
def test_jobs_that_cannot_be_had_are_refused_in_a_sentence(
    invoke: Invoke,
    small: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    profile: dict[str, Any] | None,
    sbatch: str | None,
    said: str,
) -> None:
    commands = tmp_path / "commands"
    commands.mkdir()
    if sbatch is not None:
        (commands / "sbatch").write_text(f"#!/bin/sh\n{sbatch}\n")
        (commands / "sbatch").chmod(0o755)
        monkeypatch.setenv("PATH", str(commands), prepend=":")
    else:
        monkeypatch.setenv("PATH", str(commands))
    with dask.config.set({"jobqueue.gpu": profile}):
        done = invoke("run", "-e", "prior", *small, "--cluster", "slurm:gpu:2")
    assert done.exit_code == 2
    assert said in done.stderr
