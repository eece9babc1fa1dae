"""The names of the parts and partitions of a score, which a record has without its tensors."""

from __future__ import annotations

from collections.abc import Collection

MATCHED = "matched"  # the partition whose planets are as those that methods learn from; its score ranks


def group_of(part: str, parts: Collection[str]) -> str | None:
    """The part of a score that another part belongs to, or None if it belongs to none.

    "posterior/log_H2O" belongs to "posterior" where that is a part too; a parameter called C/O to none.
    """
    ends = (at for at, letter in enumerate(part) if letter == "/")
    return next((part[:end] for end in ends if part[:end] in parts), None)


def mistaken(names: Collection[str]) -> tuple[str, str] | None:
    """Two parameters, such as C and C/O, of which one would be taken for a part of the other, or None."""
    return next(((group, name) for name in names if (group := group_of(name, names)) is not None), None)
