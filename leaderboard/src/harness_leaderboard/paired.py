"""Two entries on the same planets: how far apart they are, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import HarnessError
from harness.runs.bootstrap import DRAWS, Paired, apart, error_of_difference, interval, share_above
from harness.runs.score_table import ScoreTable
from harness_leaderboard.entries import Entry, Scorer
from harness_leaderboard.folders import run_folder
from harness_leaderboard.planet_scores import Planets, PlanetScores, PlanetStore

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS_OF_PARTS = 4_000
DECIDING = 5  # planets told on either side


@dataclass(frozen=True)
class EntryScores:
    """The scores of one entry on single planets.

    Attributes:
        planets: whose.
        values: of each seed (S, N), NaN where a planet was not scored.
        parts: of each part of the score likewise (S, N), where the folders of all runs have it.
    """

    planets: Planets
    values: NDArray[np.float64]
    parts: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    @classmethod
    def of(cls, entry: Entry, scorer: Scorer, planets: PlanetStore) -> EntryScores:
        """Of each seed those of the newest run.

        Raises:
            HarnessError: they are not known, or two runs of the entry are not of the same planets.
        """
        runs = entry.newest(scorer)
        known = planets.of(runs)
        found: list[PlanetScores] = []
        for run in runs:
            scores = known.get(run.run_id)
            if scores is None:
                folder = run_folder(run, planets.home)
                if folder is not None:
                    PlanetScores.read(folder)  # which says what is wrong with it
                raise HarnessError(
                    f"The folder of run {run.run_id} is not in {planets.home}, and with it the scores of "
                    "single planets; compare on the machine that made it, or bring its folder here."
                )
            if scores.of(scorer) is None:
                raise HarnessError(
                    f"Run {run.run_id} has no '{scorer.name}' of single planets; run it again."
                )
            if found and scores.planets != found[0].planets:
                raise HarnessError(f"Run {run.run_id} is not of the planets of the other seeds; remove it.")
            found.append(scores)
        values = np.stack([values for one in found if (values := one.of(scorer)) is not None])
        added = any(scorer in one.added for one in found)
        parts = {} if added else _parts([run_folder(run, planets.home) for run in runs], scorer, found[0])
        return cls(found[0].planets, values, parts)


def _parts(
    folders: Sequence[Path | None], scorer: Scorer, scores: PlanetScores
) -> dict[str, NDArray[np.float64]]:
    """The parts of a score in the folders of runs, as far as all have them for these planets."""
    tables = []
    for folder in folders:
        with suppress(HarnessError):
            if folder is not None:
                tables.append(ScoreTable.read(folder))
    if len(tables) < len(folders) or any(table.planets != scores.planets.names for table in tables):
        return {}
    return {
        name.removeprefix(f"{scorer.name}/"): np.array([table.parts[name] for table in tables])
        for name in tables[0].parts
        if name.startswith(f"{scorer.name}/") and all(name in table.parts for table in tables)
    }


@dataclass(frozen=True)
class Difference:
    """What one entry has more than another, on planets that both were scored on.

    Attributes:
        planets: how many.
        first, second: the mean score of either.
        value: first - second.
        standard_error: of the value; None for a single planet.
        interval: that holds 95% of the bootstrap's values, or None.
        better: probability that the first is the better one: the share of the bootstrap's values on its side;
            None where there is no bootstrap.
    """

    planets: int
    first: float
    second: float
    value: float
    standard_error: float | None
    interval: tuple[float, float] | None
    better: float | None


@dataclass(frozen=True)
class Comparison:
    """Two entries, planet by planet.

    Attributes:
        planets, partitions: of those that both have a score of (N,).
        first, second: mean over seeds (N,).
        whole: on the planets that rank.
        kinds: on each kind of planets.
        parts: of each part of the score, on the planets that rank; empty where it is not known of planets.
        higher_is_better: of the score.
        ranking: the kind of planets that ranks, None where all do.
    """

    planets: tuple[str, ...]
    partitions: tuple[str, ...]
    first: NDArray[np.float64]
    second: NDArray[np.float64]
    whole: Difference
    kinds: Mapping[str, Difference]
    parts: Mapping[str, Difference]
    higher_is_better: bool
    ranking: str | None

    def deciding(self, count: int = DECIDING) -> tuple[list[int], list[int]]:
        """Numbers of the planets that speak most for the first, and for the second, the clearest first."""
        gain = apart(self.first, self.second) * (1 if self.higher_is_better else -1)
        counted = [
            planet
            for planet in np.argsort(-gain, kind="stable").tolist()
            if self.ranking is None or self.partitions[planet] == self.ranking
        ]
        return (
            [planet for planet in counted[:count] if gain[planet] > 0],
            [planet for planet in counted[::-1][:count] if gain[planet] < 0],
        )


def compare(one: EntryScores, other: EntryScores, scorer: Scorer, ranking: str) -> Comparison:
    """Two entries on the planets that both have a score of.

    Raises:
        HarnessError: there is no such planet.
    """
    places = {planet: place for place, planet in enumerate(other.planets.names)}
    common = [(mine, places[planet]) for mine, planet in enumerate(one.planets.names) if planet in places]
    mine, theirs = (np.array([pair[side] for pair in common], dtype=int) for side in (0, 1))
    first, second = one.values[:, mine], other.values[:, theirs]
    scored = np.isfinite(first).all(0) & np.isfinite(second).all(0)
    if not scored.any():
        raise HarnessError(
            f"No planet has a score of '{scorer.name}' from both; there is nothing to compare."
        )
    first, second, mine, theirs = first[:, scored], second[:, scored], mine[scored], theirs[scored]
    partitions = np.array([one.planets.kinds[place] for place in mine.tolist()])
    kinds = {
        kind: difference(first[:, partitions == kind], second[:, partitions == kind], scorer.higher_is_better)
        for kind in dict.fromkeys(partitions.tolist())
        if kind
    }
    ranks = partitions == ranking if ranking in kinds else np.ones(len(partitions), dtype=bool)
    parts = {}
    for name in (name for name in one.parts if name in other.parts):
        own, others = one.parts[name][:, mine[ranks]], other.parts[name][:, theirs[ranks]]
        known = np.isfinite(own).all(0) & np.isfinite(others).all(0)
        if known.any():
            own, others = own[:, known], others[:, known]
            parts[name] = difference(own, others, scorer.higher_is_better, DRAWS_OF_PARTS)
    return Comparison(
        planets=tuple(one.planets.names[place] for place in mine.tolist()),
        partitions=tuple(partitions.tolist()),
        first=first.mean(0),
        second=second.mean(0),
        whole=kinds[ranking] if ranking in kinds else difference(first, second, scorer.higher_is_better),
        kinds=kinds,
        parts=parts,
        higher_is_better=scorer.higher_is_better,
        ranking=ranking if ranking in kinds else None,
    )


def difference(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    higher_is_better: bool,
    n_draws: int = DRAWS,
) -> Difference:
    """Of scores (S, N) and (R, N) of the same N planets, by S and R seeds.

    The planets are drawn anew with replacement (bootstrap), each with its difference of means over seeds,
    and the scatter of seeds is added (`Paired`).
    """
    gap = apart(first.mean(0), second.mean(0))
    means = float(first.mean()), float(second.mean())
    planets = len(gap)
    if planets < 2:
        return Difference(planets, *means, float(gap.mean()), None, None, None)
    draws = Paired(planets, n_draws).drawn(first, second)
    better = share_above(draws if higher_is_better else -draws)
    error = error_of_difference(first, second)
    return Difference(planets, *means, float(gap.mean()), error, interval(draws), better)
