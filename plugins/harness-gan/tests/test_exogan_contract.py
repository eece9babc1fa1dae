"""The components of this distribution, against what every one of their kind must do."""

import pytest

from harness.contract import contract

CHECKS = [*contract("estimator", "exogan"), *contract("scorer", "exogan-accuracy")]


# a game of twenty steps is over long before it is played
@pytest.mark.filterwarnings("ignore:exogan. the generator has collapsed in part")
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.subject.registration.name}-{check}")
def test_contract(check):
    check()
