"""What is asked of a retrieval: a configuration file and the command line, which wins."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.errors import HarnessError, nearest_match
from harness.real_spectra.settings import RetrievalSettings
from harness.untrusted.files import MIB, read_bytes

LAYOUT = ("columns", "units", "widths")  # keys of the file that are said of the spectrum, not of the planet


def merged_settings(path: Path | None, given: Mapping[str, Any]) -> tuple[RetrievalSettings, dict[str, Any]]:
    """The settings, and what is said of the layout of the spectrum's file.

    Arguments:
        path: of a TOML file, or None.
        given: of the command line by key; None for what is not given.

    Raises:
        HarnessError: the file cannot be read, or a value is missing, unknown or impossible.
    """
    keys = {} if path is None else _read(path)
    keys |= {key: value for key, value in given.items() if value is not None and key != "priors"}
    keys["priors"] = {**_priors(keys.get("priors", {}), path), **(given.get("priors") or {})}
    layout = {key: keys.pop(key) for key in LAYOUT if key in keys}
    if isinstance(keys.get("gases"), str):
        keys["gases"] = parse_names(keys["gases"])
    known = RetrievalSettings.model_fields
    for key in keys:
        if key not in known:
            raise HarnessError(f"{path} has an unknown key '{key}'{nearest_match(key, (*known, *LAYOUT))}.")
    for key, what in (
        ("star_radius", "radius of the star in solar radii"),
        ("planet_mass", "mass of the planet in Jupiter's"),
    ):
        if key not in keys:
            option = key.replace("_", "-")
            raise HarnessError(
                f"The {what} is missing, without which no atmosphere has a scale; say it with --{option}."
            )
    try:
        return RetrievalSettings.model_validate(keys), layout
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"][:1])
        raise HarnessError(
            f"The setting {name} is {first['input']!r}: {first['msg'][0].lower()}{first['msg'][1:]}."
        ) from error


def parse_names(text: str) -> tuple[str, ...]:
    """The names between commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def parse_priors(texts: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Bounds by parameter, of NAME=LOW,HIGH.

    Raises:
        HarnessError: one is not of this form.
    """
    priors = {}
    for text in texts:
        name, equals, bounds = text.rpartition("=")
        try:
            low, high = (float(part) for part in bounds.split(","))
        except ValueError as error:
            raise HarnessError(
                f"--prior {text} is not of the form NAME=LOW,HIGH; expected such as planet_temp=500,2000."
            ) from error
        if not equals:
            raise HarnessError(f"--prior {text} names no parameter; expected such as planet_temp=500,2000.")
        priors[name.strip()] = (low, high)
    return priors


def _read(path: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(read_bytes(path, MIB).decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise HarnessError(f"{path} is not a TOML file: {error}.") from error
    keys = {key.replace("-", "_"): value for key, value in found.items()}
    if "prior" in keys:
        keys["priors"] = keys.pop("prior")
    return keys


def _priors(value: Any, path: Path | None) -> dict[str, tuple[float, float]]:
    good = isinstance(value, dict) and all(
        isinstance(pair, list) and len(pair) == 2 and all(isinstance(one, (int, float)) for one in pair)
        for pair in value.values()
    )
    if not good:
        raise HarnessError(f"{path} must have its priors in a table, such as planet_temp = [500, 2000].")
    return {name: (float(low), float(high)) for name, (low, high) in value.items()}
