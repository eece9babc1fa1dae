"""Coefficients of the linear molecules HCN and C2H2.

Centres, modes and rotational constants are those that HITRAN carries (Gordon et al., JQSRT 277, 107949,
2022); red shifts follow from the anharmonic constants between a stretch and the bends (Herzberg, Infrared
and Raman spectra, 1945): 19 cm-1 on 712 for HCN, about 8 on 670 for C2H2. Strengths are rounded band sums
at 296 K, hot bands included, and were not summed afresh from HITRAN; nothing here is fitted
(docs/band_model.md). The statistics of lines are those fitted for CO2, with lines as far apart as the
rotational constants say.
"""

from harness.physics.band_model.bands import Band, LineStatistics, Molecule

# a mode's order: C-H stretch, bend, C-N stretch
HCN = Molecule(
    name="HCN",
    mass=27.026,
    modes=(3311.48, 711.98, 2096.85),
    degeneracies=(1, 2, 1),
    rotational_constant=1.478,
    hot_band_scatter=0.2,
    lines=LineStatistics(
        broadening=0.12,
        broadening_exponent=0.72,
        log_density=-0.2,
        rotation_exponent=0.8,
        vibration_exponent=1.1,
        quanta_exponent=0.1,
        doppler_share=-0.75,
    ),
    bands=(
        Band(711.98, 9.5e-18, (0, 1, 0), red_shift=0.007, q_branch=0.5),
        Band(1411.41, 2.2e-18, (0, 2, 0), red_shift=0.012),
        Band(2096.85, 6e-21, (0, 0, 1), red_shift=0.007, head=-0.0068),
        Band(2116.3, 1e-20, (0, 3, 0), red_shift=0.015, q_branch=0.5),
        Band(2802.96, 2.5e-20, (0, 1, 1), red_shift=0.012, q_branch=0.5),
        Band(3311.48, 9.5e-18, (1, 0, 0), red_shift=0.026, head=-0.0071),
        Band(4004.17, 6e-20, (1, 1, 0), red_shift=0.03, q_branch=0.5),
        Band(4684.31, 1.2e-19, (1, 2, 0), red_shift=0.03),
        Band(5393.7, 2e-20, (1, 0, 1), red_shift=0.03, head=-0.0139),
        Band(6519.61, 3e-19, (2, 0, 0), red_shift=0.052, head=-0.0142),
        Band(8585.6, 2e-21, (2, 0, 1), red_shift=0.056, head=-0.021),
        Band(9627.02, 1.5e-20, (3, 0, 0), red_shift=0.078, head=-0.0213),
        Band(12635.9, 1e-21, (4, 0, 0), red_shift=0.104, head=-0.0284),
    ),
)

# a mode's order: the symmetric C-H stretch, C-C stretch, the other C-H stretch, and the two bends
C2H2 = Molecule(
    name="C2H2",
    mass=26.038,
    modes=(3372.85, 1974.32, 3288.68, 612.87, 730.33),
    degeneracies=(1, 1, 1, 2, 2),
    rotational_constant=1.1766,
    hot_band_scatter=0.3,
    lines=LineStatistics(
        broadening=0.10,
        broadening_exponent=0.72,
        log_density=-0.1,
        rotation_exponent=0.8,
        vibration_exponent=1.1,
        quanta_exponent=0.1,
        doppler_share=-0.75,
    ),
    bands=(
        Band(730.33, 3.1e-17, (0, 0, 0, 0, 1), red_shift=0.004, q_branch=0.5),
        Band(1328.07, 3.6e-18, (0, 0, 0, 1, 1), red_shift=0.008),
        Band(1940.0, 6e-21, (0, 0, 0, 2, 1), red_shift=0.012, q_branch=0.5),
        Band(2701.9, 1.5e-20, (0, 1, 0, 0, 1), red_shift=0.012, q_branch=0.5),
        # a Fermi pair, of which each half has about half the strength
        Band(3281.9, 5e-18, (0, 0, 1, 0, 0), red_shift=0.012, head=-0.005),
        Band(3294.84, 5.3e-18, (0, 0, 1, 0, 0), red_shift=0.012, head=-0.005),
        Band(3897.16, 1.6e-19, (0, 0, 1, 1, 0), red_shift=0.016, q_branch=0.5),
        Band(4091.17, 3.5e-19, (1, 0, 0, 0, 1), red_shift=0.016, q_branch=0.5),
        Band(4727.07, 4e-20, (1, 0, 0, 1, 1), red_shift=0.02),
        Band(5260.0, 1.5e-20, (0, 1, 1, 0, 0), red_shift=0.018, head=-0.01),
        Band(6556.46, 4.5e-19, (1, 0, 1, 0, 0), red_shift=0.024, head=-0.01),
        Band(7733.9, 1e-21, (1, 0, 1, 1, 1), red_shift=0.03),
        Band(8512.06, 3e-21, (1, 1, 1, 0, 0), red_shift=0.03, head=-0.0155),
        Band(9639.85, 1.2e-20, (0, 0, 3, 0, 0), red_shift=0.036, head=-0.015),
        Band(12675.68, 8e-22, (1, 0, 3, 0, 0), red_shift=0.048, head=-0.02),
    ),
)
