"""The masked network that gives each parameter's transformation its coefficients."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from zuko.nn import MaskedMLP


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
    """

    def __init__(
        self,
        steps: Tensor,
        n_context: int,
        n_signals: int,
        hidden: Sequence[int],
        activation: Callable[[], nn.Module],
    ) -> None:
        super().__init__()
        self.n_parameters = len(steps)
        self.n_signals = n_signals
        self.n_steps = int(steps.max()) + 1
        earlier = steps[:, None] > steps[None, :]
        adjacency = torch.cat([earlier, torch.ones(len(steps), n_context, dtype=torch.bool)], dim=1)
        self.network = MaskedMLP(adjacency.repeat_interleave(n_signals, dim=0), hidden, activation)
        self._plan(steps)

    def _plan(self, steps: Tensor) -> None:
        """Sort the units of each layer by the step from which they can be computed."""
        reaches = None  # which parameters a unit depends on
        self.counts: list[list[int]] = []  # of each hidden layer: how many units each step determines
        for i, layer in enumerate(self.layers[:-1]):
            own = layer.mask[:, : self.n_parameters] if reaches is None else layer.mask.float() @ reaches > 0
            ready = (own * (steps + 1)).amax(dim=1)
            reaches = own.float()
            self.register_buffer(f"units_{i}", ready.argsort(stable=True), persistent=False)
            self.counts.append(ready.bincount(minlength=self.n_steps).tolist())

    @property
    def layers(self) -> list[nn.Module]:
        return list(self.network)[::2]

    @property
    def activation(self) -> nn.Module:
        return self.network[1]

    def forward(self, theta: Tensor, context: Tensor) -> Tensor:
        """The signals (..., P, S) for parameters (..., P) and contexts that broadcast to (..., C)."""
        first = self.network[0]
        from_theta, from_context = self._split(first.mask * first.weight)
        hidden = F.linear(theta, from_theta) + F.linear(context, from_context, first.bias)
        for module in list(self.network)[1:]:
            hidden = module(hidden)
        return hidden.unflatten(-1, (self.n_parameters, self.n_signals))

    def _split(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        return weight[:, : self.n_parameters], weight[:, self.n_parameters :]


class Sweep:
    """One evaluation of a conditioner during which the parameters become known step by step.

    Arguments:
        conditioner: The conditioner.
        context: The contexts, with shape (B, 1, C).
        order: The parameters in the order of their steps, with shape (P,).
    """

    def __init__(self, conditioner: Conditioner, context: Tensor, order: Tensor) -> None:
        self.conditioner = conditioner
        *hidden, last = conditioner.layers
        columns = None
        self.weights: list[Tensor] = []  # rows and columns in the order in which they become known
        self.biases: list[Tensor] = []
        for i, layer in enumerate(hidden):
            units = conditioner.get_buffer(f"units_{i}")
            weight = (layer.mask * layer.weight)[units]
            if columns is None:
                from_theta, from_context = conditioner._split(weight)
                self.from_context = F.linear(context, from_context, layer.bias[units])
                weight = from_theta[:, order]
            else:
                weight = weight[:, columns]
            self.weights.append(weight)
            self.biases.append(layer.bias[units])
            columns = units
        outputs = (last.mask * last.weight)[:, columns]
        signals = (conditioner.n_parameters, conditioner.n_signals)
        self.outputs = outputs.unflatten(0, signals)[order]
        self.output_biases = last.bias.unflatten(0, signals)[order]
        self.known: list[Tensor] = []  # of each hidden layer: the units known so far, (B, n, ...)
        self.theta: Tensor | None = None

    def signals(self, step: int, parameters: slice) -> Tensor:
        """The signals (B, n or 1, G, S) of the G parameters of this step, by their place in the order."""
        below = self.theta
        for i, counts in enumerate(self.conditioner.counts):
            new = slice(sum(counts[:step]), sum(counts[: step + 1]))
            if i == 0:
                values = self.from_context[..., new]
                if below is not None:
                    values = values + F.linear(below, self.weights[0][new, : below.shape[-1]])
            else:
                values = F.linear(below, self.weights[i][new, : below.shape[-1]], self.biases[i][new])
            values = self.conditioner.activation(values)
            if step == 0:
                self.known.append(values)
            else:
                earlier = self.known[i].expand(*values.shape[:-1], -1)
                self.known[i] = torch.cat([earlier, values], dim=-1)
            below = self.known[i]
        weight = self.outputs[parameters, :, : below.shape[-1]].flatten(0, 1)
        signals = F.linear(below, weight, self.output_biases[parameters].flatten())
        return signals.unflatten(-1, (-1, self.conditioner.n_signals))

    def reveal(self, theta: Tensor) -> None:
        """Take the values (B, n, G) of the parameters of the step just made."""
        self.theta = theta if self.theta is None else torch.cat([self.theta, theta], dim=-1)
