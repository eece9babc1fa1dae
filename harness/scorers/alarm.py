"""Whether the alarm of a method tells shifted planets from those that are like the training planets."""

from __future__ import annotations

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
        quiet = strange[rows.pop(MATCHED)]
        parts: dict[str, Estimate] = {}
        placed: dict[str, tuple[Tensor, Tensor]] = {}
        for kind, planets in rows.items():
            placed[kind] = placements(quiet, strange[planets])
            parts[kind] = _area(*placed[kind])
            parts[f"{kind}/detection"] = Estimate(*detection(quiet, strange[planets], RAISED))
        parts["false_alarms"] = mean_over_planets((-quiet <= RAISED).double())
        counted = self._counted(rows)
        area = sum(parts[kind].value for kind in counted) / len(counted)
        influence = torch.full((len(strange),), torch.nan, dtype=torch.float64)
        of_quiet = torch.stack([placed[kind][1] for kind in counted]).mean(dim=0) - area
        scored = len(quiet) + sum(len(rows[kind]) for kind in counted)
        matched = torch.from_numpy(challenge.test.partitions()[MATCHED])
        influence[matched] = area + scored / len(quiet) * of_quiet
        for kind in counted:
            own = placed[kind][0] - parts[kind].value
            influence[rows[kind]] = area + scored / (len(counted) * len(rows[kind])) * own
        return Score(area, mean_over_planets(influence).standard_error, influence, parts)

    def _counted(self, kinds: dict[str, object]) -> list[str]:
        return [kind for kind in kinds if kind not in (MATCHED, *self.options.uncounted)]


def _area(of_strange: Tensor, of_quiet: Tensor) -> Estimate:
    """The area under the curve and its standard error."""
    first, second = mean_over_planets(of_strange), mean_over_planets(of_quiet)
    return Estimate(first.value, float(torch.tensor([first.standard_error, second.standard_error]).norm()))
