"""How much of a posterior rests on how many samples, and how likely its spectrum was."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from harness.data.observations import Index, row_numbers
from harness.files.storage import write_whole

COLUMNS = (
    "planet_id",
    "effective_sample_size",
    "log_evidence",
    "log_evidence_error",
    "log_evidence_lower_bound",
)


FEWEST = 5.0  # effective samples with which an evidence has an error: fewer miss most of it, unnoticed


@dataclass(frozen=True)
class Evidence:
    r"""Effective sample size and log-evidence of N planets.

    The evidence is the mean of the likelihood over the prior,

    .. math:: Z = \int p(x \mid \theta) \, p(\theta) \, d\theta,

    with both normalised: the Gaussian likelihood as a density of the spectrum, per unit of every channel (of
    transit depth, for the Ariel challenge), the prior as one of the parameters. Evidences of one spectrum can
    be compared, whichever method or forward model they come from.

    Attributes:
        effective_size: Kish's, (sum w)^2 / sum w^2 over the weighted samples that were drawn (N,).
        log_evidence: natural logarithm (N,).
        error: 1-sigma, of the natural logarithm (N,); infinite where nothing explains the spectrum, or what
            does counts for fewer than `FEWEST` samples.
        lower_bound: the evidence lower bound (ELBO) of the density that proposed, log Z less the divergence
            KL(q | p) of that density from the posterior (N,): never above the log-evidence, but for its own
            random error. None where no density proposed.
    """

    effective_size: Tensor
    log_evidence: Tensor
    error: Tensor
    lower_bound: Tensor | None = None

    @classmethod
    def of_log_weights(cls, log_weights: Tensor, weights: Tensor) -> Evidence:
        """By importance sampling.

        Arguments:
            log_weights: log of likelihood times prior over the density that proposed each of m samples
                (N, m); minus infinity for those that are impossible.
            weights: those that are used, perhaps truncated, of any positive sum (N, m).
        """
        log_weights, m = log_weights.double(), log_weights.shape[1]
        log_mean = log_weights.logsumexp(dim=1) - math.log(m)
        ratio = (log_weights - log_mean[:, None]).exp()  # to their mean
        # of the mean of m independent weights, to first order
        error = ((ratio.square().mean(dim=1) - 1).clamp(min=0) / max(m - 1, 1)).sqrt()
        effective = weights.double().sum(1).square() / weights.double().square().sum(1)
        error = torch.where(log_mean.isfinite() & (effective >= FEWEST), error, torch.inf)
        return cls(effective, log_mean, error, lower_bound(log_weights))

    @classmethod
    def join(cls, parts: Sequence[Evidence]) -> Evidence:
        """The planets of all parts in their order."""
        bounds = [part.lower_bound for part in parts]
        return cls(
            torch.cat([part.effective_size for part in parts]),
            torch.cat([part.log_evidence for part in parts]),
            torch.cat([part.error for part in parts]),
            None if None in bounds else torch.cat([bound for bound in bounds if bound is not None]),
        )

    def __getitem__(self, index: Index) -> Evidence:
        rows = row_numbers(index, len(self.log_evidence))
        bound = None if self.lower_bound is None else self.lower_bound[rows]
        return Evidence(self.effective_size[rows], self.log_evidence[rows], self.error[rows], bound)

    def cpu(self) -> Evidence:
        """The same in host memory."""
        bound = None if self.lower_bound is None else self.lower_bound.cpu()
        return Evidence(self.effective_size.cpu(), self.log_evidence.cpu(), self.error.cpu(), bound)

    def write(self, path: Path, planets: Sequence[str]) -> None:
        """Write a CSV table with a row for each of the planets, whose names are given."""
        bound = self.lower_bound
        bounds = [""] * len(planets) if bound is None else [f"{one:.4f}" for one in bound.tolist()]
        numbers = zip(
            self.effective_size.tolist(), self.log_evidence.tolist(), self.error.tolist(), bounds, strict=True
        )

        def fill(temporary: Path) -> None:
            with temporary.open("w", newline="", encoding="utf-8") as file:
                table = csv.writer(file, lineterminator="\n")
                table.writerow(COLUMNS)
                for planet, (size, log_evidence, error, least) in zip(planets, numbers, strict=True):
                    table.writerow([planet, f"{size:.1f}", f"{log_evidence:.4f}", f"{error:.4g}", least])

        write_whole(path, fill)


def lower_bound(log_weights: Tensor) -> Tensor:
    """The mean of log weights (N, m): of those that are finite, whose share is the rest of the density.

    The evidence lower bound of the density that proposed, by its draws alone."""
    finite = log_weights.isfinite()
    count = finite.sum(dim=1)
    mean = torch.where(finite, log_weights, 0).sum(dim=1) / count.clamp(min=1)
    return mean + (count / log_weights.shape[1]).log()
