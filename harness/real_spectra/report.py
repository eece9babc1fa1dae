"""What a retrieval found, in tables and sentences, for the screen, a page and JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.real_spectra.comparison import Comparison
from harness.real_spectra.goodness import Misfit
from harness.real_spectra.learning import Climbing, Learning
from harness.real_spectra.result import RetrievalResult
from harness.real_spectra.settings import LAYERS

FEW = 50  # effective samples, after the exact model has weighed them
UNEXPLAINED = 0.01  # posterior predictive p-values below it, and above 1 less it, are told as a warning
SHOWN = 3  # windows of channels


@dataclass(frozen=True)
class Table:
    """Words in rows and columns."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Report:
    """A retrieval in words.

    Arguments:
        title: the spectrum.
        facts: what was asked, in a line.
        sentences: how far the posterior can be trusted.
        tables: what was found.
        notes: what was understood of the files.
    """

    title: str
    facts: str
    sentences: tuple[str, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]


def report_of(result: RetrievalResult, comparisons: tuple[Comparison, ...] = ()) -> Report:
    """The retrieval in words."""
    settings, spectrum = result.problem.settings, result.problem.spectrum
    facts = (
        f"{len(spectrum)} channels from {spectrum.wavelength.min():.3g} to "
        f"{spectrum.wavelength.max():.3g} um · "
        f"{', '.join(settings.gases)} · {settings.temperature} temperature · clouds: {settings.clouds} · "
        f"star: {settings.star} · opacities: {settings.opacities}"
    )
    tables = [_parameters(result), _misfits("Where the misfit is", _parts(result))]
    if comparisons:
        tables.insert(1, _comparisons(comparisons))
    return Report(spectrum.name, facts, tuple(_sentences(result)), tuple(tables), spectrum.notes)


def document(result: RetrievalResult, comparisons: tuple[Comparison, ...] = ()) -> dict[str, Any]:
    """The retrieval for JSON."""
    good, trace, how = result.goodness, result.trace, result.learning
    return {
        "spectrum": result.problem.spectrum.name,
        "identity": result.problem.identity,
        "settings": result.problem.settings.model_dump(),
        "notes": list(result.problem.spectrum.notes),
        "parameters": [
            {
                "name": one.parameter.name,
                "unit": one.parameter.unit,
                "median": one.median,
                "lower": one.lower,
                "upper": one.upper,
                "prior": [one.parameter.lower, one.parameter.upper],
                "best": float(best),
            }
            for one, best in zip(result.intervals, result.best, strict=True)
        ],
        "log_evidence": trace.log_evidence,
        "log_evidence_error": result.evidence_error,
        "effective_sample_size": trace.effective_size,
        "likelihoods": trace.calls,
        "seconds": result.seconds,
        "learning": vars(how) if isinstance(how, Learning) else None,
        "climbing": vars(how) if isinstance(how, Climbing) else None,
        "chi_square": {
            "best": good.best,
            "per_channel": good.per_channel,
            "reduced": good.reduced,
            "posterior_mean": good.mean,
        },
        "posterior_predictive_p_value": good.p_value,
        "misfit": {
            "instruments": [vars(one) for one in good.groups],
            "windows": [vars(one) for one in good.windows],
            "channels": [vars(one) for one in good.worst],
        },
        "comparisons": [one.document() for one in comparisons],
    }


def _parameters(result: RetrievalResult) -> Table:
    rows = []
    for interval in result.intervals:
        median, minus, plus = interval.texts()
        parameter = interval.parameter
        rows.append((str(parameter), median, minus, plus, f"{parameter.lower:.4g} to {parameter.upper:.4g}"))
    return Table(
        "Posterior: medians and 68% intervals", ("parameter", "median", "-", "+", "prior"), tuple(rows)
    )


def _sentences(result: RetrievalResult) -> list[str]:
    good, trace = result.goodness, result.trace
    reduced = "" if good.reduced is None else f", {good.reduced:.2f} per degree of freedom"
    sentences = [
        f"ln evidence {trace.log_evidence:.2f} +- {result.evidence_error:.2f}, "
        f"{trace.effective_size:.0f} effective samples, {trace.calls:,} likelihoods, {result.seconds:.0f} s.",
        f"chi2 {good.best:.1f} at best for {good.channels} channels and {good.parameters} parameters: "
        f"{good.per_channel:.2f} per channel{reduced}; posterior predictive p-value {good.p_value:.2g}.",
    ]
    if result.learning is not None:
        sentences[1:1] = result.learning.sentences()
    if good.p_value < UNEXPLAINED:
        sentences.append(
            "These atmospheres do not explain the spectrum within its errors: the intervals are too narrow, "
            "and may be in the wrong place. Try other gases, clouds or profiles, --offsets, --inflate-errors."
        )
    elif good.p_value > 1 - UNEXPLAINED:
        sentences.append(
            "The spectrum lies closer to the atmospheres than its errors allow: they may be too large."
        )
    edges = [
        one.parameter.name
        for one in result.intervals
        if min(one.lower - one.parameter.lower, one.parameter.upper - one.upper)
        < 0.01 * (one.parameter.upper - one.parameter.lower)
    ]
    if edges:
        sentences.append(f"The posterior lies against the prior in {', '.join(edges)}.")
    if trace.effective_size < FEW:
        nearer = "" if result.problem.settings.layers == LAYERS else f"--layers {LAYERS} or "
        sentences.append(
            f"{trace.effective_size:.0f} effective samples are too few for intervals: the model that "
            "explores and the exact one differ by more than the errors; "
            f"{nearer}--inflate-errors brings them nearer."
        )
    if result.problem.settings.opacities == "built-in":
        sentences.append(
            "The built-in opacities are a band model and no line list: abundances may be off by more than "
            "their intervals; --opacities DIR takes real ones."
        )
    return sentences


def _parts(result: RetrievalResult) -> tuple[Misfit, ...]:
    good = result.goodness
    groups = good.groups if len(good.groups) > 1 else ()
    return (*groups, *good.windows[:SHOWN], *good.worst[:SHOWN])


def _misfits(title: str, parts: tuple[Misfit, ...]) -> Table:
    rows = tuple(
        (one.what, str(one.channels), f"{one.chi_square:.2f}", f"{one.residual:+.2f}") for one in parts
    )
    return Table(title, ("part", "channels", "chi2 per channel", "mean residual [sigma]"), rows)


def _comparisons(comparisons: tuple[Comparison, ...]) -> Table:
    rows = tuple(
        (
            one.without,
            f"{one.log_evidence:.2f}",
            f"{one.log_bayes_factor:+.2f} +- {one.error:.2f}",
            one.significance,
            f"{one.chi_square:.1f}",
        )
        for one in comparisons
    )
    head = ("without", "ln evidence", "ln Bayes factor", "significance", "best chi2")
    return Table("What the spectrum asks for", head, rows)
