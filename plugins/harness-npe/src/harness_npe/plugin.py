"""What this distribution adds to the harness."""

from harness.hookspecs import hookimpl
from harness.plugins import Register


@hookimpl
def register_estimators(register: Register) -> None:
    register(
        "npe-kl",
        "harness_npe.estimators.npe:NPE",
        summary="a conditional flow trained by maximum likelihood",
    )
