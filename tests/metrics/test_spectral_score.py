"""The two spectral scores against METRIC's steps written out with numpy loops."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.metrics import ARIEL_BOUNDS, official_spectral_score, spectral_score
from harness.physics import TransmissionModel
from harness.physics.ariel_channels import WAVELENGTH, WIDTH

LOWER, UPPER = np.array(ARIEL_BOUNDS).T
POSITIONS = np.linspace(0.01, 0.99, 10)


def channels(parameters, star_radius, planet_mass):
    """A spectrum of three channels that any row and fact changes: a stand-in for the forward model."""
    radius, temperature, water, *_ = (parameters[:, p] for p in range(7))
    depth = 0.01 * (radius / star_radius) ** 2
    scale = 1e-7 * temperature / planet_mass
    return np.stack([depth, depth + scale * (13 + water), depth + scale * parameters[:, 3:].sum(1) ** 2], 1)


def forward(parameters, star_radius, planet_mass):
    """The same on tensors."""
    rows = channels(*(one.cpu().numpy() for one in (parameters, star_radius, planet_mass)))
    return torch.from_numpy(rows)


def trace(generator, centre, rows, *, equal=False):
    """A cloud about a centre, as wide as posteriors are, with its weights."""
    width = np.array([0.03, 120.0, 0.7, 1.0, 1.5, 0.7, 1.0])
    values = generator.normal(centre, width, size=(rows, 7))
    weights = np.ones(rows) if equal else generator.gamma(0.3, size=rows) + 1e-9
    return values, weights / weights.sum()


class Catalogue:
    """Predictions and reference traces of planets as the challenge's population has them."""

    def __init__(self, lengths, *, equal, seed=0):
        generator = np.random.default_rng(seed)
        low, high = [0.2, 500, -9, -9, -6, -9, -9], [1.6, 2100, -3, -4, -3, -3, -3]
        self.ours, self.theirs = [], []
        for own, other in lengths:
            centre = generator.uniform(low, high)
            off = generator.normal(0, [0.01, 60, 0.5, 0.5, 0.5, 0.5, 0.5])
            self.ours.append(trace(generator, centre + off, own, equal=equal))
            self.theirs.append(trace(generator, centre, other))
        self.star_radius = generator.uniform(0.6, 2.0, len(lengths))
        self.planet_mass = 10 ** generator.uniform(-0.7, 0.7, len(lengths))

    @property
    def traces(self):
        """Arguments of the scores."""
        return [list(part) for pairs in (self.ours, self.theirs) for part in zip(*pairs, strict=True)]

    @property
    def facts(self):
        return {"star_radius": self.star_radius, "planet_mass": self.planet_mass}


LENGTHS = [(1200, 1743), (1000, 1000), (2500, 900), (1500, 700), (1001, 1000), (1, 40), (40, 1), (1100, 3000)]


def resampled(values, weights, u):
    """Systematic resampling, one position after the other."""
    rows, chosen, j = len(weights), [], 0
    cumulative = np.cumsum(weights)
    for i in range(rows):
        while not (u + i) / rows < cumulative[j]:
            j += 1
        chosen.append(j)
    return values[chosen]


def published_spectra(values, weights, u, model):
    """The ten spectra that the published scorer reads off a trace."""
    rows = resampled(np.clip(values, LOWER, UPPER), weights, u)[weights.argsort(kind="stable")]
    spectra = []
    for q in POSITIONS:
        index = q * (len(rows) - 1)
        left = int(index)
        share = index - left
        spectrum = model(rows[left])
        if share:
            spectrum = (1 - share) * spectrum + share * model(rows[left + 1])
        spectra.append(spectrum)
    return np.array(spectra)


def weighted_spectra(values, weights, u, model):
    """The ten spectra at even positions of the cumulative weights."""
    rows = np.clip(values, LOWER, UPPER)
    cumulative = np.cumsum(weights)
    return np.array([model(rows[np.flatnonzero(cumulative >= q - 1e-12)[0]]) for q in POSITIONS])


def loss(truth, predicted):
    difference = np.log10(predicted) - np.log10(truth)
    if abs(np.log10(predicted.mean() / truth.mean())) >= 1:
        return 100 * np.mean(difference**2)
    return 100 * np.mean(np.abs(difference))


def score_of(ours, theirs):
    """The formula for ten spectra of each."""
    summary = []
    for spectra in (ours, theirs):
        with np.errstate(invalid="ignore"):
            quartiles = np.quantile(spectra, [0.25, 0.5, 0.75], axis=0)
        quartiles = np.clip(np.nan_to_num(quartiles, nan=0.1, posinf=0.1, neginf=0.1), 1e-8, 0.1)
        summary.append((quartiles[1], quartiles[2] - quartiles[0] + 1e-8))
    with np.errstate(invalid="ignore"):
        losses = [loss(truth, predicted) for predicted, truth in zip(*summary, strict=True)]
    # the published scorer answers NaN where a spread is below zero
    return 0.0 if np.isnan(losses).any() else max(0.0, 1000 - np.mean(losses))


