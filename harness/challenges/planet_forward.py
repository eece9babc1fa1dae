"""The forward model behind a challenge on any channels: `PlanetModel` with the gases that are named."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from threading import RLock

import torch
from torch import Tensor

from harness.challenges.ariel2023.forward_model import BUILT_IN, identity_of_files
from harness.challenges.described_model import DescribedModel
from harness.components import ForwardModel
from harness.data.host_facts import PLANET_MASS, STAR_RADIUS
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.physics import Layers
from harness.physics.opacity_directory import select_cross_sections
from harness.physics.planet_model import PlanetModel
from harness.physics.radius_convention import bound
from harness.physics.wide_opacities import wide_fingerprint, wide_opacity_directory

# Spectra of planets like WASP-39 b are off by 0.6 of its noise (root mean square) with 50 layers. On few
# wavenumbers with all layers they are by 0.02, and none of 300 by more than 1 sigma over all channels; with a
# tolerance of 1e-3 26 of them would be.
TOLERANCE = 3e-4
LAYERS, COARSE_LAYERS, ROUGH_LAYERS = 100, 50, 16
LOADING = RLock()  # so that threads which need a model at the same time do not each make it


def wide_identity(opacities: str, gases: tuple[str, ...]) -> str:
    """A name that changes with the cross-sections of gases, wherever they lie.

    Arguments:
        opacities: "built-in" for the wide band model, or a directory of opacity files.
        gases: whose cross-sections.

    Raises:
        HarnessError: a gas has no file, or one is damaged.
    """
    if opacities == BUILT_IN:
        return f"wide-band-model-{wide_fingerprint()}"
    return identity_of_files(opacities, gases)


@dataclass(frozen=True)
class PlanetForwardModel(ForwardModel):
    """Parameters, star radius and planet mass -> transit depths on the channels of a schema.

    Isothermal, cloudless, any gases; float32 optical depth, exact edges of channels, collision-induced
    absorption of H2 and He. Opacities are read when it is first called.

    Attributes:
        schema: whose channels the spectra are on.
        described: gases and conventions.
        opacities: "built-in" for those of the wide band model, or a directory of opacity files.
        layers: of the atmosphere.
        few: whether it is computed on a few wavenumbers of each channel.
    """

    schema: Schema
    described: DescribedModel
    opacities: str = BUILT_IN
    layers: int = LAYERS
    few: bool = False

    needs = (STAR_RADIUS, PLANET_MASS)
    parallel = True

    @property
    def identity(self) -> str:
        base = self._base
        return base if not self.few else f"few points ({TOLERANCE:g}), {self.layers} layers of {base}"

    @property
    def _base(self) -> str:
        said = self.described.model_copy(update={"opacities": ""}).model_dump_json()
        digest = hashlib.sha256(said.encode()).hexdigest()[:8]
        return f"{wide_identity(self.opacities, self.described.gases)}-{digest}"

    def quick(self) -> ForwardModel:
        """On a few wavenumbers of each channel."""
        return replace(self, few=True)

    def coarse(self) -> ForwardModel | None:
        """On few wavenumbers, with half of the layers."""
        return replace(self, few=True, layers=COARSE_LAYERS)

    def rough(self) -> ForwardModel | None:
        """On few wavenumbers and few layers."""
        return replace(self, few=True, layers=ROUGH_LAYERS)

    def hardly_bound(self, parameters: Tensor, planet_mass: Tensor | None = None) -> Tensor | None:
        if planet_mass is None:
            return None
        reach = math.log(Layers.top / self.described.reference_pressure)
        return ~bound(parameters, planet_mass, reach, self.described.gases)

    def check(self) -> None:
        """Look at the opacities.

        Raises:
            HarnessError: a gas has none, or they do not cover a channel.
        """
        _loaded(self, torch.device("cpu"))

    @property
    def temperature_range(self) -> tuple[float, float]:
        """Of the cross-sections, lowest and highest [K]."""
        return _loaded(self, torch.device("cpu")).temperature_range

    def __call__(
        self, parameters: Tensor, star_radius: Tensor | None = None, planet_mass: Tensor | None = None
    ) -> Tensor:
        """Transit depths (B, C), channels in the order of the schema.

        Arguments:
            parameters: planet radius [R_Jup], temperature [K], log10 of the mixing ratio of each gas (B, P).
            star_radius: [R_Sun] (B,).
            planet_mass: [M_Jup] (B,).

        Raises:
            HarnessError: opacities are missing or damaged, or star radius or planet mass is not given.
        """
        if star_radius is None or planet_mass is None:
            raise HarnessError(
                "The forward model needs star radius and planet mass, which the challenge lacks; give them."
            )
        with LOADING:
            model = _loaded(self, parameters.device)
        return model.binned(parameters, star_radius, planet_mass)


@lru_cache(maxsize=4)
def _loaded(forward: PlanetForwardModel, device: torch.device) -> PlanetModel:
    """The model on its opacities, kept for the next call."""
    schema, described = forward.schema, forward.described
    model = PlanetModel.from_files(
        forward.opacities,
        described.settings,
        schema.wavelength,
        schema.width,
        layers=forward.layers,
        device=device,
    )
    if not forward.few:
        return model
    bounds = {one.name: (one.lower, one.upper) for one in schema.parameters}
    return model.reduced(
        TOLERANCE, bounds=bounds, star_radius=described.star_radius, planet_mass=described.planet_mass
    )


def require_gases(opacities: str, gases: tuple[str, ...]) -> None:
    """Refuse gases without opacities.

    Raises:
        HarnessError: a gas has none.
    """
    directory = wide_opacity_directory() if opacities == BUILT_IN else Path(opacities)
    select_cross_sections(directory, gases)


def described_by(schema: Schema) -> bool:
    """Whether the parameters are those of such a model: a radius, a temperature, and gases alone."""
    first, gases = schema.parameters[:2], schema.parameters[2:]
    return (
        [(one.name, one.unit) for one in first] == [("planet_radius", "R_Jup"), ("planet_temp", "K")]
        and len(gases) > 0
        and all(one.name.startswith("log_") and one.unit == "log10 VMR" for one in gases)
    )
