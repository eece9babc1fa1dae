"""The transmission model against TauREx 3.3.2 on the same opacity files."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from harness.errors import HarnessError
from harness.physics import TransmissionModel

PPM = 1e-6
LOW = np.array([0.1, 50.0, -12, -12, -12, -12, -12])
HIGH = np.array([3.0, 7000.0, -1, -1, -1, -1, -1])
# Where an atmosphere has hardly any bounds TauREx still gives finite depths, up to 1e308; these are beyond.
ABSURD = 1e200


@pytest.fixture(scope="module")
def box() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Parameters over the whole prior box, its corners and the ends of the tables, at low and high mass."""
    random = np.random.default_rng(11)
    rows = random.uniform(LOW, HIGH, (240, 7))
    rows[:60] = np.where(random.random((60, 7)) < 0.5, LOW, HIGH)
    rows[60:64, 1], rows[64:68, 1], rows[68:72, 1] = 100.0, 3400.0, 2000.0
    return rows, random.uniform(0.2, 2.0, 240), 10 ** random.uniform(-2.3, 1.0, 240)


@pytest.fixture(scope="module")
def edges(box) -> tuple[np.ndarray, ...]:
    """Corners, ends of the tables and as many planets between them: TauREx takes 50 ms for each."""
    return tuple(values[:120:2] for values in box)


@pytest.fixture(scope="module")
def few(box) -> tuple[np.ndarray, ...]:
    """A dozen corners, every end of the tables, and nine planets between them."""
    return tuple(values[:120:5] for values in box)


def depths(model: TransmissionModel, box: tuple[np.ndarray, ...]) -> np.ndarray:
    return model.native(*map(torch.as_tensor, box)).double().numpy()


def as_scored(depth: np.ndarray) -> np.ndarray:
    return np.clip(np.nan_to_num(depth, nan=0.1, posinf=0.1, neginf=0.1), 1e-8, 0.1)


def assert_equal_in_float64(ours: np.ndarray, theirs: np.ndarray, vast: float = 1e-3 * PPM) -> None:
    """1e-3 ppm where a depth can be one; beyond, relatively, as negative optical depths lose digits.

    Arguments:
        vast: what a point in a thousand may differ by; the last digit of 1 - exp(-x), on which the two need
            not agree, times the rings of a vast atmosphere.
    """
    physical = (theirs >= 0) & (theirs <= 1)
    assert physical.sum() > theirs.size / 3
    difference = np.abs(ours[physical] - theirs[physical])
    assert np.quantile(difference, 0.999) < 1e-3 * PPM
    assert difference.max() < vast
    beyond = np.isfinite(theirs) & (np.abs(theirs) < ABSURD) & ~physical
    np.testing.assert_allclose(ours[beyond], theirs[beyond], rtol=1e-6)
    lost = ~np.isfinite(theirs)
    assert (~np.isfinite(ours[lost]) | (np.abs(ours[lost]) > ABSURD)).all()


def test_every_planet_of_the_prior_box_has_the_depth_that_taurex_gives(opacities, oracle, edges):
    """In float64 to the last digits that a depth has, in float32 within a ppm."""
    theirs = oracle(opacities).natives(*edges)
    in_float64 = depths(TransmissionModel.from_files(opacities, dtype=torch.float64), edges)
    assert_equal_in_float64(in_float64, theirs)

    ours = depths(TransmissionModel.from_files(opacities), edges)
    physical = (theirs >= 0) & (theirs <= 1)
    assert physical.mean() > 0.5
    assert np.abs(ours[physical] - theirs[physical]).max() < PPM
    compared = np.isfinite(theirs) & (np.abs(theirs) < ABSURD)
    assert np.abs(as_scored(ours[compared]) - as_scored(theirs[compared])).max() < PPM


def test_collision_induced_absorption_is_that_of_taurex(opacities, cia, oracle, few):
    pairs = ("H2-H2", "H2-He")
    theirs = oracle(opacities, cia, pairs).natives(*few)
    with_cia = TransmissionModel.from_files(opacities, cia, pairs, dtype=torch.float64)
    assert_equal_in_float64(depths(with_cia, few), theirs)
    without = TransmissionModel.from_files(opacities, dtype=torch.float64)
    planet = (np.array([[1.0, 1200, -9, -9, -9, -9, -9]]), np.ones(1), np.ones(1))
    assert (depths(with_cia, planet) - depths(without, planet)).max() > 10 * PPM


