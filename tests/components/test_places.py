"""Options that name a file are recorded so that the file is found again from any folder."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from harness.challenges.ariel2023.challenge import Ariel2023
from harness.components import Component
from harness.errors import HarnessError
from harness.estimators.nested_sampling import NestedSampling
from harness.training.weight_options import WeightOptions


@pytest.mark.parametrize("options", [partial(WeightOptions, proposals=1), NestedSampling.Options])
def test_a_file_that_is_there_is_recorded_whole(
    options: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.emulator").write_text("")
    assert options(emulator="my.emulator").emulator == str(tmp_path / "my.emulator")
    assert options(emulator="not there").emulator == "not there"
    assert options().emulator is None


@pytest.mark.parametrize(
    ("of", "option"),
    [(NestedSampling, "emulator"), (NestedSampling, "opacities"), (Ariel2023, "opacities")],
)
def test_an_empty_place_is_not_the_folder_that_one_is_in(of: type[Component], option: str) -> None:
    with pytest.raises(HarnessError, match=f"Option '{option}' of .* is '': it is empty; give the path"):
        of.parse_options({option: ""})
