"""Which planets are shown beside each other: the splits of a challenge, and the partitions of a split."""

from __future__ import annotations

from dataclasses import dataclass

from harness.components import Challenge
from harness.data.split import Split
from harness.errors import HarnessError, nearest_match

ENOUGH = 250  # planets for a histogram that shows more than chance


@dataclass(frozen=True)
class Group:
    """Planets of one kind: a split, or one partition of it."""

    name: str
    planets: Split


@dataclass(frozen=True)
class Groups:
    """The planets of a population.

    Attributes:
        reference: those that the others are compared with: "train", or the one split that was chosen.
        outlined: those drawn beside them in every histogram: all that runs are scored on, if these are
            enough for a histogram.
        each: every group by itself, the reference among them where it has no partitions.
    """

    reference: Group
    outlined: Group | None
    each: tuple[Group, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(group.name for group in self.each)


def groups_of(challenge: Challenge, split: str | None = None) -> Groups:
    """The groups of a challenge, or of one of its splits; those without a planet are left out.

    Raises:
        HarnessError: the challenge has no split of that name, or there is no planet in it.
    """
    if split is not None:
        chosen = Group(split, split_named(challenge, split))
        if len(chosen.planets) == 0:
            raise HarnessError(f"There are no planets in the split '{split}' of {challenge.spec}.")
        return Groups(chosen, None, tuple(_parts(chosen)))
    present = [Group(name, planets) for name, planets in challenge.splits.items() if len(planets)]
    each = tuple(part for group in present for part in _parts(group))
    by_name = {group.name: group for group in present}
    scored = by_name.get("test")
    outlined = scored if scored is not None and len(scored.planets) >= ENOUGH else None
    return Groups(by_name.get("train", present[0]), outlined, each)


def split_named(challenge: Challenge, name: str) -> Split:
    """One split of a challenge.

    Raises:
        HarnessError: there is none of that name.
    """
    if name not in challenge.splits:
        raise HarnessError(
            f"{challenge.spec} has no split '{name}'{nearest_match(name, challenge.splits)}; "
            f"it has {', '.join(challenge.splits)}."
        )
    return challenge.splits[name]


def _parts(group: Group) -> list[Group]:
    partitions = group.planets.partitions()
    if not partitions:
        return [group]
    return [Group(label, group.planets[rows]) for label, rows in partitions.items()]
