"""Names of what is computed from a transit depth or an error, and would be misread as the quantity itself."""

from __future__ import annotations

import re

_SPREAD = r"(err(or)?s?|unc(ert(ainty)?)?|sig(ma)?|σ|noise|std(dev)?)"
_SHARE_OF_DEPTH = re.compile(
    rf"(^|_)rel(ative)?(_|$)|^(frac(tional)?|pct|percent(age)?|%)_*{_SPREAD}|{_SPREAD}_*/_*\(?(depth|trans|r_?p)"
)
_VARIANCE = re.compile(
    rf"{_SPREAD}_*(\^|\*\*)_*[({{]?2|{_SPREAD}_*²|(^|_)var(iance)?(_|$)|^squared_*{_SPREAD}"
)
_RECIPROCAL = re.compile(rf"^1_*/|(^|_)inv(erse)?(_|$)|{_SPREAD}_*(\^|\*\*)_*[({{]?_?minus|reciprocal")
_ROOT = re.compile(r"sqrt|√|root|(\^|\*\*)_*[({]*(0?\.5|1_*/_*2)")
_LOGARITHM = re.compile(r"(^|_|\()(log|ln|lg)(10)?(_|\(|$)")
_MULTIPLE = re.compile(r"^\d[\d.e+^]*_*[x×*·]*_*\(?(r_?p|(transit_?)?depth)|(r_?s|r_?\*|rprs)\)?_*[x×·*]_*\d")


def computed(key: str, of_error: bool, of_depth: bool) -> str | None:
    """What a name says was computed from a depth, a radius ratio or an error, or None if nothing was.

    Arguments:
        key: the name, in small letters and without its unit, words joined by underscores.
        of_error, of_depth: whether the name speaks of an error, and of a depth or a ratio.
    """
    if of_error or _VARIANCE.search(key):
        if _VARIANCE.search(key):
            return "errors squared"
        if _RECIPROCAL.search(key):
            return "the reciprocal of errors"
        return "errors that are shares of the depths" if _SHARE_OF_DEPTH.search(key) else None
    if not of_depth:
        return None
    if _LOGARITHM.search(key):
        return "the logarithm of the depths"
    if _ROOT.search(key):
        return "a root of the depths"
    if _RECIPROCAL.search(key):
        return "the reciprocal of the depths"
    return "a multiple of the depths, or what they leave of 1" if _MULTIPLE.search(key) else None
