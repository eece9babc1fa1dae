"""The score of the Ariel Data Challenge 2023."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from harness.components import Challenge, Component, Scorer
from harness.components.device import resolve_device
from harness.data.posterior import Posterior
from harness.data.schema import Schema
from harness.data.score import Score
from harness.data.truth import Truth
from harness.errors import HarnessError
from harness.metrics import (
    official_posterior_score,
    official_spectral_score,
    posterior_score,
    spectral_score,
)
from harness.scorers.answers import expect_planets
from harness.scorers.ariel_spectra import SpectrumMaker

SOURCE = (
    "Ariel Data Challenge 2023, published scorer in ucl-exoplanets/ADC2023-baseline (posterior_utils.py, "
    "spectral_metric.py)"
)
POSTERIOR, SPECTRAL = 0.8, 0.2  # what the parts count for


class WeightedTraces:
    """Samples (M, P) and weights (M,) of each of K planets on one device, M as it may be."""

    def __init__(self, planets: Iterable[tuple[Tensor, Tensor]], device: torch.device) -> None:
        pairs = [(samples.to(device), weights.to(device)) for samples, weights in planets]
        self.samples = [samples for samples, _ in pairs]
        self.weights = [weights for _, weights in pairs]


class ArielScorer(Scorer):
    """Compares posteriors with reference posteriors, on the planets that have one.

    The score is 0.8 of the posterior part and 0.2 of the spectral part where the challenge has a forward
    model, and the posterior part alone where it has none.
    """

    source = SOURCE
    needs = frozenset({"traces"})

    class Options(Component.Options):
        device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where to compute the score")

    options: Options

    @abstractmethod
    def posterior(self, prediction: WeightedTraces, truth: WeightedTraces, schema: Schema) -> Tensor:
        """The posterior score of K planets in each parameter (K, P), 0 to 1000, higher is better."""

    @abstractmethod
    def spectral(
        self, prediction: WeightedTraces, truth: WeightedTraces, schema: Schema, maker: SpectrumMaker
    ) -> Tensor:
        """The spectral score of K planets (K,), 0 to 1000, higher is better."""

    def score(self, prediction: Posterior, truth: Truth, challenge: Challenge) -> Score:
        """The mean over planets, with the parts "posterior", "spectral" and "posterior/PARAMETER".

        Raises:
            HarnessError: no planet has a trace, the prediction is of other planets or parameters, or a
                planet lacks what the forward model needs.
            ValueError: a trace holds NaN, or weights that are unusable.
        """
        traces, schema = truth.traces, challenge.schema
        if traces is None or not truth.n_traces:
            raise HarnessError("None of these planets has a trace, so their posteriors cannot be scored.")
        expect_planets(prediction, len(traces), schema)
        rows = torch.nonzero(traces.present)[:, 0]
        maker = SpectrumMaker.of(challenge, len(traces), rows)
        device = resolve_device(self.options.device)
        pair = (
            WeightedTraces((prediction.planet(row) for row in rows.tolist()), device),
            WeightedTraces((traces.trace(row) for row in rows.tolist()), device),
        )
        columns = torch.full((len(traces), len(schema.parameters)), torch.nan, dtype=torch.float64)
        columns[rows] = self.posterior(*pair, schema).cpu()
        total = posterior = columns.mean(dim=-1)
        parts = {"posterior": posterior}
        if maker is not None:
            spectral = torch.full_like(posterior, torch.nan)
            spectral[rows] = self.spectral(*pair, schema, maker).cpu()
            parts["spectral"] = spectral
            total = POSTERIOR * posterior + SPECTRAL * spectral
        named = zip(schema.parameter_names, columns.unbind(dim=-1), strict=True)
        parts |= {f"posterior/{name}": column for name, column in named}
        return Score.from_planets(total, parts)


class Ariel(ArielScorer):
    """The challenge's formula without the accidents of its published scorer.

    The posterior part takes the exact weighted KS distance: no resampling, no cut, no repeat. The
    spectral part draws rows by their own weights.
    """

    def posterior(self, prediction: WeightedTraces, truth: WeightedTraces, schema: Schema) -> Tensor:
        return posterior_score(
            prediction.samples,
            prediction.weights,
            truth.samples,
            truth.weights,
            schema.bounds,
            per_parameter=True,
        )

    def spectral(
        self, prediction: WeightedTraces, truth: WeightedTraces, schema: Schema, maker: SpectrumMaker
    ) -> Tensor:
        return spectral_score(
            prediction.samples,
            prediction.weights,
            truth.samples,
            truth.weights,
            maker.forward,
            maker.star_radius,
            maker.planet_mass,
            schema.bounds,
        )


class ArielOfficial(ArielScorer):
    """The challenge's score as its published scorer computes it, oddities included.

    The uniform numbers of the resampling go to the planets that have a trace, in their order.
    """

    class Options(ArielScorer.Options):
        seed: int = Field(0, ge=0, description="seed of the uniform numbers that resample the traces")

    options: Options

    def posterior(self, prediction: WeightedTraces, truth: WeightedTraces, schema: Schema) -> Tensor:
        return official_posterior_score(
            prediction.samples,
            prediction.weights,
            truth.samples,
            truth.weights,
            schema.bounds,
            self.options.seed,
            per_parameter=True,
        )

    def spectral(
        self, prediction: WeightedTraces, truth: WeightedTraces, schema: Schema, maker: SpectrumMaker
    ) -> Tensor:
        return official_spectral_score(
            prediction.samples,
            prediction.weights,
            truth.samples,
            truth.weights,
            maker.forward,
            maker.star_radius,
            maker.planet_mass,
            schema.bounds,
            self.options.seed,
        )