def test_absorption_alone_is_that_of_taurex(opacities, oracle, few):
    theirs = oracle(opacities, contributions=("absorption",)).natives(*few)
    model = TransmissionModel.from_files(opacities, rayleigh=False, dtype=torch.float64)
    assert_equal_in_float64(depths(model, few), theirs, vast=0.1 * PPM)


def test_every_corner_of_a_small_table_is_held_or_prolonged_as_taurex_does(
    write_opacities, tmp_path, oracle, few
):
    """The table ends far inside the atmosphere, at both pressures and both temperatures."""
    directory = write_opacities(
        tmp_path,
        np.geomspace(1000, 25000, 50),
        temperature=np.array([800.0, 1200, 2000]),
        pressure=np.geomspace(1e-4, 1e-1, 4),
    )
    theirs = oracle(directory).natives(*few)
    model = TransmissionModel.from_files(directory, dtype=torch.float64)
    assert_equal_in_float64(depths(model, few), theirs)


def test_molecules_on_unlike_grids_are_brought_together_as_taurex_does(
    write_opacities, tmp_path, oracle, few
):
    write_opacities(tmp_path, np.geomspace(1000, 25000, 120), gases=("H2O", "CO2"))
    write_opacities(
        tmp_path, np.geomspace(900, 26000, 90), gases=("CO",), temperature=np.array([300.0, 900, 1500])
    )
    write_opacities(
        tmp_path, np.geomspace(1500, 9000, 70), gases=("CH4",), pressure=np.geomspace(1e-3, 10, 5)
    )
    write_opacities(tmp_path, np.geomspace(1000, 25000, 120)[10:80], gases=("NH3",))
    theirs = oracle(tmp_path).natives(*few)
    model = TransmissionModel.from_files(tmp_path, dtype=torch.float64)
    assert_equal_in_float64(depths(model, few), theirs)


def test_some_gases_in_another_order_are_columns_in_that_order(opacities, oracle, few):
    gases = ("CH4", "H2O")
    rows = few[0][:, [0, 1, 5, 2]]
    theirs = oracle(opacities, gases=gases)
    # the directory holds the other molecules too, which this atmosphere lacks
    model = TransmissionModel.from_files(opacities, gases=gases, dtype=torch.float64)
    assert model.parameter_names == ("planet_radius", "planet_temp", "log_CH4", "log_H2O")
    assert_equal_in_float64(depths(model, (rows, *few[1:])), theirs.natives(rows, *few[1:]))


def test_channels_average_as_the_flux_binner_of_taurex(opacities, oracle, box):
    reference = oracle(opacities)
    wavelength, width = np.array([5.0, 0.9, 1.4, 2.6]), np.array([0.7, 0.1, 0.3, 0.05])
    model = TransmissionModel.from_files(opacities, wavelength=wavelength, width=width, dtype=torch.float64)
    ours = model.binned(*map(torch.as_tensor, box)).numpy()
    order = np.argsort(1e4 / wavelength)
    for row, radius, mass, depth in list(zip(*box, ours, strict=True))[62:92:3]:
        theirs = reference.bin(*reference.native(row, radius, mass), wavelength, width)
        if np.isfinite(theirs).all() and np.abs(theirs).max() < ABSURD:
            np.testing.assert_allclose(depth[order], theirs, rtol=1e-10, atol=1e-3 * PPM)


