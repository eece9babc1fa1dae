"""`harness run` as a person uses it: what it records, and what it says when something is wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

from conftest import look_for_plugins_again
from harness.data.record import RunRecord
from harness.registry.plugins import registry
from harness.runs.run_folder import UnfinishedRun

Invoke = Callable[..., Result]
Install = Callable[[str, str], Path]
Process = Callable[..., subprocess.Popen[str]]

SMALL = ("--challenge", "toy", "--set", "challenge.train=200", "--set", "challenge.test=10")
# some methods train for minutes if they may, and some take seconds to sample a planet
QUICK_ALL = ("run", "--all", "--time-budget", "0.1", "--samples", "1000")
FEW = ("--challenge", "toy", "--set", "challenge.train=100", "--set", "challenge.test=2")
shortened = pytest.mark.filterwarnings("ignore:.*the time budget allowed", "ignore:.*retrievals were stopped")

MISBEHAVING = """
    from harness import hookimpl

    @hookimpl
    def register_estimators(register):
        for name in ("Crashing", "Quitting", "NaN", "Stalling", "Counting"):
            register(name.lower(), f"misbehaving:{name}", summary=name)

    def __getattr__(name):
        import misbehaving_estimators
        return getattr(misbehaving_estimators, name)
"""
EDITED = """
    from harness import hookimpl

    @hookimpl
    def register_estimators(register):
        register("edited", "edited:Edited", summary="a prior by another name")

    def __getattr__(name):
        if name != "Edited":
            raise AttributeError(name)
        from harness.estimators.prior import Prior
        return Prior
"""
READING = """
    from harness import hookimpl
    from harness.components import Component
    from harness.estimators.prior import Prior

    @hookimpl
    def register_estimators(register):
        register("reading", "reading:Reading", summary="a prior that is given a file")

    class Reading(Prior):
        class Options(Component.Options):
            table: str = ""
"""
ESTIMATORS = """
import json, time
import torch
from harness.estimators.prior import Prior

class Crashing(Prior):
    def fit(self, train, valid, run):
        raise RuntimeError("the loss exploded")

class Quitting(Prior):
    def fit(self, train, valid, run):
        raise SystemExit(0)

class NaN(Prior):
    def sample(self, observations, n, run):
        posterior = super().sample(observations, n, run)
        posterior.samples[3] = torch.nan
        return posterior

class Stalling(Prior):
    def fit(self, train, valid, run):
        print("fitting", flush=True)
        time.sleep(60)

class Counting(Prior):
    "Counts to three, and can be interrupted after every step."
    def fit(self, train, valid, run):
        super().fit(train, valid, run)
        path = run.checkpoint / "step.json"
        step = json.loads(path.read_text()) if path.exists() else 0
        print("from", step, flush=True)
        while step < 3:
            step += 1
            path.write_text(json.dumps(step))
            if step == 2 and not (run.checkpoint / "again").exists():
                (run.checkpoint / "again").touch()
                raise KeyboardInterrupt
