"""Learn cross-sections from spectra: gradient descent on what the forward model leaves unexplained."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from harness.components.progress import Advance
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.fitted_opacities.checkpoint import FitCheckpoint
from harness.fitted_opacities.condensed import condense
from harness.fitted_opacities.corrections import Corrections
from harness.fitted_opacities.descent import copied, pace, shuffled
from harness.fitted_opacities.planets import Planets
from harness.fitted_opacities.result import FitResult, held_out_loss
from harness.fitted_opacities.settings import FitSettings
from harness.physics import GASES, Layers, TransmissionModel
from harness.physics.builtin_opacities import opacity_directory
from harness.physics.cross_sections import CrossSections
from harness.physics.hitran_cia import CollisionInducedAbsorption
from harness.physics.loading import load_binning, load_extinction
from harness.physics.opacity_directory import find_cia, select_cia, select_cross_sections

PAIRS = ("H2-H2", "H2-He")
FEW_LAYERS = 40  # of the atmospheres that the short grid is chosen by
ROUND = 1200  # steps, after which it goes on only where planets held out are not met yet
LOOK = 50  # steps from one look at the planets held out to the next
UNSEEN = 1.1  # so much may the loss grow without collision-induced absorption that is taken for absent
REGULAR = 1e-4  # weight of the size of the changes
NEARBY = 9  # channels on either side, over which slopes and curvatures have a mean


@dataclass
class OpacityFit:
    """Learns cross-sections of the challenge's gases, beginning with those of a directory.

    Each of some thousand wavenumbers (`harness.fitted_opacities.condensed`) has a change of strength of its
    own for each gas, with slopes in temperature and pressure (`harness.fitted_opacities.corrections`). They
    are moved so that the spectra of the planets come out, in units of their noise; a planet that cannot be
    met at all, for want of a gas, counts by the logarithm (the loss is that of a Cauchy distribution). The
    state that meets planets held out best is kept.

    Arguments:
        schema: of the challenge.
        directory: of the opacities to begin with.
        collisions: pairs whose collision-induced absorption they have to begin with, of .cia files there;
            it is learned of the usual pairs in any case.
        settings: how long and how fast.
        device: where to compute.
        checkpoint: where the state is kept and found again, or None.
    """

    schema: Schema
    directory: Path
    collisions: tuple[str, ...] = ()
    settings: FitSettings = field(default_factory=FitSettings)
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    checkpoint: FitCheckpoint | None = None

    def run(self, seen: Planets, held_out: Planets, advance: Advance) -> FitResult:
        """Learn from some planets, and tell from others when it is enough.

        Arguments:
            seen: to learn from.
            held_out: to judge by.
            advance: called with the steps just done; they add up to those of the settings at most.

        Raises:
            HarnessError: opacities are missing or damaged, hardly any planet has a bound atmosphere, or the
                checkpoint is of another fit.
        """
        with torch.inference_mode(False), torch.enable_grad():  # whoever needs spectra may want no gradients
            return self._run(seen, held_out, advance)

    def _run(self, seen: Planets, held_out: Planets, advance: Advance) -> FitResult:
        channels = (self.schema.wavelength, self.schema.width)
        tables = select_cross_sections(self.directory, GASES)
        full, coarse = (
            TransmissionModel.from_files(
                self.directory,
                self.directory,
                self.collisions,
                wavelength=channels[0],
                width=channels[1],
                device=self.device,
                layers=Layers(layers),
            )
            for layers in (Layers.number, FEW_LAYERS)
        )
        before = held_out.check(full)
        if before.unbound:
            raise HarnessError(
                f"{before.missing} of {len(held_out)} planets held out have parameters that make no bound "
                "atmosphere: nothing can be learned from them; check the units of radius, mass and "
                "temperature."
            )
        if before.in_vain:
            raise HarnessError(
                f"The spectra of the planets held out are {before.scale:.2g} times as deep as the model makes"
                f" them, which no opacities can mend: {before.remedy()}."
            )
        short = condense(coarse, tables, *channels, self.settings.points, self.settings.least)
        pairs = self._pairs()
        model = model_on(short, pairs, self.schema, Layers(), self.device)
        points = len(short[0].wavenumber)
        corrections = Corrections(len(GASES), len(pairs), points, self.settings.terms).to(self.device)
        steps, best = self._learn(model, corrections, seen, held_out, advance)
        corrections.load_state_dict(best)
        with torch.no_grad():
            learned = corrections.applied(model.extinction)
        after, without = (
            held_out.check(model.holding(one)) for one in (learned, learned.holding(learned.tables, ()))
        )
        absent = held_out_loss(without) <= UNSEEN * held_out_loss(after)
        return FitResult(
            short[0].wavenumber,
            corrections.corrected(short),
            [] if absent else corrections.corrected_cia(pairs, short[0].wavenumber),
            short,
            before,
            without if absent else after,
            steps,
        )

    def _pairs(self) -> list[CollisionInducedAbsorption]:
        """Collision-induced absorption to begin with: the directory's own, else that of the band model."""
        own = find_cia(self.directory) if list(self.directory.glob("*.cia")) else {}
        directory = self.directory if all(pair in own for pair in PAIRS) else opacity_directory()
        return select_cia(directory, PAIRS)

    def _learn(
        self,
        model: TransmissionModel,
        corrections: Corrections,
        seen: Planets,
        held_out: Planets,
        advance: Advance,
    ) -> tuple[int, dict[str, Tensor]]:
        """How many steps were taken, and the best state."""
        settings = self.settings
        groups = [
            {"params": [corrections.coefficients, corrections.collisions], "share": 1.0},
            {"params": [corrections.strength], "share": 2.0},
        ]
        optimizer = torch.optim.Adam(groups, lr=settings.learning_rate, betas=(0.9, 0.99))
        generator = torch.Generator().manual_seed(settings.seed)
        order = shuffled(len(seen), settings.steps, settings.batch, generator).to(self.device)
        best, least, first = copied(corrections), math.inf, 0
        if self.checkpoint is not None and (kept := self.checkpoint.restored(corrections, optimizer)):
            first, least, best = kept
            advance(first)
        for step in range(first, settings.steps):
            of_round = step % ROUND
            share = pace(of_round, min(ROUND, settings.steps - step + of_round))
            for group in optimizer.param_groups:
                group["lr"] = group["share"] * settings.learning_rate * share
            corrections.keeps_own = step < ROUND
            self._step(model, corrections, optimizer, seen[order[step]])
            note, round_ends = None, of_round + 1 == ROUND
            if (step + 1) % LOOK == 0 or step + 1 == settings.steps:
                check = held_out.check(model.holding(corrections.applied(model.extinction)))
                if (loss := held_out_loss(check)) < least:
                    best, least = copied(corrections), loss
                note = f"held out {check.quantile(0.5):.2g} sigma (90%: {check.quantile(0.9):.2g})"
                if self.checkpoint is not None:
                    self.checkpoint.keep(corrections, optimizer, step + 1, least, best)
                if check.quantile(0.9) <= settings.enough or (round_ends and check.agrees):
                    advance(settings.steps - step, note)
                    return step + 1, best
            advance(1, note)
        return settings.steps, best

    def _step(
        self,
        model: TransmissionModel,
        corrections: Corrections,
        optimizer: torch.optim.Optimizer,
        planets: Planets,
    ) -> None:
        changed = model.holding(corrections.applied(model.extinction))
        made = changed.recorded(planets.parameters, planets.star_radius, planets.planet_mass)
        residual = (made - planets.spectrum.to(made)) / planets.noise.to(made)
        residual = residual[residual.detach().isfinite().all(dim=1)]
        if not len(residual):
            return
        loss = torch.log1p(residual.square()).mean() + REGULAR * corrections.penalty()
        if self.settings.held:
            loss = loss + self.settings.held * corrections.unevenness(NEARBY * self.settings.points)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()


def model_on(
    tables: list[CrossSections],
    pairs: list[CollisionInducedAbsorption],
    schema: Schema,
    layers: Layers,
    device: torch.device,
) -> TransmissionModel:
    """A model in float32 on tables in memory that share a short grid.

    Arguments:
        tables: cross-sections of the challenge's gases, in their order.
        pairs: collision-induced absorption to include.
        schema: of the challenge.
        layers: of the atmosphere.
        device: where to compute.
    """
    grid = tables[0].wavenumber
    extinction = load_extinction(
        tables, pairs, rayleigh=True, grid=grid, layers=layers, device=device, dtype=torch.float32
    )
    channels = load_binning(grid, schema.wavelength, schema.width, device, torch.float32)
    return TransmissionModel(GASES, extinction, torch.as_tensor(grid, device=device), channels, layers)
