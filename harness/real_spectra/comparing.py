"""Retrieve a spectrum again without a gas, clouds or a profile, and compare the evidence."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from harness.components.progress import shown_progress
from harness.real_spectra.comparison import Comparison, smaller_models
from harness.real_spectra.result import RetrievalResult, evidence_error
from harness.real_spectra.retrieval import pose, prepared, retrieve


def comparisons(result: RetrievalResult, unfinished: Path) -> Iterator[Comparison]:
    """The whole model beside each smaller one, as they are retrieved.

    Arguments:
        result: of the whole model.
        unfinished: folder of the checkpoints.

    Raises:
        HarnessError: there is nothing that can be left out.
    """
    whole = result.problem
    for without, settings in smaller_models(whole.settings):
        problem = pose(whole.spectrum, settings)
        quick = prepared(problem)
        with shown_progress(f"without {without}", settings.effective, quiet=False) as advance:
            trace = retrieve(problem, quick, unfinished, advance).trace
        best = trace.values[[int(trace.log_likelihood.argmax())]]
        yield Comparison(
            without,
            trace.log_evidence,
            result.trace.log_evidence - trace.log_evidence,
            math.hypot(result.evidence_error, evidence_error(trace, settings)),
            problem.likelihood.chi_square(best),
        )
