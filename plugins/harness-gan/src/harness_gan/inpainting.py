"""Inference by inpainting: which z draws an image whose known part is what was observed?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from harness_gan.aspa import Aspa, Contents
from harness_gan.networks import Discriminator, Generator, latent_noise, log_one_minus_probability

ROWS_AT_ONCE = 2**14  # library images drawn together
RESTARTS_AT_ONCE = 2**12  # completed together on a CPU: what stays in its cache, and progress is seen
RESTARTS_AT_ONCE_ON_DEVICE = 2**15  # elsewhere
LOSSES_AT_ONCE = 2**26  # of restarts at images of the library; a quarter of a gigabyte
BETAS = (0.7, 0.95)  # of Adam on z: a few dozen steps are all there are


@dataclass(frozen=True)
class Known:
    """The known part of N images: the spectrum and the facts, each number with its 1-sigma error.

    Attributes:
        value: channels, then facts, standardised (N, W + K).
        error: of each, in the same unit, positive (N, W + K).
        mask: which of them are known at all (W + K,), bool.
    """

    value: Tensor
    error: Tensor
    mask: Tensor

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, rows: slice | Tensor) -> Known:
        return Known(self.value[rows], self.error[rows], self.mask)

    def without(self, missing: Tensor) -> Known:
        """The same with these channels (W,), bool, unknown."""
        mask = self.mask.clone()
        mask[: len(missing)] &= ~missing.to(mask.device)
        return Known(self.value, self.error, mask)

    def restarts(self, count: int, generator: torch.Generator) -> Known:
        """Each planet so many times, with noise drawn onto its values (N * count, W + K)."""
        value, error = (part.repeat_interleave(count, dim=0) for part in (self.value, self.error))
        drawn = torch.randn(value.shape, generator=generator, device=value.device, dtype=value.dtype)
        return Known(value + error * drawn, error, self.mask)


@dataclass(frozen=True)
class Inpainted:
    """Where the restarts have ended.

    Attributes:
        contents: of the completed images, for B restarts.
        z: (B, Z).
        contextual, perceptual: the two losses of each, the latter without its weight (B,).
    """

    contents: Contents
    z: Tensor
    contextual: Tensor
    perceptual: Tensor

    @classmethod
    def join(cls, parts: Sequence[Inpainted]) -> Inpainted:
        """The restarts of all parts."""
        if len(parts) == 1:
            return parts[0]
        contents = Contents(
            *(torch.cat([getattr(part.contents, f.name) for part in parts]) for f in fields(Contents))
        )
        return cls(
            contents,
            torch.cat([part.z for part in parts]),
            torch.cat([part.contextual for part in parts]),
            torch.cat([part.perceptual for part in parts]),
        )


def restarts_at_once(device: torch.device) -> int:
    """How many restarts to complete together; they do not depend on each other."""
    return RESTARTS_AT_ONCE if device.type == "cpu" else RESTARTS_AT_ONCE_ON_DEVICE


class Inpainter:
    r"""Minimises over z, with Adam, for all restarts at once,

    .. math:: \tfrac12 \left\| M \frac{G(z) - y}{\sigma} \right\|^2
        + \lambda \log(1 - D(G(z))) + \tfrac{a}{2} |z - z_0|^2

    The first term is the contextual loss: what the image says of channels and facts against what was
    observed, in units of the noise. The second is the perceptual loss of Yeh et al. 2017
    (https://arxiv.org/abs/1607.07539), as in Zingales & Waldmann 2018. The third, which they do not have,
    holds z to where its restart was drawn from, a standard normal. With noise drawn onto y for each restart,
    a = 1 and lambda = 0 the minima are, for a linear generator and independent errors, draws from the
    posterior of z (randomised maximum likelihood: Chen & Oliver 2012, Mathematical Geosciences 44, 1);
    otherwise they are about that. Facts derived from the same noisy spectrum as the channels count as
    independent of them.

    Each restart begins at the image of a library with the least loss, counted from its own z0.

    Arguments:
        layout: of the images.
        generator, discriminator: trained; their weights get no gradients.
        library: z of the library (L, Z).
        perceptual, anchor: the weights lambda and a.
        iterations, rate: of Adam.
    """

    def __init__(
        self,
        layout: Aspa,
        generator: Generator,
        discriminator: Discriminator,
        library: Tensor,
        *,
        perceptual: float,
        anchor: float,
        iterations: int,
        rate: float,
    ) -> None:
        self.layout = layout
        self.generator = generator
        self.discriminator = discriminator
        self.library = library
        self.perceptual = perceptual
        self.anchor = anchor
        self.iterations = iterations
        self.rate = rate
        with torch.no_grad():
            drawn = [known_part(layout.decode(generator(z))) for z in torch.split(library, ROWS_AT_ONCE)]
        self.seen = torch.cat(drawn)  # (L, W + K)

    def __call__(self, known: Known, generator: torch.Generator) -> Inpainted:
        """Complete the images of B restarts.

        Arguments:
            known: of B restarts, noise drawn onto each.
            generator: for z0, drawn for all at first: how many are then completed at once does not matter.
        """
        start = latent_noise(len(known), self.generator.latent, generator)
        at_once = restarts_at_once(start.device)
        first = range(0, len(known), at_once)
        return Inpainted.join(
            [self._completed(known[i : i + at_once], start[i : i + at_once]) for i in first]
        )

    def _completed(self, known: Known, start: Tensor) -> Inpainted:
        z = self._nearest(known, start).requires_grad_(True)
        optimizer = torch.optim.Adam([z], lr=self.rate, betas=BETAS)
        for step in range(self.iterations):
            for group in optimizer.param_groups:
                group["lr"] = self.rate * (1 - step / self.iterations)
            _, contextual, perceptual = self._losses(z, known)
            loss = contextual + self.perceptual * perceptual + self._anchored(z, start)
            (z.grad,) = torch.autograd.grad(loss.sum(), z)  # to z alone, whatever the weights ask for
            torch.nan_to_num_(z.grad, 0.0, 0.0, 0.0)
            optimizer.step()
        z = z.detach()
        with torch.no_grad():
            contents, contextual, perceptual = self._losses(z, known, judged=True)
        return Inpainted(contents, z, contextual, perceptual)

    def _losses(self, z: Tensor, known: Known, *, judged: bool = False) -> tuple[Contents, Tensor, Tensor]:
        image = self.generator(z)
        contents = self.layout.decode(image)
        off = (known_part(contents) - known.value) / known.error
        contextual = 0.5 * (off * known.mask).square().sum(-1)
        if not (judged or self.perceptual):
            return contents, contextual, torch.zeros_like(contextual)
        return contents, contextual, log_one_minus_probability(self.discriminator(image))

    def _anchored(self, z: Tensor, start: Tensor) -> Tensor:
        return 0.5 * self.anchor * (z - start).square().sum(-1)

    def _nearest(self, known: Known, start: Tensor) -> Tensor:
        """The z of the library with the least contextual and anchoring loss for each restart (B, Z)."""
        at_once = max(1, LOSSES_AT_ONCE // len(self.library))
        found = []
        for first in range(0, len(known), at_once):
            rows = slice(first, first + at_once)
            weight = (known.mask / known.error[rows]).square()
            # |a - b|^2 written out, so that B x L losses are two matrix products; two such matrices at a time
            loss = 0.5 * weight @ self.seen.T.square()
            loss -= (weight * known.value[rows]) @ self.seen.T
            away = (start[rows] @ self.library.T).neg_().add_(0.5 * self.library.square().sum(-1))
            loss += away.mul_(self.anchor)
            found.append(loss.argmin(dim=1))
        return self.library[torch.cat(found)]


def known_part(contents: Contents) -> Tensor:
    """Channels, then facts (B, W + K)."""
    return torch.cat([contents.spectrum, contents.facts], dim=-1)
