"""What this distribution adds to the harness."""

from harness.registry.hookspecs import Register, hookimpl


@hookimpl
def register_preprocessors(register: Register) -> None:
    register(
        "global-standardize",
        "harness_bnn.global_standardize:GlobalStandardize",
        summary="spectra by one mean and one spread for all channels, and the star's radius",
    )


@hookimpl
def register_embedders(register: Register) -> None:
    register(
        "baseline-cnn",
        "harness_bnn.baseline_cnn:BaselineCNN",
        summary="the convolutions of the challenge's own baseline of 2023",
    )


@hookimpl
def register_estimators(register: Register) -> None:
    register(
        "mc-dropout",
        "harness_bnn.estimators.mc_dropout:MCDropout",
        summary="the challenge's own baseline of 2023: a convolutional network with dropout while sampling",
    )
    register(
        "bnn",
        "harness_bnn.estimators.bnn:BNN",
        summary="a network with a normal posterior of each weight, by variational inference",
    )
    register(
        "plan-net",
        "harness_bnn.estimators.plan_net:PlanNet",
        summary="an ensemble of dropout networks with a full-covariance Gaussian likelihood",
    )
    register(
        "concrete-dropout",
        "harness_bnn.estimators.concrete_dropout:ConcreteDropout",
        summary="a dropout network that learns its own dropout rates",
    )
    register(
        "deep-ensemble",
        "harness_bnn.estimators.deep_ensemble:DeepEnsemble",
        summary="networks trained apart, each with a Gaussian or mixture likelihood",
    )
    register(
        "vae",
        "harness_bnn.estimators.vae:VAE",
        summary="a conditional variational autoencoder: parameters by way of a latent variable",
    )
