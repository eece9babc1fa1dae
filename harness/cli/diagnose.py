"""`harness diagnose`: whether the posteriors of a recorded run hold what they promise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.cli.view_files import deliver, requested
from harness.diagnose.diagnosis import diagnose
from harness.diagnose.document import document
from harness.diagnose.view import diagnosis_view
from harness.runs.home import Home


def carry_out(
    run: str,
    planets: int,
    data: str | None,
    outputs: Sequence[Path],
    seed: int,
    home: str | None,
    as_json: bool,
) -> None:
    """Look at whether the posteriors of a RUN hold what they promise."""
    folder = Home(home).find(run)
    files = requested(outputs, f"{folder.name}-diagnosed")
    found = diagnose(folder, planets, seed, data)
    deliver(diagnosis_view(found), files, lambda: document(found), as_json)
