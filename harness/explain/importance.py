"""What a method looks at: what its answers lose when one part of what it sees is another planet's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from harness.data.observations import Observations
from harness.explain.bands import Bands
from harness.explain.contrast import Contrast, partners
from harness.explain.inquiry import Answer, Estimate, Inquiry
from harness.figures.wording import formula, of_column


@dataclass(frozen=True)
class Part:
    """A part of what a method sees, and what it is worth.

    Attributes:
        name: of a channel its wavelength, of a band its molecule, else what it is.
        loss: of score when the part is another planet's.
        shift: root mean square over planets of how far the posterior's mean moves, in units of its
            spread, in each parameter (P,).
    """

    name: str
    loss: Estimate
    shift: Tensor

    @classmethod
    def of(cls, name: str, before: Answer, after: Answer) -> Part:
        """From the answers before and after."""
        shift = after.shift(before).square().mean(dim=0).sqrt()
        return cls(name, Estimate.of(before.score - after.score), shift)


@dataclass(frozen=True)
class Importance:
    """Permutation importance of everything that a method sees.

    Attributes:
        channels: of each channel's contrast, in the order of the schema.
        bands: of all channels of each molecule together.
        facts: of the mean depth, the size of the features, the noise, and each auxiliary column.
        everything: of the whole observation: what there is to lose.
    """

    channels: tuple[Part, ...]
    bands: tuple[Part, ...]
    facts: tuple[Part, ...]
    everything: Part


def whole(inquiry: Inquiry, seed: int) -> Part:
    """What is lost when the whole observation is another planet's; a blind method does not move at all."""
    others = partners(len(inquiry.planets), torch.Generator().manual_seed(seed))
    seen = inquiry.planets.observations
    return Part.of("all", inquiry.before, inquiry.ask(replace(seen[others], planet_ids=seen.planet_ids)))


def importance(inquiry: Inquiry, bands: Bands | None, everything: Part, seed: int) -> Importance:
    """Exchange one part after the other with one other planet's, the same for all parts.

    References:
        Fisher, Rudin & Dominici 2019, All Models are Wrong, but Many are Useful, Journal of Machine Learning
        Research 20, 177 (model reliance).
    """
    others = partners(len(inquiry.planets), torch.Generator().manual_seed(seed))
    seen, before = inquiry.planets.observations, inquiry.before
    contrast = Contrast.of(seen.spectrum)

    def exchanged(channels: Tensor) -> Answer:
        values = torch.where(channels, contrast.values[others], contrast.values)
        return inquiry.ask_of(replace(contrast, values=values).spectrum().to(seen.spectrum.dtype))

    wavelength = inquiry.fitted.schema.wavelength
    masks = torch.eye(len(wavelength), dtype=torch.bool)
    channels = [
        Part.of(f"{at:.3g}", before, exchanged(mask)) for at, mask in zip(wavelength, masks, strict=True)
    ]
    found = {} if bands is None else bands.channels
    of_bands = [Part.of(formula(name), before, exchanged(mask)) for name, mask in found.items()]
    facts = [Part.of(name, before, inquiry.ask(other)) for name, other in _facts(inquiry, contrast, others)]
    return Importance(tuple(channels), tuple(of_bands), tuple(facts), everything)


def questions(inquiry_channels: int, bands: Bands | None, auxiliary: int) -> int:
    """How many questions `whole` and `importance` ask."""
    return 1 + inquiry_channels + (0 if bands is None else len(bands.channels)) + 3 + auxiliary


def _facts(inquiry: Inquiry, contrast: Contrast, others: Tensor) -> Iterator[tuple[str, Observations]]:
    seen, schema = inquiry.planets.observations, inquiry.fitted.schema
    dtype = seen.spectrum.dtype
    size = contrast.mean[others] / contrast.mean if bool((contrast.mean > 0).all()) else None
    if size is None:
        moved = contrast.spectrum() - contrast.mean + contrast.mean[others]
    else:
        moved = contrast.spectrum() * size
    yield "mean depth", replace(seen, spectrum=moved.to(dtype))
    spread = contrast.spread[others] if size is None else contrast.spread[others] / size
    yield "size of features", replace(seen, spectrum=replace(contrast, spread=spread).spectrum().to(dtype))
    yield "noise", replace(seen, noise=seen.noise[others])
    for column, fact in enumerate(schema.auxiliary):
        auxiliary = seen.auxiliary.clone()
        auxiliary[:, column] = seen.auxiliary[others, column]
        yield of_column(fact).name, replace(seen, auxiliary=auxiliary)
