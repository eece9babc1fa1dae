"""Samples of trained densities, weighted by what the forward model says of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from harness.components import ForwardModel
from harness.components.run import Run
from harness.data.observations import Observations
from harness.data.posterior import Posterior
from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError
from harness.retrieval.importance import ImportanceSampling
from harness.training.sampler import Sampler
from harness.training.sampling import Redrawn, finite_rows, in_portions
from harness.training.traced_retrieval import TracedRetrieval
from harness.training.trained_networks import TrainedNetworks
from harness.training.training_data import TrainingData
from harness.training.weight_options import TracedWeightOptions, WeightOptions


class WeightedSampler(Sampler):
    """Weights what another sampler proposes, and keeps some of it (`ImportanceSampling`).

    Its `log_prob` is the density of the first proposals.

    Arguments:
        proposing: the other one, with a density.
        options: how many proposals, until when, and what weighs them.
        schema: of the challenge.
    """

    def __init__(self, proposing: Sampler, options: WeightOptions, schema: Schema) -> None:
        self.proposing, self.options, self.schema = proposing, options, schema
        self.has_density = proposing.has_density
        by_traces = isinstance(options, TracedWeightOptions) and options.weighed_by == "traces"
        self._retrieval = TracedRetrieval(schema) if by_traces else None

    @property
    def asked(self) -> str:
        """What the user has set, for messages."""
        return f"proposals={self.options.proposals}"

    def lacking(self, train: Split) -> str | None:
        return None if self._retrieval is None else self._retrieval.lacking(train)

    def check(self, run: Run) -> None:
        self.proposing.check(run)
        if not self.proposing.has_density:
            raise HarnessError(
                f"'{run.name}' has no density, without which {self.asked} cannot weight its samples; "
                "leave proposals out."
            )
        if self._retrieval is not None:
            if self.options.emulator is not None:
                raise HarnessError(
                    f"'{run.name}' with weighed_by=traces weights its samples with a retrieval that it "
                    "learns, which an emulator of the forward model does not know; leave one of the two out."
                )
            self._forward_model(run)
            return
        self._weighting(run)
        found = run.forward_check()
        if found is not None and not found.agrees:
            raise HarnessError(
                f"'{run.name}' with {self.asked} weights its samples with the challenge's "
                f"forward model, which {found.sentence()}: the weights would follow other physics. Leave "
                f"proposals out, or {found.remedy()}."
            )

    def _forward_model(self, run: Run) -> ForwardModel:
        forward = run.forward_model()
        if forward is None:
            raise HarnessError(
                f"'{run.name}' with {self.asked} weights its samples with a forward model, "
                "which this challenge does not have; proposals=0 does not need one."
            )
        return forward

    def _weighting(self, run: Run) -> ImportanceSampling:
        if self._retrieval is not None:
            assert isinstance(self.options, TracedWeightOptions)
            retrieval = self._retrieval.model(self._forward_model(run), run)
            return self.options.retrieval_weighting(retrieval, self.schema)
        return self.options.weighting(self._forward_model(run), self.schema)

    def begin(self, train: Split, run: Run) -> None:
        if self._retrieval is not None:
            self._retrieval.learn(train, self._forward_model(run), run)

    def fit(self, trained: TrainedNetworks, data: TrainingData) -> None:
        self.proposing.fit(trained, data)

    def sample(self, trained: TrainedNetworks, observations: Observations, n: int, run: Run) -> Tensor:
        return self.proposing.sample(trained, observations, n, run)

    def posterior(self, trained: TrainedNetworks, observations: Observations, n: int, run: Run) -> Posterior:
        generator = run.generator("sample")
        weighting, redrawn = self._weighting(run), Redrawn()
        self.proposing.sampling(observations, run)
        m = n * self.options.proposals

        def portion(some: Observations) -> Posterior:
            proposal = self.proposing.proposal(trained, some)

            def draw(rows: Tensor | None) -> Tensor:
                return proposal.draw(m, generator, rows)

            def log_density(rows: Tensor, parameters: Tensor) -> Tensor:
                return proposal.log_density(parameters, rows)

            proposals = finite_rows(draw, self.schema, generator, redrawn)
            return weighting.posterior(some, proposals, log_density, n, generator)

        parts = in_portions(portion, observations, m * self.options.rounds, run, generator)
        redrawn.conclude(run)
        if (sentence := weighting.sentence()) is not None:
            run.warn(sentence)
        return Posterior.join(parts)

    def sample_quickly(
        self, trained: TrainedNetworks, observations: Observations, n: int, run: Run
    ) -> Tensor | None:
        return self.proposing.sample_quickly(trained, observations, n, run)

    def log_prob(self, trained: TrainedNetworks, observations: Observations, parameters: Tensor) -> Tensor:
        return self.proposing.log_prob(trained, observations, parameters)

    def state(self) -> dict[str, Tensor]:
        learned = {} if self._retrieval is None else self._retrieval.state()
        return {**self.proposing.state(), **learned}

    def restore(self, trained: TrainedNetworks, state: Mapping[str, Tensor]) -> None:
        self.proposing.restore(trained, state)
        if self._retrieval is not None:
            self._retrieval.restore(state)

    def artifacts(self, trained: TrainedNetworks, directory: Path) -> None:
        self.proposing.artifacts(trained, directory)
        if self._retrieval is not None:
            self._retrieval.write(directory)
