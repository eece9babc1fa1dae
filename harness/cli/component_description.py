"""A component in words and options, as programs read it."""

from __future__ import annotations

import inspect
from typing import Any, get_origin

from harness.components import Challenge, Component, Embedder, Estimator, Scorer
from harness.registry.installed import HookPlugin
from harness.registry.plugins import Registration


def description(one: Registration | HookPlugin) -> dict[str, Any]:
    """What is installed, in words and options: what `harness plugins show NAME --json` prints of it."""
    told = ("kind", "name", "distribution", "version", "summary")
    document = {key: getattr(one, key) for key in told}
    if isinstance(one, HookPlugin):
        return {**document, "module": one.module, "hooks": list(one.hooks)}
    component = one.load()
    options = [_option(option, field) for option, field in component.Options.model_fields.items()]
    return {
        **document,
        "description": inspect.cleandoc(component.__doc__ or ""),
        "source": component.source,
        **_facts_by_name(component),
        "options": options,
    }


def _facts_by_name(component: type[Component]) -> dict[str, Any]:
    if issubclass(component, Estimator):
        used = component.uses_features
        return {
            "default_preprocessor": component.default_preprocessor if used else None,
            "default_embedder": component.default_embedder if used else None,
            "left_out_of_all": component.left_out_of_all or None,
        }
    if issubclass(component, Embedder):
        return {"trainable": component.trainable}
    if issubclass(component, Scorer):
        return {"higher_is_better": component.higher_is_better, "needs": sorted(component.needs)}
    if issubclass(component, Challenge):
        return {"needs_location": component.needs_location, "scorers": list(component.scorers)}
    return {}


def _option(name: str, field: Any) -> dict[str, Any]:
    annotation = field.annotation
    plain = isinstance(annotation, type) and get_origin(annotation) is None
    kind = annotation.__name__ if plain else str(annotation).replace("typing.", "")
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    limits = [
        f"{sign} {getattr(constraint, key):g}"
        for constraint in field.metadata
        for key, sign in signs.items()
        if getattr(constraint, key, None) is not None
    ]
    return {
        "name": name,
        "type": ", ".join([kind, *limits]),
        "default": field.get_default(call_default_factory=True),
        "help": field.description or "",
    }
