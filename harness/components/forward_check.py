"""Whether a forward model makes the spectra of the planets that it is to be learned from."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from harness.components.forward_model import ForwardModel
from harness.data.host_facts import host_facts
from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError

PLANETS = 300  # looked at, spread evenly over those there are
FEWEST_HELD_OUT = 40  # planets that a model is judged by rather than by training planets
# A spectrum that is off by r standard deviations, all channels together, moves a posterior by r of its own at
# most. So far are the spectra of all but a tenth of the planets allowed to be off; docs/opacities.md has what
# that costs (benchmarks/check_bound.py).
FARTHEST, SHARE = 1.0, 0.9
OTHER_UNITS = 10.0  # so many times as deep as a spectrum by the model no opacities make one, or as shallow


@dataclass(frozen=True, eq=False)
class ForwardCheck:
    """The spectra of a forward model beside those of N planets, at their parameters.

    Attributes:
        residual: model less spectrum, over the noise (N, W), float64; not finite where there is no spectrum.
        shape: the same, less one offset of each planet that is the same at all channels.
        scale: how many times as large as the model's the spectra are, in the median.
    """

    residual: Tensor
    shape: Tensor
    scale: float = 1.0

    @property
    def missing(self) -> int:
        """Planets whose parameters make no spectrum."""
        return int((~self.residual.isfinite().all(dim=1)).sum())

    @property
    def unbound(self) -> bool:
        """Whether that is most of them."""
        return self.missing > len(self.residual) / 2

    @property
    def in_vain(self) -> bool:
        """Whether planets or spectra are in other units than the model's, which no opacities can mend."""
        other = not 1 / OTHER_UNITS < self.scale < OTHER_UNITS
        return not self.agrees and (self.unbound or other)

    @property
    def distance(self) -> Tensor:
        """Of each planet the root of the sum of squares over all channels (N,), infinite without spectrum."""
        return self.residual.square().sum(dim=1).sqrt().nan_to_num(torch.inf, torch.inf)

    @property
    def beyond(self) -> int:
        """Planets that are farther than `FARTHEST`."""
        return int((self.distance > FARTHEST).sum())

    @property
    def agrees(self) -> bool:
        """Whether methods may learn from the model as if it had made the spectra."""
        return bool((self.distance <= FARTHEST).double().mean() >= SHARE)

    def quantile(self, share: float, shape: bool = False) -> float:
        """Of the absolute residuals of all planets and channels [1-sigma noise]."""
        values = (self.shape if shape else self.residual).abs()
        values = values[values.isfinite().all(dim=1)]
        return float(torch.quantile(values, share)) if values.numel() else float("inf")

    def by_channel(self) -> Tensor:
        """The median of the absolute residuals of each channel (W,) [1-sigma noise]."""
        values = self.residual.abs()
        return values.nan_to_num(torch.inf, torch.inf).median(dim=0).values

    def sentence(self) -> str:
        """What was found, as a clause about the forward model."""
        if self.unbound:
            return f"makes no spectrum of {self.missing} of {len(self.residual)} training planets"
        if self.in_vain:
            return (
                f"makes spectra of another size: those of the training planets are {self.scale:.2g} times it"
            )
        return (
            f"misses the spectra of the training planets by {self.quantile(0.5):.2g} of their noise "
            f"(median; 90%: {self.quantile(0.9):.2g}), and {self.beyond} of {len(self.residual)} by more "
            f"than {FARTHEST:g} sigma, all channels together"
        )

    def remedy(self, option: str = "challenge.opacities") -> str:
        """What to do where the model does not make the spectra, as a clause.

        Arguments:
            option: that other opacities are given by.
        """
        if self.in_vain:
            return (
                f"check the units of {'' if self.unbound else 'the spectra and of '}the planets' parameters, "
                "star radii and masses in the challenge's files"
            )
        return f"give the opacities behind the spectra with --set {option}=DIR"


def of_other_physics(found: ForwardCheck, whose: str = "the", option: str = "challenge.opacities") -> str:
    """What posteriors by a forward model are that does not make the training spectra, and what to do.

    Arguments:
        found: of the model.
        whose: it is, the first word of the sentence.
        option: that other opacities are given by.
    """
    return (
        f"{whose} forward model {found.sentence()}: the posteriors will be those of other physics; "
        f"{found.remedy(option)}."
    )


# what to do where they cannot, as a clause
INSTEAD = (
    "name a challenge with a model, and with noise-free spectra of known parameters, such as ariel2023:PATH"
)


def uncheckable(forward: ForwardModel | None, split: Split, schema: Schema) -> str | None:
    """Why spectra cannot be compared with a forward model's, as the end of a sentence; None if they can."""
    if forward is None:
        return "it has no forward model"
    if schema.noise_included:
        return "the spectra of its training planets carry their noise, so that none is as a model makes it"
    if lacking := [name for name in forward.needs if name not in schema.auxiliary_names]:
        return f"it lacks {' and '.join(lacking)}, which the model must be told"
    if split.truth.parameters is None or len(split) == 0:
        return "the parameters of its training planets are not known"
    return None


def to_judge_by(train: Split, valid: Split) -> Split:
    """Planets that opacities, if these are learned from the training planets, were not: those held out.

    Where there are too few of them, or their parameters are not known, the training planets.
    """
    enough = valid.truth.parameters is not None and len(valid) >= FEWEST_HELD_OUT
    return valid if enough else train


def check_forward_model(forward: ForwardModel, split: Split, schema: Schema) -> ForwardCheck:
    """Compare noise-free spectra with what a forward model makes of the planets' parameters.

    Arguments:
        forward: the model.
        split: planets with parameters, of which some hundreds are taken.
        schema: of the challenge.

    Raises:
        HarnessError: the planets have noise or no parameters, or lack what the model must be told.
    """
    if reason := uncheckable(forward, split, schema):
        raise HarnessError(f"The forward model cannot be checked: {reason}.")
    every = max(1, len(split) // PLANETS)
    some = split[torch.arange(0, len(split), every)[:PLANETS]]
    assert some.truth.parameters is not None
    facts = host_facts(some.observations, schema, forward.needs)
    spectrum, noise = some.observations.spectrum.double(), some.observations.noise.double()
    with torch.no_grad():
        made = forward(some.truth.parameters.double(), *facts).double().to(spectrum.device)
    if made.shape != spectrum.shape:
        raise HarnessError(
            f"The forward model makes spectra of shape {tuple(made.shape)} of {len(some)} planets; expected "
            f"{tuple(spectrum.shape)}: planets, channels."
        )
    return compared(made, spectrum, noise)


def compared(made: Tensor, spectrum: Tensor, noise: Tensor) -> ForwardCheck:
    """The spectra of a forward model beside the true ones, all (N, W), float64."""
    residual = (made - spectrum) / noise
    weight = noise.square().reciprocal()
    offset = ((made - spectrum) * weight).sum(dim=1, keepdim=True) / weight.sum(dim=1, keepdim=True)
    scale = (spectrum / made).nanmedian(dim=1).values.nanmedian()
    return ForwardCheck(residual.cpu(), (residual - offset / noise).cpu(), float(scale.nan_to_num(1.0)))
