"""The base classes of what turns observations into a context vector."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from harness.components.component import Component
from harness.data.schema import Schema
from harness.data.split import Split
from harness.transforms.bounded_logit import BoundedLogit

# rows of training planets (B,) -> their features (B, F) float32 as they are seen once more, with other noise
Observe = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class FeatureLayout:
    """Which features belong to which channel, for embedders that look along the wavelength axis.

    The first `len(blocks) * len(wavelength)` features are blocks of one number a channel, in the order of the
    channels; the rest are facts of the planet.

    Attributes:
        blocks: a name for each block, such as "spectrum" or "noise"; none where it is not known.
        wavelength: of the channels [um] (W,).
        facts: a name for each fact, in their order; none where they are not known.
    """

    blocks: tuple[str, ...] = ()
    wavelength: tuple[float, ...] = ()
    facts: tuple[str, ...] = ()

    @property
    def n_channel_features(self) -> int:
        """How many features belong to a channel; the others come after them."""
        return len(self.blocks) * len(self.wavelength)


class Preprocessor(Component, ABC):
    """Turns observations into features, and parameters into an unbounded space and back.

    The module works on a batch of tensors, so that noise can be drawn afresh each epoch before it:
    `module(spectrum (B, W), noise (B, W), auxiliary (B, A)) -> (B, F)`.
    """

    @abstractmethod
    def architecture(self, schema: Schema) -> nn.Module:
        """The module with its shapes but nothing learned, into which a saved state is loaded."""

    def fit(self, train: Split, schema: Schema) -> nn.Module:
        """The module with what it learns from the training planets in its buffers."""
        return self.architecture(schema)

    def layout(self, schema: Schema) -> FeatureLayout:
        """How the features are laid out; without a word about it, they are all facts of the planet."""
        return FeatureLayout()

    def parameter_transform(self, schema: Schema) -> torch.distributions.Transform:
        """An invertible map from parameters (..., P) inside their prior bounds to (..., P) unbounded.

        It has `transform(x)`, `transform.inv(y)` and `transform.log_abs_det_jacobian(x, y)` (...).
        """
        return BoundedLogit(schema.bounds)

    def substitute(self, schema: Schema) -> str | None:
        """What it does instead on a challenge that lacks what it needs, in a sentence; None if nothing.

        It is told when a run starts.
        """
        return None

    def planet_transform(
        self, schema: Schema, spectrum: Tensor, noise: Tensor, auxiliary: Tensor
    ) -> torch.distributions.Transform:
        """The same for the parameters (B, P) or (B, n, P) of these very planets.

        It may be centred on what a look at each planet lets one expect, so that the posterior is of unit
        order there. It depends on the observations as the module does: draw noise before both.

        Arguments:
            spectrum, noise: in the schema's `spectrum_unit` (B, W).
            auxiliary: in the units of the schema's columns (B, A).
        """
        return self.parameter_transform(schema)


class Embedder(Component, ABC):
    """Turns features (B, F) into a context vector (B, C): frozen, or trained with the estimator.

    Attributes:
        layout: of the features that the module is made for.
        trainable: whether the module is of no use before an estimator has trained it.
        observe: the training planets with noise, for an embedder that is fitted to know features under it.
        denoising: whether it is fitted so; it is then given `observe` before it is built, and built once.
    """

    layout: FeatureLayout = FeatureLayout()
    trainable: ClassVar[bool] = False
    observe: Observe | None = None
    denoising: ClassVar[bool] = False

    def use_layout(self, layout: FeatureLayout) -> None:
        """Learn how the features are laid out; called before the module is made."""
        self.layout = layout

    def use_noise(self, observe: Observe | None) -> None:
        """Take what shows the training planets with noise, or None; called before `build` if `denoising`."""
        self.observe = observe

    @abstractmethod
    def architecture(self, n_features: int) -> nn.Module:
        """The module for F features with nothing learned; it must have the integer `n_context`."""

    def build(self, train_features: Tensor) -> nn.Module:
        """The module, fitted to the training features (N, F) if it is one that is fitted."""
        return self.architecture(train_features.shape[-1])
