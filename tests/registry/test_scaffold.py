"""A plugin in a minute: written, installed into a fresh environment, run, and found on the board."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.registry.scaffold import KINDS, next_steps, write_package


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


@dataclass(frozen=True)
class Installed:
    """A new package of each kind, `my-estimator` and so on, in an environment of its own."""

    python: Path
    folder: Path
    home: Path

    @property
    def site(self) -> Path:
        """Where the packages were installed to."""
        folder = self.python.parents[1]
        return Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))


Harness = Callable[..., str]


@pytest.fixture
def harness(installed: Installed, process: Callable[..., subprocess.Popen[str]]) -> Harness:
    """What a `harness` command that sees the packages prints."""

    def printed(*words: str) -> str:
        started = process(*words, seeing=(installed.site,), HARNESS_HOME=str(installed.home))
        output, errors = started.communicate()
        assert started.returncode == 0, output + errors
        return output

    return printed


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("packages")
    packages = [write_package(kind, f"my-{kind}", folder) for kind in KINDS]
    python = fresh_environment(tmp_path_factory.mktemp("environment"))
    home = tmp_path_factory.mktemp("home")
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index")
    call(python, "-m", "pip", "install", *options, *packages, home=home)
    return Installed(python, folder, home)


def test_its_own_tests_pass(installed: Installed) -> None:
    tests = [installed.folder / f"my-{kind}" for kind in KINDS]
    call(installed.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, home=installed.home)


@pytest.mark.parametrize("kind", ["estimator", "hooks"])
def test_it_keeps_the_contract(harness: Harness, kind: str) -> None:
    assert " 0 failed" in harness("plugins", "test", f"my-{kind}")


def test_it_is_listed_and_shown(installed: Installed, harness: Harness) -> None:
    listed = json.loads(call(installed.python, "-m", "harness", "plugins", "--json", home=installed.home))
    assert {(kind, f"my-{kind}") for kind in KINDS} <= {(one["kind"], one["name"]) for one in listed}
    shown = json.loads(harness("plugins", "show", "my-hooks", "--json"))
    assert shown["hooks"] == ["run_started", "epoch_finished"]
    assert shown["distribution"] == "my-hooks"


def test_a_new_estimator_beats_the_prior_and_new_hooks_follow_it(
    installed: Installed, harness: Harness
) -> None:
    small = ("-c", "toy", "--set", "challenge.train=1000", "--set", "challenge.test=30")
    runs = json.loads(harness("run", "-e", "my-estimator", "-e", "prior", *small, "--json"))
    scores = {run["estimator"]["name"]: run["scores"][0] for run in runs}
    error = scores["prior"]["standard_error"] + scores["my-estimator"]["standard_error"]
    assert scores["my-estimator"]["value"] > scores["prior"]["value"] + 3 * error

    with (installed.home / runs[0]["artifacts"] / "artifacts" / "epochs.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert (row["run_id"], row["estimator"], row["metric"]) == (runs[0]["run_id"], "my-estimator", "scatter")

    boards = json.loads(harness("leaderboard", "--json"))
    assert [entry["estimator"] for entry in boards[0]["entries"]] == ["my-estimator", "prior"]


def test_a_new_preprocessor_embedder_and_scorer_work_with_a_new_estimator_on_a_new_challenge(
    harness: Harness,
) -> None:
    command = "run -c my-challenge -e my-estimator -p my-preprocessor -s my-scorer --json"
    run = json.loads(harness(*command.split()))
    assert run["status"] == "finished"
    assert 0 < run["scores"][0]["value"] < 0.1
    assert set(run["scores"][0]["parts"]) == {"planet_radius", "band"}


# what no generated package imports is not read: two thirds of the time
MYPY = """
[mypy]
[mypy-matplotlib.*,plotly.*,pandas.*,scipy.*,sympy.*,h5py.*,rich.*,torch.ao.*,torch.quantization.*,\
torch.distributed.*,torch.export.*,torch.fx.*,torch._inductor.*,torch._dynamo.*,torch._higher_order_ops.*]
follow_imports = skip
follow_imports_for_stubs = True
"""


def test_the_generated_source_is_formatted_linted_and_typed(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    packages = [write_package(kind, f"my-{kind}", tmp_path) for kind in KINDS]
    call(sys.executable, "-m", "ruff", "format", "--check", *packages, home=tmp_path)
    call(sys.executable, "-m", "ruff", "check", *packages, home=tmp_path)
    sources = [package / "src" for package in packages]
    (tmp_path / "mypy.ini").write_text(MYPY)
    cache = getattr(pytestconfig, "cache", None)
    kept = cache.mkdir("mypy") if cache else tmp_path
    options = ("--strict", "--config-file", tmp_path / "mypy.ini", "--cache-dir", kept)
    call(sys.executable, "-m", "mypy", *options, *sources, home=tmp_path, cwd=tmp_path)


@pytest.mark.parametrize(
    "name", ["My-Method", "1st", "my_method", "a--b", "", "../evil", "harness", "json", "class", "torch"]
)
def test_an_unusable_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(HarnessError):
        write_package("estimator", name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_taken_name_says_who_has_it(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="'prior' is taken by ariel-harness"):
        write_package("estimator", "prior", tmp_path)


def test_an_existing_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "my-method").mkdir()
    with pytest.raises(HarnessError, match="exists already"):
        write_package("estimator", "my-method", tmp_path)
    assert list((tmp_path / "my-method").iterdir()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_next_steps_fit_the_kind(kind: str) -> None:
    """Each is a command line of ours that names the new plugin, or shows its work."""
    steps = next_steps(kind, "mine")
    assert steps[0] == "harness plugins test mine"
    if kind != "hooks":
        assert any(f"--{kind} mine" in step for step in steps[1:])


def test_a_class_is_not_called_as_what_it_is_made_of(tmp_path: Path) -> None:
    """`class Component(Estimator)` would hide the Component that its options derive from."""
    source = (write_package("estimator", "component", tmp_path) / "src/component/estimator.py").read_text()
    assert "class ComponentEstimator(Estimator):" in source
