"""Grows the trees of boosted quantiles with scikit-learn, one quantile after the other."""

from __future__ import annotations

import logging
import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import joblib  # type: ignore[import-untyped]
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor  # type: ignore[import-untyped]
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from torch import Tensor

from harness.components.run import Run
from harness.errors import HarnessError
from harness.files.storage import write_whole
from harness.files.tensors import read_tensors, write_tensors
from harness.training import TrainingData
from harness.training.ensemble import TrainNetwork
from harness.training.examples import Examples, examples, fixed_set
from harness.training.network import PosteriorNetwork
from harness_forest.boosted_quantiles import BoostedQuantiles

logger = logging.getLogger(__name__)

TOLD = 1000  # planets, at most, that losses are told of

History = list[tuple[float, ...]]
Columns = tuple[NDArray[np.float64], NDArray[np.float64], int]


@dataclass(frozen=True)
class BoostingTraining:
    """How `harness.training.ensemble.Ensemble` trains the one member of `boosting`.

    Attributes:
        iterations: trees of each quantile.
        leaves: of each tree, at most.
        least: training rows in a leaf, at least.
        learning_rate: what is taken of each tree.
        bins: values of a feature that are told apart.
        copies: observations of each pair, each with noise of its own.
        trace_rows: drawn from each trace, where nothing but traces is learned from.
        copula: whether samples have the correlations of what the quantiles leave over.
    """

    iterations: int
    leaves: int
    least: int
    learning_rate: float
    bins: int
    copies: int
    trace_rows: int
    copula: bool

    def __call__(self, data: TrainingData) -> TrainNetwork:
        """Draw the fixed set that is learned from; what grows the trees of a network on it."""
        noise = data.run.generator("noise")
        learned = fixed_set(data.sources.train, self.copies, self.trace_rows, data.featurizer, noise)
        held_out = examples(data.held_out, data.featurizer)

        def train(name: str, network: PosteriorNetwork, seconds: float | None) -> History:
            return _Growing(self, network, learned, held_out, data.run, seconds).grow()

        return train


