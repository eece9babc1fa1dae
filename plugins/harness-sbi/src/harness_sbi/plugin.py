"""What this distribution adds to the harness."""

from harness.registry.hookspecs import Register, hookimpl


@hookimpl
def register_estimators(register: Register) -> None:
    register(
        "sbi-npe",
        "harness_sbi.estimator:SbiNPE",
        summary="neural posterior estimation by the sbi toolbox, on the pairs that npe-kl learns from",
    )
    register(
        "sbi-fmpe",
        "harness_sbi.estimator:SbiFMPE",
        summary="flow matching by the sbi toolbox, on the same pairs",
    )
    register(
        "sbi-npse",
        "harness_sbi.estimator:SbiNPSE",
        summary="score matching by the sbi toolbox, on the same pairs",
    )
    register(
        "sbi-nre",
        "harness_sbi.estimator:SbiNRE",
        summary="ratio estimation by the sbi toolbox, on the same pairs; samples by sequential Monte Carlo",
    )
    register(
        "npe-sequential",
        "harness_sbi.sequential:SequentialNPE",
        summary="rounds of simulating and training for one planet after the other, by the sbi toolbox",
    )
