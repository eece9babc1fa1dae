"""HELA's published training sets, and any other of the same format."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from harness.challenges.hela_channels import channel_widths
from harness.challenges.hela_format import Description, find_description, read_description
from harness.challenges.hela_names import plain_name
from harness.components import Challenge, Component
from harness.data.arrays import Array
from harness.data.observations import Observations
from harness.data.schema import LARGEST, Parameter, Schema
from harness.data.split import Split
from harness.data.truth import Truth
from harness.errors import HarnessError
from harness.files.number_file import read_numbers
from harness.untrusted.files import expanded

Rows = NDArray[np.intp]

WAVELENGTH = "wavelength.npy"  # channel centres [um]
ERROR_BARS = "error_bars.npy"  # 1-sigma noise of each channel, in the spectra's unit

_STREAM = {"training": 0, "testing": 1}  # of the noise generator


class Hela(Challenge):
    """A table of spectra with the parameters behind them; no reference posteriors.

    The location is the json file that describes the dataset, or its directory. Where the training
    file is not there, or no testing file is named, the other is split by
    `numpy.random.default_rng(split_seed)`: the first rows of its permutation are for training, the rest
    for scoring. Planets are named after their file and row, counted from 0.

    The format has no channel widths: a channel reaches half way to its neighbours, and at a gap between
    instruments as far as to the nearer one.

    Published spectra carry noise already, and methods are told so, lest they draw it a second time: in HELA's
    example 50 ppm in every channel, as the 452 planets show whose clouds leave nothing else to be seen.
    """

    class Options(Component.Options):
        noise_included: bool = Field(
            True, description="the spectra in the files carry noise already, as published ones do"
        )
        noise: bool = Field(
            False,
            description="draw the error bars once and add them to all spectra, training and test alike, "
            "beside what noise they carry",
        )
        noise_seed: int = Field(0, ge=0, description="seed of that draw")
        train_fraction: float = Field(
            0.75, gt=0, lt=1, description="fraction for training where there is only one file"
        )
        split_seed: int = Field(0, ge=0, description="seed of that split")
        valid: int = Field(
            0, ge=0, description="training planets set aside for validation; published figures train on all"
        )

    options: Options

    needs_location = True
    source = (
        "Marquez-Neila, Fisher, Sznitman & Heng 2018, Nature Astronomy 2, 719: "
        "Supervised machine learning for analysing spectra of exoplanetary atmospheres"
    )
    scorers = ("r2", "rmse", "crps", "coverage")

    def read(self) -> tuple[Schema, Mapping[str, Split]]:
        path = find_description(expanded(self.location or ""))
        description = read_description(path)
        n_channels = description.metadata.num_features
        wavelength, width, error_bars = _channels(path.parent, n_channels)
        tables, rows = self._tables(path, description)
        parameters, notes = _parameters(description, list(tables.values()))
        self.notes = notes
        schema = Schema(
            parameters=parameters,
            wavelength=tuple(wavelength.tolist()),
            width=tuple(width.tolist()),
            spectrum_unit="transit depth [%]",
            noise_included=self.options.noise_included or self.options.noise,
        )
        if self.options.noise:
            for name, table in tables.items():
                generator = np.random.default_rng([self.options.noise_seed, _STREAM[name]])
                table[:, :n_channels] += error_bars * generator.standard_normal((len(table), n_channels))
        return schema, {
            split: _split(tables[table], description.stem(table), index, error_bars)
            for split, (table, index) in rows.items()
        }

    def _tables(
        self, path: Path, description: Description
    ) -> tuple[dict[str, Array], dict[str, tuple[str, Rows]]]:
        """The tables "training" and "testing", as far as they are there; each split's table and rows."""
        options, metadata = self.options, description.metadata
        shape = (None, metadata.num_features + len(metadata.names))
        tables = {}
        if description.testing_data is not None:
            tables["testing"] = read_numbers(path.parent / description.testing_data, shape)
        if description.training_data is not None:
            training = path.parent / description.training_data
            if not tables or training.is_file():
                tables["training"] = read_numbers(training, shape)
        if len(tables) == 2:
            source, scored = "training", "testing"
            train, test = (np.arange(len(tables[table])) for table in (source, scored))
        else:
            (source,) = (scored,) = tables
            order = np.random.default_rng(options.split_seed).permutation(len(tables[source]))
            n_train = math.floor(options.train_fraction * len(order))
            train, test = order[:n_train], np.sort(order[n_train:])
        if len(train) == 0:
            file = path.parent / f"{description.stem(source)}.npy"
            raise HarnessError(
                f"{file} has {len(tables[source]):,} rows, of which 'train_fraction' = "
                f"{options.train_fraction:g} leaves none to train on; give a larger fraction, or more rows."
            )
        if options.valid >= len(train):
            raise HarnessError(
                f"Option 'valid' of {self.spec} is {options.valid:,} but there are only {len(train):,} "
                "planets to train on; choose a smaller one."
            )
        n_train = len(train) - options.valid
        return tables, {
            "train": (source, np.sort(train[:n_train])),
            "valid": (source, np.sort(train[n_train:])),
            "test": (scored, test),
        }


