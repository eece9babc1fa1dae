"""Simulated challenges in one file: any, and the one that comes with the package."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from harness.challenges.ariel2023.forward_model import BUILT_IN
from harness.challenges.ariel2023.grid import PARAMETERS
from harness.challenges.ariel2023.suited import AUTO, OfTransmission, WithOpacities
from harness.challenges.described_model import DescribedModel
from harness.challenges.planet_forward import PlanetForwardModel, require_gases, wide_identity
from harness.challenges.simulated_reader import read_challenge_file, read_described_model
from harness.components import ForwardModel
from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError
from harness.fitted_opacities.settings import FIRST
from harness.untrusted.files import expanded

BUNDLED = Path(__file__).with_name("ariel_mini.h5")
BUNDLED_HARD = Path(__file__).with_name("ariel_hard.h5")


class OneFile(OfTransmission):
    """A challenge in one file, whose forward model is the transmission model on Ariel's channels."""

    @property
    @abstractmethod
    def file(self) -> Path:
        """Where the challenge lies."""

    def read(self) -> tuple[Schema, Mapping[str, Split]]:
        schema, splits = read_challenge_file(self.file)
        expected = tuple(parameter.name for parameter in PARAMETERS)
        if schema.parameter_names != expected:
            raise HarnessError(
                f"{self.file} is of the parameters {', '.join(schema.parameter_names[:20])}; the forward "
                f"model of {self.name} takes {', '.join(expected)}."
            )
        self.notes = self.unsaid(schema)
        return schema, splits


class Simulated(OneFile, WithOpacities):
    """A challenge that `harness simulate FILE.h5` wrote.

    A file that was made with `--channels` says itself which gases its forward model has, on which channels
    and with which opacities: by default the built-in ones for real spectra, else those that the option
    `opacities` names. Nothing is learned of these.

    Test planets may be of several partitions; each is scored on its own, and the score that ranks is that of
    the partition "matched".
    """

    needs_location = True
    _described: DescribedModel | None = None

    @property
    def file(self) -> Path:
        return expanded(self.location or "")

    def read(self) -> tuple[Schema, Mapping[str, Split]]:
        self._described = read_described_model(self.file)
        if self._described is None:
            return super().read()
        schema, splits = read_challenge_file(self.file)
        expected = self._described.settings.parameter_names
        if schema.parameter_names != expected:
            raise HarnessError(
                f"{self.file} is of the parameters {', '.join(schema.parameter_names[:20])}; its forward "
                f"model takes {', '.join(expected[:20])}."
            )
        if self.collisions:
            raise HarnessError(
                f"The forward model of {self.file} includes collision-induced absorption of H2 and He "
                "as it is; leave challenge.collisions out."
            )
        chosen = self._chosen
        require_gases(chosen, self._described.gases)
        if (own := wide_identity(chosen, self._described.gases)) != self._described.opacities:
            self.notes = (
                f"Its spectra were made with opacities {self._described.opacities}, and its forward model "
                f"has {own}: give those behind the spectra with --set challenge.opacities=DIR.",
            )
        return schema, splits

    @property
    def _chosen(self) -> str:
        return BUILT_IN if self.opacities == AUTO else self.opacities

    def forward_model(self) -> ForwardModel:
        schema = self.schema
        if self._described is None:
            return super().forward_model()
        if self._model is None:
            self._model = PlanetForwardModel(schema, self._described, self._chosen)
        return self._model


class ArielMini(OneFile):
    """A small challenge of the kind of the Ariel Data Challenge 2023, bundled with the package.

    Spectra are TauREx's transmission model with the opacities of a band model, reference posteriors nested
    sampling with the same model; test planets are like the training planets, or shifted in five ways.
    docs/ariel_mini.md says how it was made.
    """

    file = BUNDLED
    opacities = BUILT_IN


class ArielHard(OneFile, WithOpacities):
    """A challenge as hard as the real one, bundled with the package: neither physics nor posteriors are ours.

    Its spectra were made with opacities that nobody is given, and with collision-induced absorption; its
    reference posteriors by a retrieval with cross-sections, masses, error bars and a radius of its own. The
    forward model is what a participant has: the band model, or cross-sections that he learned or brings.
    Half of the test planets are shifted, and nobody is told how. docs/ariel_hard.md says how it was made.
    """

    file = BUNDLED_HARD
    learning = FIRST
    contract_options: ClassVar[Mapping[str, Any]] = {"opacities": BUILT_IN}
