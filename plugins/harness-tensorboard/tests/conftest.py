"""The plugin is switched on here, and off in all other tests of the repository."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.registry.plugins import manager, registry


@pytest.fixture(autouse=True)
def switched_on(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Look for plugins again, with none left out."""
    with monkeypatch.context() as changed:
        changed.setenv("HARNESS_WITHOUT", "")
        manager.cache_clear()
        registry.cache_clear()
        yield
    manager.cache_clear()
    registry.cache_clear()