def step_by_step(catalogue, spectra_of, model, seed=0):
    """The score of each planet; `model` takes one row, the star's radius and the planet's mass."""
    generator = np.random.default_rng(seed)
    scores = []
    for ours, theirs, *facts in zip(
        catalogue.ours, catalogue.theirs, catalogue.star_radius, catalogue.planet_mass, strict=True
    ):

        def spectrum(row, facts=facts):
            return model(row, *facts)

        scores.append(score_of(*(spectra_of(*pair, generator.random(), spectrum) for pair in (ours, theirs))))
    return np.array(scores)


def one_row(row, star_radius, planet_mass):
    return channels(row[None], star_radius, planet_mass)[0]


BOTH = [(official_spectral_score, published_spectra), (spectral_score, weighted_spectra)]


@pytest.mark.parametrize(("score", "spectra_of"), BOTH)
@pytest.mark.parametrize("equal", [True, False])
def test_the_score_follows_every_step(score, spectra_of, equal, device):
    catalogue = Catalogue(LENGTHS, equal=equal)
    tensors = [[torch.from_numpy(array).to(device) for array in arrays] for arrays in catalogue.traces]
    found = score(*tensors, forward, **catalogue.facts)
    expected = step_by_step(catalogue, spectra_of, one_row)
    np.testing.assert_allclose(found.cpu(), expected, rtol=0, atol=1e-8)  # of 1000
    assert found.device == device
    assert (expected < 999).all()


@pytest.fixture(scope="module")
def physics():
    """Opacity files of the forward model's tests, and TauREx on them."""
    path = Path(__file__).parents[1] / "physics" / "conftest.py"
    specification = importlib.util.spec_from_file_location("opacities_and_taurex", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("score", "spectra_of"), BOTH)
def test_with_the_forward_model_it_is_what_taurex_gives(score, spectra_of, physics, tmp_path):
    directory = physics.write_files(tmp_path, np.geomspace(1000, 25000, 300))
    model = TransmissionModel.from_files(directory, dtype=torch.float64)
    taurex = physics.Oracle(directory)
    wavelength, width = np.array(WAVELENGTH), np.array(WIDTH)

    def spectrum(row, star_radius, planet_mass):
        return taurex.bin(*taurex.native(row, star_radius, planet_mass), wavelength, width)

    catalogue = Catalogue([(1007, 1013)], equal=False, seed=10)
    found = score(*catalogue.traces, model.binned, **catalogue.facts)
    expected = step_by_step(catalogue, spectra_of, spectrum)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3)  # of 1000
    assert expected.min() < 990


@pytest.mark.parametrize(("score", "spectra_of"), BOTH)
def test_spectra_that_are_not_finite_count_as_published(score, spectra_of):
    def hole(parameters, star_radius, planet_mass):
        depth = forward(parameters, star_radius, planet_mass)
        depth[parameters[:, 1] > 1300, 0] = torch.nan
        depth[parameters[:, 1] > 1300, 1] = torch.inf
        depth[parameters[:, 2] > -5, 2] = -torch.inf
        return depth

    def one(row, *facts):
        return hole(torch.from_numpy(row[None]), *(torch.tensor([fact]) for fact in facts))[0].numpy()

    catalogue = Catalogue([(300, 400)] * 12, equal=False, seed=2)
    found = score(*catalogue.traces, hole, **catalogue.facts)
    with np.errstate(invalid="ignore"):
        expected = step_by_step(catalogue, spectra_of, one)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8)
    assert len(np.unique(expected.round(6))) > 6


@pytest.mark.parametrize(("score", "rows"), [(spectral_score, 20), (official_spectral_score, 40)])
def test_many_planets_take_several_calls_and_score_as_alone(score, rows):
    catalogue = Catalogue([(10 + i % 7, 20 - i % 5) for i in range(2000)], equal=False)
    seen = []

    def counting(parameters, *facts):
        seen.append(len(parameters))
        return forward(parameters, *facts)

    together = score(*catalogue.traces, counting, **catalogue.facts)
    assert sum(seen) == 2000 * rows
    assert 1 < len(seen) < 10
    few = [arrays[:50] for arrays in catalogue.traces]
    facts = {name: values[:50] for name, values in catalogue.facts.items()}
    torch.testing.assert_close(score(*few, forward, **facts), together[:50], rtol=0.0, atol=1e-9)


@pytest.mark.parametrize(("score", "rows"), [(spectral_score, 20), (official_spectral_score, 40)])
def test_the_forward_model_runs_on_as_few_rows_as_the_score_needs(score, rows):
    catalogue = Catalogue([(100, 120)] * 5, equal=False)
    seen = []

    def counting(parameters, *facts):
        seen.append(parameters)
        assert parameters.dtype == torch.float64
        return forward(parameters, *facts)

    score(*catalogue.traces, counting, **catalogue.facts)
    (parameters,) = seen
    assert parameters.shape == (5 * rows, 7)


