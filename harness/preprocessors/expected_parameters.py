"""What the observations lead one to expect of a planet's radius and temperature, before any retrieval.

The constants were measured on 1,800 planets of `harness simulate DIR --planets 2000` (docs/features.md).
"""

from __future__ import annotations

import torch
from torch import Tensor

from harness.data.schema import Schema
from harness.physics.constants import JUPITER_RADIUS
from harness.preprocessors.planet_facts import derivable, evaluate, measured
from harness.preprocessors.spectrum_summary import SpectrumSummary
from harness.transforms.planet_logit import MARGIN, PlanetLogit

RADIUS, TEMPERATURE = ("planet_radius", "R_Jup"), ("planet_temp", "K")

# The radius at the bottom of the atmosphere lies so many scale heights under that of the mean transit depth,
# which is where the air becomes opaque, with such a scatter.
SCALE_HEIGHTS_BELOW, SCALE_HEIGHTS_OFF = 6.0, 1.8
# the same as a share of the radius, for challenges that do not tell the scale height
SHARE_BELOW, SHARE_OFF = 0.067, 0.05
# what a scale height can be, as a share of the radius: 0.001 to 0.028 were seen
LEAST_SCALE_HEIGHT, LARGEST_SCALE_HEIGHT = 3e-4, 0.05
# the most that the noise of the depth adds to the spread, as a share of the radius
LARGEST_ERROR = 0.5
# how far temperature may be off the equilibrium temperature, as a share of it
TEMPERATURE_OFF = 0.1


def transform_about_expected(
    schema: Schema, spectrum: Tensor, noise: Tensor, auxiliary: Tensor
) -> PlanetLogit | None:
    """Parameters relative to the expected radius and temperature; None where no radius can be expected.

    The expected radius is R exp(-6 H / R) with R = R_star sqrt(depth) and H of `planet_facts`; its spread is
    R times the root of (1.8 H / R)^2 + (depth error / (2 depth))^2. The expected temperature is the
    equilibrium temperature, with a spread of a tenth of it. Anything else is left as the plain logit.

    Arguments:
        spectrum, noise: in the schema's unit (B, W).
        auxiliary: in the units of the schema's columns (B, A).
    """
    facts = derivable(measured(schema))
    known = {fact.name for fact in facts}
    places = {(parameter.name, parameter.unit): i for i, parameter in enumerate(schema.parameters)}
    if RADIUS not in places or "depth_radius" not in known:
        return None
    logs = evaluate(schema, facts, spectrum, noise, auxiliary)
    summary = SpectrumSummary.of(spectrum, noise)
    error = (summary.depth_error.log() - summary.log_depth).exp() / 2
    if "relative_scale_height" in known:
        share = logs["relative_scale_height"].exp().clamp(LEAST_SCALE_HEIGHT, LARGEST_SCALE_HEIGHT)
        below, off = SCALE_HEIGHTS_BELOW * share, SCALE_HEIGHTS_OFF * share
    else:
        below, off = torch.full_like(error, SHARE_BELOW), torch.full_like(error, SHARE_OFF)
    lower, upper = torch.tensor(schema.bounds, dtype=error.dtype, device=error.device).T
    margin = MARGIN * (upper - lower)
    centre = ((lower + upper) / 2).repeat(len(error), 1)
    spread = ((upper - lower) / 4).repeat(len(error), 1)

    def expect(place: int, value: Tensor, share: Tensor) -> None:
        value = value.clamp(lower[place] + margin[place], upper[place] - margin[place])
        centre[:, place], spread[:, place] = value, value * share

    radius = (logs["depth_radius"] - below).exp() / JUPITER_RADIUS
    expect(places[RADIUS], radius, (off**2 + error.clamp(max=LARGEST_ERROR) ** 2).sqrt())
    if TEMPERATURE in places and "equilibrium_temperature" in known:
        temperature = logs["equilibrium_temperature"].exp()
        expect(places[TEMPERATURE], temperature, torch.full_like(error, TEMPERATURE_OFF))
    return PlanetLogit(schema.bounds, centre, spread)
