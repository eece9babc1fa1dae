"""The challenge of a run, opened again from its record."""

from __future__ import annotations

from harness.challenges import load
from harness.components import Challenge
from harness.data.record import ChallengeRecord
from harness.errors import HarnessError


def reopen(record: ChallengeRecord, spec: str | None, option: str) -> Challenge:
    """The challenge of a run, from where its data lie now.

    Arguments:
        record: of the run, which may be a stranger's.
        spec: where they lie now, as NAME:PATH; None for where they lay when the run was made.
        option: of the command line that says where.

    Raises:
        HarnessError: it cannot be opened, or what is there is not what the run was fitted on.
    """
    if spec is not None and (name := spec.partition(":")[0]) != record.name:
        raise HarnessError(f"The run was made on '{record.name}', and {option} says '{name}'.")
    try:
        challenge = load(spec or record.spec, record.options)
        found = challenge.fingerprint
    except HarnessError as error:
        if spec is not None:
            raise
        raise HarnessError(
            f"{str(error).rstrip('.')}; say with {option} where the data of the run lie now."
        ) from error
    if found != record.fingerprint:
        raise HarnessError(
            f"{challenge.spec} is not what the run was fitted on: its fingerprint is "
            f"{found}, that of the run {record.fingerprint}; say with {option} where the data lie."
        )
    return challenge
