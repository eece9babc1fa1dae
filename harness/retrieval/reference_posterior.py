"""The reference posterior of one planet: a traditional retrieval of its spectrum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.errors import HarnessError, nearest_match
from harness.physics import TransmissionModel
from harness.physics.constants import JUPITER_MASS, SUN_RADIUS
from harness.physics.reduced_model import reduced_model
from harness.retrieval.likelihood import Forward, SpectrumLikelihood, UniformPrior
from harness.retrieval.nested_sampling import NestedOptions, sample_posterior
from harness.retrieval.nested_trace import NestedTrace

Array = NDArray[np.float64]

LOST = 0.3  # the share of the effective sample size that exact weights must leave


@dataclass(frozen=True)
class RetrievalModel:
    """A forward model for retrievals.

    Attributes:
        fast: what nested sampling asks for likelihoods; see `harness.retrieval.likelihood.Forward`.
        exact: what the rows that are kept are weighted with in the end, or None if `fast` is exact.
    """

    fast: Forward
    exact: Forward | None = None

    @classmethod
    def from_opacities(
        cls, opacities: str | Path, wavelength: Sequence[float], width: Sequence[float]
    ) -> Self:
        """The transmission model on a directory of opacities, and its quadrature as the fast one.

        Arguments:
            opacities: directory of cross-sections.
            wavelength: channel centres [um].
            width: channel widths [um].

        Raises:
            HarnessError: a file is missing or damaged, or a channel is not covered.
        """
        full = TransmissionModel.from_files(opacities, wavelength=wavelength, width=width)
        return cls(reduced_model(full, opacities, wavelength, width).binned, full.binned)


@dataclass(frozen=True)
class RetrievalTarget:
    """What a retrieval is given of a planet.

    Attributes:
        planet_id: its name.
        spectrum: transit depth (W,).
        noise: its 1-sigma noise (W,), in the same unit.
        star_radius: [R_Sun].
        planet_mass: [M_Jup].
    """

    planet_id: str
    spectrum: Array
    noise: Array
    star_radius: float
    planet_mass: float


def retrieval_targets(observations: Observations, schema: Schema) -> list[RetrievalTarget]:
    """The planets of a challenge in the official format.

    Raises:
        HarnessError: the auxiliary columns do not tell the star's radius and the planet's mass.
    """
    radius = _auxiliary(observations, schema, "star_radius_m") / SUN_RADIUS
    mass = _auxiliary(observations, schema, "planet_mass_kg") / JUPITER_MASS
    spectrum, noise = (one.double().cpu().numpy() for one in (observations.spectrum, observations.noise))
    return [
        RetrievalTarget(str(name), spectrum[row], noise[row], float(radius[row]), float(mass[row]))
        for row, name in enumerate(observations.names)
    ]


def _auxiliary(observations: Observations, schema: Schema, name: str) -> Array:
    names = schema.auxiliary_names
    if name not in names:
        raise HarnessError(
            f"A retrieval needs the auxiliary column '{name}'{nearest_match(name, names)}; "
            f"the challenge has {', '.join(names) or 'none'}."
        )
    column: Array = observations.auxiliary[:, names.index(name)].double().cpu().numpy()
    return column


def reference_posterior(
    target: RetrievalTarget,
    model: RetrievalModel,
    bounds: Sequence[tuple[float, float]],
    seed: int,
    options: NestedOptions | None = None,
) -> NestedTrace:
    """Sample the posterior of one planet, uniform prior within bounds, by nested sampling.

    The fast model explores; the rows that are kept are weighted anew by the exact one, so that what the
    fast one lacks costs effective sample size and no accuracy. Where that costs too much, in atmospheres
    far more extended than those of planets that are observed, the exact one explores as well.

    Arguments:
        target: the planet.
        model: the forward model.
        bounds: (lower, upper) of each parameter, in its unit.
        seed: below 2^32.
        options: how carefully to sample.

    Returns:
        at most `options.rows` rows in ascending likelihood.

    Raises:
        HarnessError: no parameters within the bounds give a finite spectrum.
    """
    options = options or NestedOptions()
    facts = (target.spectrum, target.noise, target.star_radius, target.planet_mass)
    trace = sample_posterior(SpectrumLikelihood(model.fast, *facts), UniformPrior(bounds), seed, options)
    if not trace.log_evidence > -1e29:
        raise HarnessError(
            f"The forward model makes no planet {target.planet_id} of {target.planet_mass:.3g} M_Jup "
            "anywhere within the bounds; check its mass and star radius."
        )
    trace = trace.thinned(options.rows, np.random.default_rng([seed, 1]))
    if model.exact is None:
        return trace
    exact = trace.reweighted(SpectrumLikelihood(model.exact, *facts)(trace.values))
    if exact.effective_size < LOST * trace.effective_size:
        return reference_posterior(target, RetrievalModel(model.exact), bounds, seed, options)
    return exact
