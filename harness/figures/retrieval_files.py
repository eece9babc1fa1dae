"""The folder of a retrieval: posteriors, pictures, a page, and what was found as JSON."""

from __future__ import annotations

import io
import json
from pathlib import Path

import torch
from matplotlib.figure import Figure

from harness.errors import HarnessError
from harness.figures.corner_plot import corner_plot
from harness.figures.retrieval_page import retrieval_page
from harness.figures.retrieval_png import retrieval_profile, retrieval_spectrum
from harness.files.storage import write_whole_folder
from harness.real_spectra.comparison import Comparison
from harness.real_spectra.posterior_files import posterior_files
from harness.real_spectra.report import document, report_of
from harness.real_spectra.result import RetrievalResult

PAGE = "retrieval.html"


def write_retrieval(folder: Path, result: RetrievalResult, comparisons: tuple[Comparison, ...]) -> None:
    """Write everything, all of it or nothing.

    Arguments:
        folder: that is not there yet.
        result: of the retrieval.
        comparisons: with smaller models.

    Raises:
        HarnessError: it cannot be written.
    """
    pictures = {name: (title, _png(figure)) for name, (title, figure) in retrieval_pictures(result).items()}
    page = retrieval_page(report_of(result, comparisons), list(pictures.values()))

    def write(place: Path) -> None:
        for name, write_file in posterior_files(result).items():
            write_file(place / name)
        for name, (_, image) in pictures.items():
            (place / name).write_bytes(image)
        (place / PAGE).write_text(page, encoding="utf-8")
        found = json.dumps(document(result, comparisons), indent=2)
        (place / "summary.json").write_text(found + "\n", encoding="utf-8")

    try:
        write_whole_folder(folder, write)
    except OSError as error:
        raise HarnessError(
            f"{folder} cannot be written ({error.strerror or error}); choose another with -o."
        ) from error


def retrieval_pictures(result: RetrievalResult) -> dict[str, tuple[str, Figure]]:
    """Each picture with what it shows, by the name of its file."""
    trace = result.trace
    corner = corner_plot(
        torch.from_numpy(trace.values),
        torch.from_numpy(trace.weights),
        list(result.intervals),
        result.problem.spectrum.name,
    )
    return {
        "spectrum.png": ("Spectrum, posterior prediction, and each gas", retrieval_spectrum(result)),
        "profile.png": ("Temperature profile", retrieval_profile(result)),
        "corner.png": ("Posterior", corner),
    }


def _png(figure: Figure) -> bytes:
    content = io.BytesIO()
    figure.savefig(content, format="png")
    return content.getvalue()
