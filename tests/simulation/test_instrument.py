"""A challenge on the channels of a measured spectrum: what it holds, and that methods work on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result

from harness.challenges import Traces, Truth, load
from harness.challenges.simulated_file import write_challenge_file
from harness.challenges.simulated_reader import read_challenge_file, read_described_model
from harness.cli import main
from harness.components.forward_check import check_forward_model
from harness.components.run import Run
from harness.data.posterior import Posterior
from harness.errors import HarnessError
from harness.estimators.nested_sampling import NestedSampling
from harness.physics.wide_opacities import wide_fingerprint
from harness.preprocessors.scale_heights import ScaleHeights
from harness.scorers.ariel import Ariel

WAVELENGTH = np.array([1.15, 1.25, 1.35, 1.45, 1.55, 2.7, 4.3, 4.5])
ERROR = np.array([80, 70, 60, 60, 70, 90, 120, 150]) * 1e-6
HOST = ("--star-radius", "0.9", "--planet-mass", "0.3")
SMALL = ("--gases", "H2O,CO2,SO2", "--planets", "60", "--test", "4", *HOST)
FACTS = ("--auxiliary", f"star_radius_m={0.9 * 6.957e8}", "--auxiliary", "planet_mass_kg=5.7e26")


def invoke(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def spectrum(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table as an instrument's team would publish it, in ppm, by descending wavelength."""
    path = tmp_path_factory.mktemp("seen") / "planet.txt"
    depth = 0.021 + 2e-4 * np.sin(5 * WAVELENGTH)
    rows = [
        f"{at} {0.1} {one * 1e6:.3f} {error * 1e6:.1f}"
        for at, one, error in zip(WAVELENGTH, depth, ERROR, strict=True)
    ]
    path.write_text("\n".join(["# wavelength[um] width[um] depth[ppm] error[ppm]", *rows[::-1]]) + "\n")
    return path


