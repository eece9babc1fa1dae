"""The estimators of this distribution, against what every estimator must do."""

import pytest

from harness.contract import contract

ESTIMATORS = ("npe-kl", "npe-mmd", "npe-ddks", "npe-independent", "vi")
CHECKS = [check for name in ESTIMATORS for check in contract("estimator", name)]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.subject.registration.name}-{check}")
def test_contract(check):
    check()