"""


@pytest.fixture
def misbehaving(install: Install) -> Path:
    """A distribution whose estimators each go wrong in one way."""
    folder = install("misbehaving", MISBEHAVING)
    (folder / "misbehaving_estimators.py").write_text(ESTIMATORS)
    return folder


def ended(started: subprocess.Popen[str]) -> tuple[int, str, str]:
    output, errors = started.communicate()
    return started.returncode, output, errors


def records(home: Path) -> list[RunRecord]:
    return [RunRecord.read(path) for path in sorted(home.glob("runs/*/record.json"))]


def leftovers(home: Path) -> list[Path]:
    """What a run should not leave behind."""
    return sorted(path for path in (home / "runs").iterdir() if path.name.startswith("."))


def quick_settings() -> str:
    """A configuration file with what keeps the contract suite quick, for each estimator that takes part."""
    options = {
        one.name: one.load().contract_options
        for one in registry()
        if one.kind == "estimator" and one.name != "nested-sampling"  # left out for what it needs by default
    }
    return "".join(
        f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in of_one.items())
        for name, of_one in options.items()
    )


def make(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_a_run_leaves_a_complete_folder(invoke: Invoke, home: Path) -> None:
    result = invoke("run", "--estimator", "nearest", *SMALL, "--name", "mine", "--seed", "3")
    assert result.exit_code == 0, result.stderr
    (record,) = records(home)
    assert record.status == "finished"
    assert record.label == "mine"
    assert record.seed == 3
    assert record.scores[0].scorer.name == "ariel"
    assert all(score.standard_error is not None for score in record.scores)
    assert {"python", "torch", "ariel-harness"} <= set(record.versions)
    assert record.challenge.changed == {"train": 200, "test": 10}
    names = {path.name for path in (home / record.artifacts).iterdir()}
    assert {"record.json", "schema.json", "predictions.h5", "scores.csv", "log.txt", "estimator"} <= names
    assert not leftovers(home)
    assert record.run_id in result.stdout.replace("\n", "")


def test_the_same_seed_gives_the_same_scores_and_another_seed_others(invoke: Invoke, home: Path) -> None:
    for seed in (0, 0, 1):
        assert invoke("run", "--estimator", "prior", *SMALL, "--seed", seed).exit_code == 0
    first, second, third = records(home)
    assert [score.value for score in first.scores] == [score.value for score in second.scores]
    assert first.identity == second.identity
    assert first.scores[0].value != third.scores[0].value
    assert first.challenge.fingerprint == third.challenge.fingerprint


def test_json_holds_the_record(invoke: Invoke, home: Path) -> None:
    result = invoke("run", "--estimator", "prior", *SMALL, "--json")
    assert RunRecord.model_validate_json(result.stdout) == records(home)[0]


def test_a_config_file_says_the_same_as_the_command_line(invoke: Invoke, home: Path, tmp_path: Path) -> None:
    config = tmp_path / "run.toml"
    config.write_text(
        'challenge = "toy"\nestimators = ["nearest"]\nseed = 5\nname = "from file"\n'
        "[toy]\ntrain = 200\ntest = 10\n[nearest]\nk = 9\n"
    )
    assert invoke("run", "--config", config, "--set", "nearest.k=8", "--name", "mine").exit_code == 0
    (record,) = records(home)
    assert (record.seed, record.label, record.estimator.changed["k"]) == (5, "mine", 8)


@shortened
def test_all_leaves_out_what_cannot_work_here_and_gives_a_preprocessor_to_those_that_use_one(
    invoke: Invoke,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.setenv("HARNESS_WITHOUT", "tensorboard,mlflow,sbi,gan,bnn")
    look_for_plugins_again()
    request.addfinalizer(look_for_plugins_again)
    config = tmp_path / "quick.toml"
    config.write_text(quick_settings())
    result = invoke(*QUICK_ALL, "--config", config, "-p", "standardize", *FEW)
    assert result.exit_code == 0, result.stderr
    assert "'nested-sampling' is left out" in result.stderr
    assert "star_radius_m" in result.stderr
    assert all(record.status == "finished" for record in records(home))
    used = {record.estimator.name: record.preprocessor for record in records(home)}
    assert {"prior", "nearest"} <= used.keys()
    assert used["prior"] is None
    assert used["random-forest"] is not None
    assert used["random-forest"].name == "standardize"


def test_what_cannot_work_here_is_refused_by_name(invoke: Invoke, home: Path) -> None:
    result = invoke("run", "-e", "nested-sampling", *SMALL)
    assert result.exit_code == 2
    assert "'nested-sampling' does not suit toy" in result.stderr
    assert not home.exists()


def test_one_failing_method_does_not_stop_the_rest(process: Process, misbehaving: Path, home: Path) -> None:
    code, output, errors = ended(
        process("run", "-e", "crashing", "-e", "nan", "-e", "prior", *SMALL, seeing=(misbehaving,))
    )
    assert code == 2 or code == 1
    assert "Traceback" not in output + errors
    crashing, broken, prior = records(home)
    assert (crashing.status, crashing.error) == ("failed", "RuntimeError: the loss exploded")
    assert broken.status == "failed"
    assert "samples that are not finite for 1 of 10 planets, the first being test4" in (broken.error or "")
    assert prior.status == "finished"
    assert "RuntimeError: the loss exploded" in (home / crashing.artifacts / "log.txt").read_text()
    assert {path.name for path in (home / broken.artifacts).iterdir()} == {"record.json", "log.txt"}
    assert crashing.scores == broken.scores == []


def test_a_method_that_ends_the_program_is_a_failed_run(
    process: Process, misbehaving: Path, home: Path
) -> None:
    code, _, errors = ended(process("run", "-e", "quitting", "-e", "prior", *SMALL, seeing=(misbehaving,)))
    assert code == 1
    assert "SystemExit" in errors
    assert [record.status for record in records(home)] == ["failed", "finished"]


def test_ctrl_c_in_the_middle_of_a_fit_is_recorded(process: Process, misbehaving: Path, home: Path) -> None:
    started = process("run", "-e", "stalling", "-e", "prior", *SMALL, seeing=(misbehaving,))
    assert started.stderr is not None
    assert started.stderr.readline() == "fitting\n"
    started.send_signal(signal.SIGINT)
    code, _, errors = ended(started)
    assert code == 2
    assert len(errors.strip().splitlines()) == 1
    assert "--resume" in errors
    (record,) = records(home)
    assert (record.status, record.estimator.name) == ("interrupted", "stalling")
    assert not leftovers(home)


def test_resume_goes_on_from_the_checkpoint(process: Process, misbehaving: Path, home: Path) -> None:
    command = ("run", "-e", "counting", "-e", "prior", *SMALL)
    code, _, errors = ended(process(*command, seeing=(misbehaving,)))
    assert (code, errors.splitlines()[0]) == (2, "from 0")
    code, _, errors = ended(process(*command, "--resume", seeing=(misbehaving,)))
    assert (code, errors.splitlines()[0]) == (0, "from 2"), errors
    assert [record.status for record in records(home)] == ["interrupted", "finished", "finished"]
    assert list((home / "checkpoints").iterdir()) == []


def test_resume_does_not_repeat_what_finished_but_repeats_what_failed(
    process: Process, misbehaving: Path, home: Path
) -> None:
    command = ("run", "-e", "crashing", "-e", "prior", *SMALL, "--resume")
    for _ in range(2):
        ended(process(*command, seeing=(misbehaving,)))
    assert [record.status for record in records(home)] == ["failed", "finished", "failed"]


def test_resume_repeats_a_run_with_another_option(invoke: Invoke, home: Path) -> None:
    for k in (5, 5, 6):
        assert invoke("run", "-e", "nearest", *SMALL, "--resume", "--set", f"nearest.k={k}").exit_code == 0
    assert [record.estimator.changed for record in records(home)] == [{"k": 5}, {"k": 6}]


def test_resume_repeats_a_run_whose_option_names_a_file_that_has_changed(
    invoke: Invoke, install_here: Install, home: Path, tmp_path: Path
) -> None:
    install_here("reading", READING)
    table = tmp_path / "table"
    for content, finished in (("first", 1), ("first", 1), ("second", 2)):
        table.write_text(content)
        result = invoke("run", "-e", "reading", *SMALL, "--resume", "--set", f"reading.table={table}")
        assert result.exit_code == 0, result.stderr
        assert len(records(home)) == finished


def test_resume_clears_the_lock_of_a_run_that_was_killed_after_it_finished(
    invoke: Invoke, home: Path
) -> None:
    for _ in range(2):
        assert invoke("run", "-e", "prior", *SMALL, "--resume").exit_code == 0
        assert not leftovers(home)
        (run,) = home.glob("runs/[!.]*")
        run.with_name(f".{run.name}.lock").touch()
    assert invoke("run", "-e", "prior", *SMALL, "--resume").exit_code == 0
    assert not leftovers(home)


def test_a_path_in_brackets_is_printed_as_it_is(invoke: Invoke, tmp_path: Path) -> None:
    home = tmp_path / "[bold]" / "[" / "of a home"
    result = invoke("run", "-e", "prior", *SMALL, "--home", home)
    assert result.exit_code == 0, result.stderr
    assert str(home / "runs") in result.stdout


def test_resume_passes_over_records_that_cannot_be_read(invoke: Invoke, home: Path) -> None:
    for _ in range(2):
        assert invoke("run", "-e", "prior", *SMALL, "--resume").exit_code == 0
        (home / "runs" / "99990101-000000000-prior-0000").mkdir(exist_ok=True)
        (home / "runs" / "99990101-000000000-prior-0000" / "record.json").write_text("{}")
    assert len(list(home.glob("runs/*/predictions.h5"))) == 1


def test_resume_repeats_a_run_whose_method_was_edited(install: Install, process: Process, home: Path) -> None:
    folder = install("edited", EDITED)
    for line in ("", "", "# another line"):
        (folder / "edited.py").write_text((folder / "edited.py").read_text() + line)
        assert ended(process("run", "-e", "edited", *SMALL, "--resume", seeing=(folder,)))[0] == 0
    first, second = records(home)
    assert first.identity != second.identity


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-e", "nearset"), "There is no estimator named 'nearset' (did you mean 'nearest'?)"),
        (("-e", "nearest", "--set", "estimator.kk=3"), "has no option 'kk' (did you mean 'k'?)"),
        (("-e", "nearest", "--set", "estimator.k=0"), "Option 'k' of nearest is 0"),
        (("-e", "nearest", "--set", "estimator.k=many"), "Option 'k' of nearest is 'many'"),
        (("-e", "nearest", "--set", "estimator.k"), "not of the form kind.option=value"),
        (("-e", "nearest", "--set", "prior.k=3"), "no such component takes part"),
        (("-e", "nearest", "-c", "toyy"), "There is no challenge named 'toyy' (did you mean 'toy'?)"),
        (("-e", "nearest", "-c", "toy:somewhere"), "'toy' takes no path"),
        (("-e", "nearest", "-c", "hela"), "write 'hela:PATH'"),
        (("-e", "nearest", "-c", "hela:/no/such/folder"), "/no/such/folder"),
        (("-e", "nearest", "-p", "standardize"), "leave out --preprocessor standardize"),
        (("-e", "nearest", "-s", "nope"), "There is no scorer named 'nope'"),
        (("-e", "nearest", "--samples", "999"), "1000 to 5000"),
        (("-e", "nearest", "--samples", "5001"), "1000 to 5000"),
        (("-e", "nearest", "--seed", "-1"), "-1"),
        (("-e", "nearest", "--device", "tpu"), "tpu"),
        (("-e", "nearest", "--config", "/no/such.toml"), "/no/such.toml"),
        ((), "No estimator was asked for"),
        (("nearest",), "nearest"),
    ],
)
def test_wrong_input_is_one_sentence_and_leaves_nothing(
    invoke: Invoke, home: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = invoke("run", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output
    assert not home.exists()


def test_cuda_is_refused_where_there_is_none(
    invoke: Invoke, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    result = invoke("run", "-e", "prior", "--device", "cuda")
    assert result.exit_code == 2
    assert "torch sees no CUDA device here" in result.stderr
    assert not home.exists()


def test_a_scorer_that_does_not_apply_is_refused_before_the_fit(
    invoke: Invoke, home: Path, shared_data: Path
) -> None:
    result = invoke("run", "-c", f"hela:{shared_data / 'hela'}", "-e", "prior", "-s", "ariel")
    assert result.exit_code == 2
    assert "Scorer 'ariel' needs traces" in result.stderr
    assert not records(home) if home.exists() else True


def test_a_home_that_cannot_be_written_to_is_named(invoke: Invoke, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    result = invoke("run", "-e", "prior", *SMALL, "--home", blocked / "home")
    assert result.exit_code == 2
    assert f"{blocked / 'home'} cannot be written to" in result.stderr


def test_a_disk_that_fills_up_leaves_nothing_half_written(
    home: Path, process: Process, invoke: Invoke
) -> None:
    """A limit on the size of a file stands for the full disk: the system answers likewise."""
    assert invoke("run", "-e", "prior", *SMALL).exit_code == 0
    before = sorted(home.rglob("*"))
    code, _, errors = ended(process("run", "-e", "prior", *SMALL, largest_file=100_000))
    assert code == 2, errors
    assert len(errors.strip().splitlines()) == 1
    assert "full" in errors
    assert sorted(path for path in home.rglob("*") if path.name not in ("checkpoints",)) == [
        path for path in before if path.name not in ("checkpoints",)
    ]


def test_what_killed_processes_left_is_cleared_away_and_what_living_ones_write_is_not(
    invoke: Invoke, home: Path
) -> None:
    runs, checkpoints = home / "runs", home / "checkpoints"
    living, dead = UnfinishedRun(make(runs), "living"), runs / ".dead.partial"
    os.utime(living.path, (0, 0))  # by the clock it is half a century old
    for folder in (dead, runs / ".removed-one", checkpoints / "0123-45", checkpoints / "0123"):
        (make(folder) / "file").touch()
    for lock in (runs / ".dead.lock", checkpoints / "0123-45.lock", checkpoints / "0123.lock"):
        lock.touch()
    assert invoke("run", "-e", "prior", *SMALL).exit_code == 0
    assert [path.name for path in leftovers(home)] == [".living.lock", ".living.partial"]
    assert (checkpoints / "0123").exists()  # --resume may go on from it
    assert not (checkpoints / "0123-45").exists()
    living.discard()
    assert not leftovers(home)


@pytest.mark.parametrize("where", ["name", "challenge"])
def test_what_a_record_cannot_hold_is_refused_before_the_fit(
    process: Process, hela: Path, tmp_path: Path, home: Path, where: str
) -> None:
    name = os.fsdecode(b"caf\xe9")
    if where == "challenge":
        (tmp_path / name).symlink_to(hela)
    given = ("-c", f"hela:{tmp_path / name}") if where == "challenge" else (*SMALL, "--name", name)
    code, _, errors = ended(process("run", "-e", "prior", *given))
    assert code == 2
    assert "cannot be recorded; expected UTF-8 text without control characters" in errors
    assert len(errors.splitlines()) == 1
    assert not home.exists()


def test_two_runs_at_once_are_both_on_the_board(home: Path, process: Process, invoke: Invoke) -> None:
    both = [process("run", "-e", name, *SMALL) for name in ("prior", "nearest")]
    assert [ended(one)[0] for one in both] == [0, 0]
    entries = json.loads(invoke("leaderboard", "--json").stdout)[0]["entries"]
    assert {entry["estimator"] for entry in entries} == {"prior", "nearest"}


@pytest.fixture
def heard(number: signal.Signals) -> Iterator[None]:
    """The signal ends what it is sent to, also where the tests themselves run under nohup."""
    before = signal.signal(number, signal.SIG_DFL)
    yield
    signal.signal(number, before)


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_is_recorded_as_an_interruption(
    process: Process, misbehaving: Path, home: Path, number: signal.Signals
) -> None:
    started = process("run", "-e", "stalling", *SMALL, seeing=(misbehaving,))
    assert started.stderr is not None
    assert started.stderr.readline() == "fitting\n"
    started.send_signal(number)
    assert ended(started)[0] == 2
    assert [record.status for record in records(home)] == ["interrupted"]
