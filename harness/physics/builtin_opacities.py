"""Opacity files of the built-in band model, generated on first use into a cache.

They are TauREx HDF5 cross-sections and HITRAN .cia files as any others are, so that nothing else has to know
that they come from a band model (harness.physics.band_model) and not from line lists.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import h5py
import numpy as np
import platformdirs

from harness.errors import HarnessError
from harness.physics import band_model
from harness.physics.band_model.collision_induced import CIA_TEMPERATURE, cia_coefficient, cia_wavenumber

# the oldest layout that HDF5 writes, so that any reader opens it and the same library gives the same bytes
_LAYOUT = "earliest"

BUILT_IN = "built-in"  # what options call these opacities


def named_directory(opacities: str) -> Path:
    """The directory that `opacities` means: "built-in" for that of the band model, or its path."""
    return opacity_directory() if opacities == BUILT_IN else Path(opacities)


def opacity_directory(cache: str | Path | None = None) -> Path:
    """The directory of the built-in opacities, generated if it is not there yet (seconds, 53 MB).

    It holds H2O, CO2, CO, CH4 and NH3 as TauREx HDF5 cross-sections and H2-H2 and H2-He as HITRAN .cia. Its
    name carries a fingerprint of the model, so that other coefficients make another directory.

    Arguments:
        cache: where to keep it; by default the user's cache folder of the platform.

    Raises:
        HarnessError: the cache cannot be written to, or the disk is full.
    """
    root = (
        Path(cache) if cache is not None else platformdirs.user_cache_path("ariel-harness", appauthor=False)
    )
    directory = root / f"band-model-{fingerprint()}"
    if directory.is_dir():
        return directory
    unfinished: Path | None = None
    try:
        root.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=".band-model-", dir=root))
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


def fingerprint() -> str:
    """Twelve hexadecimal digits that change with any coefficient or line of code of the band model."""
    digest = hashlib.sha256()
    sources = sorted(Path(band_model.__file__).parent.glob("*.py"))
    for source in (*sources, Path(__file__)):
        digest.update(source.name.encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def _publish(unfinished: Path, directory: Path) -> None:
    try:
        os.rename(unfinished, directory)
    except OSError:
        # another process was first; what it wrote is the same
        if not directory.is_dir():
            raise


def _write_all(directory: Path) -> None:
    for molecule in band_model.MOLECULES.values():
        _write_cross_sections(directory / f"{molecule.name}.h5", molecule)
    for pair in band_model.CIA_PAIRS:
        _write_cia(directory / f"{pair}.cia", pair)


def _write_cross_sections(path: Path, molecule: band_model.Molecule) -> None:
    with h5py.File(path, "w", libver=_LAYOUT) as file:
        file["bin_edges"] = band_model.WAVENUMBER
        file["t"] = band_model.TEMPERATURE
        file["p"] = band_model.PRESSURE
        file["p"].attrs["units"] = "Pa"
        file["xsecarr"] = band_model.cross_sections(molecule)
        file["mol_name"] = np.array([molecule.name.encode()])
        file.attrs["source"] = "band model of ariel-harness, not a line list"


def _write_cia(path: Path, pair: str) -> None:
    wavenumber = cia_wavenumber(pair)
    lines = []
    for temperature in CIA_TEMPERATURE:
        values = cia_coefficient(pair, wavenumber, float(temperature))
        lines.append(
            f"{pair:>20}{wavenumber[0]:10.3f}{wavenumber[-1]:10.3f}{len(wavenumber):7d}{temperature:7.1f}"
            f"{values.max():10.3E} 20.00{'form fitted to Borysow':>27}{0:3d}"
        )
        lines += [f"{x:10.4f} {value:10.3E}" for x, value in zip(wavenumber, values, strict=True)]
    path.write_text("\n".join(lines) + "\n")
