"""Where the flow of a planet begins: at the best fit, as wide as the spectrum leaves it there."""

from __future__ import annotations

import torch
from torch import Tensor

from harness_npe.vi.prior import NormalPrior
from harness_npe.vi.spectrum_gradients import SpectrumGradients

DRAWN, STARTS, KEPT = 256, 20, 4  # draws of the prior; the likeliest of them; those improved to the end
STEPS, WITH_OFFSET = 22, 12  # of Levenberg and Marquardt; how many of them with the exact model's offset
DIFFERENCE = 3e-3  # of finite differences, in standard deviations of the prior
WIDEST = 1.0  # standard deviation of the prior: no beginning is wider


@torch.no_grad()
def best_fits(
    likelihood: SpectrumGradients, prior: NormalPrior, generator: torch.Generator, heat: float = 1.0
) -> tuple[Tensor, Tensor]:
    r"""Place m (B, P) and scale L (B, P, P) of a normal density of each planet's u.

    Least squares of the spectrum's residuals and of u itself, which is standard normal in the prior, by the
    method of Levenberg and Marquardt from several starts at once; then Laplace's approximation
    :math:`L L^T = (\beta J^T J + 1)^{-1}` at the start of the largest evidence under it. The quickest
    model's spectra are taken, shifted by what the exact one differs at each start towards the end.

    Arguments:
        likelihood: of B planets.
        prior: of their parameters.
        generator: of the starts.
        heat: the beta that likelihoods are flattened by at first.
    """
    planets = len(likelihood.spectrum)
    every = torch.arange(planets, device=likelihood.spectrum.device)
    width = prior.n_parameters
    u = torch.randn(planets, DRAWN, width, generator=generator, device=every.device, dtype=torch.float64)
    fit = _LeastSquares(likelihood, prior, every)
    u = u.gather(1, fit.cost(u, None).argsort(dim=1)[:, :STARTS, None].expand(-1, -1, width))
    damping = torch.full((planets, STARTS), 1.0, dtype=torch.float64, device=u.device)
    offset = None
    for step in range(STEPS):
        if step == STEPS - WITH_OFFSET:
            best = fit.cost(u, None).argsort(dim=1)[:, :KEPT]
            u = u.gather(1, best[..., None].expand(-1, -1, width))
            damping = damping.gather(1, best)
        if step == STEPS - WITH_OFFSET and len(likelihood.models) > 1:
            exact = likelihood.spectra(len(likelihood.models) - 1, every, prior.parameters(u))
            offset = exact - likelihood.spectra(0, every, prior.parameters(u))
            offset = torch.where(offset.isfinite(), offset, 0)
        u, damping = fit.improved(u, damping, offset)
    cost, _, hessian = fit.expanded(u, offset)
    score = -0.5 * cost - 0.5 * torch.logdet(hessian)
    best = score.nan_to_num(-torch.inf, -torch.inf, -torch.inf).argmax(dim=1)
    place = u[every, best]
    eye = torch.eye(width, dtype=hessian.dtype, device=hessian.device)
    covariance = torch.linalg.inv(heat * (hessian[every, best] - eye) + eye)
    broken = ~(covariance.isfinite().flatten(1).all(1) & cost[every, best].isfinite())
    covariance = torch.where(broken[:, None, None], eye * WIDEST**2, covariance)
    place = torch.where(broken[:, None], 0, place)
    return place, torch.linalg.cholesky(covariance + 1e-14 * eye)


class _LeastSquares:
    """Sums of squares of residuals and u, of K starts of each planet, u (B, K, P)."""

    def __init__(self, likelihood: SpectrumGradients, prior: NormalPrior, planets: Tensor) -> None:
        self.likelihood, self.prior, self.planets = likelihood, prior, planets

    def residual(self, u: Tensor, offset: Tensor | None) -> Tensor:
        """(B, K, W)."""
        made = self.likelihood.spectra(0, self.planets, self.prior.parameters(u))
        made = made if offset is None else made + offset
        return (made - self.likelihood.spectrum[:, None]) / self.likelihood.noise[:, None]

    def cost(self, u: Tensor, offset: Tensor | None) -> Tensor:
        """(B, K), infinite where there is no planet."""
        found = self.residual(u, offset).square().sum(-1) + u.square().sum(-1)
        return found.nan_to_num(torch.inf, torch.inf)

    def expanded(self, u: Tensor, offset: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Cost (B, K), and after Gauss half its gradient (B, K, P) and Hessian (B, K, P, P)."""
        starts, width = u.shape[1:]
        steps = DIFFERENCE * torch.eye(width, dtype=u.dtype, device=u.device)
        moved = torch.cat([u[:, :, None], u[:, :, None] + steps], dim=2).flatten(1, 2)
        repeated = None if offset is None else offset.repeat_interleave(width + 1, dim=1)
        residual = self.residual(moved, repeated).reshape(len(u), starts, width + 1, -1)
        here = residual[:, :, 0]
        slope = (residual[:, :, 1:] - here[:, :, None]) / DIFFERENCE  # (B, K, P, W)
        slope = torch.where(slope.isfinite(), slope, 0)
        cost = here.square().sum(-1) + u.square().sum(-1)
        usable = torch.where(here.isfinite(), here, 0)
        gradient = (slope @ usable[..., None]).squeeze(-1) + u
        eye = torch.eye(width, dtype=u.dtype, device=u.device)
        return cost.nan_to_num(torch.inf, torch.inf), gradient, slope @ slope.mT + eye

    def improved(self, u: Tensor, damping: Tensor, offset: Tensor | None) -> tuple[Tensor, Tensor]:
        """One step of each start, and its next damping; a step that is none is not taken."""
        cost, gradient, hessian = self.expanded(u, offset)
        diagonal = torch.diag_embed(hessian.diagonal(dim1=-2, dim2=-1)) * damping[..., None, None]
        step = torch.linalg.solve(hessian + diagonal, gradient[..., None]).squeeze(-1)
        tried = u - step.clamp(-1.5, 1.5)
        better = self.cost(tried, offset) < cost
        damping = torch.where(better, damping / 5, damping * 4).clamp(1e-6, 1e6)
        return torch.where(better[..., None], tried, u), damping