def test_the_ariel_channels_are_the_default(opacities):
    from harness.challenges.ariel2023.grid import WAVELENGTH, WIDTH
    from harness.physics import ariel_channels

    assert ariel_channels.WAVELENGTH == WAVELENGTH
    assert ariel_channels.WIDTH == WIDTH
    planet = torch.tensor([[1.0, 1200, -4, -6, -4, -5, -6]])
    default = TransmissionModel.from_files(opacities).binned(planet, 1.0, 1.0)
    named = TransmissionModel.from_files(opacities, wavelength=WAVELENGTH, width=WIDTH)
    assert default.shape == (1, 52)
    assert torch.equal(default, named.binned(planet, 1.0, 1.0))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_planet_does_not_depend_on_the_others_of_its_batch(opacities, box, dtype):
    model = TransmissionModel.from_files(opacities, dtype=dtype)
    rows, stars, masses = map(torch.as_tensor, box)
    many = model.binned(rows.repeat(3, 1), stars.repeat(3), masses.repeat(3))  # more than one chunk
    assert torch.equal(many[:240].isfinite(), many[480:].isfinite())
    for index in (0, 61, 100, 239):
        alone = model.binned(rows[index : index + 1], stars[index], masses[index])[0]
        # float32 loses all digits where the optical depth is negative, see the documentation
        close = torch.isclose(many[480 + index], alone, rtol=1e-4, atol=PPM, equal_nan=True)
        assert close.all()


def test_no_planets_have_no_depths(opacities):
    model = TransmissionModel.from_files(opacities)
    assert model.native(torch.empty(0, 7), torch.empty(0), torch.empty(0)).shape == (0, 400)
    assert model.binned(torch.empty(0, 7), 1.0, 1.0).shape == (0, 52)


def test_gradients_are_those_of_finite_differences(write_opacities, tmp_path):
    directory = write_opacities(tmp_path, np.geomspace(1200, 22000, 60))
    model = TransmissionModel.from_files(
        directory, wavelength=[1.0, 3.0, 6.0], width=[0.3, 0.8, 1.0], dtype=torch.float64
    )
    base = torch.tensor(
        [[0.7, 1234.0, -3.0, -4, -5, -3.5, -6, 0.8, 0.3], [1.6, 3900.0, -5.0, -4, -2, -7, -4, 1.3, 4.0]],
        dtype=torch.float64,
    )

    def depth(inputs: torch.Tensor) -> torch.Tensor:
        return model.binned(inputs[:, :7], inputs[:, 7], inputs[:, 8])

    inputs = base.clone().requires_grad_()
    found = torch.stack([torch.autograd.grad(depth(inputs)[:, c].sum(), inputs)[0] for c in range(3)])
    for column in range(9):
        step = torch.zeros_like(base)
        step[:, column] = 1e-5 * base[:, column].abs()
        difference = (depth(base + step) - depth(base - step)) / (2 * step[:, column, None])
        torch.testing.assert_close(found[:, :, column].T, difference, rtol=1e-5, atol=1e-12)


def test_gradients_of_many_planets_are_those_of_each(opacities, monkeypatch):
    monkeypatch.setattr("harness.physics.transmission.CPU_GRADIENT_ELEMENTS", 100 * 400 * 2)
    model = TransmissionModel.from_files(opacities, dtype=torch.float64)
    random = np.random.default_rng(3)
    rows = torch.as_tensor(random.uniform([0.5, 400, *[-8] * 5], [1.5, 2500, *[-3] * 5], (7, 7)))

    def gradient(given: torch.Tensor) -> torch.Tensor:
        inputs = given.clone().requires_grad_()
        model.binned(inputs, 1.0, 1.0).square().sum().backward()
        assert inputs.grad is not None
        return inputs.grad

    one_by_one = torch.cat([gradient(row[None]) for row in rows])
    torch.testing.assert_close(gradient(rows), one_by_one)


def test_gradients_do_not_change_the_depth(opacities, box):
    model = TransmissionModel.from_files(opacities)
    rows, stars, masses = map(torch.as_tensor, box)
    recorded = model.binned(rows.clone().requires_grad_(), stars, masses)
    assert recorded.requires_grad
    assert torch.equal(recorded.detach().nan_to_num(), model.binned(rows, stars, masses).nan_to_num())


def test_an_unbound_planet_leaves_the_gradients_of_others_alone(opacities):
    model = TransmissionModel.from_files(opacities, dtype=torch.float64)
    rows = torch.tensor([[1.0, 1200, -4, -6, -4, -5, -6], [3.0, 7000, -12, -12, -12, -12, -12]])
    star, mass = torch.tensor(1.0, requires_grad=True), torch.tensor([1.0, 0.005])
    inputs = rows.clone().requires_grad_()
    found, to_star = torch.autograd.grad(model.binned(inputs, star, mass)[0].sum(), [inputs, star])
    alone = rows[:1].clone().requires_grad_()
    (expected,) = torch.autograd.grad(model.binned(alone, star, mass[:1])[0].sum(), alone)
    torch.testing.assert_close(found[:1], expected)
    assert to_star < 0


