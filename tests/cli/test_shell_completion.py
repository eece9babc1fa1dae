"""A shell completes names of commands and options, without anything heavy being imported."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "guide.md"
PROGRAM = """
import sys
from harness.cli import main
try:
    main(prog_name="harness")
finally:
    heavy = sorted({"torch", "pandas", "matplotlib", "scipy"} & set(sys.modules))
    assert not heavy, heavy
"""


def answer(instruction: str, **environment: str) -> str:
    """What the `harness` command answers a shell."""
    given = os.environ | {"_HARNESS_COMPLETE": instruction} | environment
    command = [sys.executable, "-c", PROGRAM]
    return subprocess.run(command, env=given, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_that_the_guide_names_is_given_its_script(shell: str) -> None:
    told = GUIDE.read_text().partition("## Completion in a shell")[2]
    assert re.search(rf"_HARNESS_COMPLETE={shell}_source harness\b", told)
    script = answer(f"{shell}_source")
    assert f"_HARNESS_COMPLETE={shell}_complete" in script


@pytest.mark.parametrize(
    ("line", "expected"),
    [("harness ru", {"run", "runs"}), ("harness run --est", {"--estimator"}), ("harness plugins n", {"new"})],
)
def test_names_of_commands_and_options_are_completed(line: str, expected: set[str]) -> None:
    told = answer("bash_complete", COMP_WORDS=line, COMP_CWORD=str(len(line.split()) - 1))
    assert {row.partition(",")[2] for row in told.split()} == expected
