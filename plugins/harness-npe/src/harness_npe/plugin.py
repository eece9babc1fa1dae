"""What this distribution adds to the harness."""

from harness.registry.hookspecs import Register, hookimpl


@hookimpl
def register_estimators(register: Register) -> None:
    register(
        "npe-kl",
        "harness_npe.estimators.npe:NPE",
        summary="a conditional flow trained by maximum likelihood",
    )
    register(
        "npe-mmd",
        "harness_npe.estimators.distances:NPEMMD",
        summary="npe-kl, then trained with the maximum mean discrepancy to reference traces",
    )
    register(
        "npe-ddks",
        "harness_npe.estimators.distances:NPEDdKS",
        summary="npe-kl, then trained with the d-dimensional KS distance to reference traces",
    )
    register(
        "npe-independent",
        "harness_npe.estimators.independent:NPEIndependent",
        summary="the winning recipe of 2023: one spline flow for each parameter, trained on traces",
    )
    register(
        "vi",
        "harness_npe.estimators.vi:VariationalInference",
        summary="a flow for each planet, fitted to its spectrum through the forward model",
    )
