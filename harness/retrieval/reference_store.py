"""Finished retrievals on disk, so that an interruption loses no more than the planet in hand."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from harness.errors import HarnessError
from harness.files.storage import is_disk_full
from harness.retrieval.nested_sampling import NestedOptions
from harness.retrieval.nested_trace import NestedTrace
from harness.retrieval.reference_posterior import RetrievalTarget


class TraceStore:
    """A folder with one safetensors file for each finished retrieval.

    A file is named after everything that the trace depends on, so that it is found again only by the same
    retrieval: another spectrum, prior, seed, option or forward model has another name.

    Arguments:
        folder: made if it is not there.
        model: a name for the forward model; another model, another name.
        bounds: of the prior.
        seed: of the whole set.
        options: of nested sampling.

    Raises:
        HarnessError: the folder cannot be made.
    """

    def __init__(
        self,
        folder: Path,
        model: str,
        bounds: Sequence[tuple[float, float]],
        seed: int,
        options: NestedOptions,
    ) -> None:
        self._folder = folder
        prior = ";".join(f"{lower!r},{upper!r}" for lower, upper in bounds)
        self._settings = "\0".join([model, prior, str(seed), options.model_dump_json()])
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HarnessError(
                f"The work folder {folder} cannot be made ({error.strerror}); name another."
            ) from error

    def path(self, target: RetrievalTarget) -> Path:
        """Where the trace of a planet is kept."""
        digest = hashlib.sha256(self._settings.encode())
        digest.update(target.planet_id.encode() + b"\0")
        for array in (target.spectrum, target.noise, [target.star_radius, target.planet_mass]):
            digest.update(np.asarray(array, dtype="<f8").tobytes())
        return self._folder / f"{digest.hexdigest()[:32]}.safetensors"

    def read(self, target: RetrievalTarget) -> NestedTrace | None:
        """The trace of a planet, or None where it has not been finished.

        A damaged file counts as none, and is replaced.
        """
        path = self.path(target)
        if not path.is_file():
            return None
        try:
            tensors = load_file(path)
            return NestedTrace(
                tensors["values"],
                tensors["weights"],
                tensors["log_likelihood"],
                float(tensors["log_evidence"][0]),
                int(tensors["calls"][0]),
            )
        except (SafetensorError, KeyError, IndexError, OSError):
            return None

    def write(self, target: RetrievalTarget, trace: NestedTrace) -> None:
        """Keep the trace of a planet.

        Raises:
            HarnessError: the folder cannot be written to, or the disk is full.
        """
        path = self.path(target)
        unfinished = path.with_name(f".{path.name}-{os.getpid()}")
        tensors = {
            "values": trace.values,
            "weights": trace.weights,
            "log_likelihood": trace.log_likelihood,
            "log_evidence": np.array([trace.log_evidence]),
            "calls": np.array([trace.calls]),
        }
        try:
            save_file({name: np.ascontiguousarray(one) for name, one in tensors.items()}, unfinished)
            os.replace(unfinished, path)
        except (OSError, SafetensorError) as error:
            unfinished.unlink(missing_ok=True)
            reason = "the disk is full" if is_disk_full(error) else str(error)
            raise HarnessError(
                f"The trace of planet {target.planet_id} cannot be written to {self._folder} ({reason}); "
                "make room and run the same command again: finished planets are kept."
            ) from error
