"""The vector fields of sbi, which flow matching and score matching train, as densities of the harness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from sbi.inference.potentials.vector_field_potential import VectorFieldBasedPotential
from sbi.neural_nets import posterior_flow_nn, posterior_score_nn
from sbi.samplers.score.diffuser import Diffuser
from torch import Tensor, nn

from harness_sbi.network import Architecture, Builder, SbiNetwork


@dataclass(frozen=True)
class VectorFieldArchitecture(Architecture):
    """Which vector field, and how samples are carried along it.

    Attributes:
        kind: "flow" for flow matching, "score" for score matching.
        model: of the network, as sbi names it.
        hidden_features, num_layers: its size.
        sample_with: "ode" carries noise along the probability flow, "sde" against the diffusion.
        steps: of the latter.
        sde_type: of the diffusion, where there is one.
    """

    kind: Literal["flow", "score"]
    model: str
    hidden_features: int
    num_layers: int
    sample_with: Literal["ode", "sde"]
    steps: int
    sde_type: str = "ve"

    def builder(self, embedding: nn.Module) -> Builder:
        make = posterior_flow_nn if self.kind == "flow" else posterior_score_nn
        own: dict[str, Any] = {} if self.kind == "flow" else {"sde_type": self.sde_type}
        builder: Builder = make(
            self.model,
            z_score_theta="none",
            z_score_x="none",
            hidden_features=self.hidden_features,
            num_layers=self.num_layers,
            embedding_net=embedding,
            **own,
        )
        return builder


class VectorFieldDensity(SbiNetwork):
    """Parameters that noise is carried to along a vector field, given the context.

    The density is that of the probability flow, for which the trace of the field's derivative is integrated.
    """

    rows_at_once = 2**15, 2**20

    def __init__(self, n_parameters: int, n_context: int, architecture: VectorFieldArchitecture) -> None:
        super().__init__(n_parameters, n_context, architecture)
        self.sample_with = architecture.sample_with
        self.steps = architecture.steps

    def _potential(self, context: Tensor) -> VectorFieldBasedPotential:
        """What sbi samples and evaluates by, at contexts (B, C)."""
        potential = VectorFieldBasedPotential(self.estimator, prior=None, device=context.device)
        potential.set_x(context)
        return potential

    def draw(self, context: Tensor, n: int) -> Tensor:
        potential = self._potential(context)
        if self.sample_with == "ode":
            samples: Tensor = potential.neural_ode(context).sample(torch.Size((n,)))
        else:
            times = self.estimator.solve_schedule(self.steps).to(context.device)
            samples = Diffuser(potential, predictor="euler_maruyama").run(n, times, show_progress_bars=False)
        return samples.reshape(n, len(context), -1).transpose(0, 1)

    def log_prob_of_rows(self, theta: Tensor, context: Tensor) -> Tensor:
        context = context.expand(*theta.shape[:2], -1).flatten(0, 1)
        log_density: Tensor = self._potential(context).neural_ode(context).log_prob(theta.flatten(0, 1))
        return log_density.reshape(theta.shape[:2])
