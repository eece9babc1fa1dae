"""The traditional retrieval: nested sampling of one planet after the other, nothing learned."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import torch
from pydantic import Field, field_validator
from torch import Tensor

from harness.challenges.ariel2023.forward_model import BUILT_IN, ArielForwardModel
from harness.challenges.ariel2023.grid import PARAMETERS
from harness.challenges.planet_forward import PlanetForwardModel, described_by
from harness.components import Component, Estimator, ForwardModel
from harness.components.forward_check import check_forward_model, of_other_physics, to_judge_by, uncheckable
from harness.components.places import found_from_anywhere
from harness.components.weighted_rows import weighted_posterior, within_bounds
from harness.components.where_it_counts import counts_with
from harness.data.evidence import Evidence
from harness.data.observations import Observations
from harness.data.posterior import Posterior
from harness.data.split import Split
from harness.errors import HarnessError
from harness.registry.emulators import emulated
from harness.retrieval.linear_model import LinearModel
from harness.retrieval.nested_sampling import NestedOptions
from harness.retrieval.nested_trace import NestedTrace
from harness.retrieval.reference_store import TraceStore
from harness.retrieval.reference_traces import reference_posteriors
from harness.retrieval.stopped import stopped_sentence

if TYPE_CHECKING:
    from harness.components.run import Run

STORE = "retrievals"  # the folder of finished planets under the run's checkpoint
# whose spectra take next to no time, so that drawing bounds would take nearly all of it
OF_AN_EMULATOR: Mapping[str, Any] = {"loose": True, "batch": 500}


class NestedSampling(Estimator):
    """Retrieve every planet with a forward model, by importance nested sampling.

    The prior is uniform within the schema's bounds, the likelihood Gaussian. Training planets are not
    looked at, unless the forward model is the linear one. With `spectrum=observed` it repeats what made
    the reference posteriors, with other random numbers: its score is the ceiling of the challenge.
    Finished planets lie in the run's checkpoint folder, so that `--resume` loses the planets in hand at
    most.
    """

    uses_features = False
    source = (
        "Lange 2023, MNRAS 525, 3181 (nautilus); the retrievals of the Ariel Data Challenge 2023 were "
        "MultiNest's: Changeat & Yip 2023, RAS Techniques and Instruments 2, 45"
    )
    left_out_of_all = (
        "It retrieves one planet after the other, some ten seconds each on every core; name it with "
        "--estimator to run it."
    )
    contract_options: ClassVar[Mapping[str, object]] = {
        "forward": "linear",
        "live": 50,
        "effective": 10,
        "calls": 100,
        "workers": 1,
    }

    class Options(Component.Options):
        forward: Literal["atmosphere", "linear"] = Field(
            "atmosphere",
            description="the forward model: of transmission, or linear and fitted to the training planets",
        )
        opacities: str | None = Field(
            None, description="directory of cross-sections; those of the challenge if none is given"
        )
        emulator: str | None = Field(
            None,
            description="file of an emulator of the forward model, as 'harness emulator train' writes it, to "
            "explore with; the model itself weighs what is kept",
        )
        spectrum: Literal["observed", "drawn"] = Field(
            "drawn",
            description="retrieve the spectrum with noise drawn once and added, as a telescope would see "
            "it, or as it is, which is how the reference posteriors were made",
        )
        live: int = Field(250, ge=50, description="live points")
        effective: int = Field(2000, ge=10, description="effective sample size to reach for each planet")
        calls: int = Field(400_000, ge=100, description="likelihoods after which a retrieval is stopped")
        workers: int = Field(
            0, ge=0, description="processes, each on a planet of its own; 0 for one per core"
        )

        _of_atmospheres = counts_with("opacities", "forward", ["atmosphere"])
        _recorded_whole = field_validator("opacities", "emulator")(found_from_anywhere)

    options: Options

    def unsuitable(self) -> str | None:
        if self.options.forward == "linear":
            return None
        missing = [name for name in ArielForwardModel.needs if name not in self.schema.auxiliary_names]
        if missing or not (self._of_ariel or described_by(self.schema)):
            wanted = " and ".join(missing) or "the parameters of the Ariel challenge"
            return (
                f"Its transmission model needs {wanted}, which the challenge does not have; --set "
                "estimator.forward=linear retrieves with a linear model, fitted to the training planets."
            )
        return None

    @property
    def _of_ariel(self) -> bool:
        return self.schema.parameters == PARAMETERS

    def fit(self, train: Split, valid: Split, run: Run) -> None:
        self.linear = torch.empty(0)
        if self.options.forward == "linear":
            self.linear = LinearModel.fit(train).coefficients
        elif self.unsuitable() is None:
            self._tell_of_other_physics(to_judge_by(train, valid), run)
        if self.options.emulator is not None:
            self._forward_model(run)  # an emulator that is none is refused before anything is retrieved

    def _tell_of_other_physics(self, planets: Split, run: Run) -> None:
        """Warn where its forward model, perhaps not the challenge's, does not make the planets' spectra."""
        forward = self._exact_model(run).quick()
        if uncheckable(forward, planets, self.schema):
            return
        found = check_forward_model(forward, planets, self.schema)
        if not found.agrees:
            run.warn(of_other_physics(found, "its", "estimator.opacities"))

    def sample(self, observations: Observations, n: int, run: Run) -> Posterior:
        self.check(observations)
        if (reason := self.unsuitable()) is not None:
            raise HarnessError(f"'{self.name}' cannot sample these planets. {reason}")
        if self.options.spectrum == "drawn":
            observations = observations.to("cpu", torch.float64).noisy(run.generator("noise", "cpu"))
        settings = NestedOptions(
            live=self.options.live,
            effective=self.options.effective,
            calls=self.options.calls,
            rows=min(max(n, 100), 6000),
            **({} if self.options.emulator is None else OF_AN_EMULATOR),
        )
        seed = run.seed_for("nested sampling") % 2**32
        forward = self._forward_model(run)
        if run.measured:
            forward = forward.measured()
        store = None
        if run.checkpoint is not None:
            store = TraceStore(run.checkpoint / STORE, forward, self.schema, seed, settings)
        with run.progress("retrieving", len(observations)) as advance:
            traces = reference_posteriors(
                observations,
                self.schema,
                forward,
                seed,
                settings,
                store=store,
                workers=self.options.workers or os.cpu_count() or 1,
                advance=advance,
            )
        if (stopped := stopped_sentence(observations.names.tolist(), traces, settings)) is not None:
            run.warn(stopped)
        return replace(self._posterior(traces, n, run), evidence=_evidence(traces))

    def _forward_model(self, run: Run) -> ForwardModel:
        exact = self._exact_model(run)
        if self.options.emulator is None:
            return exact
        return emulated(exact, self.options.emulator, self.schema)

    def _exact_model(self, run: Run) -> ForwardModel:
        if self.options.forward == "linear":
            return LinearModel(self.linear)
        if not self._of_ariel:
            return self._described_model(run)
        own, opacities = run.forward_model(), self.options.opacities
        if opacities is None and isinstance(own, ArielForwardModel):
            return own.single()
        return ArielForwardModel(self.schema, opacities or BUILT_IN, torch.float32)

    def _described_model(self, run: Run) -> ForwardModel:
        """That of a challenge on other channels or of other gases, which its file describes."""
        own = run.forward_model()
        if not isinstance(own, PlanetForwardModel):
            raise HarnessError(
                f"'{self.name}' has no forward model of the parameters "
                f"{', '.join(self.schema.parameter_names)}, which the file of their challenge describes."
            )
        return own if self.options.opacities is None else replace(own, opacities=self.options.opacities)

    def _posterior(self, traces: list[NestedTrace], n: int, run: Run) -> Posterior:
        longest = max((len(trace.weights) for trace in traces), default=1)
        rows = torch.zeros(len(traces), longest, dtype=torch.int64)
        weights = torch.zeros(len(traces), longest, dtype=torch.float64)
        first = 0
        for planet, trace in enumerate(traces):
            length = len(trace.weights)
            rows[planet, :length] = torch.arange(first, first + length)
            weights[planet, :length] = torch.from_numpy(trace.weights)
            first += length
        table = torch.cat([torch.from_numpy(trace.values) for trace in traces])
        table = within_bounds(table, self.schema.bounds)
        return weighted_posterior(table, rows, weights, n, run.generator("sample", "cpu"))

    def state(self) -> dict[str, Tensor]:
        return {"linear": self.linear}

    def restore(self, state: Mapping[str, Tensor], run: Run) -> None:
        self.linear = state["linear"].cpu()


def _evidence(traces: list[NestedTrace]) -> Evidence:
    """That of the traces; its error is about the root of the effective sample size's inverse (Lange 2023)."""
    size = torch.tensor([trace.effective_size for trace in traces], dtype=torch.float64)
    log_evidence = torch.tensor([trace.log_evidence for trace in traces], dtype=torch.float64)
    return Evidence(size, log_evidence, size.rsqrt())
