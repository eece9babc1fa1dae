"""The retrieval of a measured spectrum: from what is asked for to a posterior."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.challenges.planet_forward import wide_identity
from harness.components.cores import on_every_core
from harness.components.progress import Advance
from harness.data.arrays import Array
from harness.data.schema import Parameter
from harness.errors import HarnessError
from harness.real_spectra.atmosphere import AtmosphereModel
from harness.real_spectra.flow import require_climber
from harness.real_spectra.learning import LEAST, Climbing, Learning
from harness.real_spectra.likelihood import PIECE, MeasuredLikelihood
from harness.real_spectra.neural import sample_by_learning
from harness.real_spectra.nuisances import Nuisances
from harness.real_spectra.priors import default_priors
from harness.real_spectra.proposal import require_estimator
from harness.real_spectra.sampling import sample_with_checkpoint
from harness.real_spectra.settings import SAMPLER, RetrievalSettings
from harness.real_spectra.spectrum import HostFacts, MeasuredSpectrum
from harness.real_spectra.variational import Climbed, sample_by_climbing
from harness.retrieval.likelihood import UniformPrior
from harness.retrieval.nested_sampling import NestedOptions
from harness.retrieval.nested_trace import NestedTrace

BATCH = 200  # likelihoods computed at once, on all cores
ROWS = 4000  # of a posterior, at most, which the exact model weighs


@dataclass(frozen=True)
class Problem:
    """A spectrum and what is to be inferred from it.

    Arguments:
        spectrum: as measured.
        settings: as asked for.
        parameters: with their priors, in the order of the likelihood's (P,).
        likelihood: of the spectrum, exact.
    """

    spectrum: MeasuredSpectrum
    settings: RetrievalSettings
    parameters: tuple[Parameter, ...]
    likelihood: MeasuredLikelihood

    @property
    def names(self) -> tuple[str, ...]:
        """Of the parameters."""
        return tuple(one.name for one in self.parameters)

    @property
    def prior(self) -> UniformPrior:
        return UniformPrior([(one.lower, one.upper) for one in self.parameters])

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that change with the spectrum, the model and the priors, not the method.

        Evidences of retrievals that share it are of one question.
        """
        settings = self.settings
        digest = hashlib.sha256(settings.model_dump_json(exclude={*SAMPLER, "opacities"}).encode())
        self._add_spectrum(digest)
        digest.update(wide_identity(settings.opacities, settings.gases).encode())
        return digest.hexdigest()[:16]

    @property
    def identity(self) -> str:
        """Twelve hexadecimal digits that change with the spectrum and with what is asked for."""
        digest = hashlib.sha256(self.settings.model_dump_json().encode())
        self._add_spectrum(digest)
        digest.update(wide_identity(self.settings.opacities, self.settings.gases).encode())
        return digest.hexdigest()[:12]

    def _add_spectrum(self, digest: hashlib._Hash) -> None:
        for field in ("wavelength", "width", "depth", "error_down", "error_up", "group"):
            digest.update(np.ascontiguousarray(getattr(self.spectrum, field)).tobytes())
        if self.spectrum.covariance is not None:
            digest.update(np.ascontiguousarray(self.spectrum.covariance).tobytes())
        digest.update(repr((self.spectrum.groups, self.parameters)).encode())

    def quick(self) -> MeasuredLikelihood:
        """The likelihood by a model of fewer points and layers, which takes some seconds to make.

        Raises:
            HarnessError: nothing within the priors makes a planet.
        """
        rough = AtmosphereModel.of(self.spectrum, self.settings, host_of(self.settings), self.settings.layers)
        return MeasuredLikelihood(self.spectrum, rough.reduced(self.parameters), self.likelihood.nuisances)


def host_of(settings: RetrievalSettings) -> HostFacts:
    """The star and the planet that settings name."""
    return HostFacts(settings.star_radius, settings.planet_mass, settings.star_temperature)


def pose(spectrum: MeasuredSpectrum, settings: RetrievalSettings) -> Problem:
    """Make the model and the priors of a retrieval.

    Raises:
        HarnessError: a gas has no opacities, they do not cover a channel, spots have no star's temperature,
            or a prior excludes everything.
    """
    host = host_of(settings)
    if settings.star == "spots" and settings.star_temperature is None:
        raise HarnessError("Spots need the star's temperature; say it with --star-temperature.")
    atmosphere = AtmosphereModel.of(spectrum, settings, host)
    nuisances = Nuisances.of(spectrum, settings.offsets, settings.inflate_errors)
    names = (*atmosphere.parameter_names, *nuisances.names)
    parameters = default_priors(names, atmosphere.model.settings, spectrum, host, settings.priors)
    return Problem(spectrum, settings, parameters, MeasuredLikelihood(spectrum, atmosphere, nuisances))


