"""The one exception whose message is written for the person at the keyboard."""

import difflib
from collections.abc import Iterable, Sequence


class HarnessError(Exception):
    """Bad input or an unusable environment, told in one clear sentence.

    The command line prints the message without a traceback and exits with code 2.
    """


def described(error: BaseException) -> str:
    """An error in words: of one that says nothing, its kind alone."""
    return f"{type(error).__name__}: {error}".removesuffix(": ")


def nearest_match(name: str, known: Iterable[str]) -> str:
    """The hint " (did you mean 'x'?)" for a mistyped `name`, or an empty string."""
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" (did you mean '{matches[0]}'?)" if matches else ""


def counted(n: int, noun: str) -> str:
    """A number of things: "1 planet", "2,000 planets"."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def some_of(names: Sequence[str], most: int) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


class PluginWarning(UserWarning):
    """What a user should know of a plugin: that it is left out, or what it could not do."""
