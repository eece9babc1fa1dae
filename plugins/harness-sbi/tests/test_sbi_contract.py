"""The estimators, against what every estimator must do."""

import pytest

from harness.contract import contract

NAMES = ("sbi-npe", "sbi-fmpe", "sbi-npse", "sbi-nre", "npe-sequential")
CHECKS = [(name, check) for name in NAMES for check in contract("estimator", name)]


@pytest.mark.parametrize("check", [one for _, one in CHECKS], ids=[f"{name}-{one}" for name, one in CHECKS])
def test_contract(check):
    check()
