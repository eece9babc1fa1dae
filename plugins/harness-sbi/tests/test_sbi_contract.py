"""The estimator, against what every estimator must do."""

import pytest

from harness.contract import contract


@pytest.mark.parametrize("check", contract("estimator", "sbi-npe"), ids=str)
def test_contract(check):
    check()
