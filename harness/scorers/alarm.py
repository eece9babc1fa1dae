"""Whether the alarm of a method tells shifted planets from those that are like the training planets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from harness.components import Challenge, Component, Scorer
from harness.data.alarms import RAISED
from harness.data.posterior import Posterior
from harness.data.score import Estimate, Score, mean_over_planets
from harness.data.split import MATCHED
from harness.data.truth import Truth
from harness.errors import HarnessError
from harness.metrics import detection, placements


class AlarmScorer(Scorer):
    """The area under the ROC curve of the alarm's p-value, mean over the kinds of shifted test planets.

    1 is an alarm that tells every shifted planet from every matched one, 0.5 one that tells nothing. The
    parts are the area for each kind, and the share of it that is detected where 5% of the matched planets
    alarm ("KIND/detection"), and "false_alarms", the share of the matched planets with a p-value of 0.05 or
    less. The column over planets is the score plus each planet's influence on it, so that its mean is the
    score and its spread the error.
    """

    source: ClassVar[str] = (
        "area under the ROC curve; standard errors by DeLong et al. 1988, Biometrics 44, 837"
    )
    across_partitions = True
    unranked = ("false_alarms",)

    class Options(Component.Options):
        uncounted: tuple[str, ...] = Field(
            ("misfit",),
            description="kinds of planets whose spectra are as the matched ones': shown, but not in the mean",
        )

    options: Options

    def unsuitable_for(self, challenge: Challenge) -> str | None:
        kinds = challenge.test.partitions()
        if MATCHED in kinds and self._counted(kinds):
            return None
        return f"It compares shifted test planets with those of the kind '{MATCHED}', and there are not both."

    def score(self, prediction: Posterior, truth: Truth, challenge: Challenge) -> Score:
        """The mean area over the kinds that count.

        Raises:
            HarnessError: the prediction has no alarms, or the test planets are not of several kinds.
        """
        if (reason := self.unsuitable_for(challenge)) is not None:
            raise HarnessError(f"The alarms of {challenge.spec} cannot be scored. {reason}")
        if prediction.alarm is None:
            raise HarnessError(
                f"This prediction has no alarms, as none of a file has; '{self.name}' needs those of a run."
            )
        strange = -prediction.alarm.double().cpu()
        rows = {kind: torch.from_numpy(found) for kind, found in challenge.test.partitions().items()}
        matched = rows.pop(MATCHED)
        quiet = strange[matched]
        parts: dict[str, Estimate] = {}
        placed: dict[str, tuple[Tensor, Tensor]] = {}
        for kind, planets in rows.items():
            placed[kind] = placements(quiet, strange[planets])
            parts[kind] = _area(*placed[kind])
            parts[f"{kind}/detection"] = Estimate(*detection(quiet, strange[planets], RAISED))
        parts["false_alarms"] = mean_over_planets((-quiet <= RAISED).double())
        counted = {kind: rows[kind] for kind in self._counted(rows)}
        per_planet = _influence(matched, counted, placed, len(strange))
        return Score(*mean_over_planets(per_planet), per_planet, parts)

    def _counted(self, kinds: Iterable[str]) -> list[str]:
        return [kind for kind in kinds if kind not in (MATCHED, *self.options.uncounted)]


def _area(of_strange: Tensor, of_quiet: Tensor) -> Estimate:
    """The area under the curve and its standard error."""
    first, second = mean_over_planets(of_strange), mean_over_planets(of_quiet)
    return Estimate(first.value, float(torch.tensor([first.standard_error, second.standard_error]).norm()))


def _influence(
    matched: Tensor, kinds: Mapping[str, Tensor], placed: Mapping[str, tuple[Tensor, Tensor]], n: int
) -> Tensor:
    """The mean area over kinds plus each planet's influence on it (n,), NaN where a planet has none.

    Arguments:
        matched: positions of the matched planets.
        kinds: positions of the planets of each kind that counts.
        placed: of each kind what `placements` gives.
        n: planets in all.
    """
    areas = {kind: placed[kind][0].mean() for kind in kinds}
    area = torch.stack(list(areas.values())).mean()
    scored = len(matched) + sum(len(planets) for planets in kinds.values())
    influence = torch.full((n,), torch.nan, dtype=torch.float64)
    of_matched = torch.stack([placed[kind][1] for kind in kinds]).mean(dim=0)
    influence[matched] = area + scored / len(matched) * (of_matched - area)
    for kind, planets in kinds.items():
        influence[planets] = area + scored / (len(kinds) * len(planets)) * (placed[kind][0] - areas[kind])
    return influence
