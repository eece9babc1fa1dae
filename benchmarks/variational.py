"""Variational inference beside nested sampling: scores, forward models, seconds, and which model is chosen.

    python benchmarks/variational.py compare --planets 16 --nested 8
    python benchmarks/variational.py selection --planets 3
    python benchmarks/variational.py sequential --planets 3

`compare` retrieves test planets of ariel-mini with `vi`, with and without weights, and some of them with
nested sampling at the settings of `nested-sampling`; both against the reference traces. `selection` simulates
planets with water, carbon dioxide and methane, and retrieves each with a flat line, without water, with what
there is, and with ammonia, which there is not (after the table of Yip et al. 2024, ApJ 961, 30): the lower
bound and the evidence of `vi`, and that of nested sampling. `sequential` retrieves test planets of ariel-mini
with `npe-sequential`, at its defaults and with the 50,000 forward models of Ardevol Martinez et al. (2024).
Seconds are of processor time.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from harness_npe.estimators.vi import VariationalInference
from torch import Tensor

from harness.challenges import load
from harness.challenges.ariel2023.forward_model import ArielForwardModel
from harness.components import Challenge, ForwardModel
from harness.components.run import Run
from harness.components.weighted_rows import weighted_posterior, within_bounds
from harness.data.host_facts import host_facts
from harness.data.observations import Observations
from harness.data.posterior import Posterior
from harness.data.schema import Schema
from harness.physics.constants import JUPITER_RADIUS, SUN_RADIUS
from harness.retrieval.nested_sampling import NestedOptions
from harness.retrieval.nested_trace import NestedTrace
from harness.retrieval.reference_posterior import reference_posterior
from harness.runs.assembly import Choice
from harness.runs.scoring import score

ABSENT = -12.0  # log10 of the mixing ratio of a gas that there is not
AIR = {"log_H2O": -3.5, "log_CO2": -4.5, "log_CO": ABSENT, "log_CH4": -5.0, "log_NH3": ABSENT}
MODELS = {
    "flat line": ("planet_radius", "planet_temp"),  # of which the second changes nothing: two are the least
    "without H2O": ("planet_radius", "planet_temp", "log_CO2", "log_CH4"),
    "as it is": ("planet_radius", "planet_temp", "log_H2O", "log_CO2", "log_CH4"),
    "NH3 too many": ("planet_radius", "planet_temp", "log_H2O", "log_CO2", "log_CH4", "log_NH3"),
}


class FlatLine(ForwardModel):
    """The disc of the planet and no atmosphere, on so many channels."""

    identity = "flat line"
    needs = ArielForwardModel.needs

    def __init__(self, channels: int) -> None:
        self.channels = channels

    def __call__(
        self, parameters: Tensor, star_radius: Tensor | None = None, planet_mass: Tensor | None = None
    ) -> Tensor:
        assert star_radius is not None
        ratio = parameters[:, 0] * JUPITER_RADIUS / (star_radius * SUN_RADIUS)
        return ratio.square()[:, None].expand(-1, self.channels)


class FewerGases(ForwardModel):
    """A model of which some gases are left out.

    Arguments:
        full: the model.
        columns: where the parameters that are left stand among those of the full model.
        n_parameters: of the full model.
    """

    def __init__(self, full: ForwardModel, columns: Sequence[int], n_parameters: int) -> None:
        self.full, self.columns, self.n_parameters = full, list(columns), n_parameters
        self.needs, self.parallel = full.needs, full.parallel

    @property
    def identity(self) -> str:
        return f"{self.full.identity} of {self.columns}"

    def __call__(
        self, parameters: Tensor, star_radius: Tensor | None = None, planet_mass: Tensor | None = None
    ) -> Tensor:
        every = [parameters.new_full(parameters[:, 0].shape, ABSENT)] * self.n_parameters
        for place, column in enumerate(self.columns):
            every[column] = parameters[:, place]
        return self.full(torch.stack(every, dim=1), star_radius, planet_mass)

    def _of(self, full: ForwardModel | None) -> FewerGases | None:
        return None if full is None else FewerGases(full, self.columns, self.n_parameters)

    def quick(self) -> ForwardModel:
        return FewerGases(self.full.quick(), self.columns, self.n_parameters)

    def coarse(self) -> ForwardModel | None:
        return self._of(self.full.coarse())

    def rough(self) -> ForwardModel | None:
        return self._of(self.full.rough())


def variational(
    seen: Observations,
    schema: Schema,
    forward: ForwardModel,
    samples: int,
    options: Mapping[str, object],
    checkpoint: Path | None = None,
) -> tuple[Posterior, VariationalInference, float]:
    """Posteriors of `vi`, the estimator with what it took, and seconds; fitted flows are found again."""
    estimator = VariationalInference.create(options, name="vi", schema=schema)
    run = Run(name="vi", forward_model=lambda: forward, checkpoint=checkpoint)
    begun = time.process_time()
    posterior = estimator.sample(seen, samples, run)
    return posterior.cpu(), estimator, time.process_time() - begun


def compare(challenge: Challenge, planets: int, nested: int, samples: int) -> None:
    """Print scores, spectra and seconds of both."""
    exact = challenge.forward_model()
    assert isinstance(exact, ArielForwardModel)
    some = torch.arange(planets)
    seen = challenge.test.observations[some]
    # models are loaded
    variational(seen[:2], challenge.schema, exact, 10, {"steps": 2, "heated": 0, "proposals": 0})
    variants = ({"proposals": 0}, {"proposals": 1}, {"proposals": 1, "effective_size": 1000})
    folder = Path(tempfile.mkdtemp())
    for options in variants:
        posterior, estimator, seconds = variational(seen, challenge.schema, exact, samples, options, folder)
        assert estimator.cost is not None
        assert posterior.evidence is not None
        taken = estimator.cost.asked.double().mean(1).tolist()
        told = ", ".join(
            f"{count:.0f} {name}" for name, count in zip(estimator.cost.models, taken, strict=True)
        )
        size = posterior.evidence.effective_size
        print(
            f"vi {options}: {_scores(challenge, some, posterior)}; {seconds / planets:.1f} s a planet"
            f"{', beside the flows' if options['proposals'] else ''}; "
            f"spectra {told}, {float(estimator.cost.steps.double().mean()):.0f} steps; effective "
            f"{float(size.median()):.0f} (least {float(size.min()):.0f})",
            flush=True,
        )
        if nested:
            print(f"    the first {nested}: {_scores(challenge, some[:nested], posterior[some[:nested]])}")
            print(f"    ln Z {_shown(posterior.evidence.log_evidence[:nested])}")
            assert posterior.evidence.lower_bound is not None
            print(f"    ELBO {_shown(posterior.evidence.lower_bound[:nested])}", flush=True)
    if not nested:
        return
    forward = exact.single()
    begun, traces = time.process_time(), []
    for planet in range(nested):
        settings = NestedOptions(rows=samples)
        traces.append(reference_posterior(seen[[planet]], challenge.schema, forward, planet, settings))
    seconds = time.process_time() - begun
    calls = [trace.calls for trace in traces]
    scores = _scores(challenge, some[:nested], _posterior(traces, samples, challenge.schema))
    print(
        f"nested sampling, the first {nested}: {scores}; {seconds / nested:.1f} s a planet; likelihoods "
        f"{np.mean(calls):.0f} (from {min(calls)} to {max(calls)})"
    )
    print(f"    ln Z {_shown(torch.tensor([trace.log_evidence for trace in traces]))}", flush=True)


def _scores(challenge: Challenge, planets: Tensor, posterior: Posterior) -> str:
    ariel = score(posterior, challenge.on(challenge.test[planets]), ["ariel"])["ariel"]
    part = ariel.parts["posterior"]
    return f"ariel {ariel.value:.1f} +- {ariel.standard_error:.1f} (posterior {part.value:.1f})"


def _shown(values: Tensor) -> str:
    return " ".join(f"{value:.2f}" for value in values.tolist())


def _posterior(traces: Sequence[NestedTrace], samples: int, schema: Schema) -> Posterior:
    parts = []
    for trace in traces:
        table = within_bounds(torch.from_numpy(trace.values), schema.bounds)
        rows = torch.arange(len(table))[None]
        weights = torch.from_numpy(trace.weights)[None]
        parts.append(weighted_posterior(table, rows, weights, samples, torch.Generator().manual_seed(0)))
    return Posterior.join(parts)


def simulated(challenge: Challenge, planets: int, forward: ForwardModel) -> Observations:
    """Planets with the stars, masses, radii and temperatures of test planets and the gases of `AIR`."""
    schema, split = challenge.schema, challenge.test[torch.arange(planets)]
    assert split.truth.parameters is not None
    parameters = split.truth.parameters.double().clone()
    for name, value in AIR.items():
        parameters[:, schema.parameter_names.index(name)] = value
    facts = host_facts(split.observations, schema, forward.needs)
    seen = split.observations.to("cpu", torch.float64)
    with torch.no_grad():
        ideal = Observations(
            seen.planet_ids, forward(parameters, *facts).double(), seen.noise, seen.auxiliary
        )
    return ideal.noisy(torch.Generator().manual_seed(14))


def selection(challenge: Challenge, planets: int, samples: int) -> None:
    """Print bound and evidence of each model for each simulated planet."""
    exact = challenge.forward_model()
    assert exact is not None
    full, schema = exact.quick(), challenge.schema
    seen = simulated(challenge, planets, full)
    for title, names in MODELS.items():
        columns = [schema.parameter_names.index(name) for name in names]
        fewer = schema.model_copy(update={"parameters": tuple(schema.parameters[i] for i in columns)})
        flat = FlatLine(len(schema.wavelength))
        forward = flat if title == "flat line" else FewerGases(full, columns, len(schema.parameters))
        posterior, _, seconds = variational(seen, fewer, forward, samples, {})
        assert posterior.evidence is not None
        assert posterior.evidence.lower_bound is not None
        begun = time.process_time()
        traces = [
            reference_posterior(seen[[planet]], fewer, forward, planet, NestedOptions(rows=samples))
            for planet in range(planets)
        ]
        print(
            f"{title:13} ELBO {_shown(posterior.evidence.lower_bound)} | ln Z of vi "
            f"{_shown(posterior.evidence.log_evidence)} | of nested sampling "
            f"{_shown(torch.tensor([trace.log_evidence for trace in traces]))} | {seconds / planets:.1f} and "
            f"{(time.process_time() - begun) / planets:.1f} s a planet",
            flush=True,
        )


def sequential(challenge: Challenge, planets: int, samples: int) -> None:
    """Print scores and seconds of retrievals in rounds."""
    some = torch.arange(planets)
    variants: tuple[Mapping[str, object], ...] = ({}, {"rounds": 10, "simulations": 5000})
    for options in variants:
        estimator = Choice.of("estimator", "npe-sequential", options).build(schema=challenge.schema)
        run = Run(name="npe-sequential", forward_model=challenge.forward_model)
        begun = time.process_time()
        posterior = estimator.sample(challenge.test.observations[some], samples, run).cpu()
        seconds = (time.process_time() - begun) / planets
        print(
            f"npe-sequential {options}: {_scores(challenge, some, posterior)}; {seconds:.0f} s a planet",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["compare", "selection", "sequential"])
    parser.add_argument("--challenge", default="ariel-mini")
    parser.add_argument("--planets", type=int, default=16)
    parser.add_argument("--nested", type=int, default=8, help="of them also by nested sampling")
    parser.add_argument("--samples", type=int, default=2000)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    challenge = load(arguments.challenge)
    if arguments.what == "compare":
        compare(challenge, arguments.planets, arguments.nested, arguments.samples)
    elif arguments.what == "selection":
        selection(challenge, arguments.planets, arguments.samples)
    else:
        sequential(challenge, arguments.planets, arguments.samples)


if __name__ == "__main__":
    main()
