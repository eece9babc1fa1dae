"""The base classes that a plugin author subclasses.

Each component has a nested pydantic model `Options`: typed, with help, and with bounds.
Which options exist is what `harness plugins show NAME` prints and `--set` accepts.
"""

from __future__ import annotations

import copy
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from torch import Tensor, nn

from harness.challenges.observations import Observations
from harness.challenges.split import Split
from harness.challenges.truth import Truth
from harness.errors import HarnessError, nearest_match
from harness.features import Features
from harness.parameters import BoundedLogit
from harness.posterior import Posterior
from harness.schema import Schema
from harness.score import Score
from harness.tensors import read_tensors, write_tensors

if TYPE_CHECKING:
    from harness.run import Run


class Component:
    """A named, configurable part of a run.

    Attributes:
        name: the name it was registered under.
        source: the paper or code that the method comes from, printed by `harness plugins show`.
        contract_options: options that keep the contract suite quick (fewer epochs, fewer trees).
    """

    class Options(BaseModel):
        """No options."""

        model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    name: str = ""
    source: ClassVar[str] = ""
    contract_options: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, options: Options | None = None) -> None:
        self.options: Any = options if options is not None else self.Options()

    @classmethod
    def parse_options(cls, values: Mapping[str, Any] | None, name: str = "") -> Options:
        """Check options given by name; `name` is what the component is called in messages.

        Raises:
            HarnessError: an option is unknown, or its value has the wrong type or range.
        """
        try:
            return cls.Options.model_validate(dict(values or {}))
        except ValidationError as error:
            raise HarnessError(_explain(cls, name or cls.__name__, error)) from error

    @classmethod
    def create(cls, values: Mapping[str, Any] | None = None, *, name: str = "", **arguments: Any) -> Self:
        """The component with the options given by name; see `parse_options`."""
        component = cls.__new__(cls)
        component.name = name or cls.name or cls.__name__  # known before __init__, whose errors print it
        component.__init__(cls.parse_options(values, component.name), **arguments)  # type: ignore[misc]
        return component


def _explain(component: type[Component], called: str, error: ValidationError) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    known = list(component.Options.model_fields)
    if first["type"] == "extra_forbidden":
        return (
            f"{called} has no option '{name}'{nearest_match(name, known)}; "
            f"its options are: {', '.join(known) or 'none'}."
        )
    message = first["msg"].removeprefix("Value error, ")
    return f"Option '{name}' of {called} is {first['input']!r}: {message[:1].lower()}{message[1:]}."


class Preprocessor(Component, ABC):
    """Turns observations into features, and parameters into an unbounded space and back.

    The module works on a batch of tensors, so that noise can be drawn afresh each epoch before it:
    `module(spectrum (B, W), noise (B, W), auxiliary (B, A)) -> (B, F)`.
    """

    @abstractmethod
    def architecture(self, schema: Schema) -> nn.Module:
        """The module with its shapes but nothing learned, into which a saved state is loaded."""

    def fit(self, train: Split, schema: Schema) -> nn.Module:
        """The module with what it learns from the training planets in its buffers."""
        return self.architecture(schema)

    def parameter_transform(self, schema: Schema) -> torch.distributions.Transform:
        """An invertible map from parameters (..., P) inside their prior bounds to (..., P) unbounded.

        It has `transform(x)`, `transform.inv(y)` and `transform.log_abs_det_jacobian(x, y)` (...).
        """
        return BoundedLogit(schema.bounds)


class Embedder(Component, ABC):
    """Turns features (B, F) into a context vector (B, C): frozen, or trained with the estimator."""

    @abstractmethod
    def architecture(self, n_features: int) -> nn.Module:
        """The module for F features with nothing learned; it must have the integer `n_context`."""

    def build(self, train_features: Tensor) -> nn.Module:
        """The module, fitted to the training features (N, F) if it is one that is fitted."""
        return self.architecture(train_features.shape[-1])