@dataclass(frozen=True)
class Found:
    """A posterior, weighted by the exact model, and how its density was learned where one was."""

    trace: NestedTrace
    learning: Learning | Climbing | None = None


def prepared(problem: Problem) -> MeasuredLikelihood:
    """The likelihood by the model that explores, once everything is sure that can be known beforehand.

    Raises:
        HarnessError: next to nothing within the priors makes a planet, or the method cannot retrieve this
            spectrum, or its estimator is not there.
    """
    settings = problem.settings
    if settings.density is not None:
        (require_estimator if settings.method == "npe" else require_climber)(settings.density)
    if settings.method == "npe" and problem.spectrum.covariance is not None:
        raise HarnessError(
            "--method npe does not simulate the covariance that this spectrum has; retrieve it by "
            "--method nested-sampling or vi."
        )
    quick = problem.quick()
    require_planets(problem, quick)
    return quick


def retrieve(problem: Problem, quick: MeasuredLikelihood, folder: Path, advance: Advance) -> Found:
    """Sample the posterior by the method that is asked for.

    A model of fewer points explores; the rows that are kept are weighed by the exact one.

    Arguments:
        problem: what is asked.
        quick: as `prepared` gives it.
        folder: where an interrupted retrieval left what this one goes on from.
        advance: is told of effective samples.

    Raises:
        HarnessError: nothing within the priors makes a planet, or the method does not find the posterior.
    """
    settings, exact = problem.settings, shared(problem.likelihood)
    seed = settings.seed % 2**32
    trace, how = _sampled(problem, quick, seed, folder, advance)
    if not trace.log_evidence > -1e29:
        raise HarnessError(_NO_PLANET)
    advance(0, "weighing by the exact model")
    kept = trace.thinned(ROWS, np.random.default_rng([settings.seed, 1]))
    weighed = kept.reweighted(exact(kept.values))
    if how is not None and weighed.effective_size < LEAST:
        raise HarnessError(
            f"What --method {settings.method} found of this posterior rests on {weighed.effective_size:.0f} "
            f"effective samples once the exact model has weighed it, fewer than {LEAST}; retrieve by "
            "--method nested-sampling."
        )
    return Found(weighed, how.judged(exact) if isinstance(how, Climbed) else how)


def _sampled(
    problem: Problem, quick: MeasuredLikelihood, seed: int, folder: Path, advance: Advance
) -> tuple[NestedTrace, Learning | Climbed | None]:
    settings = problem.settings
    place = folder / problem.identity
    density, wanted = settings.density, settings.effective
    if density is None:
        return _nested(problem, quick, seed, place.with_suffix(".h5"), advance), None
    if settings.method == "npe":
        return sample_by_learning(quick, problem.parameters, density, wanted, seed, advance, folder=place)
    found = sample_by_climbing(
        quick, problem.parameters, density, wanted, seed, advance, place, problem.identity
    )
    return found.trace, found


def _nested(
    problem: Problem, quick: MeasuredLikelihood, seed: int, checkpoint: Path, advance: Advance
) -> NestedTrace:
    settings = problem.settings
    options = NestedOptions(
        live=settings.live_points, effective=settings.effective, calls=settings.calls, batch=BATCH
    )
    return sample_with_checkpoint(shared(quick), problem.prior, seed, options, checkpoint, advance)


def shared(likelihood: MeasuredLikelihood) -> Callable[[Array], Array]:
    """The likelihood of many rows (B, P) -> (B,), every core with some of them."""

    def of_rows(parameters: Array) -> Array:
        pieces = [parameters[at : at + PIECE] for at in range(0, len(parameters), PIECE)]
        return np.concatenate(list(on_every_core(likelihood, pieces)))

    return of_rows


_NO_PLANET = (
    "Nothing within the priors makes a planet whose atmosphere is bound; widen the priors, or check "
    "--star-radius and --planet-mass."
)
_LOOKED_AT, _NEEDED = 2000, 20


def require_planets(problem: Problem, likelihood: MeasuredLikelihood) -> None:
    """Refuse priors within which hardly any atmosphere has a finite spectrum: sampling would not end.

    Raises:
        HarnessError: of many draws fewer than one in a hundred has.
    """
    draws: Array = np.random.default_rng(0).uniform(size=(_LOOKED_AT, len(problem.parameters)))
    found = int((shared(likelihood)(problem.prior(draws)) > -1e29).sum())
    if found == 0:
        raise HarnessError(_NO_PLANET)
    if found < _NEEDED:
        raise HarnessError(
            f"Only {found} of {_LOOKED_AT:,} draws from the priors make a planet whose atmosphere is bound, "
            "and the gases of which are not more than the whole; narrow the priors to where there are "
            "planets, or check --star-radius and --planet-mass."
        )
