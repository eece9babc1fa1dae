"""The light that a limb takes away, under clouds, hazes, both over a share of it, or none."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from harness.physics.clouds import deck_cover, haze_cross_section
from harness.physics.layered_extinction import BASE2, Columns, LayeredExtinction
from harness.physics.planet_settings import PlanetSettings

CPU_POINTS = 512  # wavenumbers at once, few enough to stay in the cache
# 2^-126 is the smallest normal float32; below it a CPU falls into its slow path.
SMALLEST_EXPONENT = -126.0
HAZE_SCALE = 1e30  # m-2, which brings a haze's cross-sections and columns into the range of float32


@dataclass(frozen=True, eq=False)
class Clouds:
    """The clouds of a batch of planets; None where there are none of a kind.

    Arguments:
        deck: log10 of the pressure [Pa] at the top of an opaque deck (B,).
        haze: log10 of a haze's strength, and its slope (B,) each.
        cover: share of the limb that is under them (B,); None for all of it.
    """

    deck: Tensor | None = None
    haze: tuple[Tensor, Tensor] | None = None
    cover: Tensor | None = None

    @classmethod
    def of(cls, settings: PlanetSettings, parameters: Tensor) -> Clouds:
        """Those that a model's parameters (B, P) speak of."""
        given = dict(zip(settings.parameter_names, parameters.unbind(dim=1), strict=True))
        haze = (given["log_haze"], given["haze_slope"]) if "log_haze" in given else None
        return cls(given.get("log_cloud_pressure"), haze, given.get("cloud_fraction"))


def blocked_share(
    extinction: LayeredExtinction, columns: Columns, rings: Tensor, clouds: Clouds, wavelength: Tensor
) -> Tensor:
    """Light that each planet's rings block, over what they would block if they were opaque (B, W).

    Arguments:
        columns: of the batch.
        rings: each ring's share of them all, float64 (B, L).
        wavelength: of the extinction's points [um] (W,).
    """
    dtype = columns.nodes.dtype
    clear = rings.to(dtype)[:, None]
    cloudy = clear
    if clouds.deck is not None:
        cloudy = (rings * (1 - deck_cover(extinction.layers, clouds.deck))).to(dtype)[:, None]
    scattering = section = None
    if clouds.haze is not None:
        hydrogen = columns.all * columns.mixing_ratios[:, -2:-1].to(columns.all.dtype)
        scattering = (hydrogen / HAZE_SCALE)[..., None].to(dtype)
        section = (haze_cross_section(wavelength, *clouds.haze) * (BASE2 * HAZE_SCALE)).to(dtype)[:, None]
    cover = None if clouds.cover is None else clouds.cover[:, None].to(dtype)
    width = CPU_POINTS if rings.device.type == "cpu" else len(wavelength)
    tiles = []
    for start in range(0, len(wavelength), width):
        points = slice(start, start + width)
        exponent = extinction.exponent(columns, points)
        open_sky = None if cover is None else torch.bmm(clear, _passing(exponent)).squeeze(1)
        if scattering is not None and section is not None:
            exponent = torch.baddbmm(exponent, scattering, section[..., points])
        passing = torch.bmm(cloudy, _passing(exponent)).squeeze(1)
        if cover is not None and open_sky is not None:
            passing = (1 - cover) * open_sky + cover * passing
        tiles.append(1 - passing)
    return torch.cat(tiles, dim=1)


def _passing(exponent: Tensor) -> Tensor:
    return exponent.clamp(min=SMALLEST_EXPONENT).exp2()
