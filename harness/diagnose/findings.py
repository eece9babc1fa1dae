"""What is to be remembered of a diagnosis, a sentence each."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.calibration import INTERVALS
from harness.diagnose.diagnosis import Diagnosis, Distances
from harness.diagnose.predictive import Predictive
from harness.figures.wording import of_parameter

SMALL = 0.01  # p-value, of all parameters together
TOLD_BY = 3.0  # standard errors
NOMINAL = 0.95


def findings(found: Diagnosis) -> Iterator[str]:
    """The marginals; the joint posterior; the distance to references; the spectra."""
    calibration = found.calibration
    names = [of_parameter(parameter).name for parameter in found.challenge.schema.parameters]
    failing = [
        f"{name} (p = {_p(p)}{_how(bias, spread)})"
        for name, p, bias, spread in zip(
            names,
            calibration.p_values.tolist(),
            calibration.bias.tolist(),
            calibration.spread.tolist(),
            strict=True,
        )
        if p * len(names) <= SMALL
    ]
    if failing:
        yield f"The ranks of the truth are not uniform in {len(failing)} of {len(names)} marginals: " + (
            ", ".join(failing) + "."
        )
    elif calibration.tells:
        yield (
            f"The ranks of the truth look uniform in each of {len(names)} marginals "
            f"(smallest p = {_p(float(calibration.p_values.min()))})."
        )
    if not calibration.tells:
        yield (
            f"By their weights the posteriors are {calibration.effective_size:.1f} samples each (median): "
            "where a truth ranks among so few is mostly chance, so that neither ranks nor distances from "
            "random points can tell that they hold."
        )
    at = min(range(len(INTERVALS)), key=lambda index: abs(INTERVALS[index] - NOMINAL))
    yield (
        f"{INTERVALS[at]:.0%} intervals hold {float(calibration.coverage[at].mean()):.1%} of the truths, "
        "in the mean over parameters."
    )
    joint = calibration.joint_p_value
    verdict = "does not hold" if joint <= SMALL else "shows no clear fault"
    if calibration.tells or joint <= SMALL:
        yield f"The joint posterior {verdict} by distances from random points (p = {_p(joint)})."
    if isinstance(found.distances, Distances):
        mean, floor = found.distances.mean, found.distances.floor
        yield (
            f"Its distance ddKS to the reference posteriors is {mean.value:.3f} ± {mean.standard_error:.3f} "
            f"on {len(found.distances.predicted)} planets, where another draw from the reference is at "
            f"{floor.value:.3f}."
        )
    if isinstance(found.spectra, Predictive):
        size = float(found.spectra.residuals.square().mean().sqrt())
        yield (
            f"Observed spectra are off the posterior predictive mean by {size:.2f} of its spread and their "
            f"noise together (root mean square, {len(found.spectra.residuals)} planets)."
        )


def _how(bias: float, spread: float) -> str:
    """In which way ranks are not uniform."""
    told = []
    if abs(bias) >= TOLD_BY:
        told.append(f"truths are {'larger' if bias > 0 else 'smaller'} than told")
    if abs(spread) >= TOLD_BY:
        told.append(f"too {'narrow' if spread > 0 else 'wide'}")
    return "".join(f", {word}" for word in told)


def _p(value: float) -> str:
    return f"{value:.4f}" if value < 0.1 else f"{value:.2f}"
