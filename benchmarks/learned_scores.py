"""What a method loses that simulates with learned opacities, not with those behind a challenge's spectra.

    harness opacities foreign -o foreign
    harness simulate release --planets 1500 --test 48 --traces 0 --opacities foreign
    harness opacities fit ariel2023:release -o fitted --set challenge.opacities=built-in
    python benchmarks/learned_scores.py ariel2023:release fitted foreign --seeds 0 1

`npe-kl` is trained from one seed with each, and its samples are scored as they are and weighted
(`proposals=2`), on the same planets; the spectral score of the same samples is computed with each of both
forward models. Prints a line for each seed: scores, and paired differences with their standard errors over
planets.
"""

from __future__ import annotations

import warnings

import torch
from learned_opacities import parser_of
from torch import Tensor
from weights import proposed

import harness
from harness.components import Challenge
from harness.data.posterior import Posterior
from harness.training.weight_options import WeightOptions

VARIANTS = {"as they are": WeightOptions(), "weighted": WeightOptions(proposals=2)}
SAMPLES = 2000


def scored(challenge: Challenge, posterior: Posterior) -> tuple[float, Tensor, float]:
    """The `ariel` score, that of each planet, and its spectral part."""
    ariel = harness.score(posterior, challenge, ["ariel"])["ariel"]
    return float(ariel.value), ariel.per_planet.double(), float(ariel.parts["spectral"].value)


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    truth = {"opacities": str(asked.truth), "collisions": asked.pairs or []}
    challenges = {
        "learned": harness.load(asked.challenge, {"opacities": str(asked.fitted)}),
        "true": harness.load(asked.challenge, truth),
    }
    for seed in asked.seeds:
        report(challenges, seed)


def report(challenges: dict[str, Challenge], seed: int) -> None:
    """Print a line for each variant."""
    methods = {name: harness.fit("npe-kl", one, seed=seed) for name, one in challenges.items()}
    for variant, options in VARIANTS.items():
        found, samples = {}, {}
        for name, one in challenges.items():
            samples[name] = proposed(methods[name], options, one.test.observations, SAMPLES)
            found[name] = scored(one, samples[name])
        off = found["learned"][1] - found["true"][1]
        error = float(off.std()) / len(off) ** 0.5
        _, _, spectral = scored(challenges["true"], samples["learned"])
        print(
            f"seed {seed}, {variant}, {len(off)} planets: {found['learned'][0]:.1f} with learned opacities, "
            f"{found['true'][0]:.1f} with the true: {float(off.mean()):+.1f} +- {error:.1f}; spectral score "
            f"of the same samples {found['learned'][2]:.2f} with learned, {spectral:.2f} with the true",
            flush=True,
        )


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
