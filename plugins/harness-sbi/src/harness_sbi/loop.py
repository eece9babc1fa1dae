"""A training by sbi's own loop, on the harness's examples and split."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from sbi.inference import NPE_C
from torch import Tensor, nn

from harness_sbi.density import Builder

# epoch, training loss, held-out loss -> whether to stop now
Report = Callable[[int, float, float], bool]


@dataclass(frozen=True)
class Examples:
    """What sbi learns from: a fixed set.

    Attributes:
        parameters: standardised (N, P).
        features: of one observation each (N, F).
    """

    parameters: Tensor
    features: Tensor

    def __len__(self) -> int:
        return len(self.parameters)


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
    """

    training_batch_size: int = 200
    learning_rate: float = 5e-4
    stop_after_epochs: int = 20
    max_num_epochs: int = 2**31 - 2
    validation_fraction: float | None = None
    clip_max_norm: float = 5.0


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
    """
    own_split = settings.validation_fraction is not None
    training = _Training(build, None if own_split else len(learned), settings.max_num_epochs, report, device)
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
        )
    except ValueError as error:
        if "NaN/Inf present" in str(error):  # what sbi says of its loss
            raise FloatingPointError(str(error)) from error
        raise
    return trained


class _Training(NPE_C):  # type: ignore[misc]
    """NPE of Greenberg et al. 2019, in whose first round the loss is the negative log density.

    Arguments:
        build: of the estimator.
        n_learned: so many examples are learned from, and the rest is held out; None leaves it to sbi.
        most_epochs: to train.
        report: called after each epoch.
        device: where to train.
    """

    def __init__(
        self, build: Builder, n_learned: int | None, most_epochs: int, report: Report, device: torch.device
    ) -> None:
        super().__init__(
            density_estimator=build, device=str(device), tracker=Untracked(), show_progress_bars=False
        )
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
