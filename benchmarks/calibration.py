"""Simulation-based calibration of what runs have learned.

    python benchmarks/calibration.py RUN [RUN ...] --planets 1000

The test planets of a challenge carry no noise, so that even an exact posterior covers their parameters too
often. Here new planets are simulated under the retrieval's prior (see `harness.training.simulations`), noise
is drawn, and each run's estimator is asked for their posteriors: the ranks of the true values must be uniform
(Talts et al. 2018, arXiv:1804.06788), and central intervals must hold what they promise. RUN is the folder of
a finished run on a challenge with a forward model.

    python benchmarks/calibration.py RUN --test --proposals 0 2 --effective 400 --picture ranks.png

takes the challenge's own test planets and draws noise on their spectra: of `harness simulate --channels
--star-radius --planet-mass` they are draws from the very prior of a retrieval. The networks of the run are
asked plainly and with each number of proposals, weighted by the forward model, in rounds where there is an
effective size to reach; the picture is that of `harness diagnose`, of the last of them.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from scipy.stats import kstest
from weights import proposed

from harness.challenges import Observations, load
from harness.cli.view_files import write_view
from harness.data.posterior import Posterior
from harness.data.schema import Schema
from harness.diagnose.calibration import Calibration
from harness.diagnose.diagnosis import Diagnosis
from harness.diagnose.view import diagnosis_view
from harness.metrics import interval_coverage
from harness.runs.fitted import FittedRun, open_run
from harness.training.simulations import simulate_pairs
from harness.training.weight_options import WeightOptions

LEVELS = (0.68, 0.95)
FEW = 100  # effective samples, below which a posterior is coarse


def noisy_planets(spec: str, n: int, seed: int) -> tuple[Schema, Observations, torch.Tensor]:
    """New planets with noise drawn, and their parameters (N, P)."""
    challenge = load(spec)
    generator = torch.Generator().manual_seed(seed)
    pairs = simulate_pairs(
        challenge.train, challenge.schema, challenge.forward_model(), n, generator, lambda steps: None
    )
    assert pairs is not None, f"{spec} has no forward model"
    names = np.array([f"calibration{number}" for number in range(n)], dtype=np.str_)
    seen = replace(pairs.ideal.noisy(generator).to("cpu", torch.float64), planet_ids=names)
    return challenge.schema, seen, pairs.parameters.double()


def noisy_test(spec: str, n: int, seed: int) -> tuple[Schema, Observations, torch.Tensor]:
    """The first test planets of a challenge with noise drawn, and their parameters (N, P)."""
    challenge = load(spec)
    test = challenge.test[torch.arange(min(n, len(challenge.test)))]
    seen = test.observations.to("cpu", torch.float64)
    if not challenge.schema.noise_included:
        seen = seen.noisy(torch.Generator().manual_seed(seed))
    return challenge.schema, seen, test.parameters.double()


def asked(fitted: FittedRun, seen: Observations, samples: int, options: WeightOptions | None) -> Posterior:
    """The posteriors of planets, as the run was made, or by its networks under other options of weights."""
    if options is None:
        return fitted.sample(seen, samples)
    fitted.run.seed_everything("sample")
    return proposed(fitted, options, seen, samples)


def report(posterior: Posterior, truth: torch.Tensor, names: tuple[str, ...], found: Calibration) -> None:
    """Print coverage and the p-values of uniform ranks of every parameter."""
    ranks = (posterior.weights[..., None] * (posterior.samples < truth[:, None])).sum(1).double()
    inside = interval_coverage(posterior.samples, truth, LEVELS, posterior.weights).double().mean(0)
    print(f"{'':16}{'68%':>7}{'95%':>7}{'mean rank':>11}{'p (KS)':>13}{'p (band)':>10}")
    for column, name in enumerate(names):
        share = "".join(f"{float(inside[level, column]):7.3f}" for level in range(len(LEVELS)))
        p = kstest(ranks[:, column].numpy(), "uniform").pvalue
        band = float(found.p_values[column])
        print(f"{name:16}{share}{float(ranks[:, column].mean()):11.3f}{p:13.2g}{band:10.2g}")
    print(f"{'all':16}" + "".join(f"{float(one.mean()):7.3f}" for one in inside))
    print(f"joint posterior (TARP): p = {found.joint_p_value:.2g}")
    if posterior.evidence is not None:
        sizes = posterior.evidence.effective_size.double()
        cuts = torch.quantile(sizes, torch.tensor([0.0, 0.05, 0.25, 0.5, 0.95], dtype=torch.float64))
        told = ", ".join(f"{one:.0f}" for one in cuts.tolist())
        few = int((sizes < FEW).sum())
        print(f"effective sizes: least, 5%, 25%, median, 95%: {told}; below {FEW}: {few} planets")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--planets", type=int, default=1000)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=12345, help="not one that a run was trained with")
    parser.add_argument("--test", action="store_true", help="the challenge's test planets, with noise drawn")
    parser.add_argument(
        "--proposals", type=int, nargs="*", help="for each sample; as the run was made if none"
    )
    parser.add_argument("--effective", type=int, default=0, help="effective size to reach, in rounds")
    parser.add_argument("--most", type=int, default=10, help="proposals for each sample, of all rounds")
    parser.add_argument("--picture", type=Path, help="of ranks and coverage, of the last that was asked")
    arguments = parser.parse_args()
    fitted = [open_run(folder) for folder in arguments.runs]
    planets = noisy_test if arguments.test else noisy_planets
    schema, seen, truth = planets(fitted[0].record.challenge.spec, arguments.planets, arguments.seed)
    names = schema.parameter_names
    rounds = {"effective_size": arguments.effective, "max_proposals": arguments.most}
    variants: list[WeightOptions | None] = [
        WeightOptions(proposals=n, **(rounds if n and arguments.effective else {}))
        for n in arguments.proposals or ()
    ]
    for one in fitted:
        if one.schema != schema:
            raise SystemExit(f"{one.folder} is a run on another challenge than {fitted[0].folder}")
        for options in variants or [None]:
            begun = time.monotonic()
            posterior = asked(one, seen, arguments.samples, options)
            seconds = time.monotonic() - begun
            words = [f"{name}={value}" for name, value in one.record.estimator.changed.items()]
            if options is not None:
                words.append(f"proposals={options.proposals} effective_size={options.effective_size}")
            record = one.record
            print(
                f"\n{record.estimator.name} {', '.join(words)} seed {record.seed}: {len(seen)} planets, "
                f"{seconds:.0f} s"
            )
            found = Calibration.of(posterior, truth, schema, arguments.seed)
            report(posterior, truth, names, found)
    if arguments.picture is not None:
        challenge = load(one.record.challenge.spec)
        drawn = "Noise was drawn on the spectra; nothing is from the kept predictions."
        asked_of = f"{posterior.samples.shape[1]} samples of each, seed {arguments.seed}."
        test = challenge.test[torch.arange(min(len(seen), len(challenge.test)))]
        shown = Diagnosis(one.record, challenge, test, found, drawn, asked_of)
        write_view(diagnosis_view(shown), [(arguments.picture, "png")])


if __name__ == "__main__":
    main()
