"""The training marginal: what is known before any spectrum is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from harness.components import Estimator
from harness.components.weighted_rows import within_bounds
from harness.data.observations import Observations
from harness.data.posterior import Posterior
from harness.data.split import Split

if TYPE_CHECKING:
    from harness.components.run import Run


class Prior(Estimator):
    """Parameters of training planets drawn at random, whatever the spectrum.

    Whole rows are drawn, so that parameters that go together in the training set stay together. It
    is the floor of every leaderboard: a method that scores no higher has learnt nothing from spectra.
    """

    uses_features: ClassVar[bool] = False

    parameters: Tensor  # (R, P) float32, inside the prior bounds

    def fit(self, train: Split, valid: Split, run: Run) -> None:
        self.parameters = within_bounds(train.parameters, self.schema.bounds).to(run.device)

    def sample(self, observations: Observations, n: int, run: Run) -> Posterior:
        self.check(observations)
        rows = torch.randint(
            len(self.parameters),
            (len(observations), n),
            generator=run.generator("sample"),
            device=run.device,
        )
        return Posterior.equal(self.parameters[rows])

    def state(self) -> dict[str, Tensor]:
        return {"parameters": self.parameters}

    def restore(self, state: Mapping[str, Tensor], run: Run) -> None:
        self.parameters = state["parameters"]
