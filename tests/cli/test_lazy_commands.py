"""Commands are listed by their summaries, and imported when they are called."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import Result

from harness.cli import main
from harness.cli.lazy_group import LazyGroup

Invoke = Callable[..., Result]
Install = Callable[[str, str], Path]
Process = Callable[..., subprocess.Popen[str]]

ADDING = """
    import click
    from harness import hookimpl

    @hookimpl
    def register_commands(cli, register):
        register("greet", "greeting:greet", summary="Say hello.")
        register("gone", "no_such_package:command", summary="Its package is not there.")
        register("number", "math:pi", summary="It is no command.")
        cli.add_command(click.Command("old", callback=lambda: print("as before"), help="Added at once."))
"""
GREETING = """
import click, torch

@click.command()
@click.argument("name")
def greet(name):
    "Say hello to NAME."
    click.echo(f"hello {name}")
"""


@pytest.fixture
def plugin(install: Install) -> Path:
    """A distribution with commands of every kind."""
    folder = install("greeter", ADDING)
    (folder / "greeting.py").write_text(GREETING)
    return folder


@pytest.fixture
def harness(process: Process, plugin: Path) -> Callable[..., tuple[int, str, str]]:
    """Call the command line that sees the plugin: exit code, standard output, standard error."""

    def call(*words: str) -> tuple[int, str, str]:
        started = process(*words, seeing=(plugin,))
        output, errors = started.communicate()
        return started.returncode, output, errors

    return call


Harness = Callable[..., tuple[int, str, str]]


def every_command(group: click.Group, *path: str) -> Iterator[tuple[LazyGroup, tuple[str, ...]]]:
    """Each command of a group and the groups in it, with the group it is in."""
    context = click.Context(group)
    for name in group.list_commands(context):
        if isinstance(group, LazyGroup):
            yield group, (*path, name)
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from every_command(command, *path, name)


@pytest.mark.parametrize(
    ("group", "path"), [pytest.param(*found, id=" ".join(found[1])) for found in every_command(main)]
)
def test_the_summary_of_a_command_is_the_first_sentence_of_its_help(
    group: LazyGroup, path: tuple[str, ...]
) -> None:
    command = group.get_command(click.Context(group), path[-1])
    assert command is not None
    assert group.summary(path[-1]) == " ".join((command.help or "").partition("\n\n")[0].split())


def test_help_lists_every_command_whole(harness: Harness) -> None:
    code, output, errors = harness("--help")
    assert (code, errors) == (0, "")
    shown = " ".join(output.partition("Commands:")[2].split())
    for summary in ("greet Say hello.", "gone Its package is not there.", "old Added at once."):
        assert summary in shown
    assert "run Fit methods on a challenge, score them, and record the runs." in shown
    assert "..." not in shown


def test_a_registered_command_is_called_and_asked_for_help(harness: Harness) -> None:
    assert harness("greet", "world") == (0, "hello world\n", "")
    assert "Say hello to NAME." in harness("greet", "--help")[1]
    assert harness("old") == (0, "as before\n", "")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gone", "command 'gone' of greeter could not be imported from 'no_such_package:command'"),
        ("number", "command 'number' of greeter points at 'math:pi', which is no click command"),
    ],
)
def test_a_broken_command_is_one_sentence_when_it_is_called(harness: Harness, name: str, said: str) -> None:
    code, output, errors = harness(name)
    assert (code, output, len(errors.splitlines())) == (2, "", 1)
    assert said in errors
    assert harness("plugins", "--json")[2] == ""  # and troubles nobody else


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "register('run', 'greeting:greet')",
            "The command 'run' of moody is left out: ariel-harness has one",
        ),
        ("register('a.b', 'greeting:greet')", "command 'a.b' is no usable name"),
        ("register('x', 'greeting')", "'x' is registered with the target 'greeting'"),
        ("register('x', 'a:b'); register('x', 'a:b')", "The command 'x' of moody is left out: moody has one"),
    ],
)
def test_a_registration_that_cannot_be_is_one_warning(
    install: Install, process: Process, line: str, said: str
) -> None:
    source = f"from harness import hookimpl\n@hookimpl\ndef register_commands(register): {line}\n"
    started = process("run", "--help", seeing=(install("moody", source),))
    output, errors = started.communicate()
    assert started.returncode == 0
    assert "--estimator" in output
    assert errors.count("Warning") == 1
    assert said in errors


def test_a_mistyped_command_in_a_group_gets_the_nearest_one(invoke: Invoke) -> None:
    result = invoke("data", "descrbe", "toy")
    assert result.exit_code == 2
    assert "There is no command 'descrbe' (did you mean 'describe'?)" in result.stderr


def test_the_completion_of_a_shell_imports_no_command(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom harness.cli import main\nimport click, json\n"
        "context = click.Context(main, info_name='harness')\n"
        "items = {item.value: item.help for item in main.shell_complete(context, 's')}\n"
        "print(json.dumps([items, 'torch' in sys.modules]))"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    items, has_torch = json.loads(shown.stdout)
    assert set(items) == {"score", "simulate", "spectrum", "submit", "sweep"}
    assert items["submit"] == "Write the predictions of RUN as a submission file."
    assert not has_torch


@pytest.mark.parametrize("setting", ["k=0", "estimator.k=0", "nearest.k=0"])
def test_every_way_to_set_an_option_reaches_the_component_under_test(invoke: Invoke, setting: str) -> None:
    result = invoke("plugins", "test", "nearest", "--set", setting)
    assert result.exit_code == 2
    assert "Option 'k' of nearest is 0" in result.stderr


def test_an_option_of_another_component_is_refused_by_plugins_test(invoke: Invoke) -> None:
    result = invoke("plugins", "test", "nearest", "--set", "scorer.k=3")
    assert result.exit_code == 2
    assert "options of 'scorer' are set" in result.stderr


def test_plugins_test_takes_what_plugins_show_prints(invoke: Invoke) -> None:
    shown = invoke("plugins", "show", "nearest").stdout
    printed = shown.partition("Set one with --set ")[2].partition("=VALUE")[0]
    assert invoke("plugins", "test", "nearest", "--set", f"{printed}=0").exit_code == 2
