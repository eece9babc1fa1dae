"""New HDF5 files: their space is reserved first, and nothing is left where it cannot be."""

import subprocess
import sys
import textwrap
from pathlib import Path

import h5py
import numpy as np
import pytest

from harness.files.planet_file_writer import new_planet_file


def test_what_was_reserved_and_not_needed_is_given_back(tmp_path: Path) -> None:
    path = tmp_path / "planets.hdf5"
    with new_planet_file(path, 1, 10**8) as file:
        assert path.stat().st_size > 10**8
        file.add("Planet_a", {"weights": np.ones(3)}, {"ID": 0, "planet_ID": "a"})
    assert path.stat().st_size < 10_000
    with h5py.File(path) as file:
        assert file["Planet_a"]["weights"][:].tolist() == [1, 1, 1]
        assert dict(file["Planet_a"].attrs) == {"ID": 0, "planet_ID": "a"}


@pytest.mark.parametrize("n_groups", [0, 1, 10, 1000])
def test_the_reservation_is_enough_for_the_structure(tmp_path: Path, n_groups: int) -> None:
    path = tmp_path / "planets.hdf5"
    content = {name: np.arange(3.0) for name in ("one", "two", "three", "four")}
    with new_planet_file(path, n_groups, n_groups * 4 * 24) as file:
        reserved = path.stat().st_size
        for i in range(n_groups):
            file.add(f"Planet_with_quite_a_long_name_{i}", content, {"ID": i, "planet_ID": f"planet{i}"})
    assert path.stat().st_size <= reserved


def test_a_file_that_is_not_completed_is_removed(tmp_path: Path) -> None:
    def interrupted() -> None:
        with new_planet_file(tmp_path / "planets.hdf5", 1, 100) as file:
            file.add("Planet_a", {"weights": np.ones(3)})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_become_large_enough_says_so_and_is_removed(tmp_path: Path) -> None:
    script = f"""
        import errno, resource
        from pathlib import Path
        from harness.files.planet_file_writer import new_planet_file
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            with new_planet_file(Path("{tmp_path}/planets.hdf5"), 1, 200_000) as file:
                print("began to write")
        except OSError as error:
            print(error.errno == errno.EFBIG, error.filename)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"True {tmp_path}/planets.hdf5\n"
    assert list(tmp_path.iterdir()) == []
