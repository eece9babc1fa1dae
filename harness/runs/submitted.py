"""A submission file beside the runs: scored, and recorded as handed in by somebody."""

from __future__ import annotations

import hashlib
import json
import platform
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.components import Challenge, Scorer
from harness.data.given import require_seed
from harness.data.posterior import Posterior
from harness.data.record import ChallengeRecord, ComponentRecord, RunRecord, ScoreRecord, SubmissionRecord
from harness.data.score import Score
from harness.errors import HarnessError
from harness.files import storage
from harness.files.storage import require_space
from harness.runs.assembly import Choice
from harness.runs.home import PER_PLANET, PREDICTIONS, RECORD, SCHEMA, Home
from harness.runs.machine import git_revision, versions
from harness.runs.run_folder import UnfinishedRun
from harness.runs.scoring import score_all, write_per_planet
from harness.submissions import read_submission, write_submission
from harness.untrusted.files import require_file
from harness.untrusted.words import is_printable

NOT_RECORDED = "not recorded"  # the device and the platform of what was made elsewhere
DISTRIBUTION = "submission"
LONGEST_NAME, LONGEST_TEXT = 80, 400  # characters


@dataclass(frozen=True)
class Entrant:
    """What somebody says of a submission.

    Attributes:
        name: of the method.
        by: who answers for it.
        note: anything else, such as the address of a paper.
        seed: which repetition it is.

    Raises:
        HarnessError: a text is empty, too long, or holds control characters.
    """

    name: str
    by: str
    note: str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for what, text, longest in (
            ("name", self.name, LONGEST_NAME),
            ("by", self.by, LONGEST_TEXT),
            ("note", self.note, LONGEST_TEXT),
        ):
            if text is not None and not (0 < len(text) <= longest and text.strip() and is_printable(text)):
                raise HarnessError(
                    f"The {what} of a submission has 1 to {longest} characters, "
                    "none of them a control character."
                )
        require_seed(self.seed)


def sha256_of(file: Path) -> str:
    """The hash of a file in hexadecimal digits.

    Raises:
        HarnessError: it is missing, or no file.
    """
    require_file(file)
    return storage.sha256_of(file)


def record_submission(
    file: Path,
    entrant: Entrant,
    challenge: Challenge,
    about: ChallengeRecord,
    scorers: Sequence[Choice[Scorer]],
    home: Home,
) -> tuple[RunRecord, Posterior]:
    """Check and score a submission file, and keep its predictions as those of a run.

    Only samples and weights are kept, whatever else the file holds.

    Arguments:
        file: in the format of submissions.
        entrant: what is said of it.
        challenge: that it is for.
        about: the challenge as records keep it.
        scorers: that apply to it.
        home: where runs lie.

    Returns:
        the record, and what was handed in.

    Raises:
        HarnessError: the file breaks a rule of submissions, or the home cannot be written to.
    """
    digest = sha256_of(file)
    test = challenge.test
    prediction = read_submission(file, test.observations.names, challenge.schema).normalised()
    results = score_all(scorers, prediction, test, challenge)
    record = _record(digest, entrant, about, prediction, results)
    home.create()
    require_space(home.runs, prediction.samples.numel() * prediction.samples.element_size())
    folder = UnfinishedRun(home.runs, record.run_id)
    try:
        (folder.path / SCHEMA).write_text(challenge.schema.model_dump_json(indent=2) + "\n", encoding="utf-8")
        write_submission(folder.path / PREDICTIONS, prediction, test.observations.names)
        write_per_planet(folder.path / PER_PLANET, test, results)
        record.write(folder.path / RECORD)
        folder.complete()
    except BaseException:
        folder.discard()
        raise
    return record, prediction


def _record(
    digest: str,
    entrant: Entrant,
    about: ChallengeRecord,
    prediction: Posterior,
    results: Sequence[tuple[ScoreRecord, Score]],
) -> RunRecord:
    now = datetime.now(UTC)
    scores = [score for score, _ in results]
    run_id = f"{now:%Y%m%d-%H%M%S%f}"[:-3] + f"-{DISTRIBUTION}-{secrets.token_hex(2)}"
    parts = [about.fingerprint, digest, entrant.name, entrant.by, entrant.seed]
    return RunRecord(
        run_id=run_id,
        identity=hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16],
        status="finished",
        started_at=now.isoformat(timespec="seconds"),
        challenge=about,
        estimator=ComponentRecord(
            kind="estimator",
            name=entrant.name,
            distribution=DISTRIBUTION,
            version="",
            options={},
            changed={},
        ),
        submission=SubmissionRecord(by=entrant.by, note=entrant.note, sha256=digest),
        seed=entrant.seed,
        n_samples=prediction.samples.shape[1],
        scores=scores,
        device=NOT_RECORDED,
        processor=None,
        platform=platform.platform(),
        versions=versions(score.scorer.distribution for score in scores),
        git_revision=git_revision(),
        artifacts=f"runs/{run_id}",
    )
