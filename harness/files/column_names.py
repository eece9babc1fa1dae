"""What a column of a spectrum's table holds, by the name that its writer gave it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from harness.files.computed_names import computed
from harness.physics.units import micrometres, per_centimetre, plain


class Role(StrEnum):
    """What a column holds."""

    WAVELENGTH = "wavelength"
    SHORTEST = "shortest wavelength"
    LONGEST = "longest wavelength"
    WIDTH = "width"
    HALF_WIDTH = "half width"
    DEPTH = "depth"
    ERROR = "error"
    ERROR_DOWN = "lower error"
    ERROR_UP = "upper error"
    RATIO = "radius ratio"
    RATIO_ERROR = "error of the radius ratio"
    RATIO_ERROR_DOWN = "lower error of the radius ratio"
    RATIO_ERROR_UP = "upper error of the radius ratio"
    LEFT_OUT = "left out"


ERRORS = {
    Role.DEPTH: (Role.ERROR, Role.ERROR_DOWN, Role.ERROR_UP),
    Role.RATIO: (Role.RATIO_ERROR, Role.RATIO_ERROR_DOWN, Role.RATIO_ERROR_UP),
}
OF_WAVELENGTH = (Role.WAVELENGTH, Role.SHORTEST, Role.LONGEST, Role.WIDTH, Role.HALF_WIDTH)

FRACTIONS = {
    "ppm": 1e-6,
    "partspermillion": 1e-6,  # units are compared without blanks
    "partsperthousand": 1e-3,
    "ppt": 1e-3,  # in this field parts per thousand
    "%": 1e-2,
    "percent": 1e-2,
    "percentage": 1e-2,
    "pct": 1e-2,
    "‰": 1e-3,
    "permil": 1e-3,
    "permille": 1e-3,
    "none": 1.0,
    "1": 1.0,
    "-": 1.0,
    "fraction": 1.0,
    "unitless": 1.0,
    "dimensionless": 1.0,
}

# of the NASA Exoplanet Archive's columns, whose CSV does not repeat it
_ARCHIVE_UNITS = (
    (re.compile(r"(central_?wavelng|bandwidth)(err[12])?"), "microns"),
    (re.compile(r"(pl|spec)_(trandep|eclipdep)(err[12])?"), "%"),
)

_MOST_LETTERS = 100  # of a name

_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|<([^<>]*)>")
_TRAILING = re.compile(r"(.*[^\W_])(?:\s+in\s+|[\s_/,:]+)([%a-zµμå]+(?:-1)?)", re.IGNORECASE)

# what else stands in tables, and what is no transit depth
_LEFT_OUT = re.compile(
    r"^$|^unnamed|^index$|^row$|^n$|instr|respon|mode|filter|offset|group|facility|telescope|^ref|note|flag|lim$|"
    r"^name$|planet|snr|s/n"
)
_EMISSION = re.compile(r"eclip|emis|thermal|^fp|brightness")
_OTHER = re.compile(rf"{_EMISSION.pattern}|flux|temperature|counts|albedo|^(log|ln|lg)(10|_|\()")
_TEX = {
    **{rf"\{word}": letter for word, letter in zip(
        ("lambda", "mu", "Delta", "delta", "sigma", "star", "ast", "pm", "sqrt", "times", "AA", "%", "odot"),
        "λμΔδσ**±√×Å%☉", strict=True)},
    r"\rm": "", r"\mathrm": "", r"\text": "", r"\left": "", r"\right": "", r"\,": " ",
}  # fmt: skip
_TEX_WORD = re.compile(r"\\(?:[A-Za-z]+|[,%])\s*")
_SUBSCRIPTS = str.maketrans({"ₚ": "p", "ₛ": "s"})

_TOLD_SIGMA = re.compile(
    r"(err(or)?s?|unc(ertaint(y|ies))?)\b[^.;:]{0,30}\b"
    r"([2-9](\.\d+)?[\s-]*(sig(ma)?\b|σ)(?![\s-]*(clip|outlier|reject|cut))|9\d(\.\d+)?\s*%)|"
    r"\b[2-9][\s-]*(sig(ma)?\b|σ)[\s-]*(err|unc)",
    re.IGNORECASE,
)
_INTERVAL = re.compile(r"\bci\b|confidence|credible|interval")
_SEVERAL_SIGMA = re.compile(r"(?<![\d.])[2-9]_?(sig(ma)?|σ)|9\d(\.\d+)?_?%")

# units that a name may have in brackets, and that no column is taken in: it is refused rather than misread
_FOREIGN_UNIT = re.compile(
    r"m?mags?|magnitudes?|(atmospheric )?scale[ _]heights?|h|[kmgt]?hz|m?ev|r_?(jup|earth|sun|j|e)|"
    r"[x×*]?\s*(1e|10\^?\{?)[-+]?\d+\}?"
)

_RATIO = re.compile(
    r"ratror|r_?p(l|lanet)?((\^|\*\*)?2|²)?/r_?(s|\*)|rp_?2?_?o?_?rs|rp_?over|^rp(?=\W|_|$)|^ror|radius_?ratio"
)
_SQUARE = re.compile(r"(\^|\*\*)\{?2|²|squared|(?<!err)(?<!err_)2(?=$|\W|_|err|unc|sig)")
_DEPTH = re.compile(r"depth|trandep|^dep$|spectrum|^dppm|^td$|^transit$|absorption|^δ$|^d$|^σ_?(δ|d)$")
_ERROR = re.compile(r"err|unc|sig(?!nal)|σ|noise|std|^e_|±|^d_?(depth|trandep|rp|tdep)|(plus|minus)_e$")
_OF_WHAT = re.compile(r"^(d|e|err|error|unc|sigma|sig|σ)_+|_+(err|unc|sig|σ|std)\w*$")
_DOWN = re.compile(r"neg|minus|low|down|err_?(2|l|m|lo)$|sig(ma)?_?(2|l|m|lo)$|(^|_)l_?err|-_?err")
_UP = re.compile(r"pos|plus|up|high|err_?(1|u|p|hi)$|sig(ma)?_?(1|u|p|hi)$|(^|_)u_?err|\+_?err")

_SIGNED = re.compile(r"(^|[\s_])([+-])(?=ve\b|err|unc|e$|1?[\s_-]?(sig|σ))")

_SPECTRAL = re.compile(
    r"wave|^wn(_|$)|^d?_?wl|wvl|lambda|λ|^d?_?lam|^um$|micron|^nm$|angstrom|"
    r"bin_?(lo|hi|min|max|start|end|left|right|cent|mid|edge)"
)
_WIDTH = re.compile(r"width|size|err|unc|delta|δ|half|fwhm|^d_?(w|l)|wid$|_hw$")
_WIDTH_ALONE = re.compile(r"width|half_bin|bin_?size|fwhm|^x_?err|^hw$|^dw$")
_HALF = re.compile(r"half|^hw$|_hw$")
_SHORTEST = re.compile(r"low|min|start|left|short|from|blue|beg|_lo?$")
_LONGEST = re.compile(r"upp|high|max|end|right|longest|^to_|red|stop|_(hi|h|u)$")


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Arguments:
        name: as the file has it, or "column 3" where it has none.
        role: what it holds, or None if its name does not tell.
        unit: as the file has it, or None if it does not say.
    """

    name: str
    role: Role | None
    unit: str | None


