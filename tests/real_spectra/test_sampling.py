"""Nested sampling that is interrupted and taken up again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.data.arrays import Array
from harness.errors import HarnessError
from harness.real_spectra.sampling import sample_with_checkpoint
from harness.retrieval.likelihood import UniformPrior
from harness.retrieval.nested_sampling import NestedOptions

PRIOR = UniformPrior([(-3, 3), (-3, 3)])
OPTIONS = NestedOptions(live=50, effective=100, batch=50, calls=3000)


def gaussian(parameters: Array) -> Array:
    result: Array = -0.5 * (parameters**2).sum(axis=1) - np.log(2 * np.pi)
    return result


def test_a_retrieval_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    told: list[str | None] = []

    def advance(steps: int, note: str | None = None) -> None:
        told.append(note)

    whole = sample_with_checkpoint(gaussian, PRIOR, 1, OPTIONS, tmp_path / "whole.h5", advance)
    place = tmp_path / "stopped.h5"
    early = OPTIONS.model_copy(update={"calls": 150})
    stopped = sample_with_checkpoint(gaussian, PRIOR, 1, early, place, advance)
    assert stopped.calls < whole.calls
    resumed = sample_with_checkpoint(gaussian, PRIOR, 1, OPTIONS, place, advance)
    np.testing.assert_array_equal(resumed.values, whole.values)
    assert whole.log_evidence == pytest.approx(-np.log(36), abs=0.5)
    assert any(note is not None and "likelihoods, ln Z" in note for note in told)


def test_a_damaged_checkpoint_is_one_sentence(tmp_path: Path) -> None:
    place = tmp_path / "a.h5"
    place.write_bytes(b"nothing")
    with pytest.raises(HarnessError, match="is damaged"):
        sample_with_checkpoint(gaussian, PRIOR, 1, OPTIONS, place, lambda steps, note=None: None)
