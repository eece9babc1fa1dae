"""Training samples to be like those of reference traces, by a distance between the two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from harness.training import Batch, Loss, MaximumLikelihood, Objective, TrainingData
from harness.training.featurizer import FeaturizedBatch, Featurizer
from harness.training.network import PosteriorNetwork
from harness.training.pairs import TracedPlanets
from harness.training.schedule import ramp
from harness.training.sources import traced_planets
from harness.training.supervision import in_turn

# samples (B, n, P) and (B, n, P), and how far the distance has been annealed, 0 to 1 -> (B,)
Distance = Callable[[Tensor, Tensor, float], Tensor]

SPREAD_ROWS = 512  # trace rows that a planet's spread is measured on
LEAST_SPREAD = 1e-3  # in the standardised space, for a trace that is all but a point
PLANETS_AT_ONCE = 512  # whose spread is measured together
VALIDATION_PLANETS = 256


@dataclass(frozen=True)
class Annealing:
    """How the weights of likelihood and distance change with the fraction of the training that is over.

    Attributes:
        warm_up: until then likelihood alone.
        full: from then on both have their final weights.
        likelihood: final weight of the likelihood; 1 before.
        distance: final weight of the distance; 0 before.
    """

    warm_up: float
    full: float
    likelihood: float
    distance: float

    def fraction(self, done: float) -> float:
        """How far the weights have gone to their final values, 0 to 1."""
        return ramp(done, self.warm_up, max(self.full, self.warm_up + 1e-9))

    def weights(self, done: float) -> tuple[float, float]:
        """The weights of likelihood and distance."""
        far = self.fraction(done)
        return 1 + far * (self.likelihood - 1), far * self.distance


@dataclass(frozen=True)
class FinalWeights(Annealing):
    """Likelihood and distance have their final weights throughout, while a temperature is still annealed."""

    def weights(self, done: float) -> tuple[float, float]:
        return self.likelihood, self.distance


@dataclass(frozen=True)
class Work:
    """What one step learns from.

    Attributes:
        pairs: for the likelihood.
        traces: for the distance, or None while it has no weight: n rows of each of b planets.
        scale: centre and spread of each of these planets' traces, in the standardised space (b, 2, P).
    """

    pairs: FeaturizedBatch
    traces: Batch | None = None
    scale: Tensor | None = None


class References:
    """Traced planets, each with the centre and the spread of its posterior, in the standardised space.

    Distances are taken between samples from which the centre is subtracted, divided by the spread: a
    kernel's width and a temperature then mean the same for every parameter of every planet, however
    sharp its posterior.
    """

    def __init__(self, featurizer: Featurizer, traced: TracedPlanets, generator: torch.Generator) -> None:
        self.traced = traced
        scales = []
        for planets in torch.split(torch.arange(len(traced), device=generator.device), PLANETS_AT_ONCE):
            drawn = featurizer.space.standardised_rows(traced.draw(planets, SPREAD_ROWS, generator))
            spread, centre = torch.std_mean(drawn.reshape(len(planets), SPREAD_ROWS, -1), dim=1)
            scales.append(torch.stack([centre, spread.clamp(min=LEAST_SPREAD)], dim=1))
        self.scale = torch.cat(scales)  # (N, 2, P)

    def draw(self, planets: Tensor, rows: int, generator: torch.Generator) -> tuple[Batch, Tensor]:
        """So many trace rows of each planet at these positions, and the planets' centres and spreads."""
        return self.traced.draw(planets, rows, generator), self.scale[planets]


