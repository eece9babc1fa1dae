"""Read cross-sections in the text format of Exo-Transmit (opacH2O.dat)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from harness.errors import HarnessError
from harness.physics.constants import SQUARE_METRE
from harness.physics.cross_sections import Array, CrossSections
from harness.physics.molecules import molecule_name

FORMAT = "Exo-Transmit"
_BAR = 1e5  # Pa
_FLOOR = 1e-60  # m2; TauREx adds it so that a logarithm exists


def read_exo_transmit(path: Path) -> CrossSections:
    """The cross-sections in a file of Exo-Transmit (Kempton et al., PASP 129, 044402, 2017).

    A line of temperatures [K], a line of pressures [bar], then for each wavelength a line with it [m] and
    for each pressure a line with the pressure and the cross-sections [m2] at all temperatures. The molecule
    is the file name after "opac".

    Raises:
        HarnessError: the file is not text, is cut short, or a line has the wrong number of columns.
    """
    molecule = molecule_name(path.stem[len("opac") :])
    if not molecule:
        raise HarnessError(f"{path} names no molecule; expected a name such as opacH2O.dat.")
    rows = _rows(path)
    if len(rows) < 2:
        raise HarnessError(f"{path} ends before its grids of temperature and pressure; get it again.")
    temperature, pressure = rows[0], rows[1] * _BAR
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
    wavenumber = 1e-2 / np.concatenate(heads)
    values = np.stack(tables)[:, 1:].reshape(len(heads), len(pressure), len(temperature)).transpose(1, 2, 0)
    order = wavenumber.argsort()
    cross_sections = (values[..., order] + _FLOOR) / SQUARE_METRE
    return CrossSections(
        molecule=molecule,
        path=path,
        format=FORMAT,
        wavenumber=wavenumber[order],
        temperature=temperature,
        pressure=pressure,
        read=lambda index: cross_sections[index],
    )


def _rows(path: Path) -> list[Array]:
    try:
        lines = path.read_text().splitlines()
        return [np.array(line.split(), dtype=np.float64) for line in lines if line.strip()]
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise HarnessError(
            f"{path} cannot be read as an Exo-Transmit table ({error}); it is damaged or of another format."
        ) from error
