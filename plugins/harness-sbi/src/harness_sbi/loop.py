"""A training by sbi's own loop, on the harness's examples and split."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from sbi.inference import FMPE, NPE_C, NPSE, NRE_B, NeuralInference
from torch import Tensor, nn

from harness.errors import HarnessError
from harness.training.examples import Examples
from harness_sbi.network import Builder
from harness_sbi.ratio import REFERENCE_SPREAD

# epoch, training loss, held-out loss -> whether to stop now
Report = Callable[[int, float, float], bool]


@dataclass(frozen=True)
class SbiSettings:
    """How sbi trains; the names are those of its `train`.

    Attributes:
        training_batch_size: pairs of each step.
        learning_rate: of Adam, constant.
        stop_after_epochs: epochs without a better held-out loss after which to stop.
        max_num_epochs: at most.
        validation_fraction: that sbi holds out of the training examples at random, or None for the
            examples that the harness holds out.
        clip_max_norm: largest norm of a gradient.
        method: which of sbi's trainings, a key of `METHODS`.
        further: arguments of that training alone.
    """

    training_batch_size: int = 200
    learning_rate: float = 5e-4
    stop_after_epochs: int = 20
    max_num_epochs: int = 2**31 - 2
    validation_fraction: float | None = None
    clip_max_norm: float = 5.0
    method: str = "npe"
    further: Mapping[str, Any] = field(default_factory=dict)


def train(
    build: Builder,
    learned: Examples,
    held_out: Examples,
    settings: SbiSettings,
    device: torch.device,
    report: Report,
) -> nn.Module:
    """Train an estimator of sbi; it has the weights of the epoch with the least held-out loss.

    Arguments:
        build: what sbi builds the estimator with, from torch's own generator.
        learned: to train on.
        held_out: to stop on, unless the settings hold out a fraction of `learned`.
        settings: how long and how fast.
        device: where to train.
        report: called after each epoch.

    Raises:
        FloatingPointError: a loss is not finite.
        HarnessError: nothing would be learned from, or nothing held out.
    """
    share = settings.validation_fraction
    own_split = share is not None
    if share is not None and not 0 < int((1 - share) * len(learned)) < len(learned):
        raise HarnessError(
            f"validation_fraction={share:g} of {len(learned):,} pairs leaves none to "
            "learn from or none to hold out; expected a share that leaves some of both."
        )
    n_learned = None if own_split else len(learned)
    training = METHODS[settings.method](build, n_learned, settings.max_num_epochs, report, device)
    sets = [learned] if own_split else [learned, held_out]
    with warnings.catch_warnings():
        # columns that are constant or have outliers matter to sbi's own scaling, which is not used
        warnings.filterwarnings("ignore", "Data (has|contains) ", UserWarning)
        training.append_simulations(
            torch.cat([one.parameters for one in sets]), torch.cat([one.features for one in sets])
        )
    try:
        trained: nn.Module = training.train(
            training_batch_size=settings.training_batch_size,
            learning_rate=settings.learning_rate,
            stop_after_epochs=settings.stop_after_epochs,
            validation_fraction=settings.validation_fraction or 0.1,
            clip_max_norm=settings.clip_max_norm,
            **settings.further,
        )
    except (ValueError, AssertionError) as error:
        if "NaN/Inf present" in str(error):  # what sbi says of its loss
            raise FloatingPointError(str(error)) from error
        raise
    return trained


class _Training(NeuralInference):  # type: ignore[misc]
    """What is the same for every training of sbi, whose class stands behind this one.

    Arguments:
        build: of the estimator.
        n_learned: so many examples are learned from, and the rest is held out; None leaves it to sbi.
        most_epochs: to train.
        report: called after each epoch.
        device: where to train.
        prior: of the parameters, which more rounds than one need.
    """

    def __init__(
        self,
        build: Builder,
        n_learned: int | None,
        most_epochs: int,
        report: Report,
        device: torch.device,
        prior: torch.distributions.Distribution | None = None,
    ) -> None:
        # first in the signature of each of sbi's classes: the prior, then the builder
        super().__init__(prior, build, device=str(device), tracker=Untracked(), show_progress_bars=False)
        self.n_learned = n_learned
        self.most_epochs = most_epochs
        self.report = report

    def get_dataloaders(
        self,
        starting_round: int = 0,
        training_batch_size: int = 200,
        validation_fraction: float = 0.1,
        resume_training: bool = False,
        dataloader_kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Those of sbi; where the harness has split, as if sbi had drawn that split before."""
        if self.n_learned is not None:
            total = len(self.get_simulations(starting_round)[0])
            self.train_indices, self.val_indices = torch.arange(total).tensor_split([self.n_learned])
            # sbi rounds to the number that it learns from, and takes batches no larger than either part
            validation_fraction = (len(self.val_indices) - 0.5) / total
            resume_training = True
        return super().get_dataloaders(
            starting_round, training_batch_size, validation_fraction, resume_training, dataloader_kwargs
        )

    def _converged(self, epoch: int, stop_after_epochs: int) -> bool:
        """Called by sbi before each epoch, with those done; keeps the best weights."""
        converged: bool = super()._converged(epoch, stop_after_epochs)
        if epoch == 0:
            return converged
        losses = (self.summary[which][-1] for which in ("training_loss", "validation_loss"))
        stop = self.report(epoch, *losses)
        if (stop or epoch >= self.most_epochs) and not converged:
            self._neural_net.load_state_dict(self._best_model_state_dict)
            converged = True
        return converged

    def _report_convergence_at_end(self, epoch: int, max_num_epochs: int) -> None:
        """Say nothing: standard output belongs to the command that trains."""


class RoundsOfNPE(_Training, NPE_C):  # type: ignore[misc]
    """NPE of Greenberg et al. 2019, in whose first round the loss is the negative log density."""


class _FMPE(_Training, FMPE):  # type: ignore[misc]
    """Flow matching."""


class _NPSE(_Training, NPSE):  # type: ignore[misc]
    """Score matching."""


class _NRE(_Training, NRE_B):  # type: ignore[misc]
    """Ratio estimation of Durkan et al. 2020: a pair's parameters are told from a known distribution's.

    sbi takes the others of a batch, whose distribution nobody knows where planets are chosen by their spectra
    and parameters standardised planet by planet; a ratio to it would not give samples. The loss is sbi's.
    """

    def _classifier_logits(self, theta: Tensor, x: Tensor, num_atoms: int) -> Tensor:
        """Logits (B * num_atoms,), those of the pair first, then those of drawn parameters."""
        shape = len(theta), num_atoms - 1, theta.shape[-1]
        drawn = REFERENCE_SPREAD * torch.randn(shape, device=theta.device)
        atoms = torch.cat([theta[:, None], drawn], dim=1)
        context = self._neural_net.embedding_net_x(x)[:, None].expand(-1, num_atoms, -1)
        logits: Tensor = self._neural_net.net(torch.cat([atoms, context], dim=-1).flatten(0, 1))
        return logits.squeeze(-1)


METHODS: Mapping[str, type[Any]] = {"npe": RoundsOfNPE, "fmpe": _FMPE, "npse": _NPSE, "nre": _NRE}


class Untracked:
    """Takes the place of the TensorBoard folder that sbi writes into the working directory."""

    log_dir = None

    def log_metric(self, name: str, value: float, step: int | None = None) -> None:
        """Do nothing."""

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Do nothing."""

    def log_params(self, params: dict[str, Any]) -> None:
        """Do nothing."""

    def add_figure(self, name: str, figure: Any, step: int | None = None) -> None:
        """Do nothing."""

    def flush(self) -> None:
        """Do nothing."""
