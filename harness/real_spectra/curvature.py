"""Where residuals are least, and how steeply they grow about there: Gauss-Newton steps by differences."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from harness.components.cores import on_every_core
from harness.components.progress import Advance
from harness.real_spectra.likelihood import PIECE, MeasuredLikelihood
from harness.retrieval.kernels import from_places, log_prior_of

STEP = 0.01  # of a difference, on the logistic scale
PRIOR = 1 / 3.29  # information of the logistic density, which a uniform prior is on this scale
LONGEST = 2.0  # move of a parameter in one step of a climb
EDGE = 14.0  # on the logistic scale, where a parameter is within a millionth of its bound
TOLD = 5  # steps of a climb from one note to the next


@dataclass
class Curvature:
    """How the residuals of a spectrum change with the parameters, on the logistic scale between the bounds.

    Arguments:
        likelihood: of the spectrum.
        bounds: of the uniform priors (2, P).
        asked: spectra computed so far.
    """

    likelihood: MeasuredLikelihood
    bounds: Tensor
    asked: int = 0

    def climbed(self, places: Tensor, steps: int, advance: Advance) -> Tensor:
        """Places (M, P), each after so many steps of Levenberg and Marquardt towards more posterior density.

        A step that leads down, or where there is no planet, is not taken, and the next is a shorter one.
        """
        residuals, loss = self._at(places)
        damping = torch.ones_like(loss)
        for step in range(1, steps + 1):
            slopes, norm = self._slopes(places, residuals)
            down = (slopes @ residuals[..., None])[..., 0] + norm + (places / 2).tanh()
            bent = information(slopes, 1.0)
            bent = bent + torch.diag_embed(damping[:, None] * bent.diagonal(dim1=1, dim2=2))
            move = -torch.linalg.solve(bent, down).clamp(-LONGEST, LONGEST)
            tried = (places + move).clamp(-EDGE, EDGE)
            found, reached = self._at(tried)
            better = reached < loss
            places = torch.where(better[:, None], tried, places)
            residuals = torch.where(better[:, None], found, residuals)
            loss = torch.where(better, reached, loss)
            damping = torch.where(better, damping / 4, damping * 4).clamp(1e-6, 1e6)
            if step % TOLD == 0 or step == steps:
                advance(0, f"climbing, chi square {float(residuals.square().sum(1).min()):,.0f}")
        return places

    def slopes(self, places: Tensor) -> tuple[Tensor, Tensor]:
        """Of the residuals at places (M, P) by each parameter (M, P, C); and the residuals there (M, C)."""
        residuals = self._residuals(places)
        return self._slopes(places, residuals)[0], residuals

    def _slopes(self, places: Tensor, residuals: Tensor) -> tuple[Tensor, Tensor]:
        """Of the residuals (M, P, C) and of the log errors' sum (M, P); 0 where there is no planet."""
        planets, width = places.shape
        side = torch.where(places > 0, -STEP, STEP)  # inwards
        moved = (places[:, None] + torch.diag_embed(side)).reshape(-1, width)
        beside = self._residuals(moved).reshape(planets, width, -1)
        slopes = (beside - residuals[:, None]) / side[..., None]
        norm = self._norm(moved).reshape(planets, width) - self._norm(places)[:, None]
        return slopes.nan_to_num(0.0, 0.0, 0.0), (norm / side).nan_to_num(0.0, 0.0, 0.0)

    def _at(self, places: Tensor) -> tuple[Tensor, Tensor]:
        """Residuals (M, C), and minus the log-density of the posterior (M,), infinite where no planet is."""
        residuals = self._residuals(places)
        loss = residuals.square().sum(1) / 2 + self._norm(places) - log_prior_of(places)
        return residuals, torch.where(loss.isfinite(), loss, torch.inf)

    def _norm(self, places: Tensor) -> Tensor:
        return self.likelihood.log_norm(from_places(places, self.bounds))

    def _residuals(self, places: Tensor) -> Tensor:
        def of(values: Tensor) -> Tensor:
            with torch.no_grad():
                return self.likelihood.scaled_residuals(self.likelihood.depths(values), values)

        self.asked += len(places)
        return torch.cat(list(on_every_core(of, torch.split(from_places(places, self.bounds), PIECE))))


def information(slopes: Tensor, power: float) -> Tensor:
    """The Gauss-Newton precision (M, P, P) of the prior times a power of the likelihood."""
    return power * slopes @ slopes.transpose(1, 2) + PRIOR * torch.eye(slopes.shape[1], dtype=slopes.dtype)
