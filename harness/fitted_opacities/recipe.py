"""The name of a fit: the same for the same planets and the same way of learning, on any machine."""

from __future__ import annotations

import hashlib

from harness.data.fingerprint import fingerprint
from harness.data.schema import Schema
from harness.data.split import Split
from harness.data.truth import Truth
from harness.fitted_opacities.settings import FitSettings

VERSION = 1  # of the way of learning: a change of the code that changes what comes out counts it up


def name_of(train: Split, valid: Split, schema: Schema, begun_with: str, settings: FitSettings) -> str:
    """16 hexadecimal digits over planets, parameters, the opacities begun with, and the settings.

    The last digits of what is learned differ from one processor to the next; they are left out, so that
    scores of two machines can stand on one board.

    Arguments:
        begun_with: the name of those opacities.
    """
    planets = {
        name: Split(split.observations, Truth(split.truth.parameters))
        for name, split in (("train", train), ("valid", valid))
    }
    since = "".join(f" {value}" for value in (settings.held, settings.least) if value)
    recipe = f"{VERSION} {settings.points} {settings.terms} {settings}{since} {begun_with}"
    text = f"{recipe} {fingerprint(schema, planets)}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]
