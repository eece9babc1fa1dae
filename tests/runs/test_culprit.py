"""A run that fails is put down to the component that raised the error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import harness
from harness.data.record import RunRecord
from harness.runs.one_run import RunFailed

Install = Callable[[str, str], Path]

TINY = {"train": 60, "valid": 5, "test": 5, "rows": 200}

FAULTY = """
    from harness import hookimpl

    @hookimpl
    def register_preprocessors(register):
        register("unfit", "faulty_parts:Unfit", summary="fails in fit")
        register("unready", "faulty_parts:Unready", summary="its module fails as soon as it is fitted")
        register("late", "faulty_parts:Late", summary="its module fails when it sees one planet")
        register("picky", "faulty_parts:Picky", summary="refuses the planets")

    @hookimpl
    def register_embedders(register):
        register("torn", "faulty_parts:Torn", summary="its module fails")

    @hookimpl
    def register_scorers(register):
        register("lost", "faulty_parts:Lost", summary="fails when it scores")

    @hookimpl
    def register_estimators(register):
        register("broken", "faulty_parts:Broken", summary="fails in fit")
        register("reader", "faulty_parts:Reader", summary="nothing but reads its features")
        register("careless", "faulty_parts:Careless", summary="a network of its own fails")
"""
PARTS = """
import torch
from torch import nn
from harness import Embedder, HarnessError, Preprocessor, Scorer
from harness.estimators.prior import Prior

class Torn_(nn.Module):
    n_context = 1
    def forward(self, *columns):
        raise RuntimeError("sizes do not match")

class Single_(nn.Module):
    def forward(self, spectrum, noise, auxiliary):
        return spectrum if len(spectrum) == 60 else nn.Linear(1, 1)(spectrum)

class Unfit(Preprocessor):
    def architecture(self, schema): return nn.Identity()
    def fit(self, train, schema): raise ZeroDivisionError("no planets")

class Unready(Unfit):
    def fit(self, train, schema): return Torn_()

class Late(Unfit):
    def fit(self, train, schema): return Single_()

class Picky(Unfit):
    def fit(self, train, schema): raise HarnessError("These planets have no star; give them one.")

class Torn(Embedder):
    def architecture(self, n_features): return Torn_()

class Lost(Scorer):
    def score(self, prediction, truth, challenge): raise KeyError("truth")

class Broken(Prior):
    def fit(self, train, valid, run): raise ValueError("the loss exploded")

class Reader(Prior):
    uses_features = True
    def fit(self, train, valid, run):
        super().fit(train, valid, run)
        self.fit_features(train, run).of(train.observations[:1])

class Careless(Reader):
    def fit(self, train, valid, run):
        super().fit(train, valid, run)
        Torn_()(train.observations.spectrum)
"""


@pytest.mark.parametrize(
    ("estimator", "more", "reason"),
    [
        ("reader", {"preprocessor": "unfit"}, "preprocessor 'unfit' failed: ZeroDivisionError: no planets"),
        (
            "reader",
            {"preprocessor": "unready"},
            "preprocessor 'unready' failed: RuntimeError: sizes do not match",
        ),
        ("reader", {"preprocessor": "late"}, "preprocessor 'late' failed: RuntimeError: "),
        (
            "reader",
            {"preprocessor": "picky"},
            "preprocessor 'picky' failed: These planets have no star; give",
        ),
        ("reader", {"embedder": "torn"}, "embedder 'torn' failed: RuntimeError: sizes do not match"),
        ("reader", {"scorers": ["lost"]}, "scorer 'lost' failed: KeyError: 'truth'"),
        ("careless", {}, "RuntimeError: sizes do not match"),
        ("broken", {}, "ValueError: the loss exploded"),
    ],
)
def test_the_component_that_failed_is_named(
    install_here: Install, home: Path, estimator: str, more: dict[str, object], reason: str
) -> None:
    (install_here("faulty", FAULTY) / "faulty_parts.py").write_text(PARTS)
    with pytest.raises(RunFailed) as caught:
        harness.run(estimator, harness.load("toy", TINY), **{"scorers": ["r2"], **more})  # type: ignore[arg-type]
    record = caught.value.record
    assert (record.error or "").startswith(reason)
    assert RunRecord.read(home / record.artifacts / "record.json") == record
    blamed = "" if " failed: " in reason else f"'{estimator}' failed: "
    assert str(caught.value).startswith(blamed + reason)
    assert str(caught.value).endswith("log.txt.")
