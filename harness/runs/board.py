"""The leaderboard as a table, of whichever plugin keeps one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.data.given import require_text
from harness.errors import HarnessError
from harness.registry.plugins import manager
from harness.runs.home import Home

if TYPE_CHECKING:
    import pandas as pd


def leaderboard(
    challenge: str | None = None, *, sort: str | None = None, home: str | Path | None = None
) -> pd.DataFrame:
    """Every run so far, ranked: one row for each entry, which pools the seeds of a method.

    Arguments:
        challenge: only this one: its name, its spec or its fingerprint.
        sort: what to rank by: "SCORER", "SCORER/PART", "fit" or "sample"; None for the challenge's own score.
        home: where runs lie; None for HARNESS_HOME, else the user data folder.

    Returns:
        a table with the columns challenge, fingerprint, rank, estimator, score, standard_error and many more;
        without rows where there are no runs.

    Raises:
        HarnessError: no leaderboard is installed, or no run is of that challenge or has that score.
    """
    for what, one in (("challenge", challenge), ("score to sort by", sort)):
        if one is not None:
            require_text(what, one)
    table: pd.DataFrame | None = manager().hook.leaderboard_table(
        home=Home(home).path, challenge=challenge, sort=sort
    )
    if table is None:
        raise HarnessError("No leaderboard is installed; install the distribution harness-leaderboard.")
    return table
