"""Tables of a run as pandas DataFrames: what it says of each planet, and how well."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from harness.data.intervals import intervals
from harness.data.observations import Observations
from harness.data.posterior import Posterior
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.runs.home import PER_PLANET
from harness.runs.scoring import PARTITION, PLANET
from harness.untrusted.files import require_file


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
    path = folder / PER_PLANET
    require_file(path, "the run's folder is not complete, run it again")
    try:
        words = pd.read_csv(path, dtype=str, keep_default_na=False)
        if words.isna().any(axis=None) or not isinstance(words.index, pd.RangeIndex):
            raise ValueError("its lines are not as long as its header")
        scorers = [column for column in words.columns if column not in (PLANET, PARTITION)]
        table = words[[PLANET]].copy()
        kinds = words[PARTITION] if PARTITION in words.columns else pd.Series("", index=words.index)
        table[PARTITION] = [kind or None for kind in kinds]
        for scorer in scorers:
            table[scorer] = words[scorer].astype("float64")
    except (ValueError, KeyError) as error:  # pandas' own errors are of the former kind
        raise HarnessError(f"{path} is damaged ({error}); run it again.") from error
    return table
