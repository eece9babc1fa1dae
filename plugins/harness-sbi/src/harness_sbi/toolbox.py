"""Whether the sbi toolbox, which is an extra of this distribution, is installed."""

from __future__ import annotations

from importlib.util import find_spec

from harness.errors import HarnessError


def missing(subject: str) -> str | None:
    """What to say of this subject where sbi is not installed; None where it is."""
    if find_spec("sbi") is not None:
        return None
    return f"{subject} needs the sbi toolbox, which is not installed: pip install 'harness-sbi[sbi]'."


def require(name: str) -> None:
    """Refuse to go on without sbi.

    Raises:
        HarnessError: it is not installed.
    """
    sentence = missing(f"'{name}'")
    if sentence is not None:
        raise HarnessError(sentence)
