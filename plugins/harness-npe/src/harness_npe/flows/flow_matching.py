"""Flow matching: a velocity field, regressed, that carries noise to parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from lampe.nn import ResMLP
from torch import Tensor, nn

from harness.training import ConditionalDensity
from harness_npe.flows.autoregressive import AutoregressiveLayer, standard_normal

HELD_OUT_SEED = 0  # of the times and noises at which the loss is measured in evaluation mode


class VelocityField(nn.Module):
    """The velocity d theta / dt at theta and time t, given a context.

    The context enters the first layer once per planet, however many rows share it.

    Arguments:
        n_parameters: The number of parameters P.
        n_context: The number of context features C.
        hidden: The widths of the residual blocks.
        frequencies: The number of frequencies by which the time is told.
    """

    frequencies: Tensor

    def __init__(self, n_parameters: int, n_context: int, hidden: Sequence[int], frequencies: int) -> None:
        super().__init__()
        self.from_theta = nn.Linear(n_parameters + 2 * frequencies, hidden[0])
        self.from_context = nn.Linear(n_context, hidden[0], bias=False)
        self.network = ResMLP(hidden[0], n_parameters, hidden, activation=nn.ELU)
        angles = math.pi * torch.arange(1, frequencies + 1, dtype=torch.float32)
        self.register_buffer("frequencies", angles, persistent=False)

    def at(self, context: Tensor) -> Callable[[Tensor, Tensor], Tensor]:
        """The field for contexts (B, 1, C), as a function of the time (1,) or (B, n) and theta (B, n, P).

        It is told the root of the time: near the parameters, where a posterior takes its shape, the field
        changes fastest.
        """
        from_context = self.from_context(context)

        def velocity(time: Tensor, theta: Tensor) -> Tensor:
            angle = self.frequencies * time.sqrt()[..., None]
            wave = torch.cat([angle.cos(), angle.sin()], dim=-1).expand(*theta.shape[:-1], -1)
            hidden = self.from_theta(torch.cat([theta, wave], dim=-1)) + from_context
            rates: Tensor = self.network(F.elu(hidden))
            return rates

        return velocity


class FlowMatching(ConditionalDensity):
    """Flow-matching posterior estimation (Dax et al. 2023, https://arxiv.org/abs/2305.17161).

    The path from parameters (t = 0) to noise (t = 1) is straight, as in `lampe.inference.FMPE`. It is
    followed by Runge-Kutta steps of fixed length, so that no planet's path depends on its neighbours.

    With a frame, the velocities act on parameters that a layer of straight lines has standardised for
    the planet: a regression by least squares resolves a posterior of unit width sooner than narrow ones
    of many places and widths. The frame is trained by maximum likelihood, apart from the velocities.

    Arguments:
        n_parameters: The number of parameters P.
        n_context: The number of context features C.
        hidden: The widths of the residual blocks of the velocity field.
        frequencies: The number of frequencies by which the field is told the time.
        steps: The number of Runge-Kutta steps, of four evaluations each.
        frame: The layer from parameters to those that the velocities act on, if any.
    """

    def __init__(
        self,
        n_parameters: int,
        n_context: int,
        hidden: Sequence[int],
        frequencies: int,
        steps: int,
        frame: AutoregressiveLayer | None,
    ) -> None:
        super().__init__(n_parameters, n_context)
        self.field = VelocityField(n_parameters, n_context, hidden, frequencies)
        self.steps = steps
        self.frame = frame

    def loss(self, theta: Tensor, context: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """The squared error of the velocity at a random time, plus -log q of the frame.

        In evaluation mode, unless a generator is given, times and noises are the same at every call, so
        that held-out losses can be compared. It is no density: compare it with other flow matching only.
        """
        if generator is None and not self.training:
            generator = torch.Generator().manual_seed(HELD_OUT_SEED)
        device = theta.device if generator is None else generator.device
        with torch.autocast(theta.device.type, enabled=False):
            theta, context = self.in_own_dtype(theta)[:, None], self.in_own_dtype(context)[:, None]
            of_frame = theta.new_zeros(len(theta))
            if self.frame is not None:
                theta, log_determinant = self.frame(theta, context)
                of_frame = -(standard_normal(theta) + log_determinant)[:, 0]
                theta = theta.detach()  # else the frame would shrink, and with it the error
            shape, dtype = theta.shape, theta.dtype
            noise = torch.randn(shape, generator=generator, device=device, dtype=dtype).to(theta.device)
            root = torch.rand(shape[:-1], generator=generator, device=device, dtype=dtype).to(theta.device)
            time = root.square()  # more of them where the field changes fastest
            between = torch.lerp(theta, noise, time[..., None])
            velocity = self.field.at(context)(time, between)
            return of_frame + (velocity - (noise - theta)).square().sum(dim=-1)[:, 0]

    def transport(self, noise: Tensor, context: Tensor) -> Tensor:
        theta = self._follow(self.field.at(context), noise, 1.0, 0.0)
        return theta if self.frame is None else self.frame.inverse(theta, context)

    def log_prob_of_rows(self, theta: Tensor, context: Tensor) -> Tensor:
        """Follow parameters and the trace of the velocity's Jacobian to the noise."""
        of_frame = theta.new_zeros(theta.shape[:-1])
        if self.frame is not None:
            theta, of_frame = self.frame(theta, context)
        state = self._follow(self._with_divergence(context), F.pad(theta, (0, 1)), 0.0, 1.0)
        return standard_normal(state[..., :-1]) + state[..., -1] + of_frame

    def _with_divergence(self, context: Tensor) -> Callable[[Tensor, Tensor], Tensor]:
        """The velocity (B, n, P), and in one more column the trace of its Jacobian."""
        velocity = self.field.at(context)
        differentiable = torch.is_grad_enabled()

        def augmented(time: Tensor, state: Tensor) -> Tensor:
            with torch.enable_grad():
                theta = state[..., :-1]
                if not theta.requires_grad:
                    theta = theta.detach().requires_grad_()
                rates = velocity(time, theta)
                diagonal = [
                    torch.autograd.grad(
                        rates[..., i].sum(), theta, create_graph=differentiable, retain_graph=True
                    )[0][..., i]
                    for i in range(self.n_parameters)
                ]
            rates = torch.cat([rates, torch.stack(diagonal).sum(dim=0)[..., None]], dim=-1)
            return rates if differentiable else rates.detach()

        return augmented

    def _follow(
        self, velocity: Callable[[Tensor, Tensor], Tensor], state: Tensor, start: float, end: float
    ) -> Tensor:
        """Integrate a velocity from one time to another by Runge and Kutta's method.

        A posterior of spread s takes its shape while t < s, so the times go as the cube of even steps.
        With 12 of them and exact velocities, Gaussians of spread 0.003 to 1 keep it to 1 %.
        """
        ends = torch.linspace(start, end, self.steps + 1, dtype=torch.float64) ** 3
        stages = torch.stack([ends[:-1], (ends[:-1] + ends[1:]) / 2, ends[1:]], dim=1)
        times = stages.to(state.dtype).to(state.device)
        for step, width in enumerate(ends.diff().tolist()):
            before, middle, after = torch.split(times[step], 1)
            first = velocity(before, state)
            second = velocity(middle, state + width / 2 * first)
            third = velocity(middle, state + width / 2 * second)
            fourth = velocity(after, state + width * third)
            state = state + width / 6 * (first + 2 * second + 2 * third + fourth)
        return state
