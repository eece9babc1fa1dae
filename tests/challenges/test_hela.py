"""HELA datasets: the published one, and small ones that are right or wrong."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from harness.challenges import load
from harness.challenges.hela_names import plain_name
from harness.errors import HarnessError

NAMES = ["$T (K)$", "H$_2$O", "$\\kappa_0$"]
RANGES = [[500, 2900], [-13, 0], [-13, 0]]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Four channels, three parameters, 20 rows, no training file."""
    root = tmp_path / "small"
    root.mkdir()
    generator = np.random.default_rng(0)
    lower, upper = np.array(RANGES).T
    rows = np.column_stack([generator.uniform(1, 2, (20, 4)), generator.uniform(lower, upper, (20, 3))])
    np.save(root / "testing.npy", rows)
    np.save(root / "wavelength.npy", np.array([0.8, 0.9, 1.1, 1.2]))
    np.save(root / "error_bars.npy", np.full(4, 0.005))
    describe(root)
    return root


def describe(root: Path, **changes: object) -> None:
    metadata = {"names": NAMES, "ranges": RANGES, "num_features": 4, "colors": ["#000000"] * 3}
    content = {"metadata": metadata, "training_data": "training.npy", "testing_data": "testing.npy"}
    for key, value in changes.items():
        (metadata if key in metadata else content)[key] = value  # type: ignore[index]
    (root / "dataset.json").write_text(json.dumps(content))


def test_the_published_set_is_split_as_its_published_figures_need(hela: Path) -> None:
    challenge = load(f"hela:{hela}")
    rows = np.load(hela / "testing.npy")
    order = np.random.default_rng(0).permutation(20_001)
    assert len(challenge.train) == 15_000
    assert len(challenge.valid) == 0
    for split, expected in ((challenge.train, order[:15_000]), (challenge.test, order[15_000:])):
        chosen = rows[np.sort(expected)]
        np.testing.assert_array_equal(split.observations.spectrum.numpy(), chosen[:, :13])
        np.testing.assert_array_equal(split.parameters.numpy(), chosen[:, 13:])
        assert split.observations.planet_ids.tolist()[:2] == [
            f"testing{row}" for row in np.sort(expected)[:2]
        ]


def test_the_published_set_has_plain_names_with_units(hela: Path) -> None:
    schema = load(f"hela:{hela}").schema
    assert [str(parameter) for parameter in schema.parameters] == [
        "T [K]",
        "H2O [log10 VMR]",
        "HCN [log10 VMR]",
        "NH3 [log10 VMR]",
        "kappa0 [log10 cm2/g]",
    ]
    assert schema.spectrum_unit == "transit depth [%]"
    assert schema.auxiliary == ()


def test_bounds_hold_every_value_of_the_published_set(hela: Path) -> None:
    challenge = load(f"hela:{hela}")
    lower, upper = torch.tensor(challenge.schema.bounds, dtype=torch.float64).T
    for split in challenge.splits.values():
        assert bool(((split.parameters >= lower) & (split.parameters <= upper)).all())
    assert challenge.schema.bounds[4] == (-13, 2)
    assert any(note.startswith("kappa0: 2,671 of 20,001 values") for note in challenge.notes)


def test_every_planet_has_the_error_bars_as_its_noise(hela: Path) -> None:
    noise = load(f"hela:{hela}").test.observations.noise
    np.testing.assert_array_equal(noise.numpy(), np.tile(np.load(hela / "error_bars.npy"), (5001, 1)))


def test_published_spectra_carry_fifty_ppm_of_noise_where_clouds_hide_all_else(hela: Path) -> None:
    challenge = load(f"hela:{hela}")
    opaque = [
        (split.parameters[:, 1:4] < -9).all(dim=1) & (split.parameters[:, 4] > -3)
        for split in (challenge.train, challenge.test)
    ]
    spectra = torch.cat(
        [
            split.observations.spectrum[rows]
            for split, rows in zip((challenge.train, challenge.test), opaque, strict=True)
        ]
    )
    flat = spectra - spectra.mean(dim=1, keepdim=True)
    spread = flat.std(dim=0) * (13 / 12) ** 0.5  # of one channel, from its distance to the mean of 13
    assert len(spectra) == 452
    torch.testing.assert_close(spread, torch.full_like(spread, 0.0050), rtol=0.06, atol=0)
    correlation = torch.corrcoef(flat.T)
    assert ((correlation.sum() - 13) / (13 * 12)).item() == pytest.approx(-1 / 12, abs=0.001)


