"""One half of an Ariel 2023 directory: its training or its test folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from harness.challenges.ariel2023.layout import (
    AUXILIARY,
    AUXILIARY_TABLE,
    PARAMETER_TABLE,
    PLANET_ID,
    QUARTILES_TABLE,
    SPECTRA,
    TRACES,
    TRUTH,
    require_file,
)
from harness.challenges.ariel2023.release import RELEASE_2023, Release
from harness.challenges.ariel2023.spectra import Spectra, read_spectra
from harness.challenges.ariel2023.traces import read_traces
from harness.data.observations import Observations
from harness.data.split import Split
from harness.data.truth import Truth
from harness.errors import HarnessError
from harness.files.planet_table import PlanetTable, read_planet_table


@dataclass(frozen=True)
class Folder:
    """The planets of one folder, in the order of its auxiliary table.

    Attributes:
        path: the folder.
        split: its planets, with an empty truth where the folder has none.
        spectra: what the spectra were read from, for their channels.
        notes: sentences on what the folder lacks, or has and is not used.
    """

    path: Path
    split: Split
    spectra: Spectra
    notes: tuple[str, ...]

    @property
    def has_truth(self) -> bool:
        return self.split.truth.parameters is not None


def read_folder(path: Path, *, truth_required: bool, release: Release = RELEASE_2023) -> Folder:
    """Read a folder of a release, joining its files on the planet ids.

    Raises:
        HarnessError: a file is missing or damaged, or the files do not hold the same planets.
    """
    table = read_planet_table(
        require_file(path, AUXILIARY_TABLE), PLANET_ID, [column.name for column in AUXILIARY]
    )
    spectra = read_spectra(require_file(path, SPECTRA), table.planets, table.path)
    observations = Observations(
        np.array(table.planets, dtype=np.str_),
        *(torch.from_numpy(array) for array in (spectra.spectrum, spectra.noise, table.values)),
    )
    notes = _ignored(table)
    folder = path / TRUTH
    if not folder.is_dir():
        if truth_required:
            raise HarnessError(f"{folder} is missing; without it there is nothing to learn from.")
        return Folder(path, Split(observations, Truth(None)), spectra, notes)
    truth, truth_notes = _read_truth(folder, table, release)
    return Folder(path, Split(observations, truth), spectra, notes + truth_notes)


def _read_truth(folder: Path, planets: PlanetTable, release: Release) -> tuple[Truth, tuple[str, ...]]:
    table = read_planet_table(require_file(folder, PARAMETER_TABLE), PLANET_ID, release.names)
    parameters = torch.from_numpy(table.in_order(planets.planets, planets.path))
    traces = read_traces(require_file(folder, TRACES), planets.planets, planets.path, release)
    notes = _ignored(table)
    if not (folder / QUARTILES_TABLE).is_file():
        notes += (f"{folder / QUARTILES_TABLE} is missing; nothing is read from it.",)
    return Truth(parameters, traces if bool(traces.present.any()) else None), notes


def _ignored(table: PlanetTable) -> tuple[str, ...]:
    if not table.ignored:
        return ()
    return (f"{table.path} has further columns that are not used: {', '.join(table.ignored)}.",)
