"""Opacities that a challenge learns from its own training planets when they are first needed."""

from __future__ import annotations

import shutil
import sys
import time
from contextlib import suppress
from functools import cached_property
from pathlib import Path

import torch
from platformdirs import user_cache_path

from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError
from harness.files.lock import Lock
from harness.fitted_opacities.learning import Instead, gained, learned_into
from harness.fitted_opacities.recipe import name_of
from harness.fitted_opacities.settings import FitSettings
from harness.physics.fitted_directory import read_fitted

WAIT = 1.0  # seconds between two looks at a fit of another process


class LearnedOpacities:
    """Cross-sections learned from training planets, kept in the user's cache under what they come from.

    Arguments:
        train, valid: planets with parameters and noise-free spectra.
        schema: of the challenge.
        base: directory of the opacities to begin with.
        begun_with: their name.
        spec: what the challenge is called in messages.
        settings: how to learn.
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
        settings: FitSettings,
        cache: Path | None = None,
    ) -> None:
        self._train, self._valid, self._schema = train, valid, schema
        self._base, self._begun_with, self._spec = base, begun_with, spec
        self._root = cache or user_cache_path("ariel-harness", appauthor=False)
        self._settings = settings
        self._whole = False  # once looked at, which takes reading the files

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
        """Whether they have been learned, and are still as they were written."""
        if not self._whole and self.path.is_dir():
            with suppress(HarnessError):
                fitted = read_fitted(self.path)
                self._whole = fitted is not None and fitted.name == self.name
        return self._whole

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
        if self.path.is_dir():
            _say(f"{self._spec}: what {self.path} holds is not what was learned, and makes room for that.")
            shutil.rmtree(self.path, ignore_errors=True)
        _say(
            f"{self._spec}: the built-in opacities do not make its spectra, so its own are learned from the "
            f"{len(self._train):,} training planets, once, and kept in {self.path}."
        )
        result, _ = learned_into(
            self.path,
            (self._train, self._valid, self._schema),
            self._base,
            (),
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


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
