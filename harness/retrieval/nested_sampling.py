"""Nested sampling of one posterior with nautilus."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from harness.data.arrays import Array
from harness.retrieval.likelihood import UniformPrior
from harness.retrieval.nested_trace import NestedTrace

if TYPE_CHECKING:
    from nautilus import Sampler

# A new bound is drawn when this many times the live points were added to them. Fewer bounds are looser and
# cost likelihoods, each of which counts in the end; but drawing one takes as long as some 3,000 likelihoods.
UPDATE = 2
NETWORK = (64, 32)  # neurons; nautilus' own, (100, 50, 20), trains longer for the same bounds
# the same of loose bounds, for likelihoods of which as many as one likes take less time than a bound
LOOSE_UPDATE = 6
LOOSE_NETWORK = (32,)
LOOSE_TOLERANCE = 1e-3
WAIT = 30  # live points; no bound is drawn for want of additions before so many times them were computed
ENOUGH = 400  # live points; where so many times them are not enough for loose bounds, tight ones are drawn


class NestedOptions(BaseModel):
    """How carefully a posterior is sampled."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    live: int = Field(250, ge=50, description="live points")
    effective: int = Field(2000, ge=10, description="effective sample size to reach")
    rows: int = Field(3000, ge=100, le=6000, description="rows of a trace, at most")
    batch: int = Field(100, ge=1, description="likelihoods computed at once")
    calls: int = Field(400_000, ge=100, description="likelihoods after which a retrieval is stopped")
    discard_exploration: bool = Field(
        False, description="weigh only points drawn after all bounds were, in none of which they had a part"
    )
    loose: bool = Field(
        False,
        description="draw few and loose bounds first: more likelihoods in less time, where those cost little",
    )


def sample_posterior(
    log_likelihood: Callable[[Array], Array], prior: UniformPrior, seed: int, options: NestedOptions
) -> NestedTrace:
    """Every row that importance nested sampling computes, weighted.

    Nautilus (Lange 2023, MNRAS 525, 3181) surrounds the live points by bounds that small neural networks
    draw tighter with every step, and weighs all points it ever computed by importance. The points that drew a
    bound count as if it had been there before them, a bias that `discard_exploration` removes, at the price
    of their likelihoods. Loose bounds that do not come to the effective size are given up for tight ones.

    Arguments:
        log_likelihood: of parameters (B, P), in their units -> (B,).
        prior: of the parameters.
        seed: another seed, another independent sample; below 2^32.
        options: `rows` is not looked at here: see `NestedTrace.thinned`.
    """
    spent = 0
    if options.loose and options.calls > ENOUGH * options.live:
        few = options.model_copy(update={"calls": ENOUGH * options.live})
        found = _run(log_likelihood, prior, seed, few)
        if found.calls < few.calls:
            return found
        spent = found.calls
        options = options.model_copy(update={"loose": False, "calls": options.calls - spent})
    found = _run(log_likelihood, prior, seed, options)
    return replace(found, calls=spent + found.calls)


def _run(
    log_likelihood: Callable[[Array], Array], prior: UniformPrior, seed: int, options: NestedOptions
) -> NestedTrace:
    sampler = nautilus_sampler(log_likelihood, prior, seed, options)
    with networks_unheard():
        sampler.run(
            n_eff=options.effective,
            n_like_max=options.calls,
            discard_exploration=options.discard_exploration,
            verbose=False,
        )
    return trace_of(sampler)


def nautilus_sampler(
    log_likelihood: Callable[[Array], Array],
    prior: UniformPrior,
    seed: int,
    options: NestedOptions,
    checkpoint: Path | None = None,
    tolerance: float = 0.0,
) -> Sampler:
    """The sampler of a posterior, not yet run; what `checkpoint` holds is taken up.

    A network is trained until its loss has not fallen by more than `tolerance` for ten epochs.
    """
    from nautilus import Sampler

    return Sampler(
        prior,
        log_likelihood,
        n_dim=len(prior),
        n_live=options.live,
        n_networks=1,
        n_batch=options.batch,
        **_bounds(options, tolerance),
        vectorized=True,
        pass_dict=False,
        seed=seed,
        filepath=checkpoint,
        resume=True,
    )


def _bounds(options: NestedOptions, tolerance: float) -> dict[str, Any]:
    live = options.live
    if not options.loose:
        return {
            "n_update": UPDATE * live,
            "neural_network_kwargs": {"hidden_layer_sizes": NETWORK, "tol": tolerance},
        }
    return {
        "n_update": LOOSE_UPDATE * live,
        "n_like_new_bound": WAIT * live,
        "neural_network_kwargs": {
            "hidden_layer_sizes": LOOSE_NETWORK,
            "tol": max(LOOSE_TOLERANCE, tolerance),
        },
        # of one ellipsoid each: the network divides what it holds, and looking for two takes half of the time
        "n_points_min": live,
    }


@contextmanager
def networks_unheard() -> Iterator[None]:
    """Without warnings of networks that have not converged: their bounds are checked anyway."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def trace_of(sampler: Sampler) -> NestedTrace:
    """What a sampler has come to."""
    values, log_weights, log_likelihoods = sampler.posterior()
    weights = np.exp(log_weights - log_weights.max())
    return NestedTrace(
        values, weights / weights.sum(), log_likelihoods, float(sampler.log_z), int(sampler.n_like)
    ).ascending()
