"""Cross-sections that made some spectra are learned from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import uniform_filter1d

from harness.challenges.ariel2023.forward_model import ArielForwardModel
from harness.components import forward_check
from harness.components.forward_check import check_forward_model
from harness.errors import HarnessError
from harness.fitted_opacities import fit as fit_module
from harness.fitted_opacities.changes import changes_of
from harness.fitted_opacities.checkpoint import FitCheckpoint
from harness.fitted_opacities.condensed import condense
from harness.fitted_opacities.corrections import Corrections, basis, own_shape
from harness.fitted_opacities.directory import write_directory
from harness.fitted_opacities.fit import OpacityFit
from harness.fitted_opacities.learning import about
from harness.fitted_opacities.planets import planets_of
from harness.fitted_opacities.recipe import name_of
from harness.fitted_opacities.result import FitResult
from harness.fitted_opacities.settings import FEW, OWN, SIZES, FitSettings
from harness.physics import GASES, Layers, TransmissionModel
from harness.physics.binning import overlap_binning
from harness.physics.builtin_opacities import opacity_directory
from harness.physics.cross_sections import CrossSections
from harness.physics.loading import load_binning, load_extinction
from harness.physics.opacity_directory import select_cross_sections
from harness.physics.reduced_model import sample_depths

CPU = torch.device("cpu")
QUICK = FitSettings(steps=50, batch=16, points=20)


def learn(
    challenge, settings=QUICK, checkpoint=None, advance=lambda steps, note=None: None, name="a"
) -> FitResult:
    seen, held_out = planets_of(challenge.train, challenge.valid, challenge.schema, CPU)
    fit = OpacityFit(
        challenge.schema,
        opacity_directory(),
        (),
        settings,
        CPU,
        None if checkpoint is None else FitCheckpoint(checkpoint, name),
    )
    return fit.run(seen, held_out, advance)


@pytest.fixture(scope="module", autouse=True)
def chosen_once() -> Iterator[None]:
    """The same short grid of the built-in opacities is chosen for every fit of this file: once will do."""
    chosen: dict[tuple[object, ...], list[CrossSections]] = {}

    def once(full, tables, *asked):
        if asked not in chosen:
            chosen[asked] = condense(full, tables, *asked)
        return list(chosen[asked])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit_module, "condense", once)
        yield


@pytest.fixture(scope="module")
def learned(foreign) -> FitResult:
    return learn(foreign)


@pytest.fixture(scope="module")
def written(learned, foreign, tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("fitted") / "opacities"
    changes = changes_of(learned, foreign.schema)
    write_directory(target, learned, "a1b2", changes, about(learned))
    return target


def test_the_short_grid_has_the_averages_of_the_long_one(foreign):
    schema = foreign.schema
    few = TransmissionModel.from_files(opacity_directory(), layers=Layers(30))
    tables = select_cross_sections(opacity_directory(), GASES)
    short = condense(few, tables, schema.wavelength, schema.width)
    grid = short[0].wavenumber
    assert len(grid) < len(few.wavenumber) / 8
    for edges in ("first-order", "exact"):  # every channel is covered, however its edges are reckoned
        overlap_binning(grid, np.array(schema.wavelength), np.array(schema.width), edges)
    rows = slice(0, 100)
    planets, _ = planets_of(foreign.train, foreign.valid, schema, CPU)
    inputs = (planets.parameters[rows], planets.star_radius[rows], planets.planet_mass[rows])
    extinction = load_extinction(
        short, [], rayleigh=True, grid=grid, layers=few.layers, device=CPU, dtype=torch.float32
    )
    channels = load_binning(grid, schema.wavelength, schema.width, CPU, torch.float32)
    model = TransmissionModel(GASES, extinction, torch.as_tensor(grid), channels, few.layers)
    long, made = few.binned(*inputs).double(), model.binned(*inputs).double()
    share = (made - long).abs() / (long - long.amin(dim=1, keepdim=True) + 0.01 * long)
    assert share.quantile(0.9) < 0.02


def test_planets_held_out_are_met_many_times_better(learned):
    assert learned.before.quantile(0.9) > 0.5
    assert learned.after.quantile(0.5) < learned.before.quantile(0.5) / 4
    assert learned.after.quantile(0.9) < learned.before.quantile(0.9) / 4
    assert learned.better


def test_what_was_changed_is_what_was_different(learned, foreign):
    changes = changes_of(learned, foreign.schema)
    assert len(changes) == len(GASES) * len(foreign.schema.wavelength)
    water = [one.at_1000_K for one in changes if one.gas == "H2O" and one.wavelength_um > 1]
    assert np.median(water) == pytest.approx(0.2, abs=0.07)


def test_the_directory_written_makes_the_spectra(written, learned, foreign, monkeypatch):
    monkeypatch.setattr(forward_check, "PLANETS", len(foreign.valid))
    forward = ArielForwardModel(foreign.schema, str(written))
    assert forward.identity == "fitted-a1b2"
    for model in (forward, forward.quick()):
        check = check_forward_model(model, foreign.valid, foreign.schema)
        assert check.quantile(0.9) == pytest.approx(learned.after.quantile(0.9), rel=0.05)


def test_a_changed_file_of_a_fitted_directory_is_refused(written, foreign):
    other = written.parent / "changed"
    other.mkdir()
    for file in written.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    with (other / "H2O.h5").open("ab") as file:
        file.write(b"0")
    with pytest.raises(HarnessError, match="not those that were fitted"):
        TransmissionModel.from_files(other)
    (other / "fitted.json").write_text("[" * 100_000)
    with pytest.raises(HarnessError, match="is not what 'harness opacities fit' wrote"):
        TransmissionModel.from_files(other)


def test_a_fit_that_was_stopped_goes_on_as_if_it_had_not_been(foreign, tmp_path, monkeypatch):
    monkeypatch.setattr(fit_module, "LOOK", 3)
    settings, checkpoint = FitSettings(steps=7, batch=8, points=20), tmp_path / "work" / "fit.safetensors"
    whole = learn(foreign, settings)
    done = []

    def stop(steps, note=None):
        done.append(steps)
        if len(done) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn(foreign, settings, checkpoint, stop)
    resumed = learn(foreign, settings, checkpoint)
    for one, other in zip(resumed.tables, whole.tables, strict=True):
        assert np.array_equal(one.whole(), other.whole())
    assert torch.equal(resumed.after.residual, whole.after.residual)
    with pytest.raises(HarnessError, match=r"is no checkpoint of the same work.*fit without --resume"):
        learn(foreign, settings, checkpoint, name="b")


def test_it_goes_on_for_another_round_only_where_planets_are_not_met(
    foreign, built_in, with_spectra, monkeypatch
):
    monkeypatch.setattr(fit_module, "LOOK", 2)
    monkeypatch.setattr(fit_module, "ROUND", 4)
    own = []  # whether the last term moved, at every look
    settings = replace(QUICK, steps=8, batch=8, learning_rate=0.02, enough=0.0, terms=tuple(SIZES))

    def looked(self, corrections, *_):
        own.append(bool(corrections.coefficients[:, -1].any()))

    monkeypatch.setattr(FitCheckpoint, "keep", looked)
    assert learn(foreign, settings, Path("nowhere")).steps == 8
    assert own == [False, False, True, True]
    monkeypatch.setattr(forward_check, "FARTHEST", 20.0)
    met = learn(with_spectra(built_in), replace(settings, learning_rate=1e-6))
    assert met.after.agrees
    assert met.steps == 4


def test_it_begins_with_the_collisions_of_the_challenge(foreign, tmp_path):
    opacities = tmp_path / "opacities"
    copytree(opacity_directory(), opacities)
    seen, held_out = planets_of(foreign.train, foreign.valid, foreign.schema, CPU)
    settings = replace(QUICK, steps=1)
    before = [
        OpacityFit(foreign.schema, opacities, pairs, settings).run(seen, held_out, lambda *_: None).before
        for pairs in ((), fit_module.PAIRS)
    ]
    assert (before[1].residual > before[0].residual + 1e-3).any()


def test_channels_narrower_than_the_steps_of_the_opacities_take_the_next_point(foreign):
    few = TransmissionModel.from_files(opacity_directory(), layers=Layers(30))
    wavelength = foreign.schema.wavelength
    tables = select_cross_sections(opacity_directory(), GASES)
    short = condense(few, tables, wavelength, [1e-7] * len(wavelength))
    assert all(np.isfinite(table.whole()).all() for table in short)


def test_the_name_of_a_fit_follows_its_planets_and_settings(foreign):
    train, valid, schema = foreign.train, foreign.valid, foreign.schema
    name = name_of(train, valid, schema, "base", QUICK)
    assert name == name_of(train, valid, schema, "base", FitSettings(steps=50, batch=16, points=20))
    others = [
        name_of(train[1:], valid, schema, "base", QUICK),
        name_of(train, valid, schema, "other", QUICK),
        name_of(train, valid, schema, "base", FitSettings(steps=51, batch=16, points=20)),
        name_of(train, valid, schema, "base", FitSettings(steps=50, batch=16)),
        name_of(train, valid, schema, "base", replace(QUICK, held=0.0)),
        name_of(train, valid, schema, "base", replace(QUICK, terms=FEW)),
    ]
    assert len({name, *others}) == 7


def test_parameters_that_make_no_planet_are_refused(foreign):
    seen, held_out = planets_of(foreign.train, foreign.valid, foreign.schema, CPU)
    held_out.parameters[:, 1] = 1e9
    with pytest.raises(HarnessError, match="make no bound atmosphere"):
        OpacityFit(foreign.schema, opacity_directory(), (), QUICK).run(seen, held_out, lambda *_: None)


def test_sampled_depths_are_of_planets(built_in):
    depths = sample_depths(built_in, 50)
    assert np.isfinite(depths).all()
    assert depths.mean(axis=1) == pytest.approx(1)


@pytest.mark.parametrize(
    ("term", "change"),
    [
        ("1", lambda t, p: 1.0),
        ("t", lambda t, p: t),
        ("p", lambda t, p: p),
        ("t^2", lambda t, p: t**2),
        ("q^2", lambda t, p: np.clip(p - 0.35, -0.4, 0.4) ** 2),
        ("sq", lambda t, p: np.clip(t, -0.35, 0.35) * np.clip(p - 0.35, -0.4, 0.4)),
    ],
)
def test_a_term_changes_cross_sections_with_temperature_and_pressure(term, change):
    table = select_cross_sections(opacity_directory(), GASES)[0]
    corrections = Corrections(1, 0, len(table.wavenumber), list(SIZES))
    with torch.no_grad():
        corrections.coefficients[0, list(SIZES).index(term)] = 0.1
    [changed] = corrections.corrected([table])
    for row, pressure in enumerate(table.pressure):
        found = np.log10(changed.at_pressure(row) / table.at_pressure(row))
        t, p = np.log10(table.temperature / 1000), (np.log10(pressure) - 0.5) / 5.5
        expected = np.broadcast_to(0.1 * change(t, p), found.T.shape).T
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


def test_what_a_cross_section_has_beside_the_other_terms_can_be_taken_out():
    table = select_cross_sections(opacity_directory(), GASES)[1]
    corrections = Corrections(1, 0, len(table.wavenumber), list(SIZES))
    with torch.no_grad():
        corrections.coefficients[0, list(SIZES).index(OWN)] = -1
    [changed] = corrections.corrected([table])
    known, others = (np.log10(one.whole()) for one in (table, changed))
    told_t = np.abs(np.log10(table.temperature / 1000)) <= 0.35
    told_p = np.abs((np.log10(table.pressure) - 0.5) / 5.5 - 0.35) <= 0.4
    terms = basis(torch.tensor(table.temperature[told_t]), torch.tensor(table.pressure[told_p]), list(SIZES))
    polynomials = terms.transpose(0, 1).flatten(0, 1).numpy()
    left_over = []
    for values in (known, others):
        rows = values[told_p][:, told_t].reshape(len(polynomials), -1)
        fitted = polynomials @ np.linalg.lstsq(polynomials, rows)[0]
        left_over.append(np.abs(rows - fitted).max())
    assert left_over[0] > 0.1
    assert left_over[1] < 1e-9
    assert np.abs(known - others)[:, told_t].max() < 2 * left_over[0]  # and beyond it is not prolonged


def test_of_too_few_temperatures_and_pressures_nothing_is_left_over():
    temperature, pressure = torch.tensor([300.0, 1000.0, 3000.0]), torch.tensor([1.0, 1e3, 1e7])
    assert own_shape(torch.rand(3, 1, 3, 4), temperature, pressure).abs().max() < 1e-12
    assert not own_shape(torch.rand(2, 1, 3, 4), temperature[::2], pressure).any()


@given(st.integers(1, 40), st.integers(0, 2**31))
def test_slopes_are_held_to_their_mean_over_points_nearby_and_strengths_are_not(reach: int, seed: int):
    corrections = Corrections(2, 0, 30)
    values = torch.randn(corrections.coefficients.shape, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        corrections.coefficients.copy_(values)
    bent = (values.double() / torch.tensor([SIZES[term] for term in FEW], dtype=torch.float64)[:, None])[
        :, 1:
    ].numpy()
    mean = uniform_filter1d(bent, 2 * reach + 1, mode="nearest")
    assert corrections.unevenness(reach).item() == pytest.approx(((bent - mean) ** 2).mean(), rel=1e-5)
    with torch.no_grad():
        corrections.coefficients[:, 1:] = 0.3
    assert corrections.unevenness(reach).item() == pytest.approx(0, abs=1e-12)


def test_a_band_is_found_where_the_gas_had_no_lines(built_in, with_spectra):
    extinction = built_in.extinction
    band = torch.exp(-(((1e4 / built_in.wavenumber - 3.5) / 0.3) ** 2)).float()
    tables = []
    for table in extinction.tables:
        monoxide = (table.gases == GASES.index("CO")).float()[None, :, None, None]
        tables.append(replace(table, values=table.values + 1e-6 * table.values.amax() * monoxide * band))
    banded = with_spectra(built_in.holding(extinction.holding(tables, ())))
    found = learn(banded, replace(QUICK, steps=100, learning_rate=0.1))  # five orders of magnitude to go
    inside = (torch.tensor(banded.schema.wavelength) - 3.5).abs() < 0.4
    before, after = (check.residual[:, inside].abs().quantile(0.9) for check in (found.before, found.after))
    assert before > 2
    assert after < before / 2
