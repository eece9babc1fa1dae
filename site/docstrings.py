"""Docstrings as mkdocstrings reads them: formulae as fences, and an entry for each argument."""

from __future__ import annotations

import re
import textwrap
from typing import Any

import griffe

_BLOCK = re.compile(r"^\.\. math::(.*(?:\n(?: +\S.*|(?=\n +\S)))*)", re.MULTILINE)


# several arguments with one explanation, in a section whose entries are indented by four
_TOGETHER = re.compile(r"^    (\w+(?:, \w+)+): (.*(?:\n {8,}\S.*)*)", re.MULTILINE)


class DocstringsOfOurs(griffe.Extension):
    """Turns each `.. math::` into a fence of the language `math`, and `a, b: ...` into two entries."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called for every object that is read."""
        if obj.docstring is not None:
            text = _BLOCK.sub(_fence, obj.docstring.value)
            obj.docstring.value = _TOGETHER.sub(_entries, text)


def _fence(match: re.Match[str]) -> str:
    first, _, rest = match[1].partition("\n")
    formula = f"{first.strip()}\n{textwrap.dedent(rest)}".strip()
    return f"\n```math\n{formula}\n```\n"


def _entries(match: re.Match[str]) -> str:
    return "\n".join(f"    {name}: {match[2]}" for name in match[1].split(", "))
