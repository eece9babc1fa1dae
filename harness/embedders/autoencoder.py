"""The latent variables of an autoencoder that takes noise off: learned on spectra alone."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from harness.components import Component, Embedder
from harness.components.cores import on_one_core
from harness.embedders.residual import ResidualNetwork

logger = logging.getLogger(__name__)

LEAST_SHARE = 0.03  # of a feature's spread that an error of it is measured by, where noise is less
LARGEST = 20.0  # spreads that a feature counts as at most
WEIGHT_DECAY = 1e-4
CHECKED = 2048  # planets, at most, that noise is measured on


class Encoder(nn.Module):
    """Features (B, F) -> latent variables (B, n_context) of zero mean and unit spread, frozen.

    Arguments:
        n_features: F.
        n_context: latent variables.
        width, depth: of the residual network.
    """

    mean: Tensor
    spread: Tensor
    latent_mean: Tensor
    latent_spread: Tensor

    def __init__(self, n_features: int, n_context: int, width: int, depth: int) -> None:
        super().__init__()
        self.n_context = n_context
        self.network = ResidualNetwork(n_features, n_context, width, depth)
        self.requires_grad_(False)
        for name, length in (("", n_features), ("latent_", n_context)):
            self.register_buffer(f"{name}mean", torch.zeros(length))
            self.register_buffer(f"{name}spread", torch.ones(length))

    def standardised(self, features: Tensor) -> Tensor:
        """Features in their spreads over the training planets."""
        return ((features - self.mean) / self.spread).clamp(-LARGEST, LARGEST)

    def forward(self, features: Tensor) -> Tensor:
        latent: Tensor = self.network(self.standardised(features))
        return (latent - self.latent_mean) / self.latent_spread


class Autoencoder(Embedder):
    """A network through a few latent variables that gives features without noise for features with noise.

    It is trained on the training spectra alone, no parameters, before the estimator, and frozen then. At each
    step noise is drawn anew onto spectra; errors count in units of what the noise makes of each feature.
    Where spectra carry their noise already it gives back what it is given.
    """

    class Options(Component.Options):
        latent: int = Field(16, ge=1, description="latent variables, at most the number of features")
        width: int = Field(128, ge=1, description="features in each hidden layer")
        depth: int = Field(2, ge=0, le=50, description="residual blocks of encoder and decoder")
        steps: int = Field(2000, ge=1, description="steps of the training")
        batch: int = Field(256, ge=1, description="planets of each step")
        learning_rate: float = Field(3e-3, gt=0, le=1, description="learning rate of AdamW at its peak")

    options: Options
    source: ClassVar[str] = "Vincent et al. 2010, Stacked Denoising Autoencoders, JMLR 11, 3371"
    contract_options: ClassVar[Mapping[str, Any]] = {"steps": 20, "width": 16, "depth": 1}
    denoising = True

    def architecture(self, n_features: int) -> Encoder:
        options = self.options
        return Encoder(n_features, min(options.latent, n_features), options.width, options.depth)

    def build(self, train_features: Tensor) -> Encoder:
        """Train it; first values, batches and noise are drawn from torch's own generator."""
        features = train_features.float()
        encoder = self.architecture(features.shape[-1]).to(features.device)
        spread, mean = torch.std_mean(features.double(), dim=0, correction=0)
        encoder.mean.copy_(mean)
        encoder.spread.copy_(torch.where(spread > 1e-9, spread, 1.0))
        with on_one_core():
            self._train(encoder, features)
        encoder.requires_grad_(False).eval()
        latent = torch.cat([encoder(part) for part in torch.split(features, CHECKED)]).double()
        spread, mean = torch.std_mean(latent, dim=0, correction=0)
        encoder.latent_mean.copy_(mean)
        encoder.latent_spread.copy_(torch.where(spread > 1e-9, spread, 1.0))
        return encoder

    @torch.enable_grad()
    def _train(self, encoder: Encoder, clean: Tensor) -> None:
        options = self.options
        decoder = ResidualNetwork(encoder.n_context, clean.shape[-1], options.width, options.depth)
        decoder.to(clean.device)
        encoder.network.requires_grad_(True)
        weights = [*encoder.network.parameters(), *decoder.parameters()]
        optimizer = torch.optim.AdamW(weights, lr=options.learning_rate, weight_decay=WEIGHT_DECAY)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.learning_rate, options.steps + 1)
        unit = self._unit(encoder, clean)
        for step in range(options.steps):
            rows = torch.randint(len(clean), (min(options.batch, len(clean)),))
            target = encoder.standardised(clean[rows])
            given = decoder(encoder.network(encoder.standardised(self._seen(clean, rows))))
            loss = ((given - target) / unit).square().mean()
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(weights, 5.0)
            optimizer.step()
            schedule.step()
            if (step + 1) % 500 == 0:
                logger.info("autoencoder: step %d, loss %.4g", step + 1, loss.item())

    def _seen(self, clean: Tensor, rows: Tensor) -> Tensor:
        """Features (B, F) of training planets with noise, or as they are where none is drawn."""
        return clean[rows] if self.observe is None else self.observe(rows).to(clean)

    def _unit(self, encoder: Encoder, clean: Tensor) -> Tensor:
        """What an error of each feature is measured by (F,), in the feature's spreads."""
        rows = torch.arange(min(len(clean), CHECKED))
        moved = encoder.standardised(self._seen(clean, rows)) - encoder.standardised(clean[rows])
        return moved.square().mean(0).sqrt().clamp(min=LEAST_SHARE, max=1.0)
