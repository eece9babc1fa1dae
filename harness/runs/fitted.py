"""A fitted estimator, ready to answer: just fitted, or of a recorded run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from harness.alarm import Alarm
from harness.challenges import load, require_opened
from harness.components import Challenge, Estimator, ForwardModel
from harness.components.device import resolve_device
from harness.components.run import Run
from harness.components.settings import refuse_unused
from harness.data.alarms import Alarms
from harness.data.given import (
    require_budget,
    require_observations,
    require_samples,
    require_seed,
    require_text,
    settings_in,
)
from harness.data.observations import Observations
from harness.data.posterior import Posterior, check_posterior
from harness.data.record import RunRecord
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.runs.alarms import by_distance_if_need_be, chi_square_of
from harness.runs.assembly import Choice, build_estimator, streams
from harness.runs.home import ALARM, ESTIMATOR, RECORD, SCHEMA, Home
from harness.runs.plan import plan_estimator
from harness.runs.planning import refuse_unsuitable
from harness.runs.request import DEFAULT_SAMPLES
from harness.runs.retrieval_command import refuse_retrieval

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Fitted:
    """A fitted estimator.

    Attributes:
        schema: parameters, channels and auxiliary columns that it was fitted for.
        estimator: itself, with `log_prob` where the method has a density.
        run: what it is given while it works: the device, the seeds.
    """

    schema: Schema
    estimator: Estimator
    run: Run

    def sample(self, observations: Observations, n: int = DEFAULT_SAMPLES) -> Posterior:
        """Draw n samples of each planet's posterior: samples (N, n, P) in physical units, weights (N, n).

        The same observations give the same samples every time.

        Arguments:
            observations: N planets on the channels and with the auxiliary columns of the schema.
            n: samples for each planet.

        Raises:
            HarnessError: the observations are not such as the estimator was fitted on.
        """
        require_observations(observations)
        require_samples(n, 1)
        self.run.seed_everything("sample")
        answer = self.estimator.sample(observations, n, self.run)
        return check_posterior(answer, observations, n, len(self.schema.parameters)).cpu()

    def predict(self, observations: Observations, n: int = DEFAULT_SAMPLES) -> pd.DataFrame:
        """Median and central 68% interval of each parameter of each planet, from n samples.

        Returns:
            a table with the columns planet_ID, parameter, unit, median, lower and upper.

        Raises:
            HarnessError: as `sample`.
        """
        from harness.runs.tables import table_of_intervals

        return table_of_intervals(observations, self.sample(observations, n), self.schema)


@dataclass(frozen=True)
class FittedRun(Fitted):
    """The fitted estimator of a recorded run.

    Attributes:
        folder: of the run.
        record: of the run.
    """

    folder: Path
    record: RunRecord

    def scores(self) -> pd.DataFrame:
        """The scores of each test planet: the columns planet_ID, partition, and one for each scorer.

        A score is NaN where a planet was not scored; the partition is None where planets are of one kind.

        Raises:
            HarnessError: the file of scores is missing or damaged.
        """
        from harness.runs.tables import read_planet_scores

        return read_planet_scores(self.folder)

    def alarms(self, observations: Observations) -> Alarms | None:
        """How unlike what the method learned from each spectrum is; None of a run of an older version.

        The challenge's forward model is asked, as it was when the run was made; where the challenge cannot be
        opened any more, p-values are by the distance of the spectra alone, and a warning says so.

        Arguments:
            observations: N planets with noise on their spectra, as measured ones are.

        Raises:
            HarnessError: the observations are not such as the estimator was fitted on, or the run's file is
            damaged.
        """
        require_observations(observations)
        path = self.folder / ALARM
        if not path.exists():
            return None
        self.estimator.check(observations)
        self.run.seed_everything("alarm")
        alarm = Alarm.load(path, self.schema)
        chi_square = chi_square_of(self.estimator, self._challenge_forward_model, self.run)
        return by_distance_if_need_be(partial(alarm.judge, observations), chi_square, self.run)

    def _challenge_forward_model(self) -> ForwardModel | None:
        """The one that held-out planets were ranked with, whichever retrievals use for measured spectra."""
        forward = _opened(self.record)
        if forward is not None and not forward.ready:  # to learn it takes minutes, a prediction seconds
            spec = self.record.challenge.spec
            raise HarnessError(f"The opacities that were learned from {spec} are not at hand.")
        return forward


def fit(
    estimator: str,
    challenge: Challenge,
    *,
    preprocessor: str | None = None,
    embedder: str | None = None,
    seed: int = 0,
    device: str = "auto",
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    time_budget: float | None = None,
    quiet: bool = False,
) -> Fitted:
    """Fit a method on the training planets of a challenge, and record nothing.

    It gives the samples that `harness.run` gives with the same seed and options.

    Arguments:
        estimator: the name of an installed one.
        challenge: opened by `harness.load`.
        preprocessor, embedder: for estimators that use features; None means the estimator's own.
        seed: every random number follows from it.
        device: "auto", "cpu" or "cuda".
        settings: options by kind or by name, as in `{"estimator": {"epochs": 10}}`.
        time_budget: seconds that the fit may take.
        quiet: draw no progress bar.

    Raises:
        HarnessError: a name or option is unknown, or the estimator cannot work on the challenge.
    """
    require_text("estimator", estimator)
    require_opened(challenge)
    require_seed(seed)
    require_budget(time_budget)
    chosen = settings_in(settings)
    parts = plan_estimator(chosen, estimator, preprocessor, embedder)
    registrations = [part.registration for part in parts if part]
    refuse_unused(chosen, [word for one in registrations for word in (one.kind, one.name)])
    built = build_estimator(challenge.schema, *parts)
    refuse_unsuitable(built, challenge)
    run = Run(
        name=estimator,
        challenge=challenge.spec,
        device=resolve_device(device),
        seed=seed,
        streams=streams(*(part.record() if part else None for part in parts)),
        time_budget=time_budget,
        quiet=quiet,
        forward_model=challenge.forward_model,
    )
    run.seed_everything("fit")
    built.fit(challenge.train, challenge.valid, run)
    return Fitted(challenge.schema, built, run)


def open_run(
    run: str | Path | RunRecord, device: str | torch.device = "cpu", home: str | Path | None = None
) -> FittedRun:
    """Load the fitted estimator of a run.

    Arguments:
        run: its record, its folder, its id or the unique start of it, its label, or "latest".
        device: "auto", "cpu" or "cuda".
        home: where runs lie; None for HARNESS_HOME, else the user data folder.

    Raises:
        HarnessError: there is no such run, it failed, a file is missing, or a plugin that it used is not
            installed.
    """
    if not isinstance(run, (str, Path, RunRecord)):
        raise HarnessError(f"The run is a {type(run).__name__}; expected its id, label, folder or record.")
    folder = Home(home).path / run.artifacts if isinstance(run, RunRecord) else run
    if isinstance(folder, str):
        folder = Home(home).find(folder)
    record = RunRecord.read(folder / RECORD)
    if record.status != "finished":
        raise HarnessError(
            f"Run {record.run_id} {record.status} ({record.error}); it has no fitted estimator to use."
        )
    refuse_retrieval(record)
    if record.submission is not None:
        raise HarnessError(
            f"Run {record.run_id} is a file that was handed in by {record.submission.by}; "
            "there is no fitted estimator."
        )
    schema = Schema.read(folder / SCHEMA)
    try:
        chosen = Choice.of("estimator", record.estimator.name, record.estimator.options)
        first, second = record.preprocessor, record.embedder
        preprocessor = Choice.of("preprocessor", first.name, first.options) if first else None
        embedder = Choice.of("embedder", second.name, second.options) if second else None
    except HarnessError as error:
        raise HarnessError(
            f"Run {record.run_id} was made by {record.estimator.distribution} {record.estimator.version} and "
            f"cannot be opened with what is installed here: {error}"
        ) from error
    estimator = build_estimator(schema, chosen, preprocessor, embedder)
    surroundings = Run(
        name=record.run_id,
        device=resolve_device(device) if isinstance(device, str) else device,
        seed=record.seed,
        streams=streams(record.estimator, record.preprocessor, record.embedder),
    )
    surroundings.forward_model = lambda: _forward_model(record, surroundings)
    estimator.load(folder / ESTIMATOR, surroundings)
    return FittedRun(schema, estimator, surroundings, folder, record)


def _forward_model(record: RunRecord, run: Run) -> ForwardModel | None:
    forward = _opened(record)
    return forward.measured() if forward is not None and run.measured else forward


def _opened(record: RunRecord) -> ForwardModel | None:
    return load(record.challenge.spec, record.challenge.options).forward_model()
