"""What this distribution adds to the harness."""

from harness.registry.hookspecs import Register, hookimpl


@hookimpl
def register_estimators(register: Register) -> None:
    register(
        "random-forest",
        "harness_forest.estimator:RandomForest",
        summary="training planets weighted by the forest leaves that they share with the observed one",
    )
    register(
        "boosting",
        "harness_forest.boosting:Boosting",
        summary="quantiles of each parameter by gradient boosting of trees, tied together by a copula",
    )
