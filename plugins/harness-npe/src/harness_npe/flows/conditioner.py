"""The masked network that gives each parameter's transformation its coefficients."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from zuko.nn import MaskedLinear, MaskedMLP


class Conditioner(nn.Module):
    """A masked network from parameters and context to the signals of every parameter.

    The signal of a parameter depends on the context and on the parameters of earlier steps alone
    (Germain et al. 2015, MADE, https://arxiv.org/abs/1502.03509). The context enters the first layer
    once per planet, however many rows share it. When the parameters become known step by step, as in
    an inversion, `Sweep` computes each hidden unit once, as soon as all that it depends on is known:
    a whole inversion costs as much as one evaluation, not one per parameter.

    Arguments:
        steps: The step, from 0, at which each of the P parameters is transformed, with shape (P,).
        n_context: The number of context features C.
        n_signals: The number of signals S of each parameter.
        hidden: The widths of the hidden layers.
        activation: The constructor of the activation function.
        by_signal: Whether signals lie in memory one after the other, each for all parameters and rows.
    """

    def __init__(
        self,
        steps: Tensor,
        n_context: int,
        n_signals: int,
        hidden: Sequence[int],
        activation: Callable[[], nn.Module],
        by_signal: bool = False,
    ) -> None:
        super().__init__()
        self.by_signal = by_signal
        self.n_parameters = len(steps)
        self.n_signals = n_signals
        self.n_steps = int(steps.max()) + 1
        earlier = steps[:, None] > steps[None, :]
        adjacency = torch.cat([earlier, torch.ones(len(steps), n_context, dtype=torch.bool)], dim=1)
        self.network = MaskedMLP(adjacency.repeat_interleave(n_signals, dim=0), hidden, activation)
        self._plan(steps)

    def _plan(self, steps: Tensor) -> None:
        """Sort the units of each layer by the step from which they can be computed."""
        self.counts: list[list[int]] = []  # of each hidden layer: how many units each step determines
        for layer in self.layers:  # multiplied with much more quickly than a mask of truth values
            layer.register_buffer("present", mask_of(layer).to(layer.weight), persistent=False)
        reaches = torch.eye(len(steps))  # which parameters a unit depends on
        for i, layer in enumerate(self.layers[:-1]):
            mask = mask_of(layer)[:, : len(steps)] if i == 0 else mask_of(layer)
            reaches = (mask.float() @ reaches > 0).float()
            ready = (reaches.long() * (steps + 1)).amax(dim=1)
            self.register_buffer(f"units_{i}", ready.argsort(stable=True), persistent=False)
            self.counts.append(ready.bincount(minlength=self.n_steps).tolist())

    @property
    def layers(self) -> list[MaskedLinear]:
        """The linear layers, from the input on."""
        return [module for module in self.network if isinstance(module, MaskedLinear)]

    def activate(self, values: Tensor) -> Tensor:
        """The activation function, the same after every layer."""
        activated: Tensor = self.network[1](values)
        return activated

    def split(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """The columns of the first layer for the parameters, and those for the context."""
        return weight[:, : self.n_parameters], weight[:, self.n_parameters :]

    def forward(self, theta: Tensor, context: Tensor) -> Tensor:
        """The signals (..., P, S) for parameters (..., P) and contexts that broadcast to (..., C)."""
        first, *others, last = self.layers
        from_theta, from_context = self.split(weight_of(first))
        hidden = F.linear(theta, from_theta) + F.linear(context, from_context, first.bias)
        for layer in others:
            hidden = F.linear(self.activate(hidden), weight_of(layer), layer.bias)
        shape = (self.n_parameters, self.n_signals)
        return self.signals(
            self.activate(hidden), weight_of(last).reshape(*shape, -1), last.bias.reshape(shape)
        )

    def signals(self, hidden: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """The signals (..., G, S) for the last hidden units (..., H), by weight (G, S, H) and bias (G, S)."""
        shape = bias.shape
        if not self.by_signal:
            signals = F.linear(hidden, weight.flatten(0, 1), bias.flatten())
            return signals.reshape(*hidden.shape[:-1], *shape)
        rows, weight = hidden.reshape(-1, hidden.shape[-1]), weight.transpose(0, 1).flatten(0, 1)
        signals = torch.addmm(bias.T.reshape(-1, 1), weight, rows.T)
        return signals.reshape(*reversed(shape), *hidden.shape[:-1]).movedim(0, -1).movedim(0, -2)


def mask_of(layer: MaskedLinear) -> Tensor:
    """Which weights of a layer there are."""
    mask: Tensor = layer.get_buffer("mask")
    return mask


def weight_of(layer: MaskedLinear) -> Tensor:
    """The weights of a layer, zero where there are none."""
    weight: Tensor = layer.get_buffer("present") * layer.weight
    return weight


class Sweep:
    """One evaluation of a conditioner during which the parameters become known step by step.

    Arguments:
        conditioner: The conditioner.
        context: The contexts, with shape (B, 1, C).
        order: The parameters in the order of their steps, with shape (P,).
    """

    def __init__(self, conditioner: Conditioner, context: Tensor, order: Tensor) -> None:
        self.conditioner = conditioner
        first, *others, last = conditioner.layers
        units = conditioner.get_buffer("units_0")
        from_theta, from_context = conditioner.split(weight_of(first)[units])
        self.from_context = F.linear(context, from_context, first.bias[units])
        # rows and columns in the order in which they become known
        self.weights, self.biases = [from_theta[:, order]], [first.bias[units]]
        for i, layer in enumerate(others, start=1):
            below, units = units, conditioner.get_buffer(f"units_{i}")
            self.weights.append(weight_of(layer)[units][:, below])
            self.biases.append(layer.bias[units])
        signals = (conditioner.n_parameters, conditioner.n_signals)
        self.outputs = weight_of(last)[:, units].reshape(*signals, -1)[order]
        self.output_biases = last.bias.reshape(signals)[order]
        self.known: list[Tensor] = []  # of each hidden layer: the units known so far, (B, n or 1, ...)
        self.theta = context[..., :0]  # the parameters known so far

    def signals(self, step: int, parameters: slice) -> Tensor:
        """The signals (B, n or 1, G, S) of the G parameters of this step, by their place in the order."""
        below = self.theta
        for i, counts in enumerate(self.conditioner.counts):
            new = slice(sum(counts[:step]), sum(counts[: step + 1]))
            bias = self.from_context[..., new] if i == 0 else self.biases[i][new]
            values = F.linear(below, self.weights[i][new, : below.shape[-1]]) + bias
            values = self.conditioner.activate(values)
            if step == 0:
                self.known.append(values)
            else:
                earlier = self.known[i].expand(*values.shape[:-1], -1)
                self.known[i] = torch.cat([earlier, values], dim=-1)
            below = self.known[i]
        weight = self.outputs[parameters, :, : below.shape[-1]]
        return self.conditioner.signals(below, weight, self.output_biases[parameters])

    def reveal(self, theta: Tensor) -> None:
        """Take the values (B, n, G) of the parameters of the step just made."""
        known = self.theta.expand(*theta.shape[:-1], -1)
        self.theta = torch.cat([known, theta], dim=-1)
