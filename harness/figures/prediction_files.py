"""The samples, the corner plot and the evidence of a prediction, as files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from harness.data.evidence import Evidence
from harness.data.intervals import Interval
from harness.errors import HarnessError
from harness.figures.corner_plot import corner_plot
from harness.files.storage import write_whole


@dataclass(frozen=True)
class PredictionFiles:
    """Where the samples and the corner plot of one planet lie, and its evidence if the method has one."""

    samples: Path
    corner_plot: Path
    evidence: Path | None = None


def write_prediction(
    folder: Path,
    planet: str,
    samples: Tensor,
    weights: Tensor,
    intervals: list[Interval],
    evidence: Evidence | None = None,
) -> PredictionFiles:
    """Write one planet's weighted samples as CSV, its corner plot as PNG, and its evidence as CSV.

    Samples without weight are left out. Older files of the same planet are replaced.

    Arguments:
        folder: made if it is not there.
        planet: its name, which begins the files' names.
        samples: (n, P) in the parameters' units.
        weights: (n,).
        intervals: median and 68% interval of each parameter.
        evidence: of this one planet, where the method has it.

    Raises:
        HarnessError: the folder cannot be written to.
    """
    files = PredictionFiles(
        folder / f"{planet}-samples.csv",
        folder / f"{planet}-corner.png",
        None if evidence is None else folder / f"{planet}-evidence.csv",
    )
    used = weights > 0
    columns: Mapping[str, Tensor] = {
        "weight": weights[used],
        **{interval.parameter.name: samples[used, i] for i, interval in enumerate(intervals)},
    }
    table = np.column_stack([column.double().numpy() for column in columns.values()])
    figure = corner_plot(samples, weights, intervals, planet)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(
            files.samples,
            lambda path: np.savetxt(
                path, table, fmt="%.9g", delimiter=",", header=",".join(columns), comments=""
            ),
        )
        write_whole(files.corner_plot, lambda path: figure.savefig(path, format="png"))
        if evidence is not None and files.evidence is not None:
            evidence.write(files.evidence, [planet])
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise HarnessError(
            f"{folder} cannot be written to ({error.strerror}); choose another with -o."
        ) from error
    return files
