"""What a plugin that follows runs must satisfy."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import torch

from harness.components import Challenge
from harness.components.run import Run
from harness.contract.subject import SAMPLES, require, tiny_challenge
from harness.data.split import Split
from harness.errors import PluginWarning
from harness.estimators.prior import Prior
from harness.registry.installed import HookPlugin
from harness.registry.lifecycle import announce
from harness.registry.plugins import Registration
from harness.runs.assembly import Choice
from harness.runs.home import Home
from harness.runs.plan import Plan
from harness.runs.runner import execute

HEAVY = ("torch", "pandas", "matplotlib", "scipy")


class Reporting(Prior):
    """A prior that reports two epochs."""

    def fit(self, train: Split, valid: Split, run: Run) -> None:
        super().fit(train, valid, run)
        for loss in (1.0, 0.5):
            run.epoch_finished({"loss": loss, "validation loss": loss})


class Failing(Reporting):
    """One that fails after them."""

    def fit(self, train: Split, valid: Split, run: Run) -> None:
        super().fit(train, valid, run)
        raise RuntimeError("this run was made to fail")


def _follow(plugin: HookPlugin, kind: type[Reporting]) -> str:
    """Make a tiny run and call every hook of it; the status that it is recorded with."""
    challenge = tiny_challenge()
    registration = Registration("estimator", "tiny", f"{__name__}:{kind.__name__}", "", "ariel-harness", "")
    toy: Choice[Challenge] = Choice.of("challenge", "toy", challenge.options.model_dump())
    plan = Plan(toy, Choice(registration, kind, kind.Options()), None, None, 0, SAMPLES, torch.device("cpu"))
    with (
        tempfile.TemporaryDirectory() as folder,
        warnings.catch_warnings(record=True) as caught,
        contextlib.redirect_stdout(io.StringIO()),
    ):
        warnings.simplefilter("always")
        home = Home(Path(folder))
        record, _ = execute(plan, challenge, [Choice.of("scorer", "r2")], home, quiet=True)
        announce("runs_reported", records=[record], home=home.path)
    told = [str(one.message) for one in caught if issubclass(one.category, PluginWarning)]
    faults = [message for message in told if message.startswith(f"Plugin '{plugin.label}'")]
    require(not faults, "; ".join(faults))
    return record.status


def check_it_implements_hooks_of_a_run(plugin: HookPlugin) -> None:
    """it implements at least one hook that follows a run"""
    require(bool(plugin.hooks), "it implements none; see the table of hooks in docs/plugins.md")


def check_a_run_finishes_with_it(plugin: HookPlugin) -> None:
    """a run that it follows finishes, and none of its hooks fails"""
    require(_follow(plugin, Reporting) == "finished", "the run did not finish")


def check_a_failed_run_is_followed_too(plugin: HookPlugin) -> None:
    """none of its hooks fails where the run does"""
    require(_follow(plugin, Failing) == "failed", "the run was made to fail, and did not")


def check_it_is_light(plugin: HookPlugin) -> None:
    """its module, which every command imports, imports nothing heavy"""
    code = f"import sys, {plugin.module}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    require(done.returncode == 0, f"{plugin.module} cannot be imported: {done.stderr.strip()[-200:]}")
    heavy = ", ".join(done.stdout.split())
    require(not heavy, f"{plugin.module} imports {heavy}; import them inside the hooks")


CHECKS = (
    check_it_implements_hooks_of_a_run,
    check_a_run_finishes_with_it,
    check_a_failed_run_is_followed_too,
    check_it_is_light,
)
