"""The built-in components, registered exactly as any plugin registers its own."""

from harness.registry.hookspecs import Register, hookimpl


@hookimpl
def register_challenges(register: Register) -> None:
    register(
        "ariel-mini",
        "harness.challenges.simulated:ArielMini",
        summary="the bundled challenge, like that of 2023: 10,000 training and 208 test planets, 336 traces",
    )
    register(
        "ariel-hard",
        "harness.challenges.simulated:ArielHard",
        summary="bundled too, and as hard as the real one: foreign opacities, a retrieval that disagrees",
    )
    register(
        "toy",
        "harness.challenges.toy:Toy",
        summary="a small linear challenge whose posterior is known exactly",
    )
    register(
        "ariel2023",
        "harness.challenges.ariel2023.challenge:Ariel2023",
        summary="an Ariel Data Challenge 2023 directory (ariel2023:PATH)",
    )
    register(
        "ariel2022",
        "harness.challenges.ariel2022:Ariel2022",
        summary="an Ariel Data Challenge 2022 directory, six parameters (ariel2022:PATH)",
    )
    register(
        "simulated",
        "harness.challenges.simulated:Simulated",
        summary="a challenge in one file, as 'harness simulate FILE.h5' writes it (simulated:FILE.h5)",
    )
    register(
        "validation",
        "harness.challenges.validation:Validation",
        summary="another challenge without its test planets, to tune options on (validation:CHALLENGE)",
    )
    register("hela", "harness.challenges.hela:Hela", summary="a HELA dataset: json and npy files (hela:PATH)")


@hookimpl
def register_preprocessors(register: Register) -> None:
    register(
        "none",
        "harness.preprocessors.none:NoPreprocessor",
        summary="spectrum and auxiliary columns as they are",
    )
    register(
        "standardize",
        "harness.preprocessors.standardize:Standardize",
        summary="each column to zero mean and unit spread over the training planets",
    )
    register(
        "yeo-johnson",
        "harness.preprocessors.yeo_johnson:YeoJohnson",
        summary="a power transform of each column, the noise carried through it",
    )
    register(
        "planet-standardize",
        "harness.preprocessors.planet_standardize:PlanetStandardize",
        summary="each spectrum by its own mean and spread, both kept",
    )
    register(
        "ariel-features",
        "harness.preprocessors.ariel_features:ArielFeatures",
        summary="planet-standardize with temperature, scale height, radius and signal to noise",
    )
    register(
        "scale-heights",
        "harness.preprocessors.scale_heights:ScaleHeights",
        summary="spectra in scale heights; as standardize where star radius or mass is not given",
    )


@hookimpl
def register_embedders(register: Register) -> None:
    register("none", "harness.embedders.none:NoEmbedder", summary="features as they are")
    register(
        "pca", "harness.embedders.pca:PCA", summary="principal components of the training features, frozen"
    )
    register(
        "autoencoder",
        "harness.embedders.autoencoder:Autoencoder",
        summary="the latent variables of an autoencoder that takes noise off the training features, frozen",
    )
    register(
        "resmlp",
        "harness.embedders.resmlp:ResMLP",
        summary="a residual network of all features together",
    )
    register(
        "rescnn",
        "harness.embedders.rescnn:ResCNN",
        summary="residual convolutions along the wavelength axis, fused with a network of the planet's facts",
    )
    register(
        "transformer",
        "harness.embedders.transformer:Transformer",
        summary="attention over the channels, each with its wavelength and noise: reads any wavelength grid",
    )


@hookimpl
def register_estimators(register: Register) -> None:
    register(
        "prior",
        "harness.estimators.prior:Prior",
        summary="the training marginal, whatever the spectrum: the floor",
    )
    register(
        "nearest",
        "harness.estimators.nearest:Nearest",
        summary="the nearest training spectra in units of the noise",
    )
    register(
        "nested-sampling",
        "harness.estimators.nested_sampling:NestedSampling",
        summary="the traditional retrieval: nested sampling of one planet after the other",
    )


@hookimpl
def register_scorers(register: Register) -> None:
    register(
        "ariel",
        "harness.scorers.ariel:Ariel",
        summary="the Ariel 2023 score with the exact weighted KS distance",
    )
    register(
        "ariel-official",
        "harness.scorers.ariel:ArielOfficial",
        summary="the Ariel 2023 score as its published scorer computes it, oddities included",
    )
    register("r2", "harness.scorers.point:R2", summary="coefficient of determination of the posterior mean")
    register("rmse", "harness.scorers.point:RMSE", summary="root mean square error of the posterior median")
    register(
        "crps",
        "harness.scorers.calibration:CRPS",
        summary="continuous ranked probability score of the marginals",
    )
    register(
        "coverage",
        "harness.scorers.calibration:Coverage",
        summary="how often the central 68% and 95% intervals hold the truth",
    )
    register(
        "ddks",
        "harness.scorers.ddks:DDKS",
        summary="the d-dimensional KS distance between predicted and reference posterior",
    )
    register(
        "alarm",
        "harness.scorers.alarm:AlarmScorer",
        summary="how well the alarm tells shifted test planets from matched ones",
    )
