"""The random streams of a run: the same for the same names and seed, and for no others."""

import random

import numpy as np
import torch

from harness.components.run import Run


def test_the_global_generators_follow_from_the_seed_and_the_purpose() -> None:
    """A method may draw from the generators of torch, numpy and Python themselves."""

    def draws(run: Run, purpose: str) -> tuple[float, float, float]:
        run.seed_everything(purpose)
        return float(torch.rand(1)), float(np.random.random()), random.random()  # noqa: NPY002

    run = Run(seed=3, streams=("prior", "none", "none"))
    assert draws(run, "sample") == draws(run, "sample")
    others = [
        (run, "fit"),
        (Run(seed=4, streams=run.streams), "sample"),
        (Run(seed=3, streams=("nearest", "none", "none")), "sample"),
    ]
    for other, purpose in others:
        assert all(a != b for a, b in zip(draws(run, "sample"), draws(other, purpose), strict=True))
