"""What every conditional density does, by name."""

import math

import pytest
import torch
from harness_npe.flows import DENSITIES, ConditionalDensity, build_density
from harness_npe.flows.autoregressive import Flow
from torch import Tensor

from harness.errors import HarnessError
from harness.training import density
from harness.training.base_noise import even_normal

SMALL = {
    "nsf": {"hidden": (16, 16), "bins": 6},
    "nsf-coupling": {"hidden": (16, 16), "bins": 6, "transforms": 4},
    "maf": {"hidden": (16, 16)},
    "naf": {"hidden": (16, 16), "network": (8, 8)},
    "unaf": {"hidden": (16, 16), "network": (8, 8)},
    "fmpe": {"hidden": (16, 16)},
}
CONTEXT = 5
every_density = pytest.mark.parametrize("name", list(SMALL))
every_size = pytest.mark.parametrize("n_parameters", [1, 2, 7])


def small(name: str, n_parameters: int) -> ConditionalDensity:
    """A small density with weights larger than fresh ones, so that it is far from a standard normal."""
    torch.manual_seed(3)
    built = build_density(name, n_parameters, CONTEXT, **SMALL[name])
    with torch.no_grad():
        for weights in built.parameters():
            weights *= 1.4
    return built.eval()


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def contexts(planets: int) -> Tensor:
    return torch.randn(planets, CONTEXT, generator=seeded(7))


def test_every_density_is_tested_here() -> None:
    assert set(SMALL) == set(DENSITIES)


@every_density
@every_size
def test_samples_have_a_row_per_draw_and_a_finite_density(name: str, n_parameters: int) -> None:
    built = small(name, n_parameters)
    samples = built.sample(contexts(3), 20, seeded())
    assert samples.shape == (3, 20, n_parameters)
    assert not samples.requires_grad
    assert built.log_prob(samples, contexts(3)[:, None]).isfinite().all()


