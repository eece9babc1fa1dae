"""Tables of a run as pandas DataFrames: what it says of each planet, and how well."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from harness.data.intervals import intervals
from harness.data.observations import Observations
from harness.data.posterior import Posterior
from harness.data.schema import Schema
from harness.runs.score_table import PARTITION, PLANET, ScoreTable


def table_of_intervals(observations: Observations, posterior: Posterior, schema: Schema) -> pd.DataFrame:
    """Median and central 68% interval of each parameter of each planet, one row for each."""
    rows = [
        {
            PLANET: observations.title(planet),
            "parameter": interval.parameter.name,
            "unit": interval.parameter.unit,
            "median": interval.median,
            "lower": interval.lower,
            "upper": interval.upper,
        }
        for planet, found in enumerate(intervals(posterior, schema))
        for interval in found
    ]
    return pd.DataFrame(rows)


def read_planet_scores(folder: Path) -> pd.DataFrame:
    """The scores of each test planet of the run in a folder.

    Returns:
        a table with the columns planet_ID, partition (None where planets are of one kind, and in runs of
        older versions), and one for each scorer, NaN where a planet was not scored.

    Raises:
        HarnessError: the file is missing or damaged.
    """
    found = ScoreTable.read(folder)
    kinds = [kind or None for kind in found.partitions]
    return pd.DataFrame({PLANET: list(found.planets), PARTITION: kinds, **found.scores})
