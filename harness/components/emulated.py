"""A forward model beside an emulator of it, which explores; the model itself has the last word."""

from __future__ import annotations

from torch import Tensor

from harness.components.forward_model import ForwardModel


class EmulatedForwardModel(ForwardModel):
    """The exact model, whose quick model is the emulator.

    A method that explores with `quick()` and weighs what it keeps by the model itself stays exact, whatever
    the emulator errs by.

    Arguments:
        exact: the forward model that has the last word.
        emulator: of it, on the same channels.
    """

    def __init__(self, exact: ForwardModel, emulator: ForwardModel) -> None:
        self.exact, self.emulator = exact, emulator
        self.needs = tuple(dict.fromkeys((*exact.needs, *emulator.needs)))
        self.parallel = exact.parallel and emulator.parallel

    @property
    def identity(self) -> str:
        return f"{self.exact.identity} explored by {self.emulator.identity}"

    def __call__(
        self, parameters: Tensor, star_radius: Tensor | None = None, planet_mass: Tensor | None = None
    ) -> Tensor:
        return self.exact(parameters, star_radius, planet_mass)

    @property
    def ready(self) -> bool:
        return self.exact.ready

    def prepare(self) -> None:
        self.exact.prepare()

    def begun_with(self) -> ForwardModel:
        return self.exact.begun_with()

    def quick(self) -> ForwardModel:
        return self.emulator

    def coarse(self) -> ForwardModel:
        return self.emulator

    def rough(self) -> ForwardModel:
        return self.emulator

    def measured(self) -> ForwardModel:
        """The exact model of measured spectra; the emulator of the other explores as well as before."""
        return EmulatedForwardModel(self.exact.measured(), self.emulator)