class _Growing:
    """The work on one network."""

    def __init__(
        self,
        rules: BoostingTraining,
        network: PosteriorNetwork,
        learned: Examples,
        held_out: Examples,
        run: Run,
        seconds: float | None,
    ) -> None:
        assert isinstance(network.density, BoostedQuantiles)
        self.rules, self.density, self.run = rules, network.density, run
        with torch.no_grad():
            self.contexts = tuple(network.context(one.features) for one in (learned, held_out))
        self.learned, self.held_out = learned, held_out
        self.ends = None if seconds is None else time.monotonic() + seconds
        self.iterations = rules.iterations
        self.without = 0  # parameters that there was no time for a tree of
        self.longest = 0.0  # seconds for a tree of each quantile of a parameter
        self.array = _array(self.contexts[0])

    def grow(self) -> History:
        """Trees of all quantiles, then the copula; the losses of each parameter."""
        density, history = self.density, []
        jobs = min(joblib.cpu_count(), density.levels)
        one_core = partial(threadpool_limits, 1, "openmp")  # each model on a core of its own
        with (
            self.run.progress("boosting quantiles", density.n_parameters * density.levels) as advance,
            ThreadPoolExecutor(jobs, initializer=one_core) as pool,
        ):
            for parameter in range(density.n_parameters):
                if not self._kept(parameter):
                    if not self._time_for_trees(density.n_parameters - parameter):
                        self._take_plain_quantiles(parameter)
                        advance(density.levels)
                        continue
                    begun = time.monotonic()
                    columns = self._columns(parameter)
                    fit = partial(self._model, columns)
                    models = pool.map(fit, range(density.levels))
                    for level, model in enumerate(models):
                        density.take(parameter, level, model)
                        advance(1)
                    self.longest = max(self.longest, (time.monotonic() - begun) / self.iterations)
                    self._keep(parameter)
                else:
                    advance(density.levels)
                history.append(self._told(parameter))
        self._say_what_is_missing()
        if self.rules.copula and self.without < density.n_parameters:
            density.take_correlation(self.held_out.parameters, self.contexts[1])
        return history

    def _columns(self, parameter: int) -> Columns:
        """What the models of a parameter learn from: features (N, C), its values (N,), and a seed."""
        values = self.learned.parameters[:, parameter]
        seed = self.run.seed_for(f"quantiles of parameter {parameter}") % 2**32
        return self.array, _array(values), seed

    def _model(self, columns: Columns, level: int) -> HistGradientBoostingRegressor:
        """A fitted quantile regression."""
        features, values, seed = columns
        share = 0.5 * (1 + math.erf(float(self.density.scores[level]) / math.sqrt(2)))
        return HistGradientBoostingRegressor(
            loss="quantile",
            quantile=share,
            max_iter=self.iterations,
            max_leaf_nodes=self.rules.leaves,
            min_samples_leaf=self.rules.least,
            learning_rate=self.rules.learning_rate,
            max_bins=self.rules.bins,
            early_stopping=False,
            random_state=seed,
        ).fit(features, values)

    def _time_for_trees(self, parameters: int) -> bool:
        """Whether there is time for a tree of each quantile; where it is short, all get fewer."""
        if self.ends is None:
            return True
        left = self.ends - time.monotonic()
        if left > 0 and self.longest == 0.0:  # one tree tells how long one takes
            begun, asked, self.iterations = time.monotonic(), self.iterations, 1
            self._model(self._columns(0), 0)
            self.longest, self.iterations = self.density.levels * (time.monotonic() - begun), asked
            left = self.ends - time.monotonic()
        if left <= self.longest:
            return False
        self.iterations = max(1, min(self.iterations, int(left / (parameters * self.longest))))
        return True

    def _take_plain_quantiles(self, parameter: int) -> None:
        """Quantiles that no feature changes: those of what is learned from."""
        shares = torch.special.ndtr(self.density.scores.double())
        self.density.take_constants(
            parameter, self.learned.parameters[:, parameter].double().quantile(shares)
        )
        self.without += 1

    def _say_what_is_missing(self) -> None:
        if self.without:
            self.run.warn(
                f"the time budget allowed no tree for {self.without} of {self.density.n_parameters} "
                "parameters, whose samples are those of all that was learned from."
            )
        elif self.iterations < self.rules.iterations:
            self.run.warn(
                f"the time budget allowed {self.iterations} trees of the last quantiles instead of "
                f"{self.rules.iterations}."
            )

    def _told(self, parameter: int) -> tuple[float, ...]:
        losses = []
        for context, rows in zip(self.contexts, (self.learned, self.held_out), strict=True):
            quantiles = self.density.predicted(context[:TOLD], slice(parameter, parameter + 1))[:, 0]
            losses.append(_pinball(quantiles, rows.parameters[:TOLD, parameter], self.density.scores))
        loss, validation = losses
        logger.info("parameter %d: loss %.6g, held out %.6g", parameter, loss, validation)
        rate = self.rules.learning_rate
        metrics = {"epoch": parameter + 1, "loss": loss, "validation": validation, "learning_rate": rate}
        self.run.epoch_finished(metrics)
        return parameter + 1, loss, validation, rate

    def _path(self, parameter: int) -> Path | None:
        folder = self.run.checkpoint
        return None if folder is None else folder / f"quantiles-{parameter}.safetensors"

    def _keep(self, parameter: int) -> None:
        path = self._path(parameter)
        if path is not None:
            rows = self._rows(parameter)
            tensors = {name: value[rows].clone() for name, value in self._tensors().items()}
            write_whole(path, lambda temporary: write_tensors(temporary, tensors))

    def _kept(self, parameter: int) -> bool:
        """Take the trees of a parameter that an interrupted run has grown, if it has."""
        path = self._path(parameter)
        if path is None or not path.exists():
            return False
        kept = read_tensors(path)
        rows = self._rows(parameter)
        for name, value in self._tensors().items():
            if name not in kept or kept[name].shape != value[rows].shape:
                raise HarnessError(f"{path} holds other trees than these options grow; run without --resume.")
            value[rows] = kept[name].to(value)
        return True

    def _rows(self, parameter: int) -> slice:
        return slice(parameter * self.density.levels, (parameter + 1) * self.density.levels)

    def _tensors(self) -> dict[str, Tensor]:
        density = self.density
        names = ("feature", "threshold", "left", "right", "value", "baseline")
        return {name: getattr(density, name).data for name in names}


def _pinball(quantiles: Tensor, values: Tensor, scores: Tensor) -> float:
    """The mean quantile loss of predicted quantiles (N, K) of values (N,)."""
    share = torch.special.ndtr(scores)
    above = values[:, None] - quantiles
    return float(torch.maximum(share * above, (share - 1) * above).double().mean())


def _array(values: Tensor) -> NDArray[np.float64]:
    return np.asarray(values.cpu().double())