def read_name(text: str, unit: str = "") -> Column:
    """What a column holds by its name, such as "wavelength [um]" or "(Rp/Rs)^2_err" or "depth_ppm".

    Arguments:
        text: the name, with a unit or without.
        unit: what else the file says of its unit, or "".
    """
    shown = text.strip().strip("\"'").strip()
    if len(shown) > _MOST_LETTERS:
        return Column(f"{shown[:_MOST_LETTERS]}...", None, None)
    name, inside = _without_unit(without_tex(shown))
    said = unit.strip() or inside
    role = _role(_key(name))
    if said is None:
        said = next((unit for form, unit in _ARCHIVE_UNITS if form.fullmatch(name.casefold())), None)
    if role is None and said is not None and (micrometres(said) or per_centimetre(said)):
        role = Role.WAVELENGTH
    return Column(shown, role, said)


def strange(name: str) -> str | None:
    """What a column holds that is no quantity of a transmission spectrum, though it looks like one."""
    key, words = _key_alone(name), _key(without_tex(name))
    if _SEVERAL_SIGMA.search(words) and (_ERROR.search(words) or _INTERVAL.search(words.replace("_", " "))):
        return "errors of more than 1 sigma"
    if _EMISSION.search(key):
        return "the light of the planet, as an emission spectrum has it"
    return _computed(key)


def _key_alone(name: str) -> str:
    """What a name is known by, without its unit."""
    return _key(_without_unit(without_tex(name))[0])


