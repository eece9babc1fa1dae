"""The page of one run: what made it, its scores, training, posteriors of chosen planets, and command."""

from __future__ import annotations

import base64
import csv
import io
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from harness.data.record import ComponentRecord, EstimateRecord, RunRecord
from harness.errors import HarnessError
from harness.runs.home import ARTIFACTS
from harness.untrusted.files import MIB, read_text
from harness_leaderboard.entries import Entry
from harness_leaderboard.labels import option_text
from harness_leaderboard.site.charts import Curve, curves
from harness_leaderboard.site.document import page, shown
from harness_leaderboard.snapshot.commands import command, without_place

TRAINING = "training.csv"  # among the artifacts of methods that train a network
MOST_POINTS = 400  # of a curve


def run_page(run: RunRecord, folder: Path | None, corners: Mapping[str, bytes], rescored: bool) -> str:
    """The page.

    Arguments:
        run: its record.
        folder: of the run, None where it is not here.
        corners: pictures (PNG) of its posteriors by planet.
        rescored: whether its scores were computed again and hold.
    """
    parts = [
        '<p><a href="../index.html">All entries</a></p>',
        _facts(run, rescored),
        _options(run),
        _scores(run),
        _training(folder),
        *(
            f'<h2>Posterior of {shown(planet)}</h2>\n<figure><img alt="Corner plot of the posterior of '
            f'{shown(planet)}" src="data:image/png;base64,{base64.b64encode(picture).decode()}"></figure>'
            for planet, picture in corners.items()
        ),
        f'<h2>How to repeat it</h2>\n<pre tabindex="0">{shown_lines(command(Entry.of([run])))}</pre>',
    ]
    title = f"{run.estimator.name}, seed {run.seed}"
    return page(title, "\n".join(filter(None, parts)), tab=f"{title} ({run.label or run.run_id})")


def shown_lines(lines: Sequence[str]) -> str:
    """Lines as HTML."""
    return "\n".join(map(shown, lines))


def _facts(run: RunRecord, rescored: bool) -> str:
    seconds = {stage: value for stage, value in run.seconds.model_dump().items() if value is not None}
    submission = run.submission
    rows = {
        "run": run.run_id,
        "label": run.label,
        "submitted by": None if submission is None else submission.by,
        "note": None if submission is None else submission.note,
        "challenge": str(without_place(run.challenge.spec)),
        "fingerprint": run.challenge.fingerprint,
        "scores": "computed again from the kept predictions, and as recorded" if rescored else None,
        "started": run.started_at,
        "samples": f"{run.n_samples:,} for each planet",
        "seconds": ", ".join(f"{stage} {value:,.1f}" for stage, value in seconds.items()),
        "device": run.device,
        "processor": run.processor,
        "revision": run.git_revision,
        "versions": ", ".join(f"{name} {version}" for name, version in run.versions.items()),
    }
    told = "".join(f"<dt>{shown(name)}</dt><dd>{shown(text)}</dd>" for name, text in rows.items() if text)
    return f"<dl>{told}</dl>"


def _options(run: RunRecord) -> str:
    parts = (run.estimator, run.preprocessor, run.embedder, run.challenge)
    rows = [_component(part) for part in parts if part is not None]
    return _table("Components", ("component", "name", "options"), rows, left=3)


def _component(part: ComponentRecord) -> Sequence[str]:
    options = ", ".join(option_text(without_place(part.options))) or "-"
    return part.kind, f"{part.name} of {part.distribution} {part.version}".rstrip(), options


def _scores(run: RunRecord) -> str:
    rows = []
    for score in run.scores:
        direction = "higher" if score.higher_is_better else "lower"
        rows.append((score.scorer.name, *_estimate(score.whole), direction))
        for what, parts in (("/", score.parts), (" on ", score.partitions)):
            rows += [(f"{score.scorer.name}{what}{name}", *_estimate(one), "") for name, one in parts.items()]
    return _table("Scores", ("score", "value", "standard error", "better"), rows, left=1)


def _estimate(estimate: EstimateRecord) -> tuple[str, str]:
    value, error = ("-" if one is None else f"{one:.5g}" for one in (estimate.value, estimate.standard_error))
    return value, error


def _table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], left: int) -> str:
    """A plain table, whose first columns are words."""

    def cell(tag: str, place: int, text: str) -> str:
        if place >= left:
            return f"<{tag}>{shown(text)}</{tag}>"
        broken = shown(text).replace("/", "/<wbr>")  # long names of scores, where the page is narrow
        return f'<{tag} class="left">{broken}</{tag}>'

    head = "".join(cell("th", place, text) for place, text in enumerate(header))
    body = "\n".join(
        "<tr>" + "".join(cell("td", place, text) for place, text in enumerate(row)) + "</tr>" for row in rows
    )
    return (
        f'<h2>{title}</h2>\n<div class="scroll" role="region" tabindex="0" aria-label="{title}">'
        f'<table class="plain"><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>'
    )


def _training(folder: Path | None) -> str:
    """The losses of a network, where the run kept them."""
    columns: dict[str, list[float]] = {}
    if folder is not None and (folder / ARTIFACTS / TRAINING).is_file():
        with suppress(HarnessError, ValueError, csv.Error):
            columns = _read(folder / ARTIFACTS / TRAINING)
    losses = {name: values for name, values in columns.items() if "loss" in name}
    if not losses:
        return ""
    length = len(next(iter(losses.values())))
    every = math.ceil(length / MOST_POINTS)
    lines = []
    for name, values in losses.items():
        known = [(row + 1.0, one) for row, one in enumerate(values) if math.isfinite(one)][::every]
        if known:
            across, up = zip(*known, strict=True)
            lines.append(Curve(name, across, up))
    if not lines:
        return ""
    return f"<h2>Training</h2>\n<figure>{curves(lines, 'row of training.csv', 'loss')}</figure>"


def _read(path: Path) -> dict[str, list[float]]:
    header, *rows = csv.reader(io.StringIO(read_text(path, 16 * MIB)), strict=True)
    columns = list(zip(*(tuple(map(float, row)) for row in rows), strict=True))
    return {name.strip(): list(values) for name, values in zip(header, columns, strict=True)}
