"""Fit the wavenumbers of the quick forward model to the built-in opacities, and measure what they lose.

    python benchmarks/quick_points.py [--write] [--planets 1000] [--json]

The error is that of the quick model's spectra against all wavenumbers in float64, in units of the noise of
`ariel-mini`'s training planets, at their own parameters. With --write the package keeps the points just
fitted.
"""

from __future__ import annotations

import argparse
import json
import time

import torch

from harness.challenges import load
from harness.challenges.ariel2023.quick_points import FILE, keep_quadrature, kept_quadrature
from harness.data.host_facts import PLANET_MASS, STAR_RADIUS
from harness.physics import TransmissionModel, builtin_opacities
from harness.physics.constants import JUPITER_MASS, SUN_RADIUS
from harness.physics.reduced_model import Quadrature, fit_quadrature, model_on


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--planets", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    challenge = load("ariel-mini")
    schema, forward = challenge.schema, challenge.forward_model()
    assert forward is not None
    channels = (schema.wavelength, schema.width)
    directory = builtin_opacities.named_directory(builtin_opacities.BUILT_IN)
    begun = time.perf_counter()
    full = TransmissionModel.from_files(directory, wavelength=channels[0], width=channels[1])
    fitted = fit_quadrature(full, *channels)
    seconds = time.perf_counter() - begun
    if arguments.write:
        keep_quadrature(fitted, forward.identity, *channels, FILE)
    train = challenge.train[slice(0, arguments.planets)]
    columns = train.observations.auxiliary.double()
    star, mass = (
        columns[:, schema.auxiliary_names.index(name)] / unit
        for name, unit in ((STAR_RADIUS, SUN_RADIUS), (PLANET_MASS, JUPITER_MASS))
    )
    inputs = (train.parameters.double(), star, mass)
    exact = forward(*inputs)

    def error(points: Quadrature) -> float:
        quick = model_on(points, directory, torch.device("cpu"), torch.float32).binned(*inputs)
        deviation = (quick.double() - exact) / train.observations.noise.double()
        return float(deviation.square().mean().sqrt())

    kept = kept_quadrature(forward.identity, *channels)
    result = {
        "seconds_to_fit": seconds,
        "points": len(fitted.wavenumber),
        "error": error(fitted),
        "points_kept": None if kept is None else len(kept.wavenumber),
        "error_of_kept": None if kept is None else error(kept),
    }
    print(json.dumps(result) if arguments.json else "\n".join(f"{k}: {v}" for k, v in result.items()))


if __name__ == "__main__":
    main()