def test_methods_are_told_that_the_spectra_carry_their_noise(small: Path) -> None:
    assert load(f"hela:{small}").schema.noise_included
    ideal = load(f"hela:{small}", {"noise_included": False})
    assert not ideal.schema.noise_included
    assert load(f"hela:{small}", {"noise_included": False, "noise": True}).schema.noise_included
    assert load(f"hela:{small}").fingerprint != ideal.fingerprint


def test_noise_is_drawn_once_on_training_and_test_spectra_alike(hela: Path) -> None:
    clean, noisy = load(f"hela:{hela}"), load(f"hela:{hela}", {"noise": True})
    for name in ("train", "test"):
        one, other = clean.splits[name].observations, noisy.splits[name].observations
        standardized = (other.spectrum - one.spectrum) / one.noise
        assert standardized.mean().abs() < 0.02
        assert (standardized.std() - 1).abs() < 0.02
        assert torch.equal(clean.splits[name].parameters, noisy.splits[name].parameters)
    again, other_seed = (
        load(f"hela:{hela}", {"noise": True}),
        load(f"hela:{hela}", {"noise": True, "noise_seed": 1}),
    )
    assert again.fingerprint == noisy.fingerprint != other_seed.fingerprint


def test_validation_planets_come_out_of_the_training_planets(hela: Path) -> None:
    all_of_them, challenge = load(f"hela:{hela}"), load(f"hela:{hela}", {"valid": 1500})
    train, valid = (
        set(challenge.splits[name].observations.planet_ids.tolist()) for name in ("train", "valid")
    )
    assert len(valid) == 1500
    assert not train & valid
    assert train | valid == set(all_of_them.train.observations.planet_ids.tolist())
    assert torch.equal(challenge.test.observations.spectrum, all_of_them.test.observations.spectrum)


def test_a_training_file_is_used_where_it_is_there(small: Path) -> None:
    rows = np.load(small / "testing.npy")
    np.save(small / "training.npy", rows[::-1])
    challenge = load(f"hela:{small}")
    np.testing.assert_array_equal(challenge.train.observations.spectrum.numpy(), rows[::-1, :4])
    np.testing.assert_array_equal(challenge.test.observations.spectrum.numpy(), rows[:, :4])
    assert challenge.train.observations.planet_ids.tolist()[0] == "training0"


def test_the_json_file_itself_may_be_named(small: Path) -> None:
    shutil.copy(small / "dataset.json", small / "other.json")
    with pytest.raises(HarnessError, match=re.escape("several json files (dataset.json, other.json)")):
        _ = load(f"hela:{small}").splits
    assert len(load(f"hela:{small / 'other.json'}").train) == 15


def test_channels_reach_half_way_to_their_neighbours(small: Path) -> None:
    assert load(f"hela:{small}").schema.width == pytest.approx((0.1, 0.15, 0.15, 0.1))


def test_wavelengths_may_descend(small: Path) -> None:
    np.save(small / "wavelength.npy", np.array([1.2, 1.1, 0.9, 0.8]))
    schema = load(f"hela:{small}").schema
    assert schema.wavelength == (1.2, 1.1, 0.9, 0.8)
    assert schema.width == pytest.approx((0.1, 0.15, 0.15, 0.1))


@pytest.mark.parametrize(
    ("latex", "name", "unit"),
    [
        ("$T (K)$", "T", "K"),
        ("H$_2$O", "H2O", "log10 VMR"),
        ("CO$_{2}$", "CO2", "log10 VMR"),
        ("TiO", "TiO", "log10 VMR"),
        ("$\\kappa_0$", "kappa0", "log10 cm2/g"),
        ("$R_p$ ($R_J$)", "Rp", "RJ"),
        ("C/O", "C/O", ""),
        ("cloud top", "cloud_top", ""),
        ("$\\log(X_{\\rm H_2O})$", "log(XH2O)", ""),
        ("$\\log\\left(X_{\\mathrm{CH_4}}\\right)$", "log(XCH4)", ""),
        ("$\\log_{10}(P_{\\rm cloud})$ (bar)", "log10(Pcloud)", "bar"),
        ("$T_{\\rm eff}$ (K)", "Teff", "K"),
        ("$T_\\mathrm{int}$ [K]", "Tint", "K"),
        ("$\\log{g}$", "logg", ""),
    ],
)
def test_names_in_latex_become_plain(latex: str, name: str, unit: str) -> None:
    assert plain_name(latex) == (name, unit)


