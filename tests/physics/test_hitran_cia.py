"""Collision-induced absorption from HITRAN files."""

import shutil
import warnings

import numpy as np
import pytest

from harness.errors import HarnessError
from harness.physics import TransmissionModel, find_cia
from harness.physics.hitran_cia import pair_name
from harness.physics.opacity_directory import survey_cia


def test_pairs_are_found_by_what_the_files_say(cia):
    assert list(find_cia(cia)) == ["H2-H2", "H2-He"]


@pytest.mark.parametrize("pair", ["H2-H2", "H2-He"])
def test_ranges_of_unlike_temperatures_are_joined_as_taurex_joins_them(cia, pair):
    ours = find_cia(cia)[pair]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from taurex.cia.hitrancia import HitranCIA

        theirs = HitranCIA(str(ours.path))
    np.testing.assert_array_equal(ours.temperature, theirs.temperatureGrid)
    grid = np.geomspace(10, 50000, 300)
    for row, temperature in zip(ours.on(grid), ours.temperature, strict=True):
        np.testing.assert_allclose(row, theirs.cia(temperature, grid), rtol=1e-12)


def test_a_single_temperature_holds_everywhere(opacities, tmp_path):
    import torch

    lines = ["H2-H2 20 30000 2 300.0 1E-44", " 20.0 1E-44", " 30000.0 1E-44"]
    (tmp_path / "H2-H2.cia").write_text("\n".join(lines))
    model = TransmissionModel.from_files(opacities, tmp_path, ["H2-H2"])
    depth = model.binned(torch.tensor([[1.0, t, *[-12.0] * 5] for t in (100, 300, 2000)]), 1.0, 1.0)
    assert depth.isfinite().all()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[: len(text) // 3], "truncated or damaged|no header"),
        (lambda text: "", "it is empty"),
        (lambda text: "hello\n" + text, "Line 1 of .* is no header"),
        (lambda text: text.replace("H2-H2", "H2-He", 1), "holds 2 pairs"),
        (lambda text: text.replace("E-46", "E-46x"), "truncated or damaged"),
        (lambda text: text.replace(" 200.0 ", " -5.0 ", 1), "-5 K"),
    ],
)
def test_a_damaged_file_is_told(cia, tmp_path, damage, message):
    text = next(cia.glob("H2-H2*")).read_text()
    (tmp_path / "H2-H2.cia").write_text(damage(text))
    with pytest.raises(HarnessError, match=message):
        find_cia(tmp_path)


def test_a_pair_that_is_not_there_is_told(opacities, cia, tmp_path):
    with pytest.raises(HarnessError, match=r"no \.cia file of N2-N2.*; it has those of: H2-H2, H2-He"):
        TransmissionModel.from_files(opacities, cia, ["N2-N2"])
    (tmp_path / "H2-H2.db").write_bytes(b"")
    with pytest.raises(HarnessError, match=r"H2-H2\.db is a pickle"):
        TransmissionModel.from_files(opacities, tmp_path, ["H2-H2"])


def test_a_pair_of_which_the_atmosphere_lacks_a_member_is_told(opacities, cia, tmp_path):
    text = next(cia.glob("H2-He*")).read_text().replace("H2-He", "H2-N2")
    (tmp_path / "H2-N2.cia").write_text(text)
    with pytest.raises(HarnessError, match=r"has the member N2.*, which is not in the atmosphere"):
        TransmissionModel.from_files(opacities, tmp_path, ["H2-N2"])


def test_labels_with_spaces_name_their_pair(shared_cases):
    (pair,) = find_cia(shared_cases / "cia-eq").values()
    assert pair.pair == "H2-H2"
    np.testing.assert_array_equal(pair.temperature, [200, 400])
    np.testing.assert_allclose(pair.values, 1e-56)  # m5