@pytest.mark.parametrize("score", [spectral_score, official_spectral_score])
def test_one_planet_may_come_alone_and_none_at_all(score):
    catalogue = Catalogue([(50, 70)], equal=False)
    alone = score(
        *(arrays[0] for arrays in catalogue.traces),
        forward,
        star_radius=float(catalogue.star_radius[0]),
        planet_mass=float(catalogue.planet_mass[0]),
    )
    assert alone.shape == ()
    assert alone == score(*catalogue.traces, forward, **catalogue.facts)[0]
    assert score([], [], [], [], forward).shape == (0,)


@settings(max_examples=40)
@given(st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_the_same_posterior_scores_1000_and_any_other_no_more(rows, seed):
    generator = np.random.default_rng(seed)
    centre = generator.uniform(LOWER, UPPER)
    ours, other = trace(generator, centre, rows), trace(generator, centre, rows)
    facts = {"star_radius": 1.0, "planet_mass": 1.0}
    assert float(spectral_score(*ours, *ours, forward, **facts)) == 1000.0
    for score in (spectral_score, official_spectral_score):
        assert 0.0 <= float(score(*ours, *other, forward, **facts)) <= 1000.0


def test_spectra_apart_by_orders_of_magnitude_score_by_their_square():
    def level(depth):
        rows = np.tile([depth, *[-3.0] * 6], (50, 1))
        return rows, np.full(50, 0.02)

    def flat(parameters, star_radius, planet_mass):
        return parameters[:, :1].expand(-1, 5)

    bounds = [(1e-8, 0.1), *[(-12.0, -1.0)] * 6]
    for score in (spectral_score, official_spectral_score):
        near = score(*level(1e-3), *level(1e-2 * 0.99), flat, bounds=bounds)
        assert float(near) == pytest.approx(1000 - 50 * np.log10(9.9))
        far = score(*level(1e-6), *level(1e-2), flat, bounds=bounds)
        assert float(far) == pytest.approx(1000 - 50 * 4**2)
        farthest = score(*level(1e-8), *level(0.1), flat, bounds=bounds)
        assert float(farthest) == 0.0


def test_a_row_in_two_halves_is_drawn_as_the_whole():
    catalogue = Catalogue([(80, 90)], equal=False)
    ours, our_weights, theirs, their_weights = (arrays[0] for arrays in catalogue.traces)
    halved = np.repeat(ours, 2, axis=0), np.repeat(our_weights / 2, 2)
    whole = spectral_score(ours, our_weights, theirs, their_weights, forward, **catalogue.facts)
    assert spectral_score(*halved, theirs, their_weights, forward, **catalogue.facts) == whole


def test_the_uniform_numbers_follow_from_the_seed():
    catalogue = Catalogue([(200, 250), (300, 150)], equal=False)
    default, same, other = (
        official_spectral_score(*catalogue.traces, forward, **catalogue.facts, **seed)
        for seed in ({}, {"seed": 0}, {"seed": 1})
    )
    assert torch.equal(default, same)
    assert not torch.equal(default, other)


@pytest.mark.parametrize("score", [spectral_score, official_spectral_score])
@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"star_radius": np.array([1.0, 0.0])}, "star radius of planet 1 .* is 0; expected > 0"),
        ({"planet_mass": np.array([np.nan, 1.0])}, "planet mass of planet 0 .* is nan"),
        ({"planet_mass": np.ones(3)}, r"2 planets need 2 values of planet mass, or one, not shape \(3,\)"),
    ],
)
def test_impossible_facts_about_a_planet_are_refused(score, facts, message):
    catalogue = Catalogue([(20, 30), (20, 30)], equal=False)
    with pytest.raises(ValueError, match=message):
        score(*catalogue.traces, forward, **(catalogue.facts | facts))


@pytest.mark.parametrize("score", [spectral_score, official_spectral_score])
def test_a_forward_model_of_the_wrong_shape_is_refused(score):
    catalogue = Catalogue([(20, 30)], equal=False)
    with pytest.raises(ValueError, match=r"rows of parameters with shape \(3,\); expected"):
        score(*catalogue.traces, lambda *_: torch.ones(3), **catalogue.facts)


@pytest.mark.parametrize("score", [spectral_score, official_spectral_score])
def test_a_faulty_trace_is_told_with_the_planet_it_is_in(score):
    catalogue = Catalogue([(20, 30), (20, 30)], equal=False)
    traces = catalogue.traces
    traces[0][1][3, 2] = np.nan
    with pytest.raises(ValueError, match=r"predicted trace of planet 1 .* holds NaN"):
        score(*traces, forward, **catalogue.facts)
