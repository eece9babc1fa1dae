"""The joint distance between predicted and reference posteriors."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from harness.components import Challenge, Component, Scorer
from harness.components.device import resolve_device
from harness.data.posterior import Posterior
from harness.data.score import Score
from harness.data.truth import Truth
from harness.errors import HarnessError
from harness.metrics import ddks, rows_at
from harness.scorers.answers import expect_planets

SOURCE = "Hagen et al. 2021, https://arxiv.org/abs/2106.13706, on equally weighted draws from both posteriors"


class DDKS(Scorer):
    """The d-dimensional KS distance of the prediction to the reference posterior, correlations included.

    Points are drawn with replacement in proportion to their weights, as many from the prediction as
    from the trace, for the distance takes time in proportion to their square. It compares ranks, so no
    unit and no prior width matters. Two draws from one posterior are not at zero distance: the part
    "floor" is the distance between two draws from the trace, which a perfect prediction reaches.
    """

    source = SOURCE
    higher_is_better = False
    unranked = ("floor",)
    needs = frozenset({"traces"})

    class Options(Component.Options):
        points: int = Field(512, ge=2, le=20_000, description="points drawn from either posterior")
        seed: int = Field(0, ge=0, description="seed of the draws")
        device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where to compute the score")

    options: Options

    def score(self, prediction: Posterior, truth: Truth, challenge: Challenge) -> Score:
        """The mean over the planets that have a trace, 0 to 1, with the part "floor".

        Raises:
            HarnessError: no planet has a trace, or the prediction is of other planets or parameters.
            ValueError: a posterior holds NaN.
        """
        traces = truth.traces
        if traces is None or not truth.n_traces:
            raise HarnessError("None of these planets has a trace, so their posteriors cannot be compared.")
        expect_planets(prediction, len(traces), challenge.schema)
        rows = torch.nonzero(traces.present)[:, 0].tolist()
        device = resolve_device(self.options.device)
        predicted = self._drawn([prediction.planet(row) for row in rows], stream=0).to(device)
        reference = self._drawn([traces.trace(row) for row in rows], stream=1).to(device)
        again = self._drawn([traces.trace(row) for row in rows], stream=2).to(device)
        distance, floor = (torch.full((len(traces),), torch.nan, dtype=torch.float64) for _ in range(2))
        distance[rows] = ddks(predicted, reference).cpu()
        floor[rows] = ddks(again, reference).cpu()
        return Score.from_planets(distance, {"floor": floor})

    def _drawn(self, posteriors: list[tuple[Tensor, Tensor]], stream: int) -> Tensor:
        """Points (K, n, P) of K weighted posteriors, drawn with replacement: the same in every call.

        Each posterior has its own uniform numbers, in order, so that more rows in one move no other.
        """
        generator = torch.Generator().manual_seed(3 * self.options.seed + stream)
        uniform = torch.rand((len(posteriors), self.options.points), generator=generator, dtype=torch.float64)
        drawn = []
        for (samples, weights), at in zip(posteriors, uniform, strict=True):
            cumulative = weights.cpu().double().cumsum(dim=0)
            drawn.append(samples.cpu().double()[rows_at(cumulative, at * cumulative[-1])])
        return torch.stack(drawn)