def _channels(folder: Path, n_channels: int) -> tuple[Array, Array, Array]:
    """Centres and widths [um] of the channels, and the 1-sigma noise of each [%]."""
    for name, holds in ((WAVELENGTH, "channel centres [um]"), (ERROR_BARS, "1-sigma noises [%]")):
        if not (folder / name).exists():
            raise HarnessError(
                f"{folder / name} is missing; HELA's json does not have the {n_channels} {holds}: write them "
                f"there, with numpy.save('{name}', ...)."
            )
    wavelength = read_numbers(folder / WAVELENGTH, (n_channels,), positive="a wavelength in micrometres")
    width = channel_widths(wavelength)
    if width is None:
        raise HarnessError(
            f"{folder / WAVELENGTH} is neither ascending nor descending; expected channels in one order, or "
            "one instrument after the other, each of at least two channels."
        )
    error_bars = read_numbers(folder / ERROR_BARS, (n_channels,), positive="a 1-sigma noise in %")
    return wavelength, width, error_bars


def _split(table: Array, stem: str, rows: Rows, error_bars: Array) -> Split:
    spectrum, parameters = np.split(table[rows], [len(error_bars)], axis=1)
    return Split(
        Observations(
            np.array([f"{stem}{row}" for row in rows], dtype=np.str_),
            torch.from_numpy(spectrum.copy()),
            torch.from_numpy(np.tile(error_bars, (len(rows), 1))),
            torch.empty(len(rows), 0, dtype=torch.float64),
        ),
        Truth(torch.from_numpy(parameters.copy())),
    )


def _parameters(
    description: Description, tables: list[Array]
) -> tuple[tuple[Parameter, ...], tuple[str, ...]]:
    """The parameters with their bounds, and a note on each whose values leave the range of the json file.

    The published json gives kappa0 up to 1 cm2/g (0 in the logarithm) where the data go up to 100. A
    bound that the data cross is moved outwards to the next whole number.
    """
    metadata = description.metadata
    parameters, notes = [], []
    for i, (latex, (lower, upper)) in enumerate(zip(metadata.names, metadata.ranges, strict=True)):
        name, unit = plain_name(latex)
        values = np.concatenate([table[:, metadata.num_features + i] for table in tables])
        if not (np.abs(values) < LARGEST / 10).all():
            raise HarnessError(
                f"The parameter {name} of the planets in the .npy files reaches {np.abs(values).max():.3g}, "
                "which no parameter does; the file is damaged, copy it again."
            )
        outside = int(np.count_nonzero((values < lower) | (values > upper)))
        parameter = Parameter(
            name=name,
            unit=unit,
            lower=min(lower, math.floor(values.min())) if values.min() < lower else lower,
            upper=max(upper, math.ceil(values.max())) if values.max() > upper else upper,
        )
        parameters.append(parameter)
        if outside:
            notes.append(
                f"{name}: {outside:,} of {len(values):,} values lie outside the stated range {lower:g} to "
                f"{upper:g}; the bounds used are {parameter.lower:g} to {parameter.upper:g}."
            )
    return tuple(parameters), tuple(notes)
