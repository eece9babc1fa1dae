"""Estimators whose networks are trained: one way through, made of the parts that each of them names."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from harness.components import Challenge, Embedder, Estimator, Preprocessor
from harness.components.run import Run
from harness.data.observations import Observations
from harness.data.posterior import Posterior
from harness.data.split import Split
from harness.data.truth import Truth
from harness.files.optimizer_state import under
from harness.training.featurizer import Featurizer
from harness.training.learner import Learner
from harness.training.pairs import Batch
from harness.training.recipe import Recipe
from harness.training.sampler import Sampler
from harness.training.sampling import ROWS_AT_ONCE
from harness.training.trained_networks import TrainedNetworks
from harness.training.training_data import TrainingData
from harness.training.weight_options import WeightOptions
from harness.training.weighted_sampler import WeightedSampler


class TrainedEstimator(Estimator):
    """Networks that read a spectrum and are trained on pairs, traces or simulations.

    A subclass says in `recipe` what it is made of. The embedder is trained with the networks. Noise is drawn
    onto the ideal training spectra afresh at every step, before the preprocessor, except for traces: those
    are posteriors of the ideal spectra themselves. A spectrum to be sampled is read as it is given.
    """

    trains_embedder: ClassVar[bool] = True
    default_preprocessor: ClassVar[str] = "scale-heights"
    default_embedder: ClassVar[str] = "resmlp"

    learner: Learner
    sampler: Sampler
    trained: TrainedNetworks
    history: Tensor  # (E, C): a row of the learner's columns for each epoch

    @abstractmethod
    def recipe(self) -> Recipe:
        """The parts of this estimator, each of them fresh; called by `fit` and when a saved one is loaded."""

    def parts(self) -> Recipe:
        """Those of `recipe`, with a sampler that weights what its own proposes, where the options ask for it.

        They may where `Options` is a `WeightOptions`, as `TrainingOptions` is.
        """
        recipe, options = self.recipe(), self.options
        if isinstance(options, WeightOptions) and options.proposals:
            return replace(recipe, sampler=WeightedSampler(recipe.sampler, options, self.schema))
        return recipe

    def unsuitable_for(self, challenge: Challenge) -> str | None:
        if reason := self.unsuitable():
            return reason
        recipe = self.parts()
        if lacking := recipe.sources.lacking(challenge.train):
            return f"It {lacking}"
        lacking = recipe.sampler.lacking(challenge.train)
        return None if lacking is None else f"Its option {lacking}"

    def fit(self, train: Split, valid: Split, run: Run) -> None:
        recipe = self.parts()
        recipe.sampler.check(run)
        recipe.sampler.begin(train, run)
        sources = recipe.sources.find(train, valid, self.schema, run)
        first = sources.train.fixed(run.generator("what is learned from"))
        features = self.fit_features(Split(sources.train.ideal().to("cpu"), Truth(None)), run)
        preprocessor, embedder = self._chosen()
        space = recipe.space(preprocessor, self.schema).to(run.device)
        space.fit(Batch.join(first))
        featurizer = Featurizer(features.preprocess, space)
        data = TrainingData(sources, first, featurizer, features, embedder, train, valid, run)
        networks, self.history = recipe.learner.learn(data)
        self.trained = TrainedNetworks(networks, featurizer)
        self.learner, self.sampler = recipe.learner, recipe.sampler
        recipe.sampler.fit(self.trained, data)

    def _chosen(self) -> tuple[Preprocessor, Embedder]:
        assert self.preprocessor is not None
        assert self.embedder is not None
        return self.preprocessor, self.embedder

    def sample(self, observations: Observations, n: int, run: Run) -> Posterior:
        self.check(observations)
        return self.sampler.posterior(self.trained, observations, n, run)

    def sample_quickly(self, observations: Observations, n: int, run: Run) -> Posterior | None:
        self.check(observations)
        samples = self.sampler.sample_quickly(self.trained, observations, n, run)
        return None if samples is None else Posterior.equal(samples)

    def log_prob(self, observations: Observations, parameters: Tensor, run: Run) -> Tensor:
        """The log posterior density (N, n) at parameters (N, n, P), per unit of each parameter."""
        self.check(observations)
        at_once = max(1, ROWS_AT_ONCE // max(1, parameters.shape[1]))
        parts = []
        for start in range(0, len(observations), at_once):
            some = observations[start : start + at_once].to(run.device)
            at = parameters[start : start + at_once].to(run.device)
            parts.append(self.sampler.log_prob(self.trained, some, at))
        return torch.cat(parts)

    def artifacts(self, directory: Path) -> None:
        """The losses of every epoch, as `training.csv`, and what the parts have to show."""
        header = ",".join(self.learner.columns)
        rows = np.asarray(self.history.cpu())
        np.savetxt(directory / "training.csv", rows, "%.8g", delimiter=",", header=header, comments="")
        self.learner.artifacts(directory)
        self.sampler.artifacts(self.trained, directory)

    def state(self) -> dict[str, Tensor]:
        modules = {"space": self.trained.space, **self.trained.networks}
        tensors = {
            f"{prefix}/{name}": tensor
            for prefix, module in modules.items()
            for name, tensor in module.state_dict().items()
        }
        return {**tensors, **self.sampler.state(), "history": self.history}

    def restore(self, state: Mapping[str, Tensor], run: Run) -> None:
        assert self.features is not None
        recipe, (preprocessor, embedder) = self.parts(), self._chosen()
        space = recipe.space(preprocessor, self.schema)
        networks = recipe.learner.untrained(self.features, embedder)
        for prefix, module in {"space": space, **networks}.items():
            module.load_state_dict(under(f"{prefix}/", state))
            module.requires_grad_(False).eval().to(run.device)
        self.history = state["history"]
        self.trained = TrainedNetworks(networks, Featurizer(self.features.preprocess, space))
        self.learner, self.sampler = recipe.learner, recipe.sampler
        recipe.sampler.restore(self.trained, state)
