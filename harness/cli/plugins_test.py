"""`harness plugins test`: whether a component keeps the contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from harness.cli.options import print_json
from harness.components.settings import options_for, parse_settings, refuse_unused
from harness.contract import ContractViolation, contract
from harness.errors import described
from harness.registry.installed import installed_as
from harness.untrusted.words import printable


def carry_out(
    name: str, kind: str | None, settings: Sequence[str], location: str | None, as_json: bool
) -> int:
    """Check that a component, or a plugin's hooks, keep the contract."""
    found = installed_as(name, kind)
    parsed = parse_settings([_addressed(setting, name) for setting in settings])
    refuse_unused(parsed, [name, *(one.kind for one in found)])
    results: list[dict[str, Any]] = []
    for one in found:
        if not as_json:
            click.echo(printable(f"{one.kind} {one.name} ({one.distribution} {one.version})"))
        for check in contract(one.kind, one.name, options_for(parsed, one.kind, one.name), location):
            problem = None
            try:
                check()
            except ContractViolation as violation:
                problem = str(violation)
            except (Exception, SystemExit) as error:
                if click.get_current_context().find_root().params.get("debug"):
                    raise
                problem = described(error)
            results.append({"kind": one.kind, "name": one.name, "check": str(check), "problem": problem})
            if not as_json:
                mark = click.style("ok    ", "green") if problem is None else click.style("FAILED", "red")
                told = f"\n          {printable(problem)}" if problem else ""
                click.echo(f"  {mark}  {check.statement}{told}")
    failed = sum(result["problem"] is not None for result in results)
    if as_json:
        print_json(results)
    else:
        click.echo(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


def _addressed(setting: str, name: str) -> str:
    """A setting as any command takes it; `option=value` alone is meant for the component under test."""
    return setting if "." in setting.partition("=")[0] else f"{name}.{setting}"
