"""Variational inference of every planet by a normalising flow of its own."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from harness.components import Challenge, Estimator, ForwardModel
from harness.components.forward_check import of_other_physics
from harness.components.run import Run
from harness.components.weighted_rows import within_bounds
from harness.data.evidence import Evidence
from harness.data.observations import Observations
from harness.data.posterior import Posterior
from harness.data.split import Split
from harness.errors import HarnessError
from harness.retrieval.importance import ImportanceSampling
from harness.training.base_noise import even_normal
from harness.training.sampling import rows_at_once
from harness_npe.vi.ascent import Ascent
from harness_npe.vi.fits import Fits, name_of
from harness_npe.vi.options import VariationalOptions
from harness_npe.vi.planet_flows import PlanetFlows
from harness_npe.vi.prior import NormalPrior
from harness_npe.vi.report import Cost
from harness_npe.vi.spectrum_gradients import SpectrumGradients
from harness_npe.vi.start import best_fits

FOLDER, COST = "vi", "variational.csv"
Models = dict[str, ForwardModel]  # by name, from the quickest to the exact one
BOUNDED_BY = 256  # draws of a flow whose mean is its bound, where its samples are not weighted


class VariationalInference(Estimator):
    """A normalising flow for each planet, fitted to its spectrum through the forward model, without training.

    The flow of a planet maximises the evidence lower bound by gradients through the differentiable forward
    model. Many planets climb at once, each until its bound no longer rises. Draws of the flow are then
    weighted by the likelihood, which corrects what the flow cannot bend to and gives the evidence itself.

    Likelihoods come from the quickest of the forward model's forms that can be corrected at the planet
    (`ForwardModel.rough`, `coarse`, `quick`), or from an emulator.
    """

    Options = VariationalOptions
    options: VariationalOptions

    uses_features = False
    source: ClassVar[str] = (
        "Yip, Changeat, Al-Refaie & Waldmann 2024, To Sample or Not to Sample: Retrieving Exoplanetary "
        "Spectra with Variational Inference and Normalizing Flows, ApJ 961, 30, "
        "https://arxiv.org/abs/2205.07037; Rezende & Mohamed 2015, Variational Inference with Normalizing "
        "Flows, https://arxiv.org/abs/1505.05770"
    )
    contract_options: ClassVar[Mapping[str, Any]] = {
        "steps": 8,
        "heated": 3,
        "draws": 4,
        "transforms": 1,
        "proposals": 0,  # flows of so few steps would have hardly any that count
    }

    cost: Cost | None = None  # of what was sampled last
    names: tuple[str, ...] = ()

    def unsuitable_for(self, challenge: Challenge) -> str | None:
        if challenge.forward_model() is None:
            return "It climbs the likelihood of a forward model, which the challenge does not have."
        return None

    def fit(self, train: Split, valid: Split, run: Run) -> None:
        """Look at nothing but whether the forward model makes the training spectra."""
        self._weighting(run)  # an emulator that is none is refused before anything is sampled
        found = run.forward_check()
        if found is not None and not found.agrees:
            run.warn(of_other_physics(found))

    def sample(self, observations: Observations, n: int, run: Run) -> Posterior:
        self.check(observations)
        models = self._models(run)
        found = self._fitted(observations, models, run)
        generator = run.generator("sample")
        weighting = self._weighting(run)
        parts = []
        each = n * max(1, self.options.proposals) * self.options.rounds
        at_once = max(1, rows_at_once(run.device) // each)
        for planets, fits in found:
            for own in torch.split(torch.arange(len(planets)), at_once):
                some = observations[planets[own]].to(run.device)
                flows = fits.flows.some(own.to(run.device))
                parts.append(self._posterior(some, flows, weighting, n, generator))
        posterior = Posterior.join(parts)
        drawn = n * self.options.proposals or min(n, BOUNDED_BY)
        self._tell(found, tuple(models), observations, drawn, run)
        if weighting.effective and (sentence := weighting.sentence("more steps")) is not None:
            run.warn(sentence)
        return replace(posterior, samples=within_bounds(posterior.samples, self.schema.bounds))

    def log_prob(self, observations: Observations, parameters: Tensor, run: Run) -> Tensor:
        """The log density (N, n) of the planets' flows, fitted anew, at parameters (N, n, P)."""
        self.check(observations)
        prior = NormalPrior(self.schema.bounds, run.device)
        parts = []
        for planets, fits in self._fitted(observations, self._models(run), run):
            u = prior.normal(parameters[planets].to(run.device))
            parts.append(fits.flows.log_prob(u) + prior.per_unit(u))
        return torch.cat(parts)

    def artifacts(self, directory: Path) -> None:
        """Steps and spectra of each planet that was sampled last, as `variational.csv`."""
        if self.cost is not None:
            self.cost.write(directory / COST, self.names)

    def _posterior(
        self,
        some: Observations,
        flows: PlanetFlows,
        weighting: ImportanceSampling,
        n: int,
        generator: torch.Generator,
    ) -> Posterior:
        prior = NormalPrior(self.schema.bounds, some.spectrum.device)
        proposals, log_density = self._draw(flows, prior, n * max(1, self.options.proposals), generator)
        if self.options.proposals == 0:
            few = min(n, BOUNDED_BY)
            logs = weighting.explored(some, proposals[:, :few]) - prior.width.log().sum()
            logs = logs - log_density[:, :few]
            weights = (logs - logs.amax(dim=1, keepdim=True)).exp().nan_to_num(1.0)
            return replace(
                Posterior.equal(proposals.float()), evidence=Evidence.of_log_weights(logs, weights)
            )
        first = [log_density]

        def density(rows: Tensor, at: Tensor) -> Tensor:
            if first:
                return first.pop()
            u = prior.normal(at)
            return flows.some(rows).log_prob(u) + prior.per_unit(u)

        return weighting.posterior(some, proposals, density, n, generator)

    @torch.no_grad()
    def _draw(
        self, flows: PlanetFlows, prior: NormalPrior, m: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Parameters (B, m, P), float64, and their log density per unit of each (B, m)."""
        noise = even_normal(len(flows.place), m, prior.n_parameters, generator).float()
        u, log_q = flows.transport(noise)
        return prior.parameters(u), log_q + prior.per_unit(u)

    def _fitted(self, observations: Observations, models: Models, run: Run) -> list[tuple[Tensor, Fits]]:
        """The flows of all planets, a group after the other; finished groups are found again."""
        groups = torch.split(torch.arange(len(observations)), self.options.planets)
        found = []
        with run.progress("flows", len(observations)) as advance:
            for number, planets in enumerate(groups):
                some = observations[planets].to(run.device)
                place = self._place(some, number, models, run)
                shape = self.options.shape(len(self.schema.parameters))
                if place is not None and place.exists():
                    fits = Fits.read(place, shape, len(some), run.device)
                    advance(len(some))
                else:
                    fits = self._fit(some, models, run.generator(f"flows {number}"), advance)
                    if place is not None:
                        fits.write(place)
                found.append((planets, fits))
        return found

    def _fit(self, some: Observations, models: Models, generator: torch.Generator, advance: Any) -> Fits:
        begun = time.monotonic()
        options, prior = self.options, NormalPrior(self.schema.bounds, some.spectrum.device)
        likelihood = SpectrumGradients(list(models.values()), some, self.schema)
        settings = options.settings()
        place, scale = best_fits(likelihood, prior, generator, settings.heat if settings.heated else 1.0)
        shape = options.shape(prior.n_parameters)
        flows = PlanetFlows(shape, place, scale, PlanetFlows.fresh(shape, len(some), generator))
        ascent = Ascent(flows, likelihood, prior, settings, generator)
        flows = ascent.climb(advance)
        return Fits(flows, ascent.taken, likelihood.asked, time.monotonic() - begun)

    def _place(self, some: Observations, number: int, models: Models, run: Run) -> Path | None:
        if run.checkpoint is None:
            return None
        told = self.options.model_dump(exclude={"proposals", "effective_size", "max_proposals"})
        facts = [
            *(model.identity for model in models.values()),
            repr(sorted(told.items())),
            repr(self.schema.bounds),
        ]
        facts.append(str(run.seed_for(f"flows {number}")))
        return run.checkpoint / FOLDER / f"{name_of(some, facts)}.safetensors"

    def _forward_model(self, run: Run) -> ForwardModel:
        forward = run.forward_model()
        if forward is None:
            raise HarnessError(
                f"'{self.name}' climbs the likelihood of a forward model, which this challenge does not have."
            )
        return forward.measured() if run.measured else forward

    def _models(self, run: Run) -> Models:
        """By name, from the quickest to the exact one, for which the quick model counts."""
        forward = self._forward_model(run)
        exact = forward.quick()
        quicker = {"rough": exact.rough(), "coarse": exact.coarse()}
        if (emulator := self.options.emulator_of(forward, self.schema)) is not None:
            quicker = {"emulated": emulator}
        models = {name: model for name, model in quicker.items() if model is not None}
        return {**models, "exact": exact}

    def _weighting(self, run: Run) -> ImportanceSampling:
        return self.options.weighting(self._forward_model(run), self.schema)

    def _tell(
        self,
        found: list[tuple[Tensor, Fits]],
        models: tuple[str, ...],
        observations: Observations,
        drawn: int,
        run: Run,
    ) -> None:
        self.cost = Cost(
            models,
            torch.cat([fits.asked.cpu() for _, fits in found], dim=1),
            torch.cat([fits.steps.cpu() for _, fits in found]),
            drawn,
            sum(fits.seconds for _, fits in found),
        )
        self.names = tuple(observations.title(planet) for planet in range(len(observations)))
        run.tell(self.cost.sentence())
