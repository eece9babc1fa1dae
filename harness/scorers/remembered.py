"""A forward model that remembers: a reference posterior has the same spectra whatever is compared with it."""

from __future__ import annotations

from collections import OrderedDict
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from harness.components import ForwardModel

MOST = 2**15  # spectra that are kept of a model, the last that were asked for

Spectra = OrderedDict[bytes, Tensor]
_kept: WeakKeyDictionary[ForwardModel, Spectra] = WeakKeyDictionary()


class Remembered:
    """A forward model that does not compute again what was asked of it a while ago.

    Arguments:
        forward: the model; what is kept is kept as long as the model is there.
    """

    def __init__(self, forward: ForwardModel) -> None:
        self._forward = forward
        self._spectra = _kept.setdefault(forward, Spectra())

    def __call__(
        self, parameters: Tensor, star_radius: Tensor | None = None, planet_mass: Tensor | None = None
    ) -> Tensor:
        """Spectra (B, W) as the model makes them, for parameters (B, P) and facts of planets (B,)."""
        columns = [parameters, *(fact[:, None] for fact in (star_radius, planet_mass) if fact is not None)]
        keys = [row.tobytes() for row in torch.cat([one.double() for one in columns], dim=1).cpu().numpy()]
        found = {key: self._spectra[key] for key in keys if key in self._spectra}
        new = {key: row for row, key in enumerate(keys) if key not in found}
        if new:
            rows = torch.tensor(list(new.values()), device=parameters.device)
            facts = (None if fact is None else fact[rows] for fact in (star_radius, planet_mass))
            spectra = self._forward(parameters[rows], *facts).cpu()
            found.update(zip(new, spectra.clone().unbind(), strict=True))
        for key, spectrum in found.items():
            self._spectra[key] = spectrum
            self._spectra.move_to_end(key)
        while len(self._spectra) > MOST:
            self._spectra.popitem(last=False)
        return torch.stack([found[key] for key in keys]).to(parameters.device)
