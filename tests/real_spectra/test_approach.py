"""How parameters come near to a posterior before a density is learned: climbs, kernels, bounded weights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import multivariate_t
from torch import Tensor

from harness.real_spectra.curvature import Curvature, information
from harness.real_spectra.likelihood import MeasuredLikelihood
from harness.real_spectra.local_kernels import LocalKernels
from harness.real_spectra.pool import shared_out
from harness.retrieval.kernels import FREEDOM, from_places

BOUNDS = torch.tensor([[0.018, -6.0, -1e-3, 0.0], [0.022, -2.0, 1e-3, 3.0]], dtype=torch.float64)


@pytest.fixture
def curvature(likelihood: Callable[..., MeasuredLikelihood]) -> Curvature:
    """Of a spectrum whose errors are known."""
    return Curvature(likelihood(), BOUNDS[:, :3])


def quiet(steps: int, note: str | None = None) -> None:
    """Progress that nobody looks at."""


@pytest.mark.parametrize("inflated", [False, True])
def test_climbs_end_where_the_posterior_density_is_largest(
    likelihood: Callable[..., MeasuredLikelihood], inflated: bool
) -> None:
    """Where scipy's simplex ends, the error that is added among the parameters or not."""
    found = Curvature(likelihood(inflated=inflated), BOUNDS if inflated else BOUNDS[:, :3])

    def loss(places: np.ndarray) -> float:
        z = torch.from_numpy(places)[None]
        logistic = torch.nn.functional.logsigmoid
        likelihood = found.likelihood.of_channels(from_places(z, found.bounds)).sum()
        return -float(likelihood + (logistic(z) + logistic(-z)).sum())

    width = found.bounds.shape[1]
    start = torch.randn(8, width, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    reached = found.climbed(start, 40, quiet)
    options = {"maxiter": 20_000, "maxfev": 20_000, "xatol": 1e-8, "fatol": 1e-10}
    best = min(minimize(loss, one, method="Nelder-Mead", options=options).fun for one in start.numpy())
    assert min(loss(one) for one in reached.numpy()) == pytest.approx(best, abs=0.01)


def test_slopes_are_the_derivatives(curvature: Curvature) -> None:
    places = torch.randn(5, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)

    def residuals(one: Tensor) -> Tensor:
        values = from_places(one[None], curvature.bounds)
        return curvature.likelihood.scaled_residuals(curvature.likelihood.depths(values), values)[0]

    exact = torch.stack([torch.autograd.functional.jacobian(residuals, one).T for one in places])
    slopes, _ = curvature.slopes(places)
    torch.testing.assert_close(slopes, exact, rtol=0.02, atol=0.02)


def test_a_step_to_where_there_is_no_planet_is_not_taken(curvature: Curvature) -> None:
    depths = curvature.likelihood.depths
    curvature.likelihood.depths = lambda values: torch.where(
        values[:, :1] > 0.0199, depths(values), torch.nan
    )  # type: ignore[method-assign]
    reached = curvature.climbed(torch.tensor([[2.0, 0.0, 0.0]], dtype=torch.float64), 30, quiet)
    assert float(from_places(reached, curvature.bounds)[0, 0]) > 0.0199


def some_kernels() -> LocalKernels:
    generator = torch.Generator().manual_seed(2)
    centres = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    slopes = torch.randn(5, 3, 7, generator=generator, dtype=torch.float64)
    return LocalKernels.about(centres, information(slopes, 0.7), torch.arange(5).double())


def test_the_density_of_kernels_is_that_of_their_mixture() -> None:
    kernels = some_kernels()
    places = torch.randn(40, 3, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    each = [
        multivariate_t(centre, np.linalg.inv(root @ root.T), df=FREEDOM)
        for centre, root in zip(kernels.centres.numpy(), kernels.factor.numpy(), strict=True)
    ]
    parts = np.stack([one.pdf(places.numpy()) for one in each])
    expected = np.log(kernels.shares.numpy() @ parts)
    np.testing.assert_allclose(kernels.log_density(places).numpy(), expected, rtol=1e-9)
    assert len(kernels.log_density(places[:0])) == 0
    at = np.stack([one.pdf(kernels.centres.numpy()) for one in each])
    np.fill_diagonal(at, 0)
    shares = kernels.shares.numpy()
    np.testing.assert_allclose(
        kernels.log_density_of_others().numpy(), np.log(shares @ at / (1 - shares)), rtol=1e-9
    )


def test_what_kernels_draw_has_their_density() -> None:
    """Weighted by another density over theirs, draws integrate that other to one and have its mean."""
    kernels = some_kernels()
    drawn = kernels.draw(200_000, torch.Generator().manual_seed(4))
    other = torch.distributions.MultivariateNormal(kernels.centres[4], torch.eye(3, dtype=torch.float64) / 4)
    weights = (other.log_prob(drawn) - kernels.log_density(drawn)).exp()
    assert float(weights.mean()) == pytest.approx(1, abs=0.03)
    torch.testing.assert_close(
        (weights[:, None] * drawn).mean(0) / weights.mean(), kernels.centres[4], rtol=0, atol=0.03
    )


@given(st.lists(st.floats(-2000, 100), min_size=1, max_size=60), st.floats(0.5, 40))
@example([10.75, -723.0], 2.0)  # the smaller is beyond what a number of double precision holds in full
def test_no_weight_is_more_than_its_share(logarithms: list[float], rows: float) -> None:
    given_weights = torch.tensor([*logarithms, -torch.inf], dtype=torch.float64)
    bounded = shared_out(given_weights, rows)
    assert bool((bounded <= given_weights).all())
    shares = (bounded - bounded.max()).exp()
    most = min(int(np.ceil(rows)), len(logarithms))
    assert float(shares.max() / shares.sum()) <= 1 / most + 1e-6
    if float((given_weights - given_weights.logsumexp(0)).exp().max()) < 1 / most - 1e-6:
        torch.testing.assert_close(bounded, given_weights)