@pytest.fixture(scope="module")
def made(spectrum: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "like.h5"
    result = invoke("simulate", path, "--channels", spectrum, *SMALL)
    assert result.exit_code == 0, result.output
    return path


@pytest.fixture(scope="module")
def traced(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with a trace of every test planet: rows about its true parameters."""
    path = tmp_path_factory.mktemp("traced") / "like.h5"
    schema, splits = read_challenge_file(made)
    lower, upper = torch.tensor(schema.bounds, dtype=torch.float64).T
    scatter = torch.randn(4, 200, len(lower), generator=torch.Generator().manual_seed(0))
    rows = splits["test"].parameters[:, None] + 0.03 * (upper - lower) * scatter
    weights = torch.full((200,), 1 / 200, dtype=torch.float64)
    traces = Traces.from_list([(one.clamp(lower, upper), weights) for one in rows], len(lower))
    test = replace(splits["test"], truth=Truth(splits["test"].parameters, traces))
    write_challenge_file(path, schema, {**splits, "test": test}, "a test", "0", read_described_model(made))
    return path


def test_channels_and_noise_are_those_of_the_spectrum(made: Path) -> None:
    challenge = load(f"simulated:{made}")
    schema = challenge.schema
    assert np.allclose(schema.wavelength, WAVELENGTH)
    assert np.allclose(schema.width, 0.1)
    assert schema.parameter_names == ("planet_radius", "planet_temp", "log_H2O", "log_CO2", "log_SO2")
    for split in challenge.splits.values():
        assert np.allclose(split.observations.noise.numpy(), ERROR, rtol=1e-6)
    assert [len(challenge.splits[name]) for name in ("train", "valid", "test")] == [54, 6, 4]


def test_planets_are_like_the_one_that_was_seen_and_fill_the_priors(made: Path) -> None:
    challenge = load(f"simulated:{made}")
    radius = challenge.schema.parameters[0]
    assert radius.upper / radius.lower == pytest.approx(1.5)
    lower, upper = torch.tensor(challenge.schema.bounds, dtype=torch.float64).T
    place = (challenge.train.parameters - lower) / (upper - lower)
    assert bool(((place >= 0) & (place <= 1)).all())
    assert (place.mean(dim=0) - 0.5).abs().max() < 0.17  # 4 standard errors of 54 planets
    facts = challenge.train.observations.auxiliary
    assert float(facts[:, 0].log().std()) == pytest.approx(0.03, rel=0.5)
    assert float(facts[:, 1].log().std()) == pytest.approx(0.1, rel=0.5)


def test_its_forward_model_is_found_again_from_the_file(made: Path) -> None:
    challenge = load(f"simulated:{made}")
    forward = challenge.forward_model()
    assert forward is not None
    assert wide_fingerprint() in forward.identity
    check = check_forward_model(forward, challenge.train, challenge.schema)
    assert check.quantile(1.0) < 1e-3
    quick = check_forward_model(forward.quick(), challenge.train, challenge.schema)
    assert quick.agrees
    assert not challenge.notes


def test_without_star_and_mass_planets_are_like_those_of_the_release(spectrum: Path, tmp_path: Path) -> None:
    path = tmp_path / "any.h5"
    words = ("--gases", "H2O,Na", "--planets", "150", "--test", "2")
    assert invoke("simulate", path, "--channels", spectrum, *words).exit_code == 0
    challenge = load(f"simulated:{path}")
    radii = challenge.train.parameters[:, 0]
    assert float(radii.min()) < 0.5
    assert float(radii.max()) > 1.2
    assert challenge.schema.parameters[0].upper == 3.0


def test_the_same_options_give_the_same_bytes(made: Path, spectrum: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.h5"
    assert invoke("simulate", again, "--channels", spectrum, *SMALL).exit_code == 0
    assert again.read_bytes() == made.read_bytes()


def test_scale_heights_needs_no_substitute(made: Path) -> None:
    challenge = load(f"simulated:{made}")
    preprocessor = ScaleHeights()
    assert preprocessor.substitute(challenge.schema) is None
    seen = challenge.train.observations
    module = preprocessor.fit(challenge.train, challenge.schema)
    features = module(seen.spectrum, seen.noise, seen.auxiliary)
    assert features.shape == (54, 2 * len(WAVELENGTH) + 5)
    assert bool(features.isfinite().all())


def test_a_forest_is_fitted_scored_and_asked_about_the_real_spectrum(
    traced: Path, spectrum: Path, tmp_path: Path
) -> None:
    home = ("--home", tmp_path / "home")
    forest = ("-e", "random-forest", "--set", "random-forest.trees=20")
    result = invoke("run", "-c", f"simulated:{traced}", *forest, "--samples", "1000", *home)
    assert result.exit_code == 0, result.output
    assert "spectral" in invoke("leaderboard", "show", "latest", *home).output
    result = invoke("predict", "latest", spectrum, *FACTS, "--samples", "1000", *home)
    assert result.exit_code == 0, result.output
    assert "log_SO2" in result.output


def test_nested_sampling_retrieves_with_the_model_of_the_file(traced: Path) -> None:
    challenge = load(f"simulated:{traced}")
    options = {"live": 50, "effective": 10, "calls": 1000, "workers": 1, "spectrum": "observed"}
    estimator = NestedSampling.create(options, schema=challenge.schema)
    assert estimator.unsuitable_for(challenge) is None
    run = Run(forward_model=challenge.forward_model)
    estimator.fit(challenge.train, challenge.valid, run)
    with pytest.warns(match="stopped at the limit"):
        posterior = estimator.sample(challenge.test.observations[[0]], 100, run)
    samples, _ = posterior.planet(0)
    truth = challenge.test.parameters[0]
    assert abs(float(samples[:, 0].median() / truth[0]) - 1) < 0.03


def test_both_parts_of_the_score_are_computed(traced: Path) -> None:
    challenge = load(f"simulated:{traced}")
    traces = challenge.test.truth.traces
    assert traces is not None
    pairs = [traces.trace(planet) for planet in range(4)]
    rows = min(len(weights) for _, weights in pairs)
    samples = torch.stack([values[-rows:] for values, _ in pairs])
    weights = torch.stack([one[-rows:] / one[-rows:].sum() for _, one in pairs])
    score = Ariel().score(Posterior(samples, weights), challenge.test.truth, challenge)
    assert score.value > 900
    assert {"posterior", "spectral", "posterior/log_SO2"} <= set(score.parts)


def test_other_opacities_than_those_behind_the_spectra_are_told(made: Path, tmp_path: Path) -> None:
    schema, splits = read_challenge_file(made)
    described = read_described_model(made)
    assert described is not None
    foreign = described.model_copy(update={"opacities": "files-of-others"})
    write_challenge_file(tmp_path / "foreign.h5", schema, splits, "a test", "0", foreign)
    challenge = load(f"simulated:{tmp_path / 'foreign.h5'}")
    _ = challenge.schema
    assert any("made with opacities files-of-others" in note for note in challenge.notes)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("{}", "damaged: gases: Field required"),
        ("[", "what it says of its forward model is damaged"),
        (None, "what it says of its forward model is damaged"),
    ],
)
def test_a_damaged_description_is_one_sentence(
    made: Path, tmp_path: Path, said: str | None, message: str
) -> None:
    path = tmp_path / "damaged.h5"
    path.write_bytes(made.read_bytes())
    with h5py.File(path, "r+") as file:
        del file.attrs["forward_model"]
        if said is not None:
            file.attrs["forward_model"] = said
    with pytest.raises(HarnessError, match=message):
        _ = load(f"simulated:{path}").schema


def test_parameters_that_its_model_does_not_take_are_refused(made: Path, tmp_path: Path) -> None:
    schema, splits = read_challenge_file(made)
    described = read_described_model(made)
    assert described is not None
    other = described.model_copy(update={"gases": ("H2O", "CO2", "CO")})
    write_challenge_file(tmp_path / "other.h5", schema, splits, "a test", "0", other)
    with pytest.raises(HarnessError, match=r"model takes .*log_CO\.$"):
        _ = load(f"simulated:{tmp_path / 'other.h5'}").schema


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "--channels needs the absorbing gases"),
        (("--gases", ","), "No absorbing gas is named"),
        (("--gases", "H2O,XYZ"), "holds no cross-sections of XYZ"),
        (("--gases", "H2O,H2O"), "H2O is named twice"),
        (("--gases", "H2O", "--star-radius", "1"), "give --planet-mass too"),
        (("--gases", "H2O", "--star-radius", "0", "--planet-mass", "1"), "--star-radius is 0"),
        (("--gases", "H2O", "--shift", "clouds=2"), "--shift cannot be used with --channels"),
        (("--gases", "H2O", "--collisions", "H2-H2"), "--collisions cannot be used with --channels"),
        (("--gases", "H2O", "--star-radius", "90", "--planet-mass", "0.3"), "g/cm3; check their unit"),
    ],
)
def test_bad_input_is_one_sentence(
    spectrum: Path, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    result = invoke("simulate", tmp_path / "new.h5", "--channels", spectrum, *words)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())
    assert not list(tmp_path.iterdir())


def test_options_of_channels_alone_are_refused(tmp_path: Path) -> None:
    result = invoke("simulate", tmp_path / "new.h5", "--gases", "H2O")
    assert result.exit_code == 2
    assert "--gases says something of --channels, which is not given" in result.output


def test_a_directory_cannot_hold_other_channels(spectrum: Path, tmp_path: Path) -> None:
    result = invoke("simulate", tmp_path / "new", "--channels", spectrum, "--gases", "H2O")
    assert result.exit_code == 2
    assert "give it a name that ends in .h5" in " ".join(result.output.split())