def test_an_atmosphere_that_is_not_bound_has_no_finite_depth(opacities):
    model = TransmissionModel.from_files(opacities)
    planet = torch.tensor([[3.0, 7000, -12, -12, -12, -12, -12], [1.0, 1200, -4, -6, -4, -5, -6]])
    depth = model.native(planet, 1.0, torch.tensor([0.005, 1.0]))
    assert not depth[0].isfinite().any()
    assert depth[1].isfinite().all()


def test_more_gas_than_there_is_room_for_has_no_finite_depth(opacities):
    model = TransmissionModel.from_files(opacities)
    planet = torch.tensor([[1.0, 1200, -0.2, -0.2, -0.2, -0.2, -0.2]])
    assert not model.native(planet, 1.0, 1.0).isfinite().any()


def test_thinning_keeps_points_of_the_files(opacities, box):
    model = TransmissionModel.from_files(opacities, dtype=torch.float64)
    thin = TransmissionModel.from_files(
        opacities, resolution=30, wavelength=[1.0, 3.0], width=[0.4, 1.0], dtype=torch.float64
    )
    kept = torch.isin(model.wavenumber, thin.wavenumber)
    assert kept.sum() == len(thin.wavenumber)
    assert 80 < len(thin.wavenumber) < 110
    rows = [torch.as_tensor(one[72:90]) for one in box]
    torch.testing.assert_close(
        thin.native(*rows), model.native(*rows)[:, kept], rtol=1e-9, atol=1e-12, equal_nan=True
    )
    whole = TransmissionModel.from_files(opacities, resolution=1e6)
    assert torch.equal(whole.wavenumber, model.wavenumber)


def test_wrong_shapes_are_told_with_the_right_ones(opacities):
    model = TransmissionModel.from_files(opacities)
    good = torch.zeros(3, 7)
    with pytest.raises(HarnessError, match=r"shape \(3, 6\); expected \(planets, 7\).*planet_temp"):
        model.native(good[:, :6], 1.0, 1.0)
    with pytest.raises(HarnessError, match=r"shape \(7,\)"):
        model.binned(good[0], 1.0, 1.0)
    with pytest.raises(HarnessError, match=r"star_radius has shape \(2,\).*3 planets"):
        model.binned(good, torch.ones(2), 1.0)
    with pytest.raises(HarnessError, match=r"planet_mass has shape \(3, 1\)"):
        model.binned(good, 1.0, torch.ones(3, 1))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"wavelength": [1.0, 12.0], "width": [0.1, 0.1]}, "do not cover the channel at 12 um"),
        (
            {"wavelength": [1e3, 2e3], "width": [90, 90]},
            "to um if they are in nm, or use opacity files that do",
        ),
        ({"wavelength": [1.0, 12.0], "width": [0.1, 0.1]}, r"12.05 um\); use opacity files that do"),
        ({"wavelength": [0.3], "width": [0.1]}, r"run from 0\.39.* to 10\.0.* um"),
        ({"wavelength": [1.0], "width": [0.0]}, "not above 0 um"),
        ({"wavelength": [1.0, 2.0], "width": [0.1]}, "one width for each"),
        ({"wavelength": [1.0]}, "both wavelength and width"),
        ({"resolution": 0}, "The resolution 0 is not above 0"),
        ({"resolution": 0.1}, "fewer than two of the 400 points"),
        ({"gases": ("H2O", "HCN")}, "no cross-sections of HCN.*CH4, CO, CO2, H2O, NH3"),
        ({"gases": ("H2O", "H2O")}, "H2O is named twice"),
        ({"gases": "H2O"}, "expected a list"),
        ({"cia_pairs": ("H2-H2",)}, "needs a directory"),
        ({"dtype": torch.float16}, "float32 or float64"),
    ],
)
def test_a_setting_that_cannot_be_is_told(opacities: Path, options: dict[str, object], message: str):
    make: Callable[..., TransmissionModel] = TransmissionModel.from_files
    with pytest.raises(HarnessError, match=message):
        make(opacities, **options)
