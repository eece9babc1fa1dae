"""Other samplers of the posteriors that benchmarks/samplers.py compares, each as its authors advise.

They need `pip install emcee ultranest dynesty`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from harness.challenges.ariel2023.grid import PARAMETERS
from harness.retrieval.likelihood import SpectrumLikelihood, UniformPrior
from harness.retrieval.nested_trace import NestedTrace

WALKERS, BLOCK, MOST_STEPS = 100, 500, 12_000  # of emcee
LENGTH = 50  # autocorrelation times that a chain must be long


def nautilus_defaults(likelihood: SpectrumLikelihood, prior: UniformPrior) -> NestedTrace:
    """Nautilus as it comes: 2,000 live points, four networks, an effective sample size of 10,000."""
    from nautilus import Sampler

    sampler = Sampler(prior, likelihood, n_dim=len(prior), vectorized=True, pass_dict=False, seed=2)
    sampler.run(verbose=False)
    values, log_weights, log_likelihood = sampler.posterior()
    weights = np.exp(log_weights)
    return NestedTrace(values, weights / weights.sum(), log_likelihood, sampler.log_z, sampler.n_like)


def ultranest(likelihood: SpectrumLikelihood, prior: UniformPrior) -> NestedTrace:
    """UltraNest with a population of slice samplers, 200 live points."""
    import logging

    import ultranest as package
    from ultranest.popstepsampler import PopulationSliceSampler, generate_mixture_random_direction

    logging.getLogger("ultranest").setLevel(logging.ERROR)
    np.random.seed(3)  # noqa: NPY002  (the package draws from the global generator)
    names = [parameter.name for parameter in PARAMETERS]
    sampler = package.ReactiveNestedSampler(names, likelihood, prior, vectorized=True)
    sampler.stepsampler = PopulationSliceSampler(
        popsize=100, nsteps=14, generate_direction=generate_mixture_random_direction
    )
    result = sampler.run(
        min_num_live_points=200, min_ess=200, dKL=np.inf, dlogz=1, show_status=False, viz_callback=None
    )
    rows = result["weighted_samples"]
    return NestedTrace(
        rows["points"], rows["weights"], rows["logl"], float(result["logz"]), int(result["ncall"])
    )


def emcee(likelihood: SpectrumLikelihood, prior: UniformPrior) -> NestedTrace:
    """A Markov chain ensemble that goes on until half of it is 50 autocorrelation times long.

    100 walkers begin at draws from the prior, which the likelihood weighs so gently that they spread over all
    that fits at all. Moves: differential evolution (ter Braak 2006), one in ten of them by the whole
    difference of two walkers and so from mode to mode, and snooker updates (ter Braak & Vrugt 2008). The
    first half is discarded. A parameter's autocorrelation time is not known while a walker has not moved.
    """
    import emcee as package

    np.random.seed(5)  # noqa: NPY002  (the package draws from the global generator)

    def log_density(unit: np.ndarray) -> np.ndarray:
        inside = ((unit >= 0) & (unit <= 1)).all(axis=1)
        result = np.full(len(unit), -np.inf)
        if inside.any():
            result[inside] = likelihood(prior(unit[inside]))
        return result

    moves = [
        (package.moves.DEMove(), 0.6),
        (package.moves.DEMove(gamma0=1.0), 0.1),
        (package.moves.DESnookerMove(), 0.3),
    ]
    sampler = package.EnsembleSampler(WALKERS, len(prior), log_density, vectorize=True, moves=moves)
    state = _spread(log_density, len(prior))
    for steps in range(BLOCK, MOST_STEPS + 1, BLOCK):
        state = sampler.run_mcmc(state, BLOCK)
        times = package.autocorr.integrated_time(sampler.get_chain(discard=steps // 2), tol=0)
        if steps - steps // 2 >= LENGTH * times.max():  # never where one is not a number
            break
    else:
        print(f"emcee has not converged: autocorrelation times of {times} after {steps} steps")
    kept = {"discard": steps // 2, "thin": 5, "flat": True}
    values = prior(sampler.get_chain(**kept))
    weights = np.full(len(values), 1 / len(values))
    return NestedTrace(values, weights, sampler.get_log_prob(**kept), float("nan"), likelihood.calls)


def _spread(log_density: Callable[[np.ndarray], np.ndarray], n_dim: int) -> np.ndarray:
    """Draws from the unit cube with probability L^b, b such that as many count as there are walkers."""
    generator = np.random.default_rng(5)
    drawn = generator.uniform(size=(20_000, n_dim))
    log_likelihood = log_density(drawn)
    for power in np.geomspace(1, 1e-12, 200):
        weights = np.exp(power * (log_likelihood - log_likelihood.max()))
        weights /= weights.sum()
        if 1 / (weights**2).sum() >= WALKERS:
            break
    return drawn[generator.choice(len(drawn), WALKERS, replace=False, p=weights)]


def dynesty(likelihood: SpectrumLikelihood, prior: UniformPrior) -> NestedTrace:
    """Dynesty: 500 live points, multiple ellipsoids, random walks of 30 steps, 50 of them side by side."""
    import dynesty as package

    sampler = package.NestedSampler(
        lambda point: float(likelihood(point)[0]),
        prior,
        len(prior),
        nlive=500,
        sample="rwalk",
        walks=30,
        rstate=np.random.default_rng(4),
        pool=SideBySide(likelihood, prior),
        queue_size=50,
    )
    sampler.run_nested(dlogz=0.01, print_progress=False)
    result = sampler.results
    weights = np.exp(result.logwt - result.logwt.max())
    return NestedTrace(
        result.samples, weights / weights.sum(), result.logl, float(result.logz[-1]), likelihood.calls
    )


class SideBySide:
    """A pool, as dynesty calls it, that takes the steps of its random walks together.

    Dynesty hands such walks to processes, each of which asks for one likelihood at a time. Here step k of
    all walks is one batch. A walk is dynesty's: proposals uniform in the bounding ellipsoid of the walk's
    point, scaled, and accepted where they stay in the cube and above the likelihood of the dead point.
    """

    def __init__(self, likelihood: SpectrumLikelihood, prior: UniformPrior) -> None:
        self._likelihood, self._prior = likelihood, prior

    def map(self, function: Callable[[Any], Any], arguments: Iterable[Any]) -> list[Any]:
        asked = list(arguments)
        if not hasattr(asked[0], "kwargs") or "walks" not in asked[0].kwargs:
            return [function(one) for one in asked]
        return self._walk(asked)

    def _walk(self, asked: list[Any]) -> list[Any]:
        from dynesty.internal_samplers import SamplerReturn
        from dynesty.utils import LoglOutput

        generator = np.random.default_rng(asked[0].rseed)
        at = np.array([one.u for one in asked])
        axes = np.array([one.axes for one in asked]) * asked[0].scale
        steps, least = asked[0].kwargs["walks"], float(asked[0].loglstar)
        height = self._likelihood(self._prior(at))
        accepted = np.zeros(len(at), dtype=int)
        for _ in range(steps):
            direction = generator.standard_normal(at.shape)
            direction /= np.linalg.norm(direction, axis=1, keepdims=True)
            length = generator.uniform(size=(len(at), 1)) ** (1 / at.shape[1])
            proposed = at + np.einsum("bij,bj->bi", axes, direction * length)
            inside = np.flatnonzero(((proposed > 0) & (proposed < 1)).all(axis=1))
            if not len(inside):
                continue
            found = self._likelihood(self._prior(proposed[inside]))
            better = inside[found > least]
            at[better], height[better] = proposed[better], found[found > least]
            accepted[better] += 1
        return [
            SamplerReturn(
                u=u,
                v=self._prior(u),
                logl=LoglOutput(float(logl), False),
                ncalls=steps,
                evaluation_history=[],
                tuning_info={"accept": int(n), "reject": steps - int(n), "scale": asked[0].scale},
                proposal_stats={"n_accept": int(n), "n_reject": steps - int(n)},
            )
            for u, logl, n in zip(at, height, accepted, strict=True)
        ]
