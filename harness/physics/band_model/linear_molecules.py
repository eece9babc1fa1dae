"""Coefficients of the linear molecules, CO and CO2.

Centres, modes and rotational constants are those of Herzberg (Spectra of diatomic molecules, 1950; Infrared
and Raman spectra, 1945), as HITRAN carries them (Gordon et al., JQSRT 277, 107949, 2022). So are the red
shifts and heads of CO, from w_e x_e = 13.29 and alpha_e = 0.0175 cm-1, and the heads of CO2, from alpha_3 =
0.00308 cm-1. Strengths start from rounded band sums at 296 K. Those of the bands that reach into 1.14
to 1.63, 3.2 to 4.0 or 4.0 to 5.0 um, the red shifts of CO2 there, and the statistics of lines are fitted to
published cross-sections (docs/band_model.md).
"""

from harness.physics.band_model.bands import Band, LineStatistics, Molecule

CO = Molecule(
    name="CO",
    mass=28.01,
    modes=(2143.27,),
    degeneracies=(1,),
    rotational_constant=1.9313,
    lines=LineStatistics(
        broadening=0.06,
        broadening_exponent=0.66,
        log_density=-0.43,
        rotation_exponent=0.44,
        vibration_exponent=0.69,
        quanta_exponent=0.23,
        doppler_share=-3.3,
    ),
    bands=(
        # every other band is that of 13CO, 1.1% of carbon
        Band(2096.1, 1.13e-19, (1,), red_shift=0.0124, head=-0.00906),
        Band(2143.27, 1.01e-17, (1,), red_shift=0.0124, head=-0.00906),
        Band(4166.3, 8.62e-22, (2,), red_shift=0.0248, head=-0.0181),
        Band(4260.06, 7.7e-20, (2,), red_shift=0.0248, head=-0.0181),
        Band(6210.7, 5.88e-24, (3,), red_shift=0.0372, head=-0.0272),
        Band(6350.44, 5.25e-22, (3,), red_shift=0.0372, head=-0.0272),
        Band(8229.4, 1.82e-26, (4,), red_shift=0.0496, head=-0.0362),
        Band(8414.47, 1.63e-24, (4,), red_shift=0.0496, head=-0.0362),
    ),
)

CO2 = Molecule(
    name="CO2",
    mass=44.01,
    modes=(1333.0, 667.38, 2349.14),
    degeneracies=(1, 2, 1),
    rotational_constant=0.3902,
    hot_band_scatter=0.204,
    lines=LineStatistics(
        broadening=0.10,
        broadening_exponent=0.69,
        log_density=0.57,
        rotation_exponent=1.07,
        vibration_exponent=1.1,
        quanta_exponent=-0.25,
        doppler_share=-0.75,
    ),
    bands=(
        # a Fermi polyad of n quanta of stretch and 2 n of bend counts as n quanta of stretch
        Band(667.38, 8.3e-18, (0, 1, 0), red_shift=0.0165, q_branch=0.5),
        Band(960.96, 1e-21, (0, 0, 1), red_shift=0.0165, head=-0.00789),
        Band(1063.73, 1.2e-21, (0, 0, 1), red_shift=0.0165, head=-0.00789),
        Band(1932.5, 4.5e-21, (0, 4, 0), red_shift=0.0165),
        Band(2076.9, 2e-20, (1, 1, 0), red_shift=0.0195),
        Band(2129.8, 2e-22, (2, 2, 0), red_shift=0.0225),
        Band(2349.14, 1.07e-16, (0, 0, 1), red_shift=0.0166, head=-0.00789),
        Band(2745.0, 8.01e-23, (2, 2, 0), red_shift=0.024),
        Band(3339.4, 9.98e-23, (0, 3, 1), red_shift=0.0158, head=-0.00789),
        Band(3612.84, 1.05e-18, (1, 0, 1), red_shift=0.0226, head=-0.00789),
        Band(3714.78, 1.58e-18, (1, 0, 1), red_shift=0.0197, head=-0.00789),
        Band(4853.62, 7.8e-21, (2, 0, 1), red_shift=0.0225, head=-0.00789),
        Band(4977.83, 3.5e-20, (2, 0, 1), red_shift=0.0225, head=-0.00789),
        Band(5099.66, 1.1e-20, (2, 0, 1), red_shift=0.0225, head=-0.00789),
        Band(5315.7, 5e-22, (2, 1, 1), red_shift=0.0225, head=-0.00789),
        Band(5584.0, 1e-23, (2, 2, 1), red_shift=0.0225, head=-0.00789),
        Band(6075.98, 5.17e-23, (3, 0, 1), red_shift=0.0255, head=-0.00789),
        Band(6227.92, 5.26e-22, (3, 0, 1), red_shift=0.0338, head=-0.00789),
        Band(6347.85, 3.32e-22, (3, 0, 1), red_shift=0.0273, head=-0.00789),
        Band(6503.08, 4.69e-23, (3, 0, 1), red_shift=0.0258, head=-0.00789),
        Band(6972.58, 1.65e-21, (0, 0, 3), red_shift=0.0606, head=-0.0237),
        Band(7283.98, 1.62e-24, (4, 0, 1), red_shift=0.0303, head=-0.00789),
        Band(7460.5, 2.78e-24, (4, 0, 1), red_shift=0.0295, head=-0.00789),
        Band(7593.7, 2.55e-24, (4, 0, 1), red_shift=0.029, head=-0.00789),
        Band(7734.5, 1.5e-24, (4, 0, 1), red_shift=0.0279, head=-0.00789),
        Band(8192.55, 6.96e-23, (1, 0, 3), red_shift=0.0437, head=-0.0237),
        Band(8293.95, 1.91e-23, (1, 0, 3), red_shift=0.0483, head=-0.0237),
        Band(9516.97, 1.5e-24, (2, 0, 3), red_shift=0.0555, head=-0.0237),
        Band(11496.1, 1.5e-24, (0, 0, 5), red_shift=0.0825, head=-0.0395),
    ),
)
