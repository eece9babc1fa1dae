r"""The names that HELA's json files give parameters in LaTeX: `$T_{\rm eff}$ (K)` is Teff [K]."""

from __future__ import annotations

import re

_MOLECULE = re.compile(r"(?:(?:H|He|C|N|O|Na|K|S|P|Si|Ti|V|Fe|Mg|Al|Ca|Cr)\d*)+")

# a logarithm's parentheses are part of a name, as those of any function; what stands in others is a unit
_FUNCTION = re.compile(r"(?:^|[^a-z])(?:log(?:10)?|ln|exp)$")

# commands that say how letters look, not which they are
_LOOKS = re.compile(
    r"\\(?:rm|it|bf|sf|tt|cal|mathrm|mathit|mathbf|mathsf|text|textrm|left|right|operatorname)(?![a-zA-Z])\s*"
)
_BLANKS = re.compile(r"\\[,;:! ]|~")
_OPENS = {")": "(", "]": "["}


def plain_name(latex: str) -> tuple[str, str]:
    r"""A parameter's name and unit as one types them: `$T (K)$` is T [K], `$\kappa_0$` is kappa0.

    The format says no unit but what stands in parentheses. Molecules and opacities are given in it
    as decimal logarithms: of the volume mixing ratio, and of the opacity in cm2/g.
    """
    text = re.sub(r"[$\\_^{}]", "", _BLANKS.sub(" ", _LOOKS.sub("", latex))).strip()
    if text and text[-1] in _OPENS:
        opening = _opening(text)
        before = text[:opening].rstrip()
        if before and opening > 0 and not _FUNCTION.search(before):
            return _one_word(before), text[opening + 1 : -1].strip()
    name = _one_word(text)
    if name.startswith("kappa"):
        return name, "log10 cm2/g"
    return name, "log10 VMR" if _MOLECULE.fullmatch(name) else ""


def _opening(text: str) -> int:
    """Where the parenthesis or bracket opens that the last letter closes, or -1."""
    closes, opens, depth = text[-1], _OPENS[text[-1]], 0
    for at in range(len(text) - 1, -1, -1):
        depth += (text[at] == closes) - (text[at] == opens)
        if depth == 0:
            return at
    return -1


def _one_word(text: str) -> str:
    """Words joined by underscores, without blanks before and in parentheses."""
    return re.sub(r"\s+", "_", re.sub(r"\s*([()])\s*", r"\1", text).strip())
