"""The base class of a retrieval method."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from harness.components.component import Component
from harness.components.feature_module import Features
from harness.components.features import Embedder, Preprocessor
from harness.data.observations import Observations
from harness.data.posterior import Posterior
from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError
from harness.files.tensors import NoLargerThan, read_tensors, write_tensors
from harness.untrusted.files import MIB, read_bytes

if TYPE_CHECKING:
    from harness.components.challenge import Challenge
    from harness.components.run import Run

MOST_FEATURES = 100_000  # that a saved estimator may claim, whose first layer is made before it is filled


class Estimator(Component, ABC):
    """A retrieval method: learns from training planets, answers with posterior samples.

    A subclass implements `fit` and `sample`, keeps everything learned in tensors, and names them in
    `state` and `restore`. One that works on the spectra themselves, without preprocessor and
    embedder, says `uses_features = False`. One that `harness run --all` should leave out unless it is named,
    because it takes hours, says why in a sentence: `left_out_of_all`. One whose `fit` trains the
    parameters of the embedder with its own says `trains_embedder = True`; no other may be given an
    embedder that must be trained.
    """

    uses_features: ClassVar[bool] = True
    trains_embedder: ClassVar[bool] = False
    default_preprocessor: ClassVar[str] = "none"
    default_embedder: ClassVar[str] = "none"
    left_out_of_all: ClassVar[str] = ""

    def __init__(
        self,
        options: Component.Options | None = None,
        *,
        schema: Schema,
        preprocessor: Preprocessor | None = None,
        embedder: Embedder | None = None,
    ) -> None:
        super().__init__(options)
        self.schema = schema
        self.preprocessor = preprocessor
        self.embedder = embedder
        self.features: Features | None = None

    def unsuitable(self) -> str | None:
        """Why this estimator cannot work on a challenge of its schema, in a sentence; None if it can.

        Such an estimator is refused before anything is fitted, and left out of `harness run --all`.
        """
        return None

    def unsuitable_for(self, challenge: Challenge) -> str | None:
        """The same of this very challenge, whose training planets may lack what the method learns from.

        This is what is asked before a run; it asks `unsuitable` unless a subclass has more to say.
        """
        return self.unsuitable()

    @abstractmethod
    def fit(self, train: Split, valid: Split, run: Run) -> None:
        """Learn from the training planets; `valid` is for early stopping and choices."""

    @abstractmethod
    def sample(self, observations: Observations, n: int, run: Run) -> Posterior:
        """Draw n samples of each planet's posterior: samples (N, n, P) in physical units, weights (N, n)."""

    def sample_quickly(self, observations: Observations, n: int, run: Run) -> Posterior | None:
        """A few samples of each posterior in no time, less exactly if need be; None where there is no way.

        The alarm of each planet (`harness.alarm`) asks for a few tens of samples of hundreds of planets,
        before `sample` is called; where it gets none, it looks at the distance of the spectrum alone. A
        method that samples quickly returns `self.sample(observations, n, run)`.
        """
        return None

    def log_prob(self, observations: Observations, parameters: Tensor, run: Run) -> Tensor:
        """The log posterior density (N, n) at parameters (N, n, P), where the method has one."""
        raise NotImplementedError(f"{type(self).__name__} has no density")

    def check(self, observations: Observations) -> None:
        """Refuse observations that this estimator cannot have learned to read; call it first in `sample`.

        Raises:
            HarnessError: the channels or auxiliary columns differ in number from those of the
                schema, a number is not finite, or a noise is not positive.
        """
        for what, tensor, columns in (
            ("channels", observations.spectrum, len(self.schema.wavelength)),
            ("auxiliary columns", observations.auxiliary, len(self.schema.auxiliary)),
        ):
            if tensor.shape[1] != columns:
                raise HarnessError(
                    f"The observations have {tensor.shape[1]} {what}, "
                    f"but '{self.name}' was trained on {columns}."
                )
        good = torch.isfinite(observations.spectrum).all(-1) & torch.isfinite(observations.auxiliary).all(-1)
        good &= ((observations.noise > 0) & torch.isfinite(observations.noise)).all(-1)
        if not good.all():
            planet = observations.title(int(torch.nonzero(~good)[0]))
            raise HarnessError(
                f"The observation of planet {planet} cannot be used: spectrum and auxiliary columns must be "
                "finite, and the noise positive."
            )

    def refuse_too_few(self, train: Split) -> None:
        """Refuse to learn a posterior from a single planet, which would be a point.

        Raises:
            HarnessError: there are fewer than two training planets.
        """
        if len(train) < 2:
            raise HarnessError(
                f"'{self.name}' needs at least 2 planets to learn from, and this challenge has {len(train)}."
            )

    def fit_features(self, train: Split, run: Run) -> Features:
        """Fit the preprocessor and build the embedder; the result is saved and loaded with the estimator."""
        if self.preprocessor is None or self.embedder is None:
            raise ValueError("an estimator that uses features needs a preprocessor and an embedder")
        self.features = Features.fit(self.preprocessor, self.embedder, train, self.schema).to(run.device)
        return self.features

    def state(self) -> dict[str, Tensor]:
        """Everything that `fit` learned, by name, beside the features."""
        return {}

    def restore(self, state: Mapping[str, Tensor], run: Run) -> None:
        """Take back what `state` gave."""

    def artifacts(self, directory: Path) -> None:
        """Write anything worth keeping with the run (figures, tables) into `directory`."""

    def save(self, directory: Path) -> None:
        """Write the fitted estimator as data: `estimator.safetensors`, `features.safetensors`."""
        directory.mkdir(parents=True, exist_ok=True)
        write_tensors(directory / "estimator.safetensors", self.state())
        if self.features is not None:
            write_tensors(directory / "features.safetensors", self.features.state_dict())
            shape = {"n_features": self.features.n_features}
            (directory / "features.json").write_text(json.dumps(shape) + "\n")

    def load(self, directory: Path, run: Run) -> None:
        """Read what `save` wrote.

        Raises:
            HarnessError: a file is missing or damaged, or is that of another estimator.
        """
        shape = directory / "features.json"
        if shape.exists():
            if self.preprocessor is None or self.embedder is None:
                raise HarnessError(f"{shape} says that this estimator needs a preprocessor and an embedder.")
            try:
                n_features = int(json.loads(read_bytes(shape, MIB))["n_features"])
                if not 0 < n_features <= MOST_FEATURES:
                    raise ValueError(f"{n_features} features")
            except (KeyError, TypeError, ValueError, RecursionError) as error:
                raise HarnessError(f"{shape} is damaged; fit the estimator again.") from error
            weights = directory / "features.safetensors"
            tensors = read_tensors(weights)
            with NoLargerThan(weights):
                features = Features.restore(
                    self.preprocessor, self.embedder, self.schema, n_features, tensors
                )
            self.features = features.to(run.device)
        elif self.preprocessor is not None:
            raise HarnessError(f"{shape} is missing; the saved estimator is not whole: fit it again.")
        path = directory / "estimator.safetensors"
        state = {name: tensor.to(run.device) for name, tensor in read_tensors(path).items()}
        try:
            with NoLargerThan(path):
                self.restore(state, run)
        except (KeyError, RuntimeError) as error:
            raise HarnessError(
                f"{path} does not hold what '{self.name}' as it is installed has learned; fit it again."
            ) from error
