"""Posterior samples inside the prior, whatever the density gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from harness.components.run import Run
from harness.data.schema import Schema
from harness.errors import HarnessError

ROUNDS = 10  # of redrawing, before the prior is drawn from
COLLAPSED = 0.5  # samples of which more than this share are from the prior are no posterior


@dataclass
class Redrawn:
    """How many samples were not finite: redrawn in the end from the density, or from the prior.

    Attributes:
        total: samples drawn.
        redrawn: of them, not finite at first.
        from_prior: of those, not finite in any round.
    """

    total: int = 0
    redrawn: int = 0
    from_prior: int = 0

    def conclude(self, name: str, run: Run) -> None:
        """Warn of samples that were redrawn, and refuse to give out the prior under the name of a posterior.

        Raises:
            HarnessError: the density of `name` hardly gives a sample that is finite.
        """
        if self.from_prior > COLLAPSED * self.total:
            raise HarnessError(
                f"The density of '{name}' has collapsed: {self.from_prior} of {self.total} samples were not "
                f"finite in {ROUNDS} attempts; train it again with a lower learning rate, another seed or "
                "another flow."
            )
        if (sentence := self.sentence()) is not None:
            run.warn(sentence)

    def sentence(self) -> str | None:
        """What to tell the user; None where all were finite."""
        if not self.redrawn:
            return None
        text = f"{self.redrawn} of {self.total} samples were not finite and were drawn again"
        if self.from_prior:
            text += f", {self.from_prior} of them from the prior after {ROUNDS} attempts"
        return text + "."


def finite_samples(
    draw: Callable[[Tensor], Tensor],
    planets: int,
    schema: Schema,
    generator: torch.Generator,
    redrawn: Redrawn,
) -> Tensor:
    """Samples (B, n, P) in physical units, all finite.

    Those that are not are replaced by others of the same planet, drawn afresh; where that fails too
    often, by draws from the uniform prior.

    Arguments:
        draw: the positions of b planets (b,) -> samples (b, n, P) inside the prior, or not finite.
        planets: B, how many there are.
        schema: names the prior bounds.
        generator: for draws from the prior.
        redrawn: counts.
    """
    samples = draw(torch.arange(planets, device=generator.device))
    bad = ~torch.isfinite(samples).all(-1)
    redrawn.total += bad.numel()
    redrawn.redrawn += int(bad.sum())
    for _ in range(ROUNDS):
        rows = torch.nonzero(bad.any(-1)).flatten()
        if len(rows) == 0:
            return samples
        again = draw(rows)
        usable = bad[rows] & torch.isfinite(again).all(-1)
        samples[rows] = torch.where(usable[..., None], again, samples[rows])
        bad[rows] &= ~usable
    redrawn.from_prior += int(bad.sum())
    lower, upper = torch.tensor(schema.bounds, dtype=samples.dtype).T.to(samples.device)
    uniform = torch.rand(samples.shape, generator=generator, dtype=samples.dtype, device=samples.device)
    return torch.where(bad[..., None], lower + (upper - lower) * uniform, samples)
