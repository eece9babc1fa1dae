"""The components of this distribution, against what every one of their kind must do."""

import pytest

from harness.contract import contract

COMPONENTS = (
    ("preprocessor", "global-standardize"),
    ("embedder", "baseline-cnn"),
    ("estimator", "mc-dropout"),
    ("estimator", "bnn"),
    ("estimator", "plan-net"),
    ("estimator", "concrete-dropout"),
    ("estimator", "deep-ensemble"),
)
CHECKS = [check for kind, name in COMPONENTS for check in contract(kind, name)]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.subject.registration.name}-{check}")
def test_contract(check):
    check()
