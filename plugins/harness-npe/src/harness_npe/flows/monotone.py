"""Increasing functions made of neural networks, with straight tails."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from zuko.nn import MLP, MonotonicMLP

from harness_npe.flows.root import solve_increasing
from harness_npe.flows.spline import MIN_SLOPE
from harness_npe.flows.univariate import Univariate


class MonotoneNetwork(Univariate):
    """A network that increases on [-bound, bound] and goes on as a straight line beyond.

    The straight tails keep the value and the slope continuous. They make the function reach every
    real number, so that the density is normalised and every noise has a parameter behind it.

    Inside, tensors are laid out by parameter: x (G, R) for R rows, signals (G, R, S).

    Arguments:
        bound: Half the width of the interval on which the network is used.
    """

    def __init__(self, bound: float) -> None:
        super().__init__()
        self.bound = bound

    @abstractmethod
    def _prepare(self, signals: Tensor, parameters: Tensor) -> tuple[Tensor, ...]:
        """What does not depend on x: tensors of shape (G, R, ...)."""

    @abstractmethod
    def _network(self, x: Tensor, prepared: tuple[Tensor, ...], parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Value and slope (G, R) of the network at x (G, R) within the bound."""

    def _guess(self, y: Tensor, prepared: tuple[Tensor, ...], parameters: Tensor) -> Tensor:
        """Where to begin solving for y (G, R)."""
        return torch.zeros_like(y)

    def forward(self, x: Tensor, signals: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        rows, own = _by_parameter(x, signals)
        value, slope = self._with_tails(rows, self._prepare(own, parameters), parameters)
        return _by_row(value, x.shape), _by_row(slope.log(), x.shape)

    def inverse(self, y: Tensor, signals: Tensor, parameters: Tensor) -> Tensor:
        rows, own = _by_parameter(y, signals)
        columns = [
            self._solve(rows[i : i + 1], own[i : i + 1], parameters[i : i + 1]) for i in range(len(rows))
        ]
        return _by_row(torch.cat(columns), y.shape)

    def _solve(self, y: Tensor, signals: Tensor, parameter: Tensor) -> Tensor:
        prepared = self._prepare(signals, parameter)

        def function(x: Tensor, rows: Tensor | None) -> tuple[Tensor, Tensor]:
            own = prepared if rows is None else tuple(part[:, rows] for part in prepared)
            value, slope = self._with_tails(x[None], own, parameter)
            return value[0], slope[0]

        return solve_increasing(function, y[0], self._guess(y, prepared, parameter)[0])[None]

    def _with_tails(
        self, x: Tensor, prepared: tuple[Tensor, ...], parameters: Tensor
    ) -> tuple[Tensor, Tensor]:
        inner = x.clamp(-self.bound, self.bound)
        value, slope = self._network(inner, prepared, parameters)
        return value + slope * (x - inner), slope


class PositiveWeights(MonotoneNetwork):
    """A network that increases because its weights are positive (Huang et al. 2018, NAF).

    The network of `zuko.nn.MonotonicMLP`, one for each parameter, plus a least slope.

    Arguments:
        n_parameters: The number of parameters P.
        n_signals: The number of signals that modulate the network.
        hidden: The widths of its hidden layers, even numbers.
        bound: Half the width of the interval on which the network is used.
    """

    def __init__(self, n_parameters: int, n_signals: int, hidden: Sequence[int], bound: float) -> None:
        super().__init__(bound)
        self.n_signals = n_signals
        self.network = MonotonicMLP(1 + n_signals, 1, hidden, stack=n_parameters)

    def _prepare(self, signals: Tensor, parameters: Tensor) -> tuple[Tensor, ...]:
        first = self.network[0]
        weight = first.weight[parameters, :, 1:].abs()
        return (torch.baddbmm(first.bias[parameters, None], signals, weight.mT),)

    def _network(self, x: Tensor, prepared: tuple[Tensor, ...], parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Value and slope side by side: the slope is the product of the layers' Jacobians."""
        first, *layers = list(self.network)[::2]
        slope = first.weight[parameters, None, :, 0].abs()
        value = prepared[0] + slope * x[..., None]
        for layer in layers:
            value, slope = _two_way_elu(value, slope)
            weight = layer.weight[parameters].abs().mT
            value = torch.baddbmm(layer.bias[parameters, None], value, weight)
            slope = slope @ weight
        return value[..., 0] + MIN_SLOPE * x, slope[..., 0] + MIN_SLOPE


class PositiveIntegral(MonotoneNetwork):
    """The integral from 0 to x of a positive network (Wehenkel & Louppe 2019, UNAF), plus a shift.

    The integrand is that of `zuko.flows.neural.UMNN`: exp of a softly clipped network, so that the
    slope lies between 1e-3 and 1e3. The integral is a Gauss-Legendre quadrature.

    Arguments:
        n_parameters: The number of parameters P.
        n_signals: The number of signals that modulate the network.
        hidden: The widths of its hidden layers.
        nodes: The number of nodes of the quadrature.
        bound: Half the width of the interval on which the network is used.
    """

    nodes: Tensor
    weights: Tensor

    def __init__(
        self, n_parameters: int, n_signals: int, hidden: Sequence[int], nodes: int, bound: float
    ) -> None:
        super().__init__(bound)
        self.n_signals = n_signals + 1
        self.network = MLP(1 + n_signals, 1, hidden, activation=nn.ELU, stack=n_parameters)
        places, weights = np.polynomial.legendre.leggauss(nodes)
        # the last node, of no weight, is x itself: the slope comes with the integral
        places, weights = np.append((places + 1) / 2, 1.0), np.append(weights / 2, 0.0)
        self.register_buffer("nodes", torch.tensor(places, dtype=torch.float32), persistent=False)
        self.register_buffer("weights", torch.tensor(weights, dtype=torch.float32), persistent=False)

    def _prepare(self, signals: Tensor, parameters: Tensor) -> tuple[Tensor, ...]:
        first = self.network[0]
        weight = first.weight[parameters, :, 1:]
        return (
            torch.baddbmm(first.bias[parameters, None], signals[..., :-1], weight.mT),
            signals[..., -1],
        )

    def _network(self, x: Tensor, prepared: tuple[Tensor, ...], parameters: Tensor) -> tuple[Tensor, Tensor]:
        slopes = self._integrand(x[..., None] * self.nodes, prepared[0], parameters)
        return x * (slopes @ self.weights) + prepared[1], slopes[..., -1]

    def _integrand(self, x: Tensor, prepared: Tensor, parameters: Tensor) -> Tensor:
        """The positive network at x (G, R, M)."""
        first, *layers = list(self.network)[::2]
        hidden = prepared[..., None, :] + x[..., None] * first.weight[parameters, None, None, :, 0]
        hidden = hidden.flatten(1, 2)
        for layer in layers:
            hidden = F.elu(hidden)
            hidden = torch.baddbmm(layer.bias[parameters, None], hidden, layer.weight[parameters].mT)
        logarithm = hidden.reshape(x.shape)
        return torch.exp(logarithm / (1 + logarithm.abs() / 7))

    def _guess(self, y: Tensor, prepared: tuple[Tensor, ...], parameters: Tensor) -> Tensor:
        """Integrate dx/dy = 1 / integrand from f(0) to y by Runge and Kutta's method."""
        steps = 3
        x = torch.zeros_like(y)
        width = (y - prepared[1]) / steps

        def rate(x: Tensor) -> Tensor:
            inner = x.clamp(-self.bound, self.bound)[..., None]
            return width / self._integrand(inner, prepared[0], parameters)[..., 0]

        for _ in range(steps):
            first = rate(x)
            second = rate(x + first / 2)
            third = rate(x + second / 2)
            fourth = rate(x + third)
            x = x + (first + 2 * second + 2 * third + fourth) / 6
        return x


def _two_way_elu(value: Tensor, slope: Tensor) -> tuple[Tensor, Tensor]:
    """ELU(a) of the first half of the units and -ELU(-a) of the second, with the slopes."""
    half = value.shape[-1] // 2
    sign = torch.ones_like(value[0, 0])
    sign[half:] = -1
    signed = value * sign
    decay = signed.clamp(max=0).exp()
    return sign * (F.relu(signed) + decay - 1), slope * decay


def _by_parameter(x: Tensor, signals: Tensor) -> tuple[Tensor, Tensor]:
    """From (..., G) and (..., G, S) to (G, R) and (G, R, S)."""
    signals = signals.expand(*x.shape, -1)
    return x.movedim(-1, 0).flatten(1), signals.movedim(-2, 0).flatten(1, -2)


def _by_row(values: Tensor, shape: torch.Size) -> Tensor:
    """From (G, R) back to (..., G)."""
    return values.T.reshape(shape)
