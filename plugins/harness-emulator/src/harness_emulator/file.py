"""The file of an emulator: safetensors, with what it is as metadata. A stranger's is data, and is checked."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from harness.errors import HarnessError
from harness.files.storage import is_disk_full, write_whole
from harness.files.tensors import NoLargerThan
from harness.untrusted.files import require_file
from harness_emulator.emulator import Description, Emulator

KEY = "harness-emulator"  # in the metadata
DAMAGED = "is damaged or of another version; train the emulator again"


def write_emulator(path: Path, emulator: Emulator) -> None:
    """Write an emulator; the file is complete or not there.

    Raises:
        HarnessError: the disk is full, or the file cannot be written.
    """
    tensors = {name: one.cpu().contiguous() for name, one in emulator.network.state_dict().items()}
    metadata = {KEY: emulator.description.model_dump_json()}
    try:
        write_whole(path, lambda unfinished: save_file(tensors, unfinished, metadata))
    except (OSError, SafetensorError) as error:
        reason = "the disk is full" if is_disk_full(error) else str(error)
        raise HarnessError(
            f"The emulator cannot be written to {path} ({reason}); mend that and run the same command with "
            "--resume: what was learned is kept."
        ) from error


def is_emulator(path: Path) -> bool:
    """Whether a file says that it is an emulator of this distribution."""
    return _metadata(path) is not None


def read_emulator(path: Path) -> Emulator:
    """Read an emulator onto the CPU.

    Raises:
        HarnessError: the file is missing, is no emulator, or is damaged.
    """
    require_file(path, "'harness emulator train CHALLENGE -o FILE' makes one")
    described = _metadata(path)
    if described is None:
        raise HarnessError(f"{path} is no emulator, or a damaged one; 'harness emulator train' makes one.")
    try:
        description = Description.model_validate_json(described)
        name = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        with NoLargerThan(path):  # what the file says of its width is believed as far as it has weights
            emulator = Emulator(description, name)
        emulator.network.load_state_dict(load_file(path))
    except HarnessError as error:
        raise HarnessError(f"{path} {DAMAGED}.") from error
    except (ValidationError, SafetensorError, OSError, KeyError, ValueError, RuntimeError) as error:
        raise HarnessError(f"{path} {DAMAGED}.") from error
    if not all(bool(one.isfinite().all()) for one in emulator.network.state_dict().values()):
        raise HarnessError(f"{path} {DAMAGED}: a weight is not a finite number.")
    return emulator


def _metadata(path: Path) -> str | None:
    try:
        with safe_open(path, "pt") as file:
            return (file.metadata() or {}).get(KEY)
    except (SafetensorError, OSError, ValueError):
        return None
