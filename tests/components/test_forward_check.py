"""Whether a forward model makes the spectra that methods learn from."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.challenges.toy import Toy
from harness.cli import main
from harness.components import FunctionForwardModel
from harness.components.forward_check import check_forward_model, of_other_physics
from harness.components.run import Run
from harness.errors import HarnessError, PluginWarning
from harness.figures.forward_check_png import forward_check_figure
from harness.training import ChallengeSources

CHALLENGE = Toy.create({"train": 80, "valid": 30, "test": 2, "rows": 200, "traced": 0.5}, name="toy")
TOY = ("toy", *(f"--set=challenge.{option}" for option in ("train=60", "valid=5", "test=2", "rows=200")))


def off_by(change: torch.Tensor) -> FunctionForwardModel:
    """The toy's own model, and so much of the mean noise of each channel beside it (W,)."""
    own, noise = CHALLENGE.forward_model(), CHALLENGE.train.observations.noise.mean(0)
    return FunctionForwardModel(lambda parameters, *_: own(parameters) + change * noise, "changed")


def test_the_model_that_made_the_spectra_makes_them():
    check = check_forward_model(CHALLENGE.forward_model(), CHALLENGE.train, CHALLENGE.schema)
    assert check.agrees
    assert check.quantile(0.9) < 1e-3
    assert check.missing == 0


@given(st.floats(-50, 50))
def test_an_offset_is_a_residual_and_no_change_of_shape(offset):
    check = check_forward_model(off_by(torch.full((52,), offset)), CHALLENGE.train, CHALLENGE.schema)
    noise = CHALLENGE.train.observations.noise
    assert torch.allclose(check.residual, offset * noise.mean(0) / noise, atol=1e-3)
    weight = 1 / noise**2  # the offset is that of least squares: nothing of it is left
    assert torch.allclose((check.shape * noise * weight).sum(1), torch.zeros(()).double(), atol=1.0)


@pytest.mark.parametrize(("change", "agrees"), [(0.05, True), (0.5, False)])
def test_it_agrees_where_all_channels_together_are_within_the_noise(change, agrees):
    signs = torch.ones(52).double()
    signs[::2] = -1
    check = check_forward_model(off_by(change * signs), CHALLENGE.train, CHALLENGE.schema)
    assert check.agrees is agrees
    assert check.distance.median() == pytest.approx(change * 52**0.5, rel=0.2)


def test_planets_without_a_spectrum_are_counted_and_speak_against_it():
    own = CHALLENGE.forward_model()

    def some(parameters, *_):
        return torch.where(torch.arange(len(parameters))[:, None] % 4 == 0, torch.nan, own(parameters))

    check = check_forward_model(FunctionForwardModel(some, "holes"), CHALLENGE.train, CHALLENGE.schema)
    assert check.missing == 20
    assert not check.agrees
    assert check.quantile(0.9) < 1e-3


def test_planets_that_the_model_makes_nothing_of_are_a_matter_of_units_and_not_of_opacities():
    none = FunctionForwardModel(lambda parameters, *_: parameters[:, :1] * torch.full((52,), torch.nan), "no")
    check = check_forward_model(none, CHALLENGE.train, CHALLENGE.schema)
    told = of_other_physics(check)
    assert "makes no spectrum of 80 of 80 training planets" in told
    assert "check the units" in told
    assert "opacities" not in told
    forward_check_figure(check, np.asarray(CHALLENGE.schema.wavelength), "nothing to draw")  # nor to warn of


def test_methods_learn_from_the_planets_where_the_model_is_another():
    find = ChallengeSources("auto", 500).find
    parts = (CHALLENGE.train, CHALLENGE.valid, CHALLENGE.schema)
    own = CHALLENGE.forward_model()
    assert find(*parts, Run(forward_model=lambda: own, forward_check=CHALLENGE.forward_check)).kind == (
        "simulations and traces"
    )
    changed = off_by(torch.linspace(-3, 3, 52).double())
    check = check_forward_model(changed, CHALLENGE.train, CHALLENGE.schema)
    run = Run(forward_model=lambda: changed, forward_check=lambda: check)
    with pytest.warns(PluginWarning, match="misses the spectra of the training planets by .* of their noise"):
        assert find(*parts, run).kind == "parameters and traces"
    assert ChallengeSources("simulations", 500).find(*parts, run).kind == "simulations"


@pytest.mark.parametrize(("valid", "judged"), [(30, True), (50, False)], ids=["too-few", "enough"])
def test_a_model_that_knows_training_planets_by_heart_is_judged_by_planets_held_out(valid, judged):
    class ByHeart(Toy):
        def forward_model(self):
            own, train, noise = super().forward_model(), self.train, self.train.observations.noise.mean(0)

            def make(parameters, *_):
                seen = (parameters[:, None] == train.truth.parameters.double()).all(2).any(1, keepdim=True)
                return own(parameters) + torch.where(seen, 0.0, 3 * noise)

            return FunctionForwardModel(make, "by heart")

    challenge = ByHeart.create({"train": 60, "valid": valid, "test": 2, "rows": 200}, name="toy")
    assert challenge.forward_check().agrees is judged


class Unready(FunctionForwardModel):
    """A model that has to learn something first."""

    ready = False


def test_a_time_budget_does_not_wait_for_opacities_to_be_learned():
    model = Unready(CHALLENGE.forward_model(), "unready")

    def never():
        raise AssertionError("the check would have to learn")

    run = Run(forward_model=lambda: model, forward_check=never, time_budget=5.0)
    parts = (CHALLENGE.train, CHALLENGE.valid, CHALLENGE.schema)
    with pytest.warns(PluginWarning, match="not learned yet, which takes minutes"):
        assert ChallengeSources("auto", 500).find(*parts, run).kind == "parameters and traces"


def test_the_command_says_what_was_found_and_draws_it(capsys, tmp_path):
    with pytest.raises(SystemExit) as ended:
        main(["data", "check", *TOY, "-o", str(tmp_path / "check.png")])
    assert not ended.value.code
    output = capsys.readouterr().out
    assert "the forward model makes these spectra" in output
    assert "0 of 60 planets are off by more than 1 sigma" in output
    assert (tmp_path / "check.png").read_bytes()[:4] == b"\x89PNG"


def test_the_command_gives_json(capsys):
    with pytest.raises(SystemExit):
        main(["data", "check", *TOY, "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["agrees"] is True
    assert len(found["channels"]) == 52
    assert found["planets"] == 60


def test_a_set_without_a_forward_model_is_refused(capsys, hela):
    with pytest.raises(SystemExit) as ended:
        main(["data", "check", f"hela:{hela}"])
    assert ended.value.code == 2
    assert "cannot be checked: it has no forward model; name a challenge with" in capsys.readouterr().err


def test_spectra_with_noise_are_refused():
    noisy = CHALLENGE.schema.model_copy(update={"noise_included": True})
    with pytest.raises(HarnessError, match="carry their noise"):
        check_forward_model(CHALLENGE.forward_model(), CHALLENGE.train, noisy)


def test_what_the_model_must_be_told_is_named_where_a_challenge_lacks_it():
    own = CHALLENGE.forward_model()
    needy = FunctionForwardModel(lambda *given: own(given[0]), "needy", needs=("star_radius_m",))
    with pytest.raises(HarnessError, match="it lacks star_radius_m, which the model must be told"):
        check_forward_model(needy, CHALLENGE.train, CHALLENGE.schema)
