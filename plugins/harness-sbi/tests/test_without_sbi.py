"""What works without the sbi toolbox, and what is said where it is needed."""

import subprocess
import sys
import textwrap
from importlib import util

import pytest
from harness_sbi.estimator import SbiFMPE, SbiNPE, SbiNPSE, SbiNRE
from harness_sbi.sequential import SequentialNPE

from harness.challenges.toy import Toy
from harness.components.run import Run
from harness.embedders.none import NoEmbedder
from harness.errors import HarnessError
from harness.preprocessors.standardize import Standardize

CHALLENGE = Toy.create({"train": 60, "valid": 20, "test": 2, "rows": 100, "traced": 0.0}, name="toy")
SENTENCE = r"needs the sbi toolbox, which is not installed: pip install 'harness-sbi\[sbi\]'\.$"


@pytest.fixture
def no_sbi(monkeypatch):
    """An environment without sbi, whether or not it is installed in this one."""
    find = util.find_spec
    absent = lambda name, *rest: None if name == "sbi" else find(name, *rest)  # noqa: E731
    monkeypatch.setattr("harness_sbi.toolbox.find_spec", absent)
    monkeypatch.setitem(sys.modules, "sbi", None)  # importing it fails


def unfitted() -> SbiNPE:
    return SbiNPE.create(
        name="sbi-npe",
        schema=CHALLENGE.schema,
        preprocessor=Standardize.create(),
        embedder=NoEmbedder.create(),
    )


@pytest.mark.usefixtures("no_sbi")
def test_fitting_says_in_one_sentence_how_to_install_it():
    with pytest.raises(HarnessError, match=f"^'sbi-npe' {SENTENCE}"):
        unfitted().fit(CHALLENGE.train, CHALLENGE.valid, Run(name="sbi-npe"))


@pytest.mark.usefixtures("no_sbi")
def test_a_saved_estimator_cannot_be_restored_and_says_the_same():
    estimator = unfitted()
    estimator.fit_features(CHALLENGE.train, Run())
    state = {"history": CHALLENGE.train.parameters, "space/mean": CHALLENGE.train.parameters[0]}
    state["space/spread"] = state["space/mean"]
    with pytest.raises(HarnessError, match=SENTENCE):
        estimator.restore(state, Run())


@pytest.mark.usefixtures("no_sbi")
@pytest.mark.parametrize("kind", [SbiNPE, SbiFMPE, SbiNPSE, SbiNRE, SequentialNPE])
def test_every_method_is_left_out_of_a_run_of_all_estimators(kind):
    reason = kind.create(name="it", schema=CHALLENGE.schema).unsuitable_for(CHALLENGE)
    assert reason == "It needs the sbi toolbox, which is not installed: pip install 'harness-sbi[sbi]'."


@pytest.mark.usefixtures("no_sbi")
def test_the_run_command_ends_with_that_sentence_before_anything_is_fitted(invoke):
    result = invoke("run", "--estimator", "sbi-npe", "--challenge", "toy")
    assert isinstance(result.exception, SystemExit)
    assert result.exit_code == 2
    assert result.stderr.count("pip install 'harness-sbi[sbi]'") == 1
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.usefixtures("no_sbi")
def test_its_options_are_shown_all_the_same(invoke):
    result = invoke("plugins", "show", "sbi-npe")
    assert result.exit_code == 0, result.output
    assert "stop_after_epochs" in result.stdout


def test_listing_plugins_imports_neither_sbi_nor_torch():
    program = textwrap.dedent(
        """
        import sys
        from harness.cli import main
        try:
            main(["plugins"])
        except SystemExit as ended:
            assert not ended.code, ended.code
        assert "harness_sbi.plugin" in sys.modules
        assert not {"torch", "sbi"} & set(sys.modules)
        """
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "sbi-npe" in result.stdout
