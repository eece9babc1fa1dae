"""From planets to what an image holds of them, and the errors of its known part."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from harness.components import FeatureLayout
from harness.errors import HarnessError
from harness.training.pairs import Observed, Pairs
from harness.training.space import ParameterSpace
from harness_gan.aspa import Contents

SPECTRUM = "spectrum"
NOISE_DRAWS = 32  # of each planet, from which the errors of its features are taken
AT_ONCE = 8192  # planets


class AspaReading:
    """Reads spectra by a fitted preprocessor, and parameters by their standardised space.

    Of the features the block named "spectrum" becomes the spectrum of the image and those that belong to no
    channel become its facts. Whatever else there is for each channel, such as the noise, is left out: an
    image is of the noise-free planet.

    Arguments:
        preprocess: (spectrum, noise, auxiliary) -> features (B, F).
        layout: of the features.
        space: of the parameters.
        noise_learned: images hold spectra with their noise, as observed: none has to be allowed for then.

    Raises:
        HarnessError: the features have no spectrum.
    """

    def __init__(
        self, preprocess: nn.Module, layout: FeatureLayout, space: ParameterSpace, noise_learned: bool = False
    ) -> None:
        if SPECTRUM not in layout.blocks:
            raise HarnessError(
                "'exogan' draws a spectrum with a number for each channel, which the features of this "
                "preprocessor do not have; choose another, such as --preprocessor scale-heights."
            )
        self.preprocess = preprocess
        self.space = space
        self.noise_learned = noise_learned
        self.n_channels = len(layout.wavelength)
        self.first = layout.blocks.index(SPECTRUM) * self.n_channels
        self.first_fact = layout.n_channel_features

    def known(self, seen: Observed) -> Tensor:
        """Channels, then facts (B, W + K) float32, of planets as they are seen."""
        with torch.no_grad():
            features = self.preprocess(seen.spectrum, seen.noise, seen.auxiliary).float()
        spectrum = features[:, self.first : self.first + self.n_channels]
        return torch.cat([spectrum, features[:, self.first_fact :]], dim=1)

    def contents(self, pairs: Pairs) -> Contents:
        """What the images of noise-free planets hold, parameters included."""
        known, parameters = [], []
        for start in range(0, len(pairs), AT_ONCE):
            part = pairs[start : start + AT_ONCE]
            known.append(self.known(part.ideal))
            inside = self.space.off_bounds(part.parameters)
            parameters.append(self.space.standardised(inside, self.space.transform(part.ideal)))
        both = torch.cat(known)
        return Contents(both[:, : self.n_channels], both[:, self.n_channels :], torch.cat(parameters))

    def errors(self, seen: Observed, generator: torch.Generator) -> Tensor:
        """Spread of channels and facts under the noise of the spectra (B, W + K).

        Noise is drawn and read as the spectra are, so that any preprocessor will do.
        """
        if self.noise_learned:
            return torch.zeros_like(self.known(seen))
        drawn = [self.known(seen.noisy(generator)) for _ in range(NOISE_DRAWS)]
        return torch.stack(drawn).std(dim=0)
