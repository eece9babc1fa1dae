"""How closely the generator can draw planets that it has not seen: an error beside that of the noise."""

from __future__ import annotations

import torch
from torch import Tensor

from harness_gan.aspa import Contents
from harness_gan.inpainting import Inpainter, known_part
from harness_gan.reading import with_errors

PLANETS = 512
TOLERANCE = 0.05  # 1-sigma, of standardised numbers, that images are fitted with here
LEAST = 0.01


def model_error(inpainter: Inpainter, held_out: Contents, generator: torch.Generator) -> Tensor:
    """Root mean square of what is left between noise-free planets and their best images (W + K,).

    Without it the contextual loss would ask for more than the generator can draw where noise is small, and
    the restarts would end where its own faults put them. It is measured, not chosen.

    Arguments:
        inpainter: with the trained networks.
        held_out: planets not trained on.
        generator: for the restarts, one of each planet.
    """
    error = torch.full_like(known_part(held_out)[0], TOLERANCE)
    known = with_errors(held_out, error)[:PLANETS]
    done = inpainter(known, generator)
    off = (known_part(done.contents) - known.value).nan_to_num(0.0)
    # the median resists the few planets whose restart was lost; 0.6745 is that of a normal distribution
    return (off.abs().median(dim=0).values / 0.6745).clamp(min=LEAST)
