"""From a challenge to an emulator of its forward model."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import torch

from harness.components import Challenge, ForwardModel
from harness.components.progress import Advance
from harness.data.host_facts import PLANET_MASS
from harness.errors import HarnessError
from harness_emulator.accuracy import accuracy
from harness_emulator.draws import WIDE, Atmospheres, drawn, mass_range
from harness_emulator.emulator import Description, Emulator
from harness_emulator.settings import Settings
from harness_emulator.simulating import simulated
from harness_emulator.training import Course, Lessons, steps_of, taught

FINISHING = 0.2  # of the learning rate, where spectra of the whole model end the training

Progress = Callable[[str, int], AbstractContextManager[Advance]]


def emulator_of(
    challenge: Challenge, settings: Settings, work: Path, device: torch.device, progress: Progress
) -> Emulator:
    """Train an emulator of a challenge's forward model, and look how far it is off.

    Arguments:
        challenge: with a forward model, and training planets.
        settings: of the training.
        work: a folder for spectra and checkpoints, which are gone on from where they lie there.
        device: where to compute.
        progress: shows how far a part of the work is, by its title and length.

    Raises:
        HarnessError: the challenge has no forward model or no planets, or the folder cannot be used.
    """
    forward = required_forward_model(challenge)
    forward.prepare()
    quick = forward.quick()
    finishing = settings.finishing if quick is not forward else 0
    settings = settings.model_copy(update={"finishing": finishing})  # as the file is going to say
    generator = torch.Generator().manual_seed(2 * settings.seed)
    lessons = drawn(settings.atmospheres, challenge.train, challenge.schema, forward, generator, WIDE)
    held_out = held_out_atmospheres(challenge, forward, settings)
    with progress("simulating", settings.atmospheres + finishing + settings.held_out) as advance:
        spectra = simulated(quick, lessons, work, device, advance)
        exact = simulated(forward, lessons[:finishing], work, device, advance) if finishing else None
        truth = simulated(forward, held_out, work, device, advance)
    torch.manual_seed(settings.seed)
    emulator = Emulator(_description(challenge, forward, settings))
    network = emulator.network
    first = Lessons.of(emulator.frame, lessons, spectra)
    network.begin(first.inputs, first.outputs)
    network.to(device)
    courses = [(first, settings.epochs, settings.rate, "training.safetensors")]
    if exact is not None:
        last = Lessons.of(emulator.frame, lessons[:finishing], exact)
        courses.append((last, settings.finishing_epochs, FINISHING * settings.rate, "finishing.safetensors"))
    for number, (taken, epochs, rate, file) in enumerate(courses):
        course = Course(epochs, settings.batch, rate, settings.seed + number)
        with progress(file.partition(".")[0], steps_of(taken, course)) as advance:
            taught(network, taken.to(device), course, work / file, advance)
    network.to("cpu")
    found = accuracy(emulator, held_out, truth)
    emulator.description = emulator.description.model_copy(update={"accuracy": found})
    return emulator


def required_forward_model(challenge: Challenge) -> ForwardModel:
    """The forward model of a challenge that an emulator can be trained of.

    Raises:
        HarnessError: it has none, or lacks the planets or the columns that are needed.
    """
    forward = challenge.forward_model()
    if forward is None:
        raise HarnessError(f"'{challenge.spec}' has no forward model, which an emulator could imitate.")
    if len(challenge.train) == 0:
        raise HarnessError(f"'{challenge.spec}' has no training planets, whose stars and masses are needed.")
    lacking = [name for name in forward.needs if name not in challenge.schema.auxiliary_names]
    if lacking:
        raise HarnessError(
            f"'{challenge.spec}' lacks {' and '.join(lacking)}, which its forward model needs."
        )
    return forward


def held_out_atmospheres(challenge: Challenge, forward: ForwardModel, settings: Settings) -> Atmospheres:
    """Those that nothing was learned from, under the prior of the retrievals."""
    generator = torch.Generator().manual_seed(2 * settings.seed + 1)
    return drawn(settings.held_out, challenge.train, challenge.schema, forward, generator, 0.0)


def _description(challenge: Challenge, forward: ForwardModel, settings: Settings) -> Description:
    masses = mass_range(list(challenge.splits.values()), challenge.schema)
    told = settings.model_dump(exclude={"architecture"})
    return Description(
        forward=forward.identity,
        needs=forward.needs,
        challenge=challenge.spec,
        schema_=challenge.schema,
        masses=masses if PLANET_MASS in forward.needs else None,
        architecture=settings.architecture,
        settings=told,
    )
