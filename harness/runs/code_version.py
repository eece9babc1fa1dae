"""What code a result comes from: editable packages change without their version."""

from __future__ import annotations

import hashlib
import importlib.util
import re
from collections.abc import Iterable
from pathlib import Path


def code_digest(modules: Iterable[str]) -> str:
    """A hash of every Python file of the top-level packages that modules ("a.b" or "a.b:C") belong to."""
    digest = hashlib.sha256()
    for package in sorted({re.split("[.:]", module)[0] for module in modules}):
        for root, path in _files(package):
            digest.update(f"\0{package}/{path.relative_to(root).as_posix()}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _files(package: str) -> list[tuple[Path, Path]]:
    """(root, file) of each file, in one order everywhere; none of a package that is not on the disk."""
    found = importlib.util.find_spec(package)
    if found is None:
        return []
    if found.submodule_search_locations is not None:
        roots = [Path(place) for place in found.submodule_search_locations]
        return [(root, path) for root in roots for path in sorted(root.rglob("*.py"))]
    path = Path(found.origin or "")
    return [(path.parent, path)] if path.suffix == ".py" else []
