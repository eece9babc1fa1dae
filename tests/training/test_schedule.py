"""What changes as training goes on."""

import pytest

from harness.training.schedule import FINAL_RATE, WARM_UP, geometric, ramp, rate_factor


@pytest.mark.parametrize("shape", ["cosine", "plateau", "constant"])
def test_the_learning_rate_rises_to_its_peak(shape):
    rising = [rate_factor(shape, WARM_UP * share) for share in (0.0, 0.25, 0.5, 1.0)]
    assert rising == pytest.approx([0.01, 0.25, 0.5, 1.0])


def test_a_cosine_then_falls_to_a_hundredth_and_the_others_stay():
    halfway = (1 + WARM_UP) / 2
    assert rate_factor("cosine", halfway) == pytest.approx((1 + FINAL_RATE) / 2)
    assert rate_factor("cosine", 1.0) == pytest.approx(FINAL_RATE)
    assert rate_factor("plateau", 1.0) == rate_factor("constant", 1.0) == 1


def test_a_ramp_is_flat_outside_and_linear_inside():
    assert [ramp(done, 0.2, 0.6) for done in (0.0, 0.2, 0.3, 0.6, 1.0)] == pytest.approx([0, 0, 0.25, 1, 1])
    assert ramp(0.0, 0.0, 0.0) == 1


def test_equal_factors_halve_the_logarithm_halfway():
    assert [geometric(1.0, 0.04, share) for share in (0, 0.5, 1)] == pytest.approx([1.0, 0.2, 0.04])
