"""A flow that an estimator climbs with, asked about one measured spectrum."""

from __future__ import annotations

import threading
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from harness.components import Estimator, ForwardModel
from harness.components.run import Run
from harness.data.schema import Parameter
from harness.data.split import Split
from harness.data.truth import Truth
from harness.errors import HarnessError
from harness.files.storage import write_whole
from harness.files.tensors import read_tensors, write_tensors
from harness.real_spectra.learning import ClimbingPlan
from harness.real_spectra.residual_model import ResidualModel
from harness.real_spectra.settings import DENSITIES
from harness.registry.plugins import registry

DRAWS = "flow.safetensors"


class Flow:
    """Draws of an estimator's density that was fitted to one spectrum by gradients of its likelihood.

    Arguments:
        name: of a registered estimator (see `require_climber`).
        model: of the spectrum.
        parameters: with the bounds of their uniform priors.
        seed: of every random number.
        folder: keeps the flow, which is found again there.
        plan: how far it climbs, and how much is drawn.

    Attributes:
        asked: spectra that were computed while it climbed, most of them with gradients.

    Raises:
        HarnessError: the model gives no gradients.
    """

    def __init__(
        self,
        name: str,
        model: ResidualModel,
        parameters: tuple[Parameter, ...],
        seed: int,
        folder: Path,
        plan: ClimbingPlan,
    ) -> None:
        counted = _Counted(model)
        self._run = Run(
            name=name, seed=seed, streams=(name,), checkpoint=folder, forward_model=lambda: counted
        )
        component = _estimator(name)
        options = {key: one for key, one in plan.options.items() if key in component.Options.model_fields}
        self._estimator = component.create(options, name=name, schema=model.schema(parameters))
        self._observed = model.observed()
        folder.mkdir(parents=True, exist_ok=True)
        self._draws, self.asked = self._all_draws(folder / DRAWS, counted, plan)
        self._next = 0

    def draw(self, n: int) -> Tensor:
        """The next n of its draws (n, P), float64."""
        self._next += n
        return self._draws[self._next - n : self._next]

    def log_density(self, values: Tensor) -> Tensor:
        """Log density (n,) of parameters (n, P), per unit of each of them."""
        if not len(values):
            return values.new_zeros(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = self._estimator.log_prob(self._observed, values[None], self._run)
        return found[0].detach().to("cpu", torch.float64).nan_to_num(nan=-torch.inf)

    def _all_draws(self, path: Path, counted: _Counted, plan: ClimbingPlan) -> tuple[Tensor, int]:
        """Draws (D, P), all at once: at another call the estimator would give the same; and spectra asked."""
        if path.exists():
            try:
                kept = read_tensors(path)
                return kept["draws"], int(kept["asked"])
            except (HarnessError, KeyError):
                pass  # damaged: the flow, if it is there, is asked again
        nothing = Split(self._observed[:0], Truth(None))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the weights tell how good it is
            self._estimator.fit(nothing, nothing, self._run)
            found = self._estimator.sample(self._observed, plan.proposals, self._run)
        draws = found.samples[0].detach().to("cpu", torch.float64)
        tensors = {"draws": draws, "asked": torch.tensor(counted.asked)}
        write_whole(path, lambda temporary: write_tensors(temporary, tensors))
        return draws, counted.asked


class _Counted(ForwardModel):
    """A model that counts what it is asked, by several threads at a time."""

    def __init__(self, model: ResidualModel) -> None:
        self._model, self._lock = model, threading.Lock()
        self.parallel, self.asked = model.parallel, 0

    @property
    def identity(self) -> str:
        return self._model.identity

    def __call__(self, parameters: Tensor, *facts: Any) -> Tensor:
        with self._lock:
            self.asked += len(parameters)
        return self._model(parameters)


def require_climber(name: str) -> None:
    """Refuse an estimator that cannot climb, before anything is computed.

    Raises:
        HarnessError: it is not installed, or it learns from training planets, or has no density.
    """
    default = DENSITIES["vi"]
    if name == default and name not in registry().names("estimator"):
        raise HarnessError(
            f"--method vi climbs with the estimator '{default}' of harness-npe, which is not installed; "
            "install it, or choose another method."
        )
    component = _estimator(name)
    if component.uses_features or component.log_prob is Estimator.log_prob:
        raise HarnessError(
            f"The estimator '{name}' has no density that climbs a forward model; leave out --estimator, or "
            f"choose --estimator {default}."
        )


def _estimator(name: str) -> type[Estimator]:
    component = registry().get("estimator", name).load()
    assert issubclass(component, Estimator)
    return component