def save(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    return lambda root: np.save(root / name, change(np.load(root / name)))


def element(name: str, index: object, value: float) -> Callable[[Path], None]:
    def change(array: np.ndarray) -> np.ndarray:
        array[index] = value
        return array

    return save(name, change)


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "no description": (lambda root: (root / "dataset.json").unlink(), "holds no json file"),
    "not json": (lambda root: (root / "dataset.json").write_text("{"), "does not describe a HELA dataset"),
    "no names": (
        lambda root: describe(root, names=[]),
        "metadata.names is []; expected a list of the names of the parameters, at least one",
    ),
    "a range of one number": (
        lambda root: describe(root, ranges=[[500], *RANGES[1:]]),
        "metadata.ranges.0.1 is missing; expected a list with the lower and upper bound of each parameter",
    ),
    "no channels": (
        lambda root: describe(root, num_features=0),
        "metadata.num_features is 0; expected the number of channels, at least 1",
    ),
    "a list of files": (
        lambda root: describe(root, training_data=["training.npy"]),
        'training_data is ["training.npy"]; expected the name of a .npy file',
    ),
    "another json": (
        lambda root: (root / "dataset.json").write_text("{}"),
        "metadata is missing; expected names, ranges and num_features",
    ),
    "fewer ranges": (
        lambda root: describe(root, ranges=RANGES[:2]),
        "3 metadata.names but 2 metadata.ranges",
    ),
    "a range upside down": (
        lambda root: describe(root, ranges=[[2900, 500], *RANGES[1:]]),
        "the range of $T (K)$ is 2900 to 500",
    ),
    "a name twice": (lambda root: describe(root, names=["T", "T", "H2O"]), "each must be unique"),
    "a name before a slash": (
        lambda root: describe(root, names=["C/O", "T", "C"]),
        "in scores the parameter C/O would be taken for a part of C; call one of them otherwise",
    ),
    "no testing file": (lambda root: (root / "testing.npy").unlink(), "testing.npy is missing"),
    "no wavelengths": (lambda root: (root / "wavelength.npy").unlink(), "wavelength.npy is missing"),
    "no error bars": (lambda root: (root / "error_bars.npy").unlink(), "error_bars.npy is missing"),
    "cut off": (
        lambda root: (root / "testing.npy").write_bytes((root / "testing.npy").read_bytes()[:400]),
        "testing.npy is not a readable .npy file",
    ),
    "empty": (
        lambda root: (root / "testing.npy").write_bytes(b""),
        "testing.npy is not a readable .npy file",
    ),
    "a pickle": (
        lambda root: np.save(root / "testing.npy", np.array([{}], dtype=object), allow_pickle=True),
        "testing.npy is not a readable .npy file",
    ),
    "several arrays": (
        lambda root: (
            np.savez(root / "several.npz", np.ones(3)),
            (root / "several.npz").rename(root / "testing.npy"),
        ),
        "testing.npy is not a readable .npy file",
    ),
    "complex numbers": (
        save("testing.npy", lambda rows: rows.astype(complex)),
        "testing.npy does not hold an array of real numbers",
    ),
    "text": (lambda root: np.save(root / "testing.npy", np.array(["a"])), "does not hold an array of real"),
    "a column too many": (
        lambda root: describe(root, num_features=3),
        "wavelength.npy has shape (4,); expected (3,)",
    ),
    "a parameter too few": (
        save("testing.npy", lambda rows: rows[:, :-1]),
        "testing.npy has shape (20, 6); expected (N, 7)",
    ),
    "no rows": (save("testing.npy", lambda rows: rows[:0]), "testing.npy has shape (0, 7)"),
    "not finite": (
        element("testing.npy", (3, 2), np.nan),
        "testing.npy holds nan in row 3, column 2; expected a finite number",
    ),
    "a negative wavelength": (element("wavelength.npy", 0, -1), "wavelength.npy holds -1 in position 0"),
    "no order of wavelengths": (element("wavelength.npy", 0, 1), "neither ascending nor descending"),
    "error bars of zero": (element("error_bars.npy", 2, 0), "error_bars.npy holds 0 in position 2"),
    "error bars that are NaN": (
        element("error_bars.npy", 2, np.nan),
        "error_bars.npy holds nan in position 2",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_sentence(small: Path, name: str) -> None:
    damage, expected = BAD[name]
    damage(small)
    with pytest.raises(HarnessError) as caught:
        _ = load(f"hela:{small}").splits
    message = str(caught.value)
    assert expected in message
    assert message.endswith(".")
    assert "\n" not in message


def test_a_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="nowhere does not exist"):
        _ = load(f"hela:{tmp_path / 'nowhere'}").splits


def test_more_validation_than_training_planets_are_refused(small: Path) -> None:
    with pytest.raises(HarnessError, match="there are only 15 planets to train on"):
        _ = load(f"hela:{small}", {"valid": 15}).splits


def test_a_header_that_promises_more_than_memory_is_refused(small: Path) -> None:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 7), }".ljust(117) + b"\n"
    (small / "testing.npy").write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(HarnessError, match=r"testing\.npy is not a readable \.npy file"):
        _ = load(f"hela:{small}").splits


