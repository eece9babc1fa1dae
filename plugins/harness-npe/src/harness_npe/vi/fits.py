"""The flows that were fitted to planets, on disk and in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from harness.data.observations import Observations
from harness.errors import HarnessError
from harness.files.kept import digest_of
from harness.files.storage import write_whole
from harness.files.tensors import read_tensors, write_tensors
from harness_npe.vi.planet_flows import PlanetFlows, Shape

FLOW = "flow/"  # before the names of a flow's weights


@dataclass(frozen=True)
class Fits:
    """Flows of B planets, and what they took.

    Attributes:
        flows: one for each planet.
        steps: of each planet (B,).
        asked: spectra of each model for each planet, from the quickest model to the exact one (models, B).
        seconds: that all took together.
    """

    flows: PlanetFlows
    steps: Tensor
    asked: Tensor
    seconds: float

    def write(self, path: Path) -> None:
        """Write them to a safetensors file, which is complete or not there."""
        flows = self.flows
        tensors = {
            "place": flows.place,
            "scale": flows.scale,
            "steps": self.steps,
            "asked": self.asked,
            "seconds": torch.tensor(self.seconds, dtype=torch.float64),
            **{f"{FLOW}{name}": one for name, one in flows.weights.items()},
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, lambda temporary: write_tensors(temporary, tensors))

    @classmethod
    def read(cls, path: Path, shape: Shape, planets: int, device: torch.device) -> Fits:
        """Read what `write` wrote.

        Raises:
            HarnessError: the file is damaged, or of other planets or flows.
        """
        tensors = {name: one.to(device) for name, one in read_tensors(path).items()}
        fresh = PlanetFlows.fresh(shape, planets, torch.Generator(device))
        weights = {name: tensors.get(f"{FLOW}{name}") for name in fresh}
        found = {name: one for name, one in weights.items() if one is not None}
        p = shape.n_parameters
        expected = {"place": (planets, p), "scale": (planets, p, p), "steps": (planets,)}
        if any(
            found.get(name) is None or found[name].shape != one.shape for name, one in fresh.items()
        ) or any(name not in tensors or tensors[name].shape != size for name, size in expected.items()):
            raise HarnessError(f"{path} does not hold flows of these planets; run without --resume.")
        flows = PlanetFlows(shape, tensors["place"], tensors["scale"], found)
        return cls(flows, tensors["steps"], tensors["asked"], float(tensors["seconds"]))


def name_of(observations: Observations, facts: Sequence[str]) -> str:
    """A name that changes with the planets, and with everything else that the flows depend on."""
    seen = (observations.spectrum, observations.noise, observations.auxiliary)
    return digest_of(facts, [tensor.double() for tensor in seen])[:24]
