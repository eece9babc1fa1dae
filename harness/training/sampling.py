"""Posterior samples inside the prior, whatever the density gives and however little memory there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from harness.components.run import Run
from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.errors import HarnessError

ROWS_AT_ONCE = 2**15  # posterior samples drawn or evaluated together, so that progress is seen
ROWS_AT_ONCE_ON_DEVICE = 2**20
ROUNDS = 10  # of redrawing, before the prior is drawn from
COLLAPSED = 0.5  # samples of which more than this share are from the prior are no posterior

# planets -> samples (b, n, P) in the units of the schema, NaN where one is not a number
Draw = Callable[[Observations], Tensor]
Result = TypeVar("Result")


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

    def conclude(self, run: Run) -> None:
        """Warn of samples that were redrawn, and refuse to give out the prior under the name of a posterior.

        Raises:
            HarnessError: the density hardly gives a sample that is finite.
        """
        if self.from_prior > COLLAPSED * self.total:
            raise HarnessError(
                f"The density of '{run.name}' has collapsed: {self.from_prior} of {self.total} samples were "
                f"not finite in {ROUNDS} attempts; train it again with a lower learning rate, another seed "
                "or another flow."
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


def rows_at_once(device: torch.device) -> int:
    """How many samples to draw together on a device."""
    return ROWS_AT_ONCE if device.type == "cpu" else ROWS_AT_ONCE_ON_DEVICE


def draw_in_portions(
    draw: Draw,
    observations: Observations,
    n: int,
    schema: Schema,
    run: Run,
    generator: torch.Generator,
    at_once: int | None = None,
) -> Tensor:
    """Finite samples (N, n, P) of all planets, a portion of them at a time.

    Where a device's memory is too small for a portion, it is halved and drawn again.

    Arguments:
        draw: n samples of each of some planets, given on the run's device.
        observations: the N planets.
        n: samples of each.
        schema: names the prior bounds.
        run: for progress and warnings.
        generator: that `draw` draws from.
        at_once: planets in a portion, by their samples if not given.

    Raises:
        HarnessError: the memory is too small for a single planet, or hardly any sample is finite.
    """
    redrawn = Redrawn()

    def portion(some: Observations) -> Tensor:
        return finite_samples(draw, some, schema, generator, redrawn)

    parts = in_portions(portion, observations, n, run, generator, at_once)
    redrawn.conclude(run)
    return torch.cat(parts)


def in_portions(
    work: Callable[[Observations], Result],
    observations: Observations,
    n: int,
    run: Run,
    generator: torch.Generator,
    at_once: int | None = None,
) -> list[Result]:
    """The results of all planets, a portion of them after the other.

    Where a device's memory is too small for a portion, it is halved and worked on again.

    Arguments:
        work: on some planets, given on the run's device.
        observations: the N planets.
        n: samples of each that are in memory together.
        run: for progress and warnings.
        generator: that `work` draws from.
        at_once: planets in a portion, by their samples if not given.

    Raises:
        HarnessError: the memory is too small for a single planet.
    """
    portion = at_once or max(1, rows_at_once(run.device) // n)
    parts: list[Result] = []
    done = 0
    with run.progress("posteriors", len(observations)) as advance:
        while done < len(observations):
            some = observations[done : done + portion].to(run.device)
            before = generator.get_state()
            try:
                parts.append(work(some))
            except torch.OutOfMemoryError as error:
                portion = _halved(len(some), n, run, error)
                generator.set_state(before)
                continue
            done += len(some)
            advance(len(some))
    return parts


def _halved(planets: int, n: int, run: Run, error: torch.OutOfMemoryError) -> int:
    if planets == 1:
        raise HarnessError(
            f"The device has too little memory for the {n:,} samples of a single planet; use fewer samples, "
            "a smaller network or --device cpu."
        ) from error
    torch.cuda.empty_cache()
    half = planets // 2
    run.warn(
        f"the device's memory is too small: {'1 planet is' if half == 1 else f'{half} planets are'} now "
        "sampled at a time."
    )
    return half


def finite_samples(
    draw: Draw,
    observations: Observations,
    schema: Schema,
    generator: torch.Generator,
    redrawn: Redrawn,
) -> Tensor:
    """Samples (B, n, P) in physical units, all finite.

    Those that are not are replaced by others of the same planet, drawn afresh; where that fails too
    often, by draws from the uniform prior.

    Arguments:
        draw: samples of some planets, inside the prior or not finite.
        observations: B planets.
        schema: names the prior bounds.
        generator: for draws from the prior.
        redrawn: counts.
    """

    def draw_rows(rows: Tensor | None) -> Tensor:
        return draw(observations if rows is None else observations[rows])

    return finite_rows(draw_rows, schema, generator, redrawn)


def finite_rows(
    draw: Callable[[Tensor | None], Tensor], schema: Schema, generator: torch.Generator, redrawn: Redrawn
) -> Tensor:
    """`finite_samples` of a function of the numbers of some of the planets, None for all of them."""
    samples = draw(None)
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
