"""What this distribution adds to the harness."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.registry.hookspecs import Register, hookimpl

if TYPE_CHECKING:
    from harness.components import ForwardModel
    from harness.data.schema import Schema


@hookimpl
def register_commands(register: Register) -> None:
    register(
        "emulator",
        "harness_emulator.commands:emulator",
        summary="Train a neural surrogate of a forward model, or look at one.",
    )


@hookimpl
def open_emulator(path: Path, forward: ForwardModel, schema: Schema) -> ForwardModel | None:
    from harness_emulator.file import is_emulator, read_emulator

    if not is_emulator(path):
        return None
    emulator = read_emulator(path)
    emulator.require(forward, schema)
    return emulator
