"""Formulae of docstrings, which Markdown would spoil, as fences and code that the page turns into MathML."""

from __future__ import annotations

import re
import textwrap
from typing import Any

import griffe

_BLOCK = re.compile(r"^\.\. math::(.*(?:\n(?: +\S.*|(?=\n +\S)))*)", re.MULTILINE)


class FormulaeAsFences(griffe.Extension):
    """Turns each `.. math::` into a fence of the language `math`."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called for every object that is read."""
        if obj.docstring is not None and ".. math::" in obj.docstring.value:
            obj.docstring.value = _BLOCK.sub(_fence, obj.docstring.value)


def _fence(match: re.Match[str]) -> str:
    first, _, rest = match[1].partition("\n")
    formula = f"{first.strip()}\n{textwrap.dedent(rest)}".strip()
    return f"\n```math\n{formula}\n```\n"
