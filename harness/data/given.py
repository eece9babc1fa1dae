"""What a caller from Python gives, looked at before it is used: a notebook's slips are sentences too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from reprlib import repr
from typing import Any

from harness.data.observations import Observations
from harness.errors import HarnessError


def require_text(what: str, given: object) -> None:
    """Refuse what is no text, such as a path or a class in the place of a name.

    Raises:
        HarnessError: says what it is instead.
    """
    if not isinstance(given, str):
        raise HarnessError(f"The {what} is a {type(given).__name__}; expected its name, a text.")


def names_in(what: str, given: object) -> list[str]:
    """Several names, each once.

    Raises:
        HarnessError: they are one text, or no texts.
    """
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise HarnessError(f"The {what} are {repr(given)}; expected a list of names, such as ['r2'].")
    for one in given:
        require_text(what, one)
    return list(dict.fromkeys(given))


def settings_in(given: object) -> dict[str, dict[str, Any]]:
    """Options by kind or by name.

    Raises:
        HarnessError: they are not in two levels.
    """
    two_levels = isinstance(given, Mapping) and all(isinstance(one, Mapping) for one in given.values())
    if not two_levels and given is not None:
        raise HarnessError(
            f"The settings are {repr(given)}; expected options by kind or by name, as in "
            "{'estimator': {'epochs': 10}}."
        )
    return {target: dict(options) for target, options in given.items()} if isinstance(given, Mapping) else {}


def require_seed(seed: object) -> None:
    """Refuse a seed that is none.

    Raises:
        HarnessError: says what it is, and what a seed is.
    """
    if not isinstance(seed, Integral) or isinstance(seed, bool) or not 0 <= int(seed) < 2**63:
        raise HarnessError(f"The seed is {seed}; expected a whole number from 0 to 2**63 - 1.")


def require_budget(seconds: object) -> None:
    """Refuse a time budget that is no time; None is none.

    Raises:
        HarnessError: says what it is.
    """
    if seconds is None:
        return
    if not isinstance(seconds, Real) or not 0 < float(seconds) < float("inf"):
        told = f"{float(seconds):g}" if isinstance(seconds, Real) else repr(seconds)
        raise HarnessError(f"The time budget is {told}; expected a positive number of seconds.")


def require_samples(n: object, least: int, most: int | None = None) -> None:
    """Refuse a number of samples for each planet that is none, or that a submission cannot have.

    Raises:
        HarnessError: says what it is.
    """
    if not isinstance(n, Integral) or int(n) < least or (most is not None and int(n) > most):
        wanted = (
            f"{least} to {most}, as submissions of the challenge have them" if most else f"{least} or more"
        )
        raise HarnessError(f"The number of samples for each planet is {n}; expected {wanted}.")


def require_observations(given: object) -> None:
    """Refuse what are no observations, such as a split.

    Raises:
        HarnessError: says what it is, and that there must be a planet.
    """
    if not isinstance(given, Observations):
        raise HarnessError(
            f"The observations are a {type(given).__name__}; expected harness.Observations, such as "
            "challenge.test.observations."
        )
    if len(given) == 0:
        raise HarnessError("There is no planet in these observations; expected at least one.")
