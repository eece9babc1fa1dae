"""The compression filters of an HDF5 dataset, and whether they are installed here."""

from __future__ import annotations

from h5py import h5d, h5z

from harness.errors import HarnessError


def require_filters(dataset: h5d.DatasetID, where: str) -> None:
    """Refuse a dataset that is compressed with a filter which is not installed, before it is read.

    HDF5 itself says of such a dataset that some directory cannot be opened.

    Arguments:
        dataset: an open dataset.
        where: the file and the dataset, as a message begins with them.

    Raises:
        HarnessError: a filter is not installed; names it.
    """
    creation = dataset.get_create_plist()
    for position in range(creation.get_nfilters()):
        code, _, _, name = creation.get_filter(position)
        if not h5z.filter_avail(code):
            called = name.decode(errors="replace") or "without a name"
            raise HarnessError(
                f"{where} is compressed with the HDF5 filter '{called}' ({code}), which is not installed "
                "here; where it is (the package hdf5plugin brings most), write the file anew with gzip, as "
                "h5repack -f GZIP=4 OLD NEW does."
            )