@pytest.mark.parametrize(
    ("label", "pair"),
    [
        ("eq-H2 -- eq-H2", "H2-H2"),
        ("H2-H2 (norm)", "H2-H2"),
        ("n-H2 -- He", "H2-He"),
        ("N2 - N2", "N2-N2"),
        ("O-O", "O-O"),
        ("H2", None),
        ("H2-He-CH4", None),
    ],
)
def test_a_label_is_two_molecules_and_their_spins(label, pair):
    assert pair_name(label) == pair


def test_empty_lines_and_comments_end_no_file(shared_cases, cia, tmp_path):
    (pair,) = find_cia(shared_cases / "cia-blank-lines").values()
    np.testing.assert_array_equal(pair.temperature, [200, 1000, 3000])
    source = next(cia.glob("H2-H2*"))
    lines = source.read_text().splitlines()
    wordy = "# made up\n\n" + "\n! a remark\n".join(lines) + "\n\n"
    (tmp_path / "H2-H2.cia").write_text(wordy)
    plain, commented = find_cia(cia)["H2-H2"], find_cia(tmp_path)["H2-H2"]
    np.testing.assert_array_equal(commented.values, plain.values)
    (tmp_path / "H2-H2.cia").write_text(wordy + "hello\n")
    with pytest.raises(HarnessError, match=f"Line {wordy.count(chr(10)) + 1} of .* is no header"):
        find_cia(tmp_path)


def test_a_temperature_has_its_own_block_where_ranges_overlap(shared_cases):
    (pair,) = find_cia(shared_cases / "cia-overlap").values()
    np.testing.assert_array_equal(pair.temperature, [200, 300])
    cold, warm = pair.on(np.linspace(1, 750, 997))
    np.testing.assert_allclose(cold, 1e-54)
    np.testing.assert_allclose(warm[np.linspace(1, 750, 997) <= 250], 2e-54)
    assert (warm[np.linspace(1, 750, 997) > 250] == 0).all()  # no block there reaches 300 K


def block(pair: str, temperature: float, wavenumber: np.ndarray, value: float) -> str:
    head = f"{pair:>20}{wavenumber[0]:10.3f}{wavenumber[-1]:10.3f}{len(wavenumber):7d}{temperature:7.1f}"
    return "\n".join([f"{head} 1.0E-44 -.999", *(f"{x:10.4f} {value:10.3E}" for x in wavenumber)]) + "\n"


def test_where_a_temperature_has_no_block_those_around_it_are_mixed(tmp_path):
    wide, narrow = np.linspace(0, 100, 11), np.linspace(40, 60, 5)
    text = block("N2-N2", 200, wide, 1e-44) + block("N2-N2", 400, wide, 3e-44)
    (tmp_path / "N2-N2.cia").write_text(text + block("N2-N2", 300, narrow, 9e-44))
    pair = find_cia(tmp_path)["N2-N2"]
    np.testing.assert_allclose(pair.on(np.array([20.0, 39.9, 40.0, 60.0, 61.0]))[1] * 1e54, [2, 2, 9, 9, 2])


def test_a_block_may_descend_and_its_fields_may_touch(tmp_path):
    wavenumber = np.linspace(20, 120000, 5)
    text = block("H2-He", 200, wavenumber, 1e-46)
    assert "20.000120000.000" in text
    head, *rows = text.splitlines()
    (tmp_path / "H2-He.cia").write_text("\n".join([head, *rows[::-1]]))
    np.testing.assert_allclose(find_cia(tmp_path)["H2-He"].wavenumber, wavenumber, atol=1e-4)


def test_one_odd_file_leaves_the_others(cia, tmp_path):
    shutil.copytree(cia, tmp_path, dirs_exist_ok=True)
    (tmp_path / "readme.cia").write_text("hello")
    survey = survey_cia(tmp_path)
    assert list(survey.found) == ["H2-H2", "H2-He"]
    assert "readme.cia is no header" in survey.left_out[tmp_path / "readme.cia"]
