"""Simulations that admit that the simulator is wrong: an error beside the noise on every spectrum."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

import torch
from pydantic import BeforeValidator
from torch import Tensor

from harness.components.forward_check import check_forward_model, uncheckable
from harness.components.run import Run
from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError
from harness.training import Pairs, SourceFinder, Sources
from harness.training.supervision import Supervision


def _size(value: object) -> object:
    """A number from 0 on, or "learned".

    Raises:
        ValueError: it is neither.
    """
    try:
        number = None if value == "learned" else float(str(value))
    except ValueError:
        number = math.nan
    if number is not None and not 0 <= number < math.inf:
        raise ValueError("it is a size from 0 on, or 'learned'")
    return value if number is None else number


Size = Annotated[float | Literal["learned"], BeforeValidator(_size)]

SMOOTH = 4096  # smooth errors that are drawn once, and then taken in random order
LENGTH = 0.2  # in ln wavelength, over which a smooth error changes: as wide as a molecule's band
PLANETS = 300  # training planets that the errors are learned from
FARTHEST = 1.0  # of a spectrum's contrast; larger errors are no more than planets that the model cannot make


@dataclass(frozen=True)
class ErringPairs(Pairs):
    """Pairs whose spectra get an error at each drawing, before the noise.

    Attributes:
        errors: one of these is taken each time (E, W).
        of_contrast: they are in units of each spectrum's standard deviation over its channels, not of the
            noise.
    """

    errors: Tensor = field(kw_only=True)
    of_contrast: bool = field(kw_only=True)

    def to(self, device: torch.device) -> ErringPairs:
        moved = Pairs.to(self, device)
        assert isinstance(moved, ErringPairs)
        return replace(moved, errors=self.errors.to(device))

    def observed(self, planets: Tensor, generator: torch.Generator) -> Observations:
        """The planets at the positions (K,) as they would be observed, error and noise included."""
        ideal = self.ideal[planets]
        drawn = torch.randint(
            len(self.errors), (len(planets),), generator=generator, device=self.errors.device
        )
        unit = ideal.spectrum.std(dim=1, keepdim=True) if self.of_contrast else ideal.noise
        return replace(ideal, spectrum=ideal.spectrum + unit * self.errors[drawn]).noisy(generator)


@dataclass(frozen=True)
class ErringSources(SourceFinder):
    """The same sources, with an error model between simulated and observed spectra.

    A network that learns from a simulator as if it were exact is surer than the simulator deserves. Here each
    simulated spectrum gets an error, another one each time that it is drawn: a smooth one of a given size, or
    one of those that the simulator makes on training planets, in units of the spectrum's contrast.

    After Ward, Cannon, Beaumont, Fasiolo & Schmon 2022, Robust Neural Posterior Estimation and Statistical
    Model Criticism, https://arxiv.org/abs/2210.06564; they infer the errors of each observation, here they
    are averaged over.

    Attributes:
        sources: finds them.
        size: standard deviation of a smooth error [1-sigma noise], or "learned".
    """

    sources: SourceFinder
    size: Size

    def lacking(self, train: Split) -> str | None:
        return self.sources.lacking(train)

    def find(self, train: Split, valid: Split, schema: Schema, run: Run) -> Sources:
        """What is learned from and held out, both with errors.

        Raises:
            HarnessError: nothing is simulated, or the errors cannot be learned.
        """
        found = self.sources.find(train, valid, schema, run)
        if not found.kind.startswith("simulations"):
            raise HarnessError(
                f"'{run.name}' with spectral_error={self.size} gives simulated spectra an error, and it "
                f"learns from {found.kind}; ask for supervision=simulations or leave spectral_error at 0."
            )
        learned = self.size == "learned"
        errors = (
            learned_errors(train, schema, run) if learned else smooth_errors(float(self.size), schema, run)
        )

        def erring(supervision: Supervision) -> Supervision:
            pairs = supervision.pairs
            assert pairs is not None
            moved = ErringPairs(
                pairs.ideal, pairs.parameters, errors=errors.to(run.device), of_contrast=learned
            )
            return replace(supervision, pairs=moved)

        return replace(found, train=erring(found.train), held_out=erring(found.held_out))


def smooth_errors(size: float, schema: Schema, run: Run) -> Tensor:
    """Errors of this standard deviation that change smoothly with wavelength (E, W) float32."""
    where = torch.tensor(schema.wavelength, dtype=torch.float64).log() / LENGTH
    covariance = torch.exp(-0.5 * (where[:, None] - where).square())
    strength, shape = torch.linalg.eigh(covariance)
    drawn = torch.randn(
        SMOOTH, len(where), generator=run.generator("spectral errors", "cpu"), dtype=torch.float64
    )
    errors: Tensor = size * (drawn * strength.clamp(min=0).sqrt()) @ shape.T
    return errors.float()


def learned_errors(train: Split, schema: Schema, run: Run) -> Tensor:
    """What training spectra have that the forward model has not, over their contrast (E, W) float32.

    Raises:
        HarnessError: their spectra cannot be compared with the model.
    """
    forward = run.forward_model()
    reason = uncheckable(forward, train, schema)
    if forward is None or reason is not None:
        raise HarnessError(f"'{run.name}' cannot learn the errors of the forward model: {reason}.")
    some = train[torch.arange(min(PLANETS, len(train)))]
    seen = some.observations.to("cpu", torch.float64)
    missing = -check_forward_model(forward, some, schema).residual * seen.noise
    errors = missing / seen.spectrum.std(dim=1, keepdim=True)
    usable = errors.isfinite().all(dim=1) & (errors.abs().amax(dim=1) < FARTHEST)
    if not bool(usable.any()):
        raise HarnessError(
            f"'{run.name}' cannot learn the errors of the forward model: it makes none of their spectra."
        )
    return errors[usable].float()
