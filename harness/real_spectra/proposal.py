"""A density of the parameters given one spectrum, by any estimator that is installed."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from harness.components import Embedder, Estimator, Preprocessor
from harness.components.run import Run
from harness.data.observations import Observations
from harness.data.schema import Parameter, Schema
from harness.data.split import Split
from harness.data.truth import Truth
from harness.errors import HarnessError
from harness.real_spectra.learning import LearningPlan
from harness.real_spectra.projection import TrainingPairs
from harness.real_spectra.rounds import Rounds
from harness.real_spectra.settings import DENSITIES
from harness.registry.plugins import registry

DEFAULT = DENSITIES["npe"]

# of each round, as far as an estimator has such options
TRAINING: Mapping[str, Any] = {"supervision": "parameters", "batch": 512}
EMBEDDER: Mapping[str, Any] = {"width": 128, "depth": 2, "context": 32}
VALID = 0.1  # of the pairs


class Proposal:
    """A trained estimator asked about one spectrum.

    Arguments:
        estimator: fitted, with a density.
        observed: the one spectrum, as features.
        run: the surroundings that it was fitted in.
    """

    def __init__(self, estimator: Estimator, observed: Observations, run: Run) -> None:
        self._estimator, self._observed, self._run = estimator, observed, run
        self._draws = 0

    @classmethod
    def trained(
        cls,
        name: str,
        parameters: tuple[Parameter, ...],
        pairs: TrainingPairs,
        plan: LearningPlan,
        run: Run,
        rounds: Rounds,
    ) -> Proposal:
        """The estimator of a name, trained on pairs and asked about the spectrum that they are beside.

        Arguments:
            name: of a registered estimator.
            parameters: with their bounds.
            pairs: to learn from.
            plan: says for how long.
            run: the surroundings.
            rounds: keeps what was learned.

        Raises:
            HarnessError: there is no such estimator, or it does not learn from parameters or has no density.
        """
        features = pairs.features.shape[1]
        schema = Schema(
            parameters=parameters,
            wavelength=tuple(range(1, features + 1)),
            width=(1.0,) * features,
            noise_included=pairs.noise_included,
        )
        estimator = _built(name, schema, plan)
        held_out = torch.arange(len(pairs.features)) < VALID * len(pairs.features)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a round among many; the weights tell how good it is
            rounds.fitted(
                estimator,
                lambda: estimator.fit(_split(pairs, ~held_out), _split(pairs, held_out), run),
                run,
            )
        observed = _observations(pairs.observed[None], pairs.noise, named=True)
        return cls(estimator, observed, run)

    def draw(self, n: int) -> Tensor:
        """Parameters (n, P) in their units, float64; others at every call."""
        self._draws += 1
        run = replace(self._run, streams=(*self._run.streams, f"draw {self._draws}"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = self._estimator.sample(self._observed, n, run)
        return found.samples[0].detach().to("cpu", torch.float64)

    def log_density(self, values: Tensor) -> Tensor:
        """Log density (n,) of parameters (n, P), per unit of each of them.

        Raises:
            HarnessError: the estimator has none.
        """
        try:
            found = self._estimator.log_prob(self._observed, values[None], self._run)
        except NotImplementedError as error:
            raise HarnessError(
                f"The estimator '{self._estimator.name}' has no density, which importance weights need; "
                f"choose another, such as --estimator {DEFAULT}."
            ) from error
        return found[0].detach().to("cpu", torch.float64).nan_to_num(nan=-torch.inf)


def require_estimator(name: str) -> None:
    """Refuse an estimator that is not installed, before anything is computed.

    Raises:
        HarnessError: it is not.
    """
    if name == DEFAULT and name not in registry().names("estimator"):
        raise HarnessError(
            f"--method npe trains the estimator '{DEFAULT}' of harness-npe, which is not installed; install "
            "it, or name another with --estimator."
        )
    component = _component("estimator", name)
    if not component.uses_features or component.log_prob is Estimator.log_prob:
        raise HarnessError(
            f"The estimator '{name}' learns no density of spectra; choose another, such as --estimator "
            f"{DEFAULT}."
        )


def _component(kind: str, name: str) -> Any:
    return registry().get(kind, name).load()


def _built(name: str, schema: Schema, plan: LearningPlan) -> Estimator:
    component = _component("estimator", name)
    wanted = {**TRAINING, "epochs": plan.epochs, "steps": plan.steps}
    options = {key: value for key, value in wanted.items() if key in component.Options.model_fields}
    preprocessor: Preprocessor = _component("preprocessor", "standardize").create(name="standardize")
    embedder: Embedder = (
        _component("embedder", "resmlp").create(EMBEDDER, name="resmlp")
        if component.trains_embedder
        else _component("embedder", "none").create(name="none")
    )
    estimator: Estimator = component.create(
        options, name=name, schema=schema, preprocessor=preprocessor, embedder=embedder
    )
    if (reason := estimator.unsuitable()) is not None:
        raise HarnessError(f"The estimator '{name}' does not suit this retrieval: {reason}")
    return estimator


def _split(pairs: TrainingPairs, rows: Tensor) -> Split:
    return Split(
        _observations(pairs.features[rows], pairs.noise, named=True), Truth(pairs.parameters[rows].float())
    )


def _observations(features: Tensor, noise: float, named: bool) -> Observations:
    names = np.array([str(at) for at in range(len(features))]) if named else None
    spectrum = features.float()
    return Observations(
        names, spectrum, torch.full_like(spectrum, noise), spectrum.new_zeros(len(spectrum), 0)
    )
