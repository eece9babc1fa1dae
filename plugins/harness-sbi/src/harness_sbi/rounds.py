"""Sequential neural posterior estimation of one planet: simulate, train, simulate where it matters, train."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, constraints
from torch.nn.functional import logsigmoid

from harness.components import ForwardModel
from harness.data.host_facts import host_facts
from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.transforms.bounded_logit import BoundedLogit
from harness_sbi.density import FlowArchitecture
from harness_sbi.loop import RoundsOfNPE, SbiSettings

LOGISTIC_SPREAD = math.pi / math.sqrt(3)  # of the logit of a uniform number
IMPOSSIBLE = 30.0  # what is seen of parameters that make no planet: far from any spectrum
SEEN_SCALE = 3.0  # of the inverse hyperbolic sines of residuals: those of the prior are a few times this
SIMULATED_AT_ONCE = 4096
DRAWS = 10  # of proposals that were not finite, before the prior is drawn from

Advance = Callable[[], None]


class UnboundedPrior(Distribution):
    """Parameters uniform within their bounds, as logits divided by their spread (P,)."""

    arg_constraints: ClassVar[dict[str, constraints.Constraint]] = {}
    support = constraints.real_vector

    def __init__(self, n_parameters: int, device: torch.device) -> None:
        self.device = device
        super().__init__(event_shape=torch.Size([n_parameters]), validate_args=False)

    @property
    def mean(self) -> Tensor:
        return torch.zeros(self.event_shape, device=self.device)

    @property
    def variance(self) -> Tensor:
        return torch.ones(self.event_shape, device=self.device)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Draws (*sample_shape, P)."""
        uniform = torch.rand(*sample_shape, *self.event_shape, device=self.device)
        return torch.logit(uniform, eps=1e-6) / LOGISTIC_SPREAD

    def log_prob(self, value: Tensor) -> Tensor:
        """The log density (...) at (..., P)."""
        logits = value * LOGISTIC_SPREAD
        density = logsigmoid(logits) + logsigmoid(-logits) + math.log(LOGISTIC_SPREAD)
        return density.sum(-1)


@dataclass(frozen=True)
class Rounds:
    """How a planet is retrieved.

    Attributes:
        rounds: of simulating and training.
        simulations: spectra computed in each.
        architecture: of the density.
        embedding: width of the network that reads the residuals; half of it is its output.
        settings: of sbi's training in each round.
    """

    rounds: int
    simulations: int
    architecture: FlowArchitecture
    embedding: int
    settings: SbiSettings

    def retrieve(
        self,
        planet: Observations,
        forward: ForwardModel,
        schema: Schema,
        n: int,
        device: torch.device,
        advance: Advance,
    ) -> Tensor:
        """Samples (n, P) of one planet's posterior, in the units of the schema.

        Everything is drawn from torch's own generator.

        Arguments:
            planet: the one.
            forward: makes its spectra.
            schema: names bounds and auxiliary columns.
            n: samples.
            device: where to train.
            advance: called after each round.

        Raises:
            FloatingPointError: a training collapsed.
        """
        simulator = _Simulator(planet, forward, schema, device)
        prior = UnboundedPrior(len(schema.parameters), device)
        settings = self.settings
        training = RoundsOfNPE(
            self._build(len(schema.wavelength)), None, settings.max_num_epochs, _unwatched, device, prior
        )
        # that parameters were not drawn from the prior: the atomic loss asks for no more than that
        proposal = UnboundedPrior(len(schema.parameters), device)
        drawn, network = prior.sample((self.simulations,)), None
        for number in range(self.rounds):
            with warnings.catch_warnings(), redirect_stdout(StringIO()):  # sbi prints which loss it takes
                # sbi tells whoever gives it samples of a proposal, but no posterior object, to take care
                warnings.simplefilter("ignore", UserWarning)
                training.append_simulations(drawn, simulator(drawn), proposal if number else prior)
                network = self._trained(training)
            advance()
            last = number == self.rounds - 1
            drawn = self._proposed(network, prior, simulator.observed, n if last else self.simulations)
        return simulator.physical(drawn)

    def _build(self, channels: int) -> Any:
        half = max(1, self.embedding // 2)
        embedding = nn.Sequential(
            nn.Linear(channels, self.embedding), nn.SiLU(), nn.Linear(self.embedding, half), nn.SiLU()
        )
        return self.architecture.builder(embedding)

    def _trained(self, training: RoundsOfNPE) -> Any:
        settings = self.settings
        try:
            return training.train(
                training_batch_size=settings.training_batch_size,
                learning_rate=settings.learning_rate,
                stop_after_epochs=settings.stop_after_epochs,
                clip_max_norm=settings.clip_max_norm,
                **settings.further,
            )
        except (ValueError, AssertionError) as error:
            if "NaN/Inf present" in str(error):
                raise FloatingPointError(str(error)) from error
            raise

    @torch.no_grad()
    def _proposed(self, network: Any, prior: UnboundedPrior, observed: Tensor, n: int) -> Tensor:
        """Draws (n, P) of the density at what was observed (W,), of the prior where they are not finite."""
        drawn: Tensor = network.sample(torch.Size((n,)), observed[None])[:, 0]
        for _ in range(DRAWS):
            bad = ~torch.isfinite(drawn).all(-1)
            if not bad.any():
                return drawn
            drawn[bad] = network.sample(torch.Size((int(bad.sum()),)), observed[None])[:, 0]
        bad = ~torch.isfinite(drawn).all(-1)
        return torch.where(bad[:, None], prior.sample((n,)), drawn)


class _Simulator:
    """Residuals from one planet's spectrum of what its parameters would show.

    A residual in units of the noise enters by its inverse hyperbolic sine, so that both the prior's thousands
    of standard deviations and the posterior's few are numbers of order one; the spectrum itself is 0.
    """

    def __init__(
        self, planet: Observations, forward: ForwardModel, schema: Schema, device: torch.device
    ) -> None:
        self._planet = planet.to("cpu", torch.float64)
        self._forward, self._device = forward, device
        self._facts = host_facts(self._planet, schema, forward.needs)
        self._transform = BoundedLogit(schema.bounds)
        self.observed = torch.zeros(len(schema.wavelength), device=device)

    def physical(self, unbounded: Tensor) -> Tensor:
        """Parameters (n, P) float64 in their units, on the CPU."""
        parameters: Tensor = self._transform.inv(unbounded.cpu().double() * LOGISTIC_SPREAD)
        return parameters

    def __call__(self, unbounded: Tensor) -> Tensor:
        """What is seen (n, W), noise included, of unbounded parameters (n, P)."""
        parts = [self._spectra(rows) for rows in torch.split(self.physical(unbounded), SIMULATED_AT_ONCE)]
        spectrum, noise = torch.cat(parts), self._planet.noise
        residual = (spectrum - self._planet.spectrum) / noise + torch.randn(spectrum.shape).double()
        seen = torch.asinh(residual) / SEEN_SCALE
        possible = torch.isfinite(spectrum).all(-1, keepdim=True)
        return torch.where(possible, seen, IMPOSSIBLE / SEEN_SCALE).float().to(self._device)

    def _spectra(self, parameters: Tensor) -> Tensor:
        facts = (None if fact is None else fact.expand(len(parameters)) for fact in self._facts)
        with torch.no_grad():
            return self._forward(parameters, *facts).cpu().double()


def _unwatched(epoch: int, loss: float, validation: float) -> bool:
    return False
