"""Machine-readable tables of journals (AAS, CDS): columns by the bytes that a description over them tells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TITLE = re.compile(r"\s*byte-by-byte description", re.IGNORECASE)
_COLUMN = re.compile(r"\s*(?:(\d+)\s*-\s*)?(\d+)\s+[AIFED]\d[\d.]*\s+(\S+)\s+(\S+)(?:\s|$)", re.IGNORECASE)
_RULE = re.compile(r"[-=]{5,}")
_NO_UNIT = {"---", "-", "[-]"}
_UNITS = {"10-6": "ppm", "10-3": "ppt", "10-2": "%", "0.1nm": "angstrom"}  # of CDS, where it is a share


@dataclass(frozen=True)
class ByteTable:
    """The names, units ("" where there is none), cells and numbers of lines (from 1) of such a table."""

    names: tuple[str, ...]
    units: tuple[str, ...]
    cells: list[list[str]]
    lines: list[int]


def read_byte_table(lines: Sequence[str]) -> ByteTable | None:
    """A table whose file describes it byte by byte, or None if it does not.

    In such tables e_ begins the name of a lower error, or of the only one, and E_ that of an upper.
    """
    start = next((at for at, line in enumerate(lines) if _TITLE.match(line)), None)
    if start is None:
        return None
    found = [match for line in lines[start + 1 :] if (match := _COLUMN.match(line))]
    rules = [at for at, line in enumerate(lines) if at > start and _RULE.fullmatch(line.strip())]
    if len(found) < 2 or not rules:
        return None
    spans = [(int(match[1] or match[2]) - 1, int(match[2])) for match in found]
    labels = [match[4] for match in found]
    names = tuple(_name(label, labels) for label in labels)
    units = tuple("" if match[3] in _NO_UNIT else _UNITS.get(match[3], match[3]) for match in found)
    numbered = [(at + 1, line) for at, line in enumerate(lines) if at > rules[-1] and line.strip()]
    cells = [[line[first:last].strip() for first, last in spans] for _, line in numbered]
    return ByteTable(names, units, cells, [at for at, _ in numbered])


def _name(label: str, labels: Sequence[str]) -> str:
    if label[:2] == "E_":
        return f"{label[2:]}_err_upper"
    both = label[:2] == "e_" and f"E_{label[2:]}" in labels
    return f"{label[2:]}_err_lower" if both else label
