"""Preprocessor and embedder as one module: observations in, context vector out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

import torch
from torch import Tensor, nn

from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.components.features import Embedder, Observe, Preprocessor


def _observe(preprocess: nn.Module, ideal: Observations) -> Observe:
    """Shows planets with noise that is drawn from torch's own generator anew at each call."""

    def observe(rows: Tensor) -> Tensor:
        some = ideal[rows]
        spectrum = some.spectrum + some.noise * torch.randn_like(some.spectrum)
        with torch.no_grad():
            features: Tensor = preprocess(spectrum, some.noise, some.auxiliary)
        return features.float()

    return observe


def _module(made: object, failed: str) -> nn.Module:
    if not isinstance(made, nn.Module):
        raise HarnessError(f"{failed}: it made a {type(made).__name__}; expected a torch.nn.Module.")
    return made


class Features(nn.Module):
    """Observations -> features (B, F) -> context (B, C), in float32.

    Spectra enter in float64 or float32; the preprocessor sees what it is given, and its output is
    cast to float32 for the embedder.
    """

    place: Tensor

    def __init__(self, preprocess: nn.Module, embed: nn.Module, n_features: int) -> None:
        super().__init__()
        self.preprocess = preprocess
        self.embed = embed
        self.n_features = n_features
        # says where the module was moved to, also where nothing in it was learned
        self.register_buffer("place", torch.empty(0), persistent=False)

    @classmethod
    def fit(cls, preprocessor: Preprocessor, embedder: Embedder, train: Split, schema: Schema) -> Self:
        """Fit the preprocessor on the training planets, then build the embedder on its features.

        Raises:
            HarnessError: either gave what cannot be used; names it.
        """
        failed = f"preprocessor '{preprocessor.name}' failed"
        preprocess = _module(preprocessor.fit(train, schema), failed)
        seen = train.observations
        with torch.no_grad():
            features = preprocess(seen.spectrum, seen.noise, seen.auxiliary).float()
        if features.ndim != 2 or len(features) != len(train):
            shape = tuple(features.shape)
            raise HarnessError(f"{failed}: its features have shape {shape}; expected ({len(train)}, F).")
        if not bool(torch.isfinite(features).all()):
            raise HarnessError(f"{failed}: some of its features of the training planets are not finite.")
        embedder.use_layout(preprocessor.layout(schema))
        if embedder.denoising:
            embedder.use_noise(None if schema.noise_included else _observe(preprocess, seen))
        failed = f"embedder '{embedder.name}' failed"
        built = _module(embedder.build(features), failed)
        if not isinstance(getattr(built, "n_context", None), int):
            raise HarnessError(f"{failed}: its module lacks `n_context`, the length of the context it gives.")
        embedder.use_noise(None)  # it holds the training planets
        return cls(preprocess, built, features.shape[-1])

    @classmethod
    def restore(
        cls,
        preprocessor: Preprocessor,
        embedder: Embedder,
        schema: Schema,
        n_features: int,
        state: Mapping[str, Tensor],
    ) -> Self:
        """The module that `fit` gave, from its saved state.

        Raises:
            HarnessError: the state is that of other components, or of other versions of them.
        """
        embedder.use_layout(preprocessor.layout(schema))
        try:
            module = cls(preprocessor.architecture(schema), embedder.architecture(n_features), n_features)
            module.load_state_dict(dict(state))
        except (RuntimeError, MemoryError) as error:
            raise HarnessError(
                f"The saved features do not fit preprocessor '{preprocessor.name}' and embedder "
                f"'{embedder.name}' as they are installed; fit the estimator again."
            ) from error
        return module

    @property
    def n_context(self) -> int:
        """Length of the context vector."""
        return int(self.embed.n_context)  # type: ignore[arg-type]

    def forward(self, spectrum: Tensor, noise: Tensor, auxiliary: Tensor) -> Tensor:
        """Spectrum (B, W), noise (B, W), auxiliary (B, A) -> context (B, C)."""
        context: Tensor = self.embed(self.preprocess(spectrum, noise, auxiliary).float())
        return context

    def of(self, observations: Observations) -> Tensor:
        """The context of each planet (N, C) on the module's device, without gradients."""
        seen = observations.to(self.place.device)
        with torch.no_grad():
            context: Tensor = self(seen.spectrum, seen.noise, seen.auxiliary)
        return context
