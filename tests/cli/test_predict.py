"""`harness predict` as a person uses it: what it prints and writes, and what it says to bad input."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from harness.cli import main
from harness.runs.home import Home

WAVELENGTH = np.linspace(0.9, 1.6, 8)
NOISE = np.full(8, 0.005)


def harness(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def spectra(parameters: np.ndarray) -> np.ndarray:
    """Transit depths [%] (N, 8) that are linear in temperature and water (N, 2)."""
    temperature, water = (parameters - [1700, -6.5]).T
    return 1.5 + temperature[:, None] * 1e-4 + water[:, None] * 0.02 * np.sin(6 * WAVELENGTH)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a run `plain` on spectra alone, and a run `toy` with an auxiliary column."""
    folder = tmp_path_factory.mktemp("predict")
    generator = np.random.default_rng(0)
    parameters = generator.uniform([500, -13], [2900, 0], size=(800, 2))
    np.save(folder / "testing.npy", np.hstack([spectra(parameters), parameters]))
    np.save(folder / "wavelength.npy", WAVELENGTH)
    np.save(folder / "error_bars.npy", NOISE)
    description = {
        "metadata": {"names": ["$T (K)$", "H$_2$O"], "ranges": [[500, 2900], [-13, 0]], "num_features": 8},
        "training_data": "training.npy",
        "testing_data": "testing.npy",
    }
    (folder / "data.json").write_text(json.dumps(description))
    place = ("--home", folder, "--samples", 1000, "--estimator", "nearest")
    small = ("--set", "challenge.train=200", "--set", "challenge.test=10")
    for arguments in (
        ("--challenge", f"hela:{folder / 'data.json'}", "--name", "plain"),
        ("--challenge", "toy", "--name", "toy", *small),
    ):
        result = harness("run", *place, *arguments)
        assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def observed(tmp_path: Path) -> Path:
    """The spectrum of a planet of 1,200 K with log10 H2O = -4."""
    path = tmp_path / "my-planet.npy"
    np.save(path, spectra(np.array([[1200.0, -4.0]])))
    return path


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    path = tmp_path / "noise.npy"
    np.save(path, NOISE)
    return path


