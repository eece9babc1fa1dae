"""Likelihoods by a rough forward model that is corrected at each planet."""

import math

import pytest
import torch

from harness.challenges import load
from harness.components import ForwardModel, FunctionForwardModel
from harness.data.host_facts import host_facts
from harness.data.observations import Observations
from harness.data.schema import Parameter, Schema
from harness.retrieval.corrected_likelihood import FEW, KNOWN, SpectrumLikelihoods

SIGMA = 0.05
SCHEMA = Schema(
    parameters=tuple(Parameter(name=name, unit="", lower=-1.0, upper=1.0) for name in ("slope", "level")),
    wavelength=(1.0, 2.0, 3.0),
    width=(0.1, 0.1, 0.1),
)


class Curved(ForwardModel):
    """Spectra of two parameters, and a rough form of them that is off by `error` of these."""

    identity = "curved"

    def __init__(self, error=None) -> None:
        self.error, self.asked = error, 0

    def __call__(self, parameters, star_radius=None, planet_mass=None):
        self.asked += len(parameters)
        slope, level = parameters[:, :1], parameters[:, 1:]
        return level + (slope * torch.arange(3)).sin()

    def rough(self):
        if self.error is None:
            return None
        exact, error = Curved(), self.error
        return FunctionForwardModel(lambda parameters, *_: exact(parameters) + error(parameters), "off")


def observed(planets: int) -> Observations:
    spectrum = torch.linspace(-0.1, 0.1, planets).double()[:, None].expand(-1, 3)
    return Observations(None, spectrum, torch.full_like(spectrum, SIGMA), torch.empty(planets, 0).double())


def cloud(planets: int, m: int) -> torch.Tensor:
    return 0.1 * torch.randn(planets, m, 2, generator=torch.Generator().manual_seed(2))


def exact(observations: Observations, parameters: torch.Tensor) -> torch.Tensor:
    made = Curved()(parameters.flatten(0, 1).double()).reshape(*parameters.shape[:2], 3)
    noise = torch.distributions.Normal(made, SIGMA)
    return noise.log_prob(observations.spectrum[:, None]).sum(-1)


def test_they_are_those_of_normal_noise():
    seen, parameters = observed(2), cloud(2, 50)
    assert torch.allclose(SpectrumLikelihoods(Curved(), SCHEMA)(seen, parameters), exact(seen, parameters))


def test_an_error_that_is_linear_in_the_parameters_is_corrected_altogether():
    forward = Curved(lambda parameters: 3 + parameters @ torch.tensor([[1.0, 2, 3], [4, 5, 6]]).double())
    seen, parameters = observed(2), cloud(2, 1000)
    likelihoods = SpectrumLikelihoods(forward, SCHEMA)
    assert torch.allclose(likelihoods(seen, parameters), exact(seen, parameters), atol=1e-4)
    assert likelihoods.exact == 0
    assert forward.asked == 2 * KNOWN


def test_where_a_correction_does_not_suffice_the_model_itself_is_asked():
    forward = Curved(lambda parameters: torch.where(parameters[:, 1:] > 0.0, 1.0, 0.0).expand(-1, 3))
    seen, parameters = observed(2), cloud(2, 1000)
    likelihoods = SpectrumLikelihoods(forward, SCHEMA)
    assert torch.allclose(likelihoods(seen, parameters), exact(seen, parameters))
    assert likelihoods.exact == 2
    assert forward.asked == 2 * (1000 + KNOWN)


def test_few_parameters_are_not_worth_a_correction():
    forward = Curved(lambda parameters: 1.0)
    seen, parameters = observed(1), cloud(1, FEW)
    assert torch.allclose(SpectrumLikelihoods(forward, SCHEMA)(seen, parameters), exact(seen, parameters))


def test_parameters_that_make_no_planet_neither_count_nor_disturb():
    forward = Curved(lambda parameters: torch.where(parameters[:, :1] > 0.1, torch.nan, 1.0).expand(-1, 3))
    seen, parameters = observed(1), cloud(1, 1000)
    found, impossible = SpectrumLikelihoods(forward, SCHEMA)(seen, parameters), parameters[..., 0] > 0.1
    assert (found[impossible] == -math.inf).all()
    assert torch.allclose(found[~impossible], exact(seen, parameters)[~impossible], atol=1e-3)


