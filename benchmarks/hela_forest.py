"""R2 and seconds of our random forest and of scikit-learn's, on the published HELA set.

    python benchmarks/hela_forest.py ../shared/data/hela

Both grow as many trees by the same rules on the same training planets, one after the other in the
same process. scikit-learn predicts the mean; ours answers with a weighted posterior, whose mean is
compared. Then scikit-learn's own trees are taken over, so that the two ways to predict are timed,
and their results compared, on identical trees.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from typing import Any

# threads that spin while they wait make a busy machine many times slower; decided as torch is loaded
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

PUBLISHED = {"T": 0.746, "H2O": 0.608, "HCN": 0.467, "NH3": 0.700, "kappa0": 0.736}
SAMPLES = 2000


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.perf_counter()
    answer = call()
    return answer, time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare our random forest with scikit-learn's.")
    parser.add_argument("data", help="directory of the HELA dataset")
    parser.add_argument("--trees", type=int, default=200)
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    arguments = parser.parse_args()

    import joblib
    import numpy as np
    import torch
    from harness_forest.estimator import RandomForest
    from harness_forest.forest import Forest, weights_of_training_planets
    from harness_forest.growing import as_forest
    from sklearn.ensemble import RandomForestRegressor

    from harness import challenges
    from harness.components.run import Run
    from harness.embedders.none import NoEmbedder
    from harness.preprocessors.none import NoPreprocessor

    challenge = challenges.load(f"hela:{arguments.data}")
    train, test = challenge.train, challenge.test
    features, unseen = (split.observations.spectrum.float().numpy() for split in (train, test))
    lower, upper = np.array(challenge.schema.bounds).T
    targets, truth = ((split.parameters.numpy() - lower) / (upper - lower) for split in (train, test))

    def r2(prediction: Any) -> dict[str, float]:
        scores = 1 - ((prediction - truth) ** 2).mean(axis=0) / truth.var(axis=0)
        return dict(zip(challenge.schema.parameter_names, scores.tolist(), strict=True))

    ours = RandomForest.create(
        {"trees": arguments.trees},
        schema=challenge.schema,
        preprocessor=NoPreprocessor.create(),
        embedder=NoEmbedder.create(),
    )
    run = Run()
    _, our_fit = timed(lambda: ours.fit(train, challenge.valid, run))
    posterior, our_sample = timed(lambda: ours.sample(test.observations, SAMPLES, run))
    mean = (posterior.weights[:, None] @ posterior.samples.double())[:, 0].numpy()

    options = ours.options
    theirs = RandomForestRegressor(
        options.trees,
        min_samples_leaf=options.min_samples_leaf,
        max_features=options.max_features,
        n_jobs=-1,
        random_state=0,
    )
    _, their_fit = timed(lambda: theirs.fit(features, targets))
    prediction, their_predict = timed(lambda: theirs.predict(unseen))

    planets = np.arange(len(train))
    copied = Forest.join(
        [
            as_forest(tree.tree_, features, np.bincount(drawn, minlength=len(train)), planets)
            for tree, drawn in zip(theirs.estimators_, theirs.estimators_samples_, strict=True)
        ]
    )

    def weights() -> Any:
        leaves = copied.leaves(torch.from_numpy(unseen))
        return weights_of_training_planets(leaves, copied.membership(len(train)))

    same, same_seconds = timed(weights)
    result = {
        "r2": {
            "random-forest": r2((mean - lower) / (upper - lower)),
            "scikit-learn": r2(prediction),
            "published, 80,000 rows": {
                name: PUBLISHED.get(name) for name in challenge.schema.parameter_names
            },
        },
        "seconds": {
            "random-forest": {"fit": our_fit, "predict": our_sample},
            "scikit-learn": {"fit": their_fit, "predict": their_predict},
            "scikit-learn's trees, our weights": {"fit": None, "predict": same_seconds},
        },
        "largest_difference_on_the_same_trees": float(np.abs(same @ targets - prediction).max()),
        "trees": arguments.trees,
        "planets": [len(train), len(test)],
        "samples": SAMPLES,
        "cores": joblib.cpu_count(),
        "machine": platform.machine(),
    }
    print(json.dumps(result, indent=2)) if arguments.json else show(result)


def show(result: dict[str, Any]) -> None:
    """Print the result as two tables."""
    from rich.console import Console
    from rich.table import Table

    n_train, n_test = result["planets"]
    scores = Table(title=f"R2, {result['trees']} trees, {n_train:,} training and {n_test:,} test planets")
    scores.add_column("")
    for name in next(iter(result["r2"].values())):
        scores.add_column(name, justify="right")
    for method, values in result["r2"].items():
        scores.add_row(method, *("" if value is None else f"{value:.3f}" for value in values.values()))
    seconds = Table(
        title=f"seconds on {result['cores']} cores",
        caption=f"predict: {result['samples']:,} weighted samples; the mean alone; the weights alone. "
        "On the same trees the two means differ by at most "
        f"{result['largest_difference_on_the_same_trees']:.0e} of the prior's width.",
    )
    seconds.add_column("")
    for stage in ("fit", "predict"):
        seconds.add_column(stage, justify="right")
    for method, values in result["seconds"].items():
        seconds.add_row(method, *("" if taken is None else f"{taken:.2f}" for taken in values.values()))
    console = Console()
    console.print(scores)
    console.print(seconds)


if __name__ == "__main__":
    main()
