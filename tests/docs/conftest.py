"""What the tests of the documentation share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def site_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the modules that build the site be imported."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "site")
