"""The score of the Ariel Data Challenge 2023."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable

import torch
from pydantic import Field
from torch import Tensor

from harness.challenges.truth import Truth
from harness.components import Challenge, Component, Scorer
from harness.errors import HarnessError
from harness.metrics import official_posterior_score, posterior_score
from harness.posterior import Posterior
from harness.schema import Schema
from harness.score import Score
from harness.scorers.answers import expect_planets

SOURCE = "Ariel Data Challenge 2023, published scorer in ucl-exoplanets/ADC2023-baseline (posterior_utils.py)"


class WeightedTraces:
    """Samples (M, P) and weights (M,) of each of K planets, M as it may be."""

    def __init__(self, planets: Iterable[tuple[Tensor, Tensor]]) -> None:
        pairs = list(planets)
        self.samples = [samples for samples, _ in pairs]
        self.weights = [weights for _, weights in pairs]


class PosteriorScorer(Scorer):
    """Compares posteriors with reference posteriors, on the planets that have one."""

    needs = frozenset({"traces"})

    @abstractmethod
    def posterior(self, prediction: WeightedTraces, truth: WeightedTraces, schema: Schema) -> Tensor:
        """The posterior score of K planets in each parameter (K, P), 0 to 1000, higher is better."""

    def score(self, prediction: Posterior, truth: Truth, challenge: Challenge) -> Score:
        """The mean over planets, with the parts "posterior" and "posterior/PARAMETER".

        Raises:
            HarnessError: no planet has a trace, or the prediction is of other planets or parameters.
            ValueError: a trace holds NaN, or weights that are unusable.
        """
        traces, schema = truth.traces, challenge.schema
        if traces is None or not truth.n_traces:
            raise HarnessError("None of these planets has a trace, so their posteriors cannot be scored.")
        expect_planets(prediction, len(traces), schema)
        rows = torch.nonzero(traces.present)[:, 0]
        found = self.posterior(
            WeightedTraces(prediction.planet(row) for row in rows.tolist()),
            WeightedTraces(traces.trace(row) for row in rows.tolist()),
            schema,
        )
        columns = torch.full((len(traces), len(schema.parameters)), torch.nan, dtype=torch.float64)
        columns[rows] = found.cpu()
        posterior = columns.mean(dim=-1)
        named = zip(schema.parameter_names, columns.unbind(dim=-1), strict=True)
        return Score.from_planets(
            posterior, {"posterior": posterior, **{f"posterior/{name}": column for name, column in named}}
        )


class Ariel(PosteriorScorer):
    """The challenge's formula with the exact weighted KS distance: no resampling, no cut, no repeat."""

    source = SOURCE

    def posterior(self, prediction: WeightedTraces, truth: WeightedTraces, schema: Schema) -> Tensor:
        return posterior_score(
            prediction.samples,
            prediction.weights,
            truth.samples,
            truth.weights,
            schema.bounds,
            per_parameter=True,
        )


class ArielOfficial(PosteriorScorer):
    """The challenge's score as its published scorer computes it, oddities included.

    The uniform numbers of the resampling go to the planets that have a trace, in their order.
    """

    source = SOURCE

    class Options(Component.Options):
        seed: int = Field(0, ge=0, description="seed of the uniform numbers that resample the traces")

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
