"""The planet model against TauREx 3.3.2 on the same opacity files, and what must hold of any planet."""

import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from harness.errors import HarnessError
from harness.physics import Layers, PlanetModel, PlanetSettings, TransmissionModel

PPM = 1e-6
GASES = ("H2O", "CO2", "CO", "CH4", "NH3")
# 300 ppm of width keep every point of the tests' opacities in a channel
WAVELENGTH, WIDTH = np.array([0.9, 1.4, 2.6, 5.0]), np.array([0.1, 0.3, 0.05, 0.7])
STAR, MASS = 0.9, 0.4


def model_of(opacities: Path, settings: PlanetSettings, **options: Any) -> PlanetModel:
    options.setdefault("dtype", torch.float64)
    return PlanetModel.from_files(opacities, settings, WAVELENGTH, WIDTH, **options)


def rows_of(settings: PlanetSettings, number: int, seed: int = 1, **fixed: float) -> torch.Tensor:
    """Parameters of planets that are bound, some held at a value."""
    usual = {
        **{name: bounds for name, (_, bounds) in settings.parameters.items()},
        **{f"log_{gas}": (-7.0, -2.0) for gas in settings.gases},
        "planet_radius": (0.6, 1.4),
        "haze_slope": (-8.0, 0.0),
        "log_haze": (-1.0, 4.0),
        "log_cloud_pressure": (1.0, 5.0),
        "log_kappa_ir": (-4.0, -1.0),
        "irradiation_temp": (400.0, 2000.0),
    }
    low, high = np.array([usual[name] for name in settings.parameter_names]).T
    rows = np.random.default_rng(seed).uniform(low, high, (number, len(low)))
    for name, value in fixed.items():
        rows[:, settings.parameter_names.index(name)] = value
    return torch.as_tensor(rows)


