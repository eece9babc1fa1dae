"""The forward model behind a challenge: the transmission model on the challenge's channels."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from harness.challenges.ariel2023.quick_points import kept_quadrature
from harness.components import ForwardModel
from harness.data.host_facts import PLANET_MASS, STAR_RADIUS
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.fitted_opacities.learned import LearnedOpacities
from harness.physics import GASES, Layers, TransmissionModel, builtin_opacities
from harness.physics.binning import Edges, overlap_binning
from harness.physics.fitted_directory import fitted_pairs, read_fitted
from harness.physics.native_grid import native_grid
from harness.physics.opacity_directory import select_cia, select_cross_sections, unsaid_units
from harness.physics.radius_convention import bound

if TYPE_CHECKING:
    from harness.physics.reduced_model import Quadrature

BUILT_IN = builtin_opacities.BUILT_IN

# Of an opacity file up to so many blocks are hashed, evenly spaced: all of one below 64 MiB.
BLOCK, BLOCKS = 2**16, 2**10
COARSE_LAYERS = 40  # of the atmosphere, where spectra only serve to choose
ROUGH_LAYERS = 16  # where they are corrected at each planet
LOADING = RLock()  # so that threads which need a model at the same time do not each make it


class ArielForwardModel(ForwardModel):
    """Parameters, star radius and planet mass -> transit depths on the challenge's channels.

    The settings are the official ones (TransmissionModel's defaults), without collision-induced
    absorption but for pairs that are named. It computes where its parameters lie; opacities are read when
    it is first called, once for all challenges that share them.

    Arguments:
        schema: whose channels the spectra are on.
        opacities: "built-in" for those of the band model, a directory of opacity files, or those that are
            learned when they are first needed.
        dtype: of the optical depth; float32 moves no transit depth by more than about 0.1 ppm.
        edges: of channels: "first-order" as the challenge was made, "exact" for a measured spectrum.
        collisions: pairs whose collision-induced absorption is included, such as H2-H2, from .cia files
            beside the opacities; without any, those that belong to learned opacities.
    """

    needs = (STAR_RADIUS, PLANET_MASS)
    parallel = True

    def __init__(
        self,
        schema: Schema,
        opacities: str | LearnedOpacities = BUILT_IN,
        dtype: torch.dtype = torch.float64,
        edges: Edges = "first-order",
        collisions: Sequence[str] = (),
    ) -> None:
        self._schema, self._opacities = schema, opacities
        self._channels = (schema.wavelength, schema.width)
        self._dtype, self._edges, self._collisions = dtype, edges, tuple(sorted(set(collisions)))

    def __call__(
        self, parameters: Tensor, star_radius: Tensor | None = None, planet_mass: Tensor | None = None
    ) -> Tensor:
        """Transit depths (B, W), channels in the order of the schema.

        Arguments:
            parameters: planet radius [R_Jup], temperature [K], log10 of the mixing ratios of H2O, CO2, CO,
                CH4, NH3 (B, 7).
            star_radius: [R_Sun] (B,).
            planet_mass: [M_Jup] (B,).

        Raises:
            HarnessError: an opacity file is missing or damaged, or star radius or planet mass is not given.
        """
        star, mass = _required(star_radius, planet_mass)
        return self._on(parameters.device).binned(parameters, star, mass)

    def _on(self, device: torch.device) -> TransmissionModel:
        with LOADING:
            physics = (str(self.directory), self.identity, self._collisions)
            return _loaded(*physics, *self._channels, device, self._dtype, self._edges)

    @property
    def temperature_range(self) -> tuple[float, float]:
        return self._on(torch.device("cpu")).temperature_range

    def quick(self) -> ForwardModel:
        """The same model in float32 on a few wavenumbers of each channel, made when it is first called.

        It takes a quarter of the time or less and errs by about 3% of the noise of the official planets (root
        mean square; see `harness.physics.reduced_model`). Of the model with exact edges there is none.
        """
        if self._edges == "exact":
            return self
        return _Quick(self, self.identity, (self.identity, self._collisions, *self._channels))

    def rough(self) -> ForwardModel | None:
        """Few wavenumbers and few layers; with edges of first order in any case."""
        return self._other(edges="first-order").quick().rough()

    def hardly_bound(self, parameters: Tensor, planet_mass: Tensor | None = None) -> Tensor | None:
        if planet_mass is None:
            return None
        return ~bound(parameters, planet_mass, math.log(Layers.top / Layers.bottom))

    def measured(self) -> ForwardModel:
        return self._other(edges="exact")

    def single(self) -> ArielForwardModel:
        """The same model in float32, of the same identity; opacities to be learned are learned first."""
        found = str(self.directory) if isinstance(self._opacities, LearnedOpacities) else self._opacities
        return self._other(opacities=found, dtype=torch.float32)

    def _other(self, **changed: Any) -> ArielForwardModel:
        same = {"opacities": self._opacities, "dtype": self._dtype, "edges": self._edges}
        return ArielForwardModel(self._schema, **(same | {"collisions": self._collisions} | changed))

    @cached_property
    def directory(self) -> Path:
        """Of the opacities, which are learned first where they are to be; found once, as every call asks."""
        if isinstance(self._opacities, LearnedOpacities):
            return self._opacities.directory()
        return builtin_opacities.named_directory(self._opacities)

    def cross_sections(self) -> Path:
        return self.directory

    @property
    def collisions(self) -> tuple[str, ...]:
        return self._collisions or fitted_pairs(self.directory)

    @property
    def ready(self) -> bool:
        return not isinstance(self._opacities, LearnedOpacities) or self._opacities.ready

    def prepare(self) -> None:
        self.directory  # noqa: B018 - which is learned where it is not there

    def begun_with(self) -> ArielForwardModel:
        """The model that learned opacities begin with: this one, unless its own are learned."""
        if isinstance(self._opacities, LearnedOpacities):
            return self._other(opacities=BUILT_IN)
        return self

    @cached_property
    def identity(self) -> str:
        """A name that changes with the opacities, wherever they lie: scores depend on it.

        Raises:
            HarnessError: a molecule has no file, or one is damaged.
        """
        return self._of_opacities if self._edges == "first-order" else f"{self._of_opacities}-exact-edges"

    @property
    def unmeasured_identity(self) -> str:
        return self._of_opacities

    @cached_property
    def _of_opacities(self) -> str:
        if not self._collisions:
            return self._of_cross_sections
        pairs = select_cia(self.directory, self._collisions)
        content = _digest((pair.pair, pair.path) for pair in pairs)
        return f"{self._of_cross_sections}-collisions-{content[:8]}"

    @property
    def _of_cross_sections(self) -> str:
        if isinstance(self._opacities, LearnedOpacities):
            return f"fitted-{self._opacities.name}"
        if self._opacities == BUILT_IN:
            return f"band-model-{builtin_opacities.fingerprint()}"
        if fitted := read_fitted(self._opacities):
            return f"fitted-{fitted.name}"
        return identity_of_files(self._opacities, GASES)

    def check(self) -> tuple[str, ...]:
        """Look at the opacity files without reading their values.

        Returns:
            a sentence about units that they do not say, if there are such.

        Raises:
            HarnessError: the directory is missing, a molecule has no file, a file is damaged, or the
                grid does not cover the channels.
        """
        if self._collisions:
            select_cia(self.directory, self._collisions)
        if isinstance(self._opacities, LearnedOpacities) or self._opacities == BUILT_IN:
            return ()
        read_fitted(self._opacities)  # before its files are looked at one by one
        tables = select_cross_sections(self._opacities, GASES)
        centre, width = (torch.tensor(one, dtype=torch.float64).numpy() for one in self._channels)
        overlap_binning(native_grid(tables), centre, width)
        unsaid = unsaid_units(tables)
        return () if unsaid is None else (unsaid,)


@dataclass(frozen=True)
class _Quick(ForwardModel):
    """An Ariel forward model on few wavenumbers."""

    full: ArielForwardModel
    exact: str  # its identity
    # the arguments of `_quadrature` after the place
    made_from: tuple[str, tuple[str, ...], Sequence[float], Sequence[float]]
    layers: int = Layers.number

    needs = ArielForwardModel.needs
    parallel = ArielForwardModel.parallel

    @property
    def ready(self) -> bool:
        return self.full.ready

    @property
    def identity(self) -> str:
        names = {Layers.number: "quick", COARSE_LAYERS: "coarse", ROUGH_LAYERS: "rough"}
        return f"{names[self.layers]} {self.exact}"

    def coarse(self) -> ForwardModel:
        """With fewer layers of the atmosphere."""
        return replace(self, layers=COARSE_LAYERS)

    def rough(self) -> ForwardModel:
        """With fewer still: 6 times quicker, off by 1 sigma or more until it is corrected."""
        return replace(self, layers=ROUGH_LAYERS)

    def hardly_bound(self, parameters: Tensor, planet_mass: Tensor | None = None) -> Tensor | None:
        return self.full.hardly_bound(parameters, planet_mass)

    def __call__(
        self, parameters: Tensor, star_radius: Tensor | None = None, planet_mass: Tensor | None = None
    ) -> Tensor:
        star, mass = _required(star_radius, planet_mass)
        with LOADING:
            model = _reduced(str(self.full.directory), *self.made_from, parameters.device, self.layers)
        return model.binned(parameters, star, mass)


@lru_cache(maxsize=2)
def _loaded(
    opacities: str,
    identity: str,
    collisions: tuple[str, ...],
    wavelength: Sequence[float],
    width: Sequence[float],
    device: torch.device,
    dtype: torch.dtype,
    edges: Edges,
) -> TransmissionModel:
    """The model on opacities of this identity, kept for the next call."""
    return TransmissionModel.from_files(
        opacities,
        opacities,
        collisions or None,
        wavelength=wavelength,
        width=width,
        edges=edges,
        device=device,
        dtype=dtype,
    )


@lru_cache(maxsize=4)
def _reduced(
    opacities: str,
    identity: str,
    collisions: tuple[str, ...],
    wavelength: Sequence[float],
    width: Sequence[float],
    device: torch.device,
    layers: int,
) -> TransmissionModel:
    """The model on few wavenumbers, in float32, kept for the next call."""
    from harness.physics.reduced_model import model_on

    if read_fitted(opacities):  # these are on few wavenumbers as they are
        return TransmissionModel.from_files(
            opacities,
            opacities,
            collisions or None,
            wavelength=wavelength,
            width=width,
            device=device,
            layers=Layers(layers),
        )
    quadrature = _quadrature(opacities, identity, collisions, wavelength, width)
    return model_on(quadrature, opacities, device, torch.float32, Layers(layers), collisions)


@lru_cache(maxsize=2)
def _quadrature(
    opacities: str,
    identity: str,
    collisions: tuple[str, ...],
    wavelength: Sequence[float],
    width: Sequence[float],
) -> Quadrature:
    from harness.physics.reduced_model import fit_quadrature

    kept = kept_quadrature(identity, wavelength, width)
    if kept is not None:
        return kept
    full = TransmissionModel.from_files(
        opacities, opacities, collisions or None, wavelength=wavelength, width=width
    )
    return fit_quadrature(full, wavelength, width)


def _required(star_radius: Tensor | None, planet_mass: Tensor | None) -> tuple[Tensor, Tensor]:
    if star_radius is None or planet_mass is None:
        raise HarnessError(
            "The forward model needs star radius and planet mass, which the challenge lacks; give them."
        )
    return star_radius, planet_mass


def identity_of_files(opacities: str | Path, gases: Sequence[str]) -> str:
    """A name that changes with the opacity files of gases in a directory, wherever that lies.

    Raises:
        HarnessError: a gas has no file, or one is damaged.
    """
    tables = select_cross_sections(opacities, gases)
    return f"files-{_digest((table.molecule, table.path) for table in tables)[:16]}"


def _digest(files: Iterable[tuple[str, Path]]) -> str:
    """Of files and of what each of them is of."""
    digest = hashlib.sha256()
    for name, path in files:
        digest.update(name.encode())
        _add_content(digest, path)
    return digest.hexdigest()


def _add_content(digest: hashlib._Hash, path: Path) -> None:
    """Hash a file's size and its content, of a large file blocks from all over it."""
    size = path.stat().st_size
    digest.update(str(size).encode())
    step = max(BLOCK, size // BLOCKS)
    with path.open("rb") as file:
        for start in range(0, size, step):
            file.seek(start)
            digest.update(file.read(BLOCK))
