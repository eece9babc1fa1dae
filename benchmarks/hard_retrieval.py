"""The retrieval behind the reference posteriors of ariel-hard, and how its posteriors are sampled.

It sees planets with its own masses and error bars, through cross-sections of its own, and means another
radius. A density trained on its own forward model proposes; `adaptive_importance` weights and refines.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from adaptive_importance import Weighted, sample
from hard_forward import CoarseModel
from torch import Tensor

from harness.components import Challenge, ForwardModel
from harness.components.run import Run
from harness.data.host_facts import host_facts
from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.data.split import Split
from harness.data.truth import Truth
from harness.retrieval.nested_sampling import NestedOptions
from harness.retrieval.nested_trace import NestedTrace
from harness.retrieval.reference_store import TraceStore
from harness.retrieval.reference_traces import planet_seed, reference_posteriors
from harness.runs.assembly import build_estimator
from harness.runs.plan import plan_estimator
from harness.simulation.disagreeing_retrieval import Assumptions, ReferencedModel
from harness.training import PooledSampler, TrainedEstimator

BLOCK = 32  # planets sampled, and kept, at once
PER_ROUND = (1500, 1500, 1500, 2000, 2500, 3000, 3000, 3000)  # proposals for a planet, the density's first
DENSITY = {"supervision": "simulations", "epochs": 12}  # options of npe-kl


class HardRetrieval:
    """Samples posteriors of planets as the disagreeing retrieval has them.

    Arguments:
        opacities: its cross-sections.
        schema: of the challenge.
        assumptions: what it takes for granted.
        seed: of the density and of every draw.
    """

    def __init__(self, opacities: Path, schema: Schema, assumptions: Assumptions, seed: int) -> None:
        self.schema, self.assumptions, self.seed = schema, assumptions, seed
        inner = CoarseModel(opacities, schema)
        self.forward: ForwardModel = ReferencedModel(inner, assumptions.reference)

    def train(self, splits: Mapping[str, Split], work: Path) -> None:
        """The density that proposes; found again in the work folder, where training also goes on."""
        seen = {name: self._as_seen(split) for name, split in splits.items()}
        challenge = _AsSeen(self.schema, seen, self.forward)
        self._density: TrainedEstimator = build_estimator(
            self.schema, *plan_estimator({"estimator": dict(DENSITY)}, "npe-kl", None, None)
        )
        run = Run(
            name="density of the retrieval",
            seed=self.seed,
            streams=("ariel-hard",),
            checkpoint=work / "training",
            quiet=False,
            forward_model=challenge.forward_model,
        )
        saved = work / "density"
        if (saved / "features.json").exists():
            self._density.load(saved, run)
            return
        run.checkpoint.mkdir(parents=True, exist_ok=True)
        run.seed_everything("fit")
        self._density.fit(challenge.train, challenge.valid, run)
        self._density.save(saved)

    def posteriors(
        self,
        planets: Observations,
        options: NestedOptions,
        work: Path,
        advance: Callable[[int], None] = lambda planets: None,
        refused: Callable[[int], None] = lambda planets: None,
    ) -> list[NestedTrace]:
        """A trace for each planet: by importance sampling if `options.effective` is reached, else nautilus.

        Arguments:
            planets: as the challenge has them.
            options: of the trace (`effective`, `rows`), and of nested sampling where that is needed.
            work: finished planets are kept here, and found again.
            advance: called with the number of planets that are finished.
            refused: called with the number of those that are left to nested sampling, and not finished.
        """
        seen = self.assumptions.seen(planets)
        store = TraceStore(work, self.forward, self.schema, self.seed, options)
        for start in range(0, len(seen), BLOCK):
            block = seen[start : start + BLOCK]  # the same whatever is finished, as its random numbers are
            places = [store.path(block[[at]]) for at in range(len(block))]
            if not all(place.exists() or _left(place).exists() for place in places):
                traces = self.by_importance(block, options.effective, options.rows)
                for at, trace in enumerate(traces):
                    if trace is None:
                        _left(places[at]).touch()
                    else:
                        store.write(block[[at]], trace)
            finished = sum(place.exists() for place in places)
            advance(finished)
            refused(len(block) - finished)
        done, begun = [0], sum(store.path(seen[[at]]).exists() for at in range(len(seen)))

        def beyond(number: int) -> None:  # the finished ones have been told of
            done[0] += number
            if done[0] > begun:
                advance(number)

        return reference_posteriors(
            seen, self.schema, self.forward, self.seed, options, store=store, advance=beyond
        )

    @torch.no_grad()
    def by_importance(self, seen: Observations, effective: float, rows: int) -> list[NestedTrace | None]:
        """Traces of at most so many rows, None where fewer than `effective` rows would count.

        A planet's trace depends on the planets beside it, which share its random numbers.
        """
        block = planet_seed(self.seed, "\0".join(seen.names.tolist()))
        generator = torch.Generator().manual_seed(block)
        pooled, trained = PooledSampler(), self._density.trained

        def log_density(rows: Tensor, values: Tensor) -> Tensor:
            density = pooled.log_prob(trained, seen[rows], values)
            return density.double().nan_to_num(nan=torch.inf)

        middle = torch.tensor(self.schema.bounds, dtype=torch.float64).mean(dim=1)

        def draw(n: int) -> Tensor:
            drawn = pooled.draw(trained, seen, n, generator).double()
            return torch.where(drawn.isfinite().all(-1, keepdim=True), drawn, middle)

        found = sample(
            draw,
            log_density,
            lambda rows, values: self._log_likelihood(seen[rows], values),
            torch.tensor(self.schema.bounds, dtype=torch.float64).T,
            torch.full((len(seen),), float(effective), dtype=torch.float64),
            PER_ROUND,
            generator,
        )
        traces: list[NestedTrace | None] = []
        for weighted, name in zip(found, seen.names.tolist(), strict=True):
            if float(weighted.effective) < effective:
                traces.append(None)
                continue
            random = np.random.default_rng([self.seed, planet_seed(self.seed, name)])
            traces.append(_as_trace(weighted).thinned(rows, random))
        return traces

    def _log_likelihood(self, seen: Observations, values: Tensor) -> Tensor:
        """(B, n) of values (B, n, P), as `harness.retrieval.likelihood` has it."""
        planets, n, width = values.shape
        facts = (
            None if fact is None else fact.repeat_interleave(n)
            for fact in host_facts(seen, self.schema, self.forward.needs)
        )
        depth = self.forward(values.reshape(-1, width), *facts).double().view(planets, n, -1)
        noise = seen.noise[:, None]
        constant = -noise.log().sum(-1) - 0.5 * noise.shape[-1] * math.log(2 * math.pi)
        result = constant - 0.5 * ((depth - seen.spectrum[:, None]) / noise).square().sum(-1)
        return torch.where(result.isfinite(), result, -torch.inf)

    def _as_seen(self, split: Split) -> Split:
        return Split(self.assumptions.seen(split.observations), Truth(split.truth.parameters))


def _left(place: Path) -> Path:
    """Says that importance sampling leaves the planet of this place to nested sampling."""
    return place.with_suffix(".left")


def _as_trace(weighted: Weighted) -> NestedTrace:
    """One planet's proposals as a trace; those that weigh nothing are left out."""
    log_weights = weighted.log_weights[0]
    evidence = float(log_weights.logsumexp(0)) - math.log(len(log_weights))
    weights = log_weights.softmax(0)
    kept = weights > 0
    return NestedTrace(
        weighted.values[0][kept].numpy(),
        (weights[kept] / weights[kept].sum()).numpy(),
        weighted.log_likelihood[0][kept].numpy(),
        evidence,
        len(log_weights),
    ).ascending()


class _AsSeen(Challenge):
    """What a method learns from if it is to learn the retrieval's posteriors."""

    def __init__(self, schema: Schema, splits: Mapping[str, Split], forward: ForwardModel) -> None:
        super().__init__()
        self._contents, self._forward = (schema, splits), forward

    def read(self) -> tuple[Schema, Mapping[str, Split]]:
        assert self._contents is not None
        return self._contents

    def forward_model(self) -> ForwardModel:
        return self._forward
