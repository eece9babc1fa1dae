"""A self-consistent retrieval of each planet by rounds of neural posterior estimation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from harness.components import Challenge, Component, Estimator, ForwardModel
from harness.components.cores import on_one_core
from harness.components.forward_check import of_other_physics
from harness.components.run import Run
from harness.components.weighted_rows import within_bounds
from harness.data.observations import Observations
from harness.data.posterior import Posterior
from harness.data.split import Split
from harness.errors import HarnessError
from harness.files.kept import digest_of, keep, kept
from harness_sbi.toolbox import missing, require

if TYPE_CHECKING:
    from harness_sbi.rounds import Rounds

STORE = "sequential"  # the folder of finished planets under the run's checkpoint


class SequentialNPE(Estimator):
    """Neural posterior estimation in rounds, for one planet after the other: nothing is shared among them.

    In the first round parameters are drawn from the prior, in each other one from the posterior found so
    far; the network learns from all of them by the atomic loss, which takes the proposal out again. The
    spectrum is read as it is given, and noise of its size drawn onto simulated ones. Finished planets lie in
    the run's checkpoint folder, so that `--resume` loses the planet in hand at most.
    """

    uses_features = False
    source: ClassVar[str] = (
        "Ardevol Martinez et al. 2024, FlopPITy, A&A 681, L14; "
        "Greenberg, Nonnenmacher & Macke 2019, https://arxiv.org/abs/1905.07488, by the sbi toolbox"
    )
    left_out_of_all = (
        "It trains anew for every planet, a minute or so for each on one core; name it with --estimator to "
        "run it."
    )
    contract_options: ClassVar[Mapping[str, Any]] = {
        "rounds": 2,
        "simulations": 100,
        "max_num_epochs": 2,
        "num_transforms": 1,
        "hidden_features": 8,
        "embedding": 8,
    }

    class Options(Component.Options):
        rounds: int = Field(6, ge=1, le=100, description="rounds of simulating and training, for each planet")
        simulations: int = Field(1000, ge=50, description="spectra to simulate in each round")
        forward: Literal["quick", "exact"] = Field(
            "quick",
            description="the challenge's forward model on fewer wavenumbers, which errs by much less than "
            "the noise, or on all of them",
        )
        density_estimator: Literal["zuko_maf", "zuko_nsf", "maf", "nsf"] = Field(
            "zuko_maf", description="sbi's name of the density"
        )
        hidden_features: int = Field(50, ge=1, description="width of the density's hidden layers")
        num_transforms: int = Field(5, ge=1, le=50, description="transforms of the flow")
        embedding: int = Field(64, ge=2, description="width of the network that reads the spectrum")
        num_atoms: int = Field(10, ge=2, description="atoms of the loss")
        training_batch_size: int = Field(200, ge=2, description="simulations of each step")
        learning_rate: float = Field(2e-3, gt=0, le=1, description="learning rate of Adam, which is constant")
        stop_after_epochs: int = Field(
            10, ge=1, description="epochs without a better held-out loss after which a round ends"
        )
        max_num_epochs: int = Field(30, ge=1, description="epochs of each round at most")

    options: Options

    def unsuitable(self) -> str | None:
        return missing("It")

    def unsuitable_for(self, challenge: Challenge) -> str | None:
        return self.unsuitable() or self._lacking(challenge.forward_model())

    def _lacking(self, forward: ForwardModel | None) -> str | None:
        if forward is None:
            return "It simulates spectra of each planet, and this challenge has no forward model."
        absent = [name for name in forward.needs if name not in self.schema.auxiliary_names]
        if absent:
            return f"Its forward model needs {' and '.join(absent)}, which the challenge does not have."
        return None

    def fit(self, train: Split, valid: Split, run: Run) -> None:
        require(self.name)
        self._forward_model(run)
        found = run.forward_check()
        if found is not None and not found.agrees:
            run.warn(of_other_physics(found))

    def _forward_model(self, run: Run) -> ForwardModel:
        forward = run.forward_model()
        if (reason := self._lacking(forward)) is not None:
            raise HarnessError(f"'{self.name}' cannot work here. {reason}")
        assert forward is not None
        forward = forward.measured() if run.measured else forward
        return forward.quick() if self.options.forward == "quick" else forward

    def sample(self, observations: Observations, n: int, run: Run) -> Posterior:
        self.check(observations)
        require(self.name)
        forward, rounds = self._forward_model(run), self._rounds()
        forward.prepare()
        samples = []
        with run.progress("rounds", len(observations) * self.options.rounds) as advance, on_one_core():
            for number in range(len(observations)):
                planet = observations[number : number + 1]
                digest = self._digest(planet, forward, n, run)
                path = None if run.checkpoint is None else run.checkpoint / STORE / f"{digest}.safetensors"
                found = kept(path, n)
                if found is None:
                    found = self._retrieved(planet, forward, rounds, n, digest, run, advance)
                    keep(path, found)
                else:
                    advance(self.options.rounds)
                samples.append(found)
        stacked = torch.stack(samples) if samples else torch.empty(0, n, len(self.schema.parameters))
        return Posterior.equal(within_bounds(stacked, self.schema.bounds))

    def _retrieved(
        self,
        planet: Observations,
        forward: ForwardModel,
        rounds: Rounds,
        n: int,
        digest: str,
        run: Run,
        advance: Any,
    ) -> Tensor:
        """Samples (n, P) of a planet, the same whichever others are sampled with it."""
        with torch.random.fork_rng([] if run.device.type == "cpu" else [run.device]):
            torch.manual_seed(run.seed_for(f"rounds of {digest}"))
            try:
                return rounds.retrieve(planet, forward, self.schema, n, run.device, lambda: advance(1))
            except FloatingPointError as error:
                raise HarnessError(
                    f"The training of '{run.name}' for planet {planet.title(0)} collapsed; lower the "
                    "learning rate, for example --set "
                    f"estimator.learning_rate={self.options.learning_rate / 10:g}."
                ) from error

    def _rounds(self) -> Rounds:
        from harness_sbi.density import FlowArchitecture
        from harness_sbi.loop import SbiSettings
        from harness_sbi.rounds import Rounds

        options = self.options
        architecture = FlowArchitecture(
            options.density_estimator, options.hidden_features, 2, options.num_transforms, 10
        )
        settings = SbiSettings(
            options.training_batch_size,
            options.learning_rate,
            options.stop_after_epochs,
            options.max_num_epochs,
            further={"num_atoms": options.num_atoms},
        )
        return Rounds(options.rounds, options.simulations, architecture, options.embedding, settings)

    def _digest(self, planet: Observations, forward: ForwardModel, n: int, run: Run) -> str:
        """A name that changes with whatever the samples of a planet depend on."""
        prior = ";".join(f"{lower!r},{upper!r}" for lower, upper in self.schema.bounds)
        words = [forward.identity, prior, str(n), str(run.seed), self.options.model_dump_json()]
        seen = (planet.spectrum, planet.noise, planet.auxiliary)
        return digest_of(words, [tensor.double() for tensor in seen])[:32]
