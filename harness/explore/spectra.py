"""The form in which spectra are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from harness.errors import HarnessError, counted

Form = Literal["log", "depth", "shape"]


@dataclass(frozen=True)
class Spectra:
    """Spectra of N planets in one form.

    Attributes:
        values: (N, W), float64.
        quantity: what a value is.
        form: which form it is.
        remark: why it is not the one that was asked for; nothing where it is.
    """

    values: Tensor
    quantity: str
    form: Form
    remark: str = ""


def spectra_in(form: Form, depth: Tensor) -> Spectra:
    """Bring spectra into a form.

    Arguments:
        form: "log", decimal logarithms, in which a planet's size is one offset to all channels; "depth", as
            they are; "shape", each less its own mean and over its own spread.
        depth: (N, W).

    Raises:
        HarnessError: no channel varies from planet to planet, or there are fewer than two planets.
    """
    depth = depth.double()
    if len(depth) < 2:
        found = counted(len(depth), "training planet")
        raise HarnessError(f"There is nothing to compare: {found}; it takes two.")
    if not bool((depth != depth[:1]).any()):
        raise HarnessError(
            "All training spectra are equal, so that there is nothing to look at; check the challenge's "
            "files."
        )
    if form == "log" and not bool((depth > 0).all()):
        remark = "Some depths are not positive, so that depths were taken as they are, not their logarithms."
        return Spectra(depth, "depth", "depth", remark)
    if form == "log":
        return Spectra(depth.log10(), "log₁₀ depth", form)
    if form == "depth":
        return Spectra(depth, "depth", form)
    spread, mean = torch.std_mean(depth, dim=1, keepdim=True, correction=0)
    return Spectra(torch.where(spread > 0, (depth - mean) / spread, 0.0), "contrast", form)