@every_density
def test_a_context_is_broadcast_against_the_parameters(name: str) -> None:
    built = small(name, 2)
    theta = torch.randn(3, 4, 2, generator=seeded())
    together = built.log_prob(theta, contexts(3)[:, None])
    assert together.shape == (3, 4)
    apart = torch.stack([built.log_prob(theta[i], contexts(3)[i]) for i in range(3)])
    torch.testing.assert_close(apart, together, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(built.log_prob(theta[:, 1], contexts(3)), together[:, 1], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(
        built.log_prob(theta[2, 3], contexts(3)[2]), together[2, 3], rtol=1e-4, atol=1e-4
    )


@every_density
def test_one_parameter_vector_is_evaluated_under_many_contexts(name: str) -> None:
    built = small(name, 2)
    theta = torch.tensor([0.3, -0.5])
    expected = built.log_prob(theta.expand(6, 2), contexts(6))
    torch.testing.assert_close(built.log_prob(theta, contexts(6)), expected, rtol=1e-4, atol=1e-4)


@every_density
def test_a_planet_is_not_influenced_by_its_neighbours(name: str) -> None:
    built = small(name, 3)
    calm = contexts(4)
    wild = torch.cat([calm[:1], 30 * calm[1:]])  # an iteration might go on for these
    among_calm, among_wild = (built.sample(context, 30, seeded())[0] for context in (calm, wild))
    torch.testing.assert_close(among_wild, among_calm, rtol=1e-4, atol=1e-4)
    theta = torch.randn(4, 3, generator=seeded())
    singly = torch.cat([built.log_prob(theta[i : i + 1], contexts(4)[i : i + 1]) for i in range(4)])
    torch.testing.assert_close(built.log_prob(theta, contexts(4)), singly, rtol=1e-4, atol=1e-4)


@every_density
def test_work_in_portions_gives_what_work_at_once_gives(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    built = small(name, 2)
    samples = built.sample(contexts(3), 40, seeded())
    log_prob = built.log_prob(samples, contexts(3)[:, None]).detach()
    for rows in (100, 15):  # less than the batch, and less than a planet
        monkeypatch.setattr(density, "ROWS_AT_ONCE", rows)
        torch.testing.assert_close(built.sample(contexts(3), 40, seeded()), samples, rtol=1e-3, atol=1e-3)
        with torch.no_grad():
            portions = built.log_prob(samples, contexts(3)[:, None])
        torch.testing.assert_close(portions, log_prob, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", [name for name in SMALL if name != "fmpe"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.float64, 1e-7)])
def test_samples_lead_back_to_the_noise_they_came_from(
    name: str, dtype: torch.dtype, tolerance: float
) -> None:
    built = small(name, 7).to(dtype)
    assert isinstance(built, Flow)
    samples = built.sample(contexts(5).to(dtype), 400, seeded())
    drawn = even_normal(5, 400, 7, seeded()).to(dtype)
    noise, _ = built.noise(samples, contexts(5).to(dtype)[:, None])
    if name == "naf" and dtype == torch.float32:
        # so steep that the last digit of a sample, rounded up or down, moves the noise by more than the
        # tolerance: computed in float64 the noise behind the same samples is as far off
        moved = []
        for end in (torch.inf, -torch.inf):
            neighbour = torch.nextafter(samples, torch.full_like(samples, end))
            found, _ = built.noise(neighbour, contexts(5).to(dtype)[:, None])
            moved.append((found - noise).abs())
        assert ((noise - drawn).abs() <= tolerance + torch.maximum(*moved)).all()
    else:
        torch.testing.assert_close(noise, drawn, rtol=0, atol=tolerance)


@every_density
def test_the_generator_decides_the_samples(name: str) -> None:
    built = small(name, 2)
    first = built.sample(contexts(2), 10, seeded(1))
    assert torch.equal(first, built.sample(contexts(2), 10, seeded(1)))
    assert not torch.equal(first, built.sample(contexts(2), 10, seeded(2)))


@every_density
def test_samples_and_differentiable_ones_are_noise_carried_the_same_way(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = torch.randn(2, 50, 3, generator=seeded())
    monkeypatch.setattr(density, "even_normal", lambda *shape_and_generator: noise)
    built = small(name, 3)
    samples = built.sample(contexts(2), 50, seeded())
    differentiable = built.rsample(contexts(2), 50, seeded())
    assert differentiable.requires_grad
    torch.testing.assert_close(differentiable.detach(), samples, rtol=1e-3, atol=1e-3)


@every_density
def test_the_density_is_finite_far_away_and_falls(name: str) -> None:
    built = small(name, 2)
    distance = torch.tensor([0.0, 8.0, 12.0, 30.0, 100.0])
    theta = torch.stack([distance, -distance], dim=-1)
    log_prob = built.log_prob(theta, contexts(1)[0])
    assert log_prob.isfinite().all()
    assert (log_prob[1:].diff() < 0).all()


@every_density
def test_weights_survive_a_state_dict(name: str) -> None:
    built = small(name, 3)
    torch.manual_seed(99)
    other = build_density(name, 3, CONTEXT, **SMALL[name])
    other.load_state_dict(built.state_dict())
    theta = torch.randn(2, 3, generator=seeded())
    assert torch.equal(other.eval().log_prob(theta, contexts(2)), built.log_prob(theta, contexts(2)))
    assert torch.equal(other.sample(contexts(2), 5, seeded()), built.sample(contexts(2), 5, seeded()))


@every_density
def test_half_precision_contexts_are_computed_in_the_dtype_of_the_weights(name: str) -> None:
    built = small(name, 2)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = contexts(2).bfloat16()
        samples = built.sample(half, 5, seeded())
        log_prob = built.log_prob(samples, half[:, None])
        loss = built.loss(samples[:, 0], half)
    assert samples.dtype == log_prob.dtype == loss.dtype == torch.float32
    expected = built.log_prob(samples, half[:, None].float())
    torch.testing.assert_close(log_prob, expected)


@every_density
def test_the_loss_is_one_number_per_pair_and_reaches_every_weight(name: str) -> None:
    built = small(name, 3)
    context = contexts(20).requires_grad_()
    loss = built.loss(torch.randn(20, 3, generator=seeded()), context)
    assert loss.shape == (20,)
    loss.sum().backward()
    assert context.grad is not None
    assert (context.grad.abs().sum(dim=1) > 0).all()
    for label, weights in built.named_parameters():
        assert weights.grad is not None, label
        assert weights.grad.isfinite().all(), label
        assert (weights.grad != 0).any(), label


@every_density
def test_no_planets_give_no_samples(name: str) -> None:
    assert small(name, 2).sample(contexts(0), 5, seeded()).shape == (0, 5, 2)


def test_the_loss_of_a_flow_is_its_negative_log_density() -> None:
    built = small("nsf", 2)
    theta = torch.randn(4, 2, generator=seeded())
    assert torch.equal(built.loss(theta, contexts(4)), -built.log_prob(theta, contexts(4)))


def test_beyond_its_box_a_spline_flow_is_a_standard_normal() -> None:
    theta = torch.tensor([7.0, -9.0])
    built = build_density("nsf", 2, CONTEXT, scaled=False)
    expected = -0.5 * (49 + 81) - math.log(2 * math.pi)
    assert built.log_prob(theta, contexts(1)[0]).item() == pytest.approx(expected)


def test_an_unknown_flow_is_told_with_the_nearest_one() -> None:
    with pytest.raises(HarnessError, match=r"no flow 'nfs' \(did you mean 'nsf'\?\): choose one of nsf, "):
        build_density("nfs", 2, CONTEXT)
