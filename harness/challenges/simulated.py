"""Simulated challenges in one file: any, and the one that comes with the package."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from harness.challenges.ariel2023.forward_model import BUILT_IN, ArielForwardModel
from harness.challenges.simulated_file import read_challenge_file
from harness.components import Challenge, Component
from harness.data.schema import Schema
from harness.data.split import Split

BUNDLED = Path(__file__).with_name("ariel_mini.h5")


class Simulated(Challenge):
    """A challenge that `harness simulate FILE.h5` wrote.

    Test planets may be of several partitions; each is scored on its own, and the score that ranks is that of
    the partition "matched".
    """

    class Options(Component.Options):
        opacities: str = Field(
            BUILT_IN,
            min_length=1,
            description="cross-sections behind the spectral part of the score: 'built-in' (a band model), "
            "or the directory of opacity files that the challenge was simulated with",
        )

    needs_location = True

    @property
    def file(self) -> Path:
        """Where the challenge lies."""
        return Path(self.location or "").expanduser()

    @property
    def opacities(self) -> str:
        """What the forward model computes with."""
        return str(self.options.opacities)

    def read(self) -> tuple[Schema, Mapping[str, Split]]:
        schema, splits = read_challenge_file(self.file)
        ArielForwardModel(schema, self.opacities).check()
        return schema, splits

    def forward_model(self) -> ArielForwardModel:
        """The transmission model on the challenge's channels."""
        return ArielForwardModel(self.schema, self.opacities)

    def forward_model_identity(self) -> str:
        return self.forward_model().identity


class ArielMini(Simulated):
    """A small challenge of the kind of the Ariel Data Challenge 2023, bundled with the package.

    Spectra are TauREx's transmission model with the opacities of a band model, reference posteriors nested
    sampling with the same model; test planets are like the training planets, or shifted in five ways.
    docs/ariel_mini.md says how it was made.
    """

    class Options(Component.Options):
        """None: the opacities are those that it was made with."""

    needs_location = False
    file = BUNDLED
    opacities = BUILT_IN
