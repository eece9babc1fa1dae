"""A challenge written as an Ariel directory, which `ariel2023:PATH` or `ariel2022:PATH` reads again."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from harness.challenges.ariel2023 import layout
from harness.challenges.ariel2023.labels import write_labels
from harness.challenges.ariel2023.release import RELEASE_2022, RELEASE_2023, Release
from harness.data.schema import Schema
from harness.data.split import Split
from harness.data.truth import Traces
from harness.errors import HarnessError
from harness.files.planet_file import PREFIX
from harness.files.planet_file_writer import new_planet_file
from harness.files.storage import write_whole_folder
from harness.metrics import weighted_quantile

QUANTILES = (0.16, 0.5, 0.84)


def write_ariel2022(directory: Path, schema: Schema, splits: Mapping[str, Split]) -> None:
    """Write the splits of a challenge in the layout of the Ariel Data Challenge 2022.

    As `write_ariel2023`, but for six parameters, and the columns of each trace are in an order of their own,
    which its attribute names.
    """
    _write(directory, schema, splits, RELEASE_2022)


def write_ariel2023(directory: Path, schema: Schema, splits: Mapping[str, Split]) -> None:
    """Write the splits of a challenge in the layout of the Ariel Data Challenge 2023.

    "train" and "valid" become the training planets. "test" becomes the test planets, with a truth
    beside them; where there is an "unlabelled" split, that takes their place, as in the public
    release, and "test" is written with the training planets. The layout has no place for which
    training planets are for what, so `TrainingData/Splits.csv` says it. Reading the directory
    gives every tensor bit for bit, provided that they are float64, and so the same fingerprint.

    Arguments:
        directory: a path that does not exist yet; it appears when everything is written.
        schema: must have the parameters and the auxiliary columns of the challenge.
        splits: "train" and "test", and where there are any "valid" and "unlabelled".

    Raises:
        HarnessError: the directory exists, or the layout cannot hold the challenge.
        OSError: the disk is full; nothing is left behind.
    """
    _write(directory, schema, splits, RELEASE_2023)


def _write(directory: Path, schema: Schema, splits: Mapping[str, Split], release: Release) -> None:
    if directory.exists():
        raise HarnessError(f"{directory} exists already; choose another place or remove it.")
    _refuse_other_schema(schema, release)
    training = [name for name in ("train", "valid", "test") if name in splits]
    if "unlabelled" not in splits:
        training.remove("test")
    for name in splits:
        if name != "unlabelled" and splits[name].truth.parameters is None:
            raise HarnessError(
                f"The planets of '{name}' have no parameters; an Ariel {release.year} directory needs them."
            )
    _refuse_repeated_planets([splits[name] for name in training])

    def fill(folder: Path) -> None:
        _write_folder(folder / layout.TRAINING, schema, [splits[name] for name in training], release)
        write_labels(
            folder / layout.TRAINING / layout.SPLITS_TABLE,
            "split",
            ((planet, name) for name in training for planet in splits[name].observations.names.tolist()),
        )
        test = splits.get("unlabelled", splits["test"])
        _write_folder(folder / layout.TEST, schema, [test], release)
        if test.partition is not None:
            planets = test.observations.names.tolist()
            labels = zip(planets, test.partition.tolist(), strict=True)
            write_labels(folder / layout.TEST / layout.PARTITIONS_TABLE, "partition", labels)

    write_whole_folder(directory, fill)


def _refuse_other_schema(schema: Schema, release: Release) -> None:
    for what, given, expected in (
        ("parameters", schema.parameters, release.parameters),
        ("auxiliary columns", schema.auxiliary, layout.AUXILIARY),
    ):
        if given != expected:
            names = [item.name for item in given]
            raise HarnessError(
                f"An Ariel {release.year} directory holds the {what} "
                f"{', '.join(item.name for item in expected)} with their units and bounds; the challenge has "
                f"{', '.join(names) or 'none'}, or other ones."
            )


def _refuse_repeated_planets(splits: Sequence[Split]) -> None:
    planets = [planet for split in splits for planet in split.observations.names.tolist()]
    repeated = [planet for planet, count in Counter(planets).items() if count > 1]
    if repeated:
        raise HarnessError(
            f"Planet {repeated[0]} occurs twice among the training planets; ids must be unique."
        )


def _write_folder(folder: Path, schema: Schema, splits: Sequence[Split], release: Release) -> None:
    folder.mkdir()
    planets = [planet for split in splits for planet in split.observations.names.tolist()]
    auxiliary = torch.cat([split.observations.auxiliary for split in splits])
    _write_table(
        folder / layout.AUXILIARY_TABLE, [layout.PLANET_ID, *schema.auxiliary_names], planets, auxiliary
    )
    _write_spectra(folder / layout.SPECTRA, schema, splits)
    if splits[0].truth.parameters is None:
        return
    truth = folder / layout.TRUTH
    truth.mkdir()
    _write_table(
        truth / layout.PARAMETER_TABLE,
        ["", layout.PLANET_ID, *schema.parameter_names],
        planets,
        torch.cat([split.parameters for split in splits]),
    )
    _write_traces(truth / layout.TRACES, splits, release)
    _write_table(
        truth / layout.QUARTILES_TABLE,
        ["", layout.PLANET_ID, *(f"{name}_q{i}" for name in schema.parameter_names for i in (1, 2, 3))],
        planets,
        torch.cat([_quartiles(split) for split in splits]),
    )


def _write_table(path: Path, header: list[str], planets: list[str], values: torch.Tensor) -> None:
    """Write one row per planet, an index before it where the header has a column without a name."""
    indexed = header[0] == ""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")  # writes a float so that it is read as the same
        writer.writerow(header)
        for row, (planet, numbers) in enumerate(zip(planets, values.tolist(), strict=True)):
            cells = ["" if number != number else number for number in numbers]
            writer.writerow([row, planet, *cells] if indexed else [planet, *cells])


def _write_spectra(path: Path, schema: Schema, splits: Sequence[Split]) -> None:
    wavelength, width = np.array(schema.wavelength), np.array(schema.width)
    n_planets = sum(len(split) for split in splits)
    with new_planet_file(path, n_planets, n_planets * 4 * wavelength.nbytes) as file:
        for split in splits:
            seen = split.observations
            spectra, noises = seen.spectrum.numpy(), seen.noise.numpy()
            for planet, spectrum, noise in zip(seen.names.tolist(), spectra, noises, strict=True):
                file.add(
                    PREFIX + planet,
                    {
                        layout.WAVELENGTH: wavelength,
                        layout.SPECTRUM: spectrum,
                        layout.NOISE: noise,
                        layout.WIDTH: width,
                    },
                )


def _write_traces(path: Path, splits: Sequence[Split], release: Release) -> None:
    none = np.array([np.nan])
    order = sorted(release.names) if release.tells_order else list(release.names)
    columns = [release.names.index(name) for name in order]
    said: dict[str, float | str | list[str]] = {layout.TARGET_ORDER: order} if release.tells_order else {}
    n_bytes = sum(
        _row_bytes(s.truth.traces) * int(s.truth.traces.lengths.sum()) for s in splits if s.truth.traces
    )
    n_planets = sum(len(split) for split in splits)
    with new_planet_file(path, n_planets, n_bytes + 16 * n_planets) as file:
        for split in splits:
            traces = split.truth.traces
            for row, planet in enumerate(split.observations.names.tolist()):
                values, weights, attributes = none, none, dict(said)
                if traces is not None and traces.lengths[row] > 0:
                    values, weights = (tensor.numpy() for tensor in traces.trace(row))
                    values = values[:, columns]
                    if traces.log_evidence is not None and not traces.log_evidence[row].isnan():
                        attributes[layout.LOG_EVIDENCE] = float(traces.log_evidence[row])
                file.add(PREFIX + planet, {layout.SAMPLES: values, layout.WEIGHTS: weights}, attributes)


def _row_bytes(traces: Traces) -> int:
    return traces.values.shape[1] * traces.values.element_size() + traces.weights.element_size()


def _quartiles(split: Split) -> torch.Tensor:
    """Weighted 16, 50 and 84% quantiles of each planet's trace (N, 3P), NaN where it has none."""
    n_parameters = split.parameters.shape[1]
    quartiles = torch.full((len(split), len(QUANTILES), n_parameters), torch.nan, dtype=torch.float64)
    traces = split.truth.traces
    present = [] if traces is None else torch.nonzero(traces.present).flatten().tolist()
    for row in present:
        assert traces is not None
        values, weights = traces.trace(row)
        quartiles[row] = weighted_quantile(values, QUANTILES, weights)
    return quartiles.mT.flatten(1)
