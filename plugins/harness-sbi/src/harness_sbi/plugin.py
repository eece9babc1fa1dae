"""What this distribution adds to the harness."""

from harness.registry.hookspecs import Register, hookimpl


@hookimpl
def register_estimators(register: Register) -> None:
    register(
        "sbi-npe",
        "harness_sbi.estimator:SbiNPE",
        summary="neural posterior estimation by the sbi toolbox, on the pairs that npe-kl learns from",
    )