class LikelihoodAndDistance(Objective[Work]):
    """Maximum likelihood first, then more and more a distance between posterior samples and trace rows.

    Samples are reparameterised: they carry gradients to the network. They are compared with rows drawn
    from the traces of training planets, for the same (ideal) spectra.

    Arguments:
        data: where pairs come from, and traces.
        batch: rows of each step that the likelihood learns from.
        distance: between samples.
        annealing: how the weights change.
        planets: compared at each step.
        rows: samples of each, from the network and from the trace.
    """

    def __init__(
        self,
        data: TrainingData,
        batch: int,
        distance: Distance,
        annealing: Annealing,
        planets: int,
        rows: int,
    ) -> None:
        self.likelihood = MaximumLikelihood(data, batch)
        self.featurizer = data.featurizer
        generator = data.run.generator("spread of traces")
        self.train, self.held_out = (References(data.featurizer, t, generator) for t in _traced(data))
        self.distance = distance
        self.annealing = annealing
        self.planets = min(planets, len(self.train.traced))
        self.rows = rows
        self.seed = data.run.seed_for("validation of the distance")

    def epoch(self, steps: int, done: float, generator: torch.Generator) -> Iterator[Work]:
        order = in_turn(len(self.train.traced), steps, self.planets, generator)
        for step, pairs in enumerate(self.likelihood.epoch(steps, done, generator)):
            traces, scale = self.train.draw(order[step], self.rows, generator)
            yield Work(pairs, traces, scale)

    def split(self, item: Work, parts: int) -> list[Work]:
        if parts == 1 or item.traces is None or item.scale is None:
            return [Work(pairs) for pairs in item.pairs.split(parts)] if parts > 1 else [item]
        pairs, traces = item.pairs.split(parts), item.traces.split(parts)
        count = min(len(pairs), len(traces))
        pairs, traces = item.pairs.split(count), item.traces.split(count)
        sizes = [len(part.observations) for part in traces]
        scales = torch.split(item.scale, sizes)
        return [Work(*part) for part in zip(pairs, traces, scales, strict=True)]

    def loss(self, network: PosteriorNetwork, item: Work, done: float) -> Loss:
        first = self.likelihood.loss(network, item.pairs, done)
        weight, weight_of_distance = self.annealing.weights(done)
        if weight_of_distance == 0 or item.traces is None or item.scale is None:
            return first
        distances = self._distances(network, item.traces, item.scale, self.annealing.fraction(done))
        second = Loss.mean(distances)
        value = weight * first.value + weight_of_distance * second.value
        return Loss(value, first.bad + second.bad, first.count + second.count)

    def _distances(
        self,
        network: PosteriorNetwork,
        traces: Batch,
        scale: Tensor,
        annealed: float,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """The distance of each planet (b,), with samples from this generator, or torch's own."""
        batch = self.featurizer(traces)
        samples = network.density.rsample(network.context(batch.features), self.rows, generator)
        rows = batch.parameters.reshape(samples.shape)
        centre, spread = scale[:, :1], scale[:, 1:]
        return self.distance((samples - centre) / spread, (rows - centre) / spread, annealed)

    def validation(self, network: PosteriorNetwork) -> float:
        """The final loss on planets held out, so that epochs compare wherever the annealing stands."""
        generator = torch.Generator(self.held_out.scale.device).manual_seed(self.seed)
        count = min(VALIDATION_PLANETS, len(self.held_out.traced))
        planets = torch.arange(count, device=generator.device)
        with torch.no_grad():
            traces, scale = self.held_out.draw(planets, self.rows, generator)
            distances = self._distances(network, traces, scale, 1.0, generator)
        distance = float(torch.nan_to_num(distances.double().mean(), nan=torch.inf))
        weight, weight_of_distance = self.annealing.weights(1.0)
        return weight * self.likelihood.validation(network) + weight_of_distance * distance


class LikelihoodAndDistanceOfTraces(LikelihoodAndDistance):
    """Both of the same trace rows: a step learns from no more than one of the likelihood alone does.

    Arguments:
        data: where traces come from, and nothing else.
        distance: between samples.
        annealing: how the weights change.
        planets: learned from at each step.
        rows: of the trace of each.
    """

    def __init__(
        self, data: TrainingData, distance: Distance, annealing: Annealing, planets: int, rows: int
    ) -> None:
        super().__init__(data, planets * rows, distance, annealing, planets, rows)
        self.planets = planets  # some of them twice in a step where there are few, as for the likelihood

    def epoch(self, steps: int, done: float, generator: torch.Generator) -> Iterator[Work]:
        order = in_turn(len(self.train.traced), steps, self.planets, generator)
        for planets in order:
            traces, scale = self.train.draw(planets, self.rows, generator)
            yield Work(self.featurizer(traces), traces, scale)


def _traced(data: TrainingData) -> tuple[TracedPlanets, TracedPlanets]:
    """Planets with a trace to learn from and held out: those of the likelihood, if it has any."""
    learned, held_out = data.sources.train.traced, data.sources.held_out.traced
    if learned is None or held_out is None:
        return traced_planets(data.train, data.valid, data.run)
    return learned, held_out
