"""The training of an emulator, as `harness emulator train` asks for it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from harness.challenges import load
from harness.cli.options import print_json, require_parent
from harness.cli.termination import goes_on, stop_as_by_control_c
from harness.components.device import resolve_device
from harness.components.progress import shown_progress
from harness.components.settings import options_for, parse_settings, refuse_unused
from harness.errors import HarnessError
from harness.files.lock import working_alone
from harness_emulator.file import read_emulator, write_emulator
from harness_emulator.making import emulator_of, held_out_atmospheres, required_forward_model
from harness_emulator.report import print_report, report
from harness_emulator.settings import Settings
from harness_emulator.speed import speed

SETTINGS = "settings.json"  # in the work folder, of the training whose blocks and checkpoints lie there


def carry_out(
    challenge: str,
    output: Path,
    whole: Settings,
    resume: bool,
    settings: Sequence[str],
    device: str,
    as_json: bool,
) -> None:
    """Train an emulator, write it, and tell how far it is off and how quick it is.

    Raises:
        HarnessError: the file is there already, or its folder is not, or the challenge has no forward model,
            or another process is training it.
    """
    stop_as_by_control_c()
    require_parent(output)
    work = output.with_name(f".{output.name}.train")
    with working_alone(work, f"training of {output}"):
        if output.exists():
            raise HarnessError(f"{output} exists already; choose another place or remove it.")
        parsed = parse_settings(settings)
        refuse_unused(parsed, ["challenge", challenge.partition(":")[0]])
        loaded = load(challenge, options_for(parsed, "challenge", challenge.partition(":")[0]))
        forward = required_forward_model(loaded)
        # another challenge may have this forward model too, and other stars and masses
        _begin(work, f"{loaded.fingerprint}\n{forward.identity}\n{whole.model_dump_json()}", resume)
        with goes_on("the same command with --resume"):
            found = emulator_of(
                loaded,
                whole,
                work,
                resolve_device(device),
                lambda what, total: shown_progress(f"emulator: {what}", total, quiet=False),
            )
        write_emulator(output, found)
        shutil.rmtree(work, ignore_errors=True)
    timed = speed(found, forward, held_out_atmospheres(loaded, forward, whole))
    written = read_emulator(output)
    if as_json:
        print_json({"file": str(output), **report(written, timed)})
    else:
        print_report(written, timed)


def _begin(work: Path, settings: str, resume: bool) -> None:
    """Make the work folder, or take the one of the training that is to be resumed.

    Raises:
        HarnessError: it is of a training with other settings, or it cannot be made.
    """
    noted = work / SETTINGS
    if not resume:
        shutil.rmtree(work, ignore_errors=True)
    elif noted.is_file() and noted.read_text(encoding="utf-8") != settings:
        raise HarnessError(
            f"The training that was interrupted had other settings or another challenge, as {noted} says; "
            "give those, or train without --resume."
        )
    work.mkdir(parents=True, exist_ok=True)
    noted.write_text(settings, encoding="utf-8")
