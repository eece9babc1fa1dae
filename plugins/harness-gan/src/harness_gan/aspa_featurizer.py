"""From planets to what an image holds of them, and the errors of its known part."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.components import FeatureLayout
from harness.data.observations import Observations
from harness.errors import HarnessError
from harness.training import Pairs
from harness.training.featurizer import Featurizer
from harness_gan.aspa import Contents

SPECTRUM = "spectrum"
NOISE_DRAWS = 32  # of each planet, from which the errors of its features are taken
AT_ONCE = 8192  # planets


class AspaFeaturizer:
    """From the features of planets to the numbers on their images, and their parameters standardised.

    Of the features the block named "spectrum" becomes the spectrum of the image and those that belong to no
    channel become its facts. Whatever else there is for each channel, such as the noise, is left out: an
    image is of the noise-free planet.

    Arguments:
        featurizer: from observations to features.
        layout: of the features.
        noise_learned: images hold spectra with their noise, as observed: none has to be allowed for then.

    Raises:
        HarnessError: the features have no spectrum.
    """

    def __init__(self, featurizer: Featurizer, layout: FeatureLayout, noise_learned: bool) -> None:
        if SPECTRUM not in layout.blocks:
            raise HarnessError(
                "'exogan' draws a spectrum with a number for each channel, which the features of this "
                "preprocessor do not have; choose another, such as --preprocessor scale-heights."
            )
        self.featurizer = featurizer
        self.space = featurizer.space
        self.noise_learned = noise_learned
        self.n_channels = len(layout.wavelength)
        self.first = layout.blocks.index(SPECTRUM) * self.n_channels
        self.first_fact = layout.n_channel_features

    def known(self, observations: Observations) -> Tensor:
        """Channels, then facts (B, W + K) float32, of planets as they are observed."""
        features = self.featurizer.features(observations)
        spectrum = features[:, self.first : self.first + self.n_channels]
        return torch.cat([spectrum, features[:, self.first_fact :]], dim=1)

    def parameters(self, parameters: Tensor, observations: Observations) -> Tensor:
        """Parameters (B, P) of these planets, off their bounds and standardised."""
        inside = self.space.off_bounds(parameters)
        return self.space.standardised(inside, self.space.transform(observations))

    def contents(self, pairs: Pairs) -> Contents:
        """What the images of noise-free planets hold, parameters included."""
        known, parameters = [], []
        for start in range(0, len(pairs), AT_ONCE):
            part = pairs[start : start + AT_ONCE]
            known.append(self.known(part.ideal))
            parameters.append(self.parameters(part.parameters, part.ideal))
        both = torch.cat(known)
        return Contents(both[:, : self.n_channels], both[:, self.n_channels :], torch.cat(parameters))

    def errors(self, observations: Observations, generator: torch.Generator) -> Tensor:
        """Spread of channels and facts under the noise of the spectra (B, W + K).

        Noise is drawn and read as the spectra are, so that any preprocessor will do.
        """
        if self.noise_learned:
            return torch.zeros_like(self.known(observations))
        drawn = [self.known(observations.noisy(generator)) for _ in range(NOISE_DRAWS)]
        return torch.stack(drawn).std(dim=0)
