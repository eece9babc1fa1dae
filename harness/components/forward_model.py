"""The base class of a forward model: parameters in, noise-free spectra out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from torch import Tensor


class ForwardModel(ABC):
    """The model that a challenge's spectra come from, or are compared with.

    Methods learn from the spectra that it makes and weight their samples with them, retrievals ask it for
    likelihoods, the score of Ariel 2023 computes spectra with it.

    Attributes:
        needs: the auxiliary columns that it must be told of a planet, of "star_radius_m" and
            "planet_mass_kg" (see `harness.data.host_facts`).
        parallel: whether several threads may call it at the same time, on parameters on the CPU.
    """

    needs: tuple[str, ...] = ()
    parallel: bool = False

    @property
    def collisions(self) -> tuple[str, ...]:
        """The pairs whose collision-induced absorption it includes, where it has `cross_sections`."""
        return ()

    @property
    def temperature_range(self) -> tuple[float, float] | None:
        """Lowest and highest temperature [K] that its opacities reach; None where it has none."""
        return None

    @property
    @abstractmethod
    def identity(self) -> str:
        """A name that changes with what the model answers, such as a hash of its opacities.

        The fingerprint of a challenge holds it, since scores depend on it.
        """

    @abstractmethod
    def __call__(
        self, parameters: Tensor, star_radius: Tensor | None = None, planet_mass: Tensor | None = None
    ) -> Tensor:
        """Noise-free spectra (B, W) on the channels of the schema, in its `spectrum_unit`.

        They are not finite for parameters that make no planet.

        Arguments:
            parameters: in their units (B, P), on any device.
            star_radius: [R_Sun] (B,); None where it is not needed or not known.
            planet_mass: [M_Jup] (B,); None where it is not needed or not known.

        Raises:
            HarnessError: a fact that is needed is not given.
        """

    @property
    def ready(self) -> bool:
        """Whether it can answer at once; not so where it must learn something first, which takes minutes."""
        return True

    def prepare(self) -> None:
        """Learn it now: with all cores, where calls from several threads would each have one."""

    def begun_with(self) -> ForwardModel:
        """The model that is there before anything is learned; the model itself where nothing is."""
        return self

    def quick(self) -> ForwardModel:
        """The same model on fewer wavenumbers, which errs by much less than the noise.

        Methods that ask for many spectra take it; where there is none, it is the model itself.
        """
        return self

    def coarse(self) -> ForwardModel | None:
        """A model that is several times quicker and errs no more than the noise, if there is one.

        Methods that simulate many more planets than they learn from choose among them by it.
        """
        return None

    def rough(self) -> ForwardModel | None:
        """A model that is many times quicker and errs smoothly in the parameters, if there is one.

        Near one planet a few spectra of the model itself correct it.
        """
        return None

    def hardly_bound(self, parameters: Tensor, planet_mass: Tensor | None = None) -> Tensor | None:
        """Which parameters make atmospheres that reach so far out that quicker models mistake them.

        Few layers make a planet of what is none; whoever asks `coarse` or `rough` models asks this one there.

        Arguments:
            parameters: in their units (B, P).
            planet_mass: [M_Jup] (B,); None where it is not known.

        Returns:
            (B,) of bool, or None where there is nothing to fear.
        """
        return None

    def cross_sections(self) -> Path | None:
        """The directory of its cross-sections, where it is the transmission model of the Ariel challenge.

        What learns changes of them takes them from there; None where there is nothing of the kind. They are
        learned first where they are to be.
        """
        return None

    def measured(self) -> ForwardModel:
        """The same model for spectra that a telescope measured, in channels with their exact edges.

        Challenges may have been made with channels whose edges are approximate; then `predict` asks for this
        model. Where there is no difference, it is the model itself.
        """
        return self

    @property
    def unmeasured_identity(self) -> str:
        """The identity of the model that this one is `measured` of, else its own.

        An emulator of that one explores for this one too.
        """
        return self.identity


class FunctionForwardModel(ForwardModel):
    """A forward model that is a function.

    Arguments:
        function: parameters (B, P), star radius (B,) or None, planet mass (B,) or None -> spectra (B, W).
        identity: a name that changes with what it answers.
        needs: the auxiliary columns that it must be told.
    """

    def __init__(
        self,
        function: Callable[[Tensor, Tensor | None, Tensor | None], Tensor],
        identity: str,
        needs: tuple[str, ...] = (),
    ) -> None:
        self._function, self._identity, self.needs = function, identity, needs

    @property
    def identity(self) -> str:
        return self._identity

    def __call__(
        self, parameters: Tensor, star_radius: Tensor | None = None, planet_mass: Tensor | None = None
    ) -> Tensor:
        return self._function(parameters, star_radius, planet_mass)
