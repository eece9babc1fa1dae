"""The rooms of the harness, and which of them may import which."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import harness

ROOT = Path(harness.__file__).parent

# from the ground up: a room imports from rooms above it in this list, never from one below
ROOMS = (
    "errors",
    "untrusted",
    "logs",
    "metrics",
    "physics",
    "files",
    "data",
    "transforms",
    "components",
    "registry",
    "submissions",
    "retrieval",
    "preprocessors",
    "embedders",
    "alarm",
    "scorers",
    "fitted_opacities",
    "fitted_retrieval",
    "challenges",
    "estimators",
    "real_spectra",
    "simulation",
    "training",
    "runs",
    "figures",
    "explore",
    "explain",
    "diagnose",
    "contract",
    "sweep",
    "cluster",
    "cli",
)
LOOSE = {"__init__", "__main__", "errors"}

FILES = {
    ".".join(("harness", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
}


def imported(module: str) -> Iterator[str]:
    """Every module of the harness that a module imports: at the top, in a function, or for types alone."""
    for node in ast.walk(ast.parse(FILES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.partition(".")[0] == "harness")
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == "harness":
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in FILES else node.module


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def test_nothing_stands_loose_at_the_top() -> None:
    assert {path.stem for path in ROOT.glob("*.py")} == LOOSE
    assert {room(module) for module in FILES} - LOOSE - {""} == set(ROOMS) - LOOSE


@pytest.mark.parametrize("module", [module for module in FILES if room(module) in ROOMS])
def test_imports_point_down_only(module: str) -> None:
    here = ROOMS.index(room(module))
    upwards = {name for name in imported(module) if room(name) not in ROOMS[: here + 1]}
    assert not upwards, f"{module} imports {', '.join(sorted(upwards))} from a room above its own"


def test_no_files_import_each_other_in_a_circle() -> None:
    arrows = {module: {name for name in imported(module) if name != module} for module in FILES}
    left = dict(arrows)
    while free := {module for module, names in left.items() if not names & left.keys()}:
        left = {module: names for module, names in left.items() if module not in free}
    assert not left, f"these files import each other in a circle, or import one that does: {sorted(left)}"


def test_the_physics_and_the_metrics_stand_alone() -> None:
    for module in FILES:
        if room(module) in ("physics", "metrics"):
            own = {room(module), *(("errors", "untrusted") if room(module) == "physics" else ())}
            assert {room(name) for name in imported(module)} <= own, module


def test_the_harness_imports_no_plugin() -> None:
    for module, path in FILES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not [name for name in names if name.startswith("harness_")], module
