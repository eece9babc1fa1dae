"""Which opacities a challenge's forward model has where nobody says it."""

from __future__ import annotations

from harness.challenges.ariel2023.forward_model import BUILT_IN, ArielForwardModel
from harness.components import Challenge
from harness.components.forward_check import ForwardCheck, check_forward_model, uncheckable
from harness.fitted_opacities.learned import LearnedOpacities

AUTO = "auto"
ENOUGH = 200  # training planets, to learn opacities from unasked


def suited_forward_model(challenge: Challenge) -> tuple[ArielForwardModel, ForwardCheck | None]:
    """The transmission model with the built-in opacities where they make the training spectra.

    Else it has opacities that are learned from these when they are first needed; where there are too few of
    them, or they cannot be compared with a model's, the built-in ones all the same.

    Returns:
        the model, and what was found of it where that was looked at.
    """
    built_in = ArielForwardModel(challenge.schema, BUILT_IN)
    train, schema = challenge.train, challenge.schema
    if len(train) < ENOUGH or uncheckable(built_in, train, schema):
        return built_in, None
    found = check_forward_model(built_in, train, schema)
    if found.agrees:
        return built_in, found
    learned = LearnedOpacities(
        train, challenge.valid, schema, built_in.directory, built_in.identity, challenge.spec
    )
    return ArielForwardModel(schema, learned), None
