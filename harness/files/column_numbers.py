"""What the columns of a spectrum's table hold, by their numbers, where no name tells."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from harness.files.column_names import Role

Array = NDArray[np.float64]

# the columns that published layouts have, in any order
_LAYOUTS: dict[int, tuple[tuple[Role, ...], ...]] = {
    3: (
        (Role.WAVELENGTH, Role.DEPTH, Role.ERROR),
        (Role.WAVELENGTH, Role.WIDTH, Role.DEPTH),
    ),
    4: (
        (Role.WAVELENGTH, Role.DEPTH, Role.ERROR, Role.WIDTH),
        (Role.SHORTEST, Role.LONGEST, Role.DEPTH, Role.ERROR),
        (Role.WAVELENGTH, Role.DEPTH, Role.ERROR_DOWN, Role.ERROR_UP),
    ),
    5: (
        (Role.WAVELENGTH, Role.WIDTH, Role.DEPTH, Role.ERROR_DOWN, Role.ERROR_UP),
        (Role.SHORTEST, Role.LONGEST, Role.DEPTH, Role.ERROR_DOWN, Role.ERROR_UP),
        (Role.WAVELENGTH, Role.SHORTEST, Role.LONGEST, Role.DEPTH, Role.ERROR),
    ),
    6: ((Role.WAVELENGTH, Role.SHORTEST, Role.LONGEST, Role.DEPTH, Role.ERROR_DOWN, Role.ERROR_UP),),
}
_FEWEST = 5  # points from which numbers tell what they are
_MOST = 2000  # points that are looked at
_MOSTLY = 0.7  # of the points
_MOST_UNEVEN = 2.0  # times, from the tenth to the ninth tenth of a spectrum's depths
_SIZES = ((1e-7, 4e-5), (0.1, 40.0), (100.0, 4e5))  # of wavelengths of 0.1 to 40 um, in any unit
_NO_ERROR = 0.05  # of what may be a depth; less is its error


def roles_by_numbers(columns: Sequence[Array], alone: Role) -> tuple[Role, ...] | None:
    """What unnamed columns hold, or None if their numbers do not tell.

    Two columns are wavelength and depth, or wavelength and what is `alone`. Three are wavelength, depth
    and error unless their numbers allow another order alone, or another one too. Of more, one order of a
    published layout must be the only one that the numbers allow: wavelengths go up or down, widths are
    half or all of their spacing, errors are smaller than depths, and of two errors that differ the negative
    one is the lower.

    Arguments:
        columns: of numbers, each (N,).
        alone: Role.DEPTH or Role.ERROR.
    """
    if len(columns) < 3:
        return (Role.WAVELENGTH, alone) if len(columns) == 2 else None
    usual = (Role.WAVELENGTH, Role.DEPTH, Role.ERROR)
    rows = np.stack([column[:_MOST] for column in columns])
    rows = rows[:, np.isfinite(rows).all(axis=0)]
    if rows.shape[1] < _FEWEST:
        return usual if len(columns) == 3 else None
    found: list[tuple[Role, ...]] = []
    steady: list[tuple[Role, ...]] = []
    others = False
    for layout in _LAYOUTS.get(len(columns), ()):
        for order in permutations(range(len(columns))):
            at = dict(zip(layout, order, strict=True))
            named = {role: rows[column] for role, column in at.items()}
            if (Role.ERROR_UP in at and _upside_down(named, at)) or not _fits(named):
                continue
            if len(columns) > 3 and not _is_even(named[Role.DEPTH]):
                continue
            roles = tuple(sorted(layout, key=lambda role: at[role]))
            if len(columns) == 3 and roles != usual and not _unusual(named, rows):
                others = others or (Role.ERROR in named and _may_be(named))
                continue
            found.append(roles)
            if Role.WIDTH in named and _are_steady(named[Role.WIDTH], named[Role.WAVELENGTH]):
                steady.append(roles)
    if not found and len(columns) == 3:
        return None if others else usual
    if len(columns) > 3 and len(steady) == 1:  # what is a width by chance is none everywhere
        return steady[0]
    return found[0] if len(found) == 1 else None


def spacing_ratio(wavelength: Array, width: Array, groups: Sequence[str] | None = None) -> float:
    """Median of the widths over the distance to the nearer neighbour: 1 if they are full, 0.5 if half.

    Arguments:
        wavelength: of the points (N,), in any order.
        width: in the same unit (N,).
        groups: for each point the instrument that saw it; neighbours are of one instrument.
    """
    names = np.asarray(groups) if groups is not None else np.zeros(len(wavelength), dtype=np.int64)
    known = np.isfinite(wavelength) & np.isfinite(width)
    ratios = []
    for name in np.unique(names):
        own = np.flatnonzero((names == name) & known)
        order = own[np.argsort(wavelength[own])]
        steps = np.diff(wavelength[order])
        steps[steps <= 0] = np.inf  # the same wavelength again, seen at another time
        if len(steps):
            nearest = np.minimum(np.append(steps, np.inf), np.append(np.inf, steps))
            with np.errstate(over="ignore"):
                ratios.append(np.abs(width[order]) / nearest)
    return float(np.median(np.concatenate(ratios))) if ratios else np.nan


def _upside_down(columns: dict[Role, Array], at: dict[Role, int]) -> bool:
    """Whether two errors cannot be down and up: their signs tell, and the same numbers need no telling."""
    down, up = columns[Role.ERROR_DOWN], columns[Role.ERROR_UP]
    if np.array_equal(np.abs(down), np.abs(up)) and down[0] * up[0] > 0:
        return at[Role.ERROR_DOWN] > at[Role.ERROR_UP]
    return bool(down[0] > 0 > up[0])


def _fits(columns: dict[Role, Array]) -> bool:
    depth = columns[Role.DEPTH]
    errors = [columns[role] for role in (Role.ERROR, Role.ERROR_DOWN, Role.ERROR_UP) if role in columns]
    shortest, longest = columns.get(Role.SHORTEST), columns.get(Role.LONGEST)
    wavelength = columns.get(Role.WAVELENGTH)
    if wavelength is None:
        assert shortest is not None
        wavelength = shortest
    if not (_runs(wavelength) and (depth > 0).all() and all(_are_errors(one, depth) for one in errors)):
        return False
    if len(errors) == 2 and not np.allclose(np.abs(errors[0]), np.abs(errors[1]), rtol=_UNEQUAL, atol=0):
        return False
    if Role.WIDTH in columns:
        width = columns[Role.WIDTH]
        if not errors and not (_are_steady(width, wavelength) and np.median(depth / width) > _NO_ERROR):
            return False
        return _are_widths(width, wavelength)
    return shortest is None or longest is None or _are_edges(shortest, longest, columns.get(Role.WAVELENGTH))


_UNEQUAL = 0.8  # how unlike the two errors of a depth may be


def _runs(wavelength: Array) -> bool:
    """Whether numbers go up or down, with a turn here and there where instruments change."""
    steps = np.diff(wavelength)
    turns = np.count_nonzero(np.sign(steps[1:]) != np.sign(steps[:-1]))
    return bool((wavelength > 0).all() and (steps != 0).all() and turns <= len(wavelength) // 8)


def _unusual(columns: dict[Role, Array], rows: Array) -> bool:
    """Whether three columns may be so, in another order than usual: the one that runs is the wavelength."""
    running = [row for row in rows if _runs(row) and _may_be_wavelengths(row)]
    runs_first = bool(running) and np.array_equal(running[0], columns[Role.WAVELENGTH])
    if Role.WIDTH in columns:  # in the place of the depth; in that of the error, whoever uses it is told
        return runs_first and np.array_equal(rows[1], columns[Role.WIDTH])
    return runs_first and len(running) == 1 and _is_even(columns[Role.DEPTH])


def _may_be(columns: dict[Role, Array]) -> bool:
    """Whether wavelengths have the size of wavelengths, and depths are even."""
    return _may_be_wavelengths(columns[Role.WAVELENGTH]) and _is_even(columns[Role.DEPTH])


def _may_be_wavelengths(values: Array) -> bool:
    """Whether numbers have a size that wavelengths have in m, um, or another unit (nm, Angstrom, cm-1)."""
    return any(((low < values) & (values < high)).all() for low, high in _SIZES)


def _is_even(depth: Array) -> bool:
    """Whether numbers vary as little as transit depths do, and not as errors may."""
    low, high = np.quantile(depth, [0.1, 0.9])
    return bool(0 < high < _MOST_UNEVEN * low)


def _are_errors(error: Array, depth: Array) -> bool:
    one_sign = (error > 0).all() or (error < 0).all()
    return bool(one_sign and np.mean(np.abs(error) < depth / 2) > _MOSTLY)


def _are_widths(width: Array, wavelength: Array) -> bool:
    return bool((width > 0).all() and 0.35 < spacing_ratio(wavelength, width) < 1.3)


def _are_steady(width: Array, wavelength: Array) -> bool:
    """Whether nearly all widths are the same part of the spacing, as depths would be by chance alone."""
    if not (width > 0).all():
        return False
    ratio = width / np.abs(np.gradient(wavelength))
    return bool(np.mean(np.abs(ratio / np.median(ratio) - 1) < 0.2) > _MOSTLY)


def _are_edges(shortest: Array, longest: Array, centre: Array | None) -> bool:
    width = longest - shortest
    if not (width > 0).all() or not (_runs(shortest) and _runs(longest)):
        return False
    if centre is not None and not ((shortest < centre) & (centre < longest)).all():
        return False
    return 0.35 < spacing_ratio((shortest + longest) / 2, width) < 1.3
