"""How to learn."""

from __future__ import annotations

from dataclasses import dataclass, field

# What a change of log10 of a cross-section at one wavenumber is made of, in t = log10(T / 1000 K) and in
# p = (log10(P / Pa) - 0.5) / 5.5, which runs from -1 to 1 through the layers of an atmosphere; q and s are
# told in `corrections.basis`, and of what the first cross-section has in temperature and pressure beside them
# (`corrections.own_shape`). With the size of each coefficient [dex; of the last a share], as far as nothing
# else is known of it.
OWN = "own"
SIZES = {"1": 0.5, "t": 0.5, "p": 0.3, "t^2": 0.5, "q^2": 0.2, "sq": 0.3, OWN: 0.5}
FEW = ("1", "t", "p", "t^2")


@dataclass(frozen=True)
class FitSettings:
    """How long and how fast to learn, and what.

    Attributes:
        steps: at most.
        batch: planets at each step.
        learning_rate: at its peak [dex].
        enough: residuals that are small enough to stop at: nine tenths of those held out [1-sigma noise].
        seed: of the order of the planets.
        points: wavenumbers of each channel.
        held: weight of what slopes and curvatures differ by from their mean over channels nearby.
        least: of every cross-section to begin with [cm2]: what is multiplied can grow from something alone.
            Of a gas of 1 in 1,000 it is as much as Rayleigh scattering at 3 um.
        terms: of the change at each wavenumber (`SIZES`); `OWN` is left out in the first round.
    """

    steps: int = 3600
    batch: int = 64
    learning_rate: float = 0.08
    enough: float = 0.04
    seed: int = 0
    # not in the text that names a fit (`recipe`): those of the first recipe are still found by theirs
    points: int = field(default=32, repr=False)
    held: float = field(default=1e-2, repr=False)
    least: float = field(default=1e-27, repr=False)
    terms: tuple[str, ...] = field(default=tuple(SIZES), repr=False)


# What ariel-hard has learned its opacities by since its boards began.
FIRST = FitSettings(steps=1200, learning_rate=0.02, points=20, held=0.0, least=0.0, terms=FEW)
