"""Flows agree with zuko's, given the same weights, and their inversion with its bisection."""

import pytest
import torch
import zuko
from harness_npe.flows import build_density
from harness_npe.flows.autoregressive import Flow
from harness_npe.flows.monotone import PositiveIntegral, PositiveWeights
from harness_npe.flows.spline import MIN_SLOPE
from torch import Tensor, nn

from harness.training.base_noise import even_normal

HIDDEN = (24, 24)
SIGNALS = 5
PARAMETERS = 3


def copied(name: str, peer: zuko.flows.MAF, **options: object) -> Flow:
    """Our flow with the weights of zuko's."""
    built = build_density(name, PARAMETERS, 4, hidden=HIDDEN, **options)
    assert isinstance(built, Flow)
    for layer, theirs in zip(built.layers, peer.transform.transforms, strict=True):
        layer.conditioner.network.load_state_dict(theirs.hyper.state_dict())
    return built


def peers() -> list[tuple[str, zuko.flows.MAF, dict[str, object]]]:
    torch.manual_seed(0)
    common = {"hidden_features": HIDDEN, "activation": nn.ELU}
    nsf = zuko.flows.NSF(PARAMETERS, 4, transforms=3, bins=7, **common)
    coupling = zuko.flows.NSF(PARAMETERS, 4, transforms=1, bins=7, passes=2, **common)
    maf = zuko.flows.MAF(PARAMETERS, 4, transforms=3, **common)
    return [
        ("nsf", nsf, {"transforms": 3, "bins": 7, "scaled": False}),
        ("nsf-coupling", coupling, {"transforms": 1, "bins": 7, "scaled": False}),
        ("maf", maf, {"transforms": 3}),
    ]


@pytest.mark.parametrize(("name", "peer", "options"), peers(), ids=lambda value: str(value)[:12])
def test_log_densities_and_samples_are_those_of_zuko(
    name: str, peer: zuko.flows.MAF, options: dict[str, object]
) -> None:
    built = copied(name, peer, **options)
    context = torch.randn(6, 4)
    theta = 2 * torch.randn(6, 9, PARAMETERS)
    expected = torch.stack([peer(context[i]).log_prob(theta[i]) for i in range(6)])
    torch.testing.assert_close(built.log_prob(theta, context[:, None]), expected, rtol=1e-4, atol=1e-4)
    noise = even_normal(6, 9, PARAMETERS, torch.Generator().manual_seed(4)).float()
    samples = built.sample(context, 9, torch.Generator().manual_seed(4))
    theirs = torch.stack([peer(context[i]).transform.inv(noise[i]) for i in range(6)])
    torch.testing.assert_close(samples, theirs.detach(), rtol=1e-3, atol=1e-3)


def rows() -> tuple[Tensor, Tensor, Tensor]:
    """Places within the bound, signals, and the parameters they belong to."""
    torch.manual_seed(1)
    return 3 * torch.randn(40, PARAMETERS), torch.randn(40, PARAMETERS, SIGNALS), torch.arange(PARAMETERS)


def test_the_integral_of_a_positive_network_is_that_of_zuko() -> None:
    ours = PositiveIntegral(PARAMETERS, SIGNALS, HIDDEN, nodes=32, bound=10)
    theirs = zuko.flows.neural.UMNN(SIGNALS, hidden_features=HIDDEN, stack=PARAMETERS)
    theirs.integrand.load_state_dict(ours.network.state_dict())
    x, signals, parameters = rows()
    shift = torch.randn(40, PARAMETERS)
    value, log_slope = ours(x, torch.cat([signals, shift[..., None]], dim=-1), parameters)
    transform = theirs(signals, shift)
    expected, expected_log_slope = transform.call_and_ladj(x)
    torch.testing.assert_close(value, expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(log_slope, expected_log_slope, rtol=1e-5, atol=1e-5)
    found = ours.inverse(value, torch.cat([signals, shift[..., None]], dim=-1), parameters)
    torch.testing.assert_close(found, transform.inv(value), rtol=1e-4, atol=1e-4)


def test_a_network_of_positive_weights_is_that_of_zuko_plus_a_least_slope() -> None:
    ours = PositiveWeights(PARAMETERS, SIGNALS, HIDDEN, bound=10)
    theirs = zuko.flows.neural.MNN(SIGNALS, hidden_features=HIDDEN, stack=PARAMETERS)
    theirs.network.load_state_dict(ours.network.state_dict())
    x, signals, parameters = rows()
    value, log_slope = ours(x, signals, parameters)
    expected, expected_log_slope = theirs(signals).call_and_ladj(x)
    torch.testing.assert_close(value, expected + MIN_SLOPE * x, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(log_slope.exp(), expected_log_slope.exp() + MIN_SLOPE, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", [PositiveIntegral, PositiveWeights])
def test_beyond_the_bound_a_network_goes_on_straight(kind: type[PositiveIntegral | PositiveWeights]) -> None:
    options = {"nodes": 16} if kind is PositiveIntegral else {}
    network = kind(PARAMETERS, SIGNALS, HIDDEN, bound=4, **options)
    signals = torch.randn(1, PARAMETERS, network.n_signals)
    x = torch.tensor([4.0, 5.0, 6.0, 400.0])[:, None].expand(4, PARAMETERS)
    value, log_slope = network(x, signals, torch.arange(PARAMETERS))
    torch.testing.assert_close(log_slope, log_slope[:1].expand(4, -1))
    torch.testing.assert_close(value - value[0], log_slope.exp() * (x - 4), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(
        network.inverse(value, signals, torch.arange(PARAMETERS)), x, rtol=1e-4, atol=1e-4
    )
