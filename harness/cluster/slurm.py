"""Jobs of Slurm as workers: those that it refuses are told of, those that end are asked for again."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import dask
from dask_jobqueue import SLURMCluster
from dask_jobqueue.slurm import SLURMJob
from distributed.deploy.spec import ProcessInterface

from harness.errors import HarnessError


class _Job(SLURMJob):  # type: ignore[misc]  # dask-jobqueue has no types
    """A job; one that Slurm does not take is no error of the event loop, where nobody would see it."""

    refusal: str | None = None

    async def start(self) -> None:
        try:
            await super().start()
        except (OSError, RuntimeError, ValueError) as error:
            self.refusal = _in_short(error, self.submit_command)
            await ProcessInterface.start(self)


class Jobs(SLURMCluster):  # type: ignore[misc]
    """So many jobs of a profile."""

    job_cls = _Job
    look = "squeue --me"  # where a person sees them wait

    def __init__(self, profile: str, jobs: int) -> None:
        super().__init__(
            config_name=profile,
            scheduler_options={"dashboard_address": ":0"},  # any port that is free
            silence_logs=logging.CRITICAL,
        )
        self._profile = profile
        self._jobs = jobs
        self.scale(jobs=jobs)

    def tend(self) -> None:
        """Ask for a job again in place of each that has ended.

        Raises:
            HarnessError: Slurm takes none.
        """
        refusals = [job.refusal for job in list(self.workers.values())]
        if refusals and all(refusals):
            raise HarnessError(f"Slurm takes no job of the profile '{self._profile}': {refusals[0]}")
        self.scale(jobs=self._jobs)


def whole_profile(name: str) -> Mapping[str, Any]:
    """The settings of a profile, of which dask-jobqueue leaves none out: what is not set is as in `slurm`.

    Raises:
        HarnessError: there is no such profile, a setting of it is none, or it does not say what a job has.
    """
    given = dask.config.get(f"jobqueue.{name}", None)
    if not isinstance(given, dict):
        raise HarnessError(
            f"There is no profile '{name}' of Slurm: Dask's configuration has no section "
            f"jobqueue.{name} (docs/scaling.md shows one)."
        )
    standard = dask.config.get("jobqueue.slurm")
    named = {key.replace("_", "-"): value for key, value in given.items()}
    unknown = sorted(set(named) - set(standard))
    if unknown:
        raise HarnessError(
            f"The profile '{name}' of Slurm sets {', '.join(unknown)}, which dask-jobqueue does not know; "
            f"it knows {', '.join(sorted(standard))}."
        )
    unset = [key for key in ("cores", "memory") if not named.get(key)]
    if unset:
        raise HarnessError(
            f"The profile '{name}' of Slurm does not say how much {' and '.join(unset)} a job has."
        )
    return {**standard, **named}


def _in_short(error: Exception, command: str) -> str:
    if isinstance(error, FileNotFoundError):
        return f"the command {command} is not on this machine."
    *_, said = str(error).split("stderr:")  # dask-jobqueue repeats the command and its output before
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return " ".join(lines) or type(error).__name__
