"""Estimators that train a conditional density of the parameters on pairs, traces or simulations."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from harness.challenges import Observations, Split
from harness.components import Challenge, Estimator
from harness.components.run import Run
from harness.data.posterior import Posterior
from harness.data.truth import Truth
from harness.errors import HarnessError
from harness.training.checkpoint import HISTORY
from harness.training.checkpoint_file import under
from harness.training.density import ConditionalDensity
from harness.training.network import PosteriorNetwork
from harness.training.objective import Likelihood, Objective
from harness.training.options import TrainingOptions
from harness.training.pairs import Batch, Observed
from harness.training.reading import Reading
from harness.training.sampling import Redrawn, finite_samples
from harness.training.sources import Sources, find_sources, lacks_traces
from harness.training.space import ParameterSpace
from harness.training.trainer import Trainer

ROWS_AT_ONCE = 2**15  # posterior samples drawn or evaluated together, so that progress is seen
ROWS_AT_ONCE_ON_DEVICE = 2**20


class DensityEstimator(Estimator):
    """A network that reads a spectrum and gives a density of the parameters, trained by maximum likelihood.

    A subclass says which density (`_density`), and may have another objective (`_objective`). The embedder
    is trained with the density. Noise is drawn onto the ideal training spectra afresh at every step, before
    the preprocessor, except for traces: those are posteriors of the ideal spectra themselves. A spectrum to
    be sampled is read as it is given.
    """

    class Options(TrainingOptions):
        pass

    options: Any

    trains_embedder: ClassVar[bool] = True
    default_preprocessor: ClassVar[str] = "scale-heights"
    default_embedder: ClassVar[str] = "resmlp"

    space: ParameterSpace
    members: list[PosteriorNetwork]
    history: Tensor  # (E, 1 + len(HISTORY)): the member, and what `HISTORY` names

    def unsuitable_for(self, challenge: Challenge) -> str | None:
        lacking = lacks_traces(self.options.supervision, challenge.train)
        return self.unsuitable() or (lacking and f"It {lacking}")

    def fit(self, train: Split, valid: Split, run: Run) -> None:
        sources = self._sources(train, valid, run)
        start = sources.train.fixed(run.generator("what is learned from"))
        self.fit_features(as_split(sources.train.ideal()), run)
        self.space = self._space().to(run.device)
        self.space.fit(Batch.join(start))
        reading = self._reading()
        objective = self._objective(reading, sources, train, valid, run)
        self.members, histories = [], []
        for number in range(self.options.members):
            network = self._network(number, reading, start, run)
            left = run.seconds_left
            seconds = None if left is None else left / (self.options.members - number)
            name = f"member {number + 1}"
            progress = Trainer(name, network, objective, self.options.pace(), run, seconds).train()
            rows = torch.tensor(progress.history, dtype=torch.float64).reshape(-1, len(HISTORY))
            histories.append(torch.cat([torch.full_like(rows[:, :1], number + 1), rows], dim=1))
            self.members.append(network)
        self.history = torch.cat(histories)

    def _sources(self, train: Split, valid: Split, run: Run) -> Sources:
        options = self.options
        return find_sources(
            options.supervision,
            train,
            valid,
            self.schema,
            run,
            simulations=options.simulations,
            trace_fraction=options.trace_fraction,
            rows_per_planet=options.rows_per_planet,
        )

    def _objective(
        self, reading: Reading, sources: Sources, train: Split, valid: Split, run: Run
    ) -> Objective[Any]:
        held_out = sources.held_out.fixed(run.generator("validation"))
        return Likelihood(reading, sources.train, self.options.batch, held_out)

    def _space(self) -> ParameterSpace:
        """The space that the density lives in, not fitted."""
        return ParameterSpace(self._preprocessor, self.schema)

    def _reading(self) -> Reading:
        assert self.features is not None
        return Reading(self.features.preprocess, self.space)

    @property
    def _preprocessor(self) -> Any:
        if self.preprocessor is None or self.embedder is None:
            raise ValueError("this estimator needs a preprocessor and an embedder")
        return self.preprocessor

    def _network(self, number: int, reading: Reading, start: list[Batch], run: Run) -> PosteriorNetwork:
        """A fresh network, its weights from a seed of its own."""
        assert self.features is not None
        assert self.embedder is not None
        features = torch.cat([reading.features(batch.seen) for batch in start])
        torch.manual_seed(run.seed_for(f"weights of member {number + 1}"))
        embed = self.embedder.build(features.cpu())
        if number == 0:
            self.features.embed = embed  # the embedder that the features are saved with
        return self._assemble(embed).to(run.device)

    def _assemble(self, embed: nn.Module) -> PosteriorNetwork:
        density = self._density(int(embed.n_context))  # type: ignore[arg-type]
        return PosteriorNetwork(
            embed,
            density,
            mixed_precision=self.options.mixed_precision,
            compiled=self.options.compile,
        )

    @abstractmethod
    def _density(self, n_context: int) -> ConditionalDensity:
        """A fresh, untrained density of the parameters given `n_context` numbers."""

    def sample(self, observations: Observations, n: int, run: Run) -> Posterior:
        self.check(observations)
        generator, redrawn = run.generator("sample"), Redrawn()
        rows_at_once = ROWS_AT_ONCE if run.device.type == "cpu" else ROWS_AT_ONCE_ON_DEVICE
        at_once = max(1, rows_at_once // n)
        parts: list[Tensor] = []
        done = 0
        with run.progress("posteriors", len(observations)) as advance:
            while done < len(observations):
                seen = Observed.of(observations[done : done + at_once], run.device)
                before = generator.get_state()
                try:
                    draw = partial(self._draw, seen, n, generator)
                    parts.append(finite_samples(draw, len(seen), self.schema, generator, redrawn))
                except torch.OutOfMemoryError as error:
                    if len(seen) == 1:
                        raise HarnessError(
                            f"The device has too little memory for the {n:,} samples of a single planet; use "
                            "fewer samples, a smaller network or --device cpu."
                        ) from error
                    generator.set_state(before)
                    at_once = len(seen) // 2
                    torch.cuda.empty_cache()
                    planets = "1 planet is" if at_once == 1 else f"{at_once} planets are"
                    run.warn(f"the device's memory is too small: {planets} now sampled at a time.")
                    continue
                done += len(seen)
                advance(len(seen))
        redrawn.conclude(self.name, run)
        return Posterior.equal(torch.cat(parts))

    def _draw(self, seen: Observed, n: int, generator: torch.Generator, rows: Tensor) -> Tensor:
        """Samples (b, n, P) in physical units of the planets at `rows`; NaN where one is not a number."""
        with torch.no_grad():
            seen = seen[rows]
            features = self._reading().features(seen)
            drawn = self._standardised_samples(features, n, generator)
            drawn = torch.where(torch.isfinite(drawn), drawn, torch.nan)
            return self.space.physical(drawn, self.space.transform(seen))

    def _standardised_samples(self, features: Tensor, n: int, generator: torch.Generator) -> Tensor:
        """Samples (b, n, P) of all members, about as many of each."""
        parts = [
            member.density.sample(member.context(features), size, generator)
            for member, size in zip(self.members, shares(n, len(self.members)), strict=True)
            if size > 0
        ]
        order = torch.randperm(n, generator=generator, device=generator.device)
        return torch.cat(parts, dim=1)[:, order]

    def log_prob(self, observations: Observations, parameters: Tensor, run: Run) -> Tensor:
        """The log posterior density (N, n) at parameters (N, n, P), per unit of each parameter."""
        self.check(observations)
        at_once = max(1, ROWS_AT_ONCE // max(1, parameters.shape[1]))
        parts = []
        for start in range(0, len(observations), at_once):
            seen = Observed.of(observations[start : start + at_once], run.device)
            parts.append(self._log_prob(seen, parameters[start : start + at_once].to(run.device)))
        return torch.cat(parts)

    @torch.no_grad()
    def _log_prob(self, seen: Observed, parameters: Tensor) -> Tensor:
        """The log density (b, n) at parameters (b, n, P), per unit of each."""
        transform = self.space.transform(seen)
        standardised = self.space.standardised(parameters, transform)
        density = self._log_density(standardised, self._reading().features(seen))
        return density + self.space.log_density_factor(parameters, transform)

    def _log_density(self, standardised: Tensor, features: Tensor) -> Tensor:
        """Log of the members' mean density (b, n) at standardised parameters (b, n, P)."""
        of_members = [
            member.density.log_prob(standardised, member.context(features)[:, None])
            for member in self.members
        ]
        return torch.logsumexp(torch.stack(of_members), dim=0) - math.log(len(self.members))

    def artifacts(self, directory: Path) -> None:
        """The losses of every epoch, as `training.csv`."""
        header = ",".join(("member", *HISTORY))
        rows = np.asarray(self.history.cpu())
        np.savetxt(directory / "training.csv", rows, "%.8g", delimiter=",", header=header, comments="")

    def state(self) -> dict[str, Tensor]:
        tensors = {f"space/{name}": tensor for name, tensor in self.space.state_dict().items()}
        for number, member in enumerate(self.members):
            tensors |= {f"member-{number}/{name}": value for name, value in member.state_dict().items()}
        return {**tensors, "history": self.history}

    def restore(self, state: Mapping[str, Tensor], run: Run) -> None:
        assert self.features is not None
        assert self.embedder is not None
        self.history = state["history"]
        self.space = self._space().to(run.device)
        self.space.load_state_dict(under("space/", state))
        self.members = []
        for number in range(self.options.members):
            embed = self.features.embed
            if number > 0:
                embed = self.embedder.architecture(self.features.n_features)
            member = self._assemble(embed).to(run.device)
            member.load_state_dict(under(f"member-{number}/", state))
            self.members.append(member.requires_grad_(False).eval())


def shares(n: int, parts: int) -> list[int]:
    """n in so many whole numbers that differ by one at most."""
    return [n // parts + (number < n % parts) for number in range(parts)]


def as_split(seen: Observed) -> Split:
    """Ideal spectra as if they were the training planets of a challenge, to fit a preprocessor on."""
    names = np.array([str(number) for number in range(len(seen))], dtype=np.str_)
    observations = Observations(names, seen.spectrum.cpu(), seen.noise.cpu(), seen.auxiliary.cpu())
    return Split(observations, Truth(None))