def test_it_finds_the_parameters_of_a_spectrum(home, observed, noise):
    result = harness("predict", "plain", observed, "--noise", noise, "--home", home, "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["estimator"] == "nearest"
    (planet,) = document["planets"]
    assert planet["planet"] == "my-planet"
    temperature, water = planet["parameters"]
    assert temperature["unit"] == "K"
    assert temperature["lower"] <= temperature["median"] <= temperature["upper"]
    assert temperature["median"] == pytest.approx(1200, abs=100)
    assert water["median"] == pytest.approx(-4, abs=1)


def test_it_prints_a_table_and_where_the_files_are(home, observed, noise, tmp_path):
    result = harness("predict", "plain", observed, "--noise", noise, "--home", home, "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "T [K]" in result.stdout
    assert "H2O [log10 VMR]" in result.stdout
    assert "68% interval" in result.stdout
    for path in sorted((tmp_path / "out").iterdir()):
        assert str(path) in result.stdout


def test_it_says_where_no_spectrum_can_alarm(home, tmp_path):
    few = tuple(f"--set=challenge.{option}" for option in ("train=45", "valid=0", "test=3", "rows=200"))
    ran = ("--challenge", "toy", "--scorer", "r2", "--name", "few", "--estimator", "nearest", *few)
    assert harness("run", "--home", home, "--samples", 1000, *ran).exit_code == 0
    for name, value in (("depths", 0.5), ("errors", 1e-4)):
        np.save(tmp_path / f"{name}.npy", np.full(52, value))
    arguments = (
        "predict",
        "few",
        tmp_path / "depths.npy",
        "--noise",
        tmp_path / "errors.npy",
        "--home",
        home,
    )
    arguments += ("--auxiliary", "star_distance=300", "-o", tmp_path)
    result = harness(*arguments)
    assert result.exit_code == 0, result.output
    assert "Alarm: none can be raised at 5%, as the run held out only 15 planets; " in result.stdout
    (planet,) = json.loads(harness(*arguments, "--json").stdout)["planets"]
    assert (planet["alarm"]["ranked_among"], planet["alarm"]["can_be_raised"]) == (15, False)


def test_it_says_how_many_spectra_alarm(home, observed, noise, tmp_path):
    both = np.vstack([np.load(observed), np.load(observed)])
    both[1] += 5 * NOISE * np.array([1, -1, -1, 1, 1, -1, -1, 1])
    path = tmp_path / "mine.npy"
    np.save(path, both)
    arguments = ("predict", "plain", path, "--noise", noise, "--home", home, "-o", tmp_path)
    result = harness(*arguments)
    assert result.exit_code == 0, result.output
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("Alarm: ")]
    assert line.startswith("Alarm: 1 of 2 alarm at 5%, mine-2 with the least p-value, ")
    assert line.endswith(str(tmp_path / "mine-alarms.csv"))
    rows = (tmp_path / "mine-alarms.csv").read_text().splitlines()
    assert rows[0] == "planet_ID,p_value,distance,distance_p_value"
    assert [row.split(",")[0] for row in rows[1:]] == ["mine-1", "mine-2"]
    planets = json.loads(harness(*arguments, "--json").stdout)["planets"]
    assert planets[1]["alarm"]["p_value"] < 0.05 < planets[0]["alarm"]["p_value"]
    assert planets[0]["alarm"]["can_be_raised"]


def test_it_saves_samples_and_a_corner_plot(home, observed, noise, tmp_path):
    folder = tmp_path / "not" / "there" / "yet"
    harness("predict", "plain", observed, "--noise", noise, "--home", home, "-o", folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "my-planet-alarms.csv",
        "my-planet-corner.png",
        "my-planet-samples.csv",
    ]
    assert (folder / "my-planet-corner.png").read_bytes().startswith(b"\x89PNG")
    table = np.genfromtxt(folder / "my-planet-samples.csv", delimiter=",", names=True)
    assert table.dtype.names == ("weight", "T", "H2O")
    assert table["weight"].sum() == pytest.approx(1)
    assert (table["weight"] > 0).all()


def test_files_go_to_the_folder_of_the_run_if_no_other_is_named(home, observed, noise):
    result = harness("predict", "plain", observed, "--noise", noise, "--home", home, "--json")
    document = json.loads(result.stdout)
    expected = home / "runs" / document["run"] / "predictions" / "my-planet-corner.png"
    assert document["planets"][0]["corner_plot"] == str(expected)
    assert expected.is_file()


def test_the_same_command_gives_the_same_answer(home, observed, noise):
    arguments = ("predict", "plain", observed, "--noise", noise, "--home", home, "--json", "--samples", 7)
    assert harness(*arguments).stdout == harness(*arguments).stdout


def test_several_spectra_are_numbered(home, noise, tmp_path):
    path = tmp_path / "two.npy"
    np.save(path, spectra(np.array([[1200.0, -4.0], [2500.0, -9.0]])))
    result = harness("predict", "plain", path, "--noise", noise, "--home", home, "-o", tmp_path, "--json")
    planets = json.loads(result.stdout)["planets"]
    assert [planet["planet"] for planet in planets] == ["two-1", "two-2"]
    assert planets[1]["parameters"][0]["median"] == pytest.approx(2500, abs=150)


def test_a_table_may_hold_the_noise_too(home, observed, tmp_path):
    table = tmp_path / "table.csv"
    columns = np.column_stack([WAVELENGTH, np.load(observed)[0], NOISE])
    np.savetxt(table, columns[::-1], delimiter=",", header="wavelength,depth,noise")
    result = harness("predict", "plain", table, "--home", home, "-o", tmp_path, "--json")
    assert result.exit_code == 0, result.output
    median = json.loads(result.stdout)["planets"][0]["parameters"][0]["median"]
    assert median == pytest.approx(1200, abs=100)


def test_auxiliary_columns_are_given_by_name(home, tmp_path):
    np.save(tmp_path / "s.npy", np.full(52, 8e-3))
    np.save(tmp_path / "n.npy", np.full(52, 1e-4))
    command = ("predict", "toy", tmp_path / "s.npy", "--noise", tmp_path / "n.npy", "--home", home)
    result = harness(*command, "-o", tmp_path, "--auxiliary", "star_distance=300", "--json")
    assert result.exit_code == 0, result.output
    assert len(json.loads(result.stdout)["planets"][0]["parameters"]) == 7


def refused(result: Result) -> str:
    """The one sentence of a refusal."""
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.stderr
    (sentence,) = result.stderr.strip().splitlines()
    return sentence


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((), "give star_distance [pc] as --auxiliary star_distance=NUMBER"),
        (("star_distance=far",), "not of the form star_distance=NUMBER"),
        (("star_distance=nan",), "not of the form star_distance=NUMBER"),
        (("star_distances=3",), "did you mean 'star_distance'?"),
    ],
)
def test_wrong_auxiliary_columns_are_explained(home, tmp_path, given, said):
    np.save(tmp_path / "s.npy", np.full(52, 8e-3))
    options = [word for text in given for word in ("--auxiliary", text)]
    sentence = refused(
        harness("predict", "toy", tmp_path / "s.npy", "--noise", tmp_path / "s.npy", "--home", home, *options)
    )
    assert said in sentence


