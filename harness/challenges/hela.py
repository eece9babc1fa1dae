"""HELA's published training sets, and any other of the same format."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from harness.challenges.hela_format import Description, find_description, plain_name, read_description
from harness.components import Challenge, Component
from harness.data.arrays import Array
from harness.data.observations import Observations
from harness.data.schema import Parameter, Schema
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
    file is not there, the testing file is split by `numpy.random.default_rng(split_seed)`: the
    first rows of its permutation are for training, the rest for scoring. Planets are named after
    their file and row, counted from 0.

    The format has no channel widths: a channel reaches half way to its neighbours.

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
            0.75, gt=0, lt=1, description="fraction for training where there is only a testing file"
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
        wavelength = read_numbers(
            path.parent / WAVELENGTH, (n_channels,), positive="a wavelength in micrometres"
        )
        if len(wavelength) > 1 and not _is_monotonic(wavelength):
            raise HarnessError(f"{path.parent / WAVELENGTH} is neither ascending nor descending.")
        error_bars = read_numbers(path.parent / ERROR_BARS, (n_channels,), positive="a 1-sigma noise in %")
        tables, rows = self._tables(path, description)
        parameters, notes = _parameters(description, list(tables.values()))
        self.notes = notes
        schema = Schema(
            parameters=parameters,
            wavelength=tuple(wavelength.tolist()),
            width=tuple(_widths(wavelength).tolist()),
            spectrum_unit="transit depth [%]",
            noise_included=self.options.noise_included or self.options.noise,
        )
        if self.options.noise:
            for name, table in tables.items():
                generator = np.random.default_rng([self.options.noise_seed, _STREAM[name]])
                table[:, :n_channels] += error_bars * generator.standard_normal((len(table), n_channels))
        stem = {
            "training": Path(description.training_data).stem,
            "testing": Path(description.testing_data).stem,
        }
        return schema, {
            split: _split(tables[table], stem[table], index, error_bars)
            for split, (table, index) in rows.items()
        }

    def _tables(
        self, path: Path, description: Description
    ) -> tuple[dict[str, Array], dict[str, tuple[str, Rows]]]:
        """The tables "training", if it is there, and "testing"; and for each split its table and rows."""
        options, metadata = self.options, description.metadata
        training, testing = path.parent / description.training_data, path.parent / description.testing_data
        shape = (None, metadata.num_features + len(metadata.names))
        tables = {"testing": read_numbers(testing, shape)}
        n = len(tables["testing"])
        if training.is_file():
            tables["training"] = read_numbers(training, shape)
            source, train, test = "training", np.arange(len(tables["training"])), np.arange(n)
        else:
            order = np.random.default_rng(options.split_seed).permutation(n)
            n_train = math.floor(options.train_fraction * n)
            source, train, test = "testing", order[:n_train], np.sort(order[n_train:])
        if len(train) == 0:
            raise HarnessError(
                f"{testing} has {n:,} rows, of which 'train_fraction' = {options.train_fraction:g} leaves "
                "none to train on; give a larger fraction, or more rows."
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
            "test": ("testing", test),
        }


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


def _is_monotonic(wavelength: Array) -> bool:
    steps = np.diff(wavelength)
    return bool((steps > 0).all() or (steps < 0).all())


def _widths(wavelength: Array) -> Array:
    """Channel widths: from half way to one neighbour to half way to the other, the ends mirrored."""
    if len(wavelength) == 1:
        return wavelength.copy()  # one channel and nothing to compare it with
    steps = np.abs(np.diff(wavelength))
    widths: Array = (np.append(steps[0], steps) + np.append(steps, steps[-1])) / 2
    return widths