class TaurexPlanet:
    """TauREx with another temperature profile and with clouds."""

    def __init__(self, oracle: Any, settings: PlanetSettings, profile: Callable[..., Any]) -> None:
        self._model, self._taurex, self._settings = oracle._model, oracle._taurex, settings
        self._profile = profile
        self._deck = None
        if settings.clouds == "deck":
            self._deck = self._taurex.SimpleCloudsContribution()
            self._model.add_contribution(self._deck)

    def native(self, row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Wavenumbers and depths of one planet."""
        model, given = self._model, dict(zip(self._settings.parameter_names, row, strict=True))
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            model._temperature_profile = self._profile(self._taurex, given)
            model.build()
            model.star._radius = STAR * self._taurex.RSOL
            model["planet_radius"], model["planet_mass"] = given["planet_radius"], MASS
            for gas in self._settings.gases:
                model[gas] = 10.0 ** given[f"log_{gas}"]
            if self._deck is not None:
                self._deck.cloudsPressure = 10.0 ** given["log_cloud_pressure"]
            wavenumber, depth, _, _ = model.model()
        return wavenumber, depth


def isothermal(taurex: Any, given: dict[str, float]) -> Any:
    return taurex.Isothermal(given["planet_temp"])


def guillot(taurex: Any, given: dict[str, float]) -> Any:
    kappa = 10.0 ** given["log_kappa_ir"]
    visible = kappa * 10.0 ** given["log_gamma"]
    return taurex.Guillot2010(
        T_irr=given["irradiation_temp"],
        kappa_irr=kappa,
        kappa_v1=visible,
        kappa_v2=visible,
        alpha=0.3,
        T_int=100,
    )


def nodes(taurex: Any, given: dict[str, float]) -> Any:
    pressures = PlanetSettings(GASES).node_pressures
    temperature = [given[f"temp_{number}"] for number in range(1, 6)]
    return taurex.NPoint(
        T_surface=temperature[0],
        T_top=temperature[-1],
        P_surface=pressures[0],
        P_top=pressures[-1],
        temperature_points=temperature[1:-1],
        pressure_points=list(pressures[1:-1]),
        smoothing_window=0,
    )


@pytest.mark.parametrize(
    ("settings", "profile"),
    [
        (PlanetSettings(GASES), isothermal),
        (PlanetSettings(GASES, cia=False, rayleigh=False), isothermal),
        (PlanetSettings(GASES, clouds="deck"), isothermal),
        (PlanetSettings(GASES, temperature="guillot"), guillot),
        (PlanetSettings(GASES, temperature="nodes", clouds="deck"), nodes),
        (PlanetSettings(("CH4", "H2O"), temperature="nodes"), nodes),
    ],
    ids=["isothermal", "absorption alone", "deck", "guillot", "nodes and deck", "two gases"],
)
def test_every_piece_that_taurex_has_is_as_there(
    opacities: Path, cia: Path, oracle: Any, settings: PlanetSettings, profile: Callable[..., Any]
) -> None:
    contributions = ["absorption", *(["rayleigh", "cia"] if settings.cia else [])]
    theirs = oracle(opacities, cia, ("H2-H2", "H2-He"), gases=settings.gases, contributions=contributions)
    reference = TaurexPlanet(theirs, settings, profile)
    rows = rows_of(settings, 6)
    if settings.clouds == "deck":
        # where a layer ends the deck of both is the same
        layers = Layers()
        step = layers.log_step / math.log(10)
        column = settings.parameter_names.index("log_cloud_pressure")
        rows[:, column] = 6 - ((6 - rows[:, column]) / step).round() * step
        rows[:, column] += 1e-12
    exact = model_of(opacities, settings, cia_dir=cia)
    single = model_of(opacities, settings, cia_dir=cia, dtype=torch.float32)
    ours, rough = exact.native(rows, STAR, MASS).numpy(), single.native(rows, STAR, MASS).double().numpy()
    for row, depth, about in zip(rows.numpy(), ours, rough, strict=True):
        wavenumber, expected = reference.native(row)
        at = np.searchsorted(wavenumber, exact.wavenumber.numpy())
        assert np.abs(depth - expected[at]).max() < 1e-3 * PPM
        assert np.abs(about - expected[at]).max() < PPM


def test_an_isothermal_planet_is_that_of_the_transmission_model(opacities: Path, cia: Path) -> None:
    settings = PlanetSettings(GASES)
    rows = rows_of(settings, 20)
    plain = TransmissionModel.from_files(
        opacities,
        cia,
        ("H2-H2", "H2-He"),
        wavelength=WAVELENGTH,
        width=WIDTH,
        edges="exact",
        dtype=torch.float64,
    )
    ours = model_of(opacities, settings, cia_dir=cia).binned(rows, STAR, MASS)
    torch.testing.assert_close(ours, plain.binned(rows, STAR, MASS), rtol=0, atol=1e-5 * PPM)


EVERYTHING = PlanetSettings(
    GASES, temperature="guillot", clouds="patchy", star="spots", reference_pressure=1e3
)


@pytest.fixture(scope="module")
def everything(opacities: Path, cia: Path) -> PlanetModel:
    return model_of(opacities, EVERYTHING, cia_dir=cia, star_temperature=5400.0)


def test_gradients_are_those_of_finite_differences(everything: PlanetModel) -> None:
    rows = rows_of(EVERYTHING, 4, seed=3).requires_grad_()
    depth = everything.binned(rows, STAR, MASS)
    found = torch.stack(
        [torch.autograd.grad(one.sum(), rows, retain_graph=True)[0] for one in depth.unbind(dim=1)], dim=1
    )
    for column in range(rows.shape[1]):
        step = torch.zeros_like(rows)
        step[:, column] = 1e-6 * rows[:, column].abs()
        with torch.no_grad():
            above, below = (everything.binned(rows + sign * step, STAR, MASS) for sign in (1, -1))
        expected = (above - below) / (2 * step[:, column, None])
        torch.testing.assert_close(found[:, :, column], expected, rtol=1e-4, atol=1e-10)


def test_what_covers_nothing_changes_nothing(opacities: Path, cia: Path, everything: PlanetModel) -> None:
    rows = rows_of(EVERYTHING, 8, cloud_fraction=0.0, spot_fraction=0.0, faculae_fraction=0.0)
    clear = PlanetSettings(GASES, temperature="guillot", reference_pressure=1e3)
    expected = model_of(opacities, clear, cia_dir=cia).binned(rows[:, :9], STAR, MASS)
    torch.testing.assert_close(everything.binned(rows, STAR, MASS), expected, rtol=1e-12, atol=0)


def test_a_deck_at_the_bottom_and_a_faint_haze_change_nothing(opacities: Path) -> None:
    for clouds, column in (("deck", [6.0]), ("haze", [-30.0, -4.0])):
        settings = PlanetSettings(GASES, clouds=clouds, cia=False)
        clear = rows_of(PlanetSettings(GASES), 6)
        rows = torch.cat([clear, clear.new_tensor(column).expand(6, -1)], dim=1)
        expected = model_of(opacities, PlanetSettings(GASES, cia=False)).binned(clear, STAR, MASS)
        found = model_of(opacities, settings).binned(rows, STAR, MASS)
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=0)


def test_more_haze_a_higher_deck_and_more_cover_never_lower_a_depth(everything: PlanetModel) -> None:
    for name, values in (
        ("log_haze", torch.linspace(-4, 8, 13)),
        ("log_cloud_pressure", torch.linspace(6, -1, 40)),
        ("cloud_fraction", torch.linspace(0, 1, 11)),
    ):
        rows = rows_of(EVERYTHING, 1, seed=5, cloud_fraction=0.5).repeat(len(values), 1)
        rows[:, EVERYTHING.parameter_names.index(name)] = values.double()
        assert (everything.binned(rows, STAR, MASS).diff(dim=0) >= -1e-15).all()


def test_a_haze_of_strength_one_and_slope_minus_four_scatters_as_hydrogen_does(opacities: Path) -> None:
    """The power law stands for Rayleigh scattering of H2 at 0.35 um, to a few per cent."""
    from harness.physics.clouds import haze_cross_section
    from harness.physics.rayleigh import rayleigh_cross_section

    one = torch.tensor([0.0]), torch.tensor([-4.0])
    power = haze_cross_section(torch.tensor([0.35]), *one).item()
    series = rayleigh_cross_section("H2", np.array([1e4 / 0.35]))
    assert series is not None
    assert power == pytest.approx(series[0], rel=0.05)


def test_spots_raise_short_wavelengths_and_faculae_lower_them(everything: PlanetModel) -> None:
    quiet = rows_of(EVERYTHING, 1, spot_fraction=0.0, faculae_fraction=0.0)
    names = EVERYTHING.parameter_names
    spotted, bright = quiet.clone(), quiet.clone()
    spotted[:, names.index("spot_fraction")], spotted[:, names.index("spot_temperature")] = 0.1, 4000.0
    bright[:, names.index("faculae_fraction")], bright[:, names.index("faculae_temperature")] = 0.1, 5800.0
    depth = everything.binned(torch.cat([quiet, spotted, bright]), STAR, MASS)
    factor = depth[1:] / depth[0]
    assert (factor[0] > 1).all()
    assert (factor[1] < 1).all()
    assert factor[0, 0] > factor[0, -1]
    # Rackham et al. (2018), equation 3, by hand at the middle of a narrow channel
    ratio = math.expm1(14387.769 / (2.6 * 5400)) / math.expm1(14387.769 / (2.6 * 4000))
    assert factor[0, 2].item() == pytest.approx(1 / (1 - 0.1 * (1 - ratio)), rel=1e-4)


@pytest.mark.parametrize("pressure", [1e6, 3e3, 1.0])
def test_the_radius_is_that_at_the_reference_pressure(opacities: Path, pressure: float) -> None:
    """Under an opaque deck at that pressure the planet has its radius there, where nothing absorbs above."""
    settings = PlanetSettings(
        GASES, temperature="nodes", clouds="deck", reference_pressure=pressure, cia=False, rayleigh=False
    )
    rows = rows_of(
        settings, 5, log_cloud_pressure=math.log10(pressure), **{f"log_{gas}": -30.0 for gas in GASES}
    )
    depth = model_of(opacities, settings).binned(rows, STAR, MASS)
    disc = (rows[:, :1] * 7.1492e7 / (STAR * 6.957e8)) ** 2
    torch.testing.assert_close(depth / disc, torch.ones_like(depth), rtol=1e-3, atol=0)


def test_a_planet_that_is_not_bound_or_too_full_has_no_finite_depth_and_others_have(
    everything: PlanetModel,
) -> None:
    rows = rows_of(EVERYTHING, 3)
    names = EVERYTHING.parameter_names
    rows[0, names.index("log_H2O")], rows[0, names.index("log_CO2")] = -0.1, -0.1
    rows[1, 0], rows[1, 1] = 3.0, 3000.0
    depth = everything.binned(rows, STAR, torch.tensor([MASS, 0.001, MASS]))
    assert not depth[:2].isfinite().any()
    assert depth[2].isfinite().all()


def test_no_planet_has_no_depth(everything: PlanetModel) -> None:
    assert everything.binned(torch.zeros(0, len(EVERYTHING.parameter_names)), STAR, MASS).shape == (0, 4)


def test_the_reduced_model_gives_the_depths_of_the_full_one(everything: PlanetModel) -> None:
    bounds = {"planet_radius": (0.8, 1.2), "log_haze": (-2.0, 4.0)}
    reduced = everything.reduced(1e-3, bounds=bounds, star_radius=STAR, planet_mass=MASS)
    assert len(reduced.wavenumber) < len(everything.wavenumber)
    rows = rows_of(EVERYTHING, 60, seed=8)
    full, few = everything.binned(rows, STAR, MASS), reduced.binned(rows, STAR, MASS)
    atmosphere = full - full.min(dim=1, keepdim=True).values + 1e-3 * full
    assert ((full - few).abs() / atmosphere).median() < 3e-3
    assert reduced.parameter_names == everything.parameter_names


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"temperature": "cold"}, "cannot be 'cold'; choose one of isothermal, guillot, nodes"),
        ({"clouds": "fog"}, "choose one of none, deck, haze, patchy"),
        ({"star": "flares"}, "choose one of none, spots"),
        ({"gases": "H2O"}, "expected a list"),
        ({"gases": ("H2O", "H2O")}, "H2O is named twice"),
        ({"reference_pressure": 0.0}, "not above 0 Pa"),
        ({"node_pressures": (1.0, 10.0)}, "from the highest to the lowest"),
    ],
)
def test_a_setting_that_cannot_be_is_told(change: dict[str, Any], message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        PlanetSettings(**{"gases": GASES, **change})


def test_what_is_missing_is_told(opacities: Path) -> None:
    with pytest.raises(HarnessError, match="no cross-sections of SO2"):
        model_of(opacities, PlanetSettings(("H2O", "SO2")))
    with pytest.raises(HarnessError, match="temperature of the star"):
        model_of(opacities, PlanetSettings(GASES, star="spots", cia=False))
    with pytest.raises(HarnessError, match="do not cover the channel at 12 um"):
        PlanetModel.from_files(opacities, PlanetSettings(GASES, cia=False), [12.0], [0.1])
    with pytest.raises(HarnessError, match=r"shape \(2, 3\); expected \(planets, 7\).*planet_temp"):
        model_of(opacities, PlanetSettings(GASES, cia=False)).binned(torch.zeros(2, 3), 1.0, 1.0)


def test_any_molecule_with_a_file_is_a_gas(write_opacities: Callable[..., Path], tmp_path: Path) -> None:
    directory = write_opacities(tmp_path, np.geomspace(1000, 25000, 200), gases=("TiO", "ZrO", "H2O"))
    settings = PlanetSettings(("ZrO", "H2O", "TiO"), cia=False)
    model = model_of(directory, settings)
    assert model.parameter_names == ("planet_radius", "planet_temp", "log_ZrO", "log_H2O", "log_TiO")
    rows = torch.tensor([[1.0, 1500.0, -4.0, -9.0, -9.0], [1.0, 1500.0, -9.0, -9.0, -9.0]])
    depth = model.binned(rows, STAR, MASS)
    assert (depth[0] > depth[1]).any()
