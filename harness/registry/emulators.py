"""Files with an emulator of a forward model, opened by whichever plugin wrote them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.components.emulated import EmulatedForwardModel
from harness.components.forward_model import ForwardModel
from harness.errors import HarnessError
from harness.registry.plugins import manager
from harness.untrusted.files import expanded

if TYPE_CHECKING:
    from harness.data.schema import Schema


def emulated(forward: ForwardModel, file: str | Path, schema: Schema) -> EmulatedForwardModel:
    """The forward model with the emulator in a file as its quick model.

    Methods offer it as their option `emulator`.

    Arguments:
        forward: the model that the emulator must imitate.
        file: with the emulator, such as `harness emulator train` writes.
        schema: of the challenge; parameters, bounds and channels must be the emulator's.

    Raises:
        HarnessError: there is no such file, or it is a folder, no plugin knows it, it is damaged, or it
            imitates another model.
    """
    path = expanded(file)
    if path.is_dir():
        raise HarnessError(
            f"{path} is a folder; expected the file of an emulator, as 'harness emulator train CHALLENGE -o "
            "FILE' makes one."
        )
    if not path.is_file():
        raise HarnessError(
            f"There is no emulator {path}; 'harness emulator train CHALLENGE -o FILE' makes one."
        )
    emulator = manager().hook.open_emulator(path=path, forward=forward, schema=schema)
    if emulator is None:
        raise HarnessError(
            f"{path} is no emulator that an installed plugin can open; those of 'harness emulator train' "
            "need the distribution harness-emulator."
        )
    return EmulatedForwardModel(forward, emulator)
