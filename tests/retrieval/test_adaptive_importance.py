"""The importance sampler behind the traces of ariel-hard, on posteriors that are known."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from harness.retrieval.adaptive_importance import Weighted, sample
from harness.retrieval.kernels import effective_size, tempered

BOUNDS = torch.tensor([[-4.0, 0.0, 10.0], [4.0, 1.0, 30.0]], dtype=torch.float64)
VOLUME = float((BOUNDS[1] - BOUNDS[0]).prod())


MEAN = torch.tensor([[1.0, 0.5, 15.0], [-2.0, 0.3, 25.0]], dtype=torch.float64)
WIDTH = torch.tensor([0.01, 0.1, 1.0], dtype=torch.float64)  # far narrower than the prior


def log_likelihood(rows: Tensor, values: Tensor) -> Tensor:
    return -0.5 * ((values - MEAN[rows][:, None]) / WIDTH).square().sum(-1)


def from_the_prior(n: int) -> Tensor:
    unit = torch.rand(2, n, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return BOUNDS[0] + unit * (BOUNDS[1] - BOUNDS[0])


def sampled(rounds: tuple[int, ...], effective: float) -> list[Weighted]:
    return sample(
        from_the_prior,
        lambda rows, values: torch.full(values.shape[:2], -math.log(VOLUME), dtype=torch.float64),
        log_likelihood,
        BOUNDS,
        torch.full((2,), effective, dtype=torch.float64),
        rounds,
        torch.Generator().manual_seed(1),
    )


def test_kernels_find_what_the_first_proposals_hardly_hit() -> None:
    found = sampled((1500, 1500, 1500, 2000, 2500), 1000)
    for planet, one in enumerate(found):
        assert float(one.effective) > 1000
        weights = one.log_weights[0].softmax(0)
        mean = weights @ one.values[0]
        deviation = (weights @ (one.values[0] - mean).square()).sqrt()
        assert ((mean - MEAN[planet]).abs() < 0.15 * WIDTH).all()
        torch.testing.assert_close(deviation, WIDTH, rtol=0.1, atol=0)


def test_the_mean_weight_is_the_evidence() -> None:
    expected = (2 * math.pi) ** 1.5 * float(WIDTH.prod()) / VOLUME
    for one in sampled((1500, 1500, 1500, 2000, 2500), 1000):
        assert float(one.log_weights.exp().mean()) == pytest.approx(expected, rel=0.1)


def test_planets_with_enough_leave_and_others_go_on_to_the_last_round() -> None:
    easy, hard = (sampled((1000, 1000), wanted) for wanted in (1.0, 1e9))
    assert [one.values.shape[1] for one in easy] == [1000, 1000]
    assert [one.values.shape[1] for one in hard] == [2000, 2000]


def test_weights_are_tempered_to_the_effective_size_that_is_asked_for() -> None:
    log_weights = torch.linspace(0, 1000, 500, dtype=torch.float64)[None]
    assert float(effective_size(log_weights)) < 2
    assert float(effective_size(tempered(log_weights))) == pytest.approx(100, rel=0.01)
    flat = torch.zeros(1, 500, dtype=torch.float64)
    assert torch.equal(tempered(flat), flat)


def test_kernels_about_samples_do_not_make_these_weigh_too_little() -> None:
    """In seven dimensions a kernel's peak at its own centre outweighs all others: it must not count there."""
    planets, width = 16, 0.02
    generator = torch.Generator().manual_seed(0)
    bounds = torch.tensor([[0.0], [1.0]], dtype=torch.float64).expand(2, 7)
    mean = 0.3 + 0.4 * torch.rand(planets, 1, 7, generator=generator, dtype=torch.float64)
    proposed = torch.distributions.Normal(mean, 1.5 * width)

    def draw(n: int) -> Tensor:
        return mean + 1.5 * width * torch.randn(planets, n, 7, generator=generator, dtype=torch.float64)

    def density(of: torch.distributions.Normal) -> Callable[[Tensor, Tensor], Tensor]:
        return lambda rows, values: (
            torch.distributions.Normal(of.loc[rows], of.scale[rows]).log_prob(values).sum(-1)
        )

    found = sample(
        draw,
        density(proposed),
        density(torch.distributions.Normal(mean, torch.full_like(mean, width))),
        bounds,
        torch.full((planets,), 1e9, dtype=torch.float64),
        (1000, 1500, 1500),
        generator,
    )
    evidence = torch.tensor([float(one.log_weights.exp().mean().log()) for one in found])
    assert abs(float(evidence.mean())) < 0.03  # 0.15 too small where they count
    off = torch.cat([one.values - mean[planet] for planet, one in enumerate(found)]) / width
    shares = torch.cat([one.log_weights for one in found]).softmax(1)
    variance = (shares[..., None] * off.square()).sum(1).mean()
    assert float(variance) == pytest.approx(1, abs=0.012)
