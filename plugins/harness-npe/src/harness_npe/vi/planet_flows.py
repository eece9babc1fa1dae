"""One normalising flow for each of many planets, whose weights lie in batched tensors."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from harness_npe.flows.autoregressive import standard_normal
from harness_npe.flows.spline_function import inverse_spline, spline

BOUND = 5.0  # half the width of the box that splines act in
Weights = dict[str, Tensor]  # by name, each with the planets as its first dimension


@dataclass(frozen=True)
class Shape:
    """How large a flow is.

    Attributes:
        n_parameters: P.
        transforms: autoregressive splines one after the other.
        hidden: units of each conditioner.
        bins: of each spline.
    """

    n_parameters: int
    transforms: int
    hidden: int
    bins: int

    @property
    def n_signals(self) -> int:
        """Coefficients of a spline."""
        return 3 * self.bins - 1


class PlanetFlows:
    r"""Flows that carry standard normal noise to the parameters of B planets.

    .. math:: u = m + L (s + T \, f_k(\dots f_1(z)))

    Each f is an inverse autoregressive flow (Kingma et al. 2016, https://arxiv.org/abs/1606.04934) of
    rational-quadratic splines (Durkan et al. 2019), one parameter after the other, in turns from either end.
    With all weights of the last layers 0 it is the identity. m and L, a place and a scale, are given and
    fixed; s and the lower triangular T begin as 0 and 1. A layer of all planets is one batched product.

    Arguments:
        shape: how large.
        place: m (B, P), float64.
        scale: L, lower triangular (B, P, P), float64.
        weights: those of `fresh`, or learned ones.
    """

    def __init__(self, shape: Shape, place: Tensor, scale: Tensor, weights: Weights) -> None:
        self.shape, self.place, self.scale, self.weights = shape, place, scale, weights
        self.masks = [_masks(shape, number, place.device) for number in range(shape.transforms)]

    @staticmethod
    def fresh(shape: Shape, planets: int, generator: torch.Generator) -> Weights:
        """Weights of flows that are the identity."""
        p, hidden, out = shape.n_parameters, shape.hidden, shape.n_parameters * shape.n_signals
        device = generator.device
        weights = {
            "shift": torch.zeros(planets, p, device=device),
            "stretch": torch.zeros(planets, p, p, device=device),
        }
        for number in range(shape.transforms):
            drawn = torch.randn(1, p, hidden, generator=generator, device=device)
            weights[f"{number}/in"] = (drawn / p**0.5).repeat(planets, 1, 1)
            weights[f"{number}/in bias"] = torch.zeros(planets, 1, hidden, device=device)
            weights[f"{number}/out"] = torch.zeros(planets, hidden, out, device=device)
            weights[f"{number}/out bias"] = torch.zeros(planets, 1, out, device=device)
        return weights

    def transport(self, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Noise (B, n, P) -> u (B, n, P), float64, and log q(u) (B, n); differentiable in the weights."""
        x, total = noise, -standard_normal(noise)
        for number in range(self.shape.transforms):
            x, log_slope = spline(x, self._signals(number, x), BOUND)
            total = total + log_slope.sum(-1)
        factor, log_diagonal = self._factor()
        x = self.weights["shift"][:, None] + x @ factor.mT
        u = self.place[:, None] + x.double() @ self.scale.mT
        volume = log_diagonal.sum(-1) + self.scale.diagonal(dim1=1, dim2=2).log().sum(-1)
        return u, -(total + volume[:, None])

    @torch.no_grad()
    def log_prob(self, u: Tensor) -> Tensor:
        """log q (B, n) at u (B, n, P), float64."""
        factor, log_diagonal = self._factor()
        apart = (u.double() - self.place[:, None]).mT
        x = torch.linalg.solve_triangular(self.scale, apart, upper=False).mT.float()
        x = (x - self.weights["shift"][:, None]).mT
        x = torch.linalg.solve_triangular(factor, x, upper=False).mT
        total = torch.zeros_like(x[..., 0])
        for number in reversed(range(self.shape.transforms)):
            x, log_slope = self._inverse(number, x)
            total = total + log_slope
        volume = log_diagonal.sum(-1) + self.scale.diagonal(dim1=1, dim2=2).log().sum(-1)
        return standard_normal(x).double() - total - volume[:, None]

    def some(self, planets: Tensor) -> PlanetFlows:
        """The flows of planets of these numbers."""
        weights = {name: one[planets] for name, one in self.weights.items()}
        return PlanetFlows(self.shape, self.place[planets], self.scale[planets], weights)

    def _factor(self) -> tuple[Tensor, Tensor]:
        """T (B, P, P) and the logarithm of its diagonal (B, P)."""
        log_diagonal = self.weights["stretch"].diagonal(dim1=1, dim2=2)
        return self.weights["stretch"].tril(-1) + torch.diag_embed(log_diagonal.exp()), log_diagonal

    def _signals(self, number: int, x: Tensor) -> Tensor:
        """Coefficients of each parameter's spline (S, B, n, P), of the parameters before it."""
        into, out = self.masks[number]
        own = self.weights
        hidden = torch.baddbmm(own[f"{number}/in bias"], x, own[f"{number}/in"] * into)
        signals = torch.baddbmm(own[f"{number}/out bias"], hidden.tanh(), own[f"{number}/out"] * out)
        signals = signals.reshape(*x.shape[:-1], self.shape.n_signals, -1)
        return signals.movedim(2, 0).contiguous()

    def _inverse(self, number: int, y: Tensor) -> tuple[Tensor, Tensor]:
        """Where the splines have the values y (B, n, P), and the sum of their log slopes there (B, n)."""
        order = _order(self.shape, number)
        x = torch.zeros_like(y)
        for parameter in order.tolist():
            signals = self._signals(number, x)[..., parameter]
            x[..., parameter] = inverse_spline(y[..., parameter].contiguous(), signals.contiguous(), BOUND)
        return x, spline(x, self._signals(number, x), BOUND)[1].sum(-1)


def _order(shape: Shape, number: int) -> Tensor:
    order = torch.arange(shape.n_parameters)
    return order if number % 2 == 0 else order.flip(0)


def _masks(shape: Shape, number: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Which weights of both layers there are (P, H) and (H, S P) (Germain et al. 2015, MADE)."""
    step = _order(shape, number).argsort()
    reach = torch.arange(shape.hidden) % max(1, shape.n_parameters - 1)  # the last step a unit knows of
    into = step[:, None] <= reach[None]
    out = (reach[:, None] < step[None]).repeat(1, shape.n_signals)
    return into.float().to(device), out.float().to(device)
