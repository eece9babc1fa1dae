"""Variational inference of planets whose posteriors are known, through forward models that are simple."""

import math

import numpy as np
import pytest
import torch
from harness_npe.estimators.vi import VariationalInference
from harness_npe.vi.planet_flows import PlanetFlows, Shape
from harness_npe.vi.prior import NormalPrior

from harness.challenges import Observations, Split
from harness.components import ForwardModel, FunctionForwardModel
from harness.components.forward_check import check_forward_model
from harness.components.run import Run
from harness.data.schema import Parameter, Schema
from harness.data.truth import Truth
from harness.errors import HarnessError

SIGMA = 0.05
SCHEMA = Schema(
    parameters=tuple(Parameter(name=name, unit="", lower=0.0, upper=1.0) for name in ("level", "slope")),
    wavelength=(1.0, 2.0, 3.0),
    width=(0.1, 0.1, 0.1),
)
# of the spectrum on the parameters; away from the bounds the posterior is normal, with this covariance
DESIGN = torch.tensor([[1.0, 1.0, 1.0], [0.0, 1.0, 2.0]], dtype=torch.float64)
COVARIANCE = SIGMA**2 * torch.linalg.inv(DESIGN @ DESIGN.T)
TRUTH = torch.tensor([[0.4, 0.6], [0.5, 0.3]], dtype=torch.float64)
QUICK = {"steps": 160, "heated": 30, "draws": 16, "transforms": 1}


class Counted(ForwardModel):
    """Linear spectra, and perhaps a rough form of them that is off."""

    identity = "linear"

    def __init__(self, rough: ForwardModel | None = None) -> None:
        self.quicker, self.asked = rough, 0

    def __call__(self, parameters, star_radius=None, planet_mass=None):
        self.asked += len(parameters)
        return parameters @ DESIGN.to(parameters)

    def rough(self):
        return self.quicker


def seen(truth: torch.Tensor = TRUTH) -> Observations:
    spectrum = truth @ DESIGN
    names = np.array([f"planet{i}" for i in range(len(truth))], dtype=np.str_)
    empty = torch.empty(len(truth), 0, dtype=torch.float64)
    return Observations(names, spectrum, torch.full_like(spectrum, SIGMA), empty)


def around(forward: ForwardModel, **surroundings) -> Run:
    return Run(name="vi", forward_model=lambda: forward, **surroundings)


def inference(**options) -> VariationalInference:
    return VariationalInference.create({**QUICK, **options}, name="vi", schema=SCHEMA)


def moments(posterior, planet: int) -> tuple[torch.Tensor, torch.Tensor]:
    weights, samples = posterior.weights[planet], posterior.samples[planet].double()
    mean = weights @ samples
    return mean, (samples - mean).T @ (weights[:, None] * (samples - mean))


@pytest.mark.parametrize("proposals", [0, 1])
def test_the_posterior_of_a_linear_model_is_found(proposals):
    posterior = inference(proposals=proposals).sample(seen(), 2000, around(Counted()))
    for planet in range(2):
        mean, covariance = moments(posterior, planet)
        assert ((mean - TRUTH[planet]).abs() < 0.2 * COVARIANCE.diagonal().sqrt()).all()
        torch.testing.assert_close(covariance, COVARIANCE, rtol=0, atol=0.25 * float(COVARIANCE.abs().max()))


def test_the_bound_lies_below_the_evidence_and_close_to_it():
    """The product of the normal densities of three channels, integrated over two parameters."""
    evidence = inference().sample(seen(), 2000, around(Counted())).evidence
    exact = 0.5 * float(torch.logdet(2 * math.pi * COVARIANCE)) - 3 * math.log(math.sqrt(2 * math.pi) * SIGMA)
    assert evidence.log_evidence.tolist() == pytest.approx([exact, exact], abs=0.05)
    assert (evidence.lower_bound < evidence.log_evidence).all()
    assert (evidence.lower_bound > evidence.log_evidence - 0.3).all()


def test_a_parameter_that_the_spectrum_says_nothing_of_keeps_its_prior():
    deaf = FunctionForwardModel(lambda theta, *_: theta[:, :1].expand(-1, 3), "level alone")
    posterior = inference().sample(seen(torch.tensor([[0.4, 0.0]]).double()), 2000, around(deaf))
    level, slope = posterior.samples[0].unbind(-1)
    assert float(posterior.weights[0] @ (level - 0.4).square().double()) == pytest.approx(
        SIGMA**2 / 3, rel=0.2
    )
    order = slope.argsort()
    share = posterior.weights[0][order].cumsum(0)
    assert float((share - slope[order]).abs().max()) < 0.06


