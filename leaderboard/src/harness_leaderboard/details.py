"""Everything that is known of one run, on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from harness.untrusted.words import printable
from harness_leaderboard import numbers
from harness_leaderboard.fixed_table import empty_table
from harness_leaderboard.labels import option_text
from harness_leaderboard.pooling import Pooled
from harness_leaderboard.table import planets

if TYPE_CHECKING:
    from pathlib import Path

    from harness.data.record import ComponentRecord, EstimateRecord, RunRecord

STATUS_STYLES = {"finished": "green", "failed": "red", "interrupted": "yellow"}


def run_details(record: RunRecord, home: Path) -> RenderableType:
    """The whole record; `home` is where the run's folder is looked for."""
    sections: list[RenderableType] = [_facts(record, home), _components(record)]
    if record.scores:
        sections.append(_scores(record))
    return Group(*(part for section in sections for part in (section, Text())))


def _facts(record: RunRecord, home: Path) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")

    def add(name: str, value: str | None, style: str = "") -> None:
        if value:
            grid.add_row(name, Text(printable(value), style=style))

    seconds, memory = record.seconds, record.peak_memory
    add("run", record.run_id, "bold")
    add("label", record.label)
    add("status", record.status, STATUS_STYLES[record.status])
    add("error", record.error)
    add("started", record.started_at)
    if record.submission is not None:
        add("submitted by", record.submission.by)
        add("note", record.submission.note)
        add("sha256", record.submission.sha256)
    add("challenge", record.challenge.spec)
    add("fingerprint", record.challenge.fingerprint)
    add("", planets(record.challenge))
    add("seed", str(record.seed))
    add("samples", f"{record.n_samples:,} for each planet")
    stages = {"fit": seconds.fit, "alarm": seconds.alarm, "sample": seconds.sample, "score": seconds.score}
    if seconds.alarm is None:
        del stages["alarm"]  # an older record
    add("time", ", ".join(f"{stage} {numbers.seconds(value)}" for stage, value in stages.items()))
    add("peak memory", f"host {numbers.size(memory.host)}, device {numbers.size(memory.device)}")
    add("device", record.device)
    add("platform", record.platform)
    add("versions", ", ".join(f"{name} {version}" for name, version in record.versions.items()))
    add("revision", record.git_revision)
    add("identity", record.identity)
    folder = home / record.artifacts
    add("folder", str(folder) if folder.is_dir() else f"{folder} (not here)")
    return grid


def _components(record: RunRecord) -> Table:
    table = empty_table()
    table.add_column("component", no_wrap=True)
    table.add_column("name", overflow="fold")
    table.add_column("from", overflow="fold")
    table.add_column("options", overflow="fold")
    parts = [record.challenge, record.preprocessor, record.embedder, record.estimator]
    for component in [*parts, *(score.scorer for score in record.scores)]:
        if component is not None:
            origin = f"{component.distribution} {component.version}"
            cells = (Text(printable(cell)) for cell in (component.kind, component.name, origin))
            table.add_row(*cells, _options(component))
    return table


def _options(component: ComponentRecord) -> Text:
    """All options, those that differ from their defaults in bold."""
    text = Text()
    for name, option in zip(component.options, option_text(component.options), strict=True):
        text.append(", " if text else "").append(
            printable(option), style="bold" if name in component.changed else "dim"
        )
    return text


def _scores(record: RunRecord) -> Table:
    table = empty_table()
    table.add_column("score", overflow="fold")
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("better", no_wrap=True)
    table.add_column("planets", justify="right", no_wrap=True)
    for score in record.scores:
        better = "higher" if score.higher_is_better else "lower"
        table.add_row(
            Text(printable(score.scorer.name), style="bold"),
            Text(_estimate(score.whole), style="bold"),
            better,
            f"{score.n_planets:,}",
        )
        for name, part in score.parts.items():
            table.add_row(Text(f"  {printable(name)}"), _estimate(part), "", "")
    return table


def _estimate(estimate: EstimateRecord) -> str:
    """Each number by its own error: a run's scores have different units."""
    return numbers.values_with_errors([Pooled(estimate.value, estimate.standard_error)])[0]
