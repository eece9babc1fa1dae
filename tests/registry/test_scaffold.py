"""A plugin in a minute: written, installed into a fresh environment, run, and found on the board."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.registry.scaffold import write_estimator_package


def fresh_environment(folder: Path) -> Path:
    """A virtual environment without our plugin, which finds heavy libraries where this one has them."""
    venv.create(folder, with_pip=False)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    # addsitedir rather than a bare path, so that editable installs are followed too
    (site / "borrowed.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    return folder / "bin" / "python"


def call(*command: str | Path, home: Path, cwd: Path | None = None) -> str:
    environment = dict(os.environ, HARNESS_HOME=str(home), PIP_DISABLE_PIP_VERSION_CHECK="1")
    result = subprocess.run(
        [str(word) for word in command],
        env=environment,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_a_new_plugin_beats_the_prior_and_is_found_on_the_board(tmp_path: Path) -> None:
    package = write_estimator_package("my-method", tmp_path)
    python = fresh_environment(tmp_path / "environment")
    home = tmp_path / "home"
    call(
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        package,
        home=home,
    )
    call(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", package, home=home)
    assert "13 passed, 0 failed" in call(python, "-m", "harness", "plugins", "test", "my-method", home=home)

    runs = json.loads(
        call(
            python,
            "-m",
            "harness",
            "run",
            "--estimator",
            "my-method",
            "--estimator",
            "prior",
            "--challenge",
            "toy",
            "--set",
            "challenge.train=1000",
            "--set",
            "challenge.test=30",
            "--json",
            home=home,
        )
    )
    scores = {run["estimator"]["name"]: run["scores"][0] for run in runs}
    error = scores["prior"]["standard_error"] + scores["my-method"]["standard_error"]
    assert scores["my-method"]["value"] > scores["prior"]["value"] + 3 * error

    boards = json.loads(call(python, "-m", "harness", "leaderboard", "--json", home=home))
    assert [entry["estimator"] for entry in boards[0]["entries"]] == ["my-method", "prior"]


def test_the_generated_source_is_formatted_linted_and_typed(tmp_path: Path) -> None:
    package = write_estimator_package("my-method", tmp_path)
    for command in (
        ["ruff", "format", "--check", "--line-length", "110"],
        ["ruff", "check"],
        ["mypy", "--strict"],
    ):
        call(sys.executable, "-m", *command, "src", "tests", home=tmp_path, cwd=package)


@pytest.mark.parametrize(
    "name", ["My-Method", "1st", "my_method", "a--b", "", "../evil", "harness", "json", "class", "torch"]
)
def test_an_unusable_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(HarnessError):
        write_estimator_package(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_taken_name_says_who_has_it(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="'prior' is taken by ariel-harness"):
        write_estimator_package("prior", tmp_path)


def test_an_existing_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "my-method").mkdir()
    with pytest.raises(HarnessError, match="exists already"):
        write_estimator_package("my-method", tmp_path)
    assert list((tmp_path / "my-method").iterdir()) == []
