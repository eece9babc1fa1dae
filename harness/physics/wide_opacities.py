"""Opacity files of the wide band model, generated on first use into a cache.

They are TauREx HDF5 cross-sections and HITRAN .cia files as any others are. Those of the challenges are
made by `harness.physics.builtin_opacities`, have another directory, and do not change with these.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

from harness.errors import HarnessError
from harness.physics import band_model, wide_band_model
from harness.physics.band_model.collision_induced import CIA_PAIRS, CIA_TEMPERATURE, cia_coefficient
from harness.physics.cross_sections import CrossSections
from harness.physics.write_cross_sections import write_cross_sections

SOURCE = "wide band model of ariel-harness, not a line list"
CIA_FIRST, CIA_STEP = 500.0, 20.0  # cm-1


def wide_opacity_directory(cache: str | Path | None = None) -> Path:
    """The directory of built-in opacities for real spectra, generated if it is not there yet.

    It holds H2O, CO2, CO, CH4, NH3, SO2, H2S, HCN, C2H2, Na and K as TauREx HDF5 cross-sections from 0.25
    to 20 um, and H2-H2 and H2-He as HITRAN .cia. Its name carries a fingerprint of the model.

    Arguments:
        cache: where to keep it; by default the user's cache folder of the platform.

    Raises:
        HarnessError: the cache cannot be written to, or the disk is full.
    """
    root = (
        Path(cache) if cache is not None else platformdirs.user_cache_path("ariel-harness", appauthor=False)
    )
    directory = root / f"wide-band-model-{wide_fingerprint()}"
    if directory.is_dir():
        return directory
    unfinished: Path | None = None
    try:
        root.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=".wide-band-model-", dir=root))
        _write_all(unfinished)
        unfinished.chmod(0o755)
        _publish(unfinished, directory)
    except OSError as error:
        raise HarnessError(
            f"The built-in opacities cannot be written to {root} ({error.strerror or error}); "
            "free some space or name another cache folder."
        ) from error
    finally:
        if unfinished is not None:
            shutil.rmtree(unfinished, ignore_errors=True)
    return directory


def wide_fingerprint() -> str:
    """Twelve hexadecimal digits that change with any coefficient or line of code of the wide band model."""
    digest = hashlib.sha256()
    for package in (band_model, wide_band_model):
        for source in sorted(Path(package.__file__ or "").parent.glob("*.py")):
            digest.update(source.name.encode())
            digest.update(source.read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()[:12]


def _publish(unfinished: Path, directory: Path) -> None:
    try:
        os.rename(unfinished, directory)
    except OSError:
        # another process was first; what it wrote is the same
        if not directory.is_dir():
            raise


def _write_all(directory: Path) -> None:
    grid = wide_band_model.WAVENUMBER
    for name, molecule in wide_band_model.MOLECULES.items():
        _write(directory, name, band_model.cross_sections(molecule, grid))
    for name, alkali in wide_band_model.ALKALIS.items():
        _write(directory, name, wide_band_model.alkali_cross_sections(alkali))
    for pair in CIA_PAIRS:
        _write_cia(directory / f"{pair}.cia", pair)


def _write(directory: Path, name: str, values: NDArray[np.floating[Any]]) -> None:
    path = directory / f"{name}.h5"
    table = CrossSections(
        molecule=name,
        path=path,
        format="TauREx HDF5",
        wavenumber=wide_band_model.WAVENUMBER,
        temperature=band_model.TEMPERATURE,
        pressure=band_model.PRESSURE,
        read=lambda index: np.asarray(values[index], dtype=np.float64),
    )
    write_cross_sections(path, table, wide_band_model.WAVENUMBER, values, SOURCE)


def _write_cia(path: Path, pair: str) -> None:
    """The form fitted to Borysow's tables, as far as these reach, and zero beyond."""
    inside = np.arange(CIA_FIRST, CIA_PAIRS[pair][1] + CIA_STEP / 2, CIA_STEP)
    wavenumber = np.append(inside, inside[-1] + CIA_STEP)
    lines = []
    for temperature in CIA_TEMPERATURE:
        values = np.append(cia_coefficient(pair, inside, float(temperature)), 0.0)
        lines.append(
            f"{pair:>20}{wavenumber[0]:10.3f}{wavenumber[-1]:10.3f}{len(wavenumber):7d}{temperature:7.1f}"
            f"{values.max():10.3E} 20.00{'form fitted to Borysow':>27}{0:3d}"
        )
        lines += [f"{x:10.4f} {value:10.3E}" for x, value in zip(wavenumber, values, strict=True)]
    path.write_text("\n".join(lines) + "\n")
