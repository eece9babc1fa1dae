"""What a forward model is given: checked, and as it computes with it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from harness.errors import HarnessError


def checked_inputs(
    names: Sequence[str],
    parameters: Tensor,
    star_radius: Tensor | float,
    planet_mass: Tensor | float,
    device: torch.device,
) -> tuple[Tensor, Tensor, Tensor]:
    """Parameters (B, P), radii of stars (B,) and masses of planets (B,), float64 on a device.

    Arguments:
        names: the columns that the parameters must have.
        star_radius, planet_mass: (B,) or one for all.

    Raises:
        HarnessError: one has the wrong shape.
    """
    parameters = torch.as_tensor(parameters, dtype=torch.float64, device=device)
    if parameters.ndim != 2 or parameters.shape[1] != len(names):
        raise HarnessError(
            f"The parameters have shape {tuple(parameters.shape)}; expected (planets, {len(names)}) with the "
            f"columns {', '.join(names)}."
        )
    batch = len(parameters)
    rest = []
    for name, given in (("star_radius", star_radius), ("planet_mass", planet_mass)):
        value = torch.as_tensor(given, dtype=torch.float64, device=device)
        if value.shape not in ((), (batch,)):
            raise HarnessError(
                f"{name} has shape {tuple(value.shape)}; expected one value for each of the {batch} "
                "planets or one for all."
            )
        rest.append(value.expand(batch))
    return parameters, rest[0], rest[1]


def mixing_ratios(logarithms: Tensor, helium: float) -> Tensor:
    """Of the gases, then H2 and He, by volume (B, gases + 2); not a number where the gases exceed 1.

    Arguments:
        logarithms: log10 of the gases' (B, gases).
        helium: He over H2, by number.
    """
    ratios = 10**logarithms
    rest = 1 - ratios.sum(dim=1, keepdim=True)
    rest = torch.where(rest >= 0, rest, torch.nan)
    hydrogen = rest / (1 + helium)
    return torch.cat([ratios, hydrogen, helium * hydrogen], dim=1)
