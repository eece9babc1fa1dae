"""A plugin is found, or is left out with one clear sentence, and never harms the others."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest


class Ended(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


Harness = Callable[..., Ended]
Install = Callable[[str, str], Path]

GOOD = """
    from harness import hookimpl

    @hookimpl
    def register_estimators(register):
        register("good", "good_plugin:Good", summary="a good one")

    def __getattr__(name):
        if name != "Good":
            raise AttributeError(name)
        from harness.estimators.prior import Prior
        return type("Good", (Prior,), {"__doc__": "A prior by another name."})
"""


@pytest.fixture
def harness(process: Callable[..., subprocess.Popen[str]]) -> Harness:
    """Run the `harness` command to its end: (exit code, standard output, standard error)."""

    def call(*arguments: str, seeing: tuple[Path, ...] = ()) -> Ended:
        started = process(*arguments, seeing=seeing)
        output, errors = started.communicate()
        return Ended(started.returncode, output, errors)

    return call


def registering(*lines: str) -> str:
    """A plugin whose `register_estimators` runs these lines."""
    body = "".join(f"        {line}\n" for line in lines)
    return (
        f"\n    from harness import hookimpl\n    @hookimpl\n    def register_estimators(register):\n{body}"
    )


def test_a_plugin_can_be_left_out_of_a_command(
    install: Install, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeing = install("good_plugin", GOOD)
    assert "good_plugin" in harness("plugins", seeing=(seeing,)).stdout
    monkeypatch.setenv("HARNESS_WITHOUT", "mlflow, good_plugin")
    ended = harness("plugins", seeing=(seeing,))
    assert ended.returncode == 0
    assert "good_plugin" not in ended.stdout + ended.stderr


def test_a_good_plugin_is_listed_with_its_distribution(install: Install, harness: Harness) -> None:
    good = install("good-plugin", GOOD)
    result = harness("plugins", "--kind", "estimator", "--json", seeing=(good,))
    assert result.returncode == 0, result.stderr
    assert {
        "kind": "estimator",
        "name": "good",
        "distribution": "good-plugin",
        "version": "1.0",
        "summary": "a good one",
    } in json.loads(result.stdout)


def test_a_good_plugin_runs(install: Install, harness: Harness) -> None:
    good = install("good-plugin", GOOD)
    result = harness(
        "run",
        "--estimator",
        "good",
        "--challenge",
        "toy",
        "--set",
        "challenge.test=5",
        "--json",
        seeing=(good,),
    )
    assert result.returncode == 0, result.stderr
    record = json.loads(result.stdout)
    assert record["estimator"]["distribution"] == "good-plugin"
    assert record["status"] == "finished"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (
            "raise RuntimeError('the flux capacitor is missing')",
            "RuntimeError: the flux capacitor is missing",
        ),
        ("import a_module_that_is_not_there", "No module named 'a_module_that_is_not_there'"),
        ("import sys; sys.exit(3)", "SystemExit"),
        ("def broken(:", "SyntaxError"),
    ],
)
def test_a_plugin_that_cannot_be_imported_is_one_warning(
    install: Install, harness: Harness, source: str, reason: str
) -> None:
    crashing, good = install("crashing-plugin", source), install("good-plugin", GOOD)
    result = harness("plugins", seeing=(crashing, good))
    assert result.returncode == 0
    assert "good-plugin" in result.stdout
    warnings = result.stderr.strip().splitlines()
    assert len(warnings) == 1
    assert "crashing-plugin" in warnings[0]
    assert reason in warnings[0]


def test_a_plugin_that_fails_while_registering_is_one_warning(install: Install, harness: Harness) -> None:
    crashing = install("crashing-plugin", registering("raise KeyError('lost')"))
    result = harness("plugins", seeing=(crashing, install("good-plugin", GOOD)))
    assert result.returncode == 0
    assert "good-plugin" in result.stdout
    assert result.stderr.count("Warning") == 1
    assert "crashing-plugin" in result.stderr


@pytest.mark.parametrize("name", ["../escape", "with.dot", "with:colon", "", " "])
def test_a_component_whose_name_cannot_be_used_is_one_warning(
    install: Install, harness: Harness, name: str
) -> None:
    odd = install("odd-plugin", registering(f"register({name!r}, 'module:Class', summary='odd')"))
    result = harness("plugins", seeing=(odd,))
    assert result.returncode == 0
    assert result.stderr.count("Warning") == 1
    assert f"{name!r} is no usable name" in result.stderr


def test_a_hook_that_does_not_exist_is_named_with_the_nearest_one(install: Install, harness: Harness) -> None:
    source = "from harness import hookimpl\n@hookimpl\ndef register_estimator(register): pass\n"
    result = harness("plugins", seeing=(install("odd-plugin", source),))
    assert result.returncode == 0
    assert "odd-plugin" in result.stderr
    assert "'register_estimator', which does not exist" in result.stderr
    assert "did you mean 'register_estimators'?" in result.stderr


def test_a_hook_with_unknown_arguments_is_named(install: Install, harness: Harness) -> None:
    source = "from harness import hookimpl\n@hookimpl\ndef register_estimators(registry): pass\n"
    result = harness("plugins", seeing=(install("odd-plugin", source),))
    assert result.returncode == 0
    assert "odd-plugin" in result.stderr
    assert "registry" in result.stderr


def test_a_name_taken_twice_names_both_distributions(install: Install, harness: Harness) -> None:
    source = registering("register('prior', 'somewhere:Else', summary='another prior')")
    duplicate = install("duplicate-plugin", source)
    for arguments in (("plugins",), ("run", "--estimator", "prior")):
        result = harness(*arguments, seeing=(duplicate,))
        assert result.returncode == 2
        assert "'prior'" in result.stderr
        assert "ariel-harness" in result.stderr
        assert "duplicate-plugin" in result.stderr
        assert "Traceback" not in result.stderr


def test_help_works_in_spite_of_a_duplicate(install: Install, harness: Harness) -> None:
    source = registering("register('prior', 'somewhere:Else', summary='another prior')")
    assert harness("--help", seeing=(install("duplicate-plugin", source),)).returncode == 0


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("nowhere:Method", "could not be imported"),
        ("json:JSONDecoder", "not a subclass of harness.components.Estimator"),
        ("harness.preprocessors.none:NoPreprocessor", "not a subclass of harness.components.Estimator"),
        ("json:NoSuchClass", "could not be imported"),
    ],
)
def test_a_target_that_is_no_estimator_says_so(
    install: Install, harness: Harness, target: str, reason: str
) -> None:
    source = registering(f"register('odd', '{target}', summary='odd')")
    odd = install("odd-plugin", source)
    assert harness("plugins", seeing=(odd,)).returncode == 0
    result = harness("run", "--estimator", "odd", seeing=(odd,))
    assert result.returncode == 2
    assert "estimator 'odd' of odd-plugin" in result.stderr
    assert reason in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_plugin_that_fails_in_a_life_cycle_hook_does_not_take_the_run_with_it(
    install: Install, harness: Harness
) -> None:
    source = "from harness import hookimpl\n@hookimpl\ndef run_started(run): raise ValueError('not today')\n"
    result = harness(
        "run", "--estimator", "prior", "--challenge", "toy", "--set", "challenge.test=5", "--json",
        seeing=(install("moody-plugin", source),),
    )  # fmt: skip
    assert result.returncode == 0
    assert json.loads(result.stdout)["status"] == "finished"
    assert "moody-plugin" in result.stderr
    assert "not today" in result.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("raise ImportError('no module named spam')", "no module named spam"),
        ("cli.add_command(click.Command('run', callback=lambda: None))", "The command 'run' of moody_plugin"),
        ("cli.add_command(click.Command('a')); cli.add_command(click.Command('a'))", "The command 'a'"),
    ],
)
def test_a_plugin_whose_commands_are_wrong_is_one_warning(
    install: Install, harness: Harness, line: str, said: str
) -> None:
    source = f"import click\nfrom harness import hookimpl\n@hookimpl\ndef register_commands(cli): {line}\n"
    result = harness("run", "--help", seeing=(install("moody-plugin", source),))
    assert result.returncode == 0
    assert "--estimator" in result.stdout
    assert result.stderr.count("Warning") == 1
    assert said in result.stderr


def test_debug_shows_the_traceback_of_a_check_of_the_contract(install: Install, harness: Harness) -> None:
    crashing = "from harness.estimators.prior import Prior\nclass Method(Prior):\n"
    crashing += "    \"It crashes.\"\n    def fit(self, train, valid, run): raise RuntimeError('lost')\n"
    folder = install("odd-plugin", registering("register('odd', 'odd_method:Method', summary='odd')"))
    (folder / "odd_method.py").write_text(crashing)
    assert "Traceback" not in harness("plugins", "test", "odd", seeing=(folder,)).stderr
    assert "Traceback" in harness("plugins", "test", "odd", "--debug", seeing=(folder,)).stderr


def test_no_help_and_no_listing_imports_torch_or_what_else_takes_long() -> None:
    program = textwrap.dedent(
        """
        import sys
        import click
        from harness.cli import main

        def commands(group, *path):
            context = click.Context(group)
            for name in group.list_commands(context):
                yield *path, name
                command = group.get_command(context, name)
                if isinstance(command, click.Group):
                    yield from commands(command, *path, name)

        helps = [[*path, "--help"] for path in commands(main)]
        assert len(helps) > 25
        for line in (["--help"], ["plugins"], ["plugins", "--json"], *helps):
            try:
                main(line)
            except SystemExit as ended:
                assert not ended.code, ended.code
            slow = {"torch", "numpy", "sklearn", "scipy", "pandas", "h5py", "matplotlib"} & set(sys.modules)
            assert not slow, (line, slow)
        """
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