def test_a_spectrum_without_noise_is_refused(home, observed):
    sentence = refused(harness("predict", "plain", observed, "--home", home))
    assert "give it with --noise FILE" in sentence


def test_a_spectrum_with_other_channels_is_refused(home, noise, tmp_path):
    np.save(tmp_path / "s.npy", np.ones(9))
    sentence = refused(harness("predict", "plain", tmp_path / "s.npy", "--noise", noise, "--home", home))
    assert "s.npy" in sentence
    assert "8 channels" in sentence


def test_noise_of_another_number_of_spectra_is_refused(home, observed, tmp_path):
    np.save(tmp_path / "three.npy", np.tile(NOISE, (3, 1)))
    sentence = refused(
        harness("predict", "plain", observed, "--noise", tmp_path / "three.npy", "--home", home)
    )
    assert "the noise of 3 spectra" in sentence


def test_an_unknown_run_is_refused_with_the_nearest(home, observed, noise):
    sentence = refused(harness("predict", "nothing", observed, "--noise", noise, "--home", home))
    assert "There is no run 'nothing'" in sentence


def test_a_folder_that_is_a_file_is_refused(home, observed, noise):
    sentence = refused(
        harness("predict", "plain", observed, "--noise", noise, "--home", home, "-o", observed / "deeper")
    )
    assert "choose another with -o" in sentence


def test_a_spectrum_in_another_unit_is_a_warning(home, observed, noise, tmp_path):
    fraction = tmp_path / "fraction.npy"
    np.save(fraction, np.load(observed) / 100)
    rest = ("--noise", noise, "--home", home, "-o", tmp_path / "out", "--json")
    result = harness("predict", "plain", fraction, *rest)
    assert result.exit_code == 0
    assert "lies outside all training spectra in 8 of 8 channels" in result.stderr
    assert "transit depth [%]?" in result.stderr
    json.loads(result.stdout)
    assert harness("predict", "plain", observed, *rest).stderr == ""


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("schema_version", 7, "record.json has schema version 7, and this harness reads version 1; use"),
        ("options", {"neighbours": 3}, "cannot be opened with what is installed here: nearest has no option"),
    ],
)
def test_a_run_of_another_version_is_one_sentence(home, observed, noise, tmp_path, field, value, said):
    folder = shutil.copytree(Home(home).find("plain"), tmp_path / "copy")
    record = json.loads((folder / "record.json").read_text())
    (record if field in record else record["estimator"])[field] = value
    (folder / "record.json").write_text(json.dumps(record))
    result = harness("predict", folder, observed, "--noise", noise)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("content", [b"\x80\x04K\x01.", b"hello", b"", b"PK\x03\x04" + bytes(40)])
def test_a_fitted_estimator_that_is_no_safetensors_file_is_refused(home, observed, noise, tmp_path, content):
    folder = shutil.copytree(Home(home).find("plain"), tmp_path / "copy")
    (folder / "estimator" / "estimator.safetensors").write_bytes(content)
    result = harness("predict", folder, observed, "--noise", noise)
    assert result.exit_code == 2
    assert "estimator.safetensors is not a readable safetensors file" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_columns_and_units_can_be_said(home, observed, tmp_path):
    table = tmp_path / "table.csv"
    np.savetxt(
        table, np.column_stack([NOISE * 1e4, np.load(observed)[0] / 100, WAVELENGTH * 1e3]), header="a b c"
    )
    given = ("--columns", "noise,depth,wavelength", "--units", "wavelength=nm,depth=fraction,noise=ppm")
    result = harness("predict", "plain", table, *given, "--home", home, "-o", tmp_path, "--json")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    median = json.loads(result.stdout)["planets"][0]["parameters"][0]["median"]
    assert median == pytest.approx(1200, abs=100)


def test_what_was_found_out_is_told_and_noise_unlike_the_training_planets(home, observed, tmp_path):
    table = tmp_path / "table.csv"
    np.savetxt(table, np.column_stack([WAVELENGTH * 1e3, np.load(observed)[0], NOISE * 100]), delimiter=",")
    result = harness("predict", "plain", table, "--home", home, "-o", tmp_path, "--json")
    assert result.exit_code == 0
    note, warning = result.stderr.splitlines()
    assert note == f"Note: {table}: its wavelengths are in nm."
    assert warning.startswith("Warning: In 8 of 8 channels of table the noise is unlike that of the training")


def test_a_header_that_does_not_tell_is_named(home, tmp_path):
    (tmp_path / "flux.csv").write_text("wavelength,flux,error\n" + "0.5,1,1\n" * 8)
    sentence = refused(harness("predict", "plain", tmp_path / "flux.csv", "--home", home))
    assert "(wavelength, flux, error) names no transit depth; say what its columns are" in sentence
