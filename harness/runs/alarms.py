"""The alarm of a run: fitted beside its estimator, written beside its predictions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import Tensor

from harness.alarm import Alarm
from harness.alarm.alarm import ChiSquare, as_observed
from harness.alarm.predictive import SAMPLES, predictive_chi_square
from harness.components import Challenge, Estimator, ForwardModel
from harness.components.run import Run
from harness.data.alarms import Alarms
from harness.data.observations import Observations
from harness.errors import HarnessError
from harness.runs.score_table import PARTITION, PLANET

Result = TypeVar("Result")


def chi_square_of(estimator: Estimator, forward: Callable[[], ForwardModel | None], run: Run) -> ChiSquare:
    """The chi-square of an estimator's posteriors; None of one that cannot be sampled quickly.

    Arguments:
        estimator: fitted.
        forward: gives the forward model, or None where it does not make the training spectra; asked only if
            the estimator can be sampled.
        run: of the estimator.
    """
    quiet = replace(run, quiet=True)  # a bar for each of several short drawings is no help

    def chi_square(observations: Observations) -> Tensor | None:
        posterior = estimator.sample_quickly(observations, SAMPLES, quiet)
        model = None if posterior is None else forward()
        if posterior is None or model is None:
            return None
        return predictive_chi_square(model, posterior, observations, estimator.schema)

    return chi_square


def alarms_of_test(estimator: Estimator, challenge: Challenge, run: Run) -> tuple[Alarm, Alarms]:
    """Fit the alarm of a fitted estimator to the training planets, and ask it about the test planets.

    These are looked at as a telescope would see them: noise is drawn onto spectra that have none. The
    p-values are those of this one draw.
    """

    def forward() -> ForwardModel | None:
        found = run.forward_check()
        return run.forward_model() if found is not None and found.agrees else None

    def judged(chi_square: ChiSquare) -> tuple[Alarm, Alarms]:
        generator = replace(run, streams=()).generator("alarm", "cpu")  # the same noise for every method
        train, valid = challenge.train.observations, challenge.valid.observations
        alarm = Alarm.fit(train, valid, challenge.schema, generator, chi_square)
        return alarm, alarm.judge(as_observed(test, challenge.schema, generator), chi_square)

    test = challenge.test.observations
    return by_distance_if_need_be(judged, chi_square_of(estimator, forward, run), run)


def by_distance_if_need_be(judged: Callable[[ChiSquare], Result], chi_square: ChiSquare, run: Run) -> Result:
    """What `judged` makes of a chi-square, or of none, with a warning, where it fails.

    It fails where the forward model cannot be told of a planet, or is not at hand.
    """
    try:
        return judged(chi_square)
    except HarnessError as error:
        run.warn(f"alarms are by the distance of spectra alone, because their chi-square failed: {error}")
        return judged(lambda observations: None)


def table_of_alarms(
    planets: list[str], alarms: Alarms, partition: NDArray[np.str_] | None = None
) -> pd.DataFrame:
    """A row for each planet: planet_ID, partition where there are several, and the alarm's columns."""
    kinds = {} if partition is None else {PARTITION: partition}
    return pd.DataFrame(
        {PLANET: planets, **kinds, **{name: column.numpy() for name, column in alarms.columns().items()}}
    )


def write_alarms(path: Path, table: pd.DataFrame) -> None:
    """Write such a table as CSV, numbers to six digits."""
    table.to_csv(path, index=False, float_format="%.6g", lineterminator="\n")
