"""A sweep tries options on held-out planets, ranks them, and goes on where it stopped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conftest import Invoke
from harness.challenges import load
from harness.errors import HarnessError
from harness.runs.home import Home
from harness.sweep.description import Sweep
from harness.sweep.space import Range, dimension_of
from harness.sweep.trials import search_of

HEAD = 'challenges = ["toy"]\nscorers = ["r2"]\nmaximise = "r2"\n'
TOYS = 'challenges = ["toy"]\nestimators = ["nearest"]\n'
TOY = "[toy]\ntrain = 60\nvalid = 20\ntest = 4\ntraced = 0.5\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "sweep.toml"
    path.write_text(text)
    return path


def test_the_best_options_come_first_and_the_board_has_every_run(invoke: Invoke, tmp_path: Path) -> None:
    file = written(
        tmp_path,
        f'{HEAD}estimators = ["nearest", "prior"]\nseeds = [0, 1]\nsamples = 1000\n'
        f"[nearest]\nk = [2, 30]\n{TOY}",
    )
    done = invoke("sweep", file, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    scores = [trial["score"] for trial in told["trials"]]
    assert scores == sorted(scores, reverse=True)
    assert told["trials"][0]["less_the_best"] is None
    for trial in told["trials"][1:]:
        assert trial["less_the_best"] == pytest.approx(trial["score"] - scores[0])
        assert trial["less_the_best_error"] > 0
    assert told["challenges"] == ["validation:toy"]
    assert "whose own are not used" in told["notes"][0]
    assert len(list(Home().records())) == 6
    [board] = json.loads(invoke("leaderboard", "--json").stdout)
    assert len(board["entries"]) == 3
    before = {record.run_id for _, record in Home().records()}
    again = invoke("sweep", file)
    assert again.stderr.count("(finished before)") == 6
    command = (
        "harness run --challenge toy --estimator nearest --seed 0 --seed 1 --scorer r2 --samples 1000 --set"
    )
    assert command in again.stdout
    assert "less the best" in again.stdout
    assert {record.run_id for _, record in Home().records()} == before


def test_optuna_proposes_the_same_again_and_is_served_what_finished(invoke: Invoke, tmp_path: Path) -> None:
    text = f'{HEAD}estimators = ["nearest"]\nsearch = "optuna"\ntrials = 5\nat_once = 2\n'
    file = written(tmp_path, f"{text}[nearest]\nk = {{ low = 1, high = 40, log = true }}\n{TOY}")
    first = json.loads(invoke("sweep", file, "--json").stdout)
    again = invoke("sweep", file, "--json")
    assert json.loads(again.stdout)["trials"] == first["trials"]
    assert again.stderr.count("(finished before)") == 5
    assert all(1 <= trial["settings"]["nearest"]["k"] <= 40 for trial in first["trials"])


@pytest.mark.parametrize("where", [(), ("--cluster", "local:1")])
def test_what_optuna_proposes_again_is_made_once(
    invoke: Invoke, tmp_path: Path, where: tuple[str, ...]
) -> None:
    text = f'{HEAD}estimators = ["nearest", "prior"]\nsamples = 1000\nsearch = "optuna"\n'
    done = invoke("sweep", written(tmp_path, f"{text}trials = 6\nat_once = 3\n{TOY}"), *where, "--json")
    assert done.exit_code == 0, done.output
    assert sorted(record.estimator.name for _, record in Home().records()) == ["nearest", "prior"]
    assert done.stderr.count("(finished before)") == 4
    assert len(json.loads(done.stdout)["trials"]) == 2


def test_a_trial_is_as_far_from_the_best_as_the_board_has_it(invoke: Invoke, tmp_path: Path) -> None:
    text = f'{HEAD}estimators = ["random-forest"]\nsamples = 1000\nseeds = [0, 1]\n'
    file = written(tmp_path, f"{text}[random-forest]\ntrees = [3, 4]\n{TOY}")
    told = json.loads(invoke("sweep", file, "--json").stdout)
    best, other = told["trials"]
    runs = best["runs"][0]["run"], other["runs"][0]["run"]
    board = json.loads(invoke("leaderboard", "compare", *runs, "--scorer", "r2", "--json").stdout)[
        "difference"
    ]
    assert other["less_the_best"] == pytest.approx(-board["value"])
    assert other["less_the_best_error"] == pytest.approx(board["standard_error"])
    lower, upper = board["interval"]
    assert other["less_the_best_interval"] == pytest.approx([-upper, -lower])
    assert lower < 0 < upper  # though the error of planets alone is less than half of the difference
    shown = invoke("sweep", file).stdout
    assert "1 trial cannot be told from the best" in shown
    assert "With one seed" not in shown


def test_with_one_seed_it_is_said_that_the_scatter_of_seeds_is_unknown(
    invoke: Invoke, tmp_path: Path
) -> None:
    text = f'{HEAD}estimators = ["nearest"]\nsamples = 1000\n[nearest]\nk = [2, 30]\n{TOY}'
    file = written(tmp_path, text)
    said = "With one seed, errors of differences are those of planets; how seeds scatter is unknown."
    assert said in invoke("sweep", file).stdout
    assert said in json.loads(invoke("sweep", file, "--json").stdout)["notes"]


def test_a_random_search_draws_options_of_the_method_that_it_drew(tmp_path: Path) -> None:
    text = f'{HEAD}estimators = ["nearest", "random-forest"]\nsearch = "random"\ntrials = 30\n'
    tables = "[nearest]\nk = [2, 5]\n[random-forest]\nmax_features = { low = 0.2, high = 0.9 }\n"
    sweep = Sweep.read(written(tmp_path, text + tables))
    trials = search_of(sweep, True).proposed()
    assert len(trials) == 30
    assert {trial.estimator for trial in trials} == {"nearest", "random-forest"}
    for trial in trials:
        assert set(trial.settings) == {trial.estimator}
    assert trials == search_of(sweep, True).proposed()


SEARCHES = ['"grid"', '"random"\ntrials = 40', '"optuna"\ntrials = 40\nat_once = 40']


@pytest.mark.parametrize("search", SEARCHES)
def test_options_go_to_the_preprocessors_and_embedders_that_take_part(tmp_path: Path, search: str) -> None:
    text = f'estimators = ["random-forest"]\npreprocessors = ["none", "power-transform"]\nsearch = {search}\n'
    text += 'embedders = ["none", "pca"]\n[random-forest]\ntrees = 5\n[pca]\ncomponents = [3, 5]\n'
    sweep = Sweep.read(written(tmp_path, f"{text}[power-transform]\nsurface_gravity = true\n"))
    trials = search_of(sweep, True).proposed()
    assert {trial.title for trial in trials} == {
        f"random-forest {first} {second} trees=5{options}{more}"
        for first, more in (("none", ""), ("power-transform", " surface_gravity=True"))
        for second, options in (("none", ""), ("pca", " components=3"), ("pca", " components=5"))
    }


def test_options_of_one_of_several_embedders_are_swept(invoke: Invoke, tmp_path: Path) -> None:
    text = f'{HEAD}estimators = ["random-forest"]\nembedders = ["none", "pca"]\nsamples = 1000\n'
    tables = "[random-forest]\ntrees = 2\n[pca]\ncomponents = [3, 5]\n"
    done = invoke("sweep", written(tmp_path, text + tables + TOY), "--json")
    assert done.exit_code == 0, done.output
    swept = [(trial["embedder"], trial["settings"].get("pca")) for trial in json.loads(done.stdout)["trials"]]
    assert sorted(swept, key=str) == [("none", None), ("pca", {"components": 3}), ("pca", {"components": 5})]


@pytest.mark.parametrize("search", ['"grid"', '"random"\ntrials = 9'])
def test_nothing_is_tried_twice(tmp_path: Path, search: str) -> None:
    text = 'challenges = ["toy", "toy"]\nestimators = ["nearest", "nearest"]\nseeds = [0, 0]\n'
    sweep = Sweep.read(written(tmp_path, f"{text}search = {search}\n[nearest]\nk = [2, 5, 2]\n"))
    trials = search_of(sweep, True).proposed()
    assert sorted(trial.title for trial in trials) == ["nearest k=2", "nearest k=5"]
    assert (sweep.keys.challenges, sweep.keys.seeds) == (["toy"], [0])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "sweep.toml does not describe a sweep: estimators: it is missing"),
        ('estimators = ["nearest"]\nsearch = "random"\n', "needs the number of trials"),
        ('estimators = ["nearest"]\ntrials = 1\n', "takes no number of trials"),
        ('estimators = ["nearest"]\nk = 3\n', "k: there is nothing of this name here"),
        (
            'estimators = ["nearest"]\n[nearest]\nk = { low = 5, high = 1 }\n',
            "sweep.toml: The range of nearest.k",
        ),
        ('estimators = ["nearest"]\n[nearest]\nk = { from = 5 }\n', "a range is"),
        ('estimators = ["nearest"]\n[nearest]\nk = []\n', "expected 1 to"),
        (f"{TOYS}[nearest]\nk = {{ low = 1, high = 5 }}\n{TOY}", "no grid"),
        (f"{TOYS}[nearest]\nk = [{2**63}]\n", f"nearest.k [{2**63}]; expected numbers below 1e150, and"),
        (
            f'{TOYS}search = "optuna"\ntrials = 2\n[nearest]\nk = {{ low = 1, high = {2**63} }}\n',
            "whole ones below 2**63",
        ),
        (
            f'{TOYS}search = "optuna"\ntrials = 2\n[nearest]\nk = {{ low = -1.7e308, high = 1.7e308 }}\n',
            "expected numbers below 1e150",
        ),
        (
            f'{TOYS}search = "random"\ntrials = 2\n'
            f"[nearest]\nk = {{ low = 1, high = {'9' * 400}, log = true }}\n",
            "a number has too many digits",
        ),
        (f"{TOYS}[nearest]\nk = {'9' * 5000}\n", "a number has too many digits"),
        (f"{TOYS}[nearest]\nk = 0x{'f' * 5000}\n", "a number has too many digits"),
        (f"{TOYS}[toy]\ntrain = [50, 60]\n", "one value"),
        (f'{TOYS}maximise = "moo"\n{TOY}', "moo"),
        (f"{TOYS}[nearest]\nmoo = 1\n{TOY}", "has no option 'moo'"),
    ],
)
def test_a_file_that_describes_no_sweep_is_refused_in_a_sentence(
    invoke: Invoke, tmp_path: Path, text: str, sentence: str
) -> None:
    done = invoke("sweep", written(tmp_path, text))
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert not Home().runs.exists()


def test_a_range_of_whole_numbers_reaches_both_ends() -> None:
    import random

    generator = random.Random(0)
    for log in (False, True):
        found = dimension_of("k", {"low": 1, "high": 4, "log": log})
        assert isinstance(found, Range)
        assert {found.drawn(generator) for _ in range(200)} == {1, 2, 3, 4}


@pytest.mark.parametrize("search", ["random", "optuna"])
@pytest.mark.parametrize("log", ["true", "false"])
def test_what_the_widest_ranges_propose_is_made_and_its_records_are_read(
    invoke: Invoke, tmp_path: Path, search: str, log: str
) -> None:
    text = f'{HEAD}estimators = ["nearest"]\nsamples = 1000\nsearch = "{search}"\ntrials = 3\n'
    widest = f"[nearest]\nk = {{ low = 1, high = {2**63 - 1}, log = {log} }}\n"
    assert invoke("sweep", written(tmp_path, text + widest + TOY)).exit_code == 0
    assert len(json.loads(invoke("runs", "list", "--json").stdout)) == 3


def test_options_are_tuned_on_training_planets_alone() -> None:
    toy, tuning = load("toy"), load("validation:toy")
    ours = set(tuning.test.observations.names.tolist())
    assert len(ours) == 128
    assert ours < set(toy.train.observations.names.tolist())
    assert not ours & set(tuning.train.observations.names.tolist())
    assert tuning.test.truth.traces is not None
    assert bool(tuning.test.truth.traces.present.all())
    assert len(tuning.train) + 128 == len(toy.train)
    untraced = load("validation:toy", {"of": {"traced": 0.0}})
    assert len(untraced.valid) == 100
    with pytest.raises(HarnessError, match="too few planets"):
        load("validation:toy", {"of": {"traced": 0.0, "valid": 5}}).test  # noqa: B018
    with pytest.raises(HarnessError, match="validation of validation"):
        load("validation:validation:toy").test  # noqa: B018
