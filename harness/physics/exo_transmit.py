"""Read cross-sections in the text format of Exo-Transmit (opacH2O.dat)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from harness.errors import HarnessError
from harness.physics.constants import SQUARE_METRE
from harness.physics.cross_sections import Array, CrossSections, ascending
from harness.physics.molecules import molecule_name
from harness.untrusted.files import MOST_OF_A_TEXT, read_text

FORMAT = "Exo-Transmit"
_FLOOR = 1e-60  # m2; TauREx adds it so that a logarithm exists
_SHALLOW = 3e3  # Pa; tables reach deeper, unless they were written in bar for TauREx
_LONGEST = 1e-2  # m; no opacity reaches further, and no wavelength in micrometres stays below


def read_exo_transmit(path: Path) -> CrossSections:
    """The cross-sections in a file of Exo-Transmit (Kempton et al., PASP 129, 044402, 2017).

    A line of temperatures [K], a line of pressures [Pa], then for each wavelength a line with it [m] and
    for each pressure a line with the pressure and the cross-sections [m2] at all temperatures. The molecule
    is the file name after "opac". Grids may descend. All is in SI units, as Exo-Transmit's manual and code
    have it; TauREx 3 takes the pressures for bar.

    Raises:
        HarnessError: the file is not text, is cut short, a line has the wrong number of columns, the
            pressures beside the cross-sections are not those of the grid, or a wavelength is none in m.
    """
    if path.stem == "opacCIA":
        raise HarnessError(
            f"{path} is Exo-Transmit's collision-induced absorption, which is not read; "
            "take HITRAN's .cia files."
        )
    molecule = molecule_name(path.stem[len("opac") :])
    if not molecule:
        raise HarnessError(f"{path} names no molecule; expected a name such as opacH2O.dat.")
    rows = _rows(path)
    if len(rows) < 2:
        raise HarnessError(f"{path} ends before its grids of temperature and pressure; get it again.")
    temperature, pressure = rows[0], rows[1]
    block = 1 + len(pressure)
    body = rows[2:]
    if not body or len(body) % block:
        raise HarnessError(
            f"{path} has {len(body)} lines after its grids, where each wavelength takes {block} "
            f"(itself and {len(pressure)} pressures); it is truncated, get it again."
        )
    heads, tables = body[::block], [row for at, row in enumerate(body) if at % block]
    if any(len(head) != 1 for head in heads) or any(len(row) != 1 + len(temperature) for row in tables):
        raise HarnessError(
            f"{path} has a line with the wrong number of columns; expected 1 for a wavelength and "
            f"{1 + len(temperature)} for a pressure with its {len(temperature)} temperatures."
        )
    wavelength, table = np.concatenate(heads), np.stack(tables)
    if not np.isclose(table[:, 0].reshape(len(heads), -1), pressure, rtol=1e-3, atol=0).all():
        raise HarnessError(
            f"{path} has cross-sections at pressures that are not those of its second line; get it again."
        )
    if not ((wavelength > 0) & (wavelength < _LONGEST)).all():
        raise HarnessError(
            f"{path} has wavelengths from {wavelength.min():.4g} to {wavelength.max():.4g}, "
            "which cannot be metres; Exo-Transmit's tables are in m, Pa, K and m2: convert it."
        )
    values = table[:, 1:].reshape(len(heads), len(pressure), len(temperature)).transpose(1, 2, 0)
    along = wavelength.argsort()[::-1]
    temperature, across = ascending(temperature)
    pressure, down = ascending(pressure)
    cross_sections = (values[down, across][..., along] + _FLOOR) / SQUARE_METRE
    return CrossSections(
        molecule=molecule,
        path=path,
        format=FORMAT,
        wavenumber=1e-2 / wavelength[along],
        temperature=temperature,
        pressure=pressure,
        read=lambda index: cross_sections[index],
        unsaid=()
        if pressure[-1] > _SHALLOW
        else (f"pressures in Pa up to no more than {pressure[-1]:.3g} Pa",),
    )


def _rows(path: Path) -> list[Array]:
    try:
        lines = read_text(path, MOST_OF_A_TEXT).splitlines()
        return [np.array(line.split(), dtype=np.float64) for line in lines if line.strip()]
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise HarnessError(
            f"{path} cannot be read as an Exo-Transmit table ({error}); it is damaged or of another format."
        ) from error
