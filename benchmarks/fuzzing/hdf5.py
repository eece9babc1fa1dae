"""Damage to HDF5 files, from flipped bits to datasets that point elsewhere or unpack to any size."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py import h5d, h5p, h5s, h5t

from fuzzing import words

BLOSC = 32001
HUGE = 8 * 10**8


@dataclass(frozen=True)
class Secrets:
    """Files that lie beside the input and that nothing of it may make anybody read."""

    text: Path
    hdf5: Path


@dataclass(frozen=True)
class Damage:
    """What was done, and whether a reader must refuse it."""

    what: str
    must_refuse: bool


def damage_hdf5(rng: random.Random, path: Path, secrets: Secrets) -> Damage:
    """Do one thing to an HDF5 file."""
    if rng.random() < 0.25:
        original = path.read_bytes()
        if rng.random() < 0.3:
            path.write_bytes(original[: rng.randrange(len(original))])
            return Damage("cut off", True)
        path.write_bytes(words.flipped(rng, original))
        return Damage("flipped bits", False)
    with h5py.File(path, "r+") as file:
        name = rng.choice(_datasets(file))
        way, must_refuse = rng.choice(WAYS)
        way(rng, file, name, secrets)
    return Damage(f"{way.__name__.strip('_')} {name}", must_refuse)


def _datasets(file: h5py.File) -> list[str]:
    names: list[str] = []
    file.visit(names.append)
    return [name for name in names if isinstance(file[name], h5py.Dataset)]


def _soft_link(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    file.move(name, "elsewhere")
    file[name] = h5py.SoftLink("/elsewhere")


def _external_link(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    del file[name]
    file[name] = h5py.ExternalLink(str(secrets.hdf5), f"/{name}")


def _group_linked(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    group = name.rpartition("/")[0] or name
    del file[group]
    file[group] = h5py.ExternalLink(str(secrets.hdf5), f"/{group}")


def _external_storage(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    shape, kind = file[name].shape, file[name].dtype
    size = max(1, int(np.prod(shape)) * kind.itemsize)
    del file[name]
    file.create_dataset(name, shape=shape, dtype=kind, external=[(str(secrets.text), 0, size)])


def _virtual(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    shape, kind = file[name].shape, file[name].dtype
    layout = h5py.VirtualLayout(shape=shape, dtype=kind)
    layout[...] = h5py.VirtualSource(str(secrets.hdf5), name, shape=shape)
    del file[name]
    file.create_virtual_dataset(name, layout)


def _never_written(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    shape, kind = file[name].shape, file[name].dtype
    rows = rng.choice((HUGE, 10**12, 10**6))
    del file[name]
    more = {"chunks": (10**5, *shape[1:]), "compression": "gzip"} if rng.random() < 0.7 else {}
    file.create_dataset(name, shape=(rows, *shape[1:]), dtype=kind, **more)


def _added_never_written(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    group = file[name].parent
    new = rng.choice(("auxiliary", "partition", "log_evidence", "more", "bin_edges", "kcoeff"))
    if new in group:
        del group[new]
    kind = rng.choice(("f8", "S24", "i4"))
    group.create_dataset(new, shape=(HUGE,), dtype=kind, chunks=(10**5,), compression="gzip")


def _bomb(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    """Compressed zeros, all of them written: 3 GiB of numbers in some MB of file."""
    shape, kind = file[name].shape, file[name].dtype
    rows = 10**6
    chunk = (rows, *shape[1:])
    n_bytes = int(np.prod(chunk)) * kind.itemsize
    n_chunks = 3 * 2**30 // n_bytes + 1
    del file[name]
    dataset = file.create_dataset(
        name, shape=(rows * n_chunks, *shape[1:]), dtype=kind, chunks=chunk, compression="gzip"
    )
    packed = zlib.compress(bytes(n_bytes), 9)
    for index in range(n_chunks):
        dataset.id.write_direct_chunk((index * rows, *(0 for _ in shape[1:])), packed)


def _lying_chunk(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    """A chunk whose stream unpacks to 3 GiB where its shape says some bytes."""
    shape, kind = file[name].shape, file[name].dtype
    shape = shape or (1,)
    del file[name]
    dataset = file.create_dataset(name, shape=shape, dtype=kind, chunks=shape, compression="gzip")
    packer = zlib.compressobj(9)
    segments = [
        packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH),
        packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH),
    ]
    dataset.id.write_direct_chunk(tuple(0 for _ in shape), segments[0] + segments[1] * (3 * 2**10))


def _huge_chunk(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    shape, kind = file[name].shape or (1,), file[name].dtype
    rows = 2**31 // max(1, int(np.prod(shape[1:])) * kind.itemsize) - 1
    values = np.resize(file[name][()], shape)
    del file[name]
    properties = h5p.create(h5p.DATASET_CREATE)
    properties.set_chunk((rows, *shape[1:]))
    properties.set_deflate(4)
    space = h5s.create_simple(shape, (h5s.UNLIMITED, *shape[1:]))
    dataset = h5d.create(file.id, name.encode(), h5t.py_create(kind, logical=True), space, dcpl=properties)
    packed = zlib.compress(np.ascontiguousarray(values).tobytes())
    dataset.write_direct_chunk(tuple(0 for _ in shape), packed)


def _unknown_filter(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    shape, kind = file[name].shape or (1,), file[name].dtype
    values = np.ascontiguousarray(np.resize(file[name][()], shape))
    del file[name]
    properties = h5p.create(h5p.DATASET_CREATE)
    properties.set_chunk(shape)
    properties.set_filter(BLOSC, h5py.h5z.FLAG_OPTIONAL, (2, 2, 4))
    space = h5s.create_simple(shape)
    dataset = h5d.create(file.id, name.encode(), h5t.py_create(kind, logical=True), space, dcpl=properties)
    dataset.write_direct_chunk(tuple(0 for _ in shape), values.tobytes())


def _other_type(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    shape = file[name].shape
    kinds: tuple[Any, ...] = (
        "c16",
        "S3",
        "?",
        "f2",
        "i8",
        "u1",
        "V7",
        np.dtype([("re", "f8"), ("nan", "i4")]),
        np.dtype(("f8", (2,))),
        h5py.string_dtype(),
        h5py.ref_dtype,
        h5py.regionref_dtype,
        h5py.vlen_dtype(np.float64),
        h5py.enum_dtype({"no": 0, "yes": 1}),
    )
    del file[name]
    kind = rng.choice(kinds)
    try:
        file.create_dataset(name, data=np.full(shape, 1.0).astype(kind))
    except (TypeError, ValueError):
        if name in file:
            del file[name]
        file.create_dataset(name, shape=shape, dtype=kind)


def _complex(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    if file[name].dtype.kind not in "fiu":
        name = next(other for other in _datasets(file) if file[other].dtype.kind in "fiu")
    values = file[name][()]
    del file[name]
    file.create_dataset(name, data=np.asarray(values).astype("c16") + 1j)


def _other_shape(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    values = file[name][()]
    array = np.asarray(values)
    ways: tuple[Callable[[], Any], ...] = (
        lambda: array[None],
        lambda: array[..., None],
        lambda: array.T if array.ndim > 1 else array[:0],
        lambda: array[:-1] if array.ndim else array[None],
        lambda: np.concatenate([array, array]) if array.ndim else array[None],
        lambda: array.ravel()[:1] if array.size else array,
        lambda: array.ravel()[0] if array.size else array,
        lambda: array[:0] if array.ndim else array,
        lambda: h5py.Empty(array.dtype),
    )
    del file[name]
    file.create_dataset(name, data=rng.choice(ways)())


def _other_value(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    dataset = file[name]
    if dataset.dtype.kind in "fiu" and dataset.size:
        values = np.asarray(dataset[()])
        bad: list[float] = [-1, 0]
        if dataset.dtype.kind == "f":
            bad += [np.nan, np.inf, -np.inf, 1e308, 1e-320, -1e-3]
        elif dataset.dtype.kind == "i":
            bad += [2**31 - 1, -(2**31)]
        flat = values.ravel()
        how_many = rng.choice((1, flat.size))
        with np.errstate(over="ignore"):
            flat[rng.sample(range(flat.size), how_many)] = np.array(rng.choice(bad)).astype(values.dtype)
        dataset[...] = flat.reshape(values.shape)
    elif dataset.dtype.kind == "S" and dataset.size:
        said = words.text(rng).encode(errors="surrogatepass")[:60]
        values = np.asarray(dataset[()]).astype("S64").ravel()
        values[rng.randrange(len(values))] = said
        if rng.random() < 0.3:
            values[:] = values[0]
        shape = dataset.shape
        del file[name]
        file.create_dataset(name, data=values.reshape(shape))
    else:
        _other_shape(rng, file, name, secrets)


def _gone(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    del file[name]


def _group_instead(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    del file[name]
    file.create_group(f"{name}/deeper")


def _type_instead(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    del file[name]
    file[name] = np.dtype("f8")


def _dataset_instead(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    group = name.rpartition("/")[0] or name
    del file[group]
    file[group] = np.arange(3.0)


def _circle(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    file[f"{file[name].parent.name}/circle"] = file["/"]


def _odd_group(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    said = words.text(rng).replace("\0", "").replace("/", "")[:1000] or "odd"
    file.create_group(said.encode(errors="surrogatepass")).create_dataset("odd", data=1)


def _deep(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    group = file[name].parent
    for _ in range(500):
        group = group.create_group("deeper")


def _attribute(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    places = [place for place in (file, file[name], file[name].parent) if len(place.attrs)]
    place = rng.choice(places or [file])
    key = rng.choice(list(place.attrs) or ["format"])
    values: tuple[Any, ...] = (
        h5py.Empty("f4"),
        10**18,
        -1,
        np.nan,
        1 + 2j,
        np.arange(5),
        np.void(b"\xff\xfe"),
        file.ref,
        b"\xff\xfe not text",
        "x" * 60_000,
        words.text(rng).replace("\0", "")[:60_000].encode(errors="surrogatepass"),
        np.array(["a", "b"], dtype=object),
    )
    if key in place.attrs and rng.random() < 0.2:
        del place.attrs[key]
        return
    value = rng.choice(values)
    if isinstance(value, np.ndarray) and value.dtype == object:
        place.attrs.create(key, list(value), dtype=h5py.string_dtype())
    else:
        place.attrs[key] = value


def _attribute_text(rng: random.Random, file: h5py.File, name: str, secrets: Secrets) -> None:
    """Hostile text inside an attribute that is JSON, or in its place."""
    if isinstance(said := file.attrs.get("schema"), str):
        changed = words.damaged_json(rng, said.encode())[:60_000].replace(b"\0", b"")
        file.attrs["schema"] = changed.decode(errors="replace")
    else:
        _attribute(rng, file, name, secrets)


Way = Callable[[random.Random, h5py.File, str, Secrets], None]

# the way, and whether every reader must refuse what it leaves
WAYS: tuple[tuple[Way, bool], ...] = (
    (_soft_link, True),
    (_external_link, True),
    (_group_linked, True),
    (_external_storage, True),
    (_external_storage, True),
    (_virtual, True),
    (_never_written, True),
    (_added_never_written, False),
    (_bomb, True),
    (_lying_chunk, True),
    (_huge_chunk, False),
    (_unknown_filter, True),
    (_other_type, False),
    (_other_type, False),
    (_complex, True),
    (_other_shape, False),
    (_other_shape, False),
    (_other_value, False),
    (_other_value, False),
    (_other_value, False),
    (_gone, False),
    (_group_instead, False),
    (_type_instead, False),
    (_dataset_instead, False),
    (_circle, False),
    (_odd_group, False),
    (_deep, False),
    (_attribute, False),
    (_attribute, False),
    (_attribute_text, False),
)