def test_a_parameter_beyond_all_numbers_is_refused(small: Path) -> None:
    rows = np.load(small / "testing.npy")
    rows[3, 5] = 4.9e307
    np.save(small / "testing.npy", rows)
    with pytest.raises(HarnessError, match=r"in the \.npy files reaches 4\.9e\+307, which no parameter does"):
        _ = load(f"hela:{small}").splits


def test_a_name_with_control_characters_is_refused(small: Path) -> None:
    describe(small, names=["\x1b]0;owned\x07", *NAMES[1:]])
    with pytest.raises(HarnessError, match="cannot be the name of a parameter") as caught:
        _ = load(f"hela:{small}").schema
    assert str(caught.value).isprintable()


def test_a_range_without_end_is_refused(small: Path) -> None:
    describe(small, ranges=[[500, float("inf")], [-13, 0], [-13, 0]])
    with pytest.raises(HarnessError, match="expected a finite, ascending one"):
        _ = load(f"hela:{small}").splits


def test_too_few_rows_to_train_on_are_named(small: Path) -> None:
    with pytest.raises(HarnessError, match=r"testing\.npy has 20 rows, of which 'train_fraction' = 0\.01"):
        _ = load(f"hela:{small}", {"train_fraction": 0.01}).splits


def test_latex_names_are_told_apart(shared_cases: Path) -> None:
    names = {
        folder: [one.name for one in load(f"hela:{shared_cases / folder}").schema.parameters]
        for folder in ("hela-log-names", "hela-rm")
    }
    assert names == {"hela-log-names": ["log(XH2O)", "log(XCH4)"], "hela-rm": ["Teff", "logg"]}


def test_ranges_of_instruments_may_overlap(shared_cases: Path) -> None:
    schema = load(f"hela:{shared_cases / 'hela-overlap'}").schema
    first, second = np.linspace(0.85, 1.65, 7), np.linspace(1.4, 2.8, 6)
    assert schema.wavelength == (*first, *second)
    np.testing.assert_allclose(schema.width, [first[1] - first[0]] * 7 + [second[1] - second[0]] * 6)


def test_at_a_gap_a_channel_is_as_wide_as_towards_its_nearer_neighbour(shared_cases: Path) -> None:
    schema = load(f"hela:{shared_cases / 'hela-gap'}").schema
    np.testing.assert_allclose(schema.width, [0.12] * 6 + [2.2 / 6] * 7)


def test_a_training_file_alone_is_split(shared_cases: Path) -> None:
    folder = shared_cases / "hela-no-testing"
    challenge = load(f"hela:{folder}")
    rows = np.load(folder / "training.npy")
    order = np.random.default_rng(0).permutation(len(rows))
    n_train = len(rows) * 3 // 4
    assert (len(challenge.train), len(challenge.test)) == (n_train, len(rows) - n_train)
    np.testing.assert_array_equal(
        challenge.test.observations.spectrum.numpy(), rows[np.sort(order[n_train:]), :13]
    )
    assert challenge.test.observations.names[0].startswith("training")


def test_what_to_write_and_how_is_told_where_files_are_missing(shared_cases: Path, small: Path) -> None:
    with pytest.raises(
        HarnessError, match=r"wavelength\.npy is missing; .* 40 channel centres \[um\]: write"
    ):
        _ = load(f"hela:{shared_cases / 'hela-no-files-beside'}").splits
    (small / "error_bars.npy").unlink()
    with pytest.raises(HarnessError, match=r"4 1-sigma noises \[%\]: .* numpy\.save\('error_bars\.npy'"):
        _ = load(f"hela:{small}").splits
    describe(small, training_data=None, testing_data=None)
    with pytest.raises(HarnessError, match="names neither training_data nor testing_data"):
        _ = load(f"hela:{small}").splits


def test_a_name_of_many_parentheses_is_read_at_once() -> None:
    assert plain_name("(" * 100_000) == ("(" * 100_000, "")
