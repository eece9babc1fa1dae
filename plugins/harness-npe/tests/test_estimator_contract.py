"""The estimators of this distribution, against what every estimator must do."""

import pytest

from harness.contract import contract


@pytest.mark.parametrize("check", contract("estimator", "npe-kl"), ids=str)
def test_npe_kl(check):
    check()
