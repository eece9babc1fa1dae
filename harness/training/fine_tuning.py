"""Training in two stages: what an estimator learns from first, and reference traces after that."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

from harness.training.ensemble import GradientDescent, TrainingMethod, TrainNetwork
from harness.training.network import PosteriorNetwork
from harness.training.objective import ObjectiveFactory
from harness.training.sources import Sources, traced_planets
from harness.training.supervision import Supervision
from harness.training.trainer import TrainingSettings
from harness.training.training_data import TrainingData

PASSES = 10  # through all traces, that an epoch takes at most
SHARE = 0.3  # of the time budget that is kept for the second stage; what the first leaves over is added


@dataclass(frozen=True)
class FineTuned:
    """Trains each network twice: on all there is, and from there on the traces of training planets alone.

    Reference posteriors may disagree with any simulator. What they are like is learned from them, beginning
    with what simulations taught. The second stage is a training like any other, with an objective, a learning
    rate and a checkpoint of its own; let it keep the weights that it began with where no epoch is better on
    traces held out (`TrainingSettings.keep_start`).

    Attributes:
        first: how a network is trained.
        second: how it is trained from there; it is given traced planets alone, as pairs of the ideal
            spectrum and rows of its trace.
        rows_per_planet: trace rows drawn for one planet at a step of the second stage.
    """

    first: TrainingMethod
    second: TrainingMethod
    rows_per_planet: int

    def __call__(self, data: TrainingData) -> TrainNetwork:
        first, second = self.first(data), self.second(traces_alone(data, self.rows_per_planet))

        def train(name: str, network: PosteriorNetwork, seconds: float | None) -> list[tuple[float, ...]]:
            begun = time.monotonic()
            trained = [weight for weight in network.parameters() if weight.requires_grad]
            history = first(name, network, None if seconds is None else (1 - SHARE) * seconds)
            for weight in trained:
                weight.requires_grad_(True)
            left = None if seconds is None else max(0.0, seconds - (time.monotonic() - begun))
            return history + second(f"{name} on traces", network, left)

        return train


@dataclass(frozen=True)
class DescentOnTraces:
    """Gradient descent whose epochs are short where there are few traces.

    A network that has learned much else learns a hundred traces by heart within a hundred steps: it must be
    looked at, and its learning rate must fall, before that.

    Attributes:
        objective, settings: as `GradientDescent` has them.
        planets: of each step.
    """

    objective: ObjectiveFactory
    settings: TrainingSettings
    planets: int

    def __call__(self, data: TrainingData) -> TrainNetwork:
        traced = data.sources.train.traced
        assert traced is not None
        passed = math.ceil(PASSES * len(traced) / self.planets)
        settings = replace(self.settings, steps=min(self.settings.steps, passed))
        return GradientDescent(self.objective, settings)(data)


def traces_alone(data: TrainingData, rows_per_planet: int) -> TrainingData:
    """The same, but that traced planets are all there is to learn from and to validate on.

    They are those that the first stage learned from and held out, if it had any.
    """
    learned, held_out = data.sources.train.traced, data.sources.held_out.traced
    if learned is None or held_out is None:
        learned, held_out = traced_planets(data.train, data.valid, data.run)
    train, others = (
        Supervision(None, traced, rows_per_planet=rows_per_planet) for traced in (learned, held_out)
    )
    return replace(data, sources=Sources(train, others, "traces"))
