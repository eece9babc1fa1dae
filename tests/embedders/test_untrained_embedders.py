"""An embedder that must be trained is refused where nothing would train it."""

import pytest
from harness_forest.estimator import RandomForest

from harness.errors import HarnessError
from harness.runs.plan import plan_estimator


def test_an_estimator_that_trains_no_embedder_refuses_one_that_must_be_trained(invoke, home) -> None:
    result = invoke("run", "-e", "random-forest", "-m", "resmlp")
    assert result.exit_code == 2
    assert "Embedder 'resmlp' must be trained, and estimator 'random-forest' does not" in result.stderr
    assert not home.exists()


@pytest.mark.parametrize("embedder", ["none", "pca"])
def test_it_takes_one_that_is_fitted_or_nothing_at_all(embedder: str) -> None:
    *_, chosen = plan_estimator({}, "random-forest", None, embedder)
    assert chosen is not None
    assert chosen.registration.name == embedder


def test_among_all_estimators_it_keeps_its_own() -> None:
    *_, chosen = plan_estimator({}, "random-forest", None, "transformer", among_all=True)
    assert chosen is not None
    assert chosen.registration.name == RandomForest.default_embedder


def test_an_estimator_that_trains_embedders_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RandomForest, "trains_embedder", True)
    *_, chosen = plan_estimator({}, "random-forest", None, "rescnn")
    assert chosen is not None
    assert chosen.registration.name == "rescnn"


def test_a_plugin_whose_own_embedder_would_stay_untrained_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RandomForest, "default_embedder", "resmlp")
    with pytest.raises(HarnessError, match="'random-forest' does not train embedders"):
        plan_estimator({}, "random-forest", None, None, among_all=True)
