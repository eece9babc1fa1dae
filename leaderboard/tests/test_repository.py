"""`harness leaderboard repository`: its workflow, step by step, on an entry as a pull request brings it."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from harness.runs.one_run import run

yaml = pytest.importorskip("yaml")
Harness = Callable[..., Result]


@pytest.fixture
def repository(harness: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "board"
    result = harness("repository", folder, "--challenge", "toy")
    assert result.exit_code == 0, result.stderr
    monkeypatch.chdir(folder)
    return folder


def workflow(repository: Path) -> dict:
    return yaml.safe_load((repository / ".github/workflows/board.yml").read_text())


def taken(step: dict) -> bool:
    """Whether a step is not left out: all conditions are of files that are there."""
    condition = step.get("if")
    if condition is None:
        return True
    found = re.fullmatch(r"hashFiles\((.+)\) != ''", condition)
    assert found, condition
    return any(list(Path().glob(pattern.strip(" '"))) for pattern in found[1].split(","))


def steps(repository: Path) -> list[list[str]]:
    """The words of the workflow's own steps, as its shell would hand them to the harness."""
    found = workflow(repository)
    commands = [step["run"] for step in found["jobs"]["rescore"]["steps"] if "run" in step and taken(step)]
    lines = [command for command in commands if command.startswith("harness leaderboard ")]
    words = [shlex.split(line.replace("$CHALLENGE", found["env"]["CHALLENGE"]))[2:] for line in lines]
    entries = sorted(str(path) for path in Path("entries").iterdir() if not path.name.startswith("."))
    return [
        [entry for word in step for entry in (entries if word == "entries/*" else [word])] for step in words
    ]


def test_every_step_of_the_workflow_works_and_the_entry_is_on_the_page(
    harness: Harness, repository: Path, tmp_path: Path
) -> None:
    somewhere = tmp_path / "somewhere"
    made = run("prior", "toy", scorers=("r2",), samples=1000, device="cpu", home=somewhere, quiet=True)
    assert harness("export", "baselines", "--home", somewhere).exit_code == 0
    entry = repository / "entries" / "mine"
    entry.mkdir()
    (entry / "entry.toml").write_text('name = "mine"\nby = "A <a@b.org>"\n')
    prediction = somewhere / made.artifacts / "predictions.h5"
    (entry / "submission.hdf5").write_bytes(prediction.read_bytes())
    assert [step[0] for step in steps(repository)] == ["import", "submit", "verify", "snapshot", "verify"]
    for step in steps(repository):
        result = harness(*step)
        assert result.exit_code == 0, (step, result.stderr)
    published = json.loads(Path("public/board.json").read_text())
    assert {(one["estimator"], one["rescored"]) for one in published["entries"]} == {
        ("mine", True),
        ("prior", True),
    }
    assert "A &lt;a@b.org&gt;" in Path("public/index.html").read_text()


def test_the_first_push_of_a_new_repository_passes_and_publishes_nothing(repository: Path) -> None:
    assert steps(repository) == []
    rescore, publish = (workflow(repository)["jobs"][name] for name in ("rescore", "publish"))
    [upload] = [step for step in rescore["steps"] if "upload-pages" in step.get("uses", "")]
    assert not taken(upload)
    [page] = [step for step in rescore["steps"] if step.get("id") == "page"]
    assert not taken(page)
    assert rescore["outputs"] == {"page": "${{ steps.page.outcome }}"}
    assert "needs.rescore.outputs.page == 'success'" in publish["if"]


@pytest.mark.parametrize("there", ["entries/mine/entry.toml", "baselines/manifest.json"])
def test_scores_are_verified_wherever_there_are_any(repository: Path, there: str) -> None:
    Path(there).parent.mkdir()
    Path(there).touch()
    taken_in = "submit" if there.startswith("entries") else "import"
    assert [step[0] for step in steps(repository)] == [taken_in, "verify", "snapshot", "verify"]


def test_a_pull_request_gets_no_more_than_to_read(repository: Path) -> None:
    found = workflow(repository)
    assert found["permissions"] == {"contents": "read"}
    assert set(found[True]) == {"pull_request", "push"}  # YAML reads "on" so
    assert found["jobs"]["publish"]["if"].startswith("github.event_name == 'push' && ")
    for job in found["jobs"].values():
        for step in job["steps"]:
            assert "${{" not in step.get("run", ""), "nothing of a pull request becomes part of a command"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["toi"], "did you mean 'toy'"),
        (["toy\x1b[31m"], "control characters"),
        (["toy\n"], "control characters"),
    ],
)
def test_a_challenge_that_is_none_is_refused(
    harness: Harness, tmp_path: Path, words: list[str], said: str
) -> None:
    result = harness("repository", tmp_path / "board", "--challenge", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "board").exists()


def test_a_folder_that_is_there_is_left_alone(harness: Harness, repository: Path) -> None:
    assert harness("repository", repository, "--challenge", "toy").exit_code == 2
