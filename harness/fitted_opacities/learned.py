"""Opacities that a challenge learns from its own training planets when they are first needed."""

from __future__ import annotations

import shutil
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from platformdirs import user_cache_path

from harness.components.progress import shown_progress
from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError
from harness.files.lock import Lock
from harness.fitted_opacities.changes import Change, changes_of
from harness.fitted_opacities.checkpoint import FitCheckpoint
from harness.fitted_opacities.directory import write_directory
from harness.fitted_opacities.fit import OpacityFit
from harness.fitted_opacities.planets import planets_of
from harness.fitted_opacities.recipe import name_of
from harness.fitted_opacities.result import FitResult, FitSettings

WAIT = 1.0  # seconds between two looks at a fit of another process


class LearnedOpacities:
    """Cross-sections learned from training planets, kept in the user's cache under what they come from.

    Arguments:
        train, valid: planets with parameters and noise-free spectra.
        schema: of the challenge.
        base: directory of the opacities to begin with.
        begun_with: their name.
        spec: what the challenge is called in messages.
        cache: where to keep them; by default the user's cache folder of the platform.
    """

    def __init__(
        self,
        train: Split,
        valid: Split,
        schema: Schema,
        base: Path,
        begun_with: str,
        spec: str,
        cache: Path | None = None,
    ) -> None:
        self._train, self._valid, self._schema = train, valid, schema
        self._base, self._begun_with, self._spec = base, begun_with, spec
        self._root = cache or user_cache_path("ariel-harness", appauthor=False)
        self._settings = FitSettings()

    @cached_property
    def name(self) -> str:
        """Of what they are learned from, known before they are."""
        return name_of(self._train, self._valid, self._schema, self._begun_with, self._settings)

    @property
    def path(self) -> Path:
        """Where they are kept."""
        return self._root / f"fitted-{self.name}"

    @property
    def ready(self) -> bool:
        """Whether they have been learned."""
        return self.path.is_dir()

    def directory(self) -> Path:
        """Their directory; they are learned first where they are not there yet, which takes minutes.

        A fit that was interrupted goes on; of several processes one learns and the others wait.

        Raises:
            HarnessError: nothing can be learned, or the cache cannot be written to.
        """
        if self.ready:
            return self.path
        lock = self._lock()
        try:
            if not self.ready:
                self._learn()
        finally:
            lock.release()
        return self.path

    def _lock(self) -> Lock:
        told = False
        while True:
            try:
                self._root.mkdir(parents=True, exist_ok=True)
                lock = Lock.take(self._root / f".fitted-{self.name}.lock")
            except OSError as error:
                raise HarnessError(
                    f"Learned opacities cannot be kept in {self._root} ({error.strerror or error}); make it "
                    "writable, or give opacities with --set challenge.opacities=DIR."
                ) from error
            if lock is not None:
                return lock
            if not told:
                _say(f"{self._spec}: another process is learning its opacities; waiting for them.")
            told = True
            time.sleep(WAIT)

    def _learn(self) -> None:
        _say(
            f"{self._spec}: the built-in opacities do not make its spectra, so its own are learned from the "
            f"{len(self._train):,} training planets, once, and kept in {self.path}."
        )
        result, _ = learned_into(
            self.path,
            (self._train, self._valid, self._schema),
            self._base,
            self.name,
            self._settings,
            torch.device("cpu"),
            self._root / f".fitted-{self.name}.work",
            f"{self._spec}: learning opacities",
            Instead(
                "make it writable, or give opacities with --set challenge.opacities=DIR",
                f" Give the opacities behind the spectra of {self._spec} with --set challenge.opacities=DIR, "
                "or take the built-in ones with --set challenge.opacities=built-in.",
            ),
            unasked=True,
        )
        _say(f"{self._spec}: {gained(result)}")


@dataclass(frozen=True)
class Instead:
    """What to do where a fit comes to nothing, for messages.

    Attributes:
        unwritable: as a clause, where its state cannot be written.
        in_vain: as sentences, where nothing is gained.
    """

    unwritable: str
    in_vain: str = ""


def learned_into(
    target: Path,
    planets: tuple[Split, Split, Schema],
    base: Path,
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
    fit = OpacityFit(schema, base, settings, device, checkpoint)
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
    changes = changes_of(result.corrections, result.wavenumber, schema)
    write_directory(target, result, name, changes, about(result))
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


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
