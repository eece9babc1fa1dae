"""The command that repeats an entry, put together from the records of its runs."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harness.runs.retrieval_command import retrieve_words
from harness.untrusted.words import printable
from harness_leaderboard.entries import Entry

if TYPE_CHECKING:
    from harness.data.record import ComponentRecord, RunRecord

PLACE = "PATH"  # stands for a folder of the machine that the runs were made on
CUDA = "cuda"

# an absolute path: a whole text, or what follows a colon, an equals sign, a bracket or a blank in one
_PLACES = re.compile(r"(?:^|(?<=[=:(\s]))(?:~?/|[A-Za-z]:\\)[^,)]*")


def command(entry: Entry, device: str | None = None) -> list[str]:
    """What repeats the runs of an entry, line by line: `harness run` with every choice spelled out.

    Several seeds are a loop of the shell. `device` is where to compute, by default where the runs were made.
    """
    run, seeds = entry.example, entry.seeds
    if run.submission is not None:
        return [_handed_in(one) for one in entry.runs]
    if run.retrieval is not None:
        return _in_order("retrieve", map(without_place, retrieve_words(run)), seeds)
    words = ["--challenge", without_place(run.challenge.spec), "--estimator", run.estimator.name]
    for component in (run.preprocessor, run.embedder):
        if component is not None:
            words += [f"--{component.kind}", component.name]
    for score in run.scores:
        words += ["--scorer", score.scorer.name]
    words += ["--samples", str(run.n_samples), "--device", device or kind_of_device(run.device)]
    if run.time_budget is not None:
        words += ["--time-budget", f"{run.time_budget:g}"]
    for component in (run.challenge, run.estimator, run.preprocessor, run.embedder):
        words += _settings(component, component.kind if component is not None else "")
    for score in run.scores:
        words += _settings(score.scorer, score.scorer.name)
    return _in_order("run", words, seeds)


def _in_order(name: str, words: Iterable[str], seeds: Sequence[int]) -> list[str]:
    """A command of the harness, or a loop of it over several seeds."""
    given = [shlex.quote(printable(word)) for word in words]
    if len(seeds) == 1:
        return [f"harness {name} " + " ".join([*given, "--seed", str(seeds[0])])]
    loop = f"for seed in {' '.join(map(str, seeds))}; do"
    return [loop, f"    harness {name} " + " ".join([*given, '--seed "$seed"']), "done"]


def _handed_in(run: RunRecord) -> str:
    """What puts a file on the board that somebody handed in; FILE stands for it."""
    assert run.submission is not None
    words = ["--challenge", without_place(run.challenge.spec), "--name", run.estimator.name]
    words += ["--by", run.submission.by, "--seed", str(run.seed)]
    given = " ".join(shlex.quote(printable(word)) for word in words)
    return f"harness leaderboard submit FILE {given}"


def kind_of_device(device: str) -> str:
    """What `--device` was, from the device in words: "cuda (NVIDIA ...)"."""
    return device.partition(" ")[0]


def without_place(value: Any) -> Any:
    """A value of a record, without the folders of the machine that it was made on.

    "hela:/data/mine/hela" becomes "hela:PATH/hela".
    """
    if isinstance(value, Mapping):
        return {name: without_place(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_place(one) for one in value]
    if not isinstance(value, str):
        return value
    return _PLACES.sub(lambda found: f"{PLACE}/{_last_part(found.group())}", value)


def _last_part(path: str) -> str:
    return path.rstrip("/\\").replace("\\", "/").rpartition("/")[2]


def _settings(component: ComponentRecord | None, target: str) -> list[str]:
    if component is None:
        return []
    return [
        word
        for name, value in component.changed.items()
        for word in ("--set", f"{target}.{name}={_as_set(without_place(value))}")
    ]


def _as_set(value: Any) -> str:
    """A value as `--set` reads it: TOML, or plain text where that is not TOML."""
    if not isinstance(value, str):
        return json.dumps(value)
    try:
        tomllib.loads(f"value = {value}")
    except tomllib.TOMLDecodeError:
        return value
    return json.dumps(value)
