"""On a training set that was published with its scores."""

from pathlib import Path

from harness_forest.estimator import RandomForest

from harness import challenges
from harness.components.run import Run
from harness.embedders.none import NoEmbedder
from harness.embedders.pca import PCA
from harness.preprocessors.none import NoPreprocessor
from harness.preprocessors.standardize import Standardize

HELA = Path(__file__).parents[4] / "shared" / "data" / "hela"
PUBLISHED = {"T": 0.746, "H2O": 0.608, "HCN": 0.467, "NH3": 0.700, "kappa0": 0.736}  # with 80,000 planets


def r2(preprocessor, embedder, trees: int) -> dict[str, float]:
    """R2 of the posterior mean over 5,001 planets, of trees grown on 15,000."""
    challenge = challenges.load(f"hela:{HELA}")
    estimator = RandomForest.create(
        {"trees": trees},
        schema=challenge.schema,
        preprocessor=preprocessor.create(),
        embedder=embedder.create(),
    )
    estimator.fit(challenge.train, challenge.valid, Run())
    posterior = estimator.sample(challenge.test.observations, 300, Run())
    mean = (posterior.weights[:, None] @ posterior.samples.double())[:, 0]
    truth = challenge.test.parameters
    scores = 1 - ((mean - truth) ** 2).mean(0) / truth.var(0, correction=0)
    return dict(zip(challenge.schema.parameter_names, scores.tolist(), strict=True))


def test_a_fifth_of_the_planets_comes_close_to_the_published_forest():
    scores = r2(NoPreprocessor, NoEmbedder, trees=30)
    needed = {"T": 0.70, "H2O": 0.56, "HCN": 0.41, "NH3": 0.65, "kappa0": 0.72}
    assert {name for name, least in needed.items() if scores[name] < least} == set()


def test_on_principal_components_it_reaches_the_published_forest():
    scores = r2(Standardize, PCA, trees=45)
    assert {name for name, published in PUBLISHED.items() if scores[name] < published - 0.01} == set()
