"""Coefficients of the sulphur-bearing molecules, SO2 and H2S.

Centres and modes are those that HITRAN carries (Gordon et al., JQSRT 277, 107949, 2022); anharmonic
constants and rotational constants those of Herzberg (Infrared and Raman spectra, 1945; Electronic spectra
of polyatomic molecules, 1966). Strengths are rounded band sums at 296 K, hot bands included: for SO2 from
24, 22 and 165 km/mol for nu2, nu1 and nu3; H2S has fundamentals so weak that its combinations are as
strong. They were not summed afresh from HITRAN, and nothing here is fitted (docs/band_model.md). The
statistics of lines are between those fitted for H2O and CO2, by how far the lines stand apart.
"""

from harness.physics.band_model.bands import Band, LineStatistics, Molecule

SO2 = Molecule(
    name="SO2",
    mass=64.064,
    modes=(1151.71, 517.87, 1362.06),
    degeneracies=(1, 1, 1),
    rotational_constant=0.34,
    hot_band_scatter=0.3,
    wing_share=0.05,
    wing_width=1.5,
    q_branch=0.1,
    lines=LineStatistics(
        broadening=0.12,
        broadening_exponent=0.7,
        log_density=1.3,
        rotation_exponent=1.3,
        vibration_exponent=1.1,
        quanta_exponent=0.3,
        doppler_share=-0.7,
    ),
    bands=(
        Band(0.0, 2e-18, (0, 0, 0), red_shift=0.007, spread=20.0, rotation=8.0),
        Band(517.87, 4.0e-18, (0, 1, 0), red_shift=0.007, spread=8.0),
        Band(1151.71, 3.6e-18, (1, 0, 0), red_shift=0.0085, spread=6.0, q_branch=0.25),
        Band(1362.06, 2.75e-17, (0, 0, 1), red_shift=0.0085, spread=5.0),
        Band(1665.07, 6e-21, (1, 1, 0), red_shift=0.0155, spread=8.0),
        Band(1875.8, 2.5e-20, (0, 1, 1), red_shift=0.0155, spread=8.0),
        Band(2295.81, 5e-20, (2, 0, 0), red_shift=0.017, spread=8.0),
        Band(2499.87, 5.5e-19, (1, 0, 1), red_shift=0.017, spread=6.0),
        Band(2713.38, 6e-20, (0, 0, 2), red_shift=0.017, spread=8.0),
        Band(3010.3, 1e-21, (1, 1, 1), red_shift=0.024, spread=10.0),
        Band(3629.8, 5e-21, (2, 0, 1), red_shift=0.0255, spread=8.0),
        Band(4054.0, 1e-20, (0, 0, 3), red_shift=0.0255, spread=8.0),
        Band(4751.2, 3e-22, (3, 0, 1), red_shift=0.034, spread=10.0),
        Band(5165.7, 4e-22, (1, 0, 3), red_shift=0.034, spread=10.0),
    ),
)

H2S = Molecule(
    name="H2S",
    mass=34.081,
    modes=(2614.41, 1182.57, 2628.46),
    degeneracies=(1, 1, 1),
    rotational_constant=5.6,
    hot_band_scatter=0.6,
    wing_share=0.06,
    wing_width=0.9,
    lines=LineStatistics(
        broadening=0.085,
        broadening_exponent=0.75,
        log_density=-0.9,
        rotation_exponent=2.4,
        vibration_exponent=1.4,
        quanta_exponent=0.49,
        doppler_share=-1.1,
    ),
    bands=(
        Band(0.0, 1.6e-17, (0, 0, 0), red_shift=0.012, spread=30.0),
        Band(1182.57, 4.6e-20, (0, 1, 0), red_shift=0.012, spread=80.0),
        Band(2353.9, 1e-20, (0, 2, 0), red_shift=0.024, spread=40.0),
        Band(2614.41, 5e-20, (1, 0, 0), red_shift=0.018, spread=40.0),
        Band(2628.46, 2e-20, (0, 0, 1), red_shift=0.018, spread=40.0),
        Band(3779.17, 5e-20, (1, 1, 0), red_shift=0.03, spread=40.0),
        Band(3789.27, 9e-20, (0, 1, 1), red_shift=0.03, spread=40.0),
        Band(4939.1, 5e-21, (1, 2, 0), red_shift=0.042, spread=40.0),
        Band(5147.2, 4e-20, (1, 0, 1), red_shift=0.036, spread=40.0),
        Band(6289.2, 5e-20, (1, 1, 1), red_shift=0.048, spread=40.0),
        Band(7576.5, 1.2e-20, (2, 0, 1), red_shift=0.054, spread=40.0),
        Band(8697.0, 4e-21, (2, 1, 1), red_shift=0.066, spread=40.0),
        Band(9911.0, 1.5e-21, (3, 0, 1), red_shift=0.072, spread=40.0),
        Band(11008.7, 8e-22, (3, 1, 1), red_shift=0.084, spread=40.0),
        Band(12149.5, 2e-22, (4, 0, 1), red_shift=0.09, spread=40.0),
    ),
)
