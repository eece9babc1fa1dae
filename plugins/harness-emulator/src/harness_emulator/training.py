"""Training the network of an emulator, epoch by epoch, from where it was interrupted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from harness.components.progress import Advance
from harness.errors import HarnessError
from harness.files.bound_tensors import reading_bound, write_bound
from harness.files.optimizer_state import optimizer_tensors, restore_optimizer, under
from harness.training.averaging import WeightAverage
from harness.training.flat_weights import FlatWeights
from harness.training.optimizers import optimizers_of
from harness.training.schedule import rate_factor
from harness_emulator.draws import Atmospheres
from harness_emulator.frames import Frame
from harness_emulator.surrogate import Surrogate

AVERAGING = 0.998  # weight of the older average of the weights, at each step
# An output of this many standard deviations an error of the noise counts in full; more extended atmospheres,
# whose spectra move by thousands of it, would else be all that is learned.
LARGEST_WEIGHT, LEAST_WEIGHT = 100.0, 0.1
SMALL = 0.1  # [1-sigma noise]: errors well below count by their square, larger ones by their size
MOST_NORM = 1.0  # of a gradient
WEIGHT_DECAY = 1e-4
KEPT = 50  # steps from one checkpoint to the next
WIDEST = 1024  # of matrices that Muon moves, whose width a step of it costs the cube of


@dataclass(frozen=True, eq=False)
class Lessons:
    """What a network learns from, float32.

    Attributes:
        inputs: (N, F).
        outputs: that it should have (N, W).
        weights: noises that the spectrum is off by where an output is off by 1 (N, W).
    """

    inputs: Tensor
    outputs: Tensor
    weights: Tensor

    @classmethod
    def of(cls, frame: Frame, atmospheres: Atmospheres, spectra: Tensor) -> Lessons:
        """Of atmospheres and their spectra (N, W), those that make a planet.

        Raises:
            HarnessError: hardly any do.
        """
        inputs = frame.inputs(*atmospheres.inputs)
        outputs = frame.targets(spectra, *atmospheres.inputs)
        weights = frame.sensitivity(spectra, *atmospheres.inputs) / atmospheres.noise
        possible = torch.cat([inputs, outputs, weights], dim=1).float().isfinite().all(dim=1)
        if int(possible.sum()) < max(8, len(possible) // 20):
            raise HarnessError(
                f"Of {len(possible)} parameters drawn within the bounds only {int(possible.sum())} make a "
                "planet; check the bounds and the units of the auxiliary columns."
            )
        return cls(*(one[possible].float() for one in (inputs, outputs, weights)))

    def __len__(self) -> int:
        return len(self.inputs)

    def to(self, device: torch.device) -> Lessons:
        """The same on another device."""
        return Lessons(self.inputs.to(device), self.outputs.to(device), self.weights.to(device))


@dataclass(frozen=True)
class Course:
    """How long and how fast a network learns.

    Attributes:
        epochs: over all lessons.
        batch: lessons of one step.
        rate: peak of the learning rate.
        seed: of the order of lessons.
    """

    epochs: int
    batch: int
    rate: float
    seed: int


def steps_of(lessons: Lessons, course: Course) -> int:
    """Steps of a whole course."""
    return course.epochs * math.ceil(len(lessons) / course.batch)


def taught(
    network: Surrogate,
    lessons: Lessons,
    course: Course,
    checkpoint: Path,
    advance: Advance,
) -> Surrogate:
    """The network after its course: the average of its weights over the last steps.

    Arguments:
        network: it is changed.
        lessons: on its device.
        course: how long and how fast.
        checkpoint: file that is written every `KEPT` steps; one that is there is gone on from.
        advance: called with the steps just done and a note.

    Raises:
        HarnessError: the checkpoint is damaged, or the loss is not finite.
    """
    network.requires_grad_(True).train()
    flat = FlatWeights(network.parameters())
    flat.gather_gradients()
    wide = any(min(matrices.shape[-2:]) > WIDEST for matrices in flat.matrices)
    optimisers = optimizers_of(flat, "adamw" if wide else "muon", course.rate, WEIGHT_DECAY)
    average = WeightAverage(network, AVERAGING, flat)
    weights = _capped(lessons)
    n_steps, n_epoch = steps_of(lessons, course), math.ceil(len(lessons) / course.batch)
    first = _read(checkpoint, network, average.network, optimisers)
    advance(first)
    order, losses = torch.empty(0, dtype=torch.int64), list[Tensor]()
    for step in range(first, n_steps):
        epoch, position = divmod(step, n_epoch)
        if position == 0 or step == first:
            order = _order(len(lessons), course.seed, epoch).to(lessons.inputs.device)
        for optimiser in optimisers:
            optimiser.param_groups[0]["lr"] = course.rate * rate_factor("cosine", step / n_steps)
        rows = order[position * course.batch : (position + 1) * course.batch]
        loss = _loss(network(lessons.inputs[rows]) - lessons.outputs[rows], weights[rows])
        gradient = flat.gradient.zero_()
        loss.backward()  # type: ignore[no-untyped-call]
        gradient.mul_((MOST_NORM / torch.linalg.vector_norm(gradient)).clamp(max=1.0))
        for optimiser in optimisers:
            optimiser.step()
        average.update(step)
        losses.append(loss.detach())
        note = None
        if (step + 1) % KEPT == 0 or step + 1 == n_steps:
            mean = float(torch.stack(losses).mean())
            if not math.isfinite(mean):
                raise HarnessError("The emulator's loss is not finite; train it with a smaller --rate.")
            _write(checkpoint, step + 1, network, average.network, optimisers)
            note = f"loss {mean:.3g}"
            losses.clear()
        advance(1, note)
    flat.release()
    network.load_state_dict(average.network.state_dict())
    return network.requires_grad_(False).eval()


def _order(lessons: int, seed: int, epoch: int) -> Tensor:
    """In which lessons are learned from in one epoch, the same after an interruption."""
    return torch.randperm(lessons, generator=torch.Generator().manual_seed(seed * 1_000_003 + epoch))


def _capped(lessons: Lessons) -> Tensor:
    """Weights between those of an error that is never seen, and of atmospheres far more extended than any."""
    spread = lessons.outputs.std(dim=0)
    spread = torch.where(spread > 0, spread, 1.0)
    weights = (lessons.weights * spread).clamp(min=LEAST_WEIGHT)
    return weights / (1 + weights / LARGEST_WEIGHT) / spread


def _loss(difference: Tensor, weights: Tensor) -> Tensor:
    return (1 + (weights * difference / SMALL).square()).sqrt().mean() - 1


def _write(
    path: Path, steps: int, network: nn.Module, average: nn.Module, optimisers: Sequence[Optimizer]
) -> None:
    tensors = {"steps": torch.tensor(steps)}
    for prefix, module in (("network/", network), ("average/", average)):
        tensors |= {f"{prefix}{name}": one for name, one in module.state_dict().items()}
    for place, optimiser in enumerate(optimisers):
        tensors |= optimizer_tensors(f"optimiser-{place}/", optimiser)
    write_bound(path, path.name, tensors)


def _read(path: Path, network: nn.Module, average: nn.Module, optimisers: Sequence[Optimizer]) -> int:
    """Load a checkpoint, and say after how many steps it was written; 0 where there is none."""
    if not path.is_file():
        return 0
    with reading_bound(path, path.name, "train without --resume") as tensors:
        network.load_state_dict(under("network/", tensors))
        average.load_state_dict(under("average/", tensors))
        for place, optimiser in enumerate(optimisers):
            restore_optimizer(f"optimiser-{place}/", tensors, optimiser)
        return int(tensors["steps"])
