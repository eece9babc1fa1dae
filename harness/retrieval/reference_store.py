"""Finished retrievals on disk, so that an interruption loses no more than the planet in hand."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from harness.components import ForwardModel
from harness.data.host_facts import host_facts
from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.files.storage import is_disk_full, write_whole
from harness.retrieval.nested_sampling import NestedOptions
from harness.retrieval.nested_trace import NestedTrace


class TraceStore:
    """A folder with one safetensors file for each finished retrieval.

    A file is named after everything that the trace depends on, so that it is found again only by the same
    retrieval: another spectrum, prior, seed, option or forward model has another name.

    Arguments:
        folder: made if it is not there.
        forward: the forward model; its identity and the facts that it needs are part of the names.
        schema: holds the bounds of the prior, and names the planets' auxiliary columns.
        seed: of the whole set.
        options: of nested sampling.

    Raises:
        HarnessError: the folder cannot be made.
    """

    def __init__(
        self,
        folder: Path,
        forward: ForwardModel,
        schema: Schema,
        seed: int,
        options: NestedOptions,
    ) -> None:
        self._folder = folder
        self._schema, self._needs = schema, forward.needs
        prior = ";".join(f"{lower!r},{upper!r}" for lower, upper in schema.bounds)
        self._settings = "\0".join([forward.identity, prior, str(seed), _named(options)])
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HarnessError(
                f"The work folder {folder} cannot be made ({error.strerror}); name another."
            ) from error

    def path(self, planet: Observations) -> Path:
        """Where the trace of one planet is kept."""
        digest = hashlib.sha256(self._settings.encode())
        digest.update(str(planet.names[0]).encode() + b"\0")
        facts = (fact for fact in host_facts(planet, self._schema, self._needs) if fact is not None)
        for tensor in (planet.spectrum, planet.noise, *facts):
            digest.update(np.asarray(tensor.cpu(), dtype="<f8").tobytes())
        return self._folder / f"{digest.hexdigest()[:32]}.safetensors"

    def read(self, planet: Observations) -> NestedTrace | None:
        """The trace of one planet, or None where it has not been finished.

        A damaged file counts as none, and is replaced.
        """
        path = self.path(planet)
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

    def write(self, planet: Observations, trace: NestedTrace) -> None:
        """Keep the trace of one planet.

        Raises:
            HarnessError: the folder cannot be written to, or the disk is full.
        """
        tensors = {
            "values": trace.values,
            "weights": trace.weights,
            "log_likelihood": trace.log_likelihood,
            "log_evidence": np.array([trace.log_evidence]),
            "calls": np.array([trace.calls]),
        }
        try:
            whole = {name: np.ascontiguousarray(one) for name, one in tensors.items()}
            write_whole(self.path(planet), lambda unfinished: save_file(whole, unfinished))
        except (OSError, SafetensorError) as error:
            reason = "the disk is full" if is_disk_full(error) else str(error)
            raise HarnessError(
                f"The trace of planet {planet.title(0)} cannot be written to {self._folder} ({reason}); "
                "make room and run the same command again: finished planets are kept."
            ) from error


def _named(options: NestedOptions) -> str:
    # later options only where they are chosen, so that what an earlier version kept is still found
    unused = {name for name in ("discard_exploration", "loose") if not getattr(options, name)}
    return options.model_dump_json(exclude=unused)
