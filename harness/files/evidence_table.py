"""Effective sample sizes and log-evidences as a table."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from harness.data.evidence import Evidence
from harness.files.storage import write_whole

COLUMNS = ("planet_id", "effective_sample_size", "log_evidence", "log_evidence_error")


def write_evidence(path: Path, planets: Sequence[str], evidence: Evidence) -> None:
    """Write a CSV table with a row for each of the planets."""
    columns = (evidence.effective_size, evidence.log_evidence, evidence.error)
    numbers = zip(*(column.tolist() for column in columns), strict=True)

    def write(temporary: Path) -> None:
        with temporary.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(COLUMNS)
            for planet, (size, log_evidence, error) in zip(planets, numbers, strict=True):
                table.writerow([planet, f"{size:.1f}", f"{log_evidence:.4f}", f"{error:.4g}"])

    write_whole(path, write)
