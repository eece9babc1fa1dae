"""`harness reconstruct`: the channels that were not seen, from those that were."""

from __future__ import annotations

import click


@click.command("reconstruct")
def reconstruct() -> None:
    """x"""
