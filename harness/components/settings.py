"""Options of a run from `--set` and from a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from harness.errors import HarnessError, nearest_match
from harness.untrusted.files import MIB, read_text
from harness.untrusted.words import excerpt

Settings = dict[str, dict[str, Any]]

LONGEST_NUMBER = 64  # bits of a whole number

# what a configuration file may hold beside the tables of component options
MOST_BYTES = 4 * MIB  # of a configuration file
RUN_KEYS: dict[str, Any] = {
    "challenge": str,
    "challenges": list[str],
    "estimators": list[str],
    "preprocessor": str,
    "embedder": str,
    "scorers": list[str],
    "seed": int,
    "seeds": list[int],
    "samples": int,
    "device": str,
    "name": str,
    "time_budget": float,
}


def parse_settings(settings: Sequence[str]) -> Settings:
    """Parse `kind.option=value` or `name.option=value`, where `name` is a component of the run.

    Values are read as TOML (`3`, `0.1`, `true`, `[1, 2]`, `"text"`), and as plain text where they
    are not TOML. A later setting wins over an earlier one.

    Raises:
        HarnessError: a setting is not of that form.
    """
    parsed: Settings = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        target, dot, option = key.strip().partition(".")
        if not (equals and dot and target and option):
            raise HarnessError(
                f"--set {setting} is not of the form kind.option=value, for example estimator.k=50."
            )
        parsed.setdefault(target, {})[option] = _value(value.strip())
    return parsed


def loads(text: str) -> dict[str, Any]:
    """TOML, whose numbers can be written out again.

    Raises:
        ValueError: it is not TOML, or a number has more bits than a computer's own have.
    """
    content = tomllib.loads(text)
    values: list[Any] = [content]
    while values:
        value = values.pop()
        if isinstance(value, int) and value.bit_length() > LONGEST_NUMBER:
            raise ValueError("a number of too many digits")
        values += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return content


def _value(text: str) -> Any:
    try:
        return loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
    except (RecursionError, ValueError) as error:  # nested without end, or a number of thousands of digits
        raise HarnessError(f"The value '{excerpt(text)}' of --set is nested too deep or too long.") from error


def read_config(path: Path) -> tuple[dict[str, Any], Settings]:
    """Read a TOML file: keys of the run, and one table of options for a kind or a component.

    A single `seed` is given back as `seeds`.

    Raises:
        HarnessError: the file is missing, is not TOML, or holds an unknown key or a wrong type.
    """
    try:
        content = loads(read_text(path, MOST_BYTES))
    except HarnessError as error:
        raise HarnessError(f"Configuration file {error}") from error
    except tomllib.TOMLDecodeError as error:
        twice = "Cannot overwrite" in str(error)  # challenge = "hela:..." and [challenge] are one name
        hint = "; a name is set twice: put a component's options in a table of its name, like [hela]"
        raise HarnessError(f"Configuration file {path} is not TOML: {error}{hint * twice}.") from error
    except (RecursionError, ValueError) as error:
        raise HarnessError(
            f"Configuration file {path} cannot be read: a value is nested too deep or too long."
        ) from error
    keys, tables = {}, {}
    for key, value in content.items():
        if isinstance(value, dict):
            tables[key] = value
        elif key in RUN_KEYS:
            keys[key] = _checked(path, key, value)
        else:
            raise HarnessError(
                f"Configuration file {path} has an unknown key '{key}'{nearest_match(key, RUN_KEYS)}; "
                f"it may hold {', '.join(RUN_KEYS)}, and tables of component options such as [estimator]."
            )
    if "seed" in keys:
        if "seeds" in keys:
            raise HarnessError(f"Configuration file {path} holds both 'seed' and 'seeds'; keep one of them.")
        keys["seeds"] = [keys.pop("seed")]
    return keys, tables


def _checked(path: Path, key: str, value: Any) -> Any:
    expected = RUN_KEYS[key]
    if expected is float and type(value) is int:
        value = float(value)
    if items := get_args(expected):
        fits = type(value) is list and all(type(item) is items[0] for item in value)
    else:
        fits = type(value) is expected
    if not fits:
        wanted = {
            str: "text",
            int: "a whole number",
            float: "a number",
            list[str]: "a list of names",
            list[int]: "a list of whole numbers",
        }[expected]
        hint = "; several seeds are seeds = [0, 1]" * (key == "seed" and type(value) is list)
        raise HarnessError(f"Configuration file {path}: '{key}' is {value!r}; expected {wanted}{hint}.")
    return value


def merge(first: Settings, second: Settings) -> Settings:
    """Both, where they set the same option the second."""
    return {target: {**first.get(target, {}), **second.get(target, {})} for target in {**first, **second}}


def options_for(settings: Mapping[str, Mapping[str, Any]], kind: str, name: str) -> dict[str, Any]:
    """The options of one component: those of its kind, then those of its name."""
    return {**settings.get(kind, {}), **settings.get(name, {})}


def refuse_unused(settings: Settings, taking_part: Iterable[str]) -> None:
    """Refuse settings that address nothing that takes part: neither its kind nor its name.

    Raises:
        HarnessError: names the setting, and what takes part.
    """
    known = list(dict.fromkeys(taking_part))
    for target in settings:
        if target not in known:
            raise HarnessError(
                f"The options of '{target}' are set, but no such component takes part here"
                f"{nearest_match(target, known)}; it may be one of {', '.join(known)}."
            )
