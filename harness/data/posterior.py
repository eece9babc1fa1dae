"""What a method answers: weighted samples of each planet's posterior."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from harness.data.evidence import Evidence
from harness.data.observations import Index, Observations, row_numbers
from harness.errors import HarnessError


@dataclass(frozen=True)
class Posterior:
    """Weighted posterior samples of N planets.

    Attributes:
        samples: (N, n, P), in the parameters' physical units.
        weights: (N, n), not negative, each row sums to 1.
        counts: how many of the n rows belong to each planet (N,), the rest being padding of
            weight 0; None where all do. Only a submission file with unequal lengths needs it.
        alarm: the p-value of each planet's alarm (N,), see `harness.data.alarms`; None where it is not known,
            as of a submission file.
        evidence: effective sample size and log-evidence of each planet, where the method has them.
    """

    samples: Tensor
    weights: Tensor
    counts: Tensor | None = None
    alarm: Tensor | None = None
    evidence: Evidence | None = None

    def __post_init__(self) -> None:
        _require_real("samples", self.samples)
        _require_real("weights", self.weights)
        if self.samples.ndim != 3 or self.weights.shape != self.samples.shape[:2]:
            raise ValueError(
                f"samples must be (N, n, P) and weights (N, n), "
                f"not {tuple(self.samples.shape)} and {tuple(self.weights.shape)}"
            )

    @classmethod
    def equal(cls, samples: Tensor) -> Posterior:
        """Equally weighted samples (N, n, P)."""
        _require_real("samples", samples)
        n = samples.shape[1]
        return cls(
            samples, torch.full(samples.shape[:2], 1.0 / n, dtype=torch.float64, device=samples.device)
        )

    @classmethod
    def join(cls, parts: Sequence[Posterior]) -> Posterior:
        """The planets of all parts in their order; each has as many samples, none of them padding."""
        evidence = [part.evidence for part in parts if part.evidence is not None]
        return cls(
            torch.cat([part.samples for part in parts]),
            torch.cat([part.weights for part in parts]),
            evidence=Evidence.join(evidence) if parts and len(evidence) == len(parts) else None,
        )

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: Index) -> Posterior:
        rows = row_numbers(index, len(self))
        return Posterior(
            self.samples[rows],
            self.weights[rows],
            None if self.counts is None else self.counts[rows],
            None if self.alarm is None else self.alarm[rows],
            None if self.evidence is None else self.evidence[rows],
        )

    def cpu(self) -> Posterior:
        """The same samples in host memory, without the gradients that a network may have left on them."""
        return replace(
            self,
            samples=self.samples.detach().cpu(),
            weights=self.weights.detach().cpu(),
            counts=None if self.counts is None else self.counts.cpu(),
            alarm=None if self.alarm is None else self.alarm.cpu(),
            evidence=None if self.evidence is None else self.evidence.cpu(),
        )

    def normalised(self) -> Posterior:
        """The same with weights in float64 that sum to 1 to within 1e-9.

        The published scorer refuses sums that are off by more than 1.5e-8, as those of float32 weights are.
        """
        weights = self.weights.double()
        total = weights.sum(dim=-1, keepdim=True)
        return replace(self, weights=torch.where((total - 1).abs() > 1e-9, weights / total, weights))

    def planet(self, index: int) -> tuple[Tensor, Tensor]:
        """Samples (M, P) and weights (M,) of one planet, without padding."""
        count = self.samples.shape[1] if self.counts is None else int(self.counts[index])
        return self.samples[index, :count], self.weights[index, :count]


def _require_real(what: str, values: object) -> None:
    if not isinstance(values, Tensor) or values.is_complex():
        kind = f"{values.dtype} numbers" if isinstance(values, Tensor) else f"of type {type(values).__name__}"
        raise TypeError(f"{what} must be a tensor of real numbers, not {kind}")


def check_posterior(posterior: object, observations: Observations, n: int, n_parameters: int) -> Posterior:
    """What an estimator gave, if it is a posterior of the right shape without numbers that are none.

    Raises:
        HarnessError: says what is wrong, and for which planet.
    """
    if not isinstance(posterior, Posterior):
        raise HarnessError(
            f"The estimator gave a {type(posterior).__name__}; expected a harness.Posterior, such as "
            "Posterior.equal(samples)."
        )
    expected = (len(observations), n, n_parameters)
    if tuple(posterior.samples.shape) != expected:
        raise HarnessError(
            f"The estimator gave samples of shape {tuple(posterior.samples.shape)}; expected {expected}: "
            "planets, samples, parameters."
        )
    checks: Mapping[str, Callable[[], Tensor]] = {
        "samples that are not finite": lambda: ~torch.isfinite(posterior.samples).all(dim=-1).all(dim=-1),
        "weights that are negative or not finite": lambda: (
            ~(posterior.weights >= 0).all(dim=-1) | ~torch.isfinite(posterior.weights).all(dim=-1)
        ),
        "weights that do not sum to 1": lambda: (posterior.weights.double().sum(-1) - 1).abs() > 1e-6,
    }
    for what, find in checks.items():
        bad = torch.nonzero(find()).flatten()
        if len(bad):
            raise HarnessError(
                f"The estimator gave {what} for {len(bad)} of {len(observations)} planets, "
                f"the first being {observations.title(int(bad[0]))}."
            )
    return posterior
