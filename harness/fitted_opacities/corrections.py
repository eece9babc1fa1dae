"""Smooth changes of cross-sections, which a fit finds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from harness.fitted_opacities.settings import FEW, OWN, SIZES
from harness.physics.cross_sections import Array, CrossSections
from harness.physics.extinction import Extinction
from harness.physics.hitran_cia import CollisionInducedAbsorption

SEEN, AROUND, WARMER = 0.35, 0.4, 0.35  # of p, about where spectra come from, of p on either side, and of t
CIA_TERMS = 2
LOG10 = math.log(10)
FAINT = -1.5  # [dex] to begin with, of collision-induced absorption, which a challenge may lack


def basis(temperature: Tensor, pressure: Tensor, terms: Sequence[str]) -> Tensor:
    """The terms, but for `OWN`, at temperatures [K] (T,) and pressures [Pa] (N,): (T, N, terms).

    q is p less that of 270 Pa, from 2 to 40,000 Pa, and s is t from 450 to 2,200 K; beyond these, where
    hardly a training planet is that would tell, they stay as they are at the ends.
    """
    t = (torch.log10(temperature) - 3)[:, None].expand(-1, len(pressure))
    p = ((torch.log10(pressure) - 0.5) / 5.5)[None].expand(len(temperature), -1)
    q, s = (p - SEEN).clamp(-AROUND, AROUND), t.clamp(-WARMER, WARMER)
    known = {"1": torch.ones_like(t), "t": t, "p": p, "t^2": t.square(), "q^2": q.square(), "sq": s * q}
    return torch.stack([known[term] for term in terms if term != OWN], dim=-1)


def own_shape(values: Tensor, temperature: Tensor, pressure: Tensor) -> Tensor:
    """What log10 of cross-sections has in temperature and pressure that the other terms cannot make [dex].

    It is what is left of them after a fit of these where spectra come from; beyond, it stays as it is at the
    ends. Where another line list does not have it, it can be taken out of the first one.

    Arguments:
        values: cross-sections (T, G, N, W), in any unit.
        temperature: [K] (T,).
        pressure: [Pa] (N,).

    Returns:
        (T, G, N, W), float64.
    """
    t, p = torch.log10(temperature) - 3, (torch.log10(pressure) - 0.5) / 5.5
    told_t = (t.abs() <= WARMER).nonzero().squeeze(1)
    told_p = ((p - SEEN).abs() <= AROUND).nonzero().squeeze(1)
    if not len(told_t) or not len(told_p):
        return torch.zeros_like(values, dtype=torch.float64)
    smallest = torch.finfo(values.dtype).tiny
    there = values[told_t][:, :, told_p].double().clamp(min=smallest).log10().transpose(1, 2)
    rows = there.flatten(0, 1).flatten(1)
    terms = basis(temperature[told_t].double(), pressure[told_p].double(), list(SIZES)).flatten(0, 1)
    # orthonormal, so that nodes too few for all the terms leave nothing over
    left, size, _ = torch.linalg.svd(terms, full_matrices=False)
    left = left[:, size > 1e-9 * size[0]]
    rest = (rows - left @ (left.mT @ rows)).reshape(there.shape).transpose(1, 2)
    near_t, near_p = (
        torch.arange(len(grid), device=grid.device).clamp(told[0], told[-1]) - told[0]
        for grid, told in ((t, told_t), (p, told_p))
    )
    found: Tensor = rest[near_t][:, :, near_p]
    return found


class Corrections(nn.Module):
    """Factors on cross-sections: 10 to the power of a polynomial in temperature and pressure at every point.

    The last term, `OWN`, is a share of what the cross-sections have beside such a polynomial.

    Collision-induced absorption has a factor of its own, a strength and a slope in temperature for each pair
    and point.

    Arguments:
        gases: how many.
        pairs: how many pairs of collision-induced absorption.
        points: wavenumbers.
        terms: of the change.

    Attributes:
        keeps_own: whether the last term, `OWN`, is left out for now.
    """

    def __init__(self, gases: int, pairs: int, points: int, terms: Sequence[str] = FEW) -> None:
        super().__init__()
        self.terms = tuple(terms)
        self.coefficients = nn.Parameter(torch.zeros(gases, len(terms), points))
        self.collisions = nn.Parameter(torch.zeros(pairs, CIA_TERMS, points))
        self.strength = nn.Parameter(torch.full((pairs,), FAINT))
        self.keeps_own = False
        # of the extinction that was last asked for, which asks again at every step
        self._shapes: tuple[Extinction, list[Tensor]] | None = None

    def applied(self, extinction: Extinction) -> Extinction:
        """The cross-sections with these factors, of which gradients can be taken."""
        tables = []
        for table, shape in zip(extinction.tables, self._own_shapes(extinction), strict=True):
            terms = basis(table.temperature, table.pressure, self.terms).to(table.values.dtype)
            change = self._change(terms, self.coefficients[table.gases], shape)
            tables.append(replace(table, values=table.values * torch.exp(LOG10 * change)))
        cia = [
            replace(pair, values=pair.values * self._collision_factor(index, pair.temperature))
            for index, pair in enumerate(extinction.cia)
        ]
        return extinction.holding(tables, cia)

    def _own_shapes(self, extinction: Extinction) -> Sequence[Tensor | None]:
        if OWN not in self.terms:
            return [None] * len(extinction.tables)
        if self._shapes is None or self._shapes[0] is not extinction:
            shapes = [
                own_shape(table.values, table.temperature, table.pressure).to(table.values.dtype)
                for table in extinction.tables
            ]
            self._shapes = extinction, shapes
        return self._shapes[1]

    def _change(self, terms: Tensor, coefficients: Tensor, shape: Tensor | None) -> Tensor:
        """What gases are changed by [dex] (T, G, N, W).

        Arguments:
            terms: of the basis (T, N, terms but OWN).
            coefficients: of the gases (G, terms, W).
            shape: `own_shape` of their cross-sections (T, G, N, W), where OWN is among the terms.
        """
        change = torch.einsum("tnk,gkw->tgnw", terms, coefficients[:, : terms.shape[-1]])
        return change if shape is None or self.keeps_own else change + shape * coefficients[:, -1:]

    def _collision_factor(self, pair: int, temperature: Tensor) -> Tensor:
        t = (torch.log10(temperature) - 3).to(self.collisions.dtype)[:, None]
        offset, slope = self.collisions[pair]
        return torch.exp(LOG10 * (self.strength[pair] + offset + slope * t))

    @property
    def _sizes(self) -> Tensor:
        return self.coefficients.new_tensor([SIZES[term] for term in self.terms])[:, None]

    def penalty(self) -> Tensor:
        """The mean square of the coefficients over their sizes."""
        squares = (self.coefficients / self._sizes).square().mean()
        return squares + self.collisions.square().mean() if len(self.strength) else squares

    def unevenness(self, reach: int) -> Tensor:
        """The mean square of what slopes and curvatures differ by from their mean over points nearby.

        Spectra tell strengths at every point, but slopes only as far as planets differ in temperature; beyond
        these a change that is the same for the lines of a band is likelier than one for each.

        Arguments:
            reach: so many points on either side.
        """
        bent = (self.coefficients / self._sizes)[:, 1:].double()
        padded = nn.functional.pad(bent, (reach + 1, reach), mode="replicate").cumsum(-1)
        width = 2 * reach + 1
        mean = (padded[..., width:] - padded[..., :-width]) / width
        return (bent - mean).square().mean().to(self.coefficients)

    @torch.no_grad()
    def corrected(self, tables: Sequence[CrossSections]) -> list[CrossSections]:
        """The tables with these factors, in the order of the gases."""
        return [self._corrected(table, gas) for gas, table in enumerate(tables)]

    def _corrected(self, table: CrossSections, gas: int) -> CrossSections:
        temperature, pressure = torch.as_tensor(table.temperature), torch.as_tensor(table.pressure)
        values = table.whole()
        here = torch.as_tensor(values).transpose(0, 1)[:, None]
        shape = own_shape(here, temperature, pressure) if OWN in self.terms else None
        terms = basis(temperature, pressure, self.terms)
        change = self._change(terms, self.coefficients[gas : gas + 1].detach().cpu().double(), shape)
        changed: Array = values * 10 ** change[:, 0].transpose(0, 1).numpy()
        return replace(table, read=changed.__getitem__)

    @torch.no_grad()
    def corrected_cia(
        self, pairs: Sequence[CollisionInducedAbsorption], grid: Array
    ) -> list[CollisionInducedAbsorption]:
        """The pairs with these factors on the grid [cm-1] of the fit."""
        found = []
        for index, pair in enumerate(pairs):
            factor = self._collision_factor(index, torch.as_tensor(pair.temperature)).double().cpu().numpy()
            found.append(replace(pair, wavenumber=grid, values=pair.on(grid) * factor))
        return found
