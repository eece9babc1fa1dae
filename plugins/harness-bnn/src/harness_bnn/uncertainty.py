"""How much of a posterior's variance comes from not knowing the weights, and how much remains beside it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch
from torch import Tensor


@dataclass(frozen=True)
class Uncertainty:
    """The two parts of each parameter's variance, by the law of total variance.

    Var[theta] = E[Var[theta | w]] + Var[E[theta | w]] over the weights w: aleatoric + epistemic. Both in the
    space that the network predicts, where the training set's spread is 1: the preprocessor's unbounded one,
    which may depend on the planet, or for `mc-dropout` that of the parameters themselves.

    Attributes:
        aleatoric: what would remain if the weights were known (N, P).
        epistemic: what not knowing the weights adds (N, P).

    References:
        Kendall & Gal 2017, What Uncertainties Do We Need in Bayesian Deep Learning for Computer Vision?,
        https://arxiv.org/abs/1703.04977; compared for these methods by Caldeira & Nord 2020,
        Deeply Uncertain, https://arxiv.org/abs/2004.10710
    """

    aleatoric: Tensor
    epistemic: Tensor

    @classmethod
    def of_passes(cls, means: Tensor, variances: Tensor) -> Self:
        """From mean and variance under each of S draws of the weights, all of the same weight.

        Arguments:
            means, variances: with shape (N, S, P).
        """
        return cls(variances.double().mean(dim=1), means.double().var(dim=1, correction=0))

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """The planets of all parts."""
        return cls(
            torch.cat([part.aleatoric for part in parts]), torch.cat([part.epistemic for part in parts])
        )

    @property
    def total(self) -> Tensor:
        """The variance of the posterior (N, P)."""
        return self.aleatoric + self.epistemic

    @property
    def epistemic_fraction(self) -> Tensor:
        """The epistemic part of the total (N, P); zero where there is no variance at all."""
        return self.epistemic / self.total.clamp(min=torch.finfo(self.total.dtype).tiny)

    def write(self, path: Path, planets: Sequence[str], parameters: Sequence[str]) -> None:
        """A CSV table with a row for each planet and parameter; variances are in standardised units."""
        columns = (self.epistemic, self.aleatoric, self.total, self.epistemic_fraction)
        numbers = torch.stack(columns, dim=-1).tolist()
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(["planet", "parameter", "epistemic", "aleatoric", "total", "epistemic_fraction"])
            for planet, of_planet in zip(planets, numbers, strict=True):
                for parameter, row in zip(parameters, of_planet, strict=True):
                    table.writerow([planet, parameter, *(f"{number:.6g}" for number in row)])

    def summary(self, parameters: Sequence[str]) -> str:
        """The median epistemic fraction of each parameter over planets, in a sentence."""
        medians = self.epistemic_fraction.median(dim=0).values.tolist()
        each = ", ".join(f"{name} {median:.1%}" for name, median in zip(parameters, medians, strict=True))
        return f"epistemic part of the variance, median over planets: {each}"
