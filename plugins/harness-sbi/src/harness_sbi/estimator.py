"""Neural posterior estimation by the sbi toolbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from harness.challenges import Split
from harness.components.run import Run
from harness.errors import HarnessError
from harness.training.density import ConditionalDensity
from harness.training.density_estimator import DensityEstimator, as_split
from harness.training.network import PosteriorNetwork
from harness.training.pairs import Batch
from harness.training.sources import find_sources
from harness.training.space import ParameterSpace
from harness_sbi.options import SbiOptions
from harness_sbi.toolbox import missing, require
from harness_sbi.watch import Watch

if TYPE_CHECKING:
    from harness_sbi.training import Examples


class SbiNPE(DensityEstimator):
    """The density and the training of the sbi toolbox, on the pairs, features and split of npe-kl.

    sbi trains on a fixed set of pairs: noise is drawn onto each spectrum once (`copies` times), not
    afresh at every step. The density lives in the same standardised, unbounded parameter space, so that
    every sample lies inside the prior.
    """

    class Options(SbiOptions):
        pass

    source: ClassVar[str] = (
        "Boelts, Deistler et al. 2025, sbi reloaded, JOSS 10, 7754, https://github.com/sbi-dev/sbi; "
        "Greenberg et al. 2019, https://arxiv.org/abs/1905.07488"
    )
    contract_options: ClassVar[Mapping[str, Any]] = {
        "max_num_epochs": 2,
        "simulations": 200,
        "num_transforms": 1,
        "hidden_features": 16,
    }

    def unsuitable(self) -> str | None:
        return missing("It")

    def fit(self, train: Split, valid: Split, run: Run) -> None:
        require(self.name)
        from harness_sbi.examples import examples, fixed_set

        options = self.options
        sources = find_sources(
            options.supervision,
            train,
            valid,
            self.schema,
            run,
            simulations=options.simulations,
            trace_fraction=options.trace_fraction,
            rows_per_planet=1,
        )
        start = sources.train.fixed(run.generator("what is learned from"))
        self.fit_features(as_split(sources.train.ideal()), run)
        self.space = ParameterSpace(self._preprocessor, self.schema).to(run.device)
        self.space.fit(Batch.join(start))
        reading = self._reading()
        generator = run.generator("noise")
        learned = fixed_set(sources.train, options.copies, options.trace_rows, reading, generator)
        held_out = examples(sources.held_out.fixed(run.generator("validation")), reading)
        self.members, histories = [], []
        for number in range(options.members):
            network = self._network(number, reading, start, run)
            histories.append(self._train(number, network, learned, held_out, run))
            self.members.append(network.requires_grad_(False).eval())
        self.history = torch.cat(histories)

    def _train(
        self, number: int, network: PosteriorNetwork, learned: Examples, held_out: Examples, run: Run
    ) -> Tensor:
        """Let sbi train the network; the rows of its history."""
        from harness_sbi.density import SbiDensity
        from harness_sbi.training import train

        embedding, learned, held_out = _to_train(network, learned, held_out)
        torch.manual_seed(run.seed_for(f"training of member {number + 1}"))
        pace, left = self.options.pace(), run.seconds_left
        seconds = None if left is None else left / (self.options.members - number)
        with run.progress(f"training member {number + 1}", pace.max_num_epochs) as advance:
            watch = Watch(number + 1, pace.max_num_epochs, pace.learning_rate, seconds, run, advance)
            build = self.options.architecture().builder(embedding)
            try:
                trained = train(build, learned, held_out, pace, run.device, watch)
            except FloatingPointError as error:
                raise HarnessError(
                    f"The training of '{self.name}' collapsed in epoch {len(watch.history) + 1}: sbi found a "
                    "loss that is not finite; lower the learning rate, for example --set "
                    f"estimator.learning_rate={pace.learning_rate / 10:g}."
                ) from error
            except torch.OutOfMemoryError as error:
                raise HarnessError(
                    f"The device is too small for sbi's batches of {pace.training_batch_size}; lower "
                    "estimator.training_batch_size, or use --device cpu."
                ) from error
        assert isinstance(network.density, SbiDensity)
        network.density.take(trained)
        network.to(run.device)
        return torch.tensor(watch.history, dtype=torch.float64)

    def _assemble(self, embed: nn.Module) -> PosteriorNetwork:
        return PosteriorNetwork(embed, self._density(int(embed.n_context)))  # type: ignore[arg-type]

    def _density(self, n_context: int) -> ConditionalDensity:
        require(self.name)
        from harness_sbi.density import SbiDensity

        return SbiDensity(len(self.schema.parameters), n_context, self.options.architecture())


def _to_train(
    network: PosteriorNetwork, learned: Examples, held_out: Examples
) -> tuple[nn.Module, Examples, Examples]:
    """The embedding that sbi trains, on the CPU where it builds, and the examples to go with it.

    One that has nothing to train is applied beforehand, once.
    """
    if any(weights.requires_grad for weights in network.embed.parameters()):
        return network.embed.cpu(), learned, held_out
    with torch.no_grad():
        return (
            nn.Identity(),
            replace(learned, features=network.context(learned.features)),
            replace(held_out, features=network.context(held_out.features)),
        )
