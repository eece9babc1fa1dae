"""The corner plot of any posterior that an estimator may answer."""

from io import BytesIO

import numpy as np
import pytest
import torch
from matplotlib import image
from matplotlib.figure import Figure

from harness.data.intervals import intervals
from harness.data.posterior import Posterior
from harness.data.schema import Parameter, Schema
from harness.figures.corner_plot import corner_plot

PARAMETERS = (
    Parameter(name="planet_temp", unit="K", lower=0, upper=7000),
    Parameter(name="log_H2O", unit="log10 VMR", lower=-12, upper=-1),
    Parameter(name="planet_radius", unit="R_Jup", lower=0.1, upper=3),
)


def plot(samples: torch.Tensor, weights: torch.Tensor | None = None) -> Figure:
    """The corner plot of samples (n, P), equally weighted if not told otherwise."""
    if weights is None:
        weights = torch.full((len(samples),), 1 / len(samples), dtype=torch.float64)
    schema = Schema(parameters=PARAMETERS[: samples.shape[1]], wavelength=(1.0,), width=(0.1,))
    found = intervals(Posterior(samples[None], weights[None]), schema)[0]
    return corner_plot(samples, weights, found, "a planet")


def pixels(figure: Figure) -> np.ndarray:
    file = BytesIO()
    figure.savefig(file, format="png")
    file.seek(0)
    return image.imread(file)


def spread(n: int, seed: int = 0) -> torch.Tensor:
    """Samples (n, 3) that are spread over the whole prior."""
    generator = torch.Generator().manual_seed(seed)
    lower, upper = torch.tensor([(p.lower, p.upper) for p in PARAMETERS]).T
    return lower + torch.rand(n, 3, generator=generator) * (upper - lower)


def limits(figure: Figure) -> list[tuple[float, float]]:
    """The horizontal limits of the diagonal panels."""
    k = round(len(figure.axes) ** 0.5)
    return [figure.axes[i * (k + 1)].get_xlim() for i in range(k)]


def test_axes_span_the_prior_of_a_wide_posterior():
    assert limits(plot(spread(500))) == [(p.lower, p.upper) for p in PARAMETERS]


def test_axes_close_in_on_a_narrow_posterior_within_the_prior():
    samples = spread(500)
    samples[:, 0] = 1000 + samples[:, 0] / 100
    samples[:, 1] = -12 + (samples[:, 1] + 12) / 100
    temperature, water, radius = limits(plot(samples))
    assert 900 < temperature[0] < 1000 < 1070 < temperature[1] < 1200
    assert water[0] == -12
    assert radius == (0.1, 3)


def test_samples_without_weight_are_not_drawn():
    samples = spread(400)
    padded = torch.cat([samples, spread(600, seed=1)])
    weights = torch.zeros(1000, dtype=torch.float64)
    weights[:400] = 1 / 400
    np.testing.assert_array_equal(pixels(plot(samples)), pixels(plot(padded, weights)))


@pytest.mark.parametrize(
    "samples",
    [
        spread(1),
        spread(2),
        spread(1).repeat(50, 1),
        torch.cat([spread(100)[:, :1], torch.full((100, 2), 0.1)], dim=1).clamp(min=-12),
        spread(300)[:, :1],
        spread(300)[:, :2],
        torch.tensor([[0.0, -12.0, 0.1], [7000.0, -1.0, 3.0]]).repeat(20, 1),
    ],
    ids=[
        "one sample",
        "two samples",
        "one value",
        "atoms",
        "one parameter",
        "two parameters",
        "on the bounds",
    ],
)
def test_a_posterior_of_any_form_can_be_drawn(samples):
    samples = samples.clone()
    if samples.shape[1] > 1:
        samples[:, 1] = samples[:, 1].clamp(-12, -1)
    drawn = pixels(plot(samples))
    assert drawn.std() > 0.01


def test_names_and_units_stand_at_the_axes_and_medians_above():
    figure = plot(spread(500))
    labels = {axes.get_xlabel() for axes in figure.axes} - {""}
    assert labels == {"planet temperature\n[K]", "H₂O\n[log₁₀ VMR]", "planet radius\n[$\\mathrm{R_{Jup}}$]"}
    assert figure.axes[0].get_title().startswith("planet temperature\n$3")


def test_a_truth_beyond_the_samples_is_on_the_axes() -> None:
    samples = spread(500)
    samples[:, 0] = 1000 + samples[:, 0] / 100
    weights = torch.full((500,), 1 / 500, dtype=torch.float64)
    schema = Schema(parameters=PARAMETERS, wavelength=(1.0,), width=(0.1,))
    found = intervals(Posterior(samples[None], weights[None]), schema)[0]
    figure = corner_plot(samples, weights, found, "a planet", truth=[1900.0, -4.0, 1.0])
    low, high = limits(figure)[0]
    assert low < 1000 < 1900 < high
    marked = [line.get_xdata()[0] for line in figure.axes[0].lines]
    assert 1900.0 in marked
