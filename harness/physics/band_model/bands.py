"""What the band model knows of a molecule: its modes, its bands, the statistics of its lines."""

from __future__ import annotations

from dataclasses import dataclass

SECOND_RADIATION = 1.438777  # hc/k [cm K]
REFERENCE_TEMPERATURE = 296.0  # K, at which strengths are given, as in HITRAN


@dataclass(frozen=True)
class Band:
    """One vibration-rotation band together with the hot bands of the same change of quanta.

    Arguments:
        centre: [cm-1]; 0 for the pure rotation band.
        strength: integrated over the band, hot bands included, at 296 K [cm/molecule].
        quanta: change of each vibrational mode, in the order of `Molecule.modes`.
        red_shift: how far a hot band lies to the red, as a fraction of the energy of its lower state: the
            anharmonicity.
        spread: standard deviation of the centres of overlapping sub-bands [cm-1].
        head: change of the rotational constant over the band, relative to it; negative values give the R
            branch a head.
        q_branch: share of the strength in the Q branch; None takes that of the molecule.
        rotation: factor on the molecule's effective rotational constant.
    """

    centre: float
    strength: float
    quanta: tuple[int, ...]
    red_shift: float
    spread: float = 0.0
    head: float = 0.0
    q_branch: float | None = None
    rotation: float = 1.0


@dataclass(frozen=True)
class LineStatistics:
    """How many lines a band has, and how wide they are.

    Arguments:
        broadening: Lorentz half-width at half maximum at 1 atm of H2 and He and 296 K [cm-1].
        broadening_exponent: falls with temperature to this power.
        log_density: log10 of the lines per cm-1 that matter in a band without quanta at 296 K, before the
            count of vibrational states.
        rotation_exponent: lines per cm-1 grow with temperature to this power as rotational states fill.
        vibration_exponent: and with the number of vibrational states to this power.
        quanta_exponent: natural logarithm of the growth for each quantum that the band changes.
        doppler_share: log10 of the share of the Doppler width that fills gaps as the Lorentz width does.
    """

    broadening: float
    broadening_exponent: float
    log_density: float
    rotation_exponent: float
    vibration_exponent: float
    quanta_exponent: float
    doppler_share: float


@dataclass(frozen=True)
class Molecule:
    """The coefficients of one molecule.

    Arguments:
        name: formula.
        mass: [u].
        modes: wavenumbers of the fundamentals [cm-1].
        degeneracies: of each mode.
        rotational_constant: of the linear rotor that gives the envelope its width [cm-1].
        bands: in ascending order of centre.
        lines: statistics of the lines.
        hot_band_scatter: standard deviation of the red shifts of hot bands, relative to `Band.red_shift`.
        wing_share: share of the strength in exponential wings.
        wing_width: their decay length, relative to 2 sqrt(B k T / h c).
        q_branch: share of the strength in the Q branch.
    """

    name: str
    mass: float
    modes: tuple[float, ...]
    degeneracies: tuple[int, ...]
    rotational_constant: float
    bands: tuple[Band, ...]
    lines: LineStatistics
    hot_band_scatter: float = 0.0
    wing_share: float = 0.0
    wing_width: float = 1.0
    q_branch: float = 0.0