def of_depth(name: str) -> bool:
    """Whether a name, such as that of an error, speaks of a depth and not of a ratio of radii."""
    key = _key_alone(name)
    if _RATIO.search(key):
        return _SQUARE.search(key) is not None
    return _DEPTH.search(key) is not None


def of_what(name: str) -> str:
    """A name in small letters, without what says that it is an error: of "u1_err", u1."""
    return _OF_WHAT.sub("", _key_alone(name))


def tells_several_sigma(remark: str) -> bool:
    """Whether a remark says that the errors of its file are of more than 1 sigma."""
    return _TOLD_SIGMA.search(remark) is not None


def _computed(key: str) -> str | None:
    of_depth = _RATIO.search(key) is not None or _DEPTH.search(key) is not None
    return computed(key, _ERROR.search(key) is not None, of_depth)


def is_unit(text: str) -> bool:
    """Whether a text is a unit of wavelength, wavenumber or depth."""
    return fraction(text) is not None or micrometres(text) is not None or per_centimetre(text) is not None


def fraction(unit: str) -> float | None:
    """How much of the star's light a unit of transit depth is, or None if it is no such unit."""
    return FRACTIONS.get(plain(unit))


def without_tex(name: str) -> str:
    """A name without the commands of TeX and with letters in the place of small ones below the line."""
    name = name.translate(_SUBSCRIPTS)
    if "\\" not in name and "$" not in name:
        return name
    name = _TEX_WORD.sub(lambda found: _TEX.get(found[0].strip(), found[0]), name)
    return re.sub(r"[{}$]|\s+(?=[}])", "", name).strip()


def _without_unit(name: str) -> tuple[str, str | None]:
    """The name alone, and the unit that stands in it: in brackets, after it, or as the name itself."""
    for found in reversed(list(_BRACKETS.finditer(name))):
        inside = next(group for group in found.groups() if group is not None).strip()
        if is_unit(inside) or (inside and found[0][0] == "[") or _FOREIGN_UNIT.fullmatch(inside.casefold()):
            return f"{name[: found.start()]} {name[found.end() :]}".strip(), inside
    trailing = _TRAILING.fullmatch(name)
    if trailing and is_unit(trailing[2]):
        spectral = _SPECTRAL.search(trailing[1].casefold())
        if len(trailing[2]) > 1 or trailing[2] == "%" or spectral:
            return trailing[1], trailing[2]
    alone = len(name) > 1 and (micrometres(name) is not None or per_centimetre(name) is not None)
    return name, name if alone else None


def _key(name: str) -> str:
    """A name as the patterns above have it: in small letters, words joined by underscores, signs in words."""
    key = re.sub(r"[${}\\]", "", name.casefold()).replace("+/-", "±").replace("+-", "±").strip()
    key = key.replace("⋆", "*").replace("★", "*").replace("☆", "*")
    key = re.sub(r"[_\s]*-$", "_minus", re.sub(r"[_\s]*\+$", "_plus", key))
    key = _SIGNED.sub(lambda found: f"{found[1]}{'plus' if found[2] == '+' else 'minus'}_", key)
    key = re.sub(r"[\s\-]+", "_", key)
    return key.removeprefix("instrument_") or key


def _role(key: str) -> Role | None:
    if _LEFT_OUT.search(key):
        return Role.LEFT_OUT
    if _OTHER.search(key) or (_SEVERAL_SIGMA.search(key) and _ERROR.search(key)):
        return None
    if not (_SPECTRAL.search(key) or _WIDTH_ALONE.search(key)) and _computed(key) is not None:
        return None
    quantity = None
    if _RATIO.search(key):
        quantity = Role.DEPTH if _SQUARE.search(key) else Role.RATIO
    elif _DEPTH.search(key):
        quantity = Role.DEPTH
    if quantity is None and _SPECTRAL.search(key):
        return _spectral_role(key)
    if quantity is None and _WIDTH_ALONE.search(key):
        return Role.HALF_WIDTH if _HALF.search(key) else Role.WIDTH
    if _ERROR.search(key):
        symmetric, down, up = ERRORS[quantity or Role.DEPTH]
        if "±" in key:
            return symmetric
        return down if _DOWN.search(key) else up if _UP.search(key) else symmetric
    return quantity


def _spectral_role(key: str) -> Role:
    if _HALF.search(key):
        return Role.HALF_WIDTH
    if _WIDTH.search(key):
        return Role.WIDTH
    if _SHORTEST.search(key):
        return Role.SHORTEST
    return Role.LONGEST if _LONGEST.search(key) else Role.WAVELENGTH
