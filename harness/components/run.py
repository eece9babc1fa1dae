"""What an estimator is given while it works: device, seeds, progress, a checkpoint folder, a time budget."""

from __future__ import annotations

import hashlib
import logging
import random
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from harness.components.forward_check import ForwardCheck
from harness.components.forward_model import ForwardModel
from harness.components.progress import Advance as Advance
from harness.components.progress import shown_progress
from harness.data.record import ComponentRecord
from harness.errors import PluginWarning
from harness.logs.lines import log_line

logger = logging.getLogger(__name__)


@dataclass
class Run:
    """The surroundings of one run, given to estimators and to the hooks that follow it.

    Attributes:
        name: what the run is called in messages.
        run_id: what it is known by afterwards, and the name of its folder under `runs`; empty where nothing
            is recorded, as in the contract suite.
        label: what `--name` calls it, or None.
        challenge: how to open its challenge again, such as "ariel2023:PATH".
        components: challenge, estimator, preprocessor and embedder by their kind, those that take part: each
            with its `name`, `distribution`, `version`, `options`, and those of them that are `changed`.
        artifacts: a folder that is kept with the run, also if it fails, for hooks that write tables or
            figures; None where nothing is recorded.
        device: where tensors live.
        seed: the repetition; every random stream is derived from it and `streams`.
        streams: component names that the seeds are derived from, so that two methods never share draws.
        checkpoint: a folder that survives an interruption; what an estimator saves there it finds again
            with `--resume`.
        time_budget: seconds that `fit` may take, or None.
        quiet: draw no progress bar.
        report: called with the metrics of each epoch.
        forward_model: gives the challenge's forward model (see `Challenge.forward_model`) to methods that
            learn from simulations of their own, or None where there is none.
        forward_check: tells how well that model makes the challenge's training spectra, or gives None where
            that cannot be told (see `Challenge.forward_check`).
        measured: whether the spectra to sample were measured, and are none of the challenge's: then a
            retrieval's forward model is `ForwardModel.measured`.
    """

    name: str = "run"
    run_id: str = ""
    label: str | None = None
    challenge: str = ""
    components: Mapping[str, ComponentRecord] = field(default_factory=dict)
    artifacts: Path | None = None
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    seed: int = 0
    streams: tuple[str, ...] = ()
    checkpoint: Path | None = None
    time_budget: float | None = None
    quiet: bool = True
    report: Callable[[Run, Mapping[str, float]], None] | None = None
    forward_model: Callable[[], ForwardModel | None] = lambda: None
    forward_check: Callable[[], ForwardCheck | None] = lambda: None
    measured: bool = False
    started: float = field(default_factory=time.monotonic)

    def seed_for(self, purpose: str) -> int:
        """A 63-bit seed for one purpose ("fit", "sample", ...), the same on every machine."""
        text = "\0".join((*self.streams, str(self.seed), purpose))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1

    def seed_everything(self, purpose: str) -> None:
        """Seed the generators of torch, numpy and Python, for methods whose libraries draw from them."""
        seed = self.seed_for(purpose)
        torch.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002 - the legacy generator is what third parties draw from

    def generator(self, purpose: str, device: torch.device | str | None = None) -> torch.Generator:
        """A seeded generator on the run's device, or on another."""
        return torch.Generator(device or self.device).manual_seed(self.seed_for(purpose))

    @property
    def seconds_left(self) -> float | None:
        """Seconds left of the time budget, or None where there is no budget."""
        if self.time_budget is None:
            return None
        return max(0.0, self.time_budget - (time.monotonic() - self.started))

    def warn(self, message: str) -> None:
        """Tell the user something that does not end the run, on the screen and in the log."""
        warnings.warn(f"{self.name}: {message}", PluginWarning, stacklevel=2)

    def tell(self, message: str) -> None:
        """Say something worth knowing that is nothing to worry about, on the screen and in the log."""
        logger.info("%s: %s", self.name, message)
        if not self.quiet:
            log_line(f"{self.name}: {message}", stage=self.name)

    def epoch_finished(self, metrics: Mapping[str, float]) -> None:
        """Tell every plugin about an epoch."""
        if self.report is not None:
            self.report(self, metrics)

    @contextmanager
    def progress(self, description: str, total: int) -> Iterator[Advance]:
        """Progress on standard error; call the yielded function with the steps just done.

        A note given with them, such as the current loss, stands beside it.
        """
        with shown_progress(f"{self.name}: {description}", total, quiet=self.quiet) as advance:
            yield advance
