"""The kinds of files that a spectrum may lie in, by their suffixes, and what reads each."""

from __future__ import annotations

from pathlib import Path

from harness.files.text_table import TextTable, read_text_table

TEXT = (".csv", ".txt", ".dat", ".tbl", ".ecsv", ".tsv", ".tab", ".mrt", ".asc")
FITS = (".fits", ".fit")
NETCDF = (".nc", ".nc4", ".cdf")
NPZ = (".npz",)
KINDS = (*TEXT, *FITS, *NETCDF, *NPZ)


def read_table(path: Path) -> TextTable:
    """The cells, names and units of a file of one of these kinds; any other is taken for text.

    Raises:
        HarnessError: it is missing, unreadable, too large, damaged, or not a table.
    """
    kind = path.suffix.lower()
    if kind in FITS:
        from harness.files.fits_table import read_fits_table

        return read_fits_table(path)
    if kind in NETCDF:  # h5py and scipy take their time to import
        from harness.files.netcdf_table import read_netcdf_table

        return read_netcdf_table(path)
    if kind in NPZ:
        from harness.files.npz_table import read_npz_table

        return read_npz_table(path)
    return read_text_table(path)
