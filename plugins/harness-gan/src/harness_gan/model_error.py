"""What the generator cannot draw, as an error beside that of the noise: measured on planets held out."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.metrics import crps
from harness_gan.aspa import Contents
from harness_gan.cloud import smoothed
from harness_gan.inpainting import Inpainter, Known, known_part

FITTED, TOLERANCE = 256, 0.05  # planets fitted, with this 1-sigma of their standardised numbers
LEAST = 0.01
JUDGED, RESTARTS, SAMPLES = 48, 16, 200  # planets retrieved with each factor, restarts and samples of each
HURRIED = 4  # planets, where no time is left
FACTORS = (1.0, 2.0, 4.0, 8.0)


def residual(inpainter: Inpainter, held_out: Contents, generator: torch.Generator) -> Tensor:
    """What is typically left between noise-free planets and their best images (W + K,), 1-sigma.

    Arguments:
        inpainter: with the trained networks.
        held_out: planets not trained on.
        generator: for the restarts, one of each planet.
    """
    value = known_part(held_out)[:FITTED]
    known = Known(value, torch.full_like(value, TOLERANCE), torch.ones_like(value[0], dtype=torch.bool))
    off = (known_part(inpainter(known, generator).contents) - value).nan_to_num(0.0)
    # the median resists the few planets whose restart was lost; 0.6745 is that of a normal distribution
    return (off.abs().median(dim=0).values / 0.6745).clamp(min=LEAST)


def best_factor(
    inpainter: Inpainter,
    value: Tensor,
    noise: Tensor,
    parameters: Tensor,
    left: Tensor,
    generator: torch.Generator,
) -> float:
    """By which the residual is multiplied so that retrievals of planets held out do best.

    The residual is what is left after z has been fitted. What matters is how far the images of the true
    parameters are off, which is more, and differs from channel to channel in no independent way. So planets
    held out are retrieved with several factors, and that with the least continuous ranked probability score
    of their parameters is taken: a proper score, least where neither too much nor too little is promised.

    Arguments:
        inpainter: with the trained networks.
        value, noise: known part of planets seen with noise, and its 1-sigma errors (B, W + K).
        parameters: standardised (B, P).
        left: the residual (W + K,).
        generator: for the restarts.
    """
    scores = []
    state = generator.get_state()
    for factor in FACTORS:
        generator.set_state(state)  # the same draws for each
        error = (noise.square() + (factor * left).square()).sqrt()
        known = Known(value, error, torch.ones_like(left, dtype=torch.bool)).restarts(RESTARTS, generator)
        cloud = inpainter(known, generator).contents.parameters.reshape(len(value), RESTARTS, -1)
        samples = smoothed(cloud.nan_to_num(0.0), SAMPLES, generator)
        scores.append(float(crps(samples, parameters).mean()))
    return FACTORS[min(range(len(FACTORS)), key=lambda place: scores[place])]
