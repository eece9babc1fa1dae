"""The Ariel Data Challenge 2023, and what it shares with other years: the directory as published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from harness.challenges.ariel2023.folder import Folder, read_folder
from harness.challenges.ariel2023.labels import read_labels
from harness.challenges.ariel2023.layout import AUXILIARY, PARTITIONS_TABLE, SPLITS_TABLE, TEST, TRAINING
from harness.challenges.ariel2023.release import RELEASE_2023, Release
from harness.challenges.ariel2023.spectra import require_same_channels
from harness.challenges.ariel2023.suited import WithOpacities
from harness.components import Challenge, Component
from harness.data.held_out import held_out
from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError
from harness.untrusted.files import expanded

Rows = NDArray[np.intp]


class ReleasedChallenge(Challenge):
    """The planets of a release's directory, as a challenge.

    The public releases have no truth for their test planets. They become the split "unlabelled", and
    the planets that runs are scored on are held out of those training planets that have a trace.
    A directory whose test planets have a truth is scored on them, and only "valid" is held out.
    Which planets are held out follows from their names and `split_seed` alone, unless the
    directory says it itself in `TrainingData/Splits.csv`, as one that we wrote does; where that names none
    for testing, because the truth of the test planets was taken out, they are held out of those for training.
    The test planets may be partitioned in `TestData/Partitions.csv`; each partition is then scored on its
    own.

    Attributes:
        release: what its files hold.
    """

    class Options(Component.Options):
        test_fraction: float = Field(
            0.1,
            gt=0,
            lt=1,
            description="fraction of the training planets with a trace that are held out for scoring, "
            "where the test planets have no truth",
        )
        valid_fraction: float = Field(
            0.1, ge=0, lt=1, description="fraction of the remaining training planets held out for validation"
        )
        split_seed: int = Field(
            0, ge=0, description="which planets are held out; it does not depend on the seed of a run"
        )

    options: Options

    needs_location = True
    release: ClassVar[Release]

    def read(self) -> tuple[Schema, Mapping[str, Split]]:
        root, year = expanded(self.location or ""), self.release.year
        if not root.is_dir():
            raise HarnessError(f"{root} is not a directory; 'ariel{year}:PATH' needs that of the release.")
        if not (root / TRAINING).is_dir():
            raise HarnessError(
                f"{root} has no folder {TRAINING}; is it the directory of the Ariel {year} release?"
            )
        training = read_folder(root / TRAINING, truth_required=True, release=self.release)
        test = None
        if (root / TEST).is_dir():
            test = read_folder(root / TEST, truth_required=False, release=self.release)
            require_same_channels(training.spectra, test.spectra)
        schema = Schema(
            parameters=self.release.parameters,
            wavelength=tuple(training.spectra.wavelength.tolist()),
            width=tuple(training.spectra.width.tolist()),
            auxiliary=AUXILIARY,
        )
        self.notes = _notes(root, training, test) + self.about_model(schema)
        return schema, self._split(training, test)

    def about_model(self, schema: Schema) -> tuple[str, ...]:
        """Sentences about the forward model of a challenge of this schema."""
        return ()

    def _split(self, training: Folder, test: Folder | None) -> dict[str, Split]:
        rows = self._rows(training, test)
        order = [name for name in ("train", "valid", "test") if name in rows]
        splits: dict[str, Split] = {name: training.split[rows[name]] for name in order}
        if test is not None:
            splits["test" if test.has_truth else "unlabelled"] = _partitioned(test)
        for name in ("train", "test"):
            if len(splits.get(name, ())) == 0:
                raise HarnessError(f"{training.path} leaves no planet for '{name}'; it has too few planets.")
        return splits

    def _rows(self, training: Folder, test: Folder | None) -> dict[str, Rows]:
        """Which training planets are for what: positions by the name of the split."""
        planets = training.split.observations.names.tolist()
        scored = test is not None and test.has_truth
        given = training.path / SPLITS_TABLE
        if given.is_file():
            return self._rows_of_table(given, training, scored)
        options = self.options
        rest = np.arange(len(planets))
        rows: dict[str, Rows] = {}
        if not scored:
            rows["test"] = self._held_out_of(training, rest)
            rest = np.setdiff1d(rest, rows["test"])
        elif options.test_fraction != self.Options().test_fraction:
            raise HarnessError(
                f"Option 'test_fraction' has no effect on {self.spec}, whose test planets have a truth; "
                "leave it out."
            )
        rows["valid"] = _draw(planets, rest, options.valid_fraction, options.split_seed, "valid")
        rows["train"] = np.setdiff1d(rest, rows["valid"])
        return rows

    def _rows_of_table(self, given: Path, training: Folder, scored: bool) -> dict[str, Rows]:
        """What `Splits.csv` says; where it names no planet to be scored on, some are held out of "train"."""
        names = ("train", "valid") if scored else ("train", "valid", "test")
        labels = read_labels(given, training.split.observations.names.tolist(), "split", names)
        rows = {name: np.flatnonzero(labels == name) for name in names}
        blind = not scored and len(rows["test"]) == 0
        splitting = ("valid_fraction",) if blind else ("test_fraction", "valid_fraction", "split_seed")
        self._refuse_options(splitting, f"{given} says which planets are for what")
        if blind:
            rows["test"] = self._held_out_of(training, rows["train"])
            rows["train"] = np.setdiff1d(rows["train"], rows["test"])
        return rows

    def _held_out_of(self, training: Folder, rows: Rows) -> Rows:
        """The training planets to be scored on: a fraction of those among `rows` that have a trace."""
        traces = training.split.truth.traces
        candidates = rows if traces is None else rows[traces.present.numpy()[rows]]
        planets = training.split.observations.names.tolist()
        return _draw(planets, candidates, self.options.test_fraction, self.options.split_seed, "test")

    def _refuse_options(self, splitting: Sequence[str], reason: str) -> None:
        standard = self.Options()
        changed = [name for name in splitting if getattr(self.options, name) != getattr(standard, name)]
        if changed:
            raise HarnessError(f"Option '{changed[0]}' has no effect: {reason}; leave it out.")


class Ariel2023(ReleasedChallenge, WithOpacities):
    """Transit spectra of the Ariel telescope on 52 channels, seven parameters, nested-sampling traces.

    Splits are those of `ReleasedChallenge`.

    The forward model, which methods simulate with and the spectral part of the score is computed with, has
    the opacities that the option `opacities` names. The challenge used ExoMol's; the built-in ones are those
    of a band model. By default they are taken only where they make the training spectra; else opacities are
    learned from these (`harness opacities fit`) when they are first needed, once. Scores with one set do not
    compare with scores with another: the fingerprint tells them apart.
    """

    class Options(ReleasedChallenge.Options, WithOpacities.Options):
        pass

    options: Options

    release = RELEASE_2023
    source = (
        "Ariel Data Challenge 2023, https://www.ariel-datachallenge.space; its planets and retrievals are "
        "made as in Changeat & Yip 2023, RASTI 2, 45, https://doi.org/10.1093/rasti/rzad001"
    )

    def about_model(self, schema: Schema) -> tuple[str, ...]:
        return self.unsaid(schema)


def _partitioned(test: Folder) -> Split:
    """The test planets, with their partitions where the directory names any."""
    table = test.path / PARTITIONS_TABLE
    if not table.is_file():
        return test.split
    labels = read_labels(table, test.split.observations.names.tolist(), "partition")
    return replace(test.split, partition=labels)


def _draw(planets: list[str], candidates: Rows, fraction: float, seed: int, purpose: str) -> Rows:
    """A fraction of the candidates, at least one unless the fraction is 0."""
    n = max(round(fraction * len(candidates)), 1 if fraction > 0 else 0)
    return candidates[held_out([planets[i] for i in candidates], n, seed, purpose)]


def _notes(root: Path, training: Folder, test: Folder | None) -> tuple[str, ...]:
    if test is None:
        about_test: tuple[str, ...] = (f"{root / TEST} is missing.",)
    elif not test.has_truth:
        about_test = (f"{test.path} has no truth; its {len(test.split):,} planets can only be submitted.",)
    else:
        about_test = ()
    return training.notes + about_test + (test.notes if test else ())