def test_a_rough_model_climbs_and_the_exact_one_corrects_it():
    off = FunctionForwardModel(lambda theta, *_: theta @ DESIGN.to(theta) + 2 * SIGMA, "rough")
    forward = Counted(off)
    estimator = inference()
    posterior = estimator.sample(seen(), 2000, around(forward))
    mean, _ = moments(posterior, 0)
    assert ((mean - TRUTH[0]).abs() < 0.2 * COVARIANCE.diagonal().sqrt()).all()
    asked = dict(zip(estimator.cost.models, estimator.cost.asked.double().mean(1).tolist(), strict=True))
    assert asked["exact"] < 0.3 * asked["rough"]


def test_planets_that_no_longer_rise_are_done():
    hasty = inference(tolerance=100.0, proposals=0)
    patient = inference(tolerance=0.0, steps=100, proposals=0)
    for estimator in (hasty, patient):
        estimator.sample(seen(), 100, around(Counted()))
    assert hasty.cost.steps.tolist() == [30 + 2 * 25] * 2
    assert patient.cost.steps.min() > 80


def test_finished_flows_are_found_again(tmp_path):
    forward = Counted()
    run = around(forward, checkpoint=tmp_path)
    options = {"proposals": 0, "planets": 1, "steps": 40, "heated": 10}
    first = inference(**options).sample(seen(), 100, run)
    taken, forward.asked = forward.asked, 0
    again = inference(**options).sample(seen(), 100, run)
    assert torch.equal(first.samples, again.samples)
    assert forward.asked < 0.2 * taken
    fresh = inference(**options | {"draws": 8})
    fresh.sample(seen(), 100, run)  # of other options: fitted anew
    assert forward.asked > 0.2 * taken


def test_the_density_integrates_to_one_and_is_that_of_the_draws():
    shape = Shape(2, 2, 16, 4)
    generator = torch.Generator().manual_seed(0)
    weights = PlanetFlows.fresh(shape, 2, generator)
    weights = {name: one + 0.3 * torch.randn(one.shape, generator=generator) for name, one in weights.items()}
    place = torch.tensor([[0.2, -0.1], [0.0, 0.3]]).double()
    scale = torch.tensor([[[0.8, 0.0], [0.3, 0.5]], [[0.5, 0.0], [0.0, 0.9]]]).double()
    flows = PlanetFlows(shape, place, scale, weights)
    u, log_q = flows.transport(torch.randn(2, 200, 2, generator=generator))
    torch.testing.assert_close(flows.log_prob(u), log_q.detach(), rtol=0, atol=2e-3)
    axis = torch.linspace(-8, 8, 321).double()
    grid = torch.cartesian_prod(axis, axis)[None].expand(2, -1, -1)
    assert (flows.log_prob(grid).exp().sum(1) * 0.05**2).tolist() == pytest.approx([1, 1], abs=0.02)
    torch.testing.assert_close(flows.some(torch.tensor([1])).log_prob(u[1:]), flows.log_prob(u)[1:])


def test_the_prior_is_uniform_within_the_bounds():
    prior = NormalPrior([(2.0, 4.0)])
    u = torch.linspace(-3, 3, 7).double()[:, None]
    torch.testing.assert_close(prior.normal(prior.parameters(u)), u)
    assert torch.allclose(prior.log_density(u) + prior.per_unit(u), torch.tensor(-math.log(2)).double())


def test_what_it_cannot_do_without_is_asked_for_in_a_sentence(tmp_path):
    split = Split(seen(), Truth(TRUTH))
    with pytest.raises(HarnessError, match="a forward model, which this challenge does not have"):
        inference().fit(split, split, Run(name="vi"))
    with pytest.raises(HarnessError, match="There is no emulator"):
        inference(emulator=str(tmp_path / "none")).fit(split, split, around(Counted()))
    flat = FunctionForwardModel(lambda theta, *_: (theta @ DESIGN.to(theta)).detach(), "no gradients")
    with pytest.raises(HarnessError, match="gives no gradients"):
        inference().sample(seen(), 100, around(flat))


def test_it_warns_where_the_forward_model_does_not_make_the_spectra():
    split = Split(seen(torch.rand(20, 2).double()), Truth(torch.rand(20, 2).double()))
    model = Counted()
    check = check_forward_model(model, split, SCHEMA)
    with pytest.warns(UserWarning, match="posteriors will be those of other physics"):
        inference().fit(split, split, around(model, forward_check=lambda: check))


def test_it_says_what_it_took(tmp_path):
    estimator = inference(steps=8, heated=3, proposals=0)
    estimator.sample(seen(), 100, around(Counted()))
    estimator.artifacts(tmp_path)
    lines = (tmp_path / "variational.csv").read_text().splitlines()
    assert lines[0] == "planet_id,steps,exact spectra"
    assert [line.split(",")[:2] for line in lines[1:]] == [["planet0", "8"], ["planet1", "8"]]
