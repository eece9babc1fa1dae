"""What an alarm says of planets: how unlike what was learned from each spectrum is."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

RAISED = 0.05  # a planet alarms where its p-value is at most this


@dataclass(frozen=True)
class Alarms:
    """The statistics of N spectra, with the share of planets like those learned from that reach each.

    A p-value is a rank among planets that were held out: of spectra like theirs, 5% have one of 0.05 or less.

    Attributes:
        p_value: of the statistics that there are, together (N,).
        distance: from the training spectra (N,), see `harness.alarm.distance`.
        distance_p_value: (N,).
        chi_square: of the posterior samples' spectra (N,), see `harness.alarm.predictive`; None where the
            method or the challenge has none.
        chi_square_p_value: (N,), or None likewise.
        ranked: planets that `p_value` is a rank among; None where that is not known.
    """

    p_value: Tensor
    distance: Tensor
    distance_p_value: Tensor
    chi_square: Tensor | None = None
    chi_square_p_value: Tensor | None = None
    ranked: int | None = None

    def columns(self) -> dict[str, Tensor]:
        """Those that there are, by name, the most telling first."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Tensor)}

    @property
    def raised(self) -> int:
        """How many planets alarm."""
        return int((self.p_value <= RAISED).sum())

    @property
    def mute(self) -> bool:
        """Whether a rank among so few planets never is a p-value that alarms."""
        return self.ranked is not None and 1 / (1 + self.ranked) > RAISED
