"""The retrieval of a measured spectrum: from what is asked for to a posterior."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from harness.components.progress import Advance
from harness.data.arrays import Array
from harness.data.schema import Parameter
from harness.errors import HarnessError
from harness.physics import TransmissionModel
from harness.physics.builtin_opacities import named_directory
from harness.real_spectra.atmosphere import AtmosphereModel
from harness.real_spectra.likelihood import MeasuredLikelihood
from harness.real_spectra.nuisances import Nuisances
from harness.real_spectra.priors import default_priors
from harness.real_spectra.sampling import sample_with_checkpoint
from harness.real_spectra.settings import RetrievalSettings
from harness.real_spectra.spectrum import HostFacts, MeasuredSpectrum
from harness.retrieval.likelihood import UniformPrior
from harness.retrieval.nested_sampling import NestedOptions
from harness.retrieval.nested_trace import NestedTrace

BATCH = 200  # likelihoods computed at once


@dataclass(frozen=True)
class Problem:
    """A spectrum and what is to be inferred from it.

    Arguments:
        spectrum: as measured.
        settings: as asked for.
        parameters: with their priors, in the order of the likelihood's (P,).
        likelihood: of the spectrum.
    """

    spectrum: MeasuredSpectrum
    settings: RetrievalSettings
    parameters: tuple[Parameter, ...]
    likelihood: MeasuredLikelihood

    @property
    def prior(self) -> UniformPrior:
        return UniformPrior([(one.lower, one.upper) for one in self.parameters])

    @property
    def identity(self) -> str:
        """Twelve hexadecimal digits that change with the spectrum and with what is asked for."""
        digest = hashlib.sha256(self.settings.model_dump_json().encode())
        for field in ("wavelength", "width", "depth", "error_down", "error_up", "group"):
            digest.update(np.ascontiguousarray(getattr(self.spectrum, field)).tobytes())
        digest.update(repr((self.spectrum.groups, self.parameters)).encode())
        return digest.hexdigest()[:12]


def pose(spectrum: MeasuredSpectrum, settings: RetrievalSettings) -> Problem:
    """Make the model and the priors of a retrieval.

    Raises:
        HarnessError: a gas has no opacities, they do not cover a channel, or a prior excludes everything.
    """
    host = HostFacts(settings.star_radius, settings.planet_mass, settings.star_temperature)
    model = TransmissionModel.from_files(
        named_directory(settings.opacities),
        gases=settings.gases,
        wavelength=torch.from_numpy(spectrum.wavelength),
        width=torch.from_numpy(spectrum.width),
        edges="exact",
    )
    atmosphere = AtmosphereModel(model, host, "planet_mass" in settings.priors)
    nuisances = Nuisances.of(spectrum, settings.offsets, settings.inflate_errors)
    names = (*atmosphere.parameter_names, *nuisances.names)
    parameters = default_priors(names, spectrum, host, settings.priors)
    return Problem(spectrum, settings, parameters, MeasuredLikelihood(spectrum, atmosphere, nuisances))


def retrieve(problem: Problem, checkpoint: Path, advance: Advance) -> NestedTrace:
    """Sample the posterior by nested sampling.

    Raises:
        HarnessError: nothing within the priors makes a planet.
    """
    settings = problem.settings
    options = NestedOptions(
        live=settings.live_points, effective=settings.effective, calls=settings.calls, batch=BATCH
    )
    require_any_planet(problem)
    trace = sample_with_checkpoint(
        problem.likelihood, problem.prior, settings.seed % 2**32, options, checkpoint, advance
    )
    if not trace.log_evidence > -1e29:
        raise HarnessError(_NO_PLANET)
    return trace


_NO_PLANET = (
    "Nothing within the priors makes a planet whose atmosphere is bound; widen the priors, or check "
    "--star-radius and --planet-mass."
)
_LOOKED_AT = 2000


def require_any_planet(problem: Problem) -> None:
    """Refuse priors within which the model has no finite spectrum, before sampling looks for one.

    Raises:
        HarnessError: of many draws none has.
    """
    draws: Array = np.random.default_rng(0).uniform(size=(_LOOKED_AT, len(problem.parameters)))
    if (problem.likelihood(problem.prior(draws)) <= -1e29).all():
        raise HarnessError(_NO_PLANET)
