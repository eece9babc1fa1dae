"""Filling in the channels of a spectrum that were not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from harness.components.run import Run
from harness.data.observations import Observations
from harness.errors import HarnessError
from harness_gan.estimator import ExoGAN
from harness_gan.inpainting import known_part

PASSES = 4  # after which what is filled in moves by a small part of its spread
STEP = 0.1  # of the noise, by which a channel is moved to see what its feature does


@dataclass(frozen=True)
class Reconstruction:
    """A spectrum with its missing channels filled in, in the unit of the schema.

    Attributes:
        masked: channels that were not looked at (W,), bool.
        mean: of the restarts' spectra (W,).
        spread: 1-sigma of the noise-free spectrum (W,): that of the restarts, which differ by the noise of
            the channels seen and by the model error, and what the generator cannot draw even where it has
            seen. The noise that an observation of the channel itself has is not in it.
    """

    masked: Tensor
    mean: Tensor
    spread: Tensor


def reconstruct(estimator: ExoGAN, observation: Observations, masked: Tensor, run: Run) -> Reconstruction:
    """Complete the spectrum of one planet from its other channels.

    A preprocessor reads whole spectra, and what it makes of one channel may depend on all. So the masked ones
    are first interpolated from their neighbours, noise and all; the image is inpainted with these channels
    unknown; and what it shows there takes their place, until both agree. What was observed in a masked
    channel is never looked at.

    Arguments:
        estimator: fitted.
        observation: of one planet, on the run's device.
        masked: channels to fill in (W,), bool, not all of them.
        run: the surroundings.

    Raises:
        HarnessError: a channel filled in is not finite, or the estimator was saved without its residual.
    """
    trained, sampler = estimator.trained, estimator.sampler
    if (residual := sampler.residual) is None:
        raise HarnessError(
            f"Run {run.name} was fitted by an older harness-gan, which kept no residual of the generator; "
            "fit it again to reconstruct spectra."
        )
    generator, inpainter = run.generator("reconstruct"), sampler.inpainter(trained, run)
    featurizer = sampler.featurizer(trained)
    spectrum, noise = (
        _interpolated(row[0], masked, estimator.schema.wavelength)
        for row in (observation.spectrum, observation.noise)
    )
    auxiliary = observation.auxiliary
    n_channels = len(masked)
    with run.progress("reconstructing", PASSES) as advance:
        for _ in range(PASSES):
            filled = Observations(None, spectrum[None], noise[None], auxiliary)
            known = sampler.known(trained, filled, generator).without(masked)
            done = inpainter(known.restarts(estimator.options.clouds, generator), generator)
            drawn = known_part(done.contents)[:, :n_channels]
            step = STEP * noise
            moved = Observations(
                None,
                spectrum + torch.diag(step),
                noise.expand(n_channels, -1),
                auxiliary.expand(n_channels, -1),
            )
            there = known.value[0, :n_channels]
            slope = (featurizer.known(moved)[:, :n_channels].diagonal() - there) / step
            depth = spectrum + (drawn - there) / slope
            spread = (depth.var(dim=0) + (residual[:n_channels] / slope).square()).sqrt()
            spectrum = torch.where(masked.to(spectrum.device), depth.mean(dim=0).to(spectrum), spectrum)
            advance(1)
    mean = depth.mean(dim=0)
    if not bool((torch.isfinite(mean) & torch.isfinite(spread))[masked.to(mean.device)].all()):
        raise HarnessError(
            f"What run {run.name} fills in is not finite: its generator has collapsed, or the spectrum is "
            "unlike any that it has learned; train it again with a lower learning rate or another seed."
        )
    return Reconstruction(masked, mean.cpu(), spread.cpu())


def _interpolated(values: Tensor, masked: Tensor, wavelength: tuple[float, ...]) -> Tensor:
    """Values (W,) with those of masked channels replaced by what lies between their neighbours."""
    place = np.log(np.asarray(wavelength))
    known = ~masked.cpu().numpy()
    order = np.argsort(place[known])
    found = np.interp(place, place[known][order], values.cpu().double().numpy()[known][order])
    return torch.where(masked.to(values.device), torch.from_numpy(found).to(values), values)
