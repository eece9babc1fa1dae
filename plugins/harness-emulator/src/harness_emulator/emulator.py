"""An emulator: a network that answers for a forward model."""

from __future__ import annotations

from typing import Any

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from harness.components import ForwardModel
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness_emulator.accuracy import Accuracy
from harness_emulator.frames import frame_of
from harness_emulator.settings import Architecture
from harness_emulator.surrogate import Surrogate

EDGE = 1e-6  # of a range, for numbers that rounding moved over its end


class Description(BaseModel):
    """What an emulator is, beside its weights.

    Attributes:
        forward: identity of the forward model that it imitates.
        needs: auxiliary columns that this must be told.
        challenge: how the challenge was opened.
        schema: parameters with the bounds of its box, and channels.
        masses: least and largest planet mass that it was trained with [M_Jup]; None where none is needed.
        architecture: of its network.
        settings: that it was trained with.
        accuracy: on atmospheres held out; None before it was looked at.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    forward: str
    needs: tuple[str, ...]
    challenge: str
    schema_: Schema
    masses: tuple[float, float] | None
    architecture: Architecture
    settings: dict[str, int | float | str]
    accuracy: Accuracy | None = None


class Emulator(ForwardModel):
    """A forward model that is a network.

    It computes where its parameters lie, in float32, and gradients pass through it.

    Arguments:
        description: what it imitates, and its box.
        name: of its weights; part of its identity.
    """

    parallel = True

    def __init__(self, description: Description, name: str = "untrained") -> None:
        self.description = description
        self.name = name
        self.needs = description.needs
        self.frame = frame_of(description.schema_, description.needs)
        self.network = Surrogate(description.architecture, self.frame)
        self.network.requires_grad_(False).eval()
        self._elsewhere: dict[torch.device, tuple[Any, Any]] = {}

    @property
    def identity(self) -> str:
        return f"emulator {self.name} of {self.description.forward}"

    def __call__(
        self, parameters: Tensor, star_radius: Tensor | None = None, planet_mass: Tensor | None = None
    ) -> Tensor:
        """Spectra (B, W), float64; not a number where a planet holds no atmosphere.

        Raises:
            HarnessError: parameters or masses lie outside of the box that it was trained in.
        """
        self._require_inside(parameters, planet_mass)
        frame, network = self._on(parameters.device)
        outputs = network(frame.inputs(parameters, star_radius, planet_mass))
        spectra: Tensor = frame.spectra(outputs, parameters, star_radius, planet_mass)
        return spectra

    def require(self, forward: ForwardModel, schema: Schema) -> None:
        """Refuse to stand in for another forward model, on other channels or in a wider box.

        Raises:
            HarnessError: says what differs.
        """
        own = self.description
        if own.forward not in (forward.identity, forward.unmeasured_identity):
            raise HarnessError(
                f"The emulator imitates the forward model {own.forward} of '{own.challenge}', not "
                f"{forward.identity}; train one of this challenge with 'harness emulator train'."
            )
        if (schema.wavelength, schema.width) != (own.schema_.wavelength, own.schema_.width):
            raise HarnessError("The emulator is of other channels; train one of this challenge.")
        if schema.parameter_names != own.schema_.parameter_names:
            raise HarnessError("The emulator is of other parameters; train one of this challenge.")
        for mine, asked in zip(own.schema_.parameters, schema.parameters, strict=True):
            if asked.lower < mine.lower or asked.upper > mine.upper or asked.unit != mine.unit:
                raise HarnessError(
                    f"The emulator knows {mine} from {mine.lower:g} to {mine.upper:g} and would be asked "
                    f"from {asked.lower:g} to {asked.upper:g} {asked.unit}; train one within these bounds."
                )

    def _require_inside(self, parameters: Tensor, planet_mass: Tensor | None) -> None:
        edge = EDGE * (self.frame.upper - self.frame.lower)
        lower, upper = ((self.frame.lower - edge).to(parameters), (self.frame.upper + edge).to(parameters))
        inside = ((parameters >= lower) & (parameters <= upper)).all(dim=0)
        if not bool(inside.all()):
            column = int((~inside).nonzero()[0])
            one = self.description.schema_.parameters[column]
            raise HarnessError(
                f"The emulator was asked for {one.name} outside of {one.lower:g} to {one.upper:g} "
                f"{one.unit}, where it was trained."
            )
        if self.description.masses is None or planet_mass is None:
            return
        least, largest = self.description.masses
        known = (planet_mass >= least * (1 - EDGE)) & (planet_mass <= largest * (1 + EDGE))
        if not bool(known.all()):
            raise HarnessError(
                f"The emulator was asked for a planet of {float(planet_mass[~known][0]):.4g} M_Jup and knows "
                f"those of {least:.4g} to {largest:.4g} M_Jup; retrieve it without the emulator."
            )

    def _on(self, device: torch.device) -> tuple[Any, Any]:
        if device.type == "cpu":
            return self.frame, self.network
        if device not in self._elsewhere:
            twin = Emulator(self.description, self.name)
            twin.network.load_state_dict(self.network.state_dict())
            self._elsewhere[device] = (twin.frame.to(device), twin.network.to(device))
        return self._elsewhere[device]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_elsewhere": {}}
