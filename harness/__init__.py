"""A plugin-based competition harness for exoplanet atmospheric retrieval.

The names in `__all__` are what plugins and notebooks may rely on; each is imported when it is first used, so
that `import harness` and the command line stay quick.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from harness.registry.hookspecs import Register, hookimpl

if TYPE_CHECKING:
    from harness.challenges import load
    from harness.components import (
        Challenge,
        Component,
        Embedder,
        Estimator,
        FeatureLayout,
        Preprocessor,
        Scorer,
    )
    from harness.components.run import Run
    from harness.data.observations import Observations
    from harness.data.posterior import Posterior
    from harness.data.record import RunRecord
    from harness.data.schema import Column, Parameter, Schema
    from harness.data.score import Score
    from harness.data.split import Split
    from harness.data.truth import Traces, Truth
    from harness.errors import HarnessError
    from harness.runs.board import leaderboard
    from harness.runs.fitted import fit, open_run
    from harness.runs.one_run import run
    from harness.runs.scoring import score

__all__ = [
    "Challenge",
    "Column",
    "Component",
    "Embedder",
    "Estimator",
    "FeatureLayout",
    "HarnessError",
    "Observations",
    "Parameter",
    "Posterior",
    "Preprocessor",
    "Register",
    "Run",
    "RunRecord",
    "Schema",
    "Score",
    "Scorer",
    "Split",
    "Traces",
    "Truth",
    "fit",
    "hookimpl",
    "leaderboard",
    "load",
    "open_run",
    "run",
    "score",
]

# Before torch is imported: idle OpenMP threads that spin take the cores from others, and on a busy
# machine made scoring ten times slower; passive ones cost nothing measurable on an idle one.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

_MODULES = {
    "Challenge": "harness.components",
    "Column": "harness.data.schema",
    "Component": "harness.components",
    "Embedder": "harness.components",
    "Estimator": "harness.components",
    "FeatureLayout": "harness.components",
    "HarnessError": "harness.errors",
    "Observations": "harness.data.observations",
    "Parameter": "harness.data.schema",
    "Posterior": "harness.data.posterior",
    "Preprocessor": "harness.components",
    "Run": "harness.components.run",
    "RunRecord": "harness.data.record",
    "Schema": "harness.data.schema",
    "Score": "harness.data.score",
    "Scorer": "harness.components",
    "Split": "harness.data.split",
    "Traces": "harness.data.truth",
    "Truth": "harness.data.truth",
    "fit": "harness.runs.fitted",
    "leaderboard": "harness.runs.board",
    "load": "harness.challenges",
    "open_run": "harness.runs.fitted",
    "run": "harness.runs.one_run",
    "score": "harness.runs.scoring",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'harness' has no attribute '{name}'")
    return getattr(importlib.import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
