"""The retrieval behind the reference posteriors of ariel-hard, and how its posteriors are sampled.

It sees planets with its own masses and error bars, through cross-sections of its own, and means another
radius. A density trained on its own forward model proposes; rounds of importance sampling weight and refine
(`harness.retrieval.adaptive_importance`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from hard_forward import CoarseModel
from torch import Tensor

from harness.components import Challenge, ForwardModel
from harness.components.run import Run
from harness.data.host_facts import host_facts
from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.data.split import Split
from harness.data.truth import Truth
from harness.retrieval.adaptive_importance import Weighted, sample
from harness.retrieval.nested_sampling import NestedOptions
from harness.retrieval.nested_trace import NestedTrace
from harness.retrieval.processes import in_processes
from harness.retrieval.reference_store import TraceStore
from harness.retrieval.reference_traces import planet_seed, reference_posteriors
from harness.runs.assembly import build_estimator
from harness.runs.plan import plan_estimator
from harness.simulation.disagreeing_retrieval import Assumptions, ReferencedModel
from harness.training import PooledSampler, TrainedEstimator

SAVED = "density"  # in the work folder
BLOCK = 32  # planets sampled, and kept, at once
PER_ROUND = (1000, 1500, 1500, 2000, 2500, 3000, 3000, 3000)  # proposals for a planet, the density's first
DENSITY = {"supervision": "simulations", "epochs": 8}  # options of npe-kl


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
        self._opacities = opacities
        inner = CoarseModel(opacities, schema)
        self.forward: ForwardModel = ReferencedModel(inner, assumptions.reference)

    def train(self, splits: Mapping[str, Split], work: Path) -> None:
        """The density that proposes; found again in the work folder, where training also goes on."""
        seen = {name: self._as_seen(split) for name, split in splits.items()}
        challenge = _AsSeen(self.schema, seen, self.forward)
        run = Run(
            name="density of the retrieval",
            seed=self.seed,
            streams=("ariel-hard",),
            checkpoint=work / "training",
            quiet=False,
            forward_model=challenge.forward_model,
        )
        if self.load(work):
            return
        run.checkpoint.mkdir(parents=True, exist_ok=True)
        run.seed_everything("fit")
        self._density = self._untrained()
        self._density.fit(challenge.train, challenge.valid, run)
        self._density.save(work / SAVED)

    def load(self, work: Path) -> bool:
        """Take the trained density from the work folder, if it is there."""
        if not (work / SAVED / "features.json").exists():
            return False
        self._density = self._untrained()
        self._density.load(work / SAVED, Run(name="density of the retrieval"))
        return True

    def _untrained(self) -> TrainedEstimator:
        parts = plan_estimator({"estimator": dict(DENSITY)}, "npe-kl", None, None)
        built: TrainedEstimator = build_estimator(self.schema, *parts)
        return built

    def sample_blocks(
        self,
        planets: Observations,
        options: NestedOptions,
        work: Path,
        workers: int = 1,
        advance: Callable[[int], None] = lambda planets: None,
    ) -> int:
        """Sample planets by importance, block by block, and keep those that reach `options.effective`.

        What is found does not depend on the number of workers.

        Arguments:
            planets: as the challenge has them.
            options: of the traces: `effective`, and `rows`.
            work: finished planets are kept here, in the folder `traces`, and found again.
            workers: processes; 1 works in this one.
            advance: called with the number of planets done.

        Returns:
            how many are left to nested sampling, and not finished.
        """
        seen = self.assumptions.seen(planets)
        # always the same blocks, whatever is finished, as a block shares its random numbers
        blocks = [seen[start : start + BLOCK] for start in range(0, len(seen), BLOCK)]
        store = self._store(work, options)
        jobs = []
        for number, block in enumerate(blocks):
            if all(path.exists() or _left(path).exists() for path in _places(store, block)):
                advance(len(block))
            else:
                jobs.append((number, (block, options, work)))
        if workers > 1 and len(jobs) > 1:
            given = (self._opacities, self.schema, self.assumptions, self.seed, work)
            done = in_processes(_sample_block, jobs, workers, _start, *given)
        else:
            done = ((number, self.sample_block(*job)) for number, job in jobs)
        for number, _ in done:
            advance(len(blocks[number]))
        return sum(not path.exists() for block in blocks for path in _places(store, block))

    def sample_block(self, seen: Observations, options: NestedOptions, work: Path) -> None:
        """Sample the planets of one block, as the retrieval sees them, and keep what is found."""
        store = self._store(work, options)
        traces = self.by_importance(seen, options.effective, options.rows)
        for at, (trace, path) in enumerate(zip(traces, _places(store, seen), strict=True)):
            if trace is None:
                _left(path).touch()
            else:
                store.write(seen[[at]], trace)

    def kept(self, planets: Observations, options: NestedOptions, work: Path) -> list[NestedTrace | None]:
        """What is finished of these planets; None for the rest."""
        store, seen = self._store(work, options), self.assumptions.seen(planets)
        return [store.read(seen[[at]]) for at in range(len(seen))]

    def _store(self, work: Path, options: NestedOptions) -> TraceStore:
        return TraceStore(work / "traces", self.forward, self.schema, self.seed, options)

    def posteriors(
        self,
        planets: Observations,
        options: NestedOptions,
        work: Path,
        workers: int = 1,
        advance: Callable[[int], None] = lambda planets: None,
    ) -> list[NestedTrace]:
        """A trace for each planet: that of `sample_blocks` where there is one, else by nested sampling.

        Arguments: as `sample_blocks`; of nested sampling, `options` says the rest.
        """
        return reference_posteriors(
            self.assumptions.seen(planets),
            self.schema,
            self.forward,
            self.seed,
            options,
            store=self._store(work, options),
            workers=workers,
            advance=advance,
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


def _places(store: TraceStore, planets: Observations) -> list[Path]:
    return [store.path(planets[[at]]) for at in range(len(planets))]


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


# what each process keeps between blocks
_retrieval: HardRetrieval


def _start(opacities: Path, schema: Schema, assumptions: Assumptions, seed: int, work: Path) -> None:
    global _retrieval
    torch.set_num_threads(1)
    _retrieval = HardRetrieval(opacities, schema, assumptions, seed)
    _retrieval.load(work)


def _sample_block(job: tuple[Observations, NestedOptions, Path]) -> None:
    _retrieval.sample_block(*job)


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
