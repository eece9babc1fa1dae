"""Training flows: resumed with a distance, and compiled."""

import pytest
import torch
from harness_npe.estimators.distances import NPEMMD
from harness_npe.estimators.npe import NPE

from harness.challenges.toy import Toy
from harness.components.run import Run
from harness.embedders.resmlp import ResMLP
from harness.errors import HarnessError
from harness.preprocessors.standardize import Standardize
from harness.training import TrainedEstimator, network
from harness.training.network import PosteriorNetwork

CHALLENGE = Toy.create({"train": 120, "valid": 30, "test": 3, "rows": 200, "traced": 0.5}, name="toy")
SMALL = {
    "supervision": "mix",
    "epochs": 3,
    "steps": 4,
    "batch": 32,
    "transforms": 1,
    "hidden": (8,),
}


def fitted(run: Run, kind: type[TrainedEstimator] = NPE, **options) -> TrainedEstimator:
    estimator = kind.create(
        {**SMALL, **options},
        name="it",
        schema=CHALLENGE.schema,
        preprocessor=Standardize.create(),
        embedder=ResMLP.create({"width": 8, "context": 4, "depth": 1}),
    )
    estimator.fit(CHALLENGE.train, CHALLENGE.valid, run)
    return estimator


def interrupt_after(epochs: int):
    def report(run, metrics):
        if metrics["epoch"] == epochs:
            raise KeyboardInterrupt

    return report


def test_a_resumed_training_with_a_distance_ends_as_an_unbroken_one(tmp_path):
    options = {"warm_up": 0.2, "full": 0.5, "distance_planets": 3, "distance_samples": 8}
    for name in ("broken", "whole"):
        (tmp_path / name).mkdir()
    with pytest.raises(KeyboardInterrupt):
        fitted(Run(checkpoint=tmp_path / "broken", report=interrupt_after(2)), NPEMMD, **options)
    resumed = fitted(Run(checkpoint=tmp_path / "broken"), NPEMMD, **options).state()
    unbroken = fitted(Run(checkpoint=tmp_path / "whole"), NPEMMD, **options).state()
    assert resumed.keys() == unbroken.keys()
    assert all(torch.equal(resumed[name], unbroken[name]) for name in unbroken)


def test_a_compiled_training_is_the_same_training(monkeypatch):
    """The compiler itself takes a minute: here tracing alone."""
    eager = torch.compile(PosteriorNetwork._losses, backend="eager")
    monkeypatch.setattr(network, "_compiled", lambda: eager)
    compiled = fitted(Run(), compile=True).history
    torch.testing.assert_close(compiled, fitted(Run()).history, rtol=1e-4, atol=1e-4)


def test_an_option_that_a_flow_does_not_take_is_named():
    with pytest.raises(HarnessError, match="flow 'fmpe' does not take all of the options transforms, hidden"):
        fitted(Run(), flow="fmpe")
