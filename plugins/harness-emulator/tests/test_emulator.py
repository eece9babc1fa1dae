"""Emulators as forward models: their box, their files, and the altitudes that they see spectra as."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
import torch
from harness_emulator import training
from harness_emulator.accuracy import accuracy
from harness_emulator.draws import Atmospheres, drawn
from harness_emulator.emulator import Description, Emulator
from harness_emulator.file import is_emulator, read_emulator, write_emulator
from harness_emulator.frames import LEAST_HOLD, AltitudeFrame, PlainFrame, frame_of
from harness_emulator.settings import HIMES, Architecture
from harness_emulator.training import Lessons
from safetensors.torch import load_file, save_file

from harness.challenges import load
from harness.components import ForwardModel, FunctionForwardModel
from harness.data.host_facts import host_facts
from harness.errors import HarnessError
from harness.training.flat_weights import FlatWeights
from harness.training.optimizers import Rule, optimizers_of

ARIEL = load("ariel-mini")
SCHEMA = ARIEL.schema
PARAMETERS = ARIEL.train.truth.parameters[:6]
STAR, MASS = (one[:6] for one in host_facts(ARIEL.train.observations[:6], SCHEMA))


def untrained(architecture: Architecture | None = None, **changed: object) -> Emulator:
    torch.manual_seed(0)
    values = {
        "forward": "some model",
        "needs": ("star_radius_m", "planet_mass_kg"),
        "challenge": "ariel-mini",
        "schema_": SCHEMA,
        "masses": (float(MASS.min()), float(MASS.max())),
        "architecture": architecture or Architecture(width=16, depth=1),
        "settings": {},
    }
    return Emulator(Description.model_validate({**values, **changed}))


def test_altitudes_are_another_way_to_say_transit_depths() -> None:
    frame = frame_of(SCHEMA, ("star_radius_m", "planet_mass_kg"))
    assert isinstance(frame, AltitudeFrame)
    spectra = ARIEL.train.observations.spectrum[:6].double()
    altitudes = frame.targets(spectra, PARAMETERS, STAR, MASS)
    assert 0 < float(altitudes.min()) < float(altitudes.max()) < LEAST_HOLD
    back = frame.spectra(altitudes, PARAMETERS, STAR, MASS)
    assert torch.allclose(back, spectra, rtol=1e-9)
    step = frame.spectra(altitudes + 1e-6, PARAMETERS, STAR, MASS) - back
    assert torch.allclose(step / 1e-6, frame.sensitivity(spectra, PARAMETERS, STAR, MASS), rtol=1e-4)


def test_challenges_without_radius_and_temperature_keep_spectra_as_they_are() -> None:
    frame = frame_of(load("toy").schema, ())
    assert isinstance(frame, PlainFrame)
    assert frame.inputs(torch.zeros(2, frame.n_inputs), None, None).shape == (2, frame.n_inputs)


@pytest.mark.parametrize("architecture", [None, Architecture(network="convolutional", width=32, depth=2)])
def test_an_emulator_is_a_forward_model_that_gradients_pass_through(
    architecture: Architecture | None,
) -> None:
    emulator = untrained(architecture)
    assert isinstance(emulator, ForwardModel)
    parameters = PARAMETERS.clone().requires_grad_()
    spectra = emulator(parameters, STAR, MASS)
    assert spectra.shape == (6, len(SCHEMA.wavelength))
    spectra.sum().backward()
    assert bool((parameters.grad != 0).all())


def test_the_network_of_himes_is_as_published() -> None:
    layers = [one for one in HIMES.build(8, 52).modules() if isinstance(one, torch.nn.Linear)]
    assert [one.out_features for one in layers] == [4096, 4096, 4096, 52]


@pytest.mark.parametrize(("widest", "rule"), [(1024, "muon"), (8, "adamw")])
def test_a_network_too_wide_for_muon_descends_by_adamw(
    widest: int, rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = []

    def noted(flat: FlatWeights, one: Rule, *rates: float) -> list[torch.optim.Optimizer]:
        rules.append(one)
        return optimizers_of(flat, one, *rates)

    monkeypatch.setattr(training, "WIDEST", widest)
    monkeypatch.setattr(training, "optimizers_of", noted)
    network = Architecture(network="convolutional", width=16, depth=2).build(3, 4)
    lessons = Lessons(torch.randn(20, 3), torch.randn(20, 4), torch.ones(20, 4))
    told: list[int] = []
    course = training.Course(2, 10, 1e-3, 0)
    training.taught(network, lessons, course, tmp_path / "kept", lambda steps, note=None: told.append(steps))
    assert rules == [rule]
    assert told == [0, 1, 1, 1, 1]  # every step is told of


def test_a_planet_that_holds_no_atmosphere_has_no_spectrum() -> None:
    hot = PARAMETERS.clone()
    hot[:, 0], hot[:, 1] = 3.0, 7000.0
    light = torch.full_like(MASS, float(MASS.min()))
    assert bool(untrained()(hot, STAR, light).isnan().all())


def test_outside_of_its_box_it_is_not_asked() -> None:
    emulator = untrained()
    far = PARAMETERS.clone()
    far[0, 1] = 7001
    with pytest.raises(HarnessError, match="planet_temp outside of 0 to 7000 K"):
        emulator(far, STAR, MASS)
    far[0, 1] = torch.nan
    with pytest.raises(HarnessError, match="planet_temp outside"):
        emulator(far, STAR, MASS)
    with pytest.raises(HarnessError, match=r"asked for a planet of .* M_Jup"):
        emulator(PARAMETERS, STAR, 10 * MASS)
    light = torch.cat([MASS[:1] / 1000, MASS[1:]])
    with pytest.raises(HarnessError, match=f"asked for a planet of {float(light[0]):.4g} M_Jup"):
        emulator(PARAMETERS, STAR, light)
    with pytest.raises(HarnessError, match="needs star radius and planet mass"):
        emulator(PARAMETERS)


def test_it_stands_in_for_its_own_forward_model_within_its_box_alone() -> None:
    forward = ARIEL.forward_model()
    untrained(forward=forward.identity).require(forward, SCHEMA)
    with pytest.raises(HarnessError, match="imitates the forward model some model of 'ariel-mini'"):
        untrained().require(forward, SCHEMA)
    wider = [one.model_copy(update={"upper": one.upper + 1}) for one in SCHEMA.parameters]
    with pytest.raises(HarnessError, match="would be asked from"):
        untrained(forward=forward.identity).require(
            forward, SCHEMA.model_copy(update={"parameters": tuple(wider)})
        )
    moved = SCHEMA.model_copy(update={"wavelength": tuple(2 * one for one in SCHEMA.wavelength)})
    with pytest.raises(HarnessError, match="of other channels"):
        untrained(forward=forward.identity).require(forward, moved)


def test_it_explores_for_its_forward_model_on_measured_spectra_too() -> None:
    forward = ARIEL.forward_model()
    assert forward is not None
    assert forward.measured().identity != forward.identity
    untrained(forward=forward.identity).require(forward.measured(), SCHEMA)
    untrained(forward=forward.identity).require(forward.measured().measured(), SCHEMA)
    with pytest.raises(HarnessError, match="imitates the forward model"):
        untrained(forward="another").require(forward.measured(), SCHEMA)


def test_files_and_pickles_answer_alike(tmp_path: Path) -> None:
    emulator = untrained()
    write_emulator(tmp_path / "it", emulator)
    assert is_emulator(tmp_path / "it")
    read = read_emulator(tmp_path / "it")
    expected = emulator(PARAMETERS, STAR, MASS)
    assert torch.equal(read(PARAMETERS, STAR, MASS), expected)
    assert torch.equal(pickle.loads(pickle.dumps(read))(PARAMETERS, STAR, MASS), expected)
    assert read.description == emulator.description
    assert read.identity != emulator.identity


def test_a_damaged_file_is_one_sentence(tmp_path: Path) -> None:
    whole, bad = tmp_path / "whole", tmp_path / "bad"
    write_emulator(whole, untrained())
    tensors = load_file(whole)
    described = json.loads(untrained().description.model_dump_json())
    bad.write_bytes(whole.read_bytes()[:-100])
    with pytest.raises(HarnessError, match="no emulator, or a damaged one"):
        read_emulator(bad)
    larger = {**described, "architecture": {"network": "residual", "width": 16384, "depth": 64}}
    missing = {name: one for name, one in tensors.items() if "input_mean" not in name}
    nothing = {name: torch.full_like(one, torch.nan) for name, one in tensors.items()}
    for content, weights in ((larger, tensors), ({}, tensors), (described, missing), (described, nothing)):
        save_file(weights, bad, {"harness-emulator": json.dumps(content)})
        with pytest.raises(HarnessError, match="is damaged or of another version"):
            read_emulator(bad)


def test_errors_are_told_in_noise_and_in_ppm() -> None:
    noise = torch.linspace(1e-5, 3e-5, 6 * 52, dtype=torch.float64).reshape(6, 52)
    spectra = torch.full((6, 52), 0.01, dtype=torch.float64)
    off = FunctionForwardModel(lambda parameters, *_: 0.010003 + 0 * parameters[:, :1].expand(-1, 52), "off")
    found = accuracy(off, Atmospheres(PARAMETERS, STAR, MASS, noise), spectra)
    assert (found.atmospheres, found.lost) == (6, 0)
    assert found.median_ppm == found.most_ppm == pytest.approx(3)
    assert found.median == pytest.approx(0.15, rel=0.01)
    assert found.most == pytest.approx(0.3, rel=0.05)
    assert found.channel_median[0] > found.channel_median[-1]
    spectra[0] = torch.nan
    assert accuracy(off, Atmospheres(PARAMETERS, STAR, MASS, noise), spectra).atmospheres == 5


def test_atmospheres_are_drawn_within_the_bounds_and_learned_from_where_they_make_planets() -> None:
    forward = ARIEL.forward_model().quick().rough()
    planets = drawn(64, ARIEL.train, SCHEMA, forward, torch.Generator().manual_seed(0), 0.5)
    lower, upper = torch.tensor(SCHEMA.bounds, dtype=torch.float64).T
    assert bool(((planets.parameters >= lower) & (planets.parameters <= upper)).all())
    frame = AltitudeFrame(SCHEMA)
    spectra = forward(*planets.inputs)
    lessons = Lessons.of(frame, planets, spectra)
    assert 8 < len(lessons) <= int(spectra.isfinite().all(dim=1).sum())
    with pytest.raises(HarnessError, match="make a planet"):
        Lessons.of(frame, planets, torch.full_like(spectra, torch.nan))
