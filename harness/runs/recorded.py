"""What a run predicted of the test planets, read back from its folder, which may be a stranger's."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from harness.components import Challenge
from harness.data.posterior import Posterior
from harness.errors import HarnessError
from harness.runs.home import ALARMS, PREDICTIONS
from harness.runs.score_table import PLANET
from harness.submissions import read_submission
from harness.untrusted.files import MIB, read_text

P_VALUE = "p_value"  # the column of the alarm itself
MOST_BYTES = 64 * MIB  # of the alarms


def recorded_prediction(folder: Path, challenge: Challenge) -> Posterior:
    """The posterior samples that a run's folder keeps, with its alarms where it has them.

    Arguments:
        folder: of the run.
        challenge: that it was made on.

    Returns:
        samples (N, n, P) of the N test planets in their order, weights (N, n).

    Raises:
        HarnessError: there are none, or they are not those of the test planets.
    """
    planets = challenge.test.observations.names.tolist()
    prediction = read_submission(folder / PREDICTIONS, planets, challenge.schema)
    return replace(prediction, alarm=_alarms(folder / ALARMS, planets))


def _alarms(path: Path, planets: list[str]) -> Tensor | None:
    """The p-value of each planet (N,); None where the run has none, as those of older versions."""
    if not path.exists():
        return None
    rows = csv.DictReader(io.StringIO(read_text(path, MOST_BYTES), newline=""), strict=True)
    try:
        of_planet = {row[PLANET]: float(row[P_VALUE]) for row in rows}
        values = torch.tensor([of_planet[planet] for planet in planets], dtype=torch.float64)
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise HarnessError(f"{path} is damaged, or not of the test planets ({error}).") from error
    if not ((values >= 0) & (values <= 1)).all():
        raise HarnessError(f"{path} has p-values that are none; expected numbers from 0 to 1.")
    return values
