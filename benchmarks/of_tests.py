"""What the tests have for benchmarks: TauREx on opacity files, the published scorer step by step."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1] / "tests"


def module_of_tests(path: str) -> Any:
    """A module of the tests, by its path below them."""
    specification = importlib.util.spec_from_file_location(f"of_tests_{Path(path).stem}", TESTS / path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module
