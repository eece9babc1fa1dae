"""Training pairs from the challenge's own forward model under the prior of its retrievals.

The reference posteriors take parameters for uniform within wide bounds, while the training planets come
from a narrow population: a density fitted to their parameters learns that population as its prior. Pairs of
parameters from the right prior and the spectra that they make teach the right posterior.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from harness.components import ForwardModel
from harness.components.cores import on_every_core
from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError
from harness.files.kept import digest_of, keep, kept
from harness.metrics import systematic_rows
from harness.training.density_ratio import acceptance
from harness.training.pairs import Pairs
from harness.training.prior_draws import RetrievalPrior

Advance = Callable[[int], None]

BLOCK = 4096  # pairs that are computed, and kept, at once
HURRIED = 256  # where time is short
SHARE = 0.75  # of that time, for the spectra; the rest is for telling which of them to learn from
# Spectra computed for one pair that is kept: a tenth of the parameters make no planet, and more than half of
# the rest one that looks like none of the challenge.
DRAWN, DRAWN_ALL = 3.0, 1.2
COARSE = 0.5  # of the time for the spectra, that choosing by them takes


def simulate_pairs(
    train: Split,
    schema: Schema,
    forward: ForwardModel | None,
    n: int,
    generator: torch.Generator,
    advance: Advance,
    folder: Path | None = None,
    seconds: float | None = None,
) -> Pairs | None:
    """Draw n pairs from the retrieval's prior, for planets like those of the training set.

    All have the same weight. What is known of a pair beside its spectrum (mass, star, noise, orbit) is that
    of a training planet, and independent of the parameters given the mass. That goes for the surface gravity
    too: it says nothing about the radius here, as it says nothing to a retrieval.

    Spectra that look like none of the training planets are thinned out, which moves no posterior: see
    `harness.training.density_ratio`. Where the forward model has a coarse one, they are chosen by that, and
    only those chosen are computed in full. The same generator state gives the same pairs, interrupted or not.

    Arguments:
        train: whose masses, stars and noise are taken, and whose spectra say which radii matter.
        schema: of the challenge.
        forward: the challenge's forward model, or None.
        n: how many pairs; a few occur twice.
        generator: on the CPU.
        advance: called with the number of pairs just done; they add up to n.
        folder: where finished blocks of spectra are kept and found again, or None.
        seconds: that all of it may take, or None; there are fewer pairs when they are over.

    Returns:
        the pairs, in float32 on the CPU and without names; None where there is no forward model.

    Raises:
        HarnessError: the training planets lack what the forward model needs, or hardly any parameters make
            a planet.
    """
    if forward is None:
        return None
    if len(train) == 0:
        raise HarnessError("Spectra are simulated for the stars of training planets, and there are none.")
    prior = RetrievalPrior.of(train, schema)
    n_drawn = round((DRAWN if prior.selective else DRAWN_ALL) * n)
    planets = torch.randint(len(train), (n_drawn,), generator=generator)
    parameters = prior.draw(planets, generator)
    offset = torch.rand((), generator=generator, dtype=torch.float64)
    seed = int(torch.randint(2**62, (), generator=generator))
    forward.prepare()
    begun = time.monotonic()
    shared = None if seconds is None else SHARE * seconds
    quick = forward.quick()
    # where time is short, all is computed at once: what would be left to do afterwards has no limit
    coarse = quick.coarse() if prior.selective and seconds is None else None
    looked_at = n if coarse is None else round(COARSE * n)
    spectrum = _spectra(coarse or quick, prior, planets, parameters, advance, looked_at, folder, shared)
    n = max(n * len(spectrum) // n_drawn, 1)
    n_drawn = len(spectrum)
    planets, parameters = planets[:n_drawn], parameters[:n_drawn]
    weights = torch.cat(
        [prior.weights(planets[rows], parameters[rows], spectrum[rows].double()) for rows in _blocks(n_drawn)]
    )
    if int((weights > 0).sum()) < 0.05 * n_drawn:
        raise HarnessError(
            f"Of {n_drawn} parameters drawn within the bounds only {int((weights > 0).sum())} make a planet; "
            "check the bounds and the units of the auxiliary columns, or learn from the training planets."
        )
    observed = train.observations.to("cpu", torch.float32)
    if prior.selective:
        trained = Observations(None, observed.spectrum, observed.noise, prior.facts)
        made = Observations(None, spectrum, observed.noise[planets], prior.facts[planets])
        left = None if seconds is None else begun + seconds - time.monotonic()
        weights = weights * acceptance(trained, made, weights, seed, left)
    chosen = systematic_rows(weights, n, offset)
    planets, parameters, spectrum = planets[chosen], parameters[chosen], spectrum[chosen]
    if coarse is not None:
        spectrum = _spectra(quick, prior, planets, parameters, advance, n - looked_at, folder)
        possible = (prior.weights(planets, parameters, spectrum.double()) > 0).nonzero().squeeze(1)
        again = possible[torch.arange(len(chosen)) % len(possible)]  # all of them, but for a rare exception
        planets, parameters, spectrum = planets[again], parameters[again], spectrum[again]
    noise, auxiliary = observed.noise[planets], observed.auxiliary[planets]
    return Pairs(Observations(None, spectrum, noise, auxiliary), parameters.float())


def _spectra(
    forward: ForwardModel,
    prior: RetrievalPrior,
    planets: Tensor,
    parameters: Tensor,
    advance: Advance,
    n: int,
    folder: Path | None,
    seconds: float | None = None,
) -> Tensor:
    """Noise-free spectra (M, W), float32; blocks that lie in the folder already are read from there.

    Where there are only so many seconds, the spectra of the first M parameters, at least those of one block.
    """

    def block(rows: slice) -> Tensor:
        star_radius = None if prior.star_radius is None else prior.star_radius[planets[rows]]
        planet_mass = None if prior.planet_mass is None else prior.planet_mass[planets[rows]]
        inputs = (parameters[rows], star_radius, planet_mass)
        path = None if folder is None else folder / f"spectra-{digest_of((), inputs)[:16]}.safetensors"
        spectrum = kept(path, len(inputs[0]))
        if spectrum is None:
            with torch.no_grad():
                spectrum = forward(*inputs).cpu().float()
            keep(path, spectrum)
        return spectrum

    begun = time.monotonic()
    blocks, done = [], 0
    several = on_every_core if forward.parallel else map
    for spectrum in several(block, _blocks(len(planets), BLOCK if seconds is None else HURRIED)):
        blocks.append(spectrum)
        before, done = done, done + len(spectrum)
        advance(done * n // len(planets) - before * n // len(planets))
        if seconds is not None and time.monotonic() - begun > seconds:
            break
    return torch.cat(blocks)


def _blocks(n: int, length: int = BLOCK) -> list[slice]:
    return [slice(start, min(start + length, n)) for start in range(0, n, length)]
