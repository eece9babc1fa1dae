"""What this distribution adds to the harness."""

from __future__ import annotations

from harness.registry.hookspecs import Register, hookimpl


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
def register_commands(register: Register) -> None:
    register(
        "reconstruct",
        "harness_gan.command:reconstruct",
        summary="Fill in missing channels with the generator of a RUN.",
    )
