"""The names of the parts of a score, which a record has without its tensors."""

from __future__ import annotations

from collections.abc import Collection


def group_of(part: str, parts: Collection[str]) -> str | None:
    """The part of a score that another part belongs to, or None if it belongs to none.

    "posterior/log_H2O" belongs to "posterior" where that is a part too; a parameter called C/O to none.
    """
    ends = (at for at, letter in enumerate(part) if letter == "/")
    return next((part[:end] for end in ends if part[:end] in parts), None)