@pytest.fixture(scope="module")
def ariel():
    return load("ariel-mini")


def test_the_rough_model_of_the_ariel_challenge_is_corrected_to_a_tenth_of_the_noise(ariel):
    forward = ariel.forward_model().quick()
    traces = ariel.test.truth.traces
    planets = [row for row in range(40) if traces.trace(row)[0].numel()][:3]
    seen = ariel.test.observations[planets]
    generator = torch.Generator().manual_seed(4)
    rows = [traces.trace(row) for row in planets]
    drawn = [torch.multinomial(weights.double(), 500, True, generator=generator) for _, weights in rows]
    parameters = torch.stack([values[row] for (values, _), row in zip(rows, drawn, strict=True)])
    likelihoods = SpectrumLikelihoods(forward, ariel.schema)
    found = likelihoods(seen, parameters)
    assert likelihoods.exact == 0
    without_rough = FunctionForwardModel(forward, forward.identity, forward.needs)
    own = SpectrumLikelihoods(without_rough, ariel.schema)(seen, parameters)
    assert float((found - own).std(dim=1).max()) < 0.15


def test_so_is_it_for_a_measured_spectrum_whose_channels_have_exact_edges(ariel):
    forward = ariel.forward_model().measured()
    values, _ = ariel.test.truth.traces.trace(0)
    likelihoods = SpectrumLikelihoods(forward.quick(), ariel.schema)
    found = likelihoods(ariel.test.observations[[0]], values[-FEW - 1 :][None])
    assert likelihoods.exact == 0
    assert found.isfinite().all()


class Overflowing(Curved):
    """Of which the rough form makes planets that the model itself does not make."""

    def __call__(self, parameters, star_radius=None, planet_mass=None):
        made = super().__call__(parameters)
        return torch.where(parameters[:, :1] > 0.2, torch.nan, made)

    def hardly_bound(self, parameters, planet_mass=None):
        return parameters[:, 0] > 0.15


def test_the_model_itself_is_asked_where_atmospheres_are_hardly_bound():
    seen, parameters = observed(2), cloud(2, 4 * FEW)
    model = Overflowing(lambda parameters: 0.02 * parameters[:, 1:])
    found = SpectrumLikelihoods(model, SCHEMA)(seen, parameters)
    expected = exact(seen, parameters)
    expected = torch.where(parameters[..., 0] > 0.2, -torch.inf, expected)
    far = parameters[..., 0] > 0.15
    assert 0 < int(far.sum()) < far.numel() / 4
    assert torch.allclose(found[far], expected[far])
    assert torch.allclose(found, expected, atol=0.1)
    assert model.asked < parameters[..., 0].numel() / 2


def test_what_is_no_planet_of_the_ariel_challenge_has_no_likelihood():
    challenge = load("ariel-mini")
    mass = challenge.test.observations.auxiliary[:, challenge.schema.auxiliary_names.index("planet_mass_kg")]
    seen = challenge.test.observations[mass[:128].argsort()[:1]]
    generator = torch.Generator().manual_seed(0)
    radius = 0.135 + 0.03 * torch.rand(FEW + 40, generator=generator)
    temperature = 400 + 200 * torch.rand(FEW + 40, generator=generator)
    temperature[-40:] += 3000
    gases = -8 + torch.rand(FEW + 40, 5, generator=generator)
    parameters = torch.column_stack([radius, temperature, gases]).double()
    forward = challenge.forward_model()
    likelihoods = SpectrumLikelihoods(forward.quick(), challenge.schema)
    found = likelihoods(seen, parameters[None])[0]
    star, mass = (fact.expand(40) for fact in host_facts(seen, challenge.schema))
    absurd = ~forward(parameters[-40:], star, mass).isfinite().all(1)
    assert absurd.any()
    assert likelihoods.exact == 0
    assert (found[-40:][absurd] == -torch.inf).all()
    assert found[:-40].isfinite().all()
