"""Nested sampling of a measured spectrum's posterior, with progress and a checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nautilus import Sampler

from harness.components.progress import Advance
from harness.data.arrays import Array
from harness.errors import HarnessError
from harness.files.storage import rename_whole, temporary_name
from harness.retrieval.likelihood import UniformPrior
from harness.retrieval.nested_sampling import (
    NestedOptions,
    nautilus_sampler,
    networks_unheard,
    trace_of,
)
from harness.retrieval.nested_trace import NestedTrace

SLICE = 10.0  # seconds from one look at the sampler to the next
# Of the networks' losses: with a dozen parameters they train for longer than the likelihoods take,
# and those that end earlier draw bounds that are hardly looser.
TOLERANCE = 1e-4


def sample_with_checkpoint(
    log_likelihood: Callable[[Array], Array],
    prior: UniformPrior,
    seed: int,
    options: NestedOptions,
    checkpoint: Path,
    advance: Advance,
) -> NestedTrace:
    """Every row that importance nested sampling computes, weighted (see `harness.retrieval.nested_sampling`).

    Arguments:
        log_likelihood: of parameters (B, P), in their units -> (B,).
        prior: of the parameters.
        seed: another seed, another independent sample; below 2^32.
        options: `rows` is not looked at here.
        checkpoint: a file (.h5) that is written now and then; one that is there is taken up.
        advance: is told of effective samples, and how far it is.

    Raises:
        HarnessError: the checkpoint is damaged.
    """
    sampler = _sampler(log_likelihood, prior, seed, options, checkpoint)
    told = 0
    finished = False
    while not finished:
        with networks_unheard():
            finished = sampler.run(
                n_eff=options.effective, n_like_max=options.calls, timeout=SLICE, verbose=False
            )
        _save(sampler, checkpoint)
        size = min(int(sampler.n_eff), options.effective) if sampler.explored else 0
        stage = "sampling" if sampler.explored else f"exploring, bound {len(sampler.bounds)}"
        advance(size - told, f"{stage}, {sampler.n_like:,} likelihoods, ln Z {sampler.log_z:.1f}")
        told = size
        finished = finished or sampler.n_like >= options.calls
    return trace_of(sampler)


def _sampler(
    log_likelihood: Callable[[Array], Array],
    prior: UniformPrior,
    seed: int,
    options: NestedOptions,
    checkpoint: Path,
) -> Sampler:
    try:
        sampler = nautilus_sampler(log_likelihood, prior, seed, options, checkpoint, TOLERANCE)
    except (OSError, KeyError, ValueError) as error:
        raise HarnessError(
            f"The checkpoint {checkpoint} is damaged ({error}); remove it and begin anew."
        ) from error
    sampler.filepath = None  # it would write where it is, and a kill in the middle would leave half of it
    return sampler


def _save(sampler: Sampler, checkpoint: Path) -> None:
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_name(checkpoint).with_suffix(".h5")
    try:
        sampler.write(temporary)
        rename_whole(temporary, checkpoint)
    finally:
        temporary.unlink(missing_ok=True)
