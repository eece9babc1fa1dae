"""What was found of a run's posteriors, for JSON."""

from __future__ import annotations

from typing import Any

from harness.diagnose.calibration import INTERVALS
from harness.diagnose.diagnosis import Diagnosis, Distances
from harness.diagnose.predictive import Predictive


def document(found: Diagnosis) -> dict[str, Any]:
    """The numbers, for JSON."""
    calibration, names = found.calibration, found.challenge.schema.parameter_names
    return {
        "run": found.record.run_id,
        "estimator": found.record.estimator.name,
        "challenge": found.challenge.spec,
        "planets": found.planets.observations.names.tolist(),
        "parameters": {
            name: {
                "p_value": float(calibration.p_values[i]),
                "bias": float(calibration.bias[i]),
                "spread": float(calibration.spread[i]),
                "ranks": calibration.ranks[:, i].tolist(),
                "coverage": calibration.coverage[:, i].tolist(),
            }
            for i, name in enumerate(names)
        },
        "effective_size": calibration.effective_size,
        "levels": list(INTERVALS),
        "tarp": {"p_value": calibration.joint_p_value, "credibilities": calibration.joint.tolist()},
        "ddks": _distances(found.distances) if isinstance(found.distances, Distances) else None,
        "spectra": _spectra(found.spectra) if isinstance(found.spectra, Predictive) else None,
    }


def _distances(distances: Distances) -> dict[str, Any]:
    return {
        "mean": distances.mean.value,
        "standard_error": distances.mean.standard_error,
        "floor": distances.floor.value,
        "per_planet": distances.predicted.tolist(),
    }


def _spectra(spectra: Predictive) -> dict[str, Any]:
    return {
        "planets": spectra.split.observations.names.tolist(),
        "residual": float(spectra.residuals.square().mean().sqrt()),
        "by_channel": spectra.residuals.square().mean(0).sqrt().tolist(),
    }
