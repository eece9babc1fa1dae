"""The random-forest estimator."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import joblib  # type: ignore[import-untyped]
import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from harness.challenges import Observations, Split
from harness.components import Component, Estimator
from harness.components.run import Run
from harness.components.weighted_rows import weighted_posterior, within_bounds
from harness.data.posterior import Posterior
from harness_forest.checkpoint import grown_before, keep
from harness_forest.forest import Forest, weights_of_training_planets
from harness_forest.growing import Rules, grow_tree
from harness_forest.importance import columns_behind, write_importance
from harness_forest.validation import Validation

TREES_AT_ONCE = 10  # grown between two reports, at least
PLANETS_AT_ONCE = 500  # sampled together


class RandomForest(Estimator):
    """Training planets, weighted by how often they share a leaf with the observed planet.

    One forest is grown for all parameters together, each scaled to its prior bounds. The posterior of
    a planet is the set of training planets in the leaves that it falls into; the mean of that posterior
    is the ordinary prediction of the forest.
    """

    class Options(Component.Options):
        trees: int = Field(200, ge=1, description="trees to grow")
        min_samples_leaf: int = Field(
            3, ge=1, description="least number of training spectra in a leaf; more widens the posterior"
        )
        max_features: float = Field(
            0.5, gt=0, le=1, description="fraction of the features tried at each split"
        )
        bootstrap: bool = Field(
            True, description="grow each tree on training spectra drawn with replacement; else on all"
        )
        noise_draws: int = Field(
            0,
            ge=0,
            le=100,
            description="noisy copies of each training spectrum, drawn afresh for each tree; "
            "0 trains on the spectra as they are",
        )
        jobs: int | None = Field(
            None, ge=1, description="trees grown side by side; as many as there are cores if not given"
        )

    options: Options

    source: ClassVar[str] = (
        "Márquez-Neila, Fisher, Sznitman & Heng 2018, Supervised machine learning for analysing spectra of "
        "exoplanetary atmospheres, Nature Astronomy 2, 719; "
        "Meinshausen 2006, Quantile Regression Forests, JMLR 7, 983"
    )
    contract_options: ClassVar[Mapping[str, int]] = {"trees": 20}

    forest: Forest
    parameters: Tensor  # (R, P) float32, inside the prior bounds
    columns: Tensor  # the input column behind each feature (F,), see `columns_behind`

    def fit(self, train: Split, valid: Split, run: Run) -> None:
        self.refuse_too_few(train)
        features = self.fit_features(train, run)
        self.columns = columns_behind(features, train.observations)
        self.parameters = within_bounds(train.parameters, self.schema.bounds).cpu()
        grow = self._grower(train, run)
        validation = self._validation(train, valid)
        batches = grown_before(run.checkpoint)
        for batch in batches:
            validation.add(batch)
        grown = sum(batch.n_trees for batch in batches)
        jobs = self.options.jobs or joblib.cpu_count()
        longest = 0.0
        with run.progress("trees", self.options.trees) as advance, ThreadPoolExecutor(jobs) as pool:
            advance(grown)
            while grown < self.options.trees:
                left = run.seconds_left
                if left is not None and left < longest and batches:
                    run.warn(f"the time budget allowed {grown} trees instead of {self.options.trees}.")
                    break
                begun = time.monotonic()
                size = min(max(TREES_AT_ONCE, jobs), self.options.trees - grown)
                batch = Forest.join(list(pool.map(grow, range(grown, grown + size))))
                keep(run.checkpoint, batch, grown)
                batches.append(batch)
                validation.add(batch)
                grown += size
                longest = max(longest, time.monotonic() - begun)
                advance(size)
                run.epoch_finished({"trees": grown, **validation.metrics()})
        self.forest = Forest.join(batches)

    def _grower(self, train: Split, run: Run) -> Callable[[int], Forest]:
        """A function that grows the tree of a given number, the same whenever and wherever it is called."""
        options = self.options
        assert self.features is not None
        features_of = self.features.of
        rules = Rules(options.min_samples_leaf, options.max_features, options.bootstrap)
        planets = np.tile(np.arange(len(train)), max(1, options.noise_draws))
        targets = np.ascontiguousarray(self._scaled(train)[planets])
        clean = None if options.noise_draws else features_of(train.observations).cpu().numpy()

        def grow(number: int) -> Forest:
            features = clean
            if features is None:
                seen = train.observations[planets].to(run.device)
                features = features_of(seen.noisy(run.generator(f"noise of tree {number}"))).cpu().numpy()
            return grow_tree(features, targets, planets, rules, run.seed_for(f"tree {number}"))

        return grow

    def _validation(self, train: Split, valid: Split) -> Validation:
        assert self.features is not None
        if valid.truth.parameters is None:
            valid = train[:0]
        return Validation(
            self.features.of(valid.observations).cpu(), self._scaled(valid), self._scaled(train)
        )

    def _scaled(self, split: Split) -> NDArray[np.float64]:
        """Parameters (N, P) as positions between their prior bounds."""
        lower, upper = torch.tensor(self.schema.bounds, dtype=torch.float64).T
        return np.asarray((split.parameters.cpu().double() - lower) / (upper - lower))

    def sample(self, observations: Observations, n: int, run: Run) -> Posterior:
        self.check(observations)
        assert self.features is not None
        leaves = self.forest.leaves(self.features.of(observations).to(self.forest.threshold.device))
        membership = self.forest.membership(len(self.parameters))
        generator = run.generator("sample", "cpu")
        parts = []
        with run.progress("posteriors", len(observations)) as advance:
            for some in torch.split(leaves, PLANETS_AT_ONCE):
                weights = weights_of_training_planets(some, membership)
                counts = np.diff(weights.indptr)
                filled = np.arange(counts.max(initial=1)) < counts[:, None]
                rows, shares = np.zeros(filled.shape, dtype=np.int64), np.zeros(filled.shape)
                rows[filled], shares[filled] = weights.indices, weights.data
                parts.append(
                    weighted_posterior(
                        self.parameters, torch.from_numpy(rows), torch.from_numpy(shares), n, generator
                    )
                )
                advance(len(some))
        return Posterior.join(parts)

    def artifacts(self, directory: Path) -> None:
        """Feature importance as `feature_importance.csv` and `feature_importance.png`."""
        write_importance(directory, self.forest.gain, self.columns, self.schema)

    def state(self) -> dict[str, Tensor]:
        return {**self.forest.tensors(), "parameters": self.parameters, "columns": self.columns}

    def restore(self, state: Mapping[str, Tensor], run: Run) -> None:
        self.forest = Forest.from_tensors(state)
        self.parameters, self.columns = state["parameters"].cpu(), state["columns"].cpu()
