"""Which component an error came from: a preprocessor's mistake is not the estimator's."""

from __future__ import annotations

import re
import traceback

from torch import nn

from harness.components import Challenge, Component, Embedder, Estimator, Preprocessor, Scorer
from harness.components.feature_module import Features

KINDS: dict[type[Component], str] = {
    Preprocessor: "preprocessor",
    Embedder: "embedder",
    Scorer: "scorer",
    Challenge: "challenge",
    Estimator: "estimator",
}


def put_down(reason: str, error: BaseException, estimator: Estimator | None) -> str:
    """The reason why a run failed, put down to the component that raised it unless that is the estimator."""
    component = _culprit(error, estimator)
    return reason if component is None else f"{component} failed: {reason}"


def is_put_down(reason: str) -> bool:
    """Whether a reason says already which component failed."""
    return re.match(rf"({'|'.join(KINDS.values())}) '[^']*' failed: ", reason) is not None


def _culprit(error: BaseException, estimator: Estimator | None) -> str | None:
    """The component that raised an error, such as "preprocessor 'savgol'"; None where it is the estimator.

    It is the last one whose method, or the method of whose module, the error went through.
    """
    module: nn.Module | None = None  # the outermost so far of those that nobody has been found to have made
    for frame, _ in reversed(list(traceback.walk_tb(error.__traceback__))):
        working = frame.f_locals.get("self", frame.f_locals.get("cls"))
        if working is estimator and estimator is not None:
            return None
        if isinstance(working, nn.Module):
            module, working = working, _maker(working, estimator)
        elif frame.f_code is Features.fit.__code__ and module is not None:
            working = frame.f_locals[
                "preprocessor"
            ]  # whose module sees the planets before there are features
        for base, kind in KINDS.items():
            if isinstance(working, base) or (isinstance(working, type) and issubclass(working, base)):
                maker = working if isinstance(working, type) else type(working)
                return f"{kind} '{working.name or maker.__name__}'"
    return None


def _maker(module: nn.Module, estimator: Estimator | None) -> Component | None:
    """The preprocessor or embedder that made a module of the fitted features; None for any other."""
    if estimator is None or estimator.features is None:
        return None
    made = {
        estimator.preprocessor: estimator.features.preprocess,
        estimator.embedder: estimator.features.embed,
    }
    return next((part for part, root in made.items() if module in set(root.modules())), None)
