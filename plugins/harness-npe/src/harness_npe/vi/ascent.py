"""The flows of many planets climb their evidence lower bounds, each until it no longer rises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from harness_npe.vi.planet_flows import PlanetFlows, Weights
from harness_npe.vi.prior import NormalPrior
from harness_npe.vi.spectrum_gradients import FARTHEST, KNOWN, SpectrumGradients

FIRST, SECOND, TINY = 0.9, 0.99, 1e-8  # of Adam (Kingma & Ba 2015)
WINDOW = 25  # steps whose mean bound is compared with that of the steps before
LONGEST = 10.0  # norm of a planet's gradient; longer ones are shortened
LAST_RATE = 0.05  # of the learning rate's peak, at the last step
CORRECTED = (0, 50, 120)  # steps after the heat before which likelihoods are corrected anew


@dataclass(frozen=True)
class AscentSettings:
    """How long and how fast.

    Attributes:
        steps: at most.
        draws: of each planet at a step.
        rate: learning rate at its peak; it falls as a cosine.
        tolerance: a planet is done when its bound has risen by less from one window to the next [nat].
    """

    steps: int
    draws: int
    rate: float
    tolerance: float
    heat: float
    heated: int


class Ascent:
    r"""Maximises the evidence lower bound of each planet,

    .. math:: \mathrm{ELBO} = E_q [\log p(x \mid u) + \log p(u) - \log q(u)] \le \log Z,

    by Adam on the gradient through draws of q. The draws of a step are quasi-random (Buchholz et al. 2018,
    https://arxiv.org/abs/1807.01604). Planets are independent of each other: one that is done leaves.

    Arguments:
        flows: that are the identity; their weights are replaced.
        likelihood: of the same planets.
        prior: of their parameters.
        settings: how long and how fast.
        generator: of the draws.

    Attributes:
        taken: steps of each planet (B,).
        bound: each planet's in its last window (B,).
    """

    def __init__(
        self,
        flows: PlanetFlows,
        likelihood: SpectrumGradients,
        prior: NormalPrior,
        settings: AscentSettings,
        generator: torch.Generator,
    ) -> None:
        self.flows, self.likelihood, self.prior, self.settings = flows, likelihood, prior, settings
        self.generator = generator
        self.sobol = torch.quasirandom.SobolEngine(  # type: ignore[no-untyped-call]
            flows.shape.n_parameters,
            scramble=True,
            seed=int(torch.randint(2**31, (), generator=generator, device=generator.device)),
        )
        planets = len(flows.place)
        self.taken = torch.zeros(planets, dtype=torch.int64, device=flows.place.device)
        self.bound = torch.full((planets,), -torch.inf, dtype=torch.float64, device=flows.place.device)

    def climb(self, advance: Callable[[int], None]) -> PlanetFlows:
        """The flows at the top; `advance` is told how many planets are done."""
        left = torch.arange(len(self.flows.place), device=self.flows.place.device)
        weights = {name: one.clone() for name, one in self.flows.weights.items()}
        moments = {name: (torch.zeros_like(one), torch.zeros_like(one)) for name, one in weights.items()}
        result = {name: one.clone() for name, one in weights.items()}
        window: list[Tensor] = []
        for step in range(self.settings.steps):
            flows = self._with(left, weights)
            if step == 0 or step - self.settings.heated in CORRECTED:
                self._correct(left, flows, torch.inf if step < self.settings.heated else FARTHEST)
            bound, gradients = self._gradients(left, flows, step)
            self._move(weights, moments, gradients, step)
            self.taken[left] += 1
            if step < self.settings.heated:
                continue
            window.append(bound)
            if len(window) < WINDOW:
                continue
            mean = torch.stack(window).mean(0)
            window = []
            done = mean - self.bound[left] < self.settings.tolerance
            self.bound[left] = mean
            for name, one in weights.items():
                result[name][left] = one
            if done.any():
                advance(int(done.sum()))
                stay = ~done
                left = left[stay]
                weights = {name: one[stay] for name, one in weights.items()}
                moments = {name: (m[stay], v[stay]) for name, (m, v) in moments.items()}
            if not len(left):
                break
        for name, one in weights.items():
            result[name][left] = one
        advance(len(left))
        return self._with(torch.arange(len(self.flows.place), device=left.device), result)

    def _with(self, planets: Tensor, weights: Weights) -> PlanetFlows:
        flows = self.flows
        return PlanetFlows(flows.shape, flows.place[planets], flows.scale[planets], weights)

    def _noise(self, planets: int, n: int) -> Tensor:
        """Quasi-random standard normal numbers (B, n, P), shifted at random for each planet."""
        device = self.generator.device
        points = self.sobol.draw(n, dtype=torch.float64).to(device)
        width = points.shape[1]
        shift = torch.rand(planets, 1, width, generator=self.generator, dtype=torch.float64, device=device)
        unit = ((points + shift) % 1).clamp(1e-6, 1 - 1e-6)
        noise: Tensor = torch.special.ndtri(unit).float()
        return noise

    @torch.no_grad()
    def _correct(self, planets: Tensor, flows: PlanetFlows, farthest: float) -> None:
        noise = torch.randn(
            len(planets),
            KNOWN,
            flows.shape.n_parameters,
            generator=self.generator,
            device=self.generator.device,
        )
        self.likelihood.fit(planets, self.prior.parameters(flows.transport(noise)[0]), farthest)

    def _gradients(self, planets: Tensor, flows: PlanetFlows, step: int) -> tuple[Tensor, Weights]:
        """Each planet's bound (B,), and its gradients with respect to the weights of its flow."""
        leaves = {name: one.detach().requires_grad_() for name, one in flows.weights.items()}
        climbing = PlanetFlows(flows.shape, flows.place, flows.scale, leaves)
        u, log_q = climbing.transport(self._noise(len(planets), self.settings.draws))
        parameters = self.prior.parameters(u)
        value, slope = self.likelihood(planets, parameters.detach())
        rest = self.prior.log_density(u) - log_q
        # parameters that make no planet do not count, so that the bound is one of the others' density
        good = value.isfinite()
        count = good.sum(1).clamp(min=1)
        heat = self.settings.heat ** max(0.0, 1 - step / max(1, self.settings.heated))
        along = (heat * slope * parameters).sum(-1) + rest
        mean = torch.where(good, along, 0).sum(1) / count
        found = torch.autograd.grad(mean.sum(), list(leaves.values()), allow_unused=True)
        gradients = {
            name: torch.zeros_like(leaf) if one is None else one
            for (name, leaf), one in zip(leaves.items(), found, strict=True)
        }
        total = torch.where(good, value + rest.detach(), 0).sum(1) / count
        return total + (count / good.shape[1]).log(), gradients

    def _move(
        self, weights: Weights, moments: dict[str, tuple[Tensor, Tensor]], gradients: Weights, step: int
    ) -> None:
        """One step of Adam upwards, each planet's gradient no longer than `LONGEST`."""
        settings = self.settings
        squares = torch.stack([one.square().flatten(1).sum(1) for one in gradients.values()]).sum(0)
        shorter = (LONGEST / squares.sqrt().clamp(min=LONGEST)).nan_to_num(0.0)
        done = torch.tensor(torch.pi * step / settings.steps)
        rate = settings.rate * (LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + float(done.cos())))
        for name, gradient in gradients.items():
            own = (gradient * shorter.reshape(-1, *[1] * (gradient.ndim - 1))).nan_to_num(0.0, 0.0, 0.0)
            first, second = moments[name]
            first.lerp_(own, 1 - FIRST)
            second.lerp_(own.square(), 1 - SECOND)
            large = (second / (1 - SECOND ** (step + 1))).sqrt() + TINY
            weights[name] = weights[name] + rate * first / (1 - FIRST ** (step + 1)) / large
