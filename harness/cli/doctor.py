"""What `harness doctor` does."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from harness.cli.options import print_json
from harness.cli.terminal import console_for_tables
from harness.errors import HarnessError
from harness.runs.doctor import Finding, examine, self_test
from harness.runs.home import Home
from harness.untrusted.words import printable

STYLES = {"ok": "green", "note": "yellow", "wrong": "bold red"}


def carry_out(no_self_test: bool, home: str | None, as_json: bool) -> None:
    """Examine the installation, and say what was found.

    Raises:
        HarnessError: something is wrong.
    """
    found = list(examine(Home(home)))
    if not no_self_test:
        found.append(self_test())
    if as_json:
        print_json([vars(one) for one in found])
    else:
        console_for_tables().print(_table(found))
    wrong = [one for one in found if one.state == "wrong"]
    if wrong:
        first = wrong[0]
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise HarnessError(f"{first.what}: {first.found.rstrip('.')}; {first.advice}{more}.")


def _table(found: Iterable[Finding]) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in found:
        told = one.found if one.advice is None else f"{one.found}; {one.advice}"
        table.add_row(
            Text(one.state, style=STYLES[one.state]), Text(printable(one.what)), Text(printable(told))
        )
    return table
