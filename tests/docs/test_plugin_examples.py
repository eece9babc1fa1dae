"""The components that docs/plugins.md shows keep the contract as they stand."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.contract import contract

Install = Callable[[str, str], Path]

PAGE = Path(__file__).parents[2] / "docs" / "plugins.md"


def example(class_name: str) -> str:
    """The block of code that a class is defined in."""
    blocks = re.findall(r"(?:^    .*\n|^\n)+", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return next(textwrap.dedent(block) for block in blocks if f"class {class_name}(" in block)


def keep_the_contract(
    install_here: Install, kind: str, class_name: str, location: Path | None = None
) -> None:
    name = class_name.lower()
    hook = f"""
from harness import hookimpl


@hookimpl
def register_{kind}s(register):
    register("{name}", "shown_{name}:{class_name}", summary="as shown in the guide")
"""
    install_here(f"shown-{name}", example(class_name) + hook)
    checks = contract(kind, name, location=None if location is None else str(location))
    assert checks
    for check in checks:
        check()


def test_the_model_of_another_library_is_saved_without_a_pickle(install_here: Install) -> None:
    pytest.importorskip("skops")
    keep_the_contract(install_here, "estimator", "QuantileTrees")


@pytest.mark.parametrize(
    ("kind", "class_name"), [("preprocessor", "LogDepth"), ("embedder", "TwoLayers"), ("scorer", "MeanError")]
)
def test_the_components_shown_keep_the_contract(install_here: Install, kind: str, class_name: str) -> None:
    keep_the_contract(install_here, kind, class_name)


def test_the_challenge_shown_keeps_the_contract(install_here: Install, tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    temperature = generator.uniform(500, 3000, (1000, 1))
    depth = 0.01 + 1e-6 * temperature * np.array([1.0, 2.0, 3.0])
    path = tmp_path / "planets.npz"
    np.savez(
        path,
        depth=depth,
        noise=np.full_like(depth, 1e-5),
        star_radius=np.full(1000, 7e8),
        parameters=temperature,
    )
    keep_the_contract(install_here, "challenge", "Tables", path)