class Estimator(Component, ABC):
    """A retrieval method: learns from training planets, answers with posterior samples.

    A subclass implements `fit` and `sample`, keeps everything learned in tensors, and names them in
    `state` and `restore`. One that works on the spectra themselves, without preprocessor and
    embedder, says `uses_features = False`.
    """

    uses_features: ClassVar[bool] = True
    default_preprocessor: ClassVar[str] = "none"
    default_embedder: ClassVar[str] = "none"

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

    @abstractmethod
    def fit(self, train: Split, valid: Split, run: Run) -> None:
        """Learn from the training planets; `valid` is for early stopping and choices."""

    @abstractmethod
    def sample(self, observations: Observations, n: int, run: Run) -> Posterior:
        """Draw n samples of each planet's posterior: samples (N, n, P) in physical units, weights (N, n)."""

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
            planet = observations.planet_ids[int(torch.nonzero(~good)[0])]
            raise HarnessError(
                f"The observation of planet {planet} cannot be used: spectrum and auxiliary columns must be "
                "finite, and the noise positive."
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
                n_features = int(json.loads(shape.read_bytes())["n_features"])
            except (KeyError, TypeError, ValueError) as error:
                raise HarnessError(f"{shape} is damaged; fit the estimator again.") from error
            self.features = Features.restore(
                self.preprocessor,
                self.embedder,
                self.schema,
                n_features,
                read_tensors(directory / "features.safetensors"),
            ).to(run.device)
        path = directory / "estimator.safetensors"
        state = {name: tensor.to(run.device) for name, tensor in read_tensors(path).items()}
        try:
            self.restore(state, run)
        except (KeyError, RuntimeError) as error:
            raise HarnessError(
                f"{path} does not hold what '{self.name}' as it is installed has learned; fit it again."
            ) from error


class Scorer(Component, ABC):
    """Compares a prediction with the truth.

    Attributes:
        higher_is_better: the direction in which the score improves.
        needs: what a challenge must have: any of "traces", "parameters".
    """

    higher_is_better: ClassVar[bool] = True
    needs: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def score(self, prediction: Posterior, truth: Truth, challenge: Challenge) -> Score:
        """Score the prediction of N planets, in the order of `challenge.test` unless told otherwise."""

    def missing(self, truth: Truth) -> list[str]:
        """What this scorer needs and the truth does not have."""
        have = set()
        if truth.parameters is not None:
            have.add("parameters")
        if truth.n_traces:
            have.add("traces")
        return sorted(self.needs - have)


class Challenge(Component, ABC):
    """Planets to learn from and planets to be scored on.

    A subclass implements `read`, which returns the schema and the splits; everything else follows.

    Attributes:
        needs_location: whether the name is followed by a colon and a path.
        scorers: the scorers run by default, the one that ranks the leaderboard first.
        notes: what `read` found worth telling about the data: a sentence for each thing that is
            missing, is not used, or was not as its format says.
    """

    needs_location: ClassVar[bool] = False
    notes: tuple[str, ...] = ()
    scorers: tuple[str, ...] = ("ariel", "ariel-official", "r2", "rmse", "crps", "coverage")

    def __init__(self, options: Component.Options | None = None, *, location: str | None = None) -> None:
        super().__init__(options)
        if self.needs_location and not location:
            raise HarnessError(
                f"Challenge '{self.name}' needs to know where its data lie: write '{self.name}:PATH'."
            )
        if location and not self.needs_location:
            raise HarnessError(f"Challenge '{self.name}' takes no path, but '{location}' was given.")
        self.location = location

    @property
    def spec(self) -> str:
        """How to open it again: its name, and its location where it has one."""
        return f"{self.name}:{self.location}" if self.location else self.name

    @abstractmethod
    def read(self) -> tuple[Schema, Mapping[str, Split]]:
        """The schema and the splits "train", "valid", "test", and "unlabelled" where there is one.

        Raises:
            HarnessError: the data are missing or damaged.
        """

    @cached_property
    def _data(self) -> tuple[Schema, Mapping[str, Split]]:
        return self.read()

    @property
    def schema(self) -> Schema:
        return self._data[0]

    @property
    def splits(self) -> Mapping[str, Split]:
        return self._data[1]

    @property
    def train(self) -> Split:
        return self.splits["train"]

    @property
    def valid(self) -> Split:
        return self.splits["valid"]

    @property
    def test(self) -> Split:
        """The planets that runs are scored on."""
        return self.splits["test"]

    def on(self, split: Split) -> Challenge:
        """The same challenge with `split` as its test planets."""
        other = copy.copy(self)
        other.__dict__["_data"] = (self.schema, {**self.splits, "test": split})
        other.__dict__.pop("fingerprint", None)  # that of the other planets, if it was asked for already
        return other

    @cached_property
    def fingerprint(self) -> str:
        """A hash of what a score depends on: schema, planets, truth, their splits, and the forward model."""
        from harness.challenges.fingerprint import fingerprint

        return fingerprint(self.schema, self.splits, self.forward_model_identity())

    def forward_model(self) -> Callable[..., Tensor] | None:
        """The model from parameters to spectra, where the challenge has one.

        It is called with parameters (B, P), star radius [R_Sun] (B,) and planet mass [M_Jup] (B,), both None
        where the challenge's planets do not have them, and answers with spectra (B, W) on the channels of
        the schema. A challenge that has one names it in `forward_model_identity`.
        """
        return None

    def forward_model_identity(self) -> str | None:
        """A name that changes with what the forward model answers, such as a hash of its opacities."""
        return None
