"""What was found of a run, for JSON."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from harness.explain.explanation import Explanation
from harness.explain.importance import Part


def document(found: Explanation) -> dict[str, Any]:
    """The numbers, for JSON."""
    schema, answer = found.fitted.schema, found.answer
    names = schema.parameter_names

    def by_parameter(values: Tensor) -> dict[str, float]:
        return dict(zip(names, values.tolist(), strict=True))

    def part(one: Part) -> dict[str, Any]:
        return {
            "name": one.name,
            "loss": one.loss.value,
            "error": one.loss.error,
            "shift": by_parameter(one.shift),
        }

    bands = {} if isinstance(found.bands, str) else found.bands.channels
    importance, drifted = found.importance, found.drift
    train = found.challenge.train.observations
    return {
        "run": found.fitted.record.run_id,
        "estimator": found.fitted.record.estimator.name,
        "challenge": found.challenge.spec,
        "measure": found.measure,
        "planets": found.planets.observations.names.tolist(),
        "score": float(answer.score.mean()),
        "wavelength_um": list(schema.wavelength),
        "bands": {
            name: [schema.wavelength[i] for i in mask.nonzero().flatten().tolist()]
            for name, mask in bands.items()
        },
        "importance": {
            "everything": part(importance.everything),
            "channels": [part(one) for one in importance.channels],
            "bands": [part(one) for one in importance.bands],
            "facts": [part(one) for one in importance.facts],
        },
        "response": {
            "by": found.response.how,
            "mean": dict(zip(names, found.response.mean.tolist(), strict=True)),
            "root_mean_square": dict(zip(names, found.response.size.tolist(), strict=True)),
        },
        "masked": [
            {
                "molecule": one.name,
                "channels": one.channels,
                "loss": one.loss.value,
                "error": one.loss.error,
                "shift": by_parameter(one.shift),
                "widening": by_parameter(one.widening),
            }
            for one in found.masked
        ],
        "robustness": [
            {
                "trial": trial.name,
                "unit": trial.unit,
                "points": [
                    {
                        "strength": point.strength,
                        "score": point.score.value,
                        "loss": point.loss.value,
                        "loss_error": point.loss.error,
                        "error_of_mean": point.error,
                        "coverage_68": point.coverage,
                    }
                    for point in trial.points
                ],
            }
            for trial in found.trials
        ],
        "drift": {
            "space": drifted.what,
            "groups": [
                {
                    "name": group.name,
                    "planets": group.planets,
                    "squared_mmd": group.discrepancy,
                    "p_value": group.p_value,
                    "far": group.far,
                }
                for group in drifted.groups
            ],
            "strangest": [
                {
                    "planet": found.challenge.test.observations.title(row),
                    "distance": float(drifted.distance[row]),
                    "p_value": float(drifted.p_value[row]),
                    "nearest": [train.title(one) for one in drifted.nearest[row].tolist()],
                }
                for row in drifted.strangest(10)
            ],
        },
        "groups": [
            {
                "name": group.name,
                "planets": group.planets,
                "score": group.score,
                "error": group.error,
                "difference": group.difference,
                "fails": group.fails,
            }
            for group in found.groups
        ],
    }
