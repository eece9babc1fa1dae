"""What this distribution adds to the harness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.registry.hookspecs import Register, hookimpl

if TYPE_CHECKING:
    import click


@hookimpl
def register_estimators(register: Register) -> None:
    register(
        "exogan",
        "harness_gan.estimator:ExoGAN",
        summary="a generative adversarial network of spectra and parameters, inverted by inpainting",
    )


@hookimpl
def register_scorers(register: Register) -> None:
    register(
        "exogan-accuracy",
        "harness_gan.accuracy:ExoGANAccuracy",
        summary="the accuracy A of ExoGAN's paper at 0, 1 and 2 sigma",
    )


@hookimpl
def register_commands(cli: click.Group) -> None:
    from harness_gan.command import reconstruct

    cli.add_command(reconstruct, "reconstruct")
