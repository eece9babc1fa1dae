"""An HDF5 file of a stranger is read where its numbers lie in it, and refused in one sentence where not."""

import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from h5py import h5d, h5p, h5s, h5t

from harness.errors import HarnessError
from harness.untrusted.hdf5 import Hdf5File

VALUES = np.arange(12.0).reshape(3, 4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gift.h5"


def written(path: Path, fill: Callable[[h5py.File], object]) -> Path:
    with h5py.File(path, "w") as file:
        fill(file)
    return path


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"chunks": (2, 3)},
        {"chunks": (3, 4), "compression": "gzip", "shuffle": True},
        {"chunks": (1, 4), "compression": "lzf", "fletcher32": True},
        {"dtype": ">f4"},
        {"dtype": "i2"},
        {"maxshape": (None, 4)},
    ],
)
def test_numbers_are_read_however_they_are_stored(path: Path, how: dict[str, object]) -> None:
    written(path, lambda file: file.create_dataset("x", data=VALUES, **how))
    with Hdf5File(path) as file:
        dataset = file.root.dataset("x")
        np.testing.assert_array_equal(dataset.numbers(), VALUES)
        np.testing.assert_array_equal(dataset.rows(1), VALUES[1])


@pytest.mark.parametrize("texts", [np.array([b"a", b"bc"]), ["a", "bc"]])
def test_texts_are_read(path: Path, texts: object) -> None:
    written(path, lambda file: file.create_dataset("x", data=texts))
    with Hdf5File(path) as file:
        assert file.root.dataset("x").texts() == ["a", "bc"]


def test_zeros_that_were_compressed_well_are_read(path: Path) -> None:
    zeros = np.zeros((1000, 1000))
    written(path, lambda file: file.create_dataset("x", data=zeros, compression="gzip"))
    assert path.stat().st_size < zeros.nbytes / 100
    with Hdf5File(path) as file:
        assert file.root.dataset("x").numbers().sum() == 0


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((3, 4), "f8")
    layout[...] = h5py.VirtualSource("other.h5", "x", (3, 4))
    file.create_virtual_dataset("x", layout)


def external_link(file: h5py.File) -> None:
    file["x"] = h5py.ExternalLink("other.h5", "/x")


def soft_link(file: h5py.File) -> None:
    file["y"], file["x"] = VALUES, h5py.SoftLink("/y")


def bomb(file: h5py.File) -> None:
    """2 GiB of zeros in 2 MiB."""
    rows, chunk = 2**28, 2**20
    dataset = file.create_dataset("x", shape=(rows,), dtype="f8", chunks=(chunk,), compression="gzip")
    packed = zlib.compress(bytes(8 * chunk), 9)
    for start in range(0, rows, chunk):
        dataset.id.write_direct_chunk((start,), packed)


def lying_chunk(file: h5py.File) -> None:
    """A chunk of 96 bytes that unpacks to 1 GiB."""
    dataset = file.create_dataset("x", shape=(3, 4), dtype="f8", chunks=(3, 4), compression="gzip")
    packer = zlib.compressobj(9)
    first, again = (packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    dataset.id.write_direct_chunk((0, 0), first + again * 1024)


def large_lying_chunk(file: h5py.File) -> None:
    """A chunk of 8 MiB that unpacks to 1 GiB, and whose packed size would do for 8 MiB."""
    n = 2**20
    dataset = file.create_dataset("x", shape=(n,), dtype="f8", chunks=(n,), compression="gzip")
    packer = zlib.compressobj(9)
    first, again = (packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    dataset.id.write_direct_chunk((0,), first + again * 1024)


def large_chunk(file: h5py.File) -> None:
    properties = h5p.create(h5p.DATASET_CREATE)
    properties.set_chunk((2**27,))
    properties.set_deflate(4)
    space = h5s.create_simple((3,), (h5s.UNLIMITED,))
    h5d.create(file.id, b"x", h5t.NATIVE_DOUBLE, space, dcpl=properties)


def unknown_filter(file: h5py.File) -> None:
    properties = h5p.create(h5p.DATASET_CREATE)
    properties.set_chunk((3, 4))
    properties.set_filter(32015, h5py.h5z.FLAG_OPTIONAL)
    h5d.create(file.id, b"x", h5t.NATIVE_DOUBLE, h5s.create_simple((3, 4)), dcpl=properties)


REFUSED: dict[str, tuple[Callable[[h5py.File], object], str]] = {
    "soft link": (soft_link, "is a link to another place"),
    "external link": (external_link, "is a link to another place"),
    "external storage": (
        lambda file: file.create_dataset("x", shape=(3, 4), dtype="f8", external=[("other.txt", 0, 96)]),
        "points into another file",
    ),
    "virtual": (virtual, "points into another file"),
    "never written, compressed": (
        lambda file: file.create_dataset("x", (8 * 10**8,), "f8", chunks=(10**5,), compression="gzip"),
        "never written",
    ),
    "never written": (lambda file: file.create_dataset("x", (10**12,), "f8"), "never written"),
    "zeros": (bomb, "made to exhaust the memory"),
    "lying chunk": (lying_chunk, "unpacks to more than its shape"),
    "large lying chunk": (large_lying_chunk, "unpacks to more than its shape"),
    "large chunk": (large_chunk, "use smaller ones"),
    "filter": (unknown_filter, r"HDF5 filter .*\(32015\), which is not installed"),
    "complex": (lambda file: file.create_dataset("x", data=VALUES + 1j), "does not hold numbers"),
    "texts": (lambda file: file.create_dataset("x", data=[b"a"]), "does not hold numbers"),
    "references": (
        lambda file: file.create_dataset("x", data=[file.ref], dtype=h5py.ref_dtype),
        "does not hold numbers",
    ),
    "group": (lambda file: file.create_group("x"), "is not a dataset"),
    "type": (lambda file: file.__setitem__("x", np.dtype("f8")), "is not a dataset"),
    "nothing": (lambda file: file.create_dataset("z", data=1), "has no dataset 'x'.*it has z"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_lies_elsewhere_or_lies_about_its_size_is_refused(path: Path, name: str) -> None:
    fill, said = REFUSED[name]
    written(path, fill)
    with Hdf5File(path) as file, pytest.raises(HarnessError, match=said) as caught:
        file.root.dataset("x").numbers()
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_group_that_is_a_link_is_refused(path: Path) -> None:
    written(path, lambda file: file.__setitem__("group", h5py.ExternalLink("other.h5", "/group")))
    with Hdf5File(path) as file, pytest.raises(HarnessError, match="is a link to another place"):
        file.root.group("group")


def test_an_attribute_is_read_or_refused(path: Path) -> None:
    def fill(file: h5py.File) -> None:
        file.attrs["text"], file.attrs["number"] = "said", 3
        file["x"] = VALUES
        file["x"].attrs["units"] = "bar"
        file.attrs["object"] = h5py.Empty("f4")

    written(path, fill)
    with Hdf5File(path) as file:
        assert file.root.attribute("text") == "said"
        assert file.root.attribute("number") == 3
        assert file.root.attribute("none") is None
        assert file.root.dataset("x").attribute("units") == "bar"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not an HDF5 file"),
        (b"not HDF5 at all", "not an HDF5 file"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "not an HDF5 file, or its beginning is damaged"),
    ],
)
def test_a_file_of_something_else_is_named(path: Path, content: bytes, said: str) -> None:
    path.write_bytes(content)
    with pytest.raises(HarnessError, match=said):
        Hdf5File(path)
