"""How opaque each gas is, and the altitude that this puts a channel at."""

from __future__ import annotations

import torch
from torch import Tensor, nn

STRIDE = 30.0  # of the constants, which have further to go than weights, at each step of an optimiser
ROUNDS = 3  # of the altitude, which its own chord depends on
NEAREST = 0.95  # of R / H, that altitudes are taken for while the chord is computed


class Mixture(nn.Module):
    r"""Altitudes x of channels, from the opacity of every gas there.

    Were the cross-section of gas g in a channel one number, light would graze the altitude where

    .. math:: e^x = 1 + \sum_g X_g \, e^{b_g} N \, (r / R)^{3/2}, \qquad r / R = (1 - x H / R)^{-1},

    X being mixing ratios and N the air along the line of sight over the radius R, whose last factor is what
    chords gain with altitude. Channels have many cross-sections, which change with temperature and pressure:
    what a network says moves each logarithm b. The 1 is the surface, and one b more is of what scatters.

    Arguments:
        n_gases: gases with a mixing ratio.
        n_channels: channels.
    """

    def __init__(self, n_gases: int, n_channels: int) -> None:
        super().__init__()
        self.shape = (n_gases + 1, n_channels)
        self.constants = nn.Parameter(torch.zeros(self.shape))

    @torch.no_grad()
    def begin_at(self, altitudes: Tensor, logarithms: Tensor, column: Tensor) -> None:
        """Put the constants where altitudes (N, W) are met on the whole."""
        strongest = logarithms.amax(dim=1) + column
        level = altitudes.median(dim=0).values - strongest.median()
        self.constants.copy_((level / STRIDE).expand(self.shape))
        self.constants[-1] -= 15.0 / STRIDE  # of nearly all molecules hardly one scatters

    def forward(self, moves: Tensor, logarithms: Tensor, column: Tensor, hold: Tensor) -> Tensor:
        """Altitudes (B, W).

        Arguments:
            moves: what the network says (B, (gases + 1) W).
            logarithms: natural, of the mixing ratios (B, gases).
            column: natural logarithm of N, up to a constant (B,).
            hold: R / H (B,).
        """
        opacity = STRIDE * self.constants + moves.view(-1, *self.shape)
        gases = torch.cat([logarithms, torch.zeros_like(logarithms[:, :1])], dim=1)
        thin = torch.logsumexp(opacity + (gases + column[:, None])[:, :, None], dim=1)
        altitude = nn.functional.softplus(thin)
        share = 1 / hold[:, None]
        for _ in range(ROUNDS):
            further = -1.5 * torch.log1p(-(altitude * share).clamp(max=NEAREST))
            altitude = nn.functional.softplus(thin + further)
        return altitude
