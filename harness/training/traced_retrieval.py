"""The retrieval behind a challenge's reference posteriors, as an estimator learns, keeps and tells it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from harness.components import ForwardModel
from harness.components.run import Run
from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError
from harness.files.bound_tensors import reading_bound, text_tensor, write_bound
from harness.files.optimizer_state import under
from harness.files.storage import write_whole
from harness.fitted_retrieval.base import base_model
from harness.fitted_retrieval.fit import RetrievalFit, Steps, fit_retrieval
from harness.fitted_retrieval.model import FittedRetrieval
from harness.fitted_retrieval.planets import RetrievedPlanets
from harness.physics import Layers

PREFIX = "retrieval/"
FILE, KEPT = "retrieval.json", "retrieval.safetensors"
STEPS = Steps()
SHARE = 1 / 3  # of a time budget, at most


class TracedRetrieval:
    """Learns a retrieval from the traces of training planets when an estimator is fitted.

    Arguments:
        schema: of the challenge.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._state: dict[str, Tensor] = {}
        self._model: FittedRetrieval | None = None

    def lacking(self, train: Split) -> str | None:
        """Why there is nothing to learn it from, as a sentence; None if there is."""
        return RetrievedPlanets.lacking(train, self._schema)

    def learn(self, train: Split, forward: ForwardModel, run: Run) -> None:
        """Learn it, or find it in the run's checkpoint.

        Raises:
            HarnessError: too few training planets have a trace, the forward model has no cross-sections to
                change, or the checkpoint is damaged.
        """
        generator = torch.Generator().manual_seed(run.seed_for("retrieval"))
        planets = RetrievedPlanets.of(train, self._schema, generator)
        name = f"retrieval {forward.identity} {planets.digest} {run.seed}"
        kept = None if run.checkpoint is None else run.checkpoint / KEPT
        if kept is not None and kept.is_file():
            with reading_bound(kept, name, "run without --resume") as tensors:
                self._state = under(PREFIX, tensors)
            return
        directory = forward.cross_sections()
        if directory is None:
            raise HarnessError(
                f"'{run.name}' with weighed_by=traces learns a retrieval as changes of a forward model with "
                "cross-sections, such as that of the Ariel challenges, which this challenge does not have; "
                "leave weighed_by=traces out."
            )
        model = base_model(directory, forward.collisions, self._schema, torch.device("cpu"))
        steps = replace(STEPS, enough=_enough(run))
        with run.progress("learning the retrieval behind the traces", steps.first + steps.second) as advance:
            found = fit_retrieval(planets, model, name, generator, advance, steps)
        self._state = {**found.retrieval.state(), **_judged(found), "of": text_tensor(forward.identity)}
        run.tell(_sentence(found))
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            write_bound(kept, name, self.state())

    def model(self, forward: ForwardModel, run: Run) -> FittedRetrieval:
        """What was learned, on the run's device.

        Raises:
            HarnessError: the forward model is another than the one that it is changes of.
        """
        if self._model is None:
            directory = forward.cross_sections()
            if directory is None or not torch.equal(self._state["of"].cpu(), text_tensor(forward.identity)):
                raise HarnessError(
                    f"'{run.name}' learned its retrieval as changes of other opacities than the challenge "
                    "has now; give those with --set challenge.opacities=DIR, or fit it again."
                )
            base = base_model(directory, forward.collisions, self._schema, run.device)
            changes = {name: value for name, value in self._state.items() if name not in _ASIDE}
            self._model = FittedRetrieval.restored(base, changes, f"retrieval of {forward.identity}")
        return self._model

    def state(self) -> dict[str, Tensor]:
        """What was learned, by names that begin with `retrieval/`."""
        return {f"{PREFIX}{name}": value for name, value in self._state.items()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Take what `state` gave."""
        self._state, self._model = under(PREFIX, state), None

    def write(self, directory: Path) -> None:
        """Tell what was learned, in `retrieval.json`."""
        if not self._state:
            return
        told = {name: float(value) for name, value in zip(_JUDGED, self._state["judged"], strict=True)}
        summary = {
            **told,
            "reference_pressure_Pa": Layers().bottom * float((-self._state["convention"]).exp()),
            "error_bars_over_noise": float(self._state["noise"].exp()),
            "planet_mass_MJup": (10 ** self._state["knots"]).tolist(),
            "mass_over_planet_mass": self._state["masses"].exp().tolist(),
        }
        text = json.dumps(summary, indent=2) + "\n"
        write_whole(directory / FILE, lambda path: path.write_text(text, encoding="utf-8"))


_JUDGED = ("traces", "held_out", "residual_before", "residual_after", "density_before", "density_after")
_ASIDE = ("of", "judged")


def _judged(found: RetrievalFit) -> dict[str, Tensor]:
    before, after = found.before, found.after
    numbers = (found.traces, found.held_out, before.residual, after.residual, before.density, after.density)
    return {"judged": torch.tensor(numbers, dtype=torch.float64)}


def _sentence(found: RetrievalFit) -> str:
    retrieval = found.retrieval
    masses = retrieval.changes.masses.exp()
    before, after = found.before, found.after
    return (
        f"the retrieval behind the reference posteriors, learned from {found.traces:,} traces: radii at "
        f"{retrieval.reference_pressure:.2g} Pa, masses {float(masses.min()):.2f} to "
        f"{float(masses.max()):.2f} times those given, error bars {retrieval.noise:.2f} of the noise. Rows "
        f"of {found.held_out} posteriors held out have a log-density of {after.density:.1f} under it, and "
        f"of {before.density:.1f} under the challenge's forward model."
    )


def _enough(run: Run) -> Callable[[], bool]:
    left = run.seconds_left
    if left is None:
        return lambda: False
    return lambda: (run.seconds_left or 0.0) < (1 - SHARE) * left
