"""The code that docs/training.md shows is what it says it is."""

from __future__ import annotations

import importlib.util
import re
import textwrap
from pathlib import Path
from types import ModuleType

import pytest
import torch

from harness.challenges.toy import Toy
from harness.components.run import Run
from harness.embedders.none import NoEmbedder
from harness.preprocessors.standardize import Standardize
from harness.training import Ensemble, Recipe, TrainedEstimator

PAGE = Path(__file__).parents[2] / "docs/training.md"
CHALLENGE = Toy.create({"train": 300, "valid": 40, "test": 3, "rows": 200, "traced": 0.1}, name="toy")
IMPORTS = """
from dataclasses import replace
from functools import partial
from harness.training import MaximumLikelihood, SourceFinder
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """A module of all the classes that the page shows."""
    blocks = re.findall(r"^ {4}.*\n(?:(?: {4}.*)?\n)*", PAGE.read_text(), re.MULTILINE)
    shown = [textwrap.dedent(block) for block in blocks if "class " in block]
    path = tmp_path_factory.mktemp("page") / "shown_on_the_page.py"
    path.write_text("\n\n".join([shown[0], IMPORTS, *shown[1:]]))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def unfitted(kind: type[TrainedEstimator]) -> TrainedEstimator:
    return kind.create(
        {**kind.contract_options, "supervision": "mix", "members": 2},
        name="normal",
        schema=CHALLENGE.schema,
        preprocessor=Standardize.create(),
        embedder=NoEmbedder.create(),
    )


def test_the_estimator_that_is_shown_fits_samples_and_is_read_back(page, tmp_path):
    estimator, run = unfitted(page.NormalNPE), Run(forward_model=CHALLENGE.forward_model)
    estimator.fit(CHALLENGE.train, CHALLENGE.valid, run)
    samples = estimator.sample(CHALLENGE.test.observations, 400, run).samples
    assert samples.shape == (3, 400, 7)
    assert estimator.log_prob(CHALLENGE.test.observations, samples, run).isfinite().all()
    estimator.save(tmp_path)
    loaded = unfitted(page.NormalNPE)
    loaded.load(tmp_path, run)
    assert torch.equal(loaded.sample(CHALLENGE.test.observations, 400, run).samples, samples)


def test_the_sources_and_the_objective_that_are_shown_change_what_is_learned(page):
    found = []

    class Shown(page.NormalNPE):
        def recipe(self) -> Recipe:
            sources = page.FirstPlanets(self.options.sources(), 30)
            objective = page.partial(page.Decay, batch=self.options.batch, weight=self.weight)
            found.append(sources.find(CHALLENGE.train, CHALLENGE.valid, self.schema, Run()))
            return Recipe(sources, Ensemble.of(self.options, self.density, objective))

    sizes = []
    for weight in (0.0, 10.0):
        Shown.weight = weight
        estimator = unfitted(Shown)
        estimator.fit(CHALLENGE.train, CHALLENGE.valid, Run())
        weights = estimator.trained.members[0].density.parameters()
        sizes.append(float(sum(one.square().sum() for one in weights)))
    assert sizes[1] < sizes[0]
    assert len(found[0].train.pairs) == 30
    assert len(found[0].held_out.pairs) == 40
