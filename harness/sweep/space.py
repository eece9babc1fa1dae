"""What a sweep varies: values to choose from, and ranges."""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass
from typing import Any

from harness.data.record import COMPUTABLE, require_computable
from harness.errors import HarnessError
from harness.untrusted.words import excerpt

MOST_CHOICES = 1000


@dataclass(frozen=True)
class Choices:
    """One of several values."""

    values: tuple[Any, ...]

    def drawn(self, generator: random.Random) -> Any:
        """One of them, each as likely as any other."""
        return self.values[generator.randrange(len(self.values))]


@dataclass(frozen=True)
class Range:
    """A number from `low` to `high`, both of which it may be: a whole one if both are."""

    low: float
    high: float
    log: bool = False

    @property
    def whole(self) -> bool:
        """Whether it is a whole number."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def drawn(self, generator: random.Random) -> float:
        """A number from a uniform distribution, of its logarithm with `log`."""
        if self.log:
            # half a step beyond both ends, so that whole numbers at the ends are as likely as their like
            margin = 0.5 if self.whole else 0.0
            number = math.exp(generator.uniform(math.log(self.low - margin), math.log(self.high + margin)))
            return min(max(round(number), int(self.low)), int(self.high)) if self.whole else number
        if self.whole:
            return generator.randint(int(self.low), int(self.high))
        return generator.uniform(self.low, self.high)


Dimension = Choices | Range


def dimension_of(name: str, value: Any) -> Dimension:
    """What a value in a sweep's file stands for: a list is choices, a table a range, anything else is fixed.

    Raises:
        HarnessError: it is none of these, or a number is so large that no record of it could be read.
    """
    try:  # now, since a search may come upon it after hours
        require_computable(value, name)
    except ValueError as error:
        raise HarnessError(f"The sweep gives {name} {excerpt(str(value))}; expected {COMPUTABLE}.") from error
    if isinstance(value, list):
        if not 0 < len(value) <= MOST_CHOICES:
            raise HarnessError(f"The sweep gives {name} {len(value)} values; expected 1 to {MOST_CHOICES}.")
        return Choices(tuple({json.dumps(one, default=str): one for one in value}.values()))  # each once
    if not isinstance(value, dict):
        return Choices((value,))
    low: Any = value.get("low")
    high: Any = value.get("high")
    log = value.get("log", False)
    numbers = all(isinstance(end, (int, float)) and not isinstance(end, bool) for end in (low, high))
    if set(value) - {"low", "high", "log"} or not numbers or not isinstance(log, bool):
        raise HarnessError(
            f"The sweep gives {name} {excerpt(str(value))}; a range is {{low = 1, high = 9}}, "
            "with log = true if wanted."
        )
    if not -math.inf < low < high < math.inf or (log and low <= 0):
        raise HarnessError(
            f"The range of {name} is from {low} to {high}; the first is smaller, and above 0 with log = true."
        )
    return Range(low, high, log)
