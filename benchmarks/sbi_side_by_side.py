"""How long npe-kl takes to be as good as the sbi toolbox is in the end: same data, split and flow class.

    python benchmarks/sbi_side_by_side.py [--pairs 10000] [--max-epochs N] [--copies 1] [--device cpu|cuda]
                                          [--threads 1] [--seed 0] [--folder FOLDER] [--json]

It needs `pip install -e plugins/harness-npe -e 'plugins/harness-sbi[sbi]'`.

Pairs are simulated under the retrieval's prior of `ariel-mini`; every tenth is held out. Both sides see the
features of `scale-heights` through a `resmlp` that they train, and have an autoregressive neural spline flow
of 3 transforms, 128 x 128 hidden units and 10 bins of the standardised parameters. sbi trains as it does by
default (Adam at 5e-4, batches of 200, until 20 epochs have not been better, without end unless `--max-epochs`
says so) on one noisy observation of each pair, or `--copies`. npe-kl trains as it does by default, but looks
at the held-out pairs every 50 steps: first with noise drawn afresh at every step, then on the very
observations that sbi had. The score is the mean of -log q of the same noisy held-out observations in the same
standardised space, at the weights that each side would return then; both choose their best weights by it.

Seconds are of training alone, validation included; simulating the pairs, and computing their features for
sbi, are not counted. The ratio is to all of sbi's training, and to the time of sbi's best epoch, whose
weights it returns: which one that is, is not known before the last.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from harness_npe.flows import build_density
from harness_sbi.density import Architecture
from harness_sbi.loop import SbiSettings, train
from torch import nn

from harness.challenges import load
from harness.components.feature_module import Features
from harness.components.run import Run
from harness.data.split import Split
from harness.data.truth import Truth
from harness.embedders.resmlp import ResMLP
from harness.preprocessors.scale_heights import ScaleHeights
from harness.training.examples import examples
from harness.training.featurizer import Featurizer
from harness.training.network import PosteriorNetwork
from harness.training.objective import MaximumLikelihood
from harness.training.options import TrainingOptions
from harness.training.pairs import Batch, Pairs
from harness.training.sources import ChallengeSources
from harness.training.space import ParameterSpace
from harness.training.trainer import Trainer
from harness.training.training_data import TrainingData

HELD_OUT = 10  # every tenth simulated pair
STEPS = 50  # of npe-kl, between two looks at the held-out pairs
SIZE = {"transforms": 3, "hidden": (128, 128), "bins": 10}


class Clock:
    """Seconds since it was made, of the wall and of this process."""

    def __init__(self) -> None:
        self.begun = time.perf_counter(), time.process_time()

    def seconds(self) -> dict[str, float]:
        return {
            "wall_s": time.perf_counter() - self.begun[0],
            "process_s": time.process_time() - self.begun[1],
        }


class Reached(Exception):
    """npe-kl is as good as sbi."""


@dataclass
class Setting:
    """What both sides work on.

    Attributes:
        data: noise-free pairs to learn from, and noisy batches held out.
        observed: the pairs with noise, as sbi sees them.
    """

    data: TrainingData
    observed: Pairs

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Setting:
        challenge = load("ariel-mini")
        run = Run(
            device=torch.device(arguments.device),
            seed=arguments.seed,
            checkpoint=arguments.folder,
            forward_model=challenge.forward_model,
            quiet=arguments.json,
        )
        finder = ChallengeSources("simulations", round(arguments.pairs * HELD_OUT / (HELD_OUT - 1)))
        sources = finder.find(challenge.train, challenge.valid, challenge.schema, run)
        pairs = sources.train.pairs
        assert pairs is not None
        preprocessor, embedder = ScaleHeights.create(), ResMLP.create()
        ideal = Split(sources.train.ideal().to("cpu"), Truth(None))
        features = Features.fit(preprocessor, embedder, ideal, challenge.schema).to(run.device)
        space = ParameterSpace(preprocessor, challenge.schema).to(run.device)
        first = sources.train.fixed(run.generator("what is learned from"))
        space.fit(Batch.join(first))
        featurizer = Featurizer(features.preprocess, space)
        every = torch.arange(len(pairs), device=run.device)
        noisy = pairs.draw(every, arguments.copies, run.generator("noise"))
        return cls(
            TrainingData(
                sources, first, featurizer, features, embedder, challenge.train, challenge.valid, run
            ),
            Pairs(noisy.observations, noisy.parameters, noise_included=True),
        )

    def embedding(self) -> nn.Module:
        """A fresh embedder, the same for both sides."""
        torch.manual_seed(self.data.run.seed)
        return self.data.fresh_embedder()

    def learning_from(self, pairs: Pairs) -> TrainingData:
        """The same with other pairs to learn from."""
        sources = self.data.sources
        return replace(self.data, sources=replace(sources, train=replace(sources.train, pairs=pairs)))


def weights(module: nn.Module) -> int:
    return sum(tensor.numel() for tensor in module.parameters())


def by_sbi(setting: Setting, max_epochs: int | None, quiet: bool) -> dict[str, Any]:
    """Train with sbi to its own end; its score, and when it stopped and was best."""
    data, device = setting.data, setting.data.run.device
    every = torch.arange(len(setting.observed), device=device)
    drawn = setting.observed.draw(every, 1, torch.Generator())
    learned, held_out = examples([drawn], data.featurizer), examples(data.held_out, data.featurizer)
    hidden = SIZE["hidden"]
    architecture = Architecture("zuko_nsf", hidden[0], len(hidden), SIZE["transforms"], SIZE["bins"])
    settings = SbiSettings() if max_epochs is None else SbiSettings(max_num_epochs=max_epochs)
    build = architecture.builder(setting.embedding())
    epochs: list[dict[str, float]] = []
    clock = Clock()

    def report(epoch: int, loss: float, validation: float) -> bool:
        epochs.append({"epoch": epoch, "loss": loss, "validation": validation, **clock.seconds()})
        if not quiet:
            print(f"  sbi, epoch {epoch}: {loss:.3f}, held out {validation:.3f}", flush=True)
        return False

    trained = train(build, learned, held_out, settings, device, report)
    took = clock.seconds()
    with torch.no_grad():
        losses = -trained.log_prob(held_out.parameters[None], held_out.features)
    best = min(epochs, key=lambda one: one["validation"])
    return {
        "weights": weights(trained),
        "epochs": len(epochs),
        "stopped_by_itself": max_epochs is None or len(epochs) < max_epochs,
        "score": float(losses.double().mean()),
        **took,
        "best": best,
    }


def by_harness(setting: Setting, pairs: Pairs, target: float, quiet: bool) -> dict[str, Any]:
    """Train npe-kl until its score is the target."""
    embed = setting.embedding()
    n_parameters = setting.observed.parameters.shape[1]
    density = build_density("nsf", n_parameters, int(embed.n_context), **SIZE)
    network = PosteriorNetwork(embed, density).to(setting.data.run.device)
    options = TrainingOptions()
    total = options.epochs * options.steps
    options = TrainingOptions(steps=STEPS, epochs=total // STEPS, patience=total // STEPS)
    objective = MaximumLikelihood(setting.learning_from(pairs), options.batch)
    best: dict[str, Any] = {"score": float("inf")}

    def report(run: Run, metrics: Mapping[str, float]) -> None:
        if metrics["validation"] < best["score"]:
            best.update(score=metrics["validation"], steps=int(metrics["epoch"]) * STEPS, **clock.seconds())
        if not quiet:
            print(
                f"  npe-kl, {metrics['epoch'] * STEPS} steps: held out {metrics['validation']:.3f}",
                flush=True,
            )
        if metrics["validation"] <= target:
            raise Reached

    run = replace(setting.data.run, name="npe-kl", checkpoint=None, quiet=True, report=report)
    reached = False
    clock = Clock()
    try:
        Trainer("npe-kl", network, objective, options.settings(), run).train()
    except Reached:
        reached = True
    return {"weights": weights(network), "reached": reached, **best}


def show(result: Mapping[str, Any]) -> None:
    sbi, score = result["sbi"], result["sbi"]["score"]
    end = "stopped by itself" if sbi["stopped_by_itself"] else "was stopped"
    print(f"\n{result['pairs']} pairs to learn from, {result['held_out']} held-out observations")
    print(f"{'':34}  weights  -log q  wall [s]  process [s]")
    row = "{:34} {:8} {:7.3f} {:9.1f} {:12.1f}"
    label = f"sbi, {end} after {sbi['epochs']} epochs"
    print(row.format(label, sbi["weights"], score, sbi["wall_s"], sbi["process_s"]))
    best = sbi["best"]
    label = f"sbi, at its best epoch, {best['epoch']}"
    print(row.format(label, sbi["weights"], score, best["wall_s"], best["process_s"]))
    for name, side in result["npe-kl"].items():
        label = f"npe-kl, {name}, {side['steps']} steps"
        print(row.format(label, side["weights"], side["score"], side["wall_s"], side["process_s"]))
        if not side["reached"]:
            print(f"    never was as good as sbi; this is its best of {side['steps']} steps and more")
            continue
        for unit in ("wall_s", "process_s"):
            ratio = side[unit] / sbi[unit], side[unit] / best[unit]
            print(f"    {unit[:-2]}: {ratio[0]:.3f} of sbi's time, {ratio[1]:.3f} of that to its best epoch")
    before, after = (", ".join(f"{one:.2f}" for one in loads) for loads in result["load"])
    print(f"load of the machine: {before} before, {after} after")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--max-epochs", type=int, help="of sbi, which is then not at its own end")
    parser.add_argument("--copies", type=int, default=1, help="noisy observations of each pair, for sbi")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="where simulated spectra are kept and found again")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    setting = Setting.of(arguments)
    load_before = os.getloadavg()
    sbi = by_sbi(setting, arguments.max_epochs, arguments.json)
    sides = {"fresh noise": setting.data.sources.train.pairs, "sbi's noise": setting.observed}
    result = {
        "machine": platform.processor() or platform.machine(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "pairs": len(setting.observed) // arguments.copies,
        "held_out": sum(len(batch) for batch in setting.data.held_out),
        "copies": arguments.copies,
        "sbi": sbi,
        "npe-kl": {
            name: by_harness(setting, pairs, sbi["score"], arguments.json) for name, pairs in sides.items()
        },
        "load": [load_before, os.getloadavg()],
    }
    if arguments.json:
        print(json.dumps(result))
    else:
        show(result)


if __name__ == "__main__":
    main()
