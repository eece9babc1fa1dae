"""The reference posterior of one planet: a traditional retrieval of its spectrum."""

from __future__ import annotations

import numpy as np

from harness.components import ForwardModel
from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.retrieval.likelihood import SpectrumLikelihood, UniformPrior
from harness.retrieval.nested_sampling import NestedOptions, sample_posterior
from harness.retrieval.nested_trace import NestedTrace

LOST = 0.3  # the share of the effective sample size that exact weights must leave


def reference_posterior(
    planet: Observations,
    schema: Schema,
    forward: ForwardModel,
    seed: int,
    options: NestedOptions | None = None,
) -> NestedTrace:
    """Sample the posterior of one planet, uniform prior within the bounds, by nested sampling.

    The quick model explores; the rows that are kept are weighted anew by the exact one, so that what the
    quick one lacks costs effective sample size and no accuracy. Where that costs too much, in atmospheres
    far more extended than those of planets that are observed, the exact one explores as well.

    Arguments:
        planet: the one planet.
        schema: holds the bounds of the parameters, and names the auxiliary columns.
        forward: the forward model.
        seed: below 2^32.
        options: how carefully to sample.

    Returns:
        at most `options.rows` rows in ascending likelihood.

    Raises:
        HarnessError: no parameters within the bounds give a finite spectrum, or a fact that the forward model
            needs is not a positive number.
    """
    options = options or NestedOptions()
    quick = forward.quick()
    trace = _sampled(planet, schema, quick, seed, options)
    if quick is forward:
        return trace
    exact = trace.reweighted(SpectrumLikelihood(forward, planet, schema)(trace.values))
    if exact.effective_size < LOST * trace.effective_size:
        return _sampled(planet, schema, forward, seed, options.model_copy(update={"loose": False}))
    return exact


def _sampled(
    planet: Observations, schema: Schema, forward: ForwardModel, seed: int, options: NestedOptions
) -> NestedTrace:
    likelihood = SpectrumLikelihood(forward, planet, schema)
    trace = sample_posterior(likelihood, UniformPrior(schema.bounds), seed, options)
    if not trace.log_evidence > -1e29:
        raise HarnessError(
            f"The forward model makes no planet {planet.title(0)} anywhere within the bounds; "
            f"check {' and '.join(('the bounds', *forward.needs))}."
        )
    return trace.thinned(options.rows, np.random.default_rng([seed, 1]))
