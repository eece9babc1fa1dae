"""Physical constants in SI units, as TauREx 3 takes them from astropy (CODATA 2022, IAU 2015 nominal)."""

BOLTZMANN = 1.380649e-23  # J/K
GRAVITATION = 6.6743e-11  # m3 kg-1 s-2
ATOMIC_MASS = 1.66053906892e-27  # kg
SUN_RADIUS = 6.957e8  # m
JUPITER_RADIUS = 7.1492e7  # m, equatorial
JUPITER_MASS = 1.2668653e17 / GRAVITATION  # kg, from the nominal GM of Jupiter

SQUARE_METRE = 1e-4  # m2 in a cm2
LOSCHMIDT = 2.6867805e25  # molecules per m3 at 0 degrees Celsius and 1 atm
