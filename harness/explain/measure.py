"""How good an answer is: against reference posteriors where there are any, else against the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from harness.data.posterior import Posterior
from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError
from harness.metrics import crps, official_posterior_score, posterior_score

Kind = Literal["ariel-official", "ariel", "truth"]
Asked = Literal["auto", "ariel-official", "ariel", "truth"]


@dataclass(frozen=True)
class Measure:
    """A score of each planet from 0 (or below) to 1000, higher is better.

    Attributes:
        kind: "ariel-official" and "ariel" are the posterior part of these scorers, against reference
            posteriors; "truth" is 1000 (1 - CRPS / CRPS of the training planets' distribution), averaged over
            parameters, against the parameters behind the spectra.
        schema: of the challenge.
        baseline: CRPS of the training planets' distribution in each parameter (P,), for "truth".
    """

    kind: Kind
    schema: Schema
    baseline: Tensor | None = None

    @property
    def words(self) -> str:
        """What it is, for a reader."""
        if self.kind == "truth":
            return "1000 (1 − CRPS / CRPS of the training distribution) against the true parameters"
        return f"the posterior part of the scorer '{self.kind}' against the reference posteriors"

    def scores(self, posterior: Posterior, planets: Split) -> Tensor:
        """The score of each planet (N,), float64; of planets that have what is scored against."""
        if self.kind == "truth":
            assert self.baseline is not None
            found = crps(posterior.samples, planets.parameters, posterior.weights)
            return 1000 * (1 - found / self.baseline).mean(dim=1)
        traces = planets.truth.traces
        assert traces is not None
        references = [traces.trace(row) for row in range(len(planets))]
        own = [posterior.planet(row) for row in range(len(planets))]
        scored = official_posterior_score if self.kind == "ariel-official" else posterior_score
        return scored(
            [samples for samples, _ in own],
            [weights for _, weights in own],
            [samples for samples, _ in references],
            [weights for _, weights in references],
            self.schema.bounds,
        )


def measure_for(asked: Asked, schema: Schema, train: Split, test: Split, spec: str) -> Measure:
    """The measure that was asked for, or the one that the test planets allow.

    Raises:
        HarnessError: they lack what is scored against.
    """
    traces, known = test.truth.n_traces > 0, test.truth.parameters is not None
    if asked == "auto" and not (traces or known):
        raise HarnessError(
            f"The test planets of {spec} have neither reference posteriors nor parameters, so that no answer "
            "can be scored; explain a run on a challenge whose answers are known."
        )
    kind: Kind = asked if asked != "auto" else "ariel-official" if traces else "truth"
    if kind != "truth" and not traces:
        raise HarnessError(
            f"The test planets of {spec} have no reference posteriors; score with --score truth."
        )
    if kind != "truth":
        return Measure(kind, schema)
    if not known or train.truth.parameters is None:
        raise HarnessError(
            f"The parameters of the planets of {spec} are not known; score with --score ariel."
        )
    marginal = train.parameters[:: -(-len(train) // 1000)].double()
    baseline = crps(marginal[None], test.parameters.double()).mean(dim=0)
    return Measure(kind, schema, baseline.clamp(min=1e-12))
