"""Everything that the kept predictions of a recorded run say about its posteriors, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from harness.components import Challenge
from harness.data.posterior import Posterior
from harness.data.record import RunRecord
from harness.data.score import Estimate
from harness.data.score_parts import MATCHED
from harness.data.split import Split
from harness.diagnose.calibration import Calibration
from harness.diagnose.predictive import Predictive, predictive, usable_forward_model
from harness.errors import HarnessError, counted
from harness.runs.home import PREDICTIONS, RECORD
from harness.runs.recorded import recorded_prediction
from harness.runs.reopening import reopen
from harness.runs.retrieval_command import refuse_retrieval
from harness.scorers.ddks import DDKS

FEWEST = 10  # planets, whose ranks say anything


@dataclass(frozen=True)
class Distances:
    """How far the posteriors of K planets are from reference posteriors.

    Attributes:
        predicted: the distance ddKS of each planet's posterior to its reference (K,).
        mean, floor: the mean over planets, and that of two draws from one reference, with standard errors.
        points: drawn from either.
    """

    predicted: Tensor
    mean: Estimate
    floor: Estimate
    points: int


@dataclass(frozen=True)
class Diagnosis:
    """What was found of a run.

    Attributes:
        record: of the run.
        challenge: that it was made on.
        planets: the test planets whose truth is known, of the kind that ranks.
        calibration: of these.
        distances: to reference posteriors, or why there are none.
        spectra: posterior predictive ones, or why there are none.
    """

    record: RunRecord
    challenge: Challenge
    planets: Split
    calibration: Calibration
    distances: Distances | str
    spectra: Predictive | str


def diagnose(folder: Path, planets: int = 64, seed: int = 0, data: str | None = None) -> Diagnosis:
    """Look at the kept predictions of a run.

    Arguments:
        folder: of the run.
        planets: at most so many are compared with reference posteriors, and get predictive spectra.
        seed: of what is drawn.
        data: where the data of the challenge lie now, as NAME:PATH; None for where they lay.

    Raises:
        HarnessError: the run did not finish, its predictions are not kept, its challenge cannot be opened, or
            the true parameters of fewer than `FEWEST` test planets are known.
    """
    record = RunRecord.read(folder / RECORD)
    if record.status != "finished":
        raise HarnessError(
            f"Run {record.run_id} {record.status} ({record.error}); it has no predictions to look at."
        )
    if not (folder / PREDICTIONS).exists():
        refuse_retrieval(record)
        raise HarnessError(
            f"The predictions of run {record.run_id} are not kept in {folder}; make the run again with "
            f"'harness rerun {record.run_id}'."
        )
    challenge = reopen(record.challenge, data, "--data")
    posterior, test = _ranking(recorded_prediction(folder, challenge), challenge.test)
    known = _known(test)
    if len(known) < FEWEST:
        raise HarnessError(
            f"The true parameters of {counted(len(known), 'test planet')} of {challenge.spec} are known; "
            f"it takes {FEWEST} to tell whether posteriors hold."
        )
    posterior, test = posterior[known], test[known]
    return Diagnosis(
        record=record,
        challenge=challenge,
        planets=test,
        calibration=Calibration.of(posterior, test.parameters, challenge.schema, seed),
        distances=_distances(posterior, test, challenge, planets, seed),
        spectra=_spectra(posterior, test, challenge, planets, seed),
    )


def _ranking(posterior: Posterior, test: Split) -> tuple[Posterior, Split]:
    """The planets that are as those that methods learn from, where there are several kinds."""
    rows = test.partitions().get(MATCHED)
    return (posterior, test) if rows is None else (posterior[rows], test[rows])


def _known(test: Split) -> NDArray[np.intp]:
    if test.truth.parameters is None:
        return np.zeros(0, dtype=np.intp)
    return np.flatnonzero(torch.isfinite(test.truth.parameters).all(dim=-1).numpy())


def _some(rows: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """At most so many of some rows, evenly spaced."""
    return rows[np.linspace(0, len(rows) - 1, min(count, len(rows))).round().astype(np.intp)]


def _distances(
    posterior: Posterior, test: Split, challenge: Challenge, planets: int, seed: int
) -> Distances | str:
    traces = test.truth.traces
    if traces is None or not test.truth.n_traces:
        return f"The test planets of {challenge.spec} have no reference posteriors to compare with."
    rows = _some(np.flatnonzero(traces.present.numpy()), planets)
    scorer = DDKS(DDKS.Options(seed=seed))
    score = scorer.score(posterior[rows], test[rows].truth, challenge)
    mean = Estimate(score.value, score.standard_error)
    return Distances(score.per_planet, mean, score.parts["floor"], scorer.options.points)


def _spectra(
    posterior: Posterior, test: Split, challenge: Challenge, planets: int, seed: int
) -> Predictive | str:
    forward = usable_forward_model(challenge)
    if isinstance(forward, str):
        return forward
    rows = _some(np.arange(len(test)), planets)
    return predictive(forward, posterior[rows], test[rows], challenge, seed)
