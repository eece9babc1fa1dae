"""`harness explore`: what is in the spectra of a challenge, before any method has learned from them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.challenges import load
from harness.cli.view_files import deliver, requested
from harness.components.device import resolve_device
from harness.components.settings import options_for, parse_settings, refuse_unused
from harness.explore.exploration import Looks, explore
from harness.explore.latents import latents
from harness.explore.view import exploration_view
from harness.runs.assembly import Choice


def carry_out(
    challenge: str,
    embedder: str,
    preprocessor: str,
    form: Any,
    components: int,
    clusters: int,
    planets: int,
    outputs: Sequence[Path],
    seed: int,
    settings: Sequence[str],
    device: str,
    as_json: bool,
) -> None:
    """Look at the training spectra of CHALLENGE without any method."""
    name = challenge.partition(":")[0]
    files = requested(outputs, f"{name}-explored")
    parsed = parse_settings(settings)
    refuse_unused(parsed, ["challenge", name, "preprocessor", preprocessor, "embedder", embedder])
    before = Choice.of(
        "preprocessor", preprocessor, options_for(parsed, "preprocessor", preprocessor)
    ).build()
    chosen = Choice.of("embedder", embedder, options_for(parsed, "embedder", embedder)).build()
    loaded = load(challenge, options_for(parsed, "challenge", name))
    looks = Looks(form, components, clusters, planets, seed, quiet=False)
    embedding = latents(before, chosen, loaded.train, loaded.schema, resolve_device(device), seed)
    found = explore(loaded, embedding, looks)
    deliver(exploration_view(found), files, found.document, as_json)
