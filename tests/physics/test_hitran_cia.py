"""Collision-induced absorption from HITRAN files."""

import warnings

import numpy as np
import pytest

from harness.errors import HarnessError
from harness.physics import TransmissionModel, find_cia


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
