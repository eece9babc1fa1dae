"""The names inside an Ariel Data Challenge 2023 directory."""

from __future__ import annotations

from pathlib import Path

from harness.data.schema import Column
from harness.errors import HarnessError, nearest_match

TRAINING = "TrainingData"
TEST = "TestData"
SPECTRA = "SpectralData.hdf5"
AUXILIARY_TABLE = "AuxillaryTable.csv"  # spelt so in the release
TRUTH = "Ground Truth Package"
PARAMETER_TABLE = "FM_Parameter_Table.csv"
QUARTILES_TABLE = "QuartilesTable.csv"
TRACES = "Tracedata.hdf5"  # also published as TraceData.hdf5
LOG_EVIDENCE = "log_evidence"  # attribute of a trace; not in the release
TARGET_ORDER = "target_order"  # attribute that names the columns of a trace, in the release of 2022
SPLITS_TABLE = "Splits.csv"  # not in the release: our writer says there which planets are for what
PARTITIONS_TABLE = "Partitions.csv"  # neither: kinds of test planets, each scored on its own

PLANET_ID = "planet_ID"

# datasets of each planet in SPECTRA
WAVELENGTH = "instrument_wlgrid"  # [um]
SPECTRUM = "instrument_spectrum"  # transit depth
NOISE = "instrument_noise"  # 1-sigma, transit depth
WIDTH = "instrument_width"  # [um]

# datasets of each planet in TRACES
SAMPLES = "tracedata"  # (M, P), physical units
WEIGHTS = "weights"  # (M,)

AUXILIARY = (
    Column(name="star_distance", unit="pc"),
    Column(name="star_mass_kg", unit="kg"),
    Column(name="star_radius_m", unit="m"),
    Column(name="star_temperature", unit="K"),
    Column(name="planet_mass_kg", unit="kg"),
    Column(name="planet_orbital_period", unit="days"),
    Column(name="planet_distance", unit="AU"),
    Column(name="planet_surface_gravity", unit="m/s2"),
)


def require_file(folder: Path, name: str) -> Path:
    """The path of a file that must be there, in whichever case its name is spelt.

    Raises:
        HarnessError: it is missing, or is there in two spellings.
    """
    present = sorted(path.name for path in folder.iterdir())
    spellings = [other for other in present if other.lower() == name.lower()]
    if len(spellings) > 1:
        raise HarnessError(f"{folder} holds both {' and '.join(spellings)}; keep the one that is meant.")
    if not spellings:
        raise HarnessError(f"{folder / name} is missing{nearest_match(name, present)}.")
    return folder / spellings[0]
