"""What `harness leaderboard submit` does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from harness.cli.options import print_json
from harness.cli.score_table import print_scores
from harness.cli.terminal import console_for_tables, styled
from harness.components import Challenge, Scorer
from harness.components.settings import options_for, parse_settings, refuse_unused
from harness.data.record import ChallengeRecord, RunRecord
from harness.errors import HarnessError
from harness.runs.assembly import Choice
from harness.runs.home import Home
from harness.runs.plan import record_of_challenge
from harness.runs.run_folder import delete_run
from harness.runs.scoring import applicable_scorers
from harness.runs.submitted import Entrant, record_submission, sha256_of
from harness.submissions import far_outside_prior
from harness.untrusted.words import printable
from harness_leaderboard.planet_scores import PlanetStore
from harness_leaderboard.proofs.entry_file import ENTRY, read_entry
from harness_leaderboard.store import Store


def carry_out(
    paths: Sequence[Path],
    challenge: str,
    name: str | None,
    by: str | None,
    note: str | None,
    seed: int | None,
    scorers: Sequence[str],
    settings: Sequence[str],
    as_json: bool,
    home: str | None,
) -> None:
    """Put submission files on the board.

    Raises:
        HarnessError: one is no submission, or what is said of it is missing; those before it are on the
            board.
    """
    entrants = [_entrant(path, name, by, note, seed) for path in paths]
    opened, about, choices = _challenge(challenge, scorers, settings)
    place = Home(home)
    store = Store.of(place)
    made = []
    for file, entrant in entrants:
        of_challenge = _handed_in(store, about)
        of_entrant = [run for run in of_challenge if _is_of(run, entrant)]
        digest = sha256_of(file)
        there = next((run for run in of_entrant if run.submission and run.submission.sha256 == digest), None)
        if there is not None:
            made.append(there)
            if not as_json:
                click.echo(
                    printable(
                        f"{file} is on the board already, as run {there.run_id}{_lacking(there, choices)}."
                    )
                )
            continue
        if of_entrant:
            other = of_entrant[-1]
            raise HarnessError(
                f"{file} would take the place of run {other.run_id}, another file of '{entrant.name}' by "
                f"{entrant.by} with the seed {entrant.seed}; give it a seed of its own, or take that one off "
                f"first with 'harness leaderboard remove {other.run_id}'."
            )
        _require_new(of_challenge, file, digest)
        record, prediction = record_submission(file, entrant, opened, about, choices, place)
        try:
            store.put([record])
        except BaseException:
            delete_run(place.path / record.artifacts)
            raise
        PlanetStore(store).keep({record.run_id: place.path / record.artifacts})
        made.append(record)
        told = far_outside_prior(prediction, opened.test.observations.names.tolist(), opened.schema)
        if told is not None:
            click.echo(f"Warning: {printable(told)}", err=True)
        if not as_json:
            _show(file, record, opened)
    if as_json:
        print_json([record.model_dump(mode="json") for record in made])


def _entrant(
    path: Path, name: str | None, by: str | None, note: str | None, seed: int | None
) -> tuple[Path, Entrant]:
    """The file that is meant, and what is said of it."""
    if path.is_dir():
        if any(given is not None for given in (name, by, note, seed)):
            raise HarnessError(
                f"{path} is a folder, whose {ENTRY} has to say name, by, note and seed; leave out --name and "
                "the others, or name its submission file instead."
            )
        return read_entry(path)
    if name is None or by is None:
        raise HarnessError(
            f"Say what the method of {path} is called and who answers for it, with --name and --by, "
            f"or name a folder with an {ENTRY}."
        )
    return path, Entrant(name, by, note, seed or 0)


def _challenge(
    spec: str, scorers: Sequence[str], settings: Sequence[str]
) -> tuple[Challenge, ChallengeRecord, list[Choice[Scorer]]]:
    """The challenge, as records keep it, and the scorers that apply to it."""
    parsed = parse_settings(settings)
    name, _, location = spec.partition(":")
    chosen = Choice.of("challenge", name, options_for(parsed, "challenge", name))
    opened = chosen.build(location=location or None)
    wanted = list(dict.fromkeys(scorers)) or list(opened.scorers)
    choices = [Choice.of("scorer", one, options_for(parsed, "scorer", one)) for one in wanted]
    refuse_unused(parsed, ["challenge", "scorer", name, *(choice.registration.name for choice in choices)])
    choices, _ = applicable_scorers(opened, opened.test, choices, required=bool(scorers))
    return opened, record_of_challenge(chosen, opened), choices


def _handed_in(store: Store, about: ChallengeRecord) -> list[RunRecord]:
    """The submission files of a challenge that are on the board."""
    return [
        run
        for run in store.records()
        if run.submission is not None and run.challenge.fingerprint == about.fingerprint
    ]


def _require_new(there: Sequence[RunRecord], file: Path, digest: str) -> None:
    """Refuse a file that is on the board under another name: it would count twice."""
    for run in there:
        said = run.submission
        if said is not None and said.sha256 == digest:
            raise HarnessError(
                f"{file} is on the board already, as '{run.estimator.name}' by {said.by} with the seed "
                f"{run.seed}; if that is wrong, take it off first with 'harness leaderboard remove "
                f"{run.run_id}'."
            )


def _is_of(run: RunRecord, entrant: Entrant) -> bool:
    """Whether a file is of an entry, with this seed."""
    said = run.submission
    mine = (entrant.name, entrant.by, entrant.seed)
    return said is not None and (run.estimator.name, said.by, run.seed) == mine


def _lacking(there: RunRecord, choices: Sequence[Choice[Scorer]]) -> str:
    """What to do where scores are asked for that a file was not put there with."""
    have = {score.scorer.name for score in there.scores}
    lacking = [one.registration.name for one in choices if one.registration.name not in have]
    if not lacking:
        return ""
    options = " ".join(f"--scorer {name}" for name in lacking)
    return f"; 'harness leaderboard rescore {there.run_id} {options}' adds what it was not scored with"


def _show(file: Path, record: RunRecord, challenge: Challenge) -> None:
    console = console_for_tables()
    title = f" as '{record.estimator.name}' on the {len(challenge.test):,} test planets of {challenge.spec}"
    console.print(styled((printable(str(file)), "bold"), printable(title)))
    print_scores(console, record.scores)
    click.echo(printable(f"On the board as run {record.run_id}."))
