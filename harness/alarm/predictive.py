"""Whether the posterior explains the observed spectrum: the posterior predictive chi-square."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.alarm.mahalanobis import mahalanobis
from harness.components.forward_model import ForwardModel
from harness.data.host_facts import host_facts
from harness.data.observations import Observations
from harness.data.posterior import Posterior
from harness.data.schema import Schema
from harness.metrics.chunks import fitting, runs

SAMPLES = 16  # of each planet, whose spectra are computed; 64 told shifts from matched planets no better
SPECTRA_AT_ONCE = 1024


def predictive_chi_square(
    forward: ForwardModel, posterior: Posterior, observations: Observations, schema: Schema
) -> Tensor:
    """The chi-square of each spectrum against its posterior predictive distribution (N,), float64.

    That is `mahalanobis` with the spectra of posterior samples for candidates: what is left of the residual
    in directions in which no sample's spectrum differs from another's. Gelman, Meng and Stern average
    p-values over samples instead, of the chi-square at a sample among those of spectra replicated from it,
    which for Gaussian noise has as many degrees of freedom as there are channels. That supposes exact
    posteriors. A network's is too wide where a spectrum says most, its samples miss the spectrum by more than
    noise does, and what is strange about other spectra drowns in it (docs/results.md has the figures). For
    the same reason the p-value is not looked up in a distribution: it is the rank among planets held out, for
    which the same method has been asked the same.

    Arguments:
        forward: of the challenge; its coarse form serves where there is one (`ForwardModel.coarse`).
        posterior: a few samples of each planet, of equal weights; those that make no spectrum are left out.
        observations: N planets, with noise on their spectra.
        schema: names the auxiliary columns.

    Returns:
        infinite where fewer than two samples make a spectrum.

    Raises:
        HarnessError: a planet lacks what the model must be told.

    Reference:
        A. Gelman, X.-L. Meng and H. Stern, Posterior predictive assessment of model fitness via realized
        discrepancies, Statistica Sinica 6, 733, 1996.
    """
    quick = forward.quick()
    model = quick.coarse() or quick
    facts = host_facts(observations, schema, model.needs)
    samples = posterior.samples.double()
    n = samples.shape[1]
    parts = []
    for rows in runs(len(samples), fitting(SPECTRA_AT_ONCE, n)):
        told = [None if fact is None else fact[rows].repeat_interleave(n).to(samples) for fact in facts]
        with torch.no_grad():
            made = model(samples[rows].flatten(0, 1), *told).double().cpu()
        seen = observations[rows].to("cpu", torch.float64)
        parts.append(mahalanobis(seen.spectrum, seen.noise, made.reshape(-1, n, made.shape[-1])))
    return torch.cat(parts)
