"""How the posterior's mean answers to each channel: its gradient where there is one, else a difference."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from harness.components import Estimator
from harness.data.observations import Observations
from harness.data.posterior import Posterior
from harness.explain.inquiry import Inquiry
from harness.training.sampler import PooledSampler, Sampler
from harness.training.trained_estimator import TrainedEstimator

PLANETS_AT_ONCE = 16
MOST_SAMPLES = 500  # of a planet, that a gradient is averaged over


@dataclass(frozen=True)
class Response:
    """By how much the posterior's mean moves when a channel is one standard deviation of its noise deeper.

    Attributes:
        mean: over planets, in units of the posterior's spread (P, W).
        size: root mean square over planets, likewise (P, W).
        how: whether it is a gradient or a difference, for a reader.
    """

    mean: Tensor
    size: Tensor
    how: str

    @classmethod
    def of(cls, each: Tensor, how: str) -> Response:
        """From the responses of each planet (N, P, W)."""
        return cls(each.mean(dim=0), each.square().mean(dim=0).sqrt(), how)


def is_differentiable(estimator: Estimator) -> bool:
    """Whether the method's samples are those of a density that can be differentiated by the spectrum.

    Samples that were weighted by a forward model afterwards are not.
    """
    if not isinstance(estimator, TrainedEstimator) or not isinstance(estimator.sampler, PooledSampler):
        return False
    return type(estimator.sampler).posterior is Sampler.posterior


def response(inquiry: Inquiry) -> Response:
    """Of every channel; by a question for each where the method cannot be differentiated."""
    if is_differentiable(inquiry.fitted.estimator):
        try:
            each = gradient(inquiry)
        except (NotImplementedError, RuntimeError):  # of a density that is there, but breaks the chain
            each = torch.full((1,), torch.nan)
        if bool(each.isfinite().all()):
            return Response.of(each, "the gradient of the posterior's mean, through the method's density")
    return Response.of(difference(inquiry), "the difference that one standard deviation makes")


def difference(inquiry: Inquiry) -> Tensor:
    """The shift of each posterior's mean by a channel that is one standard deviation deeper (N, P, W)."""
    seen = inquiry.planets.observations
    shifts = []
    for channel in range(seen.spectrum.shape[1]):
        deeper = seen.spectrum.clone()
        deeper[:, channel] += seen.noise[:, channel]
        shifts.append(inquiry.ask_of(deeper).shift(inquiry.before))
    return torch.stack(shifts, dim=-1)


def gradient(inquiry: Inquiry) -> Tensor:
    r"""The same to first order (N, P, W), of a method with a density q(p | x) of parameters p given x.

    Samples are not differentiated, their density is: as the mean of d log q / dx over the posterior is zero,

    .. math:: \frac{d}{dx} E_q\,p = E_q\left[(p - E_q\,p)\, \frac{d}{dx} \log q(p | x)\right]

    References:
        Williams 1992, Simple statistical gradient-following algorithms, Machine Learning 8, 229.
    """
    seen, posterior = inquiry.planets.observations, inquiry.posterior
    parts = []
    for start in range(0, len(seen), PLANETS_AT_ONCE):
        rows = slice(start, start + PLANETS_AT_ONCE)
        parts.append(_gradient(inquiry, seen[rows], posterior[rows]))
        if inquiry.advance is not None:
            inquiry.advance(0)
    each = torch.cat(parts)
    return each * seen.noise.double()[:, None] / inquiry.before.spread[..., None]


def _gradient(inquiry: Inquiry, seen: Observations, posterior: Posterior) -> Tensor:
    estimator, run = inquiry.fitted.estimator, inquiry.fitted.run
    assert isinstance(estimator, TrainedEstimator)
    assert isinstance(estimator.sampler, PooledSampler)
    trained, space = estimator.trained, estimator.trained.space
    seen = seen.to(run.device)
    spectrum = seen.spectrum.detach().clone().requires_grad_(True)
    observations = Observations(seen.planet_ids, spectrum, seen.noise, seen.auxiliary)
    parameters = space.off_bounds(posterior.samples[:, :MOST_SAMPLES].to(run.device))
    weights = posterior.weights[:, :MOST_SAMPLES].to(run.device, torch.float64)
    weights = weights / weights.sum(dim=1, keepdim=True)
    off = parameters.double() - (weights[..., None] * parameters.double()).sum(dim=1, keepdim=True)
    with torch.enable_grad():
        transform = space.transform(observations)
        features = trained.featurizer.preprocess(spectrum, seen.noise, seen.auxiliary).float()
        standardised = space.standardised(parameters, transform)
        density = estimator.sampler.log_density(trained.members, standardised, features)
        density = density.double() + space.log_density_factor(parameters, transform)
        columns = [weights * off[..., p] for p in range(off.shape[-1])]
        found = [
            torch.autograd.grad((column * density).sum(), spectrum, retain_graph=True)[0]
            for column in columns
        ]
    return torch.stack(found, dim=1).double().cpu()
