"""What nested sampling leaves: weighted rows, and how to keep only so many of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.data.arrays import Array


@dataclass(frozen=True)
class NestedTrace:
    """Weighted samples of one posterior.

    Attributes:
        values: rows in ascending likelihood, in the parameters' units (M, P).
        weights: of the rows, summing to 1 (M,).
        log_likelihood: natural logarithm, of spectra in transit depth (M,).
        log_evidence: natural logarithm of the likelihood's mean over the prior.
        calls: likelihoods that were computed.
    """

    values: Array
    weights: Array
    log_likelihood: Array
    log_evidence: float
    calls: int

    @property
    def effective_size(self) -> float:
        """Kish's effective sample size, 1 / (sum of squared weights)."""
        return float(1 / np.sum(self.weights**2))

    @property
    def information(self) -> float:
        """By how much the data narrow the prior: the divergence of the posterior from it [nat]."""
        return float(self.weights @ self.log_likelihood) - self.log_evidence

    def ascending(self) -> NestedTrace:
        """The same rows in ascending likelihood."""
        order = np.argsort(self.log_likelihood, kind="stable")
        return NestedTrace(
            self.values[order],
            self.weights[order],
            self.log_likelihood[order],
            self.log_evidence,
            self.calls,
        )

    def thinned(self, rows: int, generator: np.random.Generator) -> NestedTrace:
        """At most `rows` rows that stand for all of them.

        Rows above a threshold keep their weight; of those below it, in ascending likelihood, some are
        drawn by systematic resampling and get the threshold as their weight. Expectations are unbiased,
        and no other unbiased choice of so many rows disturbs the weights less (Fearnhead & Clifford
        2003, On-line inference for hidden Markov models via particle filters, JRSS B 65, 4).
        """
        trace = self.ascending()
        weights = trace.weights
        if np.count_nonzero(weights) <= rows:
            kept = weights > 0
        else:
            threshold = _threshold(weights, rows)
            kept = weights >= threshold
            small = np.flatnonzero(~kept)
            first = generator.uniform()
            steps = first + np.cumsum(weights[small]) / threshold
            kept[small[np.diff(np.floor(steps), prepend=0.0) > 0]] = True
            weights = np.maximum(weights, threshold)
        chosen = weights[kept]
        return NestedTrace(
            trace.values[kept],
            chosen / chosen.sum(),
            trace.log_likelihood[kept],
            self.log_evidence,
            self.calls,
        )

    def reweighted(self, log_likelihood: Array) -> NestedTrace:
        """The rows under another likelihood (M,), close enough to the one that they were sampled with.

        Weights, order and evidence are those of the other likelihood, by importance sampling.
        """
        log_ratio = log_likelihood - self.log_likelihood
        shift = log_ratio.max()
        weights = self.weights * np.exp(log_ratio - shift)
        total = float(weights.sum())
        kept = weights > 0
        return NestedTrace(
            self.values[kept],
            weights[kept] / total,
            log_likelihood[kept],
            self.log_evidence + float(shift) + float(np.log(total)),
            self.calls + len(log_likelihood),
        ).ascending()


def _threshold(weights: Array, rows: int) -> float:
    """The c for which the sum of min(1, w / c) is `rows`, fewer than there are weights above zero."""
    largest_first = np.sort(weights)[::-1]
    rest = np.cumsum(largest_first[::-1])[::-1]  # of each weight and all smaller ones
    kept = np.arange(rows)  # so many of the largest keep their weight
    candidates = rest[:rows] / (rows - kept)
    first = int(np.argmax(largest_first[:rows] <= candidates))
    return float(candidates[first])
