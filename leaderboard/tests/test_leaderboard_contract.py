"""The leaderboard keeps the contract of plugins that follow runs."""

from __future__ import annotations

import pytest

from harness import HarnessError
from harness.contract import Check, contract


def test_hooks_take_no_options() -> None:
    with pytest.raises(HarnessError, match="hooks take no options"):
        contract("hooks", "leaderboard", {"k": 1})


def test_an_unknown_plugin_of_hooks_is_named() -> None:
    with pytest.raises(HarnessError, match=r"no hooks named 'leaderbord'.*did you mean 'leaderboard'"):
        contract("hooks", "leaderbord")


@pytest.mark.parametrize("check", contract("hooks", "leaderboard"), ids=str)
def test_the_leaderboard_keeps_it(check: Check) -> None:
    check()
