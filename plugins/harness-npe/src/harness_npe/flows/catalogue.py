"""The densities by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor, nn

from harness.errors import HarnessError, nearest_match
from harness.training import ConditionalDensity
from harness_npe.flows.autoregressive import AutoregressiveLayer, Flow, autoregressive_steps, coupling_steps
from harness_npe.flows.flow_matching import FlowMatching
from harness_npe.flows.monotone import PositiveIntegral, PositiveWeights
from harness_npe.flows.univariate import Affine, Scaled, Spline, Univariate

FRAME_HIDDEN = (64, 64)  # of the straight lines before flow matching


def build_nsf(
    n_parameters: int,
    n_context: int,
    transforms: int = 3,
    hidden: Sequence[int] = (128, 128),
    bins: int = 10,
    bound: float = 5.0,
    scaled: bool = True,
) -> ConditionalDensity:
    """A neural spline flow, autoregressive (Durkan et al. 2019)."""

    def univariate() -> Univariate:
        return Spline(bins, bound)

    return _stack(n_parameters, n_context, transforms, hidden, univariate, scaled, autoregressive_steps)


def build_coupling_nsf(
    n_parameters: int,
    n_context: int,
    transforms: int = 4,
    hidden: Sequence[int] = (128, 128),
    bins: int = 10,
    bound: float = 5.0,
    scaled: bool = True,
) -> ConditionalDensity:
    """A neural spline flow that transforms half of the parameters given the other half."""

    def univariate() -> Univariate:
        return Spline(bins, bound)

    return _stack(n_parameters, n_context, transforms, hidden, univariate, scaled, coupling_steps)


def build_maf(
    n_parameters: int, n_context: int, transforms: int = 5, hidden: Sequence[int] = (128, 128)
) -> ConditionalDensity:
    """A masked autoregressive flow (Papamakarios et al. 2017)."""
    return _stack(n_parameters, n_context, transforms, hidden, Affine, False, autoregressive_steps)


def build_naf(
    n_parameters: int,
    n_context: int,
    transforms: int = 3,
    hidden: Sequence[int] = (128, 128),
    signals: int = 16,
    network: Sequence[int] = (32, 32),
    bound: float = 10.0,
    scaled: bool = True,
) -> ConditionalDensity:
    """A neural autoregressive flow: networks of positive weights (Huang et al. 2018)."""

    def univariate() -> Univariate:
        return PositiveWeights(n_parameters, signals, network, bound)

    return _stack(n_parameters, n_context, transforms, hidden, univariate, scaled, autoregressive_steps)


def build_unaf(
    n_parameters: int,
    n_context: int,
    transforms: int = 3,
    hidden: Sequence[int] = (128, 128),
    signals: int = 16,
    network: Sequence[int] = (32, 32),
    nodes: int = 16,
    bound: float = 10.0,
    scaled: bool = True,
) -> ConditionalDensity:
    """A flow of integrals of positive networks (Wehenkel & Louppe 2019)."""

    def univariate() -> Univariate:
        return PositiveIntegral(n_parameters, signals, network, nodes, bound)

    return _stack(n_parameters, n_context, transforms, hidden, univariate, scaled, autoregressive_steps)


def build_flow_matching(
    n_parameters: int,
    n_context: int,
    hidden: Sequence[int] = (128, 128, 128),
    frequencies: int = 4,
    steps: int = 12,
    scaled: bool = True,
) -> ConditionalDensity:
    """A velocity field that carries noise to parameters (Lipman et al. 2023, Dax et al. 2023)."""
    frame = None
    if scaled:
        steps_of_frame = autoregressive_steps(n_parameters, 0)
        frame = AutoregressiveLayer(steps_of_frame, n_context, Affine(), FRAME_HIDDEN, nn.ELU)
    return FlowMatching(n_parameters, n_context, hidden, frequencies, steps, frame)


def _stack(
    n_parameters: int,
    n_context: int,
    transforms: int,
    hidden: Sequence[int],
    univariate: Callable[[], Univariate],
    scaled: bool,
    steps: Callable[[int, int], Tensor],
) -> ConditionalDensity:
    layers = [
        AutoregressiveLayer(
            steps(n_parameters, i),
            n_context,
            Scaled(univariate()) if scaled else univariate(),
            hidden,
            nn.ELU,
        )
        for i in range(transforms)
    ]
    return Flow(n_parameters, n_context, layers)


DENSITIES: dict[str, Callable[..., ConditionalDensity]] = {
    "nsf": build_nsf,
    "nsf-coupling": build_coupling_nsf,
    "maf": build_maf,
    "naf": build_naf,
    "unaf": build_unaf,
    "fmpe": build_flow_matching,
}


def build_density(name: str, n_parameters: int, n_context: int, **options: object) -> ConditionalDensity:
    """Build a conditional density with fresh weights from the default random generator of torch.

    Arguments:
        name: One of `DENSITIES`.
        n_parameters: The number of parameters P.
        n_context: The number of context features C, at least 1.
        options: Options of that density, other than its defaults. Of all: `hidden`, the widths of the hidden
            layers. Of all but maf: `scaled`, whether a straight line places and scales the posterior before
            its shape is made. Of flows: `transforms`, the number of layers. Of splines: `bins` and `bound`,
            half the width of the box outside which they are straight. Of naf and unaf: `signals` and
            `network`, the inputs and hidden widths of the monotone networks, and `bound`, beyond which these
            are straight; of unaf `nodes` of the quadrature. Of fmpe: `steps` of the integration and
            `frequencies` that tell the time.

    Raises:
        HarnessError: for an unknown name.
        TypeError: for an option that the density does not have.
    """
    if name not in DENSITIES:
        raise HarnessError(
            f"There is no flow {name!r}{nearest_match(name, DENSITIES)}: "
            f"choose one of {', '.join(DENSITIES)}."
        )
    return DENSITIES[name](n_parameters, n_context, **options)
