"""`harness explain`: what a recorded run's method looks at, and where it fails."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.cli.view_files import deliver, requested
from harness.components.device import resolve_device
from harness.explain.document import document
from harness.explain.explanation import Questions, explain
from harness.explain.view import explanation_view
from harness.runs.fitted import open_run
from harness.runs.home import Home


def carry_out(
    run: str,
    planets: int,
    samples: int,
    score: Any,
    minutes: float,
    outputs: Sequence[Path],
    seed: int,
    device: str,
    home: str | None,
    as_json: bool,
) -> None:
    """Look at what the method of a RUN does with spectra, and where it fails."""
    folder = Home(home).find(run)
    files = requested(outputs, f"{folder.name}-explained")
    fitted = open_run(folder, resolve_device(device))
    questions = Questions(planets, samples, score, seed, minutes, quiet=False)
    found = explain(fitted, questions)
    deliver(explanation_view(found), files, lambda: document(found), as_json)
