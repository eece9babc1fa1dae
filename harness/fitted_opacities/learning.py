"""Learn opacities from the planets of a challenge into a directory, and say what was gained."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import torch

from harness.components.progress import shown_progress
from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError
from harness.fitted_opacities.changes import Change, changes_of
from harness.fitted_opacities.checkpoint import FitCheckpoint
from harness.fitted_opacities.directory import write_directory
from harness.fitted_opacities.fit import OpacityFit
from harness.fitted_opacities.planets import planets_of
from harness.fitted_opacities.result import FitResult
from harness.fitted_opacities.settings import FitSettings


@dataclass(frozen=True)
class Instead:
    """What to do where a fit comes to nothing, for messages.

    Attributes:
        unwritable: as a clause, where the directory or its state cannot be written.
        in_vain: as sentences, where nothing is gained.
    """

    unwritable: str
    in_vain: str = ""


def learned_into(
    target: Path,
    planets: tuple[Split, Split, Schema],
    base: Path,
    collisions: tuple[str, ...],
    name: str,
    settings: FitSettings,
    device: torch.device,
    work: Path,
    title: str,
    instead: Instead,
    unasked: bool = False,
) -> tuple[FitResult, list[Change]]:
    """Learn from the planets of a challenge into a directory, with progress on standard error.

    Arguments:
        target: the directory, which is not there yet.
        planets: training planets, validation planets, and their schema.
        base: directory of the opacities to begin with.
        collisions: pairs of collision-induced absorption to begin with.
        name: of the fit (`harness.fitted_opacities.recipe`).
        work: a folder where the state is kept, and found again; removed when the directory is there.
        title: of the progress.
        instead: what to do otherwise.
        unasked: nobody is there to be told of a damaged state, which is passed over; the state of a fit that
            gained nothing stays, so that it is not tried again.

    Returns:
        what was learned, and what that changed.

    Raises:
        HarnessError: there are too few planets, nothing is gained, a place cannot be written to, or what
            `OpacityFit.run` refuses.
    """
    train, valid, schema = planets
    seen, held_out = planets_of(train, valid, schema, device)
    checkpoint = FitCheckpoint(work / "fit.safetensors", name, begins_anew=unasked)
    fit = OpacityFit(schema, base, collisions, settings, device, checkpoint)
    try:
        work.mkdir(parents=True, exist_ok=True)
        with shown_progress(title, settings.steps, quiet=False) as advance:
            result = fit.run(seen, held_out, advance)
    except OSError as error:
        raise HarnessError(
            f"The state of the fit cannot be written to {work} ({error.strerror or error}); "
            f"{instead.unwritable}."
        ) from error
    if not result.better:
        if not unasked:
            shutil.rmtree(work, ignore_errors=True)
        raise HarnessError(f"{not_better(result)}{instead.in_vain}")
    changes = changes_of(result, schema)
    write_directory(target, result, name, changes, about(result), instead.unwritable)
    shutil.rmtree(work, ignore_errors=True)
    return result, changes


def gained(result: FitResult) -> str:
    """What was gained, as a sentence."""
    before, after = result.before, result.after
    collisions = " with collision-induced absorption" if result.pairs else ""
    return (
        f"The learned opacities{collisions} miss the spectra of {len(after.residual)} planets held out by "
        f"{after.quantile(0.5):.2g} of their noise (median; 90%: {after.quantile(0.9):.2g}), those before by "
        f"{before.quantile(0.5):.2g} (90%: {before.quantile(0.9):.2g})."
    )


def not_better(result: FitResult) -> str:
    """That nothing was gained, as a sentence."""
    return (
        "Opacities learned from the training planets miss those held out by "
        f"{result.after.quantile(0.5):.2g} of their noise (median), no less than those that the fit began "
        f"with ({result.before.quantile(0.5):.2g}), so nothing was written."
    )


def about(result: FitResult) -> dict[str, object]:
    """A fit in numbers, for `fitted.json`."""
    return {
        "steps": result.steps,
        "planets_held_out": len(result.after.residual),
        **{
            f"{name}_{when}": round(check.quantile(share), 6)
            for when, check in (("before", result.before), ("after", result.after))
            for name, share in (("median", 0.5), ("quantile90", 0.9))
        },
    }
